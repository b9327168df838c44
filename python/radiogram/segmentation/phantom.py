"""Segmentations made of arrays, so that every voxel of them is known: for examples, tests and measurements."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from radiogram.dataset import Dataset
from radiogram.errors import ArgumentError
from radiogram.uid import generate_uid

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["write_segmentation"]

_CLASSES = {"LABELMAP": "1.2.840.10008.5.1.4.1.1.66.7"}
_CLASS = "1.2.840.10008.5.1.4.1.1.66.4"


def write_segmentation(
    path: str | os.PathLike[str],
    array: NDArray[Any],
    affine: NDArray[np.float64],
    *,
    kind: str = "BINARY",
    labels: Sequence[str] | None = None,
    numbers: Sequence[int] | None = None,
    maximum: int = 255,
    fractional_type: str = "PROBABILITY",
    sparse: bool = True,
    by: str = "segment",
    transfer_syntax: str = "ExplicitVRLittleEndian",
    spacing_between: bool = True,
    shared: bool = True,
    frame_of_reference_uid: str | None = None,
) -> Path:
    """Write arrays of segments as a segmentation.

    It has what a reader of segmentations needs, and not all that the standard wants of one.

    Parameters
    ----------
    path : str or Path
        Where to.
    array : numpy.ndarray
        (segment, slice, row, column) of bool, or of parts of `maximum`; or (slice, row, column) of the numbers of segments, for label
        maps, and for frames of single bits that are made of it one by one.
    affine : numpy.ndarray
        4 x 4: (slice, row, column, 1) to the patient's millimetres, LPS.
    kind : str
        ``"BINARY"``, ``"FRACTIONAL"`` or ``"LABELMAP"``.
    labels : sequence of str, optional
        Segment labels.
    numbers : sequence of int, optional
        Segment numbers; from 1 on.
    maximum : int
        Maximum Fractional Value.
    fractional_type : str
        Segmentation Fractional Type.
    sparse : bool
        Frames without a pixel of their segment are left out.
    by : str
        The order of frames: ``"segment"``, ``"slice"``, or ``"shuffled"``.
    transfer_syntax : str
        Of the file, as `Dataset.save_as` takes it.
    spacing_between : bool
        Spacing Between Slices is there.
    shared : bool
        Orientation and distances are said once for all frames, or once for each.
    frame_of_reference_uid : str, optional
        Whose coordinates `affine` leads to; by default those of a new one.

    Returns
    -------
    Path

    Examples
    --------
    >>> import numpy as np, tempfile, radiogram as rg
    >>> from radiogram.segmentation.phantom import write_segmentation
    >>> masks = np.zeros((2, 3, 4, 5), bool)
    >>> masks[0, 0, 1, 2] = masks[1, 2, 3, 4] = True
    >>> matrix = np.array([[0, 0, 0.5, 0], [0, 0.5, 0, 0], [2.0, 0, 0, 0], [0, 0, 0, 1]])
    >>> path = write_segmentation(tempfile.mkdtemp() + "/seg.dcm", masks, matrix)
    >>> seg = rg.read_segmentation(path)
    >>> seg.n_frames, seg.labels().array.nonzero()
    (2, (array([0, 2]), array([1, 3]), array([2, 4])))
    """
    import numpy as np

    if kind not in {"BINARY", "FRACTIONAL", "LABELMAP"}:
        message = "kind is BINARY, FRACTIONAL or LABELMAP"
        raise ArgumentError(message)
    is_map = kind == "LABELMAP"
    count = int(array.max(initial=0)) if array.ndim == 3 else array.shape[0]
    numbers = list(range(1, count + 1)) if numbers is None else list(numbers)

    def frame_of(segment: int, place: int) -> NDArray[Any]:
        found: NDArray[Any] = array[place] if array.ndim == 3 else array[segment, place]
        return found if is_map or array.ndim > 3 else found == numbers[segment]

    pairs = [
        (segment, place) for segment in range(1 if is_map else count) for place in range(array.shape[-3])
    ]
    frames = [pair for pair in pairs if not sparse or frame_of(*pair).any()]
    if by == "slice":
        frames.sort(key=lambda frame: frame[::-1])
    elif by == "shuffled":
        frames = [frames[at] for at in np.random.default_rng(len(frames)).permutation(len(frames))]
    ds = _head(kind, array, numbers, labels, maximum, fractional_type)
    ds.FrameOfReferenceUID = frame_of_reference_uid or generate_uid()
    ds.NumberOfFrames = len(frames)
    measures = _measures(affine, spacing_between=spacing_between)
    common = Dataset()
    if shared:
        common.PlaneOrientationSequence, common.PixelMeasuresSequence = [measures[0]], [measures[1]]
    ds.SharedFunctionalGroupsSequence = [common]
    ds.PerFrameFunctionalGroupsSequence = [
        _group(affine, place, None if is_map else numbers[segment], None if shared else measures)
        for segment, place in frames
    ]
    data = bytearray()
    if kind == "BINARY":
        # Frames follow each other without padding (PS3.5 8.1.1): eight of them end on a byte, whatever their size.
        for at in range(0, len(frames), 8):
            bits = np.stack([frame_of(*pair) != 0 for pair in frames[at : at + 8]])
            data += np.packbits(bits.reshape(-1), bitorder="little").tobytes()
    else:
        stored = "<u2" if ds.BitsAllocated == 16 else "u1"
        for pair in frames:
            data += frame_of(*pair).astype(stored).tobytes()
    ds.add_new(0x7FE0_0010, "OW" if ds.BitsAllocated == 16 else "OB", bytes(data) + b"\0" * (len(data) % 2))
    ds.save_as(path, transfer_syntax=transfer_syntax)
    return Path(path)


def _head(
    kind: str,
    array: NDArray[Any],
    numbers: list[int],
    labels: Sequence[str] | None,
    maximum: int,
    fractional_type: str,
) -> Dataset:
    ds = Dataset()
    ds.SOPClassUID, ds.SOPInstanceUID = _CLASSES.get(kind, _CLASS), generate_uid()
    ds.StudyInstanceUID, ds.SeriesInstanceUID = generate_uid(), generate_uid()
    ds.Modality = "SEG"
    ds.PatientName, ds.PatientID = "Phantom^Radiogram", "PHANTOM"
    ds.ImageType = ["DERIVED", "PRIMARY"]
    bits = 1 if kind == "BINARY" else 16 if kind == "LABELMAP" and array.dtype.itemsize > 1 else 8
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.Rows, ds.Columns = array.shape[-2:]
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = bits, bits, bits - 1, 0
    ds.SegmentationType = kind
    if kind == "FRACTIONAL":
        ds.SegmentationFractionalType, ds.MaximumFractionalValue = fractional_type, maximum
    ds.SegmentSequence = list(_segments(numbers, labels))
    organization = Dataset()
    organization.DimensionOrganizationUID = generate_uid()
    ds.DimensionOrganizationSequence = [organization]
    pointers = (
        [(0x0020_0032, 0x0020_9113)]
        if kind == "LABELMAP"
        else [(0x0062_000B, 0x0062_000A), (0x0020_0032, 0x0020_9113)]
    )
    ds.DimensionIndexSequence = [
        _dimension(organization.DimensionOrganizationUID, *pair) for pair in pointers
    ]
    return ds


def _dimension(organization: str, pointer: int, group: int) -> Dataset:
    item = Dataset()
    item.DimensionOrganizationUID = organization
    item.DimensionIndexPointer, item.FunctionalGroupPointer = pointer, group
    return item


def _segments(numbers: list[int], labels: Sequence[str] | None) -> Iterator[Dataset]:
    for at, number in enumerate(numbers):
        item = Dataset()
        item.SegmentedPropertyCategoryCodeSequence = [_code("123037004", "Anatomical Structure")]
        item.SegmentNumber = number
        item.SegmentLabel = labels[at] if labels else f"Segment {number}"
        item.SegmentAlgorithmType, item.SegmentAlgorithmName = "AUTOMATIC", "Phantom"
        item.SegmentedPropertyTypeCodeSequence = [_code("85756007", "Tissue")]
        yield item


def _code(value: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "SCT", meaning
    return item


def _measures(affine: NDArray[np.float64], *, spacing_between: bool) -> tuple[Dataset, Dataset]:
    import numpy as np

    lengths = np.linalg.norm(affine[:3, :3], axis=0)
    directions = [*(affine[:3, 2] / lengths[2]), *(affine[:3, 1] / lengths[1])]
    normal = np.cross(affine[:3, 2] / lengths[2], affine[:3, 1] / lengths[1])
    orientation, measures = Dataset(), Dataset()
    orientation.ImageOrientationPatient = [float(f"{value:.12g}") for value in directions]
    measures.SliceThickness = float(f"{abs(normal @ affine[:3, 0]):.12g}")
    if spacing_between:
        measures.SpacingBetweenSlices = measures.SliceThickness
    measures.PixelSpacing = [float(f"{value:.12g}") for value in lengths[1:]]
    return orientation, measures


def _group(
    affine: NDArray[np.float64], place: int, number: int | None, measures: tuple[Dataset, Dataset] | None
) -> Dataset:
    """Give the functional groups of a frame (PS3.3 C.7.6.16, C.8.20.3)."""
    item, content, position = Dataset(), Dataset(), Dataset()
    content.DimensionIndexValues = [place + 1] if number is None else [number, place + 1]
    item.FrameContentSequence = [content]
    corner = affine[:3, 3] + place * affine[:3, 0]
    position.ImagePositionPatient = [float(f"{value:.10g}") for value in corner]
    item.PlanePositionSequence = [position]
    if measures is not None:
        item.PlaneOrientationSequence, item.PixelMeasuresSequence = [measures[0]], [measures[1]]
    if number is not None:
        identification = Dataset()
        identification.ReferencedSegmentNumber = number
        item.SegmentIdentificationSequence = [identification]
    return item
