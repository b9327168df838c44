"""Maps and masks equal those of highdicom, on real files and on made ones, in the same places of the patient."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import radiogram as rg
from radiogram.segmentation.phantom import write_segmentation

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
    "seg_image_sm_control_labelmap_palette_color.dcm": "tiles of a whole slide, which we refuse",
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


@pytest.mark.corpus
@pytest.mark.usefixtures("corpus_root")
def test_real_files(note: Callable[[str], None]) -> None:
    """Each segmentation of the corpus that highdicom reads."""
    compared = 0
    for file in corpus.corpus_files():
        if file.sop_class not in SEGMENTATIONS or file.path.name in UNREAD:
            continue
        _compare(file.path)
        compared += 1
    assert compared >= 6
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
