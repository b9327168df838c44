"""What the writers of tiled objects share: arrays cut into tiles, their order, and what a data set says of both (PS3.3 C.7.6.17.3)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

from radiogram.dataset import Dataset

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["Place", "Tiles"]

Place = tuple[int, int, int, int]
"""Channel, focal plane, row and column of a tile, the last two counted in tiles."""

# The first pixel on the slide, millimetres; rows go down from it along x, columns along y.
_ORIGIN = (20.0, 40.0)
_HEIGHT = 2.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tiles:
    """Layers of a total pixel matrix as tiles.

    Parameters
    ----------
    layers : numpy.ndarray
        (channel, focal plane, row, column).
    tile : tuple of int
        Rows and columns of a tile; those at the ends are filled up with zeros.
    spacing : float
        Distance of pixels, millimetres.

    Examples
    --------
    >>> import numpy as np
    >>> from radiogram.volume.tiling import Tiles
    >>> tiles = Tiles(layers=np.ones((1, 1, 5, 4), np.uint8), tile=(3, 4), spacing=0.001)
    >>> tiles.places(), tiles[0, 0, 1, 0].tolist()
    ([(0, 0, 0, 0), (0, 0, 1, 0)], [[1, 1, 1, 1], [1, 1, 1, 1], [0, 0, 0, 0]])
    """

    layers: NDArray[Any]
    tile: tuple[int, int]
    spacing: float

    def __getitem__(self, place: Place) -> NDArray[Any]:
        """Give the pixels of a tile."""
        import numpy as np

        channel, plane, row, column = place
        height, width = self.tile
        part: NDArray[Any] = self.layers[
            channel, plane, row * height : (row + 1) * height, column * width : (column + 1) * width
        ]
        return np.pad(part, ((0, height - part.shape[0]), (0, width - part.shape[1])))

    def places(self, kept: Callable[[int, Place], bool] | None = None) -> list[Place]:
        """Give the tiles in the order of the standard; those that are kept, by number and place, in no order."""
        import numpy as np

        count, planes, rows, columns = self.layers.shape
        height, width = self.tile
        # Along rows, then down, then up through the focal planes, then through the channels.
        every = product(range(count), range(planes), range(-(-rows // height)), range(-(-columns // width)))
        if kept is None:
            return list(every)
        places = [place for number, place in enumerate(every) if kept(number, place)]
        return [places[at] for at in np.random.default_rng(len(places)).permutation(len(places))]

    def filled(self) -> frozenset[Place]:
        """Give the tiles that have anything but zeros in them."""
        import numpy as np

        channel, plane, row, column = np.nonzero(self.layers)
        height, width = self.tile
        return frozenset(
            zip(
                channel.tolist(),
                plane.tolist(),
                (row // height).tolist(),
                (column // width).tolist(),
                strict=True,
            )
        )

    def describe(self, ds: Dataset, *, sparse: bool) -> Dataset:
        """Say in a data set what the matrix is and where it lies (PS3.3 C.8.12.14); give the item of groups that all frames share."""
        _, planes, rows, columns = self.layers.shape
        ds.Rows, ds.Columns = self.tile
        ds.TotalPixelMatrixRows, ds.TotalPixelMatrixColumns = rows, columns
        ds.TotalPixelMatrixFocalPlanes = planes
        ds.DimensionOrganizationType = "TILED_SPARSE" if sparse else "TILED_FULL"
        ds.ImageOrientationSlide = [0, -1, 0, -1, 0, 0]
        origin = {
            "XOffsetInSlideCoordinateSystem": _ORIGIN[0],
            "YOffsetInSlideCoordinateSystem": _ORIGIN[1],
        }
        ds.TotalPixelMatrixOriginSequence = [Dataset(origin)]
        measures = {
            "SliceThickness": 0.002,
            "SpacingBetweenSlices": 0.002,
            "PixelSpacing": [self.spacing, self.spacing],
        }
        shared = Dataset({"PixelMeasuresSequence": [Dataset(measures)]})
        ds.SharedFunctionalGroupsSequence = [shared]
        return shared

    def group(self, place: Place) -> Dataset:
        """Give the functional groups of a tile, which say where it is (PS3.3 C.8.12.6.1)."""
        _, plane, down, across = place
        row, column = down * self.tile[0], across * self.tile[1]
        position = Dataset(
            {
                "ColumnPositionInTotalImagePixelMatrix": column + 1,
                "RowPositionInTotalImagePixelMatrix": row + 1,
            }
        )
        position.XOffsetInSlideCoordinateSystem = _ORIGIN[0] - row * self.spacing
        position.YOffsetInSlideCoordinateSystem = _ORIGIN[1] - column * self.spacing
        position.ZOffsetInSlideCoordinateSystem = plane * _HEIGHT
        return Dataset({"PlanePositionSlideSequence": [position]})
