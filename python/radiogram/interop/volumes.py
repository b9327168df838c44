"""Volumes as objects of other libraries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radiogram.errors import GeometryError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["to_sitk", "to_xarray"]


def to_xarray(array: NDArray[Any], affine: NDArray[np.float64], *, modality: str = "") -> Any:  # noqa: ANN401
    """Give an ``xarray.DataArray`` that shares the array's memory.

    Parameters
    ----------
    array : numpy.ndarray
        (slice, row, column), and samples last where there are several.
    affine : numpy.ndarray
        4 x 4: (slice, row, column, 1) to the patient's millimetres, LPS.
    modality : str
        Kept in ``attrs``.

    Returns
    -------
    xarray.DataArray
        Dimensions ``slice``, ``row``, ``column`` (and ``sample``) with millimetres from the first voxel as
        coordinates.
    """
    import numpy as np
    import xarray

    dimensions = ("slice", "row", "column", "sample")[: array.ndim]
    lengths = np.linalg.norm(affine[:3, :3], axis=0)
    coordinates = {
        name: (name, np.arange(count) * length, {"units": "mm"})
        for name, count, length in zip(dimensions, array.shape, lengths, strict=False)
    }
    attributes = {"affine": affine.tolist(), "space": "LPS", "modality": modality}
    return xarray.DataArray(array, dims=dimensions, coords=coordinates, attrs=attributes)


def to_sitk(array: NDArray[Any], affine: NDArray[np.float64]) -> Any:  # noqa: ANN401
    """Give a ``SimpleITK.Image``: a copy of the array with origin, spacing and direction.

    Parameters
    ----------
    array : numpy.ndarray
        (slice, row, column), and samples last where there are several.
    affine : numpy.ndarray
        4 x 4: (slice, row, column, 1) to the patient's millimetres, LPS, which are ITK's too.

    Returns
    -------
    SimpleITK.Image
        Indexed (column, row, slice).

    Raises
    ------
    GeometryError
        The matrix is sheared by more than 1e-4, which no direction of ITK's can say.
    """
    import numpy as np
    import SimpleITK

    # ITK counts (column, row, slice).
    axes = affine[:3, [2, 1, 0]]
    spacing = np.linalg.norm(axes, axis=0)
    direction = axes / spacing
    skew = float(np.abs(direction.T @ direction - np.eye(3)).max())
    if skew > 1e-4:
        message = f"a SimpleITK image cannot be sheared, and these slices are, by {skew:.2g}"
        raise GeometryError(message)
    image: Any = SimpleITK.GetImageFromArray(array, isVector=array.ndim == 4)
    image.SetOrigin(affine[:3, 3].tolist())
    image.SetSpacing(spacing.tolist())
    image.SetDirection(direction.ravel().tolist())
    return image
