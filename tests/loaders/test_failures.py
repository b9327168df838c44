"""What was damaged, went away, became shorter or was changed is an error of its sample alone."""

from __future__ import annotations

import logging
import os
import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from radiogram.errors import (
    DicomError,
    LimitError,
    MissingSourceError,
    PixelError,
    SourceChangedError,
)
from radiogram.loaders import Loader, PatchDataset, SliceDataset, VolumeDataset

from tests.loaders.conftest import SLICES, Series, series

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def _vanish(path: Path) -> None:
    path.unlink()


def _shrink(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _stump(path: Path) -> None:
    os.truncate(path, 140)


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _noise(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[140:] = np.random.default_rng(1).bytes(len(data) - 140)
    path.write_bytes(data)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _other_size(path: Path) -> None:
    import radiogram as rg

    ds = rg.read(path).load()
    ds.Rows, ds.PixelData = 12, ds.PixelData[: 12 * ds.Columns * 2]
    ds.save_as(path)


HARMS = [_vanish, _shrink, _stump, _empty, _noise, _folder, _other_size]


@pytest.mark.parametrize("changed", ["error", "read"])
@pytest.mark.parametrize(
    ("harm", "codec"),
    [
        (harm, codec)
        for harm in HARMS
        for codec in (None, "HTJ2KLossless", "RLELossless", "JPEGLSLossless", "JPEGLosslessSV1")
        if codec is None or harm is not _other_size  # a native picture is cut
    ],
)
def test_one_sample_is_an_error_and_the_others_are_whole(
    harm: Callable[[Path], None],
    codec: str | None,
    changed: str,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    mine = series(tmp_path, codec=codec)
    made = SliceDataset(tmp_path, changed=changed)
    skipping = SliceDataset(made.index, changed=changed, errors="skip")
    instead = SliceDataset(
        made.index,
        changed=changed,
        errors=lambda error, number: {
            "image": np.zeros((1, 24, 40), np.float32),
            "index": -number,
            "error": str(error),
        },
    )
    harm(mine.paths[4])
    with pytest.raises(DicomError) as caught:
        made.__getitems__(range(SLICES))
    assert str(mine.paths[4]) in str(caught.value)
    assert type(pickle.loads(pickle.dumps(caught.value))) is type(caught.value)
    for one in (made, skipping):
        with pytest.raises(type(caught.value)):
            one[4]
    with caplog.at_level(logging.WARNING, "radiogram.loaders"):
        kept = skipping.__getitems__(range(SLICES))
    assert [sample["index"] for sample in kept] == [number for number in range(SLICES) if number != 4]
    assert caplog.messages == [f"sample 4 is skipped: {type(caught.value).__name__}"]
    for image, number in zip(skipping.collate(kept)["image"], [one["index"] for one in kept], strict=True):
        np.testing.assert_array_equal(image, mine.image(number))
    replaced = instead.__getitems__(range(SLICES))
    assert [sample["index"] for sample in replaced] == [0, 1, 2, 3, -4, 5, 6, 7, 8, 9, 10]
    assert "error" in replaced[4]


def test_a_file_that_was_changed_is_an_error_unless_that_is_wanted(tmp_path: Path) -> None:
    mine = series(tmp_path)
    made = SliceDataset(tmp_path)
    os.utime(mine.paths[3])
    with pytest.raises(SourceChangedError):
        made[3]
    np.testing.assert_array_equal(SliceDataset(made.index, changed="read")[3]["image"], mine.image(3))


def test_a_batch_of_nothing_is_passed_over(tmp_path: Path) -> None:
    mine = series(tmp_path)
    loader = Loader(SliceDataset(tmp_path, errors="skip"), 2)
    for path in mine.paths[2:5]:
        path.unlink()
    given = [batch["index"].tolist() for batch in loader]
    assert given == [[0, 1], [5], [6, 7], [8, 9], [10]]
    assert loader.state_dict()["epoch"] == 1


def test_a_function_may_leave_a_sample_out_too(tmp_path: Path) -> None:
    mine = series(tmp_path)
    told: list[Any] = []

    def policy(error: DicomError, number: int) -> None:
        told.append((type(error), number))

    made = SliceDataset(tmp_path, errors=policy)
    mine.paths[1].unlink()
    assert [sample["index"] for sample in made.__getitems__([0, 1, 2])] == [0, 2]
    assert made[1] is None
    assert told == [(MissingSourceError, 1)] * 2


@pytest.mark.parametrize("changed", ["error", "read"])
@pytest.mark.parametrize("harm", [_vanish, _shrink, _noise])
def test_volumes_and_patches_too(harm: Callable[[Path], None], changed: str, tmp_path: Path) -> None:
    whole = series(tmp_path / "a", seed=1)
    hurt = series(tmp_path / "b", seed=2)
    volumes = VolumeDataset(tmp_path, errors="skip", changed=changed)
    patches = PatchDataset(volumes.index, size=(2, 8, 8), stride=(2, 8, 8), errors="skip", changed=changed)
    harm(hurt.paths[-1])
    kept = volumes.__getitems__([0, 1])
    assert [sample["index"] for sample in kept] == [0]
    np.testing.assert_array_equal(kept[0]["image"][0], whole.array.astype(np.float32))
    with pytest.raises(DicomError):
        volumes[1]
    samples = patches.__getitems__(range(len(patches)))
    lost = {patches.place(number) for number in range(len(patches))} - {
        (one["volume"], one["start"]) for one in samples
    }
    assert {volume for volume, _ in lost} == {1}
    assert {start[0] for _, start in lost} == {SLICES - 2}


def test_a_picture_larger_than_all_memory_is_an_error_of_its_sample(tmp_path: Path) -> None:
    """A header may say any size; the whole batch was lost with it."""
    import radiogram as rg

    mine = series(tmp_path)
    ds = rg.read(mine.paths[4]).load()
    ds.Rows = ds.Columns = ds.SamplesPerPixel = 65535
    ds.save_as(mine.paths[4])
    made = SliceDataset(tmp_path, errors="skip")
    assert len(made) == SLICES
    kept = made.__getitems__(range(SLICES))
    assert [sample["index"] for sample in kept] == [number for number in range(SLICES) if number != 4]
    for sample in kept:
        np.testing.assert_array_equal(sample["image"], mine.image(sample["index"]))
    with pytest.raises(LimitError):
        made[4]


def test_what_is_read_past_is_an_error_where_that_is_wanted(ct: Series, tmp_path: Path) -> None:
    import radiogram as rg

    ds = rg.read(ct.paths[0]).load()
    ds.PixelData = ds.PixelData + b"\0" * 10
    ds.save_as(tmp_path / "a.dcm")
    np.testing.assert_array_equal(SliceDataset(tmp_path)[0]["image"], ct.image(0))
    with pytest.raises(PixelError, match="not pixels"):
        SliceDataset(tmp_path, strict=True)[0]
    assert SliceDataset(ct.folder, strict=True)[0]["index"] == 0
