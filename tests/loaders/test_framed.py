"""Volumes in files of many frames, and of more axes than three: what is read of them is what `read_volume` gives."""

from __future__ import annotations

import os
import pickle
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import radiogram as rg
from radiogram.errors import ArgumentError, MissingSourceError, SourceChangedError
from radiogram.loaders import Loader, PatchDataset, VolumeDataset
from radiogram.loaders.opened import Opened
from radiogram.volume.divided import write_concatenation
from radiogram.volume.multiframe import write_multiframe
from radiogram.volume.phantom import Phantom

from tests.loaders.conftest import series
from tests.pixels.datasets import picture, written
from tests.volume.mosaics import write_mosaics

if TYPE_CHECKING:
    from pathlib import Path

PHANTOM = Phantom(slices=6, rows=24, columns=20, spacing=(2.0, 0.5, 0.75), seed=5)
ORDER = [3, 0, 5, 1, 4, 2]


def _one(folder: Path) -> list[Path]:
    return [write_multiframe(folder / "one.dcm", PHANTOM, order=ORDER, slopes=[1.0, 2.0, 0.5])]


def _parts(folder: Path) -> list[Path]:
    whole = write_multiframe(folder.parent / "whole.dcm", PHANTOM, order=ORDER)
    return write_concatenation(whole, folder, [2, 3, 1])


def _singles(folder: Path) -> list[Path]:
    whole = write_multiframe(folder.parent / "whole.dcm", PHANTOM, order=ORDER)
    return write_concatenation(whole, folder, [1] * 6)


def _compressed(folder: Path) -> list[Path]:
    (path,) = _one(folder.parent)
    rg.transcode(path, folder / "rle.dcm", "RLELossless")
    return [folder / "rle.dcm"]


def _mosaic(folder: Path) -> list[Path]:
    return write_mosaics(folder, PHANTOM)


@pytest.mark.parametrize("cache", [0, 10**6])
@pytest.mark.parametrize("depth", [1, 3])
@pytest.mark.parametrize("make", [_one, _parts, _singles, _compressed, _mosaic])
def test_patches_are_parts_of_the_volume(make: Any, depth: int, cache: int, tmp_path: Path) -> None:
    """The number of a slice was taken for that of a file, whose first frame was read: another slice's values, in silence."""
    folder = tmp_path / "files"
    folder.mkdir()
    make(folder)
    volume = rg.read_volume(folder, dtype=np.float32).array
    assert volume.shape == (6, 24, 20)
    made = PatchDataset(folder, size=(depth, 9, 7), stride=(1, 8, 5), cache=cache)
    batch = made.collate(made.__getitems__(range(len(made))))
    assert len(made) == (7 - depth) * 3 * 4
    for image, (z, y, x) in zip(batch["image"], batch["start"], strict=True):
        np.testing.assert_array_equal(image[0], volume[z : z + depth, y : y + 9, x : x + 7])
    np.testing.assert_array_equal(VolumeDataset(folder)[0]["image"][0], volume)


def test_slices_and_frames_in_one_batch(tmp_path: Path) -> None:
    series(tmp_path / "a", slices=5, rows=24, columns=20)
    (tmp_path / "b").mkdir()
    write_multiframe(tmp_path / "b" / "one.dcm", PHANTOM, order=ORDER)
    volumes = VolumeDataset(tmp_path)
    arrays = [volumes[number]["image"][0] for number in range(2)]
    made = PatchDataset(volumes.index, size=(2, 8, 8), per_volume=6, seed=3)
    for batch in Loader(pickle.loads(pickle.dumps(made)), 4, shuffle=True, seed=2):
        for image, volume, (z, y, x) in zip(batch["image"], batch["volume"], batch["start"], strict=True):
            np.testing.assert_array_equal(image[0], arrays[volume][z : z + 2, y : y + 8, x : x + 8])


def test_a_file_that_is_not_as_it_was_is_an_error_of_its_patches(tmp_path: Path) -> None:
    series(tmp_path / "a", slices=5, rows=24, columns=20)
    (tmp_path / "b").mkdir()
    path = write_multiframe(tmp_path / "b" / "one.dcm", PHANTOM)
    made = PatchDataset(tmp_path, size=(2, 8, 8), per_volume=3, errors="skip")
    framed = {number for number in range(6) if len(made.paths(made.place(number)[0])) == 1}
    assert len(framed) == 3
    made[min(framed)]
    os.utime(path)
    with pytest.raises(SourceChangedError):
        made[min(framed)]
    path.unlink()
    with pytest.raises(MissingSourceError):
        made[min(framed)]
    assert {sample["index"] for sample in made.__getitems__(range(6))} == set(range(6)) - framed


def test_axes_in_front_of_the_slices_stay_in_front(tmp_path: Path) -> None:
    """Those of times were taken for slices, slices for rows, and columns for channels."""
    for times, name in ((3, "one.dcm"), (1, "two.dcm")):
        axes = {"time": [2.0 * number for number in range(times)]} if times > 1 else {}
        write_multiframe(tmp_path / name, replace(PHANTOM, seed=times), kind="MR", axes=axes)
    volumes = VolumeDataset(tmp_path)
    by_shape = {shape: number for number, shape in enumerate(volumes.shapes)}
    assert set(by_shape) == {(3, 6, 24, 20), (6, 24, 20)}
    for shape, number in by_shape.items():
        image = volumes[number]["image"]
        assert image.shape == (1, *shape)
        np.testing.assert_array_equal(image[0], rg.read_volume(volumes.paths(number), dtype=np.float32).array)
    # A patch of three axes has no place along them.
    made = PatchDataset(tmp_path, size=(3, 6, 6), per_volume=5)
    assert [made[number]["volume"] for number in range(len(made))] == [by_shape[6, 24, 20]] * 5
    with pytest.raises(ArgumentError, match="as large as a patch, and some have 4 axes"):
        PatchDataset(tmp_path / "one.dcm", size=(3, 6, 6))


@pytest.mark.parametrize("options", [{"stride": (1, 2, 9, 7)}, {"per_volume": 40}])
def test_a_patch_has_a_place_along_every_axis(options: dict[str, Any], tmp_path: Path) -> None:
    """Volumes with axes in front of their slices had no patches."""
    axes = {"time": [2.0 * number for number in range(3)]}
    write_multiframe(tmp_path / "mr.dcm", PHANTOM, kind="MR", axes=axes)
    array = rg.read_volume(tmp_path / "mr.dcm", dtype=np.float32).array
    made = PatchDataset(tmp_path, size=(2, 3, 8, 6), **options)
    samples = [made[number] for number in range(len(made))]
    for number, sample in enumerate(samples):
        start = sample["start"]
        assert sample["image"].shape == (1, 2, 3, 8, 6)
        assert (made.place(number), len(start)) == ((0, start), 4)
        part = tuple(slice(at, at + side) for at, side in zip(start, made.size, strict=True))
        np.testing.assert_array_equal(sample["image"][0], array[part])
    starts = [sample["start"] for sample in samples]
    assert {start[0] for start in starts} == {0, 1}
    if "stride" in options:
        assert len(set(starts)) == len(starts) == 2 * 3 * 3 * 3
    batch = made.collate(made.__getitems__([0, 5]))
    assert batch["image"].shape == (2, 1, 2, 3, 8, 6)
    assert np.shape(batch["start"]) == (2, 4)


@pytest.mark.parametrize("samples", [1, 3])
def test_pictures_in_time_are_of_one_slice(samples: int, tmp_path: Path) -> None:
    """They were in the index, and every one was an error: `read_volume` gives them without an axis of slices."""
    frames = np.random.default_rng(4).integers(0, 255, (5, 6, 7, samples), np.uint8)
    colour = {"PhotometricInterpretation": "RGB", "PlanarConfiguration": 0} if samples > 1 else {}
    made = picture(
        frames, shape=frames.shape, bits=8, FrameTime=40, FrameIncrementPointer=0x0018_1063, Modality="US",
        SeriesInstanceUID="1.2.3", **colour,
    )  # fmt: skip
    (tmp_path / "a.dcm").write_bytes(written(made))
    volume = rg.read_volume(tmp_path)
    assert volume.dims == ("time", "row", "column", *(("sample",) if samples > 1 else ()))
    image = VolumeDataset(tmp_path, dtype=np.uint8)[0]["image"]
    assert image.shape == (samples, 5, 1, 6, 7)
    np.testing.assert_array_equal(np.moveaxis(image[:, :, 0], 0, -1), frames)
    out = np.empty((5, 1, 6, 7, *([samples] if samples > 1 else [])), np.uint8)
    assert rg.read_volume(tmp_path, dtype=np.uint8, out=out).array.shape == volume.array.shape
    np.testing.assert_array_equal(out.reshape(frames.shape), frames)


def test_no_more_volumes_stay_open_than_are_wanted(tmp_path: Path) -> None:
    paths = [str(write_multiframe(tmp_path / f"{number}.dcm", PHANTOM)) for number in range(4)]
    opened = Opened("modality", "float32", 2)
    for path in [*paths, paths[3], paths[2]]:
        opened.volume([path], 1)
    assert len(opened) == 2
    assert opened.volume([paths[3]], 1) is opened.volume([paths[3]], 1)
    assert len(pickle.loads(pickle.dumps(opened))) == 0
