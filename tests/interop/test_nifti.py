"""NIfTI files: nibabel and SimpleITK read what we write, number by number and place by place."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import radiogram as rg
from radiogram.errors import ArgumentError
from radiogram.interop.nifti import gradient_table, write_nifti
from radiogram.volume.multiframe import write_multiframe
from radiogram.volume.phantom import Phantom

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

nibabel = pytest.importorskip("nibabel")

OBLIQUE = (0.8, 0.6, 0.0, -0.48, 0.64, 0.6)
SAGITTAL = (0.0, 1.0, 0.0, 0.0, 0.0, -1.0)
TYPES = ("uint8", "int8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64")


def phantom(**options: object) -> Phantom:
    return Phantom(slices=5, rows=7, columns=9, spacing=(2.5, 0.75, 0.5), **options)


def to_ras(affine: NDArray[np.float64]) -> NDArray[np.float64]:
    """Our matrix in NIfTI's words: (column, row, slice) to RAS."""
    return np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine[:, [2, 1, 0, 3]]


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
@pytest.mark.parametrize(
    "orientation", [(1.0, 0.0, 0.0, 0.0, 1.0, 0.0), OBLIQUE, SAGITTAL, (-1.0, 0, 0, 0, -1.0, 0)]
)
def test_nibabel_reads_the_same_numbers_at_the_same_places(
    tmp_path: Path, suffix: str, orientation: tuple[float, ...]
) -> None:
    volume = phantom(orientation=orientation)
    path = tmp_path / f"volume{suffix}"
    write_nifti(path, volume.array(), volume.affine())
    image = nibabel.load(path)
    np.testing.assert_array_equal(np.asanyarray(image.dataobj), volume.array().transpose(2, 1, 0))
    np.testing.assert_allclose(image.affine, to_ras(volume.affine()), atol=1e-5)
    np.testing.assert_allclose(image.get_qform(coded=False), to_ras(volume.affine()), atol=1e-4)
    assert (image.header["qform_code"], image.header["sform_code"]) == (1, 1)
    np.testing.assert_allclose(image.header.get_zooms(), (0.5, 0.75, 2.5))
    assert image.header.get_xyzt_units() == ("mm", "unknown")
    assert image.get_data_dtype() == np.int16
    # nibabel tells a file without a scale factor by None.
    assert image.dataobj.slope == 1
    assert image.dataobj.inter == 0


def test_a_left_handed_matrix_keeps_its_handedness(tmp_path: Path) -> None:
    affine = phantom().affine()
    affine[:, 0] *= -1
    write_nifti(tmp_path / "a.nii", phantom().array(), affine)
    image = nibabel.load(tmp_path / "a.nii")
    np.testing.assert_allclose(image.get_qform(), to_ras(affine), atol=1e-4)
    assert image.header["pixdim"][0] == -1


def test_a_tilted_gantry_is_written_as_sform_alone(tmp_path: Path) -> None:
    volume = phantom(tilt=15.0)
    write_nifti(tmp_path / "a.nii", volume.array(), volume.affine())
    image = nibabel.load(tmp_path / "a.nii")
    assert (image.header["qform_code"], image.header["sform_code"]) == (0, 1)
    np.testing.assert_allclose(image.affine, to_ras(volume.affine()), atol=1e-5)


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("order", ["<", ">"])
def test_every_type_keeps_its_numbers(tmp_path: Path, name: str, order: str) -> None:
    dtype = np.dtype(name)
    limits = np.iinfo(dtype) if dtype.kind in "iu" else np.finfo(dtype)
    array = np.array([limits.min, limits.max, 0, 1, 2, 3], dtype.newbyteorder(order)).reshape(1, 2, 3)
    write_nifti(tmp_path / "a.nii", array, np.eye(4))
    image = nibabel.load(tmp_path / "a.nii")
    assert image.get_data_dtype() == dtype
    # get_unscaled: asking for scaled numbers would make floats of them.
    np.testing.assert_array_equal(image.dataobj.get_unscaled(), array.transpose(2, 1, 0))


def test_what_nifti_lacks_is_widened(tmp_path: Path) -> None:
    for name, wider in (("bool", np.uint8), ("float16", np.float32)):
        array = np.ones((1, 2, 3), name)
        write_nifti(tmp_path / "a.nii", array, np.eye(4))
        image = nibabel.load(tmp_path / "a.nii")
        assert image.get_data_dtype() == wider
        np.testing.assert_array_equal(np.asanyarray(image.dataobj), 1)


def test_arrays_of_any_layout(tmp_path: Path) -> None:
    array = np.arange(2 * 3 * 4, dtype=np.int16).reshape(2, 3, 4)
    for layout in (np.asfortranarray(array), array[::-1, :, ::2], array[:, ::-1]):
        write_nifti(tmp_path / "a.nii", layout, np.eye(4))
        image = nibabel.load(tmp_path / "a.nii")
        np.testing.assert_array_equal(np.asanyarray(image.dataobj), layout.transpose(2, 1, 0))


def test_further_axes_come_behind_those_of_space(tmp_path: Path) -> None:
    """(echo, time, slice, row, column) is (column, row, slice, time, echo) in the file, with seconds between times."""
    array = np.arange(2 * 3 * 4 * 5 * 6, dtype=np.int16).reshape(2, 3, 4, 5, 6)
    write_nifti(tmp_path / "a.nii", array, np.eye(4), time_step=2.5)
    image = nibabel.load(tmp_path / "a.nii")
    np.testing.assert_array_equal(np.asanyarray(image.dataobj), array.transpose())
    assert image.header.get_xyzt_units() == ("mm", "sec")
    assert image.header["pixdim"][4] == 2.5


def test_large_views_are_written_slice_by_slice(tmp_path: Path) -> None:
    array = np.arange(3 * 5 * 1024 * 1024, dtype=np.uint16).reshape(3, 5, 1024, 1024)[..., ::-1, :]
    write_nifti(tmp_path / "a.nii", array, np.eye(4))
    np.testing.assert_array_equal(np.asanyarray(nibabel.load(tmp_path / "a.nii").dataobj), array.transpose())


@pytest.mark.parametrize("times", [[0.0, 1.0, 2.0], [0.0, 2.0, 4.0], [3.0, 4.5, 6.0]])
def test_times_in_seconds_say_their_distance(tmp_path: Path, times: list[float]) -> None:
    """Whole seconds are no numbers of times; and a repetition of 5 ms is none of volumes."""
    small = Phantom(slices=3, rows=8, columns=8)
    repetition = {0x0018_0080: ("DS", 5.0)}
    path = write_multiframe(tmp_path / "mr.dcm", small, kind="MR", axes={"time": times}, elements=repetition)
    rg.read_volume(path).to_nifti(tmp_path / "mr.nii")
    header = nibabel.load(tmp_path / "mr.nii").header
    assert header["pixdim"][4] == times[1] - times[0]
    assert header.get_xyzt_units() == ("mm", "sec")


@pytest.mark.parametrize("is_flipped", [False, True])
def test_gradients_are_along_the_axes_of_the_file(*, is_flipped: bool) -> None:
    """FSL's rule: voxel axes, the first one turned round where the determinant is positive."""
    affine = phantom(orientation=OBLIQUE).affine()
    if is_flipped:
        affine[:, 1] *= -1
    ras = to_ras(affine)[:3, :3]
    assert (np.linalg.det(ras) < 0) == is_flipped
    gradients = np.array([[np.nan] * 3, [0.6, 0.0, 0.8], [0.0, -1.0, 0.0]])
    values, vectors = gradient_table(affine, np.array([0.0, 1000.0, 2000.5]), gradients)
    assert values == "0 1000 2000.5\n"
    read = np.array([[float(part) for part in line.split()] for line in vectors.splitlines()])
    assert read.shape == (3, 3)
    assert not read[:, 0].any()
    read[0] *= 1 if is_flipped else -1
    back = ras / np.linalg.norm(ras, axis=0) @ read
    np.testing.assert_allclose(back[:, 1:], (gradients[1:] * (-1, -1, 1)).T, atol=1e-6)


def test_colour_is_rgb(tmp_path: Path) -> None:
    array = np.arange(2 * 3 * 4 * 3, dtype=np.uint8).reshape(2, 3, 4, 3)
    write_nifti(tmp_path / "a.nii", array, np.eye(4))
    data = np.asanyarray(nibabel.load(tmp_path / "a.nii").dataobj)
    assert data.shape == (4, 3, 2)
    for sample, name in enumerate("RGB"):
        np.testing.assert_array_equal(data[name], array[..., sample].transpose(2, 1, 0))


def test_simpleitk_sees_the_same_place(tmp_path: Path) -> None:
    sitk = pytest.importorskip("SimpleITK")
    volume = phantom(orientation=OBLIQUE)
    write_nifti(tmp_path / "a.nii.gz", volume.array(), volume.affine())
    image = sitk.ReadImage(str(tmp_path / "a.nii.gz"))
    np.testing.assert_array_equal(sitk.GetArrayFromImage(image), volume.array())
    point = image.TransformContinuousIndexToPhysicalPoint((3.0, 2.0, 1.0))
    np.testing.assert_allclose(point, (volume.affine() @ (1, 2, 3, 1))[:3], atol=1e-4)


def test_the_same_volume_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.nii.gz", "b.nii.gz"):
        write_nifti(tmp_path / name, phantom().array(), phantom().affine())
    assert (tmp_path / "a.nii.gz").read_bytes() == (tmp_path / "b.nii.gz").read_bytes()


def test_a_file_is_replaced_as_a_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.nii.gz"
    path.write_bytes(b"old")

    def broken(*_: object) -> None:
        raise OSError(28, "no space left")

    with monkeypatch.context() as patch:
        patch.setattr(gzip.GzipFile, "write", broken)
        patch.setattr(gzip.GzipFile, "close", lambda _: None)
        with pytest.raises(OSError, match="no space"):
            write_nifti(path, phantom().array(), np.eye(4))
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
    write_nifti(path, phantom().array(), np.eye(4))
    assert nibabel.load(path).shape == (9, 7, 5)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("name", "array", "affine"),
    [
        ("a.img", np.zeros((1, 1, 1)), np.eye(4)),
        ("a.nii", np.zeros((1, 1)), np.eye(4)),
        ("a.nii", np.zeros((1,) * 8), np.eye(4)),
        ("a.nii", np.zeros((1, 1, 0)), np.eye(4)),
        ("a.nii", np.zeros((1, 1, 32768), np.uint8), np.eye(4)),
        ("a.nii", np.zeros((1, 1, 1), np.complex128), np.eye(4)),
        ("a.nii", np.zeros((1, 1, 1)), np.eye(3)),
        ("a.nii", np.zeros((1, 1, 1)), np.full((4, 4), np.nan)),
    ],
)
def test_what_nifti_cannot_hold_is_refused(
    tmp_path: Path, name: str, array: NDArray[Any], affine: NDArray[np.float64]
) -> None:
    with pytest.raises(ArgumentError):
        write_nifti(tmp_path / name, array, affine)
    assert list(tmp_path.iterdir()) == []


def test_colour_of_other_types_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="cannot hold"):
        write_nifti(tmp_path / "a.nii", np.zeros((1, 1, 1, 3), np.uint16), np.eye(4), colour=True)
