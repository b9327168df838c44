"""What something is put onto: the shape and the matrix of a grid."""

from __future__ import annotations

from typing import Any, TypeAlias

from radiogram.errors import ArgumentError, GeometryError

__all__ = ["Grid", "grid_of"]

Grid: TypeAlias = tuple[tuple[int, int, int], list[list[float]]]
"""Slices, rows and columns; the 4 x 4 matrix from (slice, row, column, 1) to the patient's millimetres."""

_AXES = ("slice", "row", "column")


def grid_of(target: Any, frame_of_reference_uid: str = "") -> Grid:  # noqa: ANN401  # a volume of any room
    """Give the grid of a volume: of what has an ``affine`` and a ``shape`` or an ``array``, or of a pair of shape and matrix.

    Of a volume with more axes it is that of its slices, rows and columns, which ``dims`` names.

    Parameters
    ----------
    target : Volume, LazyVolume, SegmentVolume, or (shape, matrix)
        What has the grid.
    frame_of_reference_uid : str
        Whose coordinates what is put onto it is in; empty where that is not known. A pair of shape and matrix is of any.

    Returns
    -------
    ((int, int, int), list of list of float)
        Slices, rows and columns, and the matrix as rows.

    Raises
    ------
    ArgumentError
        It is no volume.
    GeometryError
        It has no place in the patient, or is of another frame of reference (PS3.3 C.7.4.1).

    Examples
    --------
    >>> import numpy as np
    >>> from radiogram.volume.target import grid_of
    >>> grid_of(((2, 4, 6), np.eye(4)))[0]
    (2, 4, 6)
    """
    import numpy as np

    matrix = getattr(target, "affine", None)
    if matrix is not None:
        sizes = getattr(target, "shape", None)
        if sizes is None:
            sizes = np.shape(getattr(target, "array", ()))
        dims = tuple(getattr(target, "dims", _AXES))
        if not set(_AXES) <= set(dims) or getattr(getattr(target, "report", None), "space", "") == "none":
            message = "the volume has no place in the patient that anything could be put on"
            raise GeometryError(message)
        own = getattr(getattr(target, "report", None), "frame_of_reference_uid", "")
        if own and frame_of_reference_uid and own != frame_of_reference_uid:
            message = (
                "the volume is of another Frame of Reference UID, so that nothing says that coordinates are the same; "
                "where they are, give (shape, affine) in its place"
            )
            raise GeometryError(message)
        sizes = (
            tuple(sizes[dims.index(axis)] for axis in _AXES) if len(sizes) == len(dims) else tuple(sizes)[:3]
        )
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
