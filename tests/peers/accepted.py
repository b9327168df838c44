"""The differences from pydicom that are meant: each a named class, with its reason and what recognises it.

An entry that recognises nothing in the whole corpus fails the tests: it has outlived its reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydicom.datadict import keyword_for_tag

from tests.peers.elements import Difference, Seen

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Accepted:
    """A class of differences: pydicom reads it one way, we another, and this is why."""

    name: str
    reason: str
    recognises: Callable[[Difference], bool]


def _has_escape(difference: Difference) -> bool:
    return (
        difference.kind == "value"
        and difference.vr == "PN"
        and difference.theirs is not None
        and "\x1b" in str(difference.theirs.value)
        and "\x1b" not in str(difference.ours and difference.ours.value)
    )


def _is_long_unknown(difference: Difference) -> bool:
    theirs, ours = difference.theirs, difference.ours
    return (
        difference.kind == "vr"
        and theirs is not None
        and ours is not None
        and theirs.vr == "UN"
        and isinstance(theirs.value, bytes)
        and len(theirs.value) >= 0xFFFF
        and theirs.value == ours.value
    )


ACCEPTED: tuple[Accepted, ...] = (
    Accepted(
        "long_value_written_as_unknown",
        "a value of 64 KiB or more that is written as UN is read by the dictionary, as a shorter one is "
        "(PS3.5 6.2.2); pydicom leaves it UN. The bytes are the same",
        _is_long_unknown,
    ),
    Accepted(
        "escape_left_in_a_name",
        "pydicom leaves escape sequences of a set that the file does not name in the text: they are no "
        "characters (PS3.5 6.1.2.5)",
        _has_escape,
    ),
)
"""Tried in order; the first that recognises a difference takes it."""

GEOMETRY = frozenset(
    {
        "FrameOfReferenceUID",
        "GantryDetectorTilt",
        "GridFrameOffsetVector",
        "ImageOrientationPatient",
        "ImageOrientationSlide",
        "ImagePositionPatient",
        "ImagePositionSlide",
        "ImagerPixelSpacing",
        "NominalScannedPixelSpacing",
        "PatientPosition",
        "PixelMeasuresSequence",
        "PixelSpacing",
        "PlaneOrientationSequence",
        "PlanePositionSequence",
        "SliceLocation",
        "SliceThickness",
        "SpacingBetweenSlices",
    }
)


def is_protected(difference: Difference) -> bool:
    """Tell whether no difference at all is allowed: geometry, pixel description and data, identity."""
    if _is_long_unknown(difference):
        return False
    tag = difference.tag
    group = tag >> 16
    sides = [side.vr for side in (difference.theirs, difference.ours) if isinstance(side, Seen)]
    return group in {0x0028, 0x7FE0} or "UI" in sides or keyword_for_tag(tag) in GEOMETRY


def class_of(difference: Difference) -> str | None:
    """Name the class that a difference belongs to, or `None` where nobody has accounted for it."""
    return next((entry.name for entry in ACCEPTED if entry.recognises(difference)), None)
