"""A lazy volume gives what numpy's indexing of the whole gives, and reads no more than that takes."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import radiogram as rg
from hypothesis import given, settings
from hypothesis import strategies as st
from radiogram import errors
from radiogram.volume.multiframe import write_multiframe
from radiogram.volume.phantom import Phantom, write_series

if TYPE_CHECKING:
    from collections.abc import Iterator

    from radiogram.volume import LazyVolume

PHANTOM = Phantom(slices=6, rows=40, columns=48, spacing=(2.0, 0.5, 0.75))


@pytest.fixture(scope="module")
def volumes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, LazyVolume]:
    """Give one volume in every way that it can be stored."""
    folder = tmp_path_factory.mktemp("lazy")
    write_series(folder / "series", PHANTOM, order="shuffled")
    order = [int(one) for one in np.random.default_rng(1).permutation(18)]
    path = write_multiframe(folder / "mf.dcm", PHANTOM, kind="MR", axes={"time": [0, 1, 2]}, order=order)
    made = {"series": folder / "series", "frames": path}
    for syntax in ("JPEG2000Lossless", "JPEGLSLossless", "RLELossless"):
        made[syntax] = folder / f"{syntax}.dcm"
        rg.transcode(path, made[syntax], syntax)
    write_series(folder / "gaps", PHANTOM, missing=[2, 3])
    made["gaps"] = folder / "gaps"
    return {name: rg.open_volume(path, missing="fill") for name, path in made.items()}


def index(length: int) -> st.SearchStrategy[Any]:
    """Give a number or a slice along an axis."""
    return st.one_of(st.integers(-length, length - 1), st.slices(length))


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_indexing_is_numpys(volumes: dict[str, LazyVolume], data: st.DataObject) -> None:
    lazy = volumes[data.draw(st.sampled_from(sorted(volumes)))]
    whole = lazy.array
    count = data.draw(st.integers(0, lazy.ndim))
    key: list[Any] = [data.draw(index(length)) for length in lazy.shape[:count]]
    if data.draw(st.booleans()):
        key.append(Ellipsis)
    part = lazy[tuple(key)]
    truth = whole[tuple(key)]
    assert part.shape == truth.shape
    assert part.dtype == truth.dtype
    assert np.array_equal(part, truth)


def test_what_is_read_whole_is_what_read_volume_gives(volumes: dict[str, LazyVolume]) -> None:
    assert np.array_equal(volumes["series"].array, PHANTOM.array())
    for name in ("frames", "JPEG2000Lossless", "JPEGLSLossless", "RLELossless"):
        lazy = volumes[name]
        assert lazy.dims == ("time", "slice", "row", "column")
        assert np.array_equal(lazy[1], PHANTOM.array() + 1), name
        assert np.array_equal(np.asarray(lazy), lazy.array)
        assert len(lazy) == 3


def test_a_part_keeps_its_place(volumes: dict[str, LazyVolume]) -> None:
    lazy = volumes["frames"]
    part = lazy.read[1:, 1:6:2, 8:24, 10::3]
    assert np.array_equal(part.array, lazy.array[1:, 1:6:2, 8:24, 10::3])
    assert part.coords["time"].tolist() == [1.0, 2.0]
    assert part.spacing == (4.0, 0.5, 2.25)
    for at in ([0, 0, 0], [2, 5, 7]):
        there = np.array(at) * [2, 1, 3] + [1, 8, 10]
        assert np.allclose(part.affine @ [*at, 1], lazy.affine @ [*there, 1])
    gaps = volumes["gaps"].read[1:4]
    assert gaps.report.missing == (1, 2)
    assert gaps.report.fill == rg.read_volume(Path(gaps.paths[0] or "").parent, missing="fill").report.fill


@pytest.mark.parametrize(
    ("key", "error"),
    [
        ((6,), IndexError),
        ((0, 0, 0, 0), IndexError),
        ((..., ...), IndexError),
        (([1, 2],), errors.ArgumentError),
    ],
)
def test_what_is_no_index_is_an_error(
    volumes: dict[str, LazyVolume], key: tuple[Any, ...], error: type[Exception]
) -> None:
    with pytest.raises(error):
        volumes["series"][key]


def test_a_changed_file_is_an_error(tmp_path: Path) -> None:
    path = write_multiframe(tmp_path / "mf.dcm", PHANTOM)
    lazy = rg.open_volume(path)
    assert lazy[0].shape == (40, 48)
    path.write_bytes(path.read_bytes()[:-2] + b"ab")
    with pytest.raises(errors.SourceChangedError):
        lazy[0:2]


@pytest.fixture
def counted() -> Iterator[Any]:
    """Give a counter of the bytes that this process has read."""
    if not sys.platform.startswith("linux"):
        pytest.skip("reads /proc")

    def read() -> int:
        found = re.search(r"rchar: (\d+)", Path("/proc/self/io").read_text())
        assert found
        return int(found[1])

    return read


def test_only_the_frames_and_rows_that_are_asked_for_are_read(tmp_path: Path, counted: Any) -> None:
    """By the bytes that the system counts. Reading the volume and cutting the part out of it took all 5 MB for a frame, and failed."""
    big = Phantom(slices=40, rows=256, columns=256)
    path = write_multiframe(tmp_path / "mf.dcm", big)
    frame = 256 * 256 * 2
    lazy = rg.open_volume(path)
    noise = -counted() + counted()

    def cost(key: Any) -> int:
        before: int = counted()
        part = lazy[key]
        spent: int = counted() - before - noise
        assert np.array_equal(part, whole[key])
        return spent

    whole = big.array()
    assert cost(np.s_[7]) <= frame + 200
    assert cost(np.s_[5:15:3]) <= 4 * frame + 200
    assert cost(np.s_[:, 100:110, 20:30]) <= 40 * 10 * 512 + 200
    assert cost(np.s_[3:5, ::64]) <= 2 * 4 * 512 + 200
    assert cost(np.s_[3:3]) <= 200
