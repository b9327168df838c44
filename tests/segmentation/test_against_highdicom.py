"""Maps and masks equal those of highdicom, on real files and on made ones, in the same places of the patient."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
import pytest
import radiogram as rg
from radiogram.segmentation.phantom import write_segmentation
from radiogram.volume.phantom import Phantom, write_series

from tests.peers import corpus
from tests.segmentation.made import AXIAL, disjoint, labelled, oblique

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

highdicom = pytest.importorskip("highdicom")

SEGMENTATIONS = ("1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7")
UNREAD = {
    "liver_deflate.dcm": "highdicom knows no deflated frames",
    "liver_nonbyte_aligned_deflate.dcm": "highdicom knows no deflated frames",
    "liver_expb_1frame.dcm": "highdicom takes little endian alone",
    "liver_rle.dcm": "pydicom's decoders take no single bits in RLE",
    "liver_nonbyte_aligned_rle.dcm": "pydicom's decoders take no single bits in RLE",
}


def _theirs(path: Path) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return highdicom.seg.segread(path)


def _in_our_places(volume: Any, affine: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Give their array with our slices: theirs may run against the normal."""
    array = volume.array
    if volume.affine[:3, 0] @ affine[:3, 0] < 0:
        array = array[::-1]
        their = volume.affine.copy()
        their[:3, 3] += their[:3, 0] * (array.shape[0] - 1)
        their[:3, 0] *= -1
    else:
        their = volume.affine
    np.testing.assert_allclose(their, affine, atol=1e-6)
    return np.asarray(array)


def _compare(path: Path) -> None:
    ours, theirs = rg.read_segmentation(path), _theirs(path)
    labels = ours.labels(overlap="max")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        combined = theirs.get_volume(combine_segments=True, skip_overlap_checks=True)
        numbers = [number for number in theirs.segment_numbers if number]
        layers = theirs.get_volume(segment_numbers=numbers)
    np.testing.assert_array_equal(_in_our_places(combined, labels.affine), labels.array)
    fractions = np.moveaxis(_in_our_places(layers, labels.affine), -1, 0)
    np.testing.assert_array_equal(fractions.astype(np.float32), ours.fractions(numbers).array)


def _compare_tiles(path: Path) -> None:
    """Compare the plane of a slide, and where it lies."""
    ours, theirs = rg.read_segmentation(path), _theirs(path)
    plane = theirs.get_total_pixel_matrix(combine_segments=True)
    np.testing.assert_array_equal(ours.labels().array[0], plane)
    np.testing.assert_allclose(ours.affine, theirs.get_volume_geometry().affine, atol=1e-9)
    rows, columns = plane.shape
    part = ours.labels(region=(rows // 3, columns // 4, rows // 2, columns // 2)).array[0]
    np.testing.assert_array_equal(part, plane[rows // 3 :, columns // 4 :][: rows // 2, : columns // 2])


@pytest.mark.corpus
@pytest.mark.usefixtures("corpus_root")
def test_real_files(note: Callable[[str], None]) -> None:
    """Each segmentation of the corpus that highdicom reads."""
    compared = tiled = 0
    for file in corpus.corpus_files():
        if file.sop_class not in SEGMENTATIONS or file.path.name in UNREAD:
            continue
        if rg.read_segmentation(file.path).matrix is None:
            _compare(file.path)
        else:
            _compare_tiles(file.path)
            tiled += 1
        compared += 1
    assert compared >= 7
    assert tiled >= 1
    note(f"segmentations equal to highdicom's: {compared}")


@pytest.mark.parametrize("affine", [AXIAL, oblique()], ids=["axial", "oblique"])
@pytest.mark.parametrize("kind", ["BINARY", "FRACTIONAL", "LABELMAP"])
def test_made_files(tmp_path: Path, kind: str, affine: np.ndarray[Any, Any]) -> None:
    """Frames that are not aligned to bytes, sparse ones, in axial and oblique planes."""
    masks = disjoint(4, (5, 7, 9))
    masks[:, 2] = False
    array = {
        "BINARY": masks,
        "FRACTIONAL": masks.astype(np.uint8),
        "LABELMAP": labelled(masks).astype(np.uint8),
    }[kind]
    options = {"maximum": 1} if kind == "FRACTIONAL" else {}
    path = write_segmentation(tmp_path / "seg.dcm", array, affine, kind=kind, by="shuffled", **options)
    try:
        _theirs(path)
    except (AttributeError, ValueError) as error:
        pytest.skip(f"highdicom does not open what has no more than a reader needs: {error}")
    _compare(path)


@pytest.mark.parametrize("omit", [True, False])
@pytest.mark.parametrize("kind", ["BINARY", "FRACTIONAL", "LABELMAP"])
def test_files_as_highdicom_writes_them(tmp_path: Path, kind: str, omit: bool) -> None:
    """Of an oblique series, with and without empty frames: on the volume they were made for, and as highdicom reads them."""
    from pydicom.sr.codedict import codes

    orientation = (0.8, 0.6, 0.0, 0.0, 0.0, -1.0)
    phantom = Phantom(slices=9, rows=20, columns=17, spacing=(2.0, 0.9, 0.7), orientation=orientation)
    paths = write_series(tmp_path / "ct", phantom)
    labels = np.zeros((9, 20, 17), np.uint8)
    labels[1:6, 10:18, 5:15] = np.random.default_rng(0).integers(0, 4, (5, 8, 10))
    labels[8, 1, 1] = 2
    parts = np.stack([(labels == number) * part for number, part in ((1, 1.0), (2, 0.4), (3, 0.8))], axis=-1)
    algorithm = {"name": "x", "version": "1", "family": codes.DCM.ArtificialIntelligence}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        written = highdicom.seg.Segmentation(
            source_images=[pydicom.dcmread(path) for path in paths],
            pixel_array=parts if kind == "FRACTIONAL" else labels,
            segmentation_type=kind,
            segment_descriptions=[
                highdicom.seg.SegmentDescription(
                    segment_number=number,
                    segment_label=f"segment {number}",
                    segmented_property_category=codes.SCT.Organ,
                    segmented_property_type=codes.SCT.Liver,
                    algorithm_type="AUTOMATIC",
                    algorithm_identification=highdicom.AlgorithmIdentificationSequence(**algorithm),
                    tracking_uid=highdicom.UID(),
                    tracking_id="same",
                )
                for number in (1, 2, 3)
            ],
            series_instance_uid=highdicom.UID(),
            series_number=1,
            sop_instance_uid=highdicom.UID(),
            instance_number=1,
            manufacturer="radiogram",
            manufacturer_model_name="test",
            software_versions="1",
            device_serial_number="1",
            omit_empty_frames=omit,
            max_fractional_value=100,
        )
        written.save_as(tmp_path / "seg.dcm")
    seg = rg.read_segmentation(tmp_path / "seg.dcm")
    vol = rg.read_volume(tmp_path / "ct")
    places = [vol.paths.index(str(path)) for path in paths]
    np.testing.assert_array_equal(seg.labels(on=vol, threshold=0.3).array[places], labels)
    segment = seg["segment 2"]
    assert segment.property_type == ("10200004", "SCT", "Liver")
    assert (segment.algorithm_name, segment.tracking_id) == ("x", "same")
    if kind != "FRACTIONAL":
        _compare(tmp_path / "seg.dcm")
