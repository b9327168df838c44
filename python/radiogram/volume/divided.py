"""An object divided into the parts of a concatenation, as archives do it with what is too large: for examples, tests and transfer."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radiogram import _core
from radiogram.codecs.fragments import encapsulate
from radiogram.dataset import Dataset, read
from radiogram.errors import ArgumentError
from radiogram.registry import TransferSyntax
from radiogram.uid import generate_uid

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

__all__ = ["write_concatenation"]

_PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
_TABLES = ("ExtendedOffsetTable", "ExtendedOffsetTableLengths")


def write_concatenation(
    source: str | os.PathLike[str] | Dataset,
    folder: str | os.PathLike[str],
    frames: Sequence[int],
    *,
    total: str = "said",
) -> list[Path]:
    """Divide a multi-frame object into files that are the parts of a concatenation (PS3.3 7.5.1, C.7.6.16).

    Parameters
    ----------
    source : path or Dataset
        The object.
    folder : str or Path
        Where to; it is made if it is not there.
    frames : sequence of int
        How many frames each part has; together all there are.
    total : {"said", "unsaid"}
        Whether each part says how many there are.

    Returns
    -------
    list of Path
        The parts in their order.

    Raises
    ------
    ArgumentError
        The parts have another number of frames than the object, or one has none; or the value is shorter than its frames need.

    Examples
    --------
    >>> import tempfile, radiogram as rg
    >>> from radiogram.volume.divided import write_concatenation
    >>> from radiogram.volume.multiframe import write_multiframe
    >>> from radiogram.volume.phantom import Phantom
    >>> folder = tempfile.mkdtemp()
    >>> path = write_multiframe(folder + "/mr.dcm", Phantom(slices=5, rows=8, columns=8), kind="MR")
    >>> parts = write_concatenation(path, folder + "/parts", [2, 1, 2])
    >>> (rg.read_volume(parts[::-1]).array == rg.read_volume(path).array).all().item()
    True
    """
    whole = source if isinstance(source, Dataset) else read(source)
    count = int(whole.get("NumberOfFrames") or 1)
    if min(frames, default=0) < 1 or sum(frames) != count:
        message = f"parts of {list(frames)} frames, of an object that has {count}"
        raise ArgumentError(message)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    keyword = next(name for name in _PIXELS if name in whole)
    element = whole[keyword]
    syntax = whole.file_meta.TransferSyntaxUID
    streams = _core.encapsulated_frames(whole) if TransferSyntax(syntax).is_encapsulated else None
    value = b"" if streams is not None else bytes(element.value)
    if streams is None:
        _check(whole, value, count)
    groups = list(whole.get("PerFrameFunctionalGroupsSequence") or ())
    uid, name, made, begin = generate_uid(), str(whole.SOPInstanceUID), [], 0
    head = copy.copy(whole)
    for large in (keyword, *_TABLES, "PerFrameFunctionalGroupsSequence"):
        if large in head:
            del head[large]
    for number, own in enumerate(frames, 1):
        part = copy.deepcopy(head)
        part.SOPInstanceUIDOfConcatenationSource = name
        part.SOPInstanceUID = part.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        part.ConcatenationUID, part.InConcatenationNumber = uid, number
        if total == "said":
            part.InConcatenationTotalNumber = len(frames)
        part.ConcatenationFrameOffsetNumber, part.NumberOfFrames = begin, own
        if groups:
            part.PerFrameFunctionalGroupsSequence = groups[begin : begin + own]
        if streams is None:
            data = _native(whole, value, count, begin, own)
        else:
            data = encapsulate(streams[begin : begin + own]).data
        part.add_new(element.tag, element.VR, data)
        made.append(folder / f"part{number}.dcm")
        part.save_as(made[-1])
        begin += own
    return made


def _frame_bits(whole: Dataset, value: bytes, count: int) -> int:
    """Give the bits of a native frame as it is stored."""
    bits = int(whole.get("BitsAllocated") or 8)
    pixels = int(whole.Rows) * int(whole.Columns)
    full = pixels * int(whole.SamplesPerPixel) * bits
    photometric = str(whole.get("PhotometricInterpretation") or "").strip()
    if photometric not in ("YBR_FULL_422", "YBR_PARTIAL_422"):
        return full
    # The retired one has been written with colour for each pixel, too.
    if photometric == "YBR_PARTIAL_422" and len(value) * 8 >= full * count:
        return full
    # PS3.3 C.7.6.3.1.2: two pixels share their chrominance.
    return pixels * 2 * bits


def _check(whole: Dataset, value: bytes, count: int) -> None:
    """See whether there are as many bytes as the frames need."""
    needed = -(-_frame_bits(whole, value, count) * count // 8)
    if len(value) < needed:
        message = f"the pixel data have {len(value)} bytes, and {count} frames need {needed}"
        raise ArgumentError(message)


def _native(whole: Dataset, value: bytes, count: int, begin: int, own: int) -> bytes:
    """Give the bytes of frames; those of single bits may begin within a byte (PS3.5 8.1.1)."""
    import numpy as np

    frame = _frame_bits(whole, value, count)
    if whole.get("BitsAllocated") == 1:
        all_bits: Any = np.unpackbits(np.frombuffer(value, np.uint8), bitorder="little")
        data = np.packbits(all_bits[begin * frame : (begin + own) * frame], bitorder="little").tobytes()
    else:
        size = len(value) // count if frame % 8 else frame // 8
        data = value[begin * size : (begin + own) * size]
    return data + b"\0" * (len(data) % 2)
