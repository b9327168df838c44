"""H.264 and HEVC as streams of bytes (ITU-T H.264 and H.265 Annex B): their units, and the pictures in these."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from radiogram.errors import PixelError
from radiogram.video import h264, hevc
from radiogram.video.bits import Bits

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["begins", "plain", "read"]

_START = re.compile(b"\0\0\1")
_FIRST = 16
"""Units in which the set of parameters of a sequence must come."""
_LONGEST = 4096
"""Bytes of a set of parameters that are read."""
_HEAD = 32
"""Bytes of a slice's header that are read."""


def begins(stream: bytes) -> str:
    """Give the coding of a stream that begins with units, by the first sets of parameters that are there; else nothing."""
    if not stream[:64].lstrip(b"\0").startswith(b"\1"):
        return ""
    for number, unit in enumerate(_units(stream)):
        # H.265 7.3.1.2: a header of two bytes, whose second one is 1 for what all decoders need.
        if unit[:2] in {b"\x40\1", b"\x42\1"}:
            return "hevc"
        if unit and unit[0] & 0x9F == h264.SEQUENCE:
            return "h264"
        if number >= _FIRST:
            break
    return ""


def read(coding: str, data: bytes) -> dict[str, Any]:
    """Read the first set of parameters of a sequence, and count the pictures."""
    kind = h264 if coding == "h264" else hevc
    header: dict[str, Any] | None = None
    halves = 0
    for unit in _units(data):
        if header is None and unit and kind.is_sequence(unit):
            header = kind.sequence(Bits(plain(unit[:_LONGEST])[kind.HEADER :]))
        elif header is not None:
            halves += kind.halves(unit[:_HEAD], header)
    if header is None:
        message = "the video has no set of parameters of a sequence"
        raise PixelError(message)
    header = {name: value for name, value in header.items() if not name.startswith("_")}
    return {**header, "codec": coding, "frames": (halves + 1) // 2}


def plain(unit: bytes) -> bytes:
    """Take out the bytes that keep a unit from looking like a start (H.264 7.4.1)."""
    return unit.replace(b"\0\0\3", b"\0\0")


def _units(data: bytes) -> Iterator[bytes]:
    """Give the beginning of each unit."""
    for found in _START.finditer(data):
        start = found.end()
        end = data.find(b"\0\0\1", start, start + _LONGEST)
        yield data[start : end if end >= 0 else start + _LONGEST]
