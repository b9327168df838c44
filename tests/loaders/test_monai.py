"""MONAI's side: the arrays, matrices and metadata of its ITKReader, and errors where that would be wrong."""

from __future__ import annotations

import pickle
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import radiogram as rg
from pydicom.data import get_testdata_file
from radiogram.errors import AmbiguousSeriesError, ArgumentError, GeometryError, MissingSliceError
from radiogram.volume.phantom import Phantom, Storage, write_series

from tests.loaders.conftest import Series, series
from tests.loaders.frameworks import needed

if TYPE_CHECKING:
    from pathlib import Path

torch = needed("torch")
monai_data = needed("monai.data")
needed("itk")
transforms = needed("monai.transforms")

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning"
)

KEYS = ("affine", "original_affine", "spacing", "spatial_shape")


def compare(data: Any, **options: Any) -> None:
    """Hold our reader to ITK's."""
    ours, theirs = rg.monai.Reader(**options), monai_data.ITKReader(**options)
    array, meta = ours.get_data(ours.read(data))
    expected, told = theirs.get_data(theirs.read(data))
    np.testing.assert_array_equal(array, expected)
    for key in KEYS:
        np.testing.assert_allclose(meta[key], told[key], atol=1e-6, err_msg=key)
    assert meta["space"] == told["space"]
    np.testing.assert_equal(meta["original_channel_dim"], told["original_channel_dim"])


AXES = {
    "axial": (1.0, 0.0, 0.0, 0.0, 1.0, 0.0),
    "coronal": (1.0, 0.0, 0.0, 0.0, 0.0, -1.0),
    "sagittal": (0.0, 1.0, 0.0, 0.0, 0.0, -1.0),
    "oblique": (0.8, 0.6, 0.0, -0.48, 0.64, 0.6),
}


@pytest.mark.parametrize("order", ["ascending", "descending", "shuffled"])
@pytest.mark.parametrize("axes", AXES)
def test_a_series_is_the_same(axes: str, order: str, tmp_path: Path) -> None:
    phantom = Phantom(slices=7, rows=12, columns=16, spacing=(3.0, 0.8, 0.7), orientation=AXES[axes])
    write_series(tmp_path, phantom, order=order)
    compare(str(tmp_path))


@pytest.mark.parametrize(
    "options", [{"reverse_indexing": True}, {"affine_lps_to_ras": False}, {"channel_dim": "no_channel"}]
)
def test_options_are_the_same(options: dict[str, Any], ct: Series) -> None:
    compare(str(ct.folder), **options)


def test_files_and_lists_are_the_same(ct: Series, tmp_path: Path) -> None:
    compare(str(ct.paths[3]))
    compare([str(ct.paths[3])] * 2)
    compare([str(ct.folder)] * 3)
    compare(ct.folder)
    one = series(tmp_path, slices=1)
    compare(str(one.folder))


def test_a_rescale_that_is_no_whole_number_is_the_same(tmp_path: Path) -> None:
    write_series(
        tmp_path,
        Phantom(slices=4, rows=12, columns=16),
        storage=Storage(slope=0.5, intercept=-1024.5, bits_stored=16),
    )
    compare(str(tmp_path))


@pytest.mark.parametrize("codec", ["RLELossless", "JPEGLSLossless", "JPEGLosslessSV1", "JPEG2000Lossless"])
def test_compressed_series_are_the_same(codec: str, tmp_path: Path) -> None:
    compare(str(series(tmp_path, codec=codec).folder))


@pytest.mark.parametrize("name", ["CT_small.dcm", "SC_rgb.dcm", "RG1_UNCI.dcm", "693_UNCI.dcm"])
def test_real_files_are_the_same(name: str) -> None:
    compare(str(get_testdata_file(name, download=False)))


def test_a_slice_alone_has_its_thickness() -> None:
    """Of MR, ITK takes a millimetre where there is no Spacing Between Slices."""
    path = str(get_testdata_file("MR_small.dcm", download=False))
    reader, theirs = rg.monai.Reader(), monai_data.ITKReader()
    array, meta = reader.get_data(reader.read(path))
    expected, told = theirs.get_data(theirs.read(path))
    np.testing.assert_array_equal(array, expected)
    assert (meta["spacing"][2], told["spacing"][2]) == (0.8, 1.0)
    meta["affine"][2, 2] = 1.0
    np.testing.assert_allclose(meta["affine"], told["affine"])


@pytest.mark.parametrize(
    "storage",
    [
        Storage(),
        Storage(slope=2.0, intercept=-3000.0, signed=True, bits_stored=16),
        Storage(slope=0.5, bits_stored=14),
    ],
)
def test_white_and_black_are_those_of_itk(storage: Storage, tmp_path: Path) -> None:
    write_series(
        tmp_path,
        Phantom(slices=3, rows=12, columns=16),
        storage=storage,
        elements={0x00280004: ("CS", "MONOCHROME1")},
    )
    compare(str(tmp_path))
    compare(str(next(tmp_path.iterdir())))
    kept = rg.monai.Reader(monochrome1="keep")
    array, _ = kept.get_data(kept.read(tmp_path))
    np.testing.assert_array_equal(array, rg.read_volume(tmp_path).array.transpose(2, 1, 0))


def test_palettes_keep_their_bits() -> None:
    """Of entries of 16 bits ITK gives the upper half."""
    path = str(get_testdata_file("examples_palette.dcm", download=False))
    reader, theirs = rg.monai.Reader(), monai_data.ITKReader()
    array, meta = reader.get_data(reader.read(path))
    expected, told = theirs.get_data(theirs.read(path))
    np.testing.assert_array_equal(array >> 8, expected)
    np.testing.assert_array_equal(meta["affine"], told["affine"])


def test_colour_in_a_list_is_joined_as_itk_does() -> None:
    compare([str(get_testdata_file("SC_rgb.dcm", download=False))] * 2)


def test_load_image_takes_it(ct: Series) -> None:
    for reader in (rg.monai.Reader(), rg.monai.Reader):
        ours = transforms.LoadImage(reader=reader, ensure_channel_first=True)(str(ct.folder))
        theirs = transforms.LoadImage(reader="ITKReader", ensure_channel_first=True)(str(ct.folder))
        assert torch.equal(ours.as_tensor(), theirs.as_tensor())
        assert torch.allclose(ours.affine, theirs.affine)
        assert ours.meta["filename_or_obj"] == theirs.meta["filename_or_obj"]
    both = transforms.Compose(
        [
            transforms.LoadImaged("image", reader=rg.monai.Reader(tags=["Modality"])),
            transforms.EnsureChannelFirstd("image"),
        ]
    )
    made = both({"image": str(ct.folder)})["image"]
    assert made.shape == (1, 40, 24, 11)
    assert made.meta["Modality"] == "CT"


@pytest.mark.parametrize("workers", [0, 2])
def test_its_data_loader_reads_with_it(workers: int, ct: Series, tmp_path: Path) -> None:
    other = series(tmp_path, seed=4)
    dataset = monai_data.Dataset(
        [{"image": str(ct.folder)}, {"image": str(other.folder)}],
        transforms.LoadImaged("image", reader=rg.monai.Reader(), ensure_channel_first=True),
    )
    (batch,) = monai_data.DataLoader(dataset, batch_size=2, num_workers=workers)
    for image, mine in zip(batch["image"], (ct, other), strict=True):
        np.testing.assert_array_equal(image[0].numpy(), mine.array.transpose(2, 1, 0))


def test_what_it_takes_for_dicom(ct: Series, tmp_path: Path) -> None:
    reader = rg.monai.Reader()
    (tmp_path / "a.nii").write_bytes(b"x" * 200)
    assert reader.verify_suffix(str(ct.paths[0]))
    assert reader.verify_suffix([str(ct.folder), ct.paths[0]])
    assert not reader.verify_suffix([ct.paths[0], tmp_path / "a.nii"])
    assert not reader.verify_suffix(tmp_path / "absent")
    assert isinstance(reader, monai_data.ImageReader)
    assert len(pickle.dumps(reader)) < 500


def test_a_missing_slice_is_an_error_and_no_longer_spacing(tmp_path: Path) -> None:
    """ITK's reader stretches the spacing and says nothing."""
    made = series(tmp_path)
    made.paths[5].unlink()
    with pytest.raises(MissingSliceError):
        rg.monai.Reader().read(tmp_path)
    array, _ = rg.monai.Reader(missing="fill").get_data(rg.monai.Reader(missing="fill").read(tmp_path))
    np.testing.assert_array_equal(array[:, :, 6], made.array[6].T)


def test_several_series_need_a_name(ct: Series, tmp_path: Path) -> None:
    for number, path in enumerate(ct.paths):
        shutil.copy(path, tmp_path / f"a{number}.dcm")
    other = series(tmp_path / "b", seed=3, slices=4)
    with pytest.raises(AmbiguousSeriesError):
        rg.monai.Reader().read(tmp_path)
    uid = rg.read(other.paths[0]).SeriesInstanceUID
    reader = rg.monai.Reader(series_name=uid)
    np.testing.assert_array_equal(reader.get_data(reader.read(tmp_path))[0], other.array.transpose(2, 1, 0))


def test_images_of_several_grids_are_no_channels(ct: Series, tmp_path: Path) -> None:
    reader = rg.monai.Reader()
    moved = series(tmp_path, origin=(1.0, 2.0, 3.0))
    with pytest.raises(GeometryError):
        reader.get_data(reader.read([ct.folder, moved.folder]))
    with pytest.raises(ArgumentError):
        reader.get_data([])
