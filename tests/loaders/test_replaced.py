"""Files that change between epochs: what a cache keeps of them is not given for what they hold now."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import radiogram as rg
from radiogram.errors import MissingSourceError, SourceChangedError
from radiogram.loaders import PatchDataset, SliceDataset, VolumeDataset
from radiogram.volume.multiframe import write_multiframe
from radiogram.volume.phantom import Phantom

from tests.loaders.conftest import COLUMNS, ROWS, SLICES, series

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def slices(folder: Path, **options: Any) -> Any:
    """Give all slices, a sample each."""
    return SliceDataset(folder, **options)


def volumes(folder: Path, **options: Any) -> Any:
    """Give the volume."""
    return VolumeDataset(folder, **options)


def patches(folder: Path, **options: Any) -> Any:
    """Give the volume in one patch."""
    return PatchDataset(folder, size=(SLICES, ROWS, COLUMNS), stride=(1, 1, 1), **options)


def replaced(path: Path) -> None:
    """Put other pixels in place of a file's."""
    ds = rg.read(path).load()
    ds.PixelData = bytes(len(ds.PixelData))
    beside = path.with_name("beside")
    ds.save_as(beside)
    os.utime(beside, ns=(1, path.stat().st_mtime_ns + 1_000_000))
    beside.replace(path)


def images(dataset: Any) -> Any:
    """Give all samples in one array."""
    return np.concatenate(
        [dataset[number]["image"].reshape(-1, ROWS, COLUMNS) for number in range(len(dataset))]
    )


@pytest.mark.parametrize("make", [slices, volumes, patches])
def test_what_is_kept_of_a_file_is_not_given_when_it_is_another(
    make: Callable[..., Any], tmp_path: Path
) -> None:
    """With a cache it was, by slices and patches even where a changed file is an error."""
    made = series(tmp_path / "ct")
    strict, lenient = (make(made.folder, cache=1 << 30, changed=word) for word in ("error", "read"))
    for dataset in (strict, lenient, strict, lenient):
        np.testing.assert_array_equal(images(dataset), made.array)
    path = next(path for path in made.paths if rg.read(path).pixel_array.any())
    replaced(path)
    with pytest.raises(SourceChangedError):
        images(strict)
    now = images(lenient)
    np.testing.assert_array_equal(now, rg.read_volume(made.folder).array)
    assert not np.array_equal(now, made.array)
    path.unlink()
    if make is volumes:
        with pytest.raises(MissingSourceError):
            images(strict)
    else:
        # What is kept of a file that is gone is as it was scanned.
        np.testing.assert_array_equal(images(strict), made.array)


def test_volumes_that_are_open_are_those_of_the_files(tmp_path: Path) -> None:
    path = tmp_path / "mr.dcm"
    write_multiframe(path, Phantom(slices=SLICES, rows=ROWS, columns=COLUMNS), kind="MR")
    made = patches(path, changed="read")
    before = images(made)
    replaced(path)
    assert before.any()
    assert not np.array_equal(images(made), before)
    np.testing.assert_array_equal(images(made), rg.read_volume(path).array)


def test_kept_slices_are_those_of_one_state(tmp_path: Path) -> None:
    """A file that is put back as it was gives what it gave."""
    made = series(tmp_path / "ct")
    dataset = slices(made.folder, cache=1 << 30, changed="read")
    first = images(dataset)
    whole, state = made.paths[0].read_bytes(), made.paths[0].stat()
    replaced(made.paths[0])
    images(dataset)
    made.paths[0].write_bytes(whole)
    os.utime(made.paths[0], ns=(state.st_atime_ns, state.st_mtime_ns))
    np.testing.assert_array_equal(images(dataset), first)
