"""`rg.read_structures`: regions and their points as they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pydicom
import pytest
import radiogram as rg
from pydicom.data import get_testdata_file
from radiogram.errors import ArgumentError, InvalidValueError
from radiogram.structures.phantom import circle, write_structures

from tests.peers import corpus

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STRUCTURES = "1.2.840.10008.5.1.4.1.1.481.3"


def test_regions_are_what_pydicom_says(note: Callable[[str], None]) -> None:
    """Names, numbers, colours, types and every point, of every structure set there is."""
    files = [file.path for file in corpus.corpus_files() if file.sop_class == STRUCTURES]
    found = 0
    for path in files or [get_testdata_file("rtstruct.dcm")]:
        theirs, ours = pydicom.dcmread(path, force=True), rg.read_structures(path)
        drawn = {item.ReferencedROINumber: item for item in theirs.ROIContourSequence}
        seen = {item.ReferencedROINumber: item for item in theirs.RTROIObservationsSequence}
        assert len(ours) == len(theirs.StructureSetROISequence)
        for item, roi in zip(theirs.StructureSetROISequence, ours, strict=True):
            assert (roi.number, roi.name, roi.description) == (
                item.ROINumber,
                item.ROIName,
                item.ROIDescription,
            )
            assert roi.frame_of_reference_uid == item.ReferencedFrameOfReferenceUID
            assert roi.interpreted_type == seen[roi.number].RTROIInterpretedType
            assert roi.color == tuple(drawn[roi.number].ROIDisplayColor)
            for one, contour in zip(drawn[roi.number].ContourSequence, roi.contours, strict=True):
                assert contour.geometric_type == one.ContourGeometricType
                points = np.array(one.ContourData, np.float64).reshape(-1, 3)
                np.testing.assert_array_equal(contour.points, points)
                found += 1
    assert found > 0
    note(f"contours equal to pydicom's: {found}")


def test_regions_are_found_by_name_and_number(tmp_path: Path) -> None:
    """What is not there, or there twice, is an error."""
    matrix = np.eye(4)
    rois = {"a": [circle(matrix, 0, (5, 5), 3)], "b": [circle(matrix, 1, (5, 5), 3)] * 2}
    path = write_structures(tmp_path / "rs.dcm", rois)
    structures = rg.read_structures(path)
    assert (structures["b"].number, structures[1].name, structures.names) == (2, "a", ("a", "b"))
    assert [roi.number for roi in structures] == [1, 2]
    assert repr(structures) == "StructureSet: 2 regions, 3 contours"
    assert repr(structures["b"]) == "ROI 2: b, ORGAN, 2 contours"
    for key in ("c", 3):
        with pytest.raises(ArgumentError):
            structures[key]
    ds = rg.read(path)
    ds.StructureSetROISequence[1].ROIName = "a"
    with pytest.raises(ArgumentError, match="2 regions have that name"):
        rg.read_structures(ds)["a"]
    with pytest.raises(ArgumentError, match="no structure set"):
        rg.read_structures(get_testdata_file("CT_small.dcm"))


def test_points_are_views_that_nobody_writes(tmp_path: Path) -> None:
    """All points of a set share one array; wrong numbers stay visible."""
    matrix = np.eye(4)
    path = write_structures(tmp_path / "rs.dcm", {"a": [circle(matrix, 0, (5, 5), 3, points=5)] * 2})
    contour = rg.read_structures(path)["a"].contours[1]
    assert contour.points.base is not None
    with pytest.raises(ValueError, match="read-only"):
        contour.points[0, 0] = 1
    ds = rg.read(path)
    ds.ROIContourSequence[0].ContourSequence[0].ContourData = [1.0, 2.0, 3.0, 4.0]
    first, second = rg.read_structures(ds)["a"].contours
    assert first.values.tolist() == [1, 2, 3, 4]
    np.testing.assert_array_equal(second.points, contour.points)
    with pytest.raises(InvalidValueError):
        _ = first.points


def test_a_region_in_several_items_is_one(tmp_path: Path) -> None:
    """Contours of one ROI number are that region's, wherever they are; regions without contours have none."""
    matrix = np.eye(4)
    rois = {name: [circle(matrix, at, (5, 5), 3)] for at, name in enumerate("abc")}
    ds = rg.read(write_structures(tmp_path / "rs.dcm", rois))
    ds.ROIContourSequence[2].ReferencedROINumber = 1
    structures = rg.read_structures(ds)
    assert [len(roi.contours) for roi in structures] == [2, 1, 0]
    mask = structures.mask(((3, 12, 12), matrix), "a").array
    assert mask.any(axis=(1, 2)).tolist() == [True, False, True]
    assert not structures.mask(((3, 12, 12), matrix), "c").array.any()
