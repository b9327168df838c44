"""MPEG-2 program streams (ISO/IEC 13818-1 2.5): the first video."""

from __future__ import annotations

from radiogram.errors import PixelError
from radiogram.video.packets import payload

__all__ = ["begins", "video"]

_START = b"\0\0\1"
_PACK, _END = 0xBA, 0xB9
_VIDEOS = range(0xE0, 0xF0)


def begins(stream: bytes) -> bool:
    """Whether a stream begins with a pack."""
    return stream.startswith(b"\0\0\1\xba")


def video(stream: bytes) -> bytes:
    """Give the bytes of the first video."""
    parts: list[bytes] = []
    at, wanted = 0, 0
    while at + 6 <= len(stream):
        if stream[at : at + 3] != _START:
            # Past damage, or stuffing, to the next packet.
            at = stream.find(_START, at + 1)
            if at < 0:
                break
            continue
        code = stream[at + 3]
        if code == _PACK:
            at += _pack(stream[at : at + 14])
        elif code == _END or code < _PACK:
            at += 4
        else:
            length = int.from_bytes(stream[at + 4 : at + 6], "big")
            if code in _VIDEOS and wanted in {0, code}:
                wanted = code
                parts.append(payload(stream[at : at + 6 + length]))
            at += 6 + length
    if not parts:
        message = "the program stream has no video"
        raise PixelError(message)
    return b"".join(parts)


def _pack(head: bytes) -> int:
    """Give the length of the header of a pack: of MPEG-2 (13818-1 2.5.3.3), or of MPEG-1."""
    if len(head) == 14 and head[4] >> 6 == 1:
        return 14 + (head[13] & 7)
    return 12
