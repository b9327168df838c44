"""`rg.open_volume`: a volume whose voxels are read when they are asked for, and only those."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

from radiogram import _core
from radiogram.errors import ArgumentError
from radiogram.volume.parts import Parts
from radiogram.volume.read import dtype_name, found_files
from radiogram.volume.report import VolumeReport

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Sequence

    import numpy as np
    import numpy.typing as npt
    from numpy.typing import NDArray

    from radiogram.volume.volume import Volume

__all__ = ["LazyVolume", "open_volume"]


def open_volume(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    series_uid: str | None = None,
    frames: Iterable[int] | None = None,
    units: str = "modality",
    dtype: npt.DTypeLike | None = None,
    missing: str = "error",
    threads: int | None = None,
) -> LazyVolume:
    """Open a series or multi-frame images as one volume, and leave its voxels in the files.

    Parameters
    ----------
    paths, series_uid, frames, units, dtype, missing, threads
        As in `read_volume`, whose verdict is the same.

    Returns
    -------
    LazyVolume

    Raises
    ------
    DicomError
        What `read_volume` raises before it reads pixels.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.volume.phantom import Phantom, write_series
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = write_series(folder, Phantom(slices=9, rows=32, columns=48))
    ...     lazy = rg.open_volume(folder)
    ...     slab = lazy[2:8:2, 10:20, ::-1]
    >>> lazy.shape, slab.shape
    ((9, 32, 48), (3, 10, 48))
    """
    files = found_files(paths)
    source = _core.open_volume(
        files,
        series_uid=series_uid,
        frames=None if frames is None else set(frames),
        units=units,
        dtype=dtype_name(dtype),
        missing=missing,
        threads=threads,
        progress=None,
    )
    parts = Parts.of(source, files)
    parts.report["quantity"] = units
    return LazyVolume(source, parts, threads)


class LazyVolume:
    """A volume that is read piece by piece, as `open_volume` gives it.

    Indexing is numpy's: whole numbers, slices with steps of either sign, and an ellipsis. It reads the slices that
    are named and no others; of uncompressed frames only the rows, of JPEG 2000 only the code blocks that the
    region needs. What is read is not kept. A file that was changed meanwhile is a `SourceChangedError`.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.volume.phantom import Phantom, write_series
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = write_series(folder, Phantom(slices=9, rows=32, columns=48, spacing=(2.0, 0.5, 0.5)))
    ...     lazy = rg.open_volume(folder)
    ...     part = lazy.read[3:6, 8:, ::2]
    >>> part
    Volume: CT, 3 x 24 x 24 int16, 2 x 0.5 x 1 mm
    """

    __slots__ = ("_parts", "_smallest", "_source", "_threads")

    def __init__(self, source: _core.VolumeSource, parts: Parts, threads: int | None) -> None:
        self._source = source
        self._parts = parts
        self._threads = threads
        self._smallest: float | None = None

    @property
    def dims(self) -> tuple[str, ...]:
        """The names of the axes, as in `Volume.dims`."""
        return self._parts.dims

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis."""
        lengths = list(self._source.shape)
        if self._parts.is_flat:
            del lengths[len(self._source.axes)]
        return tuple(lengths)

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the values."""
        import numpy as np

        return np.dtype(self._source.dtype)

    @property
    def affine(self) -> NDArray[np.float64]:
        """The matrix from (slice, row, column, 1) to the patient's millimetres, as in `Volume.affine`."""
        return self._parts.affine

    @property
    def coords(self) -> dict[str, NDArray[Any]]:
        """The coordinates along the axes in front of the slices, as in `Volume.coords`."""
        return self._parts.coords

    @property
    def coord_dims(self) -> dict[str, str]:
        """The axis of each of them."""
        return self._parts.coord_dims

    @property
    def units(self) -> dict[str, str]:
        """The unit of each of them."""
        return self._parts.units

    @property
    def paths(self) -> tuple[str | None, ...]:
        """The file of each slice, volume after volume."""
        return self._parts.paths

    @property
    def frames(self) -> tuple[int | None, ...]:
        """Which frame of it each is."""
        return self._parts.frames

    @property
    def spacing(self) -> tuple[float, float, float]:
        """Distance of neighbouring voxels along (slice, row, column), millimetres."""
        spacing: tuple[float, float, float] = self._parts.report["spacing"]
        return spacing

    @property
    def report(self) -> VolumeReport:
        """The verdict as data."""
        return VolumeReport(**self._parts.report)

    @property
    def array(self) -> NDArray[Any]:
        """All voxels, read anew each time."""
        return self[...]

    @property
    def read(self) -> _Reader:
        """Reads a part as a `Volume` with the affine matrix of that part: ``lazy.read[10:20, ::2, ::2]``."""
        return _Reader(self)

    def to_zarr(self) -> Any:  # noqa: ANN401  (zarr is an optional import)
        """Give a read-only Zarr store of the volume: nothing is copied, a chunk is a frame, decoded when it is asked for.

        ``xarray.open_zarr(lazy.to_zarr())["voxels"]`` is the volume with all coordinates, ``zarr.open_group`` takes it too.

        Returns
        -------
        zarr.abc.store.Store
        """
        from radiogram.interop.zarr_store import zarr_store

        return zarr_store(self)

    def __len__(self) -> int:
        """Give the length of the first axis."""
        return self.shape[0]

    def __repr__(self) -> str:
        """Give one line that a person can read."""
        shape = " x ".join(str(length) for length in self.shape)
        modality = self._parts.report["modality"] or "images"
        return f"LazyVolume: {modality}, {shape} {self.dtype} ({', '.join(self.dims)})"

    def __array__(self, dtype: npt.DTypeLike | None = None, *, copy: bool | None = None) -> NDArray[Any]:
        """Read everything, for ``numpy.asarray``."""
        if copy is False:
            message = "the voxels are in files: an array of them is always a copy"
            raise ValueError(message)
        array = self[...]
        return array if dtype is None else array.astype(dtype, copy=False)

    def __getitem__(self, key: Any) -> NDArray[Any]:  # noqa: ANN401  (what numpy takes)
        """Read what numpy's indexing names."""
        return self._take(_spans(key, self.shape), squeeze=True)

    def _take(self, spans: Sequence[_Span], *, squeeze: bool) -> NDArray[Any]:
        import numpy as np

        shape = [span.count for span in spans]
        axes = len(self._source.axes)
        if 0 in shape:
            array = np.empty(shape, self.dtype)
        else:
            spatial = list(spans[: axes + 2 + (not self._parts.is_flat)])
            if self._parts.is_flat:
                spatial.insert(axes, _Span(0, 1, 1, whole=True))
            ranges = [span.forward for span in spatial]
            array = self._source.read(ranges, out=None, threads=self._threads, progress=None)
            self._fill(array, spatial[: axes + 1])
            if self._parts.is_flat:
                array = array.reshape(array.shape[:axes] + array.shape[axes + 1 :])
            rest = spans[len(spatial) - self._parts.is_flat :]
            before: list[Any] = [slice(None)] * (array.ndim - len(rest))
            array = array[tuple(before + [span.slice for span in rest])] if rest else array
            turned = tuple(
                slice(None, None, -1 if span.step < 0 else 1) for span in spans[: array.ndim - len(rest)]
            )
            array = array[turned]
        if squeeze:
            array = array[tuple(slice(None) if span.whole else 0 for span in spans)]
        return array

    def _fill(self, array: NDArray[Any], spans: Sequence[_Span]) -> None:
        """Fill the places without a slice, as `read_volume` does."""
        import numpy as np

        gaps = self._parts.gaps
        if not gaps:
            return
        lengths = self._source.shape[: len(spans)]
        places = np.zeros(lengths, bool)
        places.reshape(-1)[list(gaps)] = True
        ranges = (span.forward for span in spans)
        asked = places[tuple(slice(first, first + step * count, step) for first, step, count in ranges)]
        if asked.any():
            array[asked] = self._filling()

    def _filling(self) -> float:
        told = self._parts.report["fill"]
        if told is not None:
            return float(told)
        if self._smallest is None:
            axes = len(self._source.axes) + 1
            rows = [(0, 1, length) for length in self._source.shape[axes : axes + 2]]
            smallest = None
            for place, stands in enumerate(self._source.places):
                if stands is None:
                    continue
                at = []
                for length in reversed(self._source.shape[:axes]):
                    place, index = divmod(place, length)
                    at.append((index, 1, 1))
                one = self._source.read(
                    [*reversed(at), *rows], out=None, threads=self._threads, progress=None
                ).min()
                smallest = one if smallest is None else min(smallest, one)
            self._smallest = 0.0 if smallest is None else smallest.item()
        return self._smallest


class _Span:
    """What is read along an axis: ``whole`` is False where a number was given, and the axis goes."""

    __slots__ = ("count", "start", "step", "whole")

    def __init__(self, start: int, step: int, count: int, *, whole: bool) -> None:
        self.start, self.step, self.count, self.whole = start, step, count, whole

    @property
    def forward(self) -> tuple[int, int, int]:
        """Start, step and count in ascending order."""
        if self.step > 0:
            return self.start, self.step, self.count
        return self.start + self.step * (self.count - 1), -self.step, self.count

    @property
    def slice(self) -> slice:
        stop: int | None = self.start + self.step * self.count
        return slice(self.start, stop if stop is None or stop >= 0 else None, self.step)


def _spans(key: Any, shape: Sequence[int]) -> list[_Span]:  # noqa: ANN401
    """Read an index as numpy does, as far as it names parts of a box."""
    given = list(key) if isinstance(key, tuple) else [key]
    if sum(part is Ellipsis for part in given) > 1:
        message = "an index can only have a single ellipsis"
        raise IndexError(message)
    if Ellipsis not in [part if part is Ellipsis else None for part in given]:
        given.append(Ellipsis)
    at = next(place for place, part in enumerate(given) if part is Ellipsis)
    free = len(shape) - (len(given) - 1)
    if free < 0:
        message = f"{len(given) - 1} indices for {len(shape)} axes"
        raise IndexError(message)
    given[at : at + 1] = [slice(None)] * free
    return [_span(part, length) for part, length in zip(given, shape, strict=True)]


def _span(part: Any, length: int) -> _Span:  # noqa: ANN401
    if isinstance(part, slice):
        start, stop, step = part.indices(length)
        return _Span(start, step, len(range(start, stop, step)), whole=True)
    try:
        number = operator.index(part)
    except TypeError:
        message = "a lazy volume is indexed by whole numbers, slices and an ellipsis; numpy does the rest"
        raise ArgumentError(message) from None
    if isinstance(part, bool) or not -length <= number < length:
        message = f"index {part} is out of bounds for an axis of {length}"
        raise IndexError(message)
    return _Span(number % length, 1, 1, whole=False)


class _Reader:
    """``lazy.read[...]``."""

    __slots__ = ("_lazy",)

    def __init__(self, lazy: LazyVolume) -> None:
        self._lazy = lazy

    def __getitem__(self, key: Any) -> Volume:  # noqa: ANN401
        """Read a part that keeps all axes, and ascends along each of them."""
        lazy = self._lazy
        spans = _spans(key, lazy.shape)
        if any(span.step < 0 or span.count == 0 for span in spans):
            message = "a part of a volume ascends along each axis, and has a voxel"
            raise ArgumentError(message)
        spans = [_Span(span.start, span.step, span.count, whole=True) for span in spans]
        array = lazy._take(spans, squeeze=False)
        return lazy._parts.part([span.slice for span in spans], array, lazy._filling)
