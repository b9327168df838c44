"""From the codestreams of frames to the value of encapsulated pixel data (PS3.5 Annex A.4)."""

from __future__ import annotations

from struct import pack
from typing import TYPE_CHECKING, NamedTuple

from radiogram.errors import LimitError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Encapsulated", "encapsulate"]

_ITEM = 0xFFFE, 0xE000
_LONGEST = 2**32 - 2
"""The longest fragment: lengths are 32 bits and even, and FFFFFFFF is no length."""
_FARTHEST = 2**32 - 1
"""The last offset that a basic offset table can hold."""


class Encapsulated(NamedTuple):
    """The value of an encapsulated Pixel Data element, and what goes with it.

    Attributes
    ----------
    data : bytes
        The items: the basic offset table, and a fragment a frame.
    offsets, lengths : bytes or None
        Extended Offset Table and Extended Offset Table Lengths (PS3.3 C.7.6.3.1.8), ``None`` where the basic table is enough.
    """

    data: bytes
    offsets: bytes | None
    lengths: bytes | None


def encapsulate(frames: Sequence[bytes], *, extended: bool = False) -> Encapsulated:
    """Put frames into fragments, one each, padded to an even length.

    The offset table is the basic one. Where offsets do not fit its 32 bits, or on request, it is left empty and the extended tables
    say where the frames are (PS3.5 A.4).

    Parameters
    ----------
    frames : sequence of bytes
        A codestream a frame.
    extended : bool
        Use the extended tables where the basic one would do.

    Raises
    ------
    LimitError
        A frame is longer than a fragment can be.

    Examples
    --------
    >>> encapsulate([b"abc"]).data.hex(" ", 4)
    'feff00e0 04000000 00000000 feff00e0 04000000 61626300'
    """
    lengths = [len(frame) + len(frame) % 2 for frame in frames]
    if max(lengths, default=0) > _LONGEST:
        message = "a frame of 4 GiB or more cannot be one fragment (PS3.5 A.4)"
        raise LimitError(message)
    offsets, at = [], 0
    for length in lengths:
        offsets.append(at)
        at += 8 + length
    extended = extended or (bool(offsets) and offsets[-1] > _FARTHEST)
    table = b"" if extended else pack(f"<{len(offsets)}I", *offsets)
    parts = [_header(len(table)), table]
    for frame, length in zip(frames, lengths, strict=True):
        parts += (_header(length), frame, b"\0" * (length - len(frame)))
    data = b"".join(parts)
    if not extended:
        return Encapsulated(data, None, None)
    return Encapsulated(data, pack(f"<{len(offsets)}Q", *offsets), pack(f"<{len(lengths)}Q", *lengths))


def _header(length: int) -> bytes:
    return pack("<HHI", *_ITEM, length)
