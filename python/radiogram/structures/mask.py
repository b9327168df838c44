"""The voxels of a region."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["RegionMask"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class RegionMask:
    """A region on the grid of a volume, as `StructureSet.mask` gives it, and what became of its contours.

    Attributes
    ----------
    array : numpy.ndarray
        bool, (slice, row, column): where the centre of a voxel is in the region.
    affine : numpy.ndarray
        4 x 4, float64, the volume's: takes (slice, row, column, 1) to millimetres in the patient's coordinates, LPS.
    slices : int
        Slices that a contour lies in.
    gaps : tuple of int
        Slices between these that are empty: no contour lies in them, and nothing was interpolated.
    contours : int
        Contours that were used.
    outside : int
        Contours in front of the first slice or behind the last one.
    off_plane : int
        Contours that lie between slices and were left out, because that was asked for.
    open : int
        Contours that are not closed and were left out, because that was asked for.
    repeated : int
        Contours that are there more than once, counted once.
    interpolated : int
        Slices between contours that were filled, because that was asked for.
    deviation : float
        How far a contour that was used is off the plane of its slice at the most, in millimetres.
    """

    array: NDArray[np.bool_]
    affine: NDArray[np.float64]
    slices: int
    gaps: tuple[int, ...]
    contours: int
    outside: int
    off_plane: int
    open: int
    repeated: int
    interpolated: int
    deviation: float

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:  # noqa: ANN401, FBT001  # numpy's
        """Give the array, for numpy's functions."""
        import numpy as np

        return np.array(self.array, dtype=dtype, copy=copy)

    def __repr__(self) -> str:
        """Give one line that a person can read."""
        shape = " x ".join(str(length) for length in self.array.shape)
        parts = [shape, f"{self.contours} contours in {self.slices} slices"]
        parts += [f"{len(self.gaps)} slices between are empty"] if self.gaps else []
        parts += [f"{self.outside} contours outside"] if self.outside else []
        return f"RegionMask: {', '.join(parts)}"
