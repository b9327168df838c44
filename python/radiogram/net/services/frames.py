"""New instances of some frames of another (PS3.4 Y.3): frames by their numbers, by a calculation, or by time."""

from __future__ import annotations

import itertools
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from radiogram.net.services.answers import RefusedError
from radiogram.uid import generate_uid

if TYPE_CHECKING:
    from radiogram.dataset import Dataset

__all__ = ["extracted", "frame_numbers"]

_NO_FRAMES, _NO_CLASS, _UNABLE, _NOT_TIMED, _INVALID = 0xAA00, 0xAA01, 0xAA02, 0xAA03, 0xAA04
"""Statuses of PS3.4 table Y.4-1."""


def frame_numbers(ds: Dataset, query: Dataset) -> list[int]:
    """Give the numbers of the frames that a query asks for, from 1 and ascending (PS3.4 Y.3.1).

    Raises
    ------
    RefusedError
        The query says it in no way or in several ones, or none of the frames is there.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.services.frames import frame_numbers
    >>> frame_numbers(rg.Dataset({"NumberOfFrames": 10}), rg.Dataset({"CalculatedFrameList": [2, 9, 3]}))
    [2, 5, 8]
    """
    said = [name for name in ("SimpleFrameList", "CalculatedFrameList", "TimeRange") if query.get(name)]
    if len(said) != 1:
        message = "frames are asked for in one of three ways"
        raise RefusedError(message, _INVALID)
    count = int(ds.get("NumberOfFrames") or 1)
    value: Any = query.get(said[0])
    numbers = [int(one) for one in value] if hasattr(value, "__len__") else [int(value)]
    if said == ["SimpleFrameList"]:
        found = sorted({one for one in numbers if 1 <= one <= count})
    elif said == ["CalculatedFrameList"]:
        if len(numbers) % 3 or any(step < 1 for step in numbers[2::3]):
            message = "a calculated frame list is made of triples"
            raise RefusedError(message, _INVALID)
        found = sorted(
            {
                frame
                for first, last, step in zip(numbers[::3], numbers[1::3], numbers[2::3], strict=True)
                for frame in range(first, min(last, count) + 1, step)
                if frame >= 1
            }
        )
    else:
        found = _timed(ds, [float(one) for one in value], count)
    if not found:
        message = "none of the frames is in the instance"
        raise RefusedError(message, _NO_FRAMES)
    return found


def _timed(ds: Any, ends: list[float], count: int) -> list[int]:  # noqa: ANN401  # a data set
    """Give the frames of a time range in seconds, which covers them at least (PS3.4 Y.3.1)."""
    if len(ends) != 2:
        message = "a time range has two ends"
        raise RefusedError(message, _INVALID)
    if ds.get("FrameTimeVector"):
        vector = [float(one) / 1000 for one in ds.FrameTimeVector]
        starts = [sum(vector[: place + 1]) for place in range(len(vector))]
    elif ds.get("FrameTime"):
        starts = [float(ds.FrameTime) / 1000 * place for place in range(count)]
    else:
        message = "the instance is not based on time"
        raise RefusedError(message, _NOT_TIMED)
    first = max((place for place, start in enumerate(starts) if start <= ends[0]), default=0)
    return [place + 1 for place, start in enumerate(starts) if place >= first and start <= ends[1]]


def extracted(ds: Dataset, query: Dataset) -> Dataset:
    """Make the new instance of the frames that a query asks for (PS3.4 Y.3.3).

    It has a UID of its own, says in Frame Extraction Sequence where it comes from (PS3.3 C.12.3), and has of what goes by frame that
    of its frames.

    Raises
    ------
    RefusedError
        It cannot be made.

    Examples
    --------
    >>> import numpy as np, radiogram as rg
    >>> from radiogram.net.services.frames import extracted
    >>> ds = rg.Dataset.new("MultiFrameGrayscaleByteSecondaryCaptureImageStorage", pixels=np.arange(12, dtype="u1").reshape(3, 2, 2))
    >>> made = extracted(ds, rg.Dataset({"SimpleFrameList": [3, 1]}))
    >>> int(made.NumberOfFrames), made.pixel_array[:, 0, 0].tolist()
    (2, [0, 8])
    """
    if "NumberOfFrames" not in ds or "PixelData" not in ds:
        message = "the instance is no multi-frame image"
        raise RefusedError(message, _NO_CLASS)
    numbers = frame_numbers(ds, query)
    made: Any = deepcopy(ds)
    _pick_pixels(made, numbers)
    made.NumberOfFrames = len(numbers)
    made.SOPInstanceUID = generate_uid()
    for keyword in ("PerFrameFunctionalGroupsSequence",):
        if keyword in ds:
            items = list(ds[keyword].value)
            if len(items) < max(numbers):
                message = "the instance has fewer functional groups than frames"
                raise RefusedError(message, _UNABLE)
            setattr(made, keyword, [deepcopy(items[number - 1]) for number in numbers])
    if "FrameTimeVector" in ds:
        vector = [float(one) for one in made.FrameTimeVector]
        starts = [sum(vector[:number]) for number in numbers]
        made.FrameTimeVector = [0.0] + [later - start for start, later in itertools.pairwise(starts)]
    source = type(ds)({"MultiFrameSourceSOPInstanceUID": ds.SOPInstanceUID})
    for keyword in ("SimpleFrameList", "CalculatedFrameList", "TimeRange"):
        if query.get(keyword):
            setattr(source, keyword, query.get(keyword))
    before = [deepcopy(item) for item in ds.get("FrameExtractionSequence") or []]
    made.FrameExtractionSequence = [*before, source]
    return made  # type: ignore[no-any-return]  # a copy of a data set


def _pick_pixels(made: Any, numbers: list[int]) -> None:  # noqa: ANN401  # a data set
    """Keep the pixels of some frames: their codestreams as they are where they are encoded."""
    from radiogram import _core
    from radiogram.codecs.fragments import encapsulate
    from radiogram.registry import TransferSyntax

    syntax = made.file_meta.get("TransferSyntaxUID")
    if syntax and TransferSyntax(syntax).is_encapsulated:
        # A codestream a frame, as it is.
        frames = _core.encapsulated_frames(made)
        if len(frames) < max(numbers):
            message = "the frames cannot be told apart"
            raise RefusedError(message, _UNABLE)
        made.PixelData = encapsulate([frames[number - 1] for number in numbers]).data
        for keyword in ("ExtendedOffsetTable", "ExtendedOffsetTableLengths"):
            if keyword in made:
                delattr(made, keyword)
        return
    data = bytes(made.PixelData)
    bits = int(made.Rows) * int(made.Columns) * int(made.SamplesPerPixel) * int(made.BitsAllocated)
    if bits % 8:
        message = "frames of single bits do not begin at a byte"
        raise RefusedError(message, _UNABLE)
    size = bits // 8
    if len(data) < size * max(numbers):
        message = "the pixel data are shorter than their frames"
        raise RefusedError(message, _UNABLE)
    picked = b"".join(data[(number - 1) * size : number * size] for number in numbers)
    made.PixelData = picked + b"\0" * (len(picked) % 2)
