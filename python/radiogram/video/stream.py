"""The bytes of a stream in a data set: the fragments of its one frame (PS3.5 A.4, 8.2.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radiogram.errors import NoPixelDataError, PixelError, UnsupportedError
from radiogram.registry import TransferSyntax
from radiogram.video import mp4, transport

if TYPE_CHECKING:
    from collections.abc import Iterator

    from radiogram.dataset.dataset import Dataset

__all__ = ["VIDEO", "fragments", "require", "whole"]

VIDEO = {"mpeg2": "ISO_13818_2", "h264": "ISO_14496_10", "hevc": "ISO_23008_2"}
"""The codecs of video as `TransferSyntax.codec` has them, and the terms of Lossy Image Compression Method (PS3.3 C.7.6.1.1.5.1)."""

_ITEM = b"\xfe\xff\x00\xe0"
_END = b"\xfe\xff\xdd\xe0"
_HEADER = 8


def require(ds: Dataset) -> TransferSyntax:
    """Give the transfer syntax of a data set with video.

    Raises
    ------
    UnsupportedError
        It is another one.
    """
    meta: Any = getattr(ds, "file_meta", None)
    uid = meta.get("TransferSyntaxUID") if meta is not None else None
    known = TransferSyntax(str(uid)) if uid else None
    if known is None or known.codec not in VIDEO:
        message = (
            f"the pixel data are no video: {known.name if known else 'the transfer syntax is not known'}"
        )
        raise UnsupportedError(message)
    return known


def fragments(ds: Dataset) -> Iterator[memoryview]:
    """Give each fragment, without the offset table; a byte that makes the last one even may be there."""
    if "PixelData" not in ds:
        message = "the dataset has no pixel data"
        raise NoPixelDataError(message)
    value = memoryview(ds["PixelData"].value)
    at, is_table = 0, True
    while at + _HEADER <= len(value):
        tag, length = value[at : at + 4], int.from_bytes(value[at + 4 : at + 8], "little")
        if tag == _END:
            return
        start, end = at + _HEADER, at + _HEADER + length
        if tag != _ITEM or end > len(value):
            message = "the fragments of the video are damaged, or end too early (PS3.5 A.4)"
            raise PixelError(message)
        if not is_table:
            yield value[start:end]
        is_table, at = False, end


def whole(ds: Dataset) -> bytes:
    """Give the stream, without a byte that only makes the last fragment even."""
    stream = b"".join(fragments(ds))
    # PS3.3 C.7.6.3: how long it is without that byte.
    total = ds.get("EncapsulatedPixelDataValueTotalLength")
    if isinstance(total, int) and total == len(stream) - 1:
        return stream[:total]
    if stream.endswith(b"\0"):
        is_boxes = mp4.begins(stream) and mp4.whole(stream[:-1]) == len(stream) - 1
        size = transport.packet_size(stream)
        if is_boxes or (size and len(stream) % size == 1):
            return stream[:-1]
    return stream
