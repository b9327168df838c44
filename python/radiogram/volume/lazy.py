"""`rg.open_volume`: a volume whose voxels are read when they are asked for, and only those."""

from __future__ import annotations

import os
import threading
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radiogram import _core
from radiogram.errors import ArgumentError, SourceChangedError
from radiogram.volume.parts import Parts
from radiogram.volume.read import dtype_name, found_files
from radiogram.volume.report import VolumeReport
from radiogram.volume.spans import Span, spans_of

if TYPE_CHECKING:
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
    options = (
        series_uid,
        None if frames is None else tuple(sorted(set(frames))),
        units,
        dtype_name(dtype),
        missing,
        threads,
    )
    return _opened(found_files(paths), options)


_Options = tuple[str | None, tuple[int, ...] | None, str, str | None, str, int | None]
"""Series, frames, units, dtype, missing, threads."""


def _opened(files: list[Path], options: _Options) -> LazyVolume:
    series_uid, frames, units, dtype, missing, threads = options
    source = _core.open_volume(
        files,
        series_uid=series_uid,
        frames=None if frames is None else set(frames),
        units=units,
        dtype=dtype,
        missing=missing,
        threads=threads,
        progress=None,
    )
    parts = Parts.of(source, files)
    parts.report["quantity"] = units
    return LazyVolume(source, parts, threads, (tuple(str(file) for file in files), options))


class LazyVolume:
    """A volume that is read piece by piece, as `open_volume` gives it.

    Indexing is numpy's: whole numbers, slices with steps of either sign, and an ellipsis. It reads the slices that
    are named and no others; of uncompressed frames only the rows, of JPEG 2000 only the code blocks that the
    region needs. What is read is not kept. A file that was changed meanwhile is a `SourceChangedError`.

    A pickle holds the names of the files, their sizes and times of change, and the options: no header and no voxel. Where it is loaded, the
    headers are read again, once in a process for as long as one of its copies is in use, and must be those of the same files.

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

    __slots__ = ("__weakref__", "_given", "_parts", "_smallest", "_source", "_threads")

    def __init__(
        self,
        source: _core.VolumeSource,
        parts: Parts,
        threads: int | None,
        given: tuple[tuple[str, ...], _Options],
    ) -> None:
        self._source = source
        self._parts = parts
        self._threads = threads
        self._given = given
        self._smallest: float | None = None

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        """Give what opens it again."""
        files, options = self._given
        return _again, (files, tuple(self._source.stamps), options)

    def __dask_tokenize__(self) -> tuple[Any, ...]:
        """Give what Dask names its tasks by: the same for the same files, in every process."""
        return ("radiogram.LazyVolume", *self.__reduce__()[1])

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
        return self._take(spans_of(key, self.shape), squeeze=True)

    def _take(self, spans: Sequence[Span], *, squeeze: bool) -> NDArray[Any]:
        import numpy as np

        shape = [span.count for span in spans]
        axes = len(self._source.axes)
        if 0 in shape:
            array = np.empty(shape, self.dtype)
        else:
            spatial = list(spans[: axes + 2 + (not self._parts.is_flat)])
            if self._parts.is_flat:
                spatial.insert(axes, Span(0, 1, 1, whole=True))
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

    def _fill(self, array: NDArray[Any], spans: Sequence[Span]) -> None:
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


_again_lock = threading.Lock()


def _after_fork() -> None:
    """Make the lock anew: a thread of the parent may have held it."""
    global _again_lock
    _again_lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)

_known: weakref.WeakValueDictionary[Any, LazyVolume] = weakref.WeakValueDictionary()


def _again(
    files: tuple[str, ...], stamps: tuple[tuple[int, int] | None, ...], options: _Options
) -> LazyVolume:
    """Open the volume of a pickle, or give the one that this process has of it.

    Raises
    ------
    SourceChangedError
        A file is not the one that was opened first.
    """
    key = (files, stamps, options)
    # One thread reads the headers, the others wait for it.
    with _again_lock:
        found = _known.get(key)
        if found is not None:
            return found
        found = _opened([Path(file) for file in files], options)
        for file, then, now in zip(files, stamps, found._source.stamps, strict=True):
            if then != now:
                message = f"{file}: the file was changed since the volume was opened"
                raise SourceChangedError(message)
        _known[key] = found
    return found


class _Reader:
    """``lazy.read[...]``."""

    __slots__ = ("_lazy",)

    def __init__(self, lazy: LazyVolume) -> None:
        self._lazy = lazy

    def __getitem__(self, key: Any) -> Volume:  # noqa: ANN401
        """Read a part that keeps all axes, and ascends along each of them."""
        lazy = self._lazy
        spans = spans_of(key, lazy.shape)
        if any(span.step < 0 or span.count == 0 for span in spans):
            message = "a part of a volume ascends along each axis, and has a voxel"
            raise ArgumentError(message)
        spans = [Span(span.start, span.step, span.count, whole=True) for span in spans]
        array = lazy._take(spans, squeeze=False)
        return lazy._parts.part([span.slice for span in spans], array, lazy._filling)
