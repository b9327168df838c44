"""MP4 (ISO/IEC 14496-12, -14, -15): the first track of video, its set of parameters, its clock, its samples."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from radiogram.errors import PixelError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Track", "begins", "track", "whole"]

_FIRST = {b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"styp", b"pnot"}
_BOXES = 1 << 16
"""Boxes of one box that are looked at."""
_START = b"\0\0\0\1"
_TABLE = 1 << 20
"""Entries of a table of times that are looked at."""
_SETS = 32


class Track(NamedTuple):
    """A track of video: coding, headers as a stream of bytes, pictures a second, samples."""

    coding: str
    header: bytes
    rate: Fraction | None
    samples: int


def begins(stream: bytes) -> bool:
    """Whether a stream begins with a box of a file."""
    return stream[4:8] in _FIRST


def whole(stream: bytes) -> int:
    """Give the length of the boxes that are there to their ends; a byte that makes a fragment even may follow."""
    at = 0
    for _, start, end in _boxes(stream, 0, len(stream)):
        size = int.from_bytes(stream[at : at + 4], "big")
        size = int.from_bytes(stream[start - 8 : start], "big") if size == 1 else size
        if size and at + size != end:
            break
        at = end
    return at


def track(stream: bytes) -> Track:
    """Find the first track of video."""
    movie = _one(stream, (0, len(stream)), b"moov")
    for kind, start, end in _boxes(stream, *movie):
        if kind != b"trak":
            continue
        media = _one(stream, (start, end), b"mdia")
        handler = _one(stream, media, b"hdlr")
        if stream[handler[0] + 8 : handler[0] + 12] == b"vide":
            return _track(stream, movie, (start, end), media)
    message = "the MP4 file has no track of video"
    raise PixelError(message)


def _boxes(stream: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Give kind, first byte and end of the content of each box (14496-12 4.2)."""
    for _ in range(_BOXES):
        if start + 8 > end:
            return
        size, at = int.from_bytes(stream[start : start + 4], "big"), start + 8
        if size == 1:
            size, at = int.from_bytes(stream[at : at + 8], "big"), at + 8
        after = start + size if size else end
        if after < at or after > end:
            # Its end is missing: what is there of it is its content.
            after = end
        yield stream[start + 4 : start + 8], at, after
        start = after


def _find(stream: bytes, place: tuple[int, int], kind: bytes) -> tuple[int, int] | None:
    return next(((start, end) for found, start, end in _boxes(stream, *place) if found == kind), None)


def _one(stream: bytes, place: tuple[int, int], kind: bytes) -> tuple[int, int]:
    found = _find(stream, place, kind)
    if found is None:
        message = f"the MP4 file has no box {kind.decode('ascii')} where it must be"
        raise PixelError(message)
    return found


def _number(stream: bytes, at: int, size: int = 4) -> int:
    number = stream[at : at + size]
    if len(number) < size:
        message = "a box of the MP4 file is too short"
        raise PixelError(message)
    return int.from_bytes(number, "big")


def _track(stream: bytes, movie: tuple[int, int], place: tuple[int, int], media: tuple[int, int]) -> Track:
    table = _one(stream, _one(stream, media, b"minf"), b"stbl")
    described = _one(stream, table, b"stsd")
    # 14496-12 8.5.2: version, flags and count, then an entry.
    entry = next(_boxes(stream, described[0] + 8, described[1]), None)
    if entry is None:
        message = "the MP4 file does not describe its video"
        raise PixelError(message)
    coding, header = _description(stream, *entry)
    samples, span = _times(stream, table)
    if not samples:
        identity = _one(stream, place, b"tkhd")
        number = _number(stream, identity[0] + (20 if stream[identity[0]] else 12))
        samples, span = _fragmented(stream, movie, number)
    clock = _one(stream, media, b"mdhd")
    scale = _number(stream, clock[0] + (20 if stream[clock[0]] else 12))
    rate = Fraction(samples * scale, span) if samples and span and scale else None
    return Track(coding, header, rate, samples)


def _description(stream: bytes, kind: bytes, start: int, end: int) -> tuple[str, bytes]:
    """Read an entry of video (14496-12 12.1.3), and give its coding and the sets of parameters, each after a start code."""
    inner = (start + 78, end)
    if kind in {b"avc1", b"avc3"}:
        at, _ = _one(stream, inner, b"avcC")
        # 14496-15 5.3.3.1.2.
        return "h264", _sets(stream, at + 6, _number(stream, at + 5, 1) & 0x1F)
    if kind in {b"hvc1", b"hev1"}:
        at, limit = _one(stream, inner, b"hvcC")
        # 14496-15 8.3.3.1.2: arrays of units.
        units, arrays, at = b"", _number(stream, at + 22, 1), at + 23
        for _ in range(arrays):
            count = _number(stream, at + 1, 2)
            part = _sets(stream, at + 3, count)
            units += part
            at += 3 + len(part) - 2 * min(count, _SETS)
            if at > limit:
                break
        return "hevc", units
    if kind == b"mp4v":
        at, limit = _one(stream, inner, b"esds")
        if b"\0\0\1\xb3" in stream[at:limit]:
            return "mpeg2", stream[at:limit]
    name = kind.decode("latin-1")
    message = f"the MP4 file's video is {name!r}: DICOM carries MPEG-2, H.264 and HEVC"
    raise UnsupportedError(message)


def _sets(stream: bytes, at: int, count: int) -> bytes:
    """Give units that have their length in two bytes before them, with start codes instead."""
    made = b""
    for _ in range(min(count, _SETS)):
        length = _number(stream, at, 2)
        made += _START + stream[at + 2 : at + 2 + length]
        at += 2 + length
    return made


def _times(stream: bytes, table: tuple[int, int]) -> tuple[int, int]:
    """Give the number of samples, and how long they last together (14496-12 8.6.1.2)."""
    at, end = _one(stream, table, b"stts")
    samples = span = 0
    for number in range(min(_number(stream, at + 4), _TABLE)):
        place = at + 8 + 8 * number
        if place + 8 > end:
            break
        count = _number(stream, place)
        samples += count
        span += count * _number(stream, place + 4)
    return samples, span


def _fragmented(stream: bytes, movie: tuple[int, int], track: int) -> tuple[int, int]:
    """Count samples of a file whose track is in pieces (14496-12 8.8)."""
    usual = 0
    if (extends := _find(stream, movie, b"mvex")) is not None:
        for kind, start, _ in _boxes(stream, *extends):
            if kind == b"trex" and _number(stream, start + 4) == track:
                usual = _number(stream, start + 12)
    samples = span = 0
    for kind, start, end in _boxes(stream, 0, len(stream)):
        for inner, first, last in _boxes(stream, start, end) if kind == b"moof" else ():
            if inner == b"traf":
                count, time = _piece(stream, (first, last), track, usual)
                samples, span = samples + count, span + time
    return samples, span


def _piece(stream: bytes, place: tuple[int, int], track: int, usual: int) -> tuple[int, int]:
    head, _ = _one(stream, place, b"tfhd")
    if _number(stream, head + 4) != track:
        return 0, 0
    flags = _number(stream, head, 4) & 0xFFFFFF
    if flags & 8:
        usual = _number(stream, head + 8 + 8 * (flags & 1) + 4 * (flags >> 1 & 1))
    samples = span = 0
    for kind, start, end in _boxes(stream, *place):
        if kind != b"trun":
            continue
        how, count = _number(stream, start) & 0xFFFFFF, _number(stream, start + 4)
        size = 4 * (how >> 8 & 0xF).bit_count()
        at = start + 8 + 4 * (how & 1) + 4 * (how >> 2 & 1)
        if how & 0x100:
            count = min(count, max(end - at, 0) // size)
            span += sum(_number(stream, at + size * number) for number in range(count))
        else:
            span += count * usual
        samples += count
    return samples, span
