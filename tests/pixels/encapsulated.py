"""Builds encapsulated pixel data: fragments, with whatever offset table a test wants (PS3.5 A.4)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from pydicom.encaps import generate_frames
from pydicom.uid import RLELossless

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydicom.dataset import Dataset

__all__ = ["compressed", "frames_of", "put", "put_rle", "rle"]


def item(content: bytes) -> bytes:
    """Give a fragment."""
    return struct.pack("<HHI", 0xFFFE, 0xE000, len(content)) + content


def frames_of(ds: Dataset) -> list[bytes]:
    """Give the codestreams of a dataset with one fragment a frame."""
    count = int(ds.get("NumberOfFrames", 1))
    return list(generate_frames(ds.PixelData, number_of_frames=count))


def put(
    ds: Dataset,
    fragments: Sequence[bytes],
    *,
    table: Sequence[int] | bytes | None = (),
    syntax: str | None = None,
    extended: tuple[Sequence[int], Sequence[int]] | None = None,
) -> None:
    """Give a dataset fragments: `table` holds the offsets, or any bytes; ``None`` leaves it out."""
    content = b""
    if table is not None:
        content += item(table if isinstance(table, bytes) else struct.pack(f"<{len(table)}I", *table))
    content += b"".join(map(item, fragments))
    ds.add_new("PixelData", "OB", content)
    ds["PixelData"].is_undefined_length = True
    if syntax:
        ds.file_meta.TransferSyntaxUID = syntax
    if extended:
        for keyword, numbers in zip(
            ("ExtendedOffsetTable", "ExtendedOffsetTableLengths"), extended, strict=True
        ):
            setattr(ds, keyword, struct.pack(f"<{len(numbers)}Q", *numbers))


def literal(plane: bytes) -> bytes:
    """Give a plane of RLE without a run (PS3.5 G.3.1)."""
    parts = (plane[at : at + 128] for at in range(0, len(plane), 128))
    packed = b"".join(bytes([len(part) - 1]) + part for part in parts)
    return packed + b"\0" * (len(packed) % 2)


def rle(planes: Sequence[bytes]) -> bytes:
    """Give a codestream of RLE (PS3.5 G.5)."""
    packed = [literal(plane) for plane in planes]
    starts = [64 + sum(map(len, packed[:at])) for at in range(len(packed))]
    return struct.pack("<16I", len(packed), *starts, *(0,) * (15 - len(packed))) + b"".join(packed)


def put_rle(ds: Dataset) -> Dataset:
    """Compress a native picture of one sample a pixel, whatever its bits."""
    size = ds.BitsAllocated // 8
    length = ds.Rows * ds.Columns * size
    count = int(ds.get("NumberOfFrames", 1))
    frames = [ds.PixelData[at * length : (at + 1) * length] for at in range(count)]
    # PS3.5 G.2: the most significant byte first.
    put(
        ds,
        [rle([frame[byte::size] for byte in reversed(range(size))]) for frame in frames],
        syntax=RLELossless,
    )
    return ds


def compressed(ds: Dataset) -> Dataset:
    """Compress a dataset as RLE, by pydicom's own encoder."""
    ds.compress(RLELossless, encoding_plugin="pydicom", generate_instance_uid=False)
    return ds
