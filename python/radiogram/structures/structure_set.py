"""`rg.read_structures`: a structure set, its regions, and masks of them."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from radiogram import _core
from radiogram.dataset import Dataset, read
from radiogram.errors import ArgumentError
from radiogram.structures.mask import RegionMask
from radiogram.structures.region import ROI, Contour
from radiogram.values.attribute import items_of, numbers_of, text_of, whole_of
from radiogram.values.code import code_of
from radiogram.volume.target import grid_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["StructureSet", "read_structures"]


def read_structures(source: Any) -> StructureSet:  # noqa: ANN401  # what `rg.read` takes, or a dataset
    """Read an RT Structure Set (PS3.3 A.19): regions of interest and their contours.

    All points are read at once.

    Parameters
    ----------
    source : path, bytes, buffer, binary file-like or Dataset
        As `radiogram.read` takes it.

    Returns
    -------
    StructureSet

    Raises
    ------
    ArgumentError
        The dataset is no structure set.
    InvalidValueError
        Contour Data are no numbers at all.

    Examples
    --------
    >>> import radiogram as rg
    >>> from pydicom.data import get_testdata_file
    >>> structures = rg.read_structures(get_testdata_file("rtstruct.dcm"))
    >>> structures.names
    ('patient', 'Isocenter 1', 'Isocenter 2')
    >>> structures["patient"].contours[0].points.shape
    (5, 3)
    """
    return StructureSet(source if isinstance(source, Dataset) else read(source))


class StructureSet:
    """Regions of interest, in the order of Structure Set ROI Sequence.

    Parameters
    ----------
    dataset : Dataset
        An RT Structure Set.

    Attributes
    ----------
    dataset : Dataset
        What it was read from.
    rois : tuple of ROI
        The regions.
    """

    def __init__(self, dataset: Dataset) -> None:
        if "StructureSetROISequence" not in dataset and "ROIContourSequence" not in dataset:
            message = "the dataset is no structure set: it has neither regions nor contours"
            raise ArgumentError(message)
        self.dataset = dataset
        self._values, self._offsets, self._regions, self._shapes = _core.read_contours(dataset)
        self._values.flags.writeable = False
        items = list(items_of(dataset, "ROIContourSequence"))
        self._spans: dict[int, list[range]] = {}
        for number, span in zip(_numbers(items), _spans(self._regions, len(items)), strict=True):
            self._spans.setdefault(number, []).append(span)
        self.rois = tuple(self._described(items))

    @property
    def label(self) -> str:
        """Structure Set Label."""
        return text_of(self.dataset, "StructureSetLabel")

    @property
    def names(self) -> tuple[str, ...]:
        """ROI Name of each region."""
        return tuple(roi.name for roi in self.rois)

    def __len__(self) -> int:
        return len(self.rois)

    def __iter__(self) -> Iterator[ROI]:
        return iter(self.rois)

    def __getitem__(self, key: int | str) -> ROI:
        """Give a region by its number or its name.

        Raises
        ------
        ArgumentError
            There is none, or there are several.
        """
        wanted = [roi for roi in self.rois if (roi.name if isinstance(key, str) else roi.number) == key]
        if len(wanted) != 1:
            message = (
                f"{len(wanted) or 'no'} regions have that {'name' if isinstance(key, str) else 'number'}"
            )
            raise ArgumentError(message)
        return wanted[0]

    def __repr__(self) -> str:
        """Give one line that a person can read."""
        return f"StructureSet: {len(self.rois)} regions, {len(self._shapes)} contours"

    def mask(
        self,
        volume: Any,  # noqa: ANN401  # a volume of any room
        roi: int | str | ROI,
        *,
        combine: str = "xor",
        tolerance: float | None = None,
        off_plane: str = "error",
        open_contours: str = "error",
        interpolate: int = 0,
        threads: int | None = None,
    ) -> RegionMask:
        """Give the voxels of a volume whose centres are in a region.

        A centre is in a polygon where a ray from it along its row crosses the outline an odd number of times. A centre exactly on an
        edge is in where the region goes on towards the next column or row, so that neighbouring regions share no voxel and leave none
        out. Corners are rounded to 2**-20 of a voxel. A contour is in the one slice whose plane it lies in; slices without a contour are
        empty, unless they are to be interpolated. ``POINT`` is the voxel that it lies in.

        Parameters
        ----------
        volume : Volume
            What has the grid: anything with ``array`` and ``affine``, or (shape, matrix). Oblique and tilted ones too. A volume of
            another frame of reference than the region's is refused; a pair of shape and matrix is taken for one of the same.
        roi : int, str or ROI
            The region, by number or name.
        combine : str
            ``"xor"``: a contour within another is a hole, as one that is gone over there and back (keyhole) is in any case.
            ``"union"``: all that any contour encloses. A contour that is there twice counts once.
        tolerance : float, optional
            How far a contour may be off the plane of its slice, in millimetres; a tenth of the distance of slices.
        off_plane : str
            What becomes of contours that lie farther off: ``"error"``, ``"nearest"`` takes the nearest slice, ``"skip"`` leaves them out.
        open_contours : str
            What becomes of ``OPEN_PLANAR`` and ``OPEN_NONPLANAR``, which enclose nothing: ``"error"`` or ``"skip"``.
        interpolate : int
            Gaps of up to so many slices between slices with contours are filled by the shape of those around them: distances to the edge
            are interpolated. By default none is.
        threads : int, optional
            How many threads work; one for each processor.

        Returns
        -------
        RegionMask
            With what became of the contours.

        Raises
        ------
        GeometryError
            A contour lies between slices, or across them; or all lie outside of the volume, which is another then; or its frame of
            reference is another.
        ArgumentError
            A contour is not closed; or there is no such region.
        """
        import numpy as np

        region = roi if isinstance(roi, ROI) else self[roi]
        if open_contours not in {"error", "skip"}:
            message = "open_contours is error or skip"
            raise ArgumentError(message)
        if not 0 <= interpolate < 1 << 31:
            message = "interpolate is a number of slices"
            raise ArgumentError(message)
        grid = grid_of(volume, region.frame_of_reference_uid)
        values, offsets, shapes, first = self._of(region.number)
        array, told = _core.mask_contours(
            values,
            offsets,
            shapes,
            first,
            grid,
            combine,
            off_plane,
            tolerance,
            open_contours == "skip",
            interpolate,
            threads,
        )
        slices, used, outside, off, is_open, repeated, interpolated, deviation = told
        filled = np.flatnonzero(array.any(axis=(1, 2)))
        gaps = np.setdiff1d(np.arange(filled[0], filled[-1]), filled) if filled.size else filled
        return RegionMask(
            array=array.view(bool),
            affine=np.array(grid[1], np.float64),
            slices=slices,
            gaps=tuple(gaps.tolist()),
            contours=used,
            outside=outside,
            off_plane=off,
            open=is_open,
            repeated=repeated,
            interpolated=interpolated,
            deviation=deviation,
        )

    def _of(self, number: int) -> tuple[NDArray[np.float64], NDArray[np.int64], bytes, int]:
        """Give the contours of a region: all numbers, where each begins, what each is, and the number of the first."""
        import numpy as np

        spans = self._spans.get(number, [])
        if len(spans) == 1:
            span = spans[0]
            offsets = self._offsets[span.start : span.stop + 1]
            return (
                self._values,
                np.ascontiguousarray(offsets),
                self._shapes[span.start : span.stop],
                span.start + 1,
            )
        # Contours of one region in several items: one after another.
        chosen = [at for span in spans for at in span]
        parts = [self._values[self._offsets[at] : self._offsets[at + 1]] for at in chosen]
        offsets = np.cumsum([0, *(part.size for part in parts)], dtype=np.int64)
        values = np.concatenate(parts) if parts else np.empty(0)
        return values, offsets, bytes(self._shapes[at] for at in chosen), 1

    def _described(self, items: list[Dataset]) -> Iterator[ROI]:
        contours: dict[int, list[Contour]] = {}
        colors: dict[int, tuple[int, int, int] | None] = {}
        for number, item in zip(_numbers(items), items, strict=True):
            contours.setdefault(number, [])
            colors.setdefault(number, _color(item))
        for number, spans in self._spans.items():
            contours[number] = [contour for span in spans for contour in self._contours(items, span)]
        observed = {
            whole_of(item, "ReferencedROINumber") or 0: item
            for item in items_of(self.dataset, "RTROIObservationsSequence")
        }
        described = {
            whole_of(item, "ROINumber") or 0: item
            for item in items_of(self.dataset, "StructureSetROISequence")
        }
        for number in dict.fromkeys([*described, *contours]):
            item, seen = described.get(number, Dataset()), observed.get(number, Dataset())
            yield ROI(
                number=number,
                name=text_of(item, "ROIName"),
                color=colors.get(number),
                interpreted_type=text_of(seen, "RTROIInterpretedType"),
                description=text_of(item, "ROIDescription"),
                generation_algorithm=text_of(item, "ROIGenerationAlgorithm"),
                frame_of_reference_uid=text_of(item, "ReferencedFrameOfReferenceUID"),
                code=code_of(seen, "RTROIIdentificationCodeSequence"),
                contours=tuple(contours.get(number, ())),
            )

    def _contours(self, items: list[Dataset], span: range) -> Iterator[Contour]:
        if not span:
            return
        sequence = items[self._regions[span.start]].ContourSequence
        offsets = self._offsets[span.start : span.stop + 1].tolist()
        for at, (begin, end) in enumerate(pairwise(offsets)):
            yield Contour(self._values[begin:end], sequence, at)


def _numbers(items: list[Dataset]) -> list[int]:
    return [whole_of(item, "ReferencedROINumber") or 0 for item in items]


def _spans(regions: list[int], count: int) -> list[range]:
    """Give the contours of each item of ROI Contour Sequence; `regions` names the item of each contour, ascending."""
    from bisect import bisect_left, bisect_right

    return [range(bisect_left(regions, item), bisect_right(regions, item)) for item in range(count)]


def _color(item: Dataset) -> tuple[int, int, int] | None:
    parts = [int(part) for part in numbers_of(item, "ROIDisplayColor")]
    return (parts[0], parts[1], parts[2]) if len(parts) == 3 else None
