"""`rg.read_segmentation`: a segmentation, what is in it, and arrays of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radiogram import _core
from radiogram.dataset import Dataset, read
from radiogram.errors import ArgumentError
from radiogram.segmentation.matrix import Region, TotalPixelMatrix
from radiogram.segmentation.result import SegmentVolume
from radiogram.segmentation.segment import Segment
from radiogram.values.attribute import items_of, text_of
from radiogram.volume.read import found_files
from radiogram.volume.target import grid_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

    from radiogram.values.code import Code
    from radiogram.volume.target import Grid

__all__ = ["Segmentation", "read_segmentation"]


def read_segmentation(source: Any) -> Segmentation:  # noqa: ANN401  # what `rg.read` takes, datasets, or several of them
    """Read a segmentation (PS3.3 A.51, and A.87 for label maps).

    Frames are read when an array is asked for.

    Parameters
    ----------
    source : path, bytes, buffer, binary file-like or Dataset, or a list or tuple of them
        As `radiogram.read` takes it; several are the parts of a concatenation (PS3.3 7.5.1), in any order, which are read as the
        segmentation that they were divided from. A folder is that of all files in it.

    Returns
    -------
    Segmentation

    Raises
    ------
    ArgumentError
        The dataset is no segmentation; several are not the parts of one concatenation.
    UnsupportedError
        The samples are compressed as something that this version does not read.
    MalformedError
        Frames and their functional groups do not agree; parts of a concatenation do not belong together.
    MissingSliceError
        Parts of a concatenation are missing.
    PixelError
        The description of the pixels and their bytes do not agree; tiles of a slide have no place in its total pixel matrix or overlap, or it
        lacks some.

    Notes
    -----
    The frames of a slide's segmentation are tiles of one large plane. Their arrays are (focal plane, row, column), of the whole plane or of
    a `region` of it, of which only the tiles that it touches are read; the matrix leads to the slide's coordinates, and what the data set
    does not say of them is NaN in it.

    Where the parts of a concatenation do not say how many they are (PS3.3 C.7.6.16.2.2.4), some may be missing behind the last one, and
    nothing else of sparse frames shows it: ``seg.dataset.problems`` has an ``open_concatenation`` then.

    Examples
    --------
    >>> import radiogram as rg
    >>> from pydicom.data import get_testdata_file
    >>> seg = rg.read_segmentation(get_testdata_file("liver_1frame.dcm"))
    >>> seg.kind, seg.segments[0].label
    ('BINARY', 'Liver')
    >>> seg.labels()
    SegmentVolume: 1 segment, 1 x 512 x 512 uint8, 1 x 0.8105 x 0.8105 mm
    """
    if isinstance(source, (str, os.PathLike)) and Path(source).is_dir():
        source = found_files(source)
    if not isinstance(source, (list, tuple)):
        source = (source,)
    return Segmentation(*(one if isinstance(one, Dataset) else read(one) for one in source))


class Segmentation:
    """A segmentation: its segments, and arrays of them.

    Parameters
    ----------
    *datasets : Dataset
        One of a Segmentation or a Label Map Segmentation, or the parts of a concatenation of one.

    Attributes
    ----------
    dataset : Dataset
        What it was read from; of several parts the first.
    datasets : tuple of Dataset
        All parts, in the order of their frames.
    kind : str
        Segmentation Type: ``"BINARY"``, ``"FRACTIONAL"`` or ``"LABELMAP"``.
    maximum_fraction : int or None
        Maximum Fractional Value: the sample that says all of a pixel.
    segments : tuple of Segment
        What Segment Sequence describes, in its order.
    matrix : TotalPixelMatrix or None
        Where the frames are tiles of a slide: the plane they are tiles of.
    """

    def __init__(self, *datasets: Dataset) -> None:
        self._core = _core.Segments(datasets)
        self.datasets = tuple(datasets[at] for at in self._core.order)
        self.dataset = dataset = self.datasets[0]
        self.kind, self.maximum_fraction = self._core.kind
        self.segments = tuple(Segment.of(item) for item in items_of(dataset, "SegmentSequence"))
        self._by_number = {segment.number: segment for segment in self.segments}
        told = self._core.matrix
        self.matrix = None if told is None else TotalPixelMatrix.of(told)

    # -- what there is -----------------------------------------------------------------------------

    @property
    def fractional_type(self) -> str | None:
        """Segmentation Fractional Type: ``"PROBABILITY"`` or ``"OCCUPANCY"``; None where nothing is fractional."""
        return (
            text_of(self.dataset, "SegmentationFractionalType") or None if self.kind == "FRACTIONAL" else None
        )

    @property
    def n_frames(self) -> int:
        """How many frames there are."""
        return self._core.size[0]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Slices, rows and columns of the smallest grid that all frames stand on; of a slide, focal planes, rows and columns."""
        if self.matrix is not None:
            return self.matrix.shape
        slices, rows, columns = self._core.grid(None)[0]
        return slices, rows, columns

    @property
    def affine(self) -> NDArray[np.float64]:
        """The matrix of that grid: (slice, row, column, 1) to the patient's millimetres, LPS, or to those of the slide."""
        import numpy as np

        told = self._core.matrix
        return np.array(self._core.grid(None)[1][0] if told is None else told["affine"], np.float64)

    def __repr__(self) -> str:
        """Give one line that a person can read."""
        count = len(self.segments)
        return (
            f"Segmentation: {self.kind}, {count} segment{'' if count == 1 else 's'}, {self.n_frames} frames"
        )

    def __getitem__(self, key: int | str) -> Segment:
        """Give a segment by its number or its label."""
        return self._described(self._number(key))

    def numbers(
        self,
        *,
        label: str | None = None,
        property_category: Code | str | None = None,
        property_type: Code | str | None = None,
        algorithm_type: str | None = None,
        tracking_uid: str | None = None,
    ) -> tuple[int, ...]:
        """Give the numbers of the segments that are all of this.

        Parameters
        ----------
        label, algorithm_type, tracking_uid : str, optional
            Equal to the segment's.
        property_category, property_type : Code or str, optional
            A code, of which value and scheme are compared; or its value or its meaning.
        """

        def fits(segment: Segment) -> bool:
            return (
                label in {None, segment.label}
                and algorithm_type in {None, segment.algorithm_type}
                and tracking_uid in {None, segment.tracking_uid}
                and _is_code(property_category, segment.property_category)
                and _is_code(property_type, segment.property_type)
            )

        return tuple(segment.number for segment in self.segments if fits(segment))

    # -- arrays ------------------------------------------------------------------------------------

    def labels(
        self,
        segments: Iterable[int | str] | None = None,
        *,
        overlap: str = "error",
        on: Any = None,  # noqa: ANN401  # a volume of any room
        threshold: float = 0.5,
        region: Region | None = None,
        threads: int | None = None,
    ) -> SegmentVolume:
        """Give one map: each voxel holds the number of its segment, 0 where there is none.

        Parameters
        ----------
        segments : iterable of int or str, optional
            Numbers or labels of the segments that are wanted; all.
        overlap : str
            What becomes of a voxel of several segments. ``"error"`` refuses. ``"first"`` takes the one that comes first in `segments`,
            else the one with the smallest number. ``"max"`` takes the one with the largest fraction, of equal ones that with the largest
            number. ``"stack"`` gives each segment a map of its own: (segment, slice, row, column).
        on : Volume, optional
            A volume, on whose grid the segments are put: anything with ``array`` and ``affine``, or (shape, matrix). Nothing is
            resampled: the frames must stand on its slices, in its frame of reference; a pair is taken for one of the same. By default the smallest grid that all frames stand on, whatever the segments
            that are wanted.
        threshold : float
            Of fractional segments: the least fraction that makes a voxel one of the segment's.
        region : tuple of int, optional
            Of a slide: first row, first column, rows and columns of what is read; all of it. `on` is a level of a slide here, whose pixels
            must be these.
        threads : int, optional
            How many threads work; one for each processor.

        Returns
        -------
        SegmentVolume
            Of uint8 where all numbers fit, else uint16.

        Raises
        ------
        OverlapError
            Segments overlap, and ``overlap="error"``; it names two of them, a frame of each, and the slice.
        GeometryError
            The frames stand on no regular grid, or not on that of `on`; two frames of one segment are in one place.
        LimitError
            The result is larger than a call may return.
        """
        if overlap == "stack":
            return self._stacked(segments, on, threshold, region, threads)
        numbers = None if segments is None else self._numbers(segments)
        if self.matrix is None:
            array, told = self._core.labels(numbers, overlap, threshold, self._on(on, region), threads)
        else:
            part = self._part(self.matrix, on, region)
            array, told = self._core.matrix_labels(numbers, overlap, threshold, part, threads)
        return self._volume(array, told, numbers)

    def masks(
        self,
        segments: Iterable[int | str] | None = None,
        *,
        on: Any = None,  # noqa: ANN401
        threshold: float = 0.5,
        region: Region | None = None,
        threads: int | None = None,
    ) -> SegmentVolume:
        """Give a mask for each segment: bool, (segment, slice, row, column).

        Parameters
        ----------
        segments : iterable of int or str, optional
            Numbers or labels of the segments, in the order of the result; all, in the order of Segment Sequence.
        on, threshold, region, threads
            As for `labels`.

        Returns
        -------
        SegmentVolume

        Raises
        ------
        GeometryError, LimitError
            As for `labels`.

        Examples
        --------
        >>> import radiogram as rg
        >>> from pydicom.data import get_testdata_file
        >>> seg = rg.read_segmentation(get_testdata_file("liver_1frame.dcm"))
        >>> masks = seg.masks(["Liver"])
        >>> masks.array.shape, masks.array.dtype, masks.array.sum().item() > 10000
        ((1, 1, 512, 512), dtype('bool'), True)
        """
        numbers = self._numbers(segments)
        array, told = self._layers(numbers, threshold, on, region, threads)
        return self._volume(array.view(bool), told, numbers)

    def fractions(
        self,
        segments: Iterable[int | str] | None = None,
        *,
        on: Any = None,  # noqa: ANN401
        region: Region | None = None,
        threads: int | None = None,
    ) -> SegmentVolume:
        """Give how much of each voxel is of each segment: float32 from 0 to 1, (segment, slice, row, column).

        What that is, a probability or a part of the voxel, is `fractional_type`. Of segments that are not fractional it is 0 or 1.

        Parameters
        ----------
        segments : iterable of int or str, optional
            Numbers or labels of the segments, in the order of the result; all, in the order of Segment Sequence.
        on, region, threads
            As for `labels`.

        Returns
        -------
        SegmentVolume

        Raises
        ------
        GeometryError, LimitError
            As for `labels`.
        """
        numbers = self._numbers(segments)
        array, told = self._layers(numbers, None, on, region, threads)
        return self._volume(array, told, numbers)

    # -- within ------------------------------------------------------------------------------------

    @staticmethod
    def _part(matrix: TotalPixelMatrix, on: Any, region: Region | None) -> Region:  # noqa: ANN401
        if on is not None:
            matrix.must_lie_on(on)
        return matrix.region(region)

    def _layers(
        self,
        numbers: list[int],
        threshold: float | None,
        on: Any,  # noqa: ANN401
        region: Region | None,
        threads: int | None,
    ) -> tuple[NDArray[Any], tuple[list[list[float]], str, int, float]]:
        if self.matrix is None:
            return self._core.layers(numbers, threshold, self._on(on, region), threads)
        part = self._part(self.matrix, on, region)
        return self._core.matrix_layers(numbers, threshold, part, threads)

    def _stacked(
        self,
        segments: Iterable[int | str] | None,
        on: Any,  # noqa: ANN401
        threshold: float,
        region: Region | None,
        threads: int | None,
    ) -> SegmentVolume:
        import numpy as np

        numbers = self._numbers(segments)
        array, told = self._layers(numbers, threshold, on, region, threads)
        if max(numbers, default=0) > np.iinfo(np.uint8).max:
            array = array.astype(np.uint16)
        array *= np.array(numbers, array.dtype)[:, None, None, None]
        return self._volume(array, told, numbers)

    def _volume(
        self, array: NDArray[Any], told: tuple[list[list[float]], str, int, float], numbers: list[int] | None
    ) -> SegmentVolume:
        import numpy as np

        matrix, source, count, deviation = told
        described = self.segments if numbers is None else tuple(self._described(one) for one in numbers)
        return SegmentVolume(
            array=array,
            affine=np.array(matrix, np.float64),
            segments=described,
            slices_with_frames=count,
            spacing_source=source,
            deviation=deviation,
        )

    def _on(self, target: Any, region: Region | None) -> Grid | None:  # noqa: ANN401
        if region is not None:
            message = "a region is read of a segmentation of a slide; this one is in a patient"
            raise ArgumentError(message)
        return None if target is None else grid_of(target, text_of(self.dataset, "FrameOfReferenceUID"))

    def _described(self, number: int) -> Segment:
        return self._by_number.get(number) or Segment(number=number)

    def _numbers(self, segments: Iterable[int | str] | None) -> list[int]:
        if segments is None:
            described = [segment.number for segment in self.segments if segment.number]
            return list(dict.fromkeys([*described, *sorted(self._core.frame_segments)]))
        if isinstance(segments, (int, str)):
            segments = (segments,)
        return list(dict.fromkeys(self._number(one) for one in segments))

    def _number(self, key: int | str) -> int:
        if isinstance(key, str):
            found = self.numbers(label=key)
            if len(found) != 1:
                message = (
                    "there is no segment of that label" if not found else "several segments have that label"
                )
                raise ArgumentError(message)
            return found[0]
        number = int(key)
        if number == 0:
            message = "segment 0 is the background: what no other segment has"
            raise ArgumentError(message)
        if number not in self._by_number and number not in self._core.frame_segments:
            message = f"there is no segment {number}"
            raise ArgumentError(message)
        return number


def _is_code(wanted: Code | str | None, held: Code | None) -> bool:
    if wanted is None or held is None:
        return wanted is None
    if isinstance(wanted, str):
        return wanted in {held.value, held.meaning}
    return wanted[:2] == held[:2]
