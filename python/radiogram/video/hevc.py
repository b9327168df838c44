"""HEVC: the set of parameters of a sequence (ITU-T H.265 7.3.2.2, E.2.1), and where a picture begins (7.3.6.1)."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from radiogram.errors import PixelError
from radiogram.video.usability import pass_over_look

if TYPE_CHECKING:
    from radiogram.video.bits import Bits

__all__ = ["HEADER", "halves", "is_sequence", "sequence"]

HEADER = 2
"""Bytes before a unit's content."""
_SEQUENCE = 33
_SLICES = range(32)
_CHROMA = ("4:0:0", "4:2:0", "4:2:2", "4:4:4")
_CROP = ((1, 1), (2, 2), (2, 1), (1, 1))
_SETS = 64
"""Sets of pictures that others refer to."""


def is_sequence(unit: bytes) -> bool:
    """Whether a unit is the set of parameters of a sequence."""
    return unit[0] >> 1 & 0x3F == _SEQUENCE


def halves(unit: bytes, header: dict[str, Any]) -> int:  # noqa: ARG001  # that of H.264 needs it
    """Give 2 where a unit begins a picture, else 0."""
    return 2 if len(unit) > 2 and unit[0] >> 1 & 0x3F in _SLICES and unit[2] & 0x80 else 0


def sequence(bits: Bits) -> dict[str, Any]:
    """Read a set of parameters."""
    bits.skip(4)
    layers = bits.take(3)
    bits.skip(1)
    profile, level = _profile(bits, layers)
    bits.unsigned()
    chroma = bits.unsigned()
    if chroma > 3:
        message = "the video's header says no sampling of colours"
        raise PixelError(message)
    planes = chroma == 3 and bits.flag()
    width, height = bits.unsigned(), bits.unsigned()
    if bits.flag():
        across, down = _CROP[0 if planes else chroma]
        left, right, top, bottom = (bits.unsigned() for _ in range(4))
        width -= across * (left + right)
        height -= down * (top + bottom)
    if width <= 0 or height <= 0:
        message = "the video's header says no size"
        raise PixelError(message)
    depth = 8 + max(bits.unsigned(), bits.unsigned())
    made: dict[str, Any] = {
        "profile": profile,
        "level": level,
        "width": width,
        "height": height,
        "frame_rate": None,
        "bit_depth": depth,
        "chroma": _CHROMA[chroma],
    }
    try:
        made["frame_rate"] = _clock(bits, layers)
    except PixelError:
        # What follows is only read for the rate.
        return made
    return made


def _profile(bits: Bits, layers: int) -> tuple[int, int]:
    """Read what profile and level the sequence is of (H.265 7.3.3)."""
    bits.skip(3)
    profile = bits.take(5)
    compatible = bits.take(32)
    # H.265 A.3.2, A.3.3: a stream of the first profile may name the second one as its own.
    for number in (1, 2):
        if profile not in {1, 2} and compatible >> (31 - number) & 1:
            profile = number
    bits.skip(4 + 43 + 1)
    level = bits.take(8)
    there = [(bits.flag(), bits.flag()) for _ in range(layers)]
    if layers:
        bits.skip(2 * (8 - layers))
    for has_profile, has_level in there:
        bits.skip(88 * has_profile + 8 * has_level)
    return profile, level


def _clock(bits: Bits, layers: int) -> Fraction | None:
    """Read up to the clock, far behind in the set."""
    order = bits.unsigned() + 4
    for _ in range(1 if not bits.flag() else layers + 1):
        for _ in range(3):
            bits.unsigned()
    for _ in range(6):
        bits.unsigned()
    if bits.flag() and bits.flag():
        _scaling(bits)
    bits.skip(2)
    if bits.flag():
        bits.skip(8)
        bits.unsigned()
        bits.unsigned()
        bits.skip(1)
    _references(bits)
    if bits.flag():
        for _ in range(min(bits.unsigned(), 32)):
            bits.skip(order + 1)
    bits.skip(2)
    return _usability(bits) if bits.flag() else None


def _scaling(bits: Bits) -> None:
    """Pass over lists (H.265 7.3.4)."""
    for size in range(4):
        for _ in range(0, 6, 3 if size == 3 else 1):
            if not bits.flag():
                bits.unsigned()
                continue
            if size > 1:
                bits.signed()
            for _ in range(min(64, 1 << (4 + 2 * size))):
                bits.signed()


def _references(bits: Bits) -> None:
    """Pass over the sets of pictures that others refer to (H.265 7.3.7)."""
    count = bits.unsigned()
    if count > _SETS:
        message = "the video's header has too many sets of pictures"
        raise PixelError(message)
    size = 0
    for number in range(count):
        if number and bits.flag():
            bits.skip(1)
            bits.unsigned()
            size = sum(1 for _ in range(size + 1) if bits.flag() or bits.flag())
            continue
        before, after = bits.unsigned(), bits.unsigned()
        size = before + after
        if size > _SETS:
            message = "the video's header has too many pictures in a set"
            raise PixelError(message)
        for _ in range(size):
            bits.unsigned()
            bits.skip(1)


def _usability(bits: Bits) -> Fraction | None:
    """Read what there is to know of usability, up to the clock (H.265 E.2.1)."""
    pass_over_look(bits)
    bits.skip(3)
    if bits.flag():
        for _ in range(4):
            bits.unsigned()
    if not bits.flag():
        return None
    units, scale = bits.take(32), bits.take(32)
    return Fraction(scale, units) if units and scale else None
