"""Arrays of segments with their place in the patient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from radiogram.segmentation.segment import Segment

__all__ = ["SegmentVolume"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class SegmentVolume:
    """Segments on a grid, as `Segmentation.labels`, `masks` and `fractions` give them.

    Attributes
    ----------
    array : numpy.ndarray
        (slice, row, column) of the numbers of segments, 0 for none; or (segment, slice, row, column).
    affine : numpy.ndarray
        4 x 4, float64: takes (slice, row, column, 1) to millimetres in the patient's coordinates, LPS; of a slide, whose slices are focal
        planes, in those of the slide, where NaN stands for what the data set does not say.
    segments : tuple of Segment
        The segments that are in it, in the order of the first axis where that is one of segments.
    slices_with_frames : int
        How many slices have a frame; the others hold the background.
    spacing_source : str
        What the distance of slices was taken from: ``"spacing between slices"``, ``"positions"``, ``"slice thickness"``,
        ``"the volume"``, ``"the total pixel matrix"``.
    deviation : float
        How far a frame stands off its place on the grid at the most, in millimetres.
    """

    array: NDArray[Any]
    affine: NDArray[np.float64]
    segments: tuple[Segment, ...]
    slices_with_frames: int
    spacing_source: str
    deviation: float

    @property
    def dims(self) -> tuple[str, ...]:
        """Names of the axes."""
        axes = ("segment", "slice", "row", "column")
        return axes[-self.array.ndim :]

    @property
    def spacing(self) -> tuple[float, float, float]:
        """Distance of neighbouring voxels along (slice, row, column), millimetres."""
        import numpy as np

        slices, rows, columns = np.linalg.norm(self.affine[:3, :3], axis=0).tolist()
        return slices, rows, columns

    def __repr__(self) -> str:
        """Give one line that a person can read."""
        shape = " x ".join(str(length) for length in self.array.shape)
        spacing = " x ".join(f"{length:.4g}" for length in self.spacing)
        count = f"{len(self.segments)} segment{'' if len(self.segments) == 1 else 's'}"
        return f"SegmentVolume: {count}, {shape} {self.array.dtype}, {spacing} mm"

    def to_nifti(self, path: str | Path) -> None:
        """Write a NIfTI-1 file; masks and fractions with the segments as its fourth axis are not written, a map is."""
        from radiogram.interop.nifti import write_nifti

        write_nifti(path, self._map(), self.affine)

    def to_sitk(self) -> Any:  # noqa: ANN401  (SimpleITK is an optional import)
        """Give a ``SimpleITK.Image`` of a map of labels, a copy."""
        from radiogram.interop.volumes import to_sitk

        return to_sitk(self._map(), self.affine)

    def to_xarray(self) -> Any:  # noqa: ANN401  (xarray is an optional import)
        """Give an ``xarray.DataArray`` of a map of labels, which shares the array's memory."""
        from radiogram.interop.volumes import to_xarray

        return to_xarray(self._map(), self.affine, modality="SEG")

    def _map(self) -> NDArray[Any]:
        import numpy as np

        from radiogram.errors import ArgumentError, GeometryError

        if self.array.ndim != 3:
            message = "other libraries take one map: choose a segment, or use labels()"
            raise ArgumentError(message)
        if not np.isfinite(self.affine).all():
            message = "the data set does not say where on the slide its pixels are"
            raise GeometryError(message)
        return self.array
