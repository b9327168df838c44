"""A segmentation to a map of labels, contours to arrays, and a region to a mask, beside what people use for it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import dicomsdl
import numpy as np
import pydicom
import radiogram as rg
from PIL import Image, ImageDraw
from radiogram.segmentation.phantom import write_segmentation
from radiogram.structures.phantom import circle, write_structures

from benches import data, nested
from benches.interleave import Gate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from benches.conftest import Measure

SEGMENTS = 98
AFFINE = np.array([[0, 0, 0.8, -200.0], [0, 0.8, 0, -180.0], [2.5, 0, 0, 40.0], [0, 0, 0, 1]])


def _side(size: data.Size) -> int:
    return 512 if size == data.FULL else 64


@lru_cache(maxsize=1)
def labels_of(size: data.Size) -> NDArray[np.uint8]:
    """Make 98 bodies that fill most of a plane, ragged at their edges, over so many slices that there are 12,000 frames."""
    side, slices = _side(size), max(2, size.frames * 6 // SEGMENTS + 1)
    random = np.random.default_rng(1895)
    row, column = np.mgrid[:side, :side] * (10.0 / side)
    body = (row.astype(int) * 10 + column.astype(int) + 1).astype(np.uint8)
    body[body > SEGMENTS] = 0
    off = np.hypot(row % 1 - 0.5, column % 1 - 0.5)
    ragged = random.uniform(0.3, 0.45, (slices, side, side)).astype(np.float32)
    return np.where(off < ragged, body, 0).astype(np.uint8)


def segmentation(size: data.Size) -> Path:
    """Make a binary segmentation of single bits, a frame for each segment and slice."""

    def make(part: Path) -> None:
        write_segmentation(part, labels_of(size), AFFINE, sparse=False)

    return data.kept(data.folder(size) / "segmentation.dcm", make)


def labels_highdicom(path: Path) -> NDArray[Any]:
    """Ask highdicom for the volume."""
    import highdicom

    found = highdicom.seg.segread(path).get_volume(combine_segments=True)
    # Its slices run against the normal of the planes.
    return np.asarray(found.array[:: -1 if found.affine[2, 0] < 0 else 1])


def labels_pydicom(path: Path) -> NDArray[Any]:
    """Go through frames and functional groups, as hand-written readers do."""
    ds = pydicom.dcmread(path)
    groups = ds.PerFrameFunctionalGroupsSequence
    heights = [float(group.PlanePositionSequence[0].ImagePositionPatient[2]) for group in groups]
    places = {height: place for place, height in enumerate(sorted(set(heights)))}
    labels = np.zeros((len(places), ds.Rows, ds.Columns), np.uint8)
    for group, height, frame in zip(groups, heights, pydicom.pixels.iter_pixels(ds), strict=True):
        number = group.SegmentIdentificationSequence[0].ReferencedSegmentNumber
        np.copyto(labels[places[height]], number, where=frame.astype(bool))
    return labels


def test_segmentation(size: data.Size, measure: Measure) -> None:
    """98 segments in 12,000 frames to one map, overlaps looked for."""
    path, expected = segmentation(size), labels_of(size)

    def right(name: str, labels: NDArray[Any]) -> bool:
        del name
        return np.array_equal(labels, expected)

    measure(
        f"segmentation of {SEGMENTS} segments, {SEGMENTS * len(expected)} frames of {_side(size)}², to a map of labels",
        {
            "radiogram": lambda: rg.read_segmentation(path).labels(threads=2).array,
            "highdicom": lambda: labels_highdicom(path),
            "pydicom": lambda: labels_pydicom(path),
        },
        Gate(absolute=1.0),
        right=right,
        unit="s",
        rounds=5,
        slow=frozenset({"highdicom", "pydicom"}),
    )


def regions_ours(path: Path) -> list[NDArray[np.float64]]:
    """Give the points of each contour."""
    return [contour.values for roi in rg.read_structures(path) for contour in roi.contours]


def regions_dicomsdl(path: Path) -> list[NDArray[np.float64]]:
    """Walk the items."""
    return [
        np.array(contour.getDataElement(0x30060050).toDoubleVector())
        for roi in dicomsdl.open(str(path))["30060039"]
        for contour in roi.getDataElement(0x30060040).toSequence()
    ]


def regions_pydicom(path: Path) -> list[NDArray[np.float64]]:
    """Walk the items."""
    rois = pydicom.dcmread(path).ROIContourSequence
    return [np.array(c.ContourData, dtype=np.float64) for roi in rois for c in roi.ContourSequence]


def test_regions(size: data.Size, measure: Measure) -> None:
    """A structure set to an array for each contour, with what its region is beside it."""
    path = nested.rtstruct(size)
    expected = regions_pydicom(path)

    def right(name: str, contours: list[NDArray[np.float64]]) -> bool:
        del name
        return len(contours) == len(expected) and all(map(np.array_equal, contours, expected))

    measure(
        "RTSTRUCT to regions and an array for each contour",
        {
            "radiogram": lambda: regions_ours(path),
            "dicomsdl": lambda: regions_dicomsdl(path),
            "pydicom": lambda: regions_pydicom(path),
        },
        Gate("dicomsdl", 0.2),
        right=right,
        rounds=5,
        slow=frozenset({"pydicom"}),
    )


def test_mask(size: data.Size, measure: Measure) -> None:
    """A region of a contour of 600 corners in each of 300 slices, filled by one thread."""
    side, slices = _side(size), size.slices * 3 // 10

    def make(part: Path) -> None:
        contours = [
            circle(AFFINE, place, (side / 2, side / 2), side * 0.4, points=600) for place in range(slices)
        ]
        write_structures(part, {"Body": contours})

    path = data.kept(data.folder(size) / "region.dcm", make)
    regions, shape = rg.read_structures(path), (slices, side, side)
    row, column = np.mgrid[:side, :side] - side / 2
    inside = np.hypot(row, column) < side * 0.4 - 2
    outside = np.hypot(row, column) > side * 0.4 + 2

    def right(name: str, mask: NDArray[np.bool_]) -> bool:
        del name
        return bool(mask.shape == shape and mask[:, inside].all() and not mask[:, outside].any())

    ways: dict[str, Callable[[], NDArray[Any]]] = {
        "radiogram": lambda: regions.mask((shape, AFFINE), "Body", threads=1).array,
        "Pillow": lambda: _mask_pillow(regions, shape),
    }
    measure(
        f"region of {slices} contours of 600 points to a mask of {side}², one thread",
        ways,
        Gate("Pillow", 1.0),
        right=right,
    )


def _mask_pillow(regions: rg.StructureSet, shape: tuple[int, int, int]) -> NDArray[Any]:
    """Draw each contour as a polygon, as is done where no rule for edges is owed."""
    mask, to_index = np.zeros(shape, bool), np.linalg.inv(AFFINE)
    for contour in regions["Body"].contours:
        index = np.c_[contour.points, np.ones(len(contour.points))] @ to_index.T
        image = Image.new("1", shape[:0:-1])
        ImageDraw.Draw(image).polygon(index[:, [2, 1]].ravel().tolist(), fill=1)
        mask[round(index[0, 0])] |= np.asarray(image)
    return mask
