"""Multi-frame files of the corpus: every voxel where pydicom's header says, and what SimpleITK and highdicom make of them."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
import pytest
import radiogram as rg
import SimpleITK

from tests.peers import corpus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from radiogram.volume import Volume

pytestmark = [pytest.mark.corpus, pytest.mark.usefixtures("corpus_root")]

# Where peers differ from what pydicom's header says, and how.
SIMPLEITK = {
    "rtdose": "stored samples, without Dose Grid Scaling",
    "jpeg2000-multiframe-multifragments.dcm": "times at one position as slices 1 mm apart",
    "seg_image_ct_binary.dcm": "bits scaled to 0 and 255",
    "label.seg": "bits scaled to 0 and 255",
}
HIGHDICOM = {
    "jpeg2000-multiframe-multifragments.dcm": "refuses several frames at one position",
    "sparse-labelmap-noppv.dcm": "refuses slices that are twice as far apart as Spacing Between Slices says",
    "CT0012.fragmented_no_bot_jpeg_baseline.51.dcm": "another decoder of lossy JPEG: off by one here and there",
}


@dataclass(frozen=True)
class Case:
    """A file that is a volume of several frames with a place in the patient."""

    path: Path
    volume: Volume
    header: pydicom.Dataset


def cases() -> Iterator[Case]:
    """Give them."""
    for file in corpus.corpus_files():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                header = pydicom.dcmread(file.path, force=True, stop_before_pixels=True)
                count = int(header.get("NumberOfFrames") or 1)
            except Exception:
                continue
        if count <= 1 and "SharedFunctionalGroupsSequence" not in header:
            continue
        try:
            volume = rg.read_volume(file.path, units="stored")
        except rg.DicomError:
            continue
        if volume.report.space == "patient":
            yield Case(file.path, volume, header)


@pytest.fixture(scope="module")
def files() -> list[Case]:
    """Read them once."""
    return list(cases())


def said(header: pydicom.Dataset, frame: int, macro: str, name: str) -> Any:
    """Give an attribute of a frame: its own group's, else the shared one's, else the data set's."""
    for groups in ("PerFrameFunctionalGroupsSequence", "SharedFunctionalGroupsSequence"):
        items = header.get(groups) or []
        at = frame if groups.startswith("Per") else 0
        if at < len(items) and macro in items[at]:
            return items[at][macro][0].get(name)
    return header.get(name)


def position(header: pydicom.Dataset, frame: int) -> np.ndarray[Any, Any]:
    """Give the position of a frame."""
    if "GridFrameOffsetVector" in header:
        row, column = np.split(np.array(header.ImageOrientationPatient, float), 2)
        offset = float(header.GridFrameOffsetVector[frame]) - float(header.GridFrameOffsetVector[0])
        there: np.ndarray[Any, Any] = np.array(header.ImagePositionPatient, float) + offset * np.cross(
            row, column
        )
        return there
    return np.array(said(header, frame, "PlanePositionSequence", "ImagePositionPatient"), float)


def test_every_frame_is_where_its_header_says(files: list[Case], note: Callable[[str], None]) -> None:
    frames = 0
    for case in files:
        volume, header = case.volume, case.header
        row, column = np.split(
            np.array(said(header, 0, "PlaneOrientationSequence", "ImageOrientationPatient"), float), 2
        )
        down, across = map(float, said(header, 0, "PixelMeasuresSequence", "PixelSpacing"))
        np.testing.assert_allclose(volume.affine[:3, 2], row * across, atol=1e-5)
        np.testing.assert_allclose(volume.affine[:3, 1], column * down, atol=1e-5)
        assert volume.affine[:3, 0] @ np.cross(row, column) > 0
        stored = rg.read(case.path, force=True).pixels.array(units="stored")
        stored = stored.reshape(-1, *volume.array.shape[volume.dims.index("row") :])
        slices = volume.array.shape[volume.dims.index("slice")]
        laid = volume.array.reshape(-1, *stored.shape[1:])
        modality = rg.read_volume(case.path).array.reshape(laid.shape)
        assert sorted(frame or 0 for frame in volume.frames) == list(range(len(stored)))
        for place, frame in enumerate(volume.frames):
            assert frame is not None
            there = (volume.affine @ [place % slices, 0, 0, 1])[:3]
            np.testing.assert_allclose(there, position(header, frame), atol=2e-3, err_msg=str(case.path))
            assert np.array_equal(laid[place], stored[frame]), case.path
            slope = float(said(header, frame, "PixelValueTransformationSequence", "RescaleSlope") or 1)
            intercept = float(
                said(header, frame, "PixelValueTransformationSequence", "RescaleIntercept") or 0
            )
            slope = float(header.get("DoseGridScaling") or slope)
            truth = laid[place].astype(np.float64) * slope + intercept
            np.testing.assert_allclose(modality[place], truth, rtol=1e-6, err_msg=str(case.path))
            frames += 1
    note(f"multi-frame: {frames} frames of {len(files)} files of the corpus where pydicom's headers say")
    assert len(files) >= 20


def agrees(ours: Volume, affine: np.ndarray[Any, Any], array: np.ndarray[Any, Any]) -> bool:
    """Compare two volumes voxel by voxel, whichever way each counts its slices."""
    if array.shape != ours.array.shape:
        return False
    if affine[:3, 0] @ ours.affine[:3, 0] < 0:
        affine = affine.copy()
        affine[:3, 3] += affine[:3, 0] * (array.shape[0] - 1)
        affine[:3, 0] *= -1
        array = array[::-1]
    return np.allclose(affine, ours.affine, atol=2e-3) and np.allclose(array, ours.array, rtol=1e-6)


def by_simpleitk(path: Path) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Give affine matrix and voxels."""
    image = SimpleITK.ReadImage(str(path))
    affine = np.eye(4)
    directions = np.array(image.GetDirection()).reshape(3, 3) * np.array(image.GetSpacing())
    affine[:3, :3], affine[:3, 3] = directions[:, ::-1], image.GetOrigin()
    return affine, SimpleITK.GetArrayFromImage(image)


def test_simpleitk_agrees_but_where_the_table_says(files: list[Case], note: Callable[[str], None]) -> None:
    agreed, differ = 0, []
    for case in files:
        try:
            affine, array = by_simpleitk(case.path)
        except RuntimeError:
            # It reads neither float pixels nor some of the codecs.
            continue
        if agrees(rg.read_volume(case.path), affine, array):
            agreed += 1
        else:
            differ.append(case.path.name)
    note(f"SimpleITK: {agreed} multi-frame volumes of the corpus equal, {len(differ)} differ as accepted")
    assert [name for name in differ if not any(name.startswith(known) for known in SIMPLEITK)] == []
    assert agreed >= 5


def test_highdicom_agrees_but_where_the_table_says(files: list[Case], note: Callable[[str], None]) -> None:
    highdicom = pytest.importorskip("highdicom")
    agreed, differ = 0, []
    for case in files:
        if "Segmentation" in case.header.SOPClassUID.name or "DoseGridScaling" in case.header:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                image = highdicom.imread(case.path)
                theirs = image.get_volume(apply_real_world_transform=False, apply_icc_profile=False)
            except Exception:
                if case.path.name not in HIGHDICOM:
                    differ.append(f"{case.path.name} is refused")
                continue
        if agrees(rg.read_volume(case.path), np.asarray(theirs.affine), theirs.array):
            agreed += 1
        elif case.path.name not in HIGHDICOM:
            differ.append(case.path.name)
    note(f"highdicom: {agreed} multi-frame volumes of the corpus equal")
    assert differ == []
    assert agreed >= 5
