"""Patches: parts of `read_volume`'s array, of which only what is needed is read."""

from __future__ import annotations

import itertools
import os
from typing import TYPE_CHECKING

import numpy as np
import pytest
import radiogram as rg
from radiogram.errors import ArgumentError
from radiogram.loaders import Order, PatchDataset

from tests.loaders.conftest import COLUMNS, ROWS, SLICES, Series, series

if TYPE_CHECKING:
    from pathlib import Path

CODECS = (None, "HTJ2KLossless", "JPEG2000Lossless", "RLELossless", "JPEGLSLossless")


@pytest.mark.parametrize("cache", [0, 10**5])
@pytest.mark.parametrize("codec", CODECS)
def test_patches_are_parts_of_the_volume(codec: str | None, cache: int, tmp_path: Path) -> None:
    series(tmp_path, codec=codec, rows=40, columns=56)
    volume = rg.read_volume(tmp_path, dtype=np.float32).array
    made = PatchDataset(tmp_path, size=(3, 17, 9), per_volume=12, seed=4, cache=cache)
    assert len(made) == 12
    batch = made.collate(made.__getitems__(range(12)))
    assert batch["image"].shape == (12, 1, 3, 17, 9)
    for image, (z, y, x) in zip(batch["image"], batch["start"], strict=True):
        np.testing.assert_array_equal(image[0], volume[z : z + 3, y : y + 17, x : x + 9])


def test_a_grid_covers_every_voxel(ct: Series) -> None:
    made = PatchDataset(ct.folder, size=(4, 10, 16), stride=(4, 10, 16))
    seen = np.zeros((SLICES, ROWS, COLUMNS), int)
    volume = ct.array.astype(np.float32)
    for number in range(len(made)):
        sample = made[number]
        z, y, x = sample["start"]
        part = np.s_[z : z + 4, y : y + 10, x : x + 16]
        np.testing.assert_array_equal(sample["image"][0], volume[part])
        seen[part] += 1
    assert seen.min() == 1
    assert len({made[number]["start"] for number in range(len(made))}) == len(made) == 3 * 3 * 3


def test_several_volumes_and_small_ones(tmp_path: Path) -> None:
    for seed, slices in enumerate((6, 2, 9)):
        series(tmp_path / str(seed), slices=slices, seed=seed + 1)
    made = PatchDataset(tmp_path, size=(3, 8, 8), per_volume=5)
    assert len(made) == 10
    volumes = [made[number]["volume"] for number in range(10)]
    assert volumes == [0] * 5 + [2] * 5
    for number in range(10):
        z, y, x = made[number]["start"]
        array = rg.read_volume(made.paths(volumes[number]), dtype=np.float32).array
        np.testing.assert_array_equal(made[number]["image"][0], array[z : z + 3, y : y + 8, x : x + 8])


def test_random_patches_differ_by_epoch_and_are_the_same_again(ct: Series) -> None:
    made = PatchDataset(ct.folder, size=(2, 8, 8), per_volume=20, seed=3)
    order = Order(made, 20)
    first, second = next(iter(order)), next(iter(order))
    starts = [[made[key]["start"] for key in keys] for keys in (first, second)]
    assert starts[0] != starts[1]
    again = PatchDataset(ct.folder, size=(2, 8, 8), per_volume=20, seed=3)
    assert [again[key]["start"] for key in second] == starts[1]
    other = PatchDataset(ct.folder, size=(2, 8, 8), per_volume=20, seed=4)
    assert [other[key]["start"] for key in first] != starts[0]


def test_random_patches_reach_every_border(ct: Series) -> None:
    made = PatchDataset(ct.folder, size=(SLICES - 1, ROWS - 1, COLUMNS - 1), per_volume=100)
    starts = {made.place(number)[1] for number in range(100)}
    assert starts == set(itertools.product((0, 1), repeat=3))


def test_only_the_slices_of_the_patch_are_opened(tmp_path: Path) -> None:
    """All others may be gone."""
    mine = series(tmp_path)
    made = PatchDataset(tmp_path, size=(2, 8, 8), stride=(2, 8, 8))
    wanted = made[len(made) - 1]
    z = wanted["start"][0]
    for path in mine.paths[:z]:
        path.unlink()
    np.testing.assert_array_equal(made[len(made) - 1]["image"], wanted["image"])


@pytest.mark.skipif(not hasattr(os, "posix_fadvise"), reason="needs to see what was read")
def test_of_an_uncompressed_slice_only_the_rows_are_read(tmp_path: Path) -> None:
    """What is behind the rows of the patch may have been cut off, where nobody asks the stamp."""
    mine = series(tmp_path, rows=400, columns=400, slices=3)
    made = PatchDataset(tmp_path, size=(1, 8, 8), stride=(1, 392, 392), changed="read")
    assert made[0]["start"] == (0, 0, 0)
    rchar = _read_by(lambda: made[0])
    assert 0 < rchar < 400 * 400 * 2 / 4
    assert mine.paths[0].stat().st_size > 400 * 400 * 2


def _read_by(work: object) -> int:
    def count() -> int:
        with open("/proc/self/io") as file:  # noqa: PTH123
            return int(file.readline().split()[1])

    before = count()
    work()
    return count() - before


def test_places_are_counted_from_both_ends(ct: Series) -> None:
    """The last patch of the first volume was given for the last of all, and an index of a list was out of range behind that."""
    for options in ({"stride": (2, 8, 8)}, {"per_volume": 5}):
        made = PatchDataset([ct.folder], size=(2, 8, 8), **options)
        count = len(made)
        assert made.place(-1) == made.place(count - 1)
        assert made[-1]["start"] == made.place((count - 1, 0))[1]
        for number in (count, -count - 1):
            with pytest.raises(IndexError, match=f"no sample {number} of {count}"):
                made.place(number)


def test_what_is_no_patch_is_refused(ct: Series) -> None:
    for options in ({"size": (0, 8, 8)}, {"size": (2, 8)}, {"size": (2, 8, 8), "stride": (1, 0, 1)}):
        with pytest.raises(ArgumentError):
            PatchDataset(ct.folder, **options)
