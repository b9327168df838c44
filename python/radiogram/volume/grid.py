"""Grids at right angles: where a sheared volume, or one of other spacings, is looked for."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from radiogram import _core
from radiogram.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from radiogram.volume.volume import Volume

__all__ = ["between", "resampled", "upright"]

# A shear below this part of a voxel over the whole stack is rounding.
_ROUNDING = 1e-4


def upright(
    affine: NDArray[np.float64], shape: tuple[int, int, int], spacing: Sequence[float] | None = None
) -> tuple[NDArray[np.float64], tuple[int, int, int]]:
    """Give a grid at right angles that holds all of a volume.

    Its rows and columns are those of the volume, its slices follow their normal.

    Parameters
    ----------
    affine : numpy.ndarray
        4 x 4: (slice, row, column, 1) to millimetres.
    shape : tuple of int
        Slices, rows and columns of the volume.
    spacing : sequence of float, optional
        Millimetres between slices, rows and columns; by default the volume's own, measured along the normal. Then the
        planes of the slices stay what they are, and voxels move within them alone.

    Returns
    -------
    (numpy.ndarray, tuple of int)
        Matrix and shape of the grid.

    Raises
    ------
    ArgumentError
        A spacing is not positive, or there are not three.

    Examples
    --------
    >>> import numpy as np
    >>> sheared = np.array([[0, 0, 1.0, 0], [0.5, 1.0, 0, 0], [2.0, 0, 0, 0], [0, 0, 0, 1]])
    >>> grid, shape = upright(sheared, (5, 10, 10))
    >>> shape, grid[:3, 0].tolist(), grid[:3, 3].tolist()
    ((5, 12, 10), [0.0, 0.0, 2.0], [0.0, 0.0, 0.0])
    """
    import numpy as np

    step, down, across = affine[:3, 0], affine[:3, 1], affine[:3, 2]
    rows, columns = float(np.linalg.norm(down)), float(np.linalg.norm(across))
    row, column = across / columns, down / rows
    normal = np.cross(row, column)
    normal *= math.copysign(1.0 / np.linalg.norm(normal), float(normal @ step))
    distance = float(step @ normal)
    own = (distance, rows, columns)
    wanted = own if spacing is None else tuple(float(length) for length in spacing)
    if len(wanted) != 3 or not all(math.isfinite(length) and length > 0 for length in wanted):
        message = "a spacing has three positive lengths: between slices, rows and columns"
        raise ArgumentError(message)
    origin = affine[:3, 3].copy()
    counts = [_places(distance * (shape[0] - 1), wanted[0])]
    for axis, own_length, length, count in (
        (column, rows, wanted[1], shape[1]),
        (row, columns, wanted[2], shape[2]),
    ):
        # From the first slice to the last the corner moves by so much within the plane.
        moved = float(step @ axis) * (shape[0] - 1)
        if abs(moved) < _ROUNDING * own_length:
            moved = 0.0
        reach = (count - 1) * own_length + abs(moved)
        counts.append(_places(reach, length))
        # What the grid is longer lies in front, so that the farthest slice keeps its voxels; dcm2niix does the same.
        slack = (counts[-1] - 1) * length - reach if moved and spacing is None else 0.0
        origin += (min(moved, 0.0) - slack) * axis
    grid = np.eye(4)
    grid[:3, 0], grid[:3, 1], grid[:3, 2] = normal * wanted[0], column * wanted[1], row * wanted[2]
    grid[:3, 3] = origin
    return grid + 0.0, (counts[0], counts[1], counts[2])


def _places(length: float, step: float) -> int:
    """Give how many places reach over a length; its end is rounded inwards only where that loses nothing."""
    return math.ceil(length / step - _ROUNDING) + 1


def between(affine: NDArray[np.float64], grid: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the matrix from voxels of a grid to voxels of a volume: 3 x 4.

    Examples
    --------
    >>> import numpy as np
    >>> between(np.diag([2.0, 1.0, 1.0, 1.0]), np.eye(4))[0].tolist()
    [0.5, 0.0, 0.0, 0.0]
    """
    import numpy as np

    matrix = np.asarray(np.linalg.solve(affine, grid)[:3], np.float64)
    # What is nothing but rounding would make every row a slanted one.
    matrix[np.abs(matrix) < 1e-12] = 0.0
    return matrix


def resampled(
    volume: Volume, spacing: Sequence[float] | None, *, order: int, fill: float | None, threads: int | None
) -> Volume:
    """Give a volume on an upright grid, as `Volume.resample` does."""
    import numpy as np

    if volume.dims[-3:] != ("slice", "row", "column"):
        message = "a volume of slices, rows and columns is resampled, and colours or pictures without a place are none"
        raise ArgumentError(message)
    slices, rows, columns = volume.array.shape[-3:]
    grid, shape = upright(volume.affine, (slices, rows, columns), spacing)
    if fill is None:
        fill = float(np.nanmin(volume.array))
    array = _core.resample(
        volume.array,
        list(shape),
        between(volume.affine, grid).tolist(),
        order=order,
        outside=fill,
        threads=threads,
    )
    lengths = np.linalg.norm(grid[:3, :3], axis=0)
    is_kept = spacing is None
    how = "linear" if order else "nearest"
    report = replace(
        volume.report,
        spacing=(float(lengths[0]), float(lengths[1]), float(lengths[2])),
        plane_distance=float(lengths[0]),
        tilt_degrees=0.0,
        notes=(*volume.report.notes, f"resampled at right angles: {how}, {fill:g} outside of the slices"),
    )
    count = len(volume.paths) // slices * shape[0]
    coords = {
        name: values
        for name, values in volume.coords.items()
        if is_kept or volume.coord_dims[name] != "slice"
    }
    return replace(
        volume,
        array=array,
        affine=grid,
        report=report,
        coords=coords,
        paths=volume.paths if is_kept else (None,) * count,
        frames=volume.frames if is_kept else (None,) * count,
    )
