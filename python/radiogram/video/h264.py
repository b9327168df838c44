"""H.264: the set of parameters of a sequence (ITU-T H.264 7.3.2.1.1, E.1.1), and where a picture begins (7.3.3)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from radiogram.errors import PixelError
from radiogram.video.bits import Bits
from radiogram.video.usability import pass_over_look

__all__ = ["HEADER", "SEQUENCE", "halves", "is_sequence", "sequence"]

HEADER = 1
"""Bytes before a unit's content."""
SEQUENCE = 7
_SLICES = {1, 5}

# H.264 7.3.2.1.1: the profiles whose parameters say how colours are sampled.
_WITH_CHROMA = {44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244}
_CHROMA = ("4:0:0", "4:2:0", "4:2:2", "4:4:4")
# H.264 table 6-1: columns and rows that a step of cropping has.
_CROP = ((1, 1), (2, 2), (2, 1), (1, 1))
_CYCLE = 255


def is_sequence(unit: bytes) -> bool:
    """Whether a unit is the set of parameters of a sequence."""
    return unit[0] & 0x1F == SEQUENCE


def sequence(bits: Bits) -> dict[str, Any]:
    """Read a set of parameters."""
    profile, constraints, level = bits.take(8), bits.take(8), bits.take(8)
    bits.unsigned()
    chroma, depth = 1, 8
    planes = False
    if profile in _WITH_CHROMA:
        chroma = bits.unsigned()
        if chroma > 3:
            message = "the video's header says no sampling of colours"
            raise PixelError(message)
        planes = chroma == 3 and bits.flag()
        depth = 8 + max(bits.unsigned(), bits.unsigned())
        bits.skip(1)
        if bits.flag():
            for number in range(12 if chroma == 3 else 8):
                if bits.flag():
                    _scaling(bits, 16 if number < 6 else 64)
    frame_number = bits.unsigned() + 4
    order = bits.unsigned()
    if order == 0:
        bits.unsigned()
    elif order == 1:
        bits.skip(1)
        bits.signed()
        bits.signed()
        for _ in range(min(bits.unsigned(), _CYCLE)):
            bits.signed()
    bits.unsigned()
    bits.skip(1)
    columns, rows = bits.unsigned() + 1, bits.unsigned() + 1
    frames_only = bits.flag()
    if not frames_only:
        bits.skip(1)
    bits.skip(1)
    width, height = 16 * columns, 16 * rows * (2 - frames_only)
    if bits.flag():
        across, down = _CROP[0 if planes else chroma]
        left, right, top, bottom = (bits.unsigned() for _ in range(4))
        width -= across * (left + right)
        height -= down * (2 - frames_only) * (top + bottom)
    if width <= 0 or height <= 0:
        message = "the video's header says no size"
        raise PixelError(message)
    return {
        "profile": profile,
        "level": level,
        "width": width,
        "height": height,
        "frame_rate": _rate(bits) if bits.flag() else None,
        "bit_depth": depth,
        "chroma": _CHROMA[chroma],
        "interlaced": not frames_only,
        # H.264 A.2.4: the Main profile, and what says that it is of the Main profile too.
        "main_compatible": profile == 77 or (profile in {66, 88} and bool(constraints & 0x40)),
        "_frame_number": frame_number,
        "_planes": planes,
    }


def _scaling(bits: Bits, size: int) -> None:
    """Pass over a list (H.264 7.3.2.1.1.1)."""
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.signed()) % 256
        last = following or last


def _rate(bits: Bits) -> Fraction | None:
    """Read what there is to know of usability, up to the clock (H.264 E.1.1)."""
    pass_over_look(bits)
    if not bits.flag():
        return None
    units, scale = bits.take(32), bits.take(32)
    # A tick is that of a field.
    return Fraction(scale, 2 * units) if units and scale else None


def halves(unit: bytes, header: dict[str, Any]) -> int:
    """Give 2 where a unit begins a frame, 1 where it begins a field, else 0."""
    # H.264 7.4.3: the slice of the first macroblock has the number 0, in one bit.
    if len(unit) < 2 or unit[0] & 0x1F not in _SLICES or not unit[1] & 0x80:
        return 0
    if not header["interlaced"]:
        return 2
    bits = Bits(unit[1:].replace(b"\0\0\3", b"\0\0"))
    try:
        for _ in range(3):
            bits.unsigned()
        bits.skip((2 if header["_planes"] else 0) + header["_frame_number"])
        return 1 if bits.flag() else 2
    except PixelError:
        return 2
