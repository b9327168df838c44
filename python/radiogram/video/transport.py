"""MPEG-2 transport streams (ISO/IEC 13818-1 2.4): the first video of the first program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radiogram.errors import PixelError, UnsupportedError
from radiogram.video.packets import payload

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["packet_size", "video"]

_SYNC = 0x47
_SIZE = 188
_TIMED = 192
"""With the time of arrival before each packet, as discs have them."""
_TABLES = 0
_NONE = 0x1FFF

# 13818-1 table 2-34, as far as DICOM has it.
_CODINGS = {0x02: "mpeg2", 0x1B: "h264", 0x24: "hevc"}
_OTHERS = {0x01: "MPEG-1 video", 0x10: "MPEG-4 part 2 video", 0x20: "a view of H.264 without its first one"}


def packet_size(stream: bytes) -> int:
    """Give the size of packets where a stream consists of them, else 0."""
    for size in (_SIZE, _TIMED):
        first = size - _SIZE
        if len(stream) >= size and all(byte == _SYNC for byte in stream[first : 8 * size : size]):
            return size
    return 0


def video(stream: bytes, size: int) -> tuple[str, bytes]:
    """Give the coding of the first video, and its bytes."""
    program = _program(stream, size)
    coding, wanted = _streams(stream, size, program)
    parts: list[bytes] = []
    for pid, is_start, content in _packets(stream, size):
        if pid != wanted:
            continue
        if is_start:
            parts.append(payload(content))
        elif parts:
            parts.append(content)
    return coding, b"".join(parts)


def _packets(stream: bytes, size: int) -> Iterator[tuple[int, bool, bytes]]:
    """Give stream, whether something begins, and content of each packet (13818-1 2.4.3.2)."""
    for at in range(size - _SIZE, len(stream) - _SIZE + 1, size):
        if stream[at] != _SYNC:
            continue
        start = at + 4
        adaptation = stream[at + 3] >> 4 & 3
        if not adaptation & 1:
            continue
        if adaptation & 2:
            start += 1 + stream[start]
        pid = (stream[at + 1] & 0x1F) << 8 | stream[at + 2]
        yield pid, bool(stream[at + 1] & 0x40), stream[start : at + _SIZE]


def _section(stream: bytes, size: int, wanted: int, table: int) -> bytes:
    """Give the first section of a table: one that begins and ends in a packet, as these short ones do."""
    for pid, is_start, content in _packets(stream, size):
        if pid != wanted or not is_start or not content:
            continue
        section = content[1 + content[0] :]
        if len(section) > 3 and section[0] == table:
            length = (section[1] & 0x0F) << 8 | section[2]
            # The last four bytes are a sum.
            return section[: max(3 + length - 4, 0)]
    message = "the transport stream has no table of its programs and streams"
    raise PixelError(message)


def _program(stream: bytes, size: int) -> int:
    """Give the stream of the table of the first program (13818-1 2.4.4.3)."""
    section = _section(stream, size, _TABLES, 0)
    for at in range(8, len(section) - 3, 4):
        if section[at : at + 2] != b"\0\0":
            return (section[at + 2] & 0x1F) << 8 | section[at + 3]
    message = "the transport stream has no program"
    raise PixelError(message)


def _streams(stream: bytes, size: int, program: int) -> tuple[str, int]:
    """Give coding and number of the first video of a program (13818-1 2.4.4.8)."""
    section = _section(stream, size, program, 2)
    if len(section) < 12:
        message = "the transport stream's table of streams is too short"
        raise PixelError(message)
    at = 12 + ((section[10] & 0x0F) << 8 | section[11])
    other = ""
    while at + 5 <= len(section):
        kind, pid = section[at], (section[at + 1] & 0x1F) << 8 | section[at + 2]
        if kind in _CODINGS and pid != _NONE:
            return _CODINGS[kind], pid
        other = other or _OTHERS.get(kind, "")
        at += 5 + ((section[at + 3] & 0x0F) << 8 | section[at + 4])
    message = f"the transport stream has {other or 'no video'}: DICOM carries MPEG-2, H.264 and HEVC"
    raise UnsupportedError(message)
