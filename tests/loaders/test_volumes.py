"""Volumes: those of `read_volume`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import radiogram as rg
from radiogram.loaders import VolumeDataset

from tests.loaders.conftest import Series, series

if TYPE_CHECKING:
    from pathlib import Path


def test_values_and_affine_are_those_of_read_volume(ct: Series) -> None:
    volume = rg.read_volume(ct.folder)
    sample = VolumeDataset(ct.folder, labels=["Modality"])[0]
    np.testing.assert_array_equal(sample["image"][0], volume.array.astype(np.float32))
    np.testing.assert_array_equal(sample["affine"], volume.affine)
    assert (sample["Modality"], sample["index"]) == ("CT", 0)


def test_volumes_of_one_shape_are_one_array(tmp_path: Path) -> None:
    made = [series(tmp_path / str(seed), slices=4, seed=seed, codec="RLELossless") for seed in (1, 2)]
    dataset = VolumeDataset(tmp_path, dtype="int16")
    samples = dataset.__getitems__([1, 0])
    batch = dataset.collate(samples)
    assert batch["image"].shape == (2, 1, 4, 24, 40)
    assert batch["affine"].shape == (2, 4, 4)
    assert np.shares_memory(samples[0]["image"], batch["image"])
    for place, number in enumerate((1, 0)):
        np.testing.assert_array_equal(batch["image"][place, 0], made[number].array)


def test_kept_volumes_are_the_same(tmp_path: Path) -> None:
    mine = series(tmp_path, slices=4)
    dataset = VolumeDataset(tmp_path, cache=10**6, changed="read")
    first = dataset[0]
    first["image"][...] = 0
    for path in mine.paths:
        path.unlink()
    again = dataset[0]
    np.testing.assert_array_equal(again["image"][0], mine.array.astype(np.float32))
    np.testing.assert_array_equal(again["affine"], first["affine"])
