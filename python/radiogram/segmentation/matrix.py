"""The plane of a slide that a segmentation's frames are tiles of: its size, its place, and what is a region of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from radiogram.errors import ArgumentError, GeometryError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Region", "TotalPixelMatrix"]

Region: TypeAlias = tuple[int, int, int, int]
"""First row, first column, rows, columns."""

# Places and distances are decimal strings: what they round.
_SAME = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class TotalPixelMatrix:
    """Where the tiles of a segmentation lie (PS3.3 C.7.6.17.3, C.8.12.14).

    Attributes
    ----------
    shape : tuple of int
        Focal planes, rows and columns.
    tile : tuple of int
        Rows and columns of a tile.
    tiles : int
        How many there are, of all segments and focal planes.
    is_sparse : bool
        Places without a tile are allowed: they are background.
    focal_planes : tuple of float
        Heights of the focal planes, micrometres.
    spacing : tuple of float or None
        Distance of rows and of columns, millimetres.
    origin : tuple of float or None
        Place of the first pixel in the coordinates of the slide, millimetres.
    orientation : tuple of float or None
        Directions of a row and of a column on the slide.
    """

    shape: tuple[int, int, int]
    tile: tuple[int, int]
    tiles: int
    is_sparse: bool
    focal_planes: tuple[float, ...]
    spacing: tuple[float, float] | None
    origin: tuple[float, float] | None
    orientation: tuple[float, ...] | None

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> TotalPixelMatrix:
        """Take what the core tells of it."""
        told = {name: value for name, value in told.items() if name != "affine"}
        names = ("focal_planes", "spacing", "origin", "orientation")
        lists = {name: None if told[name] is None else tuple(told[name]) for name in names}
        return cls(**{**told, **lists})

    def region(self, region: Region | None) -> Region:
        """Give the region that is meant; all of it where none is.

        Raises
        ------
        ArgumentError
            It is not within the matrix, or has no pixel.
        """
        rows, columns = self.shape[1:]
        if region is None:
            return 0, 0, rows, columns
        try:
            row, column, height, width = (int(part) for part in region)
        except (TypeError, ValueError):
            message = "a region is its first row, its first column, its rows and its columns"
            raise ArgumentError(message) from None
        if min(row, column) < 0 or min(height, width) < 1 or row + height > rows or column + width > columns:
            message = (
                f"the region is not within the total pixel matrix of {rows} x {columns}, or has no pixel"
            )
            raise ArgumentError(message)
        return row, column, height, width

    def must_lie_on(self, level: Any) -> None:  # noqa: ANN401  # a level of a slide
        """Refuse a level of a slide whose pixels are not these.

        Raises
        ------
        ArgumentError
            It is no level of a slide.
        GeometryError
            Its size, its distances or its place are others.
        """
        size, spacing = getattr(level, "shape", None), getattr(level, "spacing", None)
        if size is None or not hasattr(level, "optical_paths"):
            message = "a segmentation of a slide is put on a level of a slide"
            raise ArgumentError(message)
        if tuple(size[:2]) != self.shape[1:]:
            message = (
                f"the segmentation has {self.shape[1]} rows and {self.shape[2]} columns, the level {size[0]} and "
                f"{size[1]}"
            )
            raise GeometryError(message)
        pairs = (
            ("pixels are not as far apart as", self.spacing, spacing),
            ("first pixel is elsewhere than", self.origin, level.origin),
            ("rows and columns are turned against", self.orientation, level.orientation),
        )
        for what, ours, theirs in pairs:
            if ours is None or theirs is None:
                continue
            scale = max(map(abs, (*ours, *theirs)))
            if any(abs(a - b) > _SAME * scale for a, b in zip(ours, theirs, strict=True)):
                message = f"the segmentation's {what} those of the level"
                raise GeometryError(message)
