"""MPEG-2 video, ISO/IEC 13818-2 (ITU-T H.262): the headers of the sequence, and its pictures."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from radiogram.errors import PixelError, UnsupportedError
from radiogram.video.bits import Bits

__all__ = ["begins", "read"]

_SEQUENCE = b"\0\0\1\xb3"
_EXTENSION = b"\0\0\1\xb5"
_PICTURE = re.compile(b"\0\0\1\0")
_NEAR = 64
"""Bytes after a picture's header in which the one that extends it begins."""

# H.262 table 6-4.
_RATES = {
    1: Fraction(24000, 1001),
    2: Fraction(24),
    3: Fraction(25),
    4: Fraction(30000, 1001),
    5: Fraction(30),
    6: Fraction(50),
    7: Fraction(60000, 1001),
    8: Fraction(60),
}
_CHROMA = {1: "4:2:0", 2: "4:2:2", 3: "4:4:4"}


def begins(stream: bytes) -> str:
    """Give the coding where a stream begins with the header of a sequence, else nothing."""
    return "mpeg2" if stream[:64].lstrip(b"\0").startswith(b"\1\xb3") else ""


def read(data: bytes) -> dict[str, Any]:
    """Read the first headers of a stream, and count its pictures (H.262 6.2.2.1, 6.2.2.3)."""
    start = data.find(_SEQUENCE)
    if start < 0:
        message = "the video has no header of a sequence"
        raise PixelError(message)
    bits = Bits(data[start + 4 : start + 4 + 8])
    width, height = bits.take(12), bits.take(12)
    bits.skip(4)
    rate = _RATES.get(bits.take(4))
    # The header has two tables of 64 bytes at most.
    at = data.find(_EXTENSION, start, start + 12 + 128 + 8)
    if at < 0:
        message = "the video is MPEG-1: DICOM carries MPEG-2 (PS3.5 8.2.5)"
        raise UnsupportedError(message)
    more = Bits(data[at + 4 : at + 4 + 6])
    if more.take(4) != 1:
        message = "the video's header of a sequence is not extended by its own extension"
        raise PixelError(message)
    more.skip(1)
    profile, level = more.take(3), more.take(4)
    progressive, chroma = more.flag(), more.take(2)
    width |= more.take(2) << 12
    height |= more.take(2) << 12
    more.skip(12 + 1 + 8 + 1)
    numerator, denominator = more.take(2), more.take(5)
    if not width or not height or chroma not in _CHROMA:
        message = "the video's header says no size, or no sampling of colours"
        raise PixelError(message)
    return {
        "codec": "mpeg2",
        "profile": profile,
        "level": level,
        "width": width,
        "height": height,
        "frame_rate": rate and rate * (numerator + 1) / (denominator + 1),
        "frames": _pictures(data),
        "chroma": _CHROMA[chroma],
        "interlaced": not progressive,
    }


def _pictures(data: bytes) -> int:
    halves = 0
    for found in _PICTURE.finditer(data):
        at = data.find(_EXTENSION, found.end(), found.end() + _NEAR)
        # H.262 6.2.3.1: the extension of the coding, whose third byte ends with the structure: 3 is a frame, the others are fields.
        is_coding = 0 <= at < len(data) - 6 and data[at + 4] >> 4 == 8
        halves += 1 if is_coding and data[at + 6] & 3 != 3 else 2
    return (halves + 1) // 2
