"""`rg.read_volume`: from the files of a series to a volume, or to a verdict that says why not."""

from __future__ import annotations

import glob
import os
import stat
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from radiogram import _core
from radiogram.errors import source_error
from radiogram.interop.names import checked
from radiogram.volume.parts import Parts
from radiogram.volume.report import MissingSliceWarning
from radiogram.volume.suv import float_name, measure, scale

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy.typing as npt

    from radiogram.volume.suv import SUV
    from radiogram.volume.volume import Volume

__all__ = ["read_volume"]


def read_volume(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    series_uid: str | None = None,
    frames: Iterable[int] | None = None,
    units: str = "modality",
    dtype: npt.DTypeLike | None = None,
    missing: str = "error",
    out: npt.NDArray[Any] | None = None,
    threads: int | None = None,
    progress: bool | Callable[[int, int], object] | None = None,
) -> Volume:
    """Read a series of images, or the frames of multi-frame images, as one volume.

    Slices are put in their places by position and orientation, never by file name or instance number. Array
    and affine matrix are always true to the patient: what would make them wrong is an error, or is said in
    `Volume.report`.

    Parameters
    ----------
    paths : path, glob pattern or iterable of paths
        A folder (read with all its sub-folders; links to folders are not followed), a pattern such as
        ``"ct/*.dcm"``, or several files and folders. Files that are no slices (reports, localizers, other
        file types) are set aside, with the reason in the report.
    series_uid : str, optional
        Series Instance UID to read where the files belong to several.
    frames : iterable of int, optional
        Frames to read of multi-frame files, counted from 0, of a concatenation through all its parts: where a file holds several volumes, the error's
        ``choices`` name the frames of each.
    units : str
        ``"modality"`` values after rescale or Modality LUT (PS3.3 C.11.1), Hounsfield units for CT, Gy for
        a dose grid; ``"stored"``; or ``"real_world"``, after the real world value mapping (PS3.3
        C.7.6.16.2.11); ``"suvbw"``, ``"suvbsa"``, ``"suvlbm"``, ``"suvlbmjanma"``, ``"suvibw"``, uptake values of
        PET, as `Volume.suv` gives them.
    dtype : dtype, optional
        The type of the result. By default the smallest of int16, uint16 and int32 that holds every possible
        value where slope and intercept are whole numbers in every slice, else float32, float64 above 24 bits:
        a function of the headers, never of the pixels.
    missing : str
        What becomes of gaps: ``"error"``; ``"fill"`` with the padding value or the smallest value of the
        volume; or ``"warn"``, which fills and warns.
    out : ndarray, optional
        Where to put the result: C-contiguous, of the right shape and dtype. For pictures without a place it may have an axis of one slice.
    threads : int, optional
        How many threads read; one for each processor.
    progress : bool or callable, optional
        Called with (done, total) now and then; ``True`` writes to standard error.

    Returns
    -------
    Volume

    Raises
    ------
    AmbiguousSeriesError
        Several series, or volumes of several makes in one; ``choices`` names them. Volumes that differ by
        time, b-value, echo and the like are no error: they are axes of the result, `Volume.dims`.
    MissingSliceError
        Slices are missing from a regular series, or parts from a concatenation, and ``missing="error"``.
    MalformedError
        Parts of a concatenation do not belong together (PS3.3 C.7.6.16).
    GeometryError
        The slices do not make a regular grid, or have no place in the patient.
    SourceError
        A file or folder cannot be read; also a `FileNotFoundError` or `PermissionError` where it is one.
    UnsupportedError
        The pixel data are compressed as something that this version does not read, or the frames are tiles
        of a slide.
    PixelError
        Header and pixel data of a slice do not agree, or a part of its picture is missing.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.volume.phantom import Phantom, write_series
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = write_series(folder, Phantom(slices=4, rows=32, columns=48))
    ...     vol = rg.read_volume(folder)
    >>> vol.array.shape, vol.array.dtype, vol.report.missing
    ((4, 32, 48), dtype('int16'), ())
    """
    files = found_files(paths)
    told = _print_progress if progress is True else progress or None
    kind = units.removeprefix("suv") if units.startswith("suv") else None
    try:
        source = _core.open_volume(
            files,
            series_uid=series_uid,
            frames=None if frames is None else set(frames),
            units=units if kind is None else "modality",
            dtype=dtype_name(dtype) if kind is None else float_name(dtype),
            missing=missing,
            threads=threads,
            progress=told,
        )
        parts = Parts.of(source, files)
        parts.report["quantity"] = units
        # What an uptake value needs is looked for before anything is read.
        found = None if kind is None else _uptake_of(parts, kind)
        if parts.is_flat and out is not None and out.ndim < len(source.shape):
            out = out.reshape((*out.shape[: len(source.axes)], 1, *out.shape[len(source.axes) :]))
        array = source.read(None, out=out, threads=threads, progress=told)
    finally:
        if progress is True:
            sys.stderr.write("\n")
    gaps = list(parts.gaps)
    fill = None
    if parts.is_incomplete and missing == "warn":
        message = "parts of a concatenation are missing; Volume.report.notes says which"
        warnings.warn(message, MissingSliceWarning, stacklevel=2)
    flat = array.reshape(len(source.places), *array.shape[len(source.axes) + 1 :])
    if found is not None:
        scale(flat, [place is not None for place in source.places], found)
        parts.report["notes"] = (*parts.report["notes"], *found.notes)
        parts.report["fill"] = None
    if gaps:
        fill = parts.report["fill"]
        if fill is None:
            there = [place for place, stands in enumerate(source.places) if stands is not None]
            fill = min(flat[place].min() for place in there).item()
        flat[gaps] = fill
        if missing == "warn":
            message = (
                f"{len(gaps)} slices are missing and were filled; Volume.report.missing names their places"
            )
            warnings.warn(message, MissingSliceWarning, stacklevel=2)
    if parts.is_flat:
        # Pictures without a place have no slices: the axis of one place is left out.
        array = array.reshape(array.shape[: len(source.axes)] + array.shape[len(source.axes) + 1 :])
    return parts.volume(array, fill=fill)


def _uptake_of(parts: Parts, kind: str) -> SUV:
    there = [place for place, path in enumerate(parts.paths) if path is not None]
    return measure(
        [parts.paths[place] or "" for place in there],
        kind,
        frames=[parts.frames[place] or 0 for place in there],
    )


def dtype_name(dtype: npt.DTypeLike | None) -> str | None:
    """Give the name of a type, as numpy calls it."""
    import numpy as np

    return None if dtype is None else np.dtype(dtype).name


def found_files(paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]]) -> list[Path]:
    """Give the files that are named, as absolute paths: those of a folder in the order of their names."""
    if isinstance(paths, (str, os.PathLike)):
        named = [Path(checked(os.fspath(paths)))]
        if not named[0].exists() and glob.has_magic(str(paths)):
            # pathlib's glob cannot take an absolute pattern.
            named = [Path(name) for name in sorted(glob.glob(str(paths), recursive=True))]  # noqa: PTH207
    else:
        named = [Path(checked(os.fspath(path))) for path in paths]
    files: list[Path] = []
    for path in named:
        absolute = path.absolute()
        files += _in_folder(absolute) if absolute.is_dir() else [absolute]
    return files


def _in_folder(folder: Path) -> list[Path]:
    """Give the files of a folder and its sub-folders; one that cannot be listed is an error, not a gap."""
    found = []
    for inner, _, names in os.walk(folder, onerror=_unlisted):
        found += [path for name in names if _may_be_read(path := Path(inner, name))]
    return sorted(found)


def _unlisted(error: OSError) -> NoReturn:
    message = f"{error.filename}: the folder cannot be listed: {error.strerror}"
    raise source_error(message, error.errno or 0) from error


def _may_be_read(path: Path) -> bool:
    """Tell files from pipes and devices, which would wait for ever.

    A link to nothing is left for its error.
    """
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return True


def _print_progress(done: int, total: int) -> None:
    sys.stderr.write(f"\rread_volume: {done} of {total} steps")
    sys.stderr.flush()
