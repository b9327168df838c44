"""What something is put onto: the shape and the matrix of a grid."""

from __future__ import annotations

from typing import Any, TypeAlias

from radiogram.errors import ArgumentError

__all__ = ["Grid", "grid_of"]

Grid: TypeAlias = tuple[tuple[int, int, int], list[list[float]]]
"""Slices, rows and columns; the 4 x 4 matrix from (slice, row, column, 1) to the patient's millimetres."""

_AXES = ("slice", "row", "column")


def grid_of(target: Any) -> Grid:  # noqa: ANN401  # a volume of any room
    """Give the grid of a volume: of anything with an ``array`` and an ``affine``, or of a pair of shape and matrix."""
    import numpy as np

    array, matrix = getattr(target, "array", None), getattr(target, "affine", None)
    if array is not None and matrix is not None:
        sizes = tuple(np.shape(array))
        dims = tuple(getattr(target, "dims", ()) or ())
        if set(_AXES) <= set(dims):
            sizes = tuple(sizes[dims.index(axis)] for axis in _AXES)
    else:
        try:
            sizes, matrix = target
        except (TypeError, ValueError):
            message = "a volume has an array and an affine matrix; or give its shape and its matrix"
            raise ArgumentError(message) from None
    rows = np.asarray(matrix, dtype=np.float64)
    if len(sizes) < 3 or rows.shape != (4, 4):
        message = "a grid has slices, rows and columns, and a matrix of 4 x 4"
        raise ArgumentError(message)
    slices, height, width = (int(size) for size in tuple(sizes)[:3])
    return (slices, height, width), rows.tolist()
