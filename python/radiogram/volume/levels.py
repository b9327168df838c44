"""Where the attributes of a frame stand: its own functional groups, those that all frames share, the data set (PS3.3 C.7.6.16)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radiogram.values.attribute import items_of

if TYPE_CHECKING:
    from radiogram.dataset import Dataset

__all__ = ["WANTED", "levels_of", "macros_of"]

WANTED = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")
"""What is read of a file for them."""


def levels_of(ds: Dataset, frame: int) -> list[Dataset]:
    """Give the data sets that say something of a frame, those that stand before others first.

    Examples
    --------
    >>> import tempfile
    >>> import radiogram as rg
    >>> from radiogram.volume.levels import levels_of
    >>> from radiogram.volume.multiframe import write_multiframe
    >>> from radiogram.volume.phantom import Phantom
    >>> small = Phantom(slices=2, rows=4, columns=4)
    >>> path = write_multiframe(tempfile.mkdtemp() + "/mr.dcm", small, kind="MR", axes={"echo": [4.6, 9.2]})
    >>> next(level.EffectiveEchoTime for level in levels_of(rg.read(path), 2) if "EffectiveEchoTime" in level)
    9.2
    """
    shared, own = (items_of(ds, keyword) for keyword in WANTED)
    return [*macros_of(*own[frame : frame + 1]), *macros_of(*shared[:1]), ds]


def macros_of(*groups: Dataset) -> list[Dataset]:
    """Give the first items of the macros of groups."""
    return [element.value[0] for group in groups for element in group if element.VR == "SQ" and element.value]
