"""Slices: the values of `ds.pixels`, in the memory of the batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import radiogram as rg
from pydicom.data import get_testdata_file
from radiogram.errors import ArgumentError
from radiogram.loaders import SliceDataset, collate

from tests.loaders.conftest import SLICES, Series, series

if TYPE_CHECKING:
    from pathlib import Path

FILES = (
    "CT_small.dcm",
    "MR_small.dcm",
    "MR_small_RLE.dcm",
    "SC_rgb_small_odd.dcm",
    "examples_palette.dcm",
    "examples_jpeg2k.dcm",
    "examples_ybr_color.dcm",
    "US1_J2KR.dcm",
    "JPEG2000.dcm",
    "rtdose.dcm",
    "rtdose_expb.dcm",
    "liver_1frame.dcm",
    "emri_small.dcm",
    "OBXXXX1A_2frame.dcm",
)


def _path(name: str) -> str:
    return str(get_testdata_file(name, download=False))


@pytest.mark.parametrize("units", ["stored", "color", "modality", "display"])
@pytest.mark.parametrize("name", FILES)
def test_the_values_are_those_of_pixels(name: str, units: str) -> None:
    ds = rg.read(_path(name))
    dtype: Any = np.uint8 if units == "display" else np.float64
    made = SliceDataset(_path(name), units=units, dtype=dtype)
    assert len(made) == ds.pixels.n_frames
    batch = made.collate(made.__getitems__(range(len(made))))
    for frame in range(len(made)):
        expected = ds.pixels.array(units=units, dtype=dtype, frames=frame)
        expected = expected[None] if expected.ndim == 2 else np.moveaxis(expected, -1, 0)
        np.testing.assert_array_equal(made[frame]["image"], expected)
        np.testing.assert_array_equal(batch["image"][frame], expected)


def test_windows_and_types_are_options(ct: Series) -> None:
    ds = rg.read(ct.paths[2])
    made = SliceDataset(ct.folder, units="display", dtype="uint8", window=(40, 80))
    expected = ds.pixels.array(units="display", dtype="uint8", window=(40, 80))
    np.testing.assert_array_equal(made[2]["image"][0], expected)
    assert SliceDataset(ct.folder, dtype="int16")[0]["image"].dtype == np.int16


def test_a_batch_is_one_array_and_nothing_is_copied(ct: Series) -> None:
    made = SliceDataset(ct.folder)
    samples = made.__getitems__([4, 0, 9])
    batch = collate(samples)
    assert batch["index"].tolist() == [4, 0, 9]
    for place, number in enumerate((4, 0, 9)):
        np.testing.assert_array_equal(batch["image"][place], ct.image(number))
        assert np.shares_memory(samples[place]["image"], batch["image"])
    lone = collate(list(samples))
    np.testing.assert_array_equal(lone["image"], batch["image"])
    assert not np.shares_memory(lone["image"], batch["image"])


def test_what_a_transform_does_in_place_costs_no_copy(ct: Series) -> None:
    def halve(sample: dict[str, Any]) -> dict[str, Any]:
        sample["image"] *= 0.5
        return sample

    made = SliceDataset(ct.folder, transform=halve)
    samples = made.__getitems__([1, 2])
    batch = made.collate(samples)
    assert np.shares_memory(samples[0]["image"], batch["image"])
    np.testing.assert_array_equal(batch["image"][1], ct.image(2) / 2)


def test_what_a_transform_gives_is_what_a_batch_is_made_of(ct: Series) -> None:
    def turned(sample: dict[str, Any]) -> dict[str, Any]:
        return {**sample, "image": sample["image"][:, ::-1], "more": np.ones(3)}

    made = SliceDataset(ct.folder, transform=turned)
    batch = made.collate(made.__getitems__([1, 2]))
    np.testing.assert_array_equal(batch["image"][1], ct.image(2)[:, ::-1])
    assert batch["more"].shape == (2, 3)


def test_images_of_several_sizes_are_read_and_not_stacked(ct: Series, tmp_path: Path) -> None:
    other = series(tmp_path, slices=2, rows=10, columns=12)
    made = SliceDataset([ct.folder, tmp_path])
    samples = made.__getitems__([1, SLICES, 2])
    assert [sample["image"].shape for sample in samples] == [(1, 24, 40), (1, 10, 12), (1, 24, 40)]
    np.testing.assert_array_equal(samples[1]["image"], other.image(0))
    np.testing.assert_array_equal(samples[2]["image"], ct.image(2))
    with pytest.raises(ArgumentError, match="several shapes"):
        made.collate(samples)


def test_kept_images_are_the_same_and_not_read_again(tmp_path: Path) -> None:
    mine = series(tmp_path)
    made = SliceDataset(tmp_path, cache=4 * 24 * 40 * 6)
    for numbers in ([0, 1], [1, 2], [2, 1, 0]):
        for number, sample in zip(numbers, made.__getitems__(numbers), strict=True):
            np.testing.assert_array_equal(sample["image"], mine.image(number))
    made[0]["image"][...] = 0
    for path in mine.paths:
        path.unlink()
    np.testing.assert_array_equal(made[0]["image"], mine.image(0))
    assert made.cache.bytes <= made.cache.limit


@pytest.mark.parametrize("threads", [1, 2, None])
def test_any_number_of_threads_gives_the_same(threads: int | None, htj2k: Series) -> None:
    made = SliceDataset(htj2k.folder, threads=threads)
    batch = made.collate(made.__getitems__(range(SLICES)))
    np.testing.assert_array_equal(batch["image"][:, 0], htj2k.array.astype(np.float32))


@pytest.mark.parametrize(
    "options",
    [{"units": "hounsfield"}, {"errors": "ignore"}, {"changed": "maybe"}, {"threads": 0}, {"cache": -1}],
)
def test_what_is_no_option_is_refused(options: dict[str, Any], ct: Series) -> None:
    with pytest.raises(ArgumentError):
        SliceDataset(ct.folder, **options)[0]


def test_numbers_of_any_kind_name_samples(ct: Series) -> None:
    made = SliceDataset(ct.folder)
    np.testing.assert_array_equal(made[np.int64(3)]["image"], ct.image(3))
    samples = made.__getitems__(np.array([2, -1]))  # type: ignore[arg-type]
    assert [sample["index"] for sample in samples] == [2, len(made) - 1]
    with pytest.raises(TypeError):
        made[1.0]  # type: ignore[index]


def test_there_is_no_other_sample(ct: Series) -> None:
    made = SliceDataset(ct.folder)
    for number in (SLICES, -SLICES - 1):
        with pytest.raises(IndexError):
            made[number]
    np.testing.assert_array_equal(made[-1]["image"], ct.image(SLICES - 1))
