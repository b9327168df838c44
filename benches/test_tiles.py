"""A region of a map of a slide, and a segmentation in several files, beside what people use for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
import radiogram as rg
from radiogram.segmentation.phantom import write_segmentation
from radiogram.volume.divided import write_concatenation
from radiogram.volume.maps import write_map

from benches import data
from benches.interleave import Gate

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from benches.conftest import Measure

LINE = (0.25, -3.0)
AFFINE = np.array([[0, 0, 0.8, -200.0], [0, 0.8, 0, -180.0], [2.5, 0, 0, 40.0], [0, 0, 0, 1]])


def region_pydicom(path: Path, side: int, tile: int) -> NDArray[np.float64]:
    """Go through frames and functional groups, as hand-written readers do."""
    ds = pydicom.dcmread(path)
    item = ds.SharedFunctionalGroupsSequence[0].RealWorldValueMappingSequence[0]
    slope, intercept = float(item.RealWorldValueSlope), float(item.RealWorldValueIntercept)
    plane = np.zeros((side + 2 * tile, side + 2 * tile))
    first = side // 2 // tile * tile
    for number, group in enumerate(ds.PerFrameFunctionalGroupsSequence):
        place = group.PlanePositionSlideSequence[0]
        row = int(place.RowPositionInTotalImagePixelMatrix) - 1 - first
        column = int(place.ColumnPositionInTotalImagePixelMatrix) - 1 - first
        if 0 <= row < side + tile and 0 <= column < side + tile:
            frame = pydicom.pixels.pixel_array(ds, index=number)
            plane[row : row + tile, column : column + tile] = frame * slope + intercept
    left = side // 2 - first
    return plane[left : left + side, left : left + side]


def test_map(size: data.Size, measure: Measure, tmp_path: Path) -> None:
    """A fourth of a parametric map that is tiled on a slide, as what it measures, from files that are opened for it."""
    side, tile = (2048, 256) if size == data.FULL else (128, 32)
    values = np.random.default_rng(1895).integers(0, 1 << 16, (2 * side, 2 * side), np.uint16)
    path = write_map(tmp_path / "map.dcm", values, tile=(tile, tile), lines=[LINE])
    there = slice(side // 2, side // 2 + side)
    expected = values[there, there] * LINE[0] + LINE[1]

    def ours() -> NDArray[Any]:
        return rg.read_slide(path, units="real_world", threads=2).levels[0][there, there]

    def highdicom() -> NDArray[Any]:
        import highdicom

        first, end = side // 2 + 1, side // 2 + 1 + side
        found: NDArray[Any] = highdicom.imread(path).get_total_pixel_matrix(
            row_start=first, row_end=end, column_start=first, column_end=end
        )
        return found

    measure(
        f"a region of {side}² of a parametric map of a slide, real world values",
        {"radiogram": ours, "highdicom": highdicom, "pydicom": lambda: region_pydicom(path, side, tile)},
        Gate("pydicom", 0.5),
        right=lambda _, found: np.allclose(found, expected),
        slow=frozenset({"highdicom", "pydicom"}),
    )


def labels_pydicom(parts: list[Path]) -> NDArray[np.uint8]:
    """Put the parts in their order, and go through frames and functional groups."""
    found = sorted(map(pydicom.dcmread, parts), key=lambda ds: ds.InConcatenationNumber)
    groups = [group for ds in found for group in ds.PerFrameFunctionalGroupsSequence]
    heights = [float(group.PlanePositionSequence[0].ImagePositionPatient[2]) for group in groups]
    places = {height: place for place, height in enumerate(sorted(set(heights)))}
    labels = np.zeros((len(places), found[0].Rows, found[0].Columns), np.uint8)
    frames = (frame for ds in found for frame in pydicom.pixels.iter_pixels(ds))
    for group, height, frame in zip(groups, heights, frames, strict=True):
        number = group.SegmentIdentificationSequence[0].ReferencedSegmentNumber
        np.copyto(labels[places[height]], number, where=frame.astype(bool))
    return labels


def test_parts(size: data.Size, measure: Measure, tmp_path: Path) -> None:
    """A segmentation that was divided into the parts of a concatenation, to one map, overlaps looked for."""
    side, slices, count = (512, 100, 8) if size == data.FULL else (64, 6, 3)
    labels = np.random.default_rng(1895).integers(0, count + 1, (slices, side, side), np.uint8)
    labels[:, 0, : count + 1] = np.arange(count + 1)
    path = write_segmentation(tmp_path / "whole.dcm", labels, AFFINE)
    frames = count * slices
    cuts = [0, *range(frames // 7, frames - 1, frames // 7), frames]
    parts = write_concatenation(path, tmp_path / "parts", np.diff(cuts).tolist())[::-1]
    measure(
        f"segmentation of {count} segments, {frames} frames in {len(parts)} files, to a map of labels",
        {
            "radiogram": lambda: rg.read_segmentation(parts).labels(threads=2).array,
            "highdicom": "does not join the parts of a concatenation",
            "pydicom": lambda: labels_pydicom(parts),
        },
        Gate("pydicom", 0.5),
        right=lambda _, found: np.array_equal(found, labels),
        slow=frozenset({"pydicom"}),
    )
