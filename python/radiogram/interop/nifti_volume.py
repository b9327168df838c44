"""Whole volumes as NIfTI files: their further axes, times, and the gradients of diffusion series beside them."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radiogram.interop.nifti import gradient_table, write_nifti
from radiogram.interop.whole_file import replacing

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["write_volume"]

# A repetition time and the distance of acquisitions are one where they differ by less than this part.
_ALIKE = 0.01


def write_volume(
    path: str | Path,
    array: NDArray[Any],
    affine: NDArray[np.float64],
    dims: tuple[str, ...],
    coords: Mapping[str, NDArray[Any]],
    *,
    units: Mapping[str, str] | None = None,
    repetition_time: float | None = None,
) -> None:
    """Write a volume of named axes as NIfTI-1.

    Axes in front of the slices become NIfTI's fourth and higher ones, the last of them the fourth. Those of a diffusion series
    become one, outermost first, ``.bval`` and ``.bvec`` are written beside the file, and its rows are turned round, as
    dcm2niix does: directions are along the file's axes, and the matrix says how these lie.

    Parameters
    ----------
    path : str or Path
        Ends in ``.nii`` or ``.nii.gz``.
    array : numpy.ndarray
        With the axes `dims`.
    affine : numpy.ndarray
        4 x 4: (slice, row, column, 1) to millimetres, LPS.
    dims : tuple of str
        Names of the axes.
    coords : mapping from str to numpy.ndarray
        Coordinates along the axes in front.
    units : mapping from str to str, optional
        Units of the coordinates: a ``"time"`` in ``"s"`` is one, and else a number of times.
    repetition_time : float, optional
        Milliseconds from one time to the next, where the coordinates do not say otherwise.

    Warns
    -----
    UserWarning
        An image has a b-value and no direction, as averages over directions have; in ``.bvec`` it has zeros.

    Examples
    --------
    >>> import numpy as np, tempfile, pathlib
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> array = np.zeros((2, 3, 4, 6), np.int16)
    >>> values = {"b_value": np.array([0.0, 800.0]), "gradient": np.array([[np.nan] * 3, [1.0, 0.0, 0.0]])}
    >>> write_volume(folder / "a.nii", array, np.eye(4), ("b_value", "slice", "row", "column"), values)
    >>> sorted(path.name for path in folder.iterdir())
    ['a.bval', 'a.bvec', 'a.nii']
    """
    import numpy as np

    path = Path(path)
    is_colour = dims[-1] == "sample"
    inner = 2 + is_colour
    if "slice" not in dims:
        # Pictures without a place have no slices.
        array = np.expand_dims(array, array.ndim - inner)
        dims = (*dims[:-inner], "slice", *dims[-inner:])
    front = dims[: -inner - 1]
    lengths = array.shape[: len(front)]
    step = 0.0
    if "b_value" in front:
        array = array.reshape(-1, *array.shape[len(front) :])
        # One volume after the other, as they were acquired.
        step = (repetition_time or 0.0) / 1000.0
    elif front and front[-1] == "time":
        step = _time_step(coords, units or {}, repetition_time)
    if "b_value" not in front or "b_value" not in coords:
        write_nifti(path, array, affine, time_step=step, colour=is_colour)
        return
    rows = array.shape[-inner]
    flipped = affine.copy()
    flipped[:, 3] += affine[:, 1] * (rows - 1)
    flipped[:, 1] = -affine[:, 1]
    turned = array[..., ::-1, :, :] if is_colour else array[..., ::-1, :]
    write_nifti(path, turned, flipped, time_step=step, colour=is_colour)
    at = np.unravel_index(np.arange(int(np.prod(lengths))), lengths)[front.index("b_value")]
    values = np.asarray(coords["b_value"], np.float64)[at]
    gradients = np.asarray(coords.get("gradient", np.full((lengths[front.index("b_value")], 3), np.nan)))[at]
    unknown = int(((values > 0) & np.isnan(gradients).any(axis=1)).sum())
    if unknown:
        message = f"{unknown} of {len(values)} images have a b-value and no direction: it is 0 0 0 in the .bvec file"
        warnings.warn(message, UserWarning, stacklevel=3)
    stem = path.name.removesuffix(".gz").removesuffix(".nii")
    for suffix, text in zip((".bval", ".bvec"), gradient_table(flipped, values, gradients), strict=True):
        with replacing(path.with_name(stem + suffix)) as file:
            file.write(text.encode("ascii"))


def _time_step(
    coords: Mapping[str, NDArray[Any]], units: Mapping[str, str], repetition_time: float | None
) -> float:
    """Give the seconds from one time to the next; 0 where they are not even, or not known."""
    import numpy as np

    planned = (repetition_time or 0.0) / 1000.0
    for name in ("acquisition_time", "time"):
        # Temporal positions are counted, and are no seconds.
        if len(coords.get(name, ())) < 2 or units.get(name) != "s":
            continue
        times = np.asarray(coords[name], np.float64)
        steps = np.diff(times)
        mean = float(steps.mean())
        if planned > 0 and abs(mean - planned) <= _ALIKE * planned:
            return planned
        return mean if mean > 0 and np.abs(steps - mean).max() <= _ALIKE * mean else 0.0
    return planned
