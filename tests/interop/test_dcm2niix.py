"""What we write as NIfTI is what dcm2niix writes: voxels, matrix, time step, b-values and gradients, number by number."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import radiogram as rg
from radiogram.volume.phantom import Phantom, write_series

from tests.volume.mosaics import write_mosaics
from tests.volume.test_split import B_VALUES, GRADIENTS, siemens, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

nibabel = pytest.importorskip("nibabel")
dcm2niix = pytest.importorskip("dcm2niix")

OBLIQUE = (0.8, 0.6, 0.0, -0.48, 0.64, 0.6)


def converted(folder: Path, out: Path) -> list[Path]:
    """Give the files that dcm2niix makes of a folder."""
    out.mkdir()
    command = [
        str(dcm2niix.bin_path),
        "-b",
        "y",
        "-z",
        "n",
        "-d",
        "9",
        "-f",
        "%s",
        "-o",
        str(out),
        str(folder),
    ]
    subprocess.run(command, check=True, capture_output=True)
    return sorted(out.glob("*.nii"))


def compare(ours: Path, theirs: Path, *, layout: bool = False) -> None:
    """Compare voxels at their places; with `layout` as the files lie, else whichever way axes run."""
    mine, other = nibabel.load(ours), nibabel.load(theirs)
    # What is of one place along the fourth axis may go without it.
    values = np.asanyarray(mine.dataobj, np.float64)
    expected = np.asanyarray(other.dataobj, np.float64)
    if layout:
        np.testing.assert_allclose(mine.affine, other.affine, atol=2e-4)
    else:
        turn = np.linalg.solve(mine.affine, other.affine)
        assert np.abs(np.abs(turn[:3, :3]) - np.eye(3)).max() < 1e-4
        last = np.where(np.diag(turn)[:3] < 0, np.array(values.shape[:3]) - 1, 0)
        np.testing.assert_allclose(turn[:3, 3], last, atol=2e-3)
        values = np.flip(values, [axis for axis in range(3) if last[axis]])
    np.testing.assert_array_equal(values, expected)
    if mine.header["dim"][0] > 3:
        np.testing.assert_allclose(mine.header["pixdim"][4], other.header["pixdim"][4], rtol=1e-4)
        assert mine.header.get_xyzt_units() == other.header.get_xyzt_units()


def test_a_plain_series(tmp_path: Path) -> None:
    phantom = Phantom(slices=5, rows=12, columns=16, spacing=(3.0, 0.8, 0.6), orientation=OBLIQUE)
    write_series(tmp_path / "in", phantom)
    rg.read_volume(tmp_path / "in").to_nifti(tmp_path / "a.nii")
    (theirs,) = converted(tmp_path / "in", tmp_path / "out")
    compare(tmp_path / "a.nii", theirs)


@pytest.mark.parametrize("is_reversed", [False, True])
def test_mosaics(tmp_path: Path, is_reversed: bool) -> None:
    phantom = Phantom(slices=7, rows=10, columns=12, spacing=(3.0, 0.8, 0.6), orientation=OBLIQUE)
    repetition = {0x0018_0080: ("DS", 2000.0)}
    write_mosaics(tmp_path / "in", phantom, times=3, is_reversed=is_reversed, elements=repetition)
    rg.read_volume(tmp_path / "in").to_nifti(tmp_path / "a.nii")
    (theirs,) = converted(tmp_path / "in", tmp_path / "out")
    compare(tmp_path / "a.nii", theirs)


def test_gradients(tmp_path: Path) -> None:
    """b-values and directions as FSL reads them."""
    volumes = [siemens(b, g) for b, g in zip(B_VALUES, GRADIENTS, strict=True)]
    said = {0x0018_0080: ("DS", 3000.0)}
    volumes = [{**volume, **said, 0x0020_0012: ("IS", n + 1)} for n, volume in enumerate(volumes)]
    folder = write(tmp_path / "in", volumes, orientation=OBLIQUE)
    rg.read_volume(folder).to_nifti(tmp_path / "a.nii.gz")
    (theirs,) = converted(folder, tmp_path / "out")
    compare(tmp_path / "a.nii.gz", theirs, layout=True)
    for suffix in (".bval", ".bvec"):
        mine = np.loadtxt((tmp_path / "a").with_suffix(suffix))
        np.testing.assert_allclose(mine, np.loadtxt(theirs.with_suffix(suffix)), atol=1e-4)


@pytest.mark.parametrize("tilt", [12.0, -12.0])
def test_a_tilted_gantry_is_levelled_alike(tmp_path: Path, tilt: float) -> None:
    """The voxels of its ``_Tilt`` file; at the ends, where one of two neighbours is outside, it goes on with the other."""
    phantom = Phantom(slices=6, rows=24, columns=16, spacing=(4.0, 1.0, 0.8), tilt=tilt)
    write_series(tmp_path / "in", phantom)
    level = rg.read_volume(tmp_path / "in").resample()
    theirs = [path for path in converted(tmp_path / "in", tmp_path / "out") if "Tilt" in path.name]
    assert len(theirs) == 1
    expected = np.asanyarray(nibabel.load(theirs[0]).dataobj, np.float64).transpose(2, 1, 0)[:, ::-1]
    assert expected.shape == level.array.shape
    apart = np.abs(level.array - expected)
    # Its tilt comes from a rounded angle, and its voxels are rounded.
    assert (apart > 3).mean() < 0.06
    assert np.median(apart) <= 1


@pytest.mark.corpus
@pytest.mark.parametrize("name", ["dcm_qa_nih", "dcm_qa_canon", "dcm_qa_toshiba"])
def test_series_of_the_corpus(tmp_path: Path, corpus_root: Path, name: str) -> None:
    folder = corpus_root / "dicom" / f"neurolabusc+{name}"
    volume = rg.read_volume(folder)
    volume.to_nifti(tmp_path / "a.nii")
    (theirs,) = converted(folder, tmp_path / "out")
    compare(tmp_path / "a.nii", theirs)
    if name == "dcm_qa_nih":
        assert (volume.dims, volume.array.shape) == (("time", "slice", "row", "column"), (10, 15, 64, 64))
        said = json.loads(theirs.with_suffix(".json").read_text(encoding="utf-8"))
        assert nibabel.load(tmp_path / "a.nii").header["pixdim"][4] == said["RepetitionTime"] == 5.0


@pytest.mark.corpus
def test_the_tilted_series_of_the_corpus(
    tmp_path: Path, corpus_root: Path, note: Callable[[str], None]
) -> None:
    """dcm2niix stacks both thicknesses into one file, sheared along with them; each half of ours equals its voxels."""
    folder = corpus_root / "dicom" / "neurolabusc+dcm_qa_ct"
    found: dict[float, list[Any]] = {}
    for path in sorted(folder.rglob("*.dcm")):
        found.setdefault(float(rg.read(path).SliceThickness), []).append(path)
    plain = next(
        path
        for path in converted(folder, tmp_path / "out")
        if "Eq" not in path.name and "Tilt" not in path.name
    )
    expected = np.asanyarray(nibabel.load(plain).dataobj, np.float64).transpose(2, 1, 0)[:, ::-1]
    parts = [rg.read_volume(paths).array for _, paths in sorted(found.items())]
    np.testing.assert_array_equal(np.concatenate(parts), expected)
    note("dcm2niix: voxels of both halves of the tilted CT are equal")
