"""Volumes as objects of other libraries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radiogram.errors import GeometryError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["to_sitk", "to_xarray"]


def to_xarray(
    array: NDArray[Any],
    affine: NDArray[np.float64],
    *,
    modality: str = "",
    dims: tuple[str, ...] | None = None,
    coords: Mapping[str, tuple[str, NDArray[Any]]] | None = None,
    units: Mapping[str, str] | None = None,
) -> Any:  # noqa: ANN401
    """Give an ``xarray.DataArray`` that shares the array's memory.

    Parameters
    ----------
    array : numpy.ndarray
        (slice, row, column), and samples last where there are several.
    affine : numpy.ndarray
        4 x 4: (slice, row, column, 1) to the patient's millimetres, LPS.
    modality : str
        Kept in ``attrs``.
    dims : tuple of str, optional
        Names of the axes, where there are others.
    coords : mapping from str to (str, numpy.ndarray), optional
        Further coordinates: the axis of each and its values; those of two axes have the second one of three directions.
    units : mapping from str to str, optional
        Their units.

    Returns
    -------
    xarray.DataArray
        Dimensions ``slice``, ``row``, ``column`` (and ``sample``) with millimetres from the first voxel as
        coordinates.
    """
    import numpy as np
    import xarray

    dimensions = dims or ("slice", "row", "column", "sample")[: array.ndim]
    lengths = dict(zip(("slice", "row", "column"), np.linalg.norm(affine[:3, :3], axis=0), strict=True))
    coordinates: dict[str, tuple[Any, NDArray[Any], dict[str, str]]] = {
        name: (name, np.arange(count) * lengths.get(name, 1.0), {"units": "mm"} if name in lengths else {})
        for name, count in zip(dimensions, array.shape, strict=True)
        if name in lengths or name == "sample"
    }
    for name, (axis, values) in (coords or {}).items():
        unit = (units or {}).get(name, "")
        names = axis if values.ndim == 1 else (axis, "direction")
        coordinates[name] = (names, values, {"units": unit} if unit else {})
    attributes = {"affine": affine.tolist(), "space": "LPS", "modality": modality}
    return xarray.DataArray(array, dims=dimensions, coords=coordinates, attrs=attributes)


def to_sitk(array: NDArray[Any], affine: NDArray[np.float64], *, is_colour: bool | None = None) -> Any:  # noqa: ANN401
    """Give a ``SimpleITK.Image``: a copy of the array with origin, spacing and direction.

    Parameters
    ----------
    array : numpy.ndarray
        (slice, row, column), and samples last where there are several.
    affine : numpy.ndarray
        4 x 4: (slice, row, column, 1) to the patient's millimetres, LPS, which are ITK's too.
    is_colour : bool, optional
        Whether the last axis holds samples; by default where there are four.

    Returns
    -------
    SimpleITK.Image
        Indexed (column, row, slice).

    Raises
    ------
    GeometryError
        The matrix is sheared by more than 1e-4, which no direction of ITK's can say.
    UnsupportedError
        There are further axes.
    """
    import numpy as np
    import SimpleITK

    is_colour = array.ndim == 4 if is_colour is None else is_colour
    if array.ndim != 3 + is_colour:
        message = "a SimpleITK image has columns, rows and slices: take one volume along the further axes"
        raise UnsupportedError(message)
    # ITK counts (column, row, slice).
    axes = affine[:3, [2, 1, 0]]
    spacing = np.linalg.norm(axes, axis=0)
    direction = axes / spacing
    skew = float(np.abs(direction.T @ direction - np.eye(3)).max())
    if skew > 1e-4:
        message = f"a SimpleITK image cannot be sheared, and these slices are, by {skew:.2g}"
        raise GeometryError(message)
    image: Any = SimpleITK.GetImageFromArray(array, isVector=is_colour)
    image.SetOrigin(affine[:3, 3].tolist())
    image.SetSpacing(spacing.tolist())
    image.SetDirection(direction.ravel().tolist())
    return image
