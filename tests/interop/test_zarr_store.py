"""A volume in its files as a Zarr store: zarr and xarray read the numbers that `read_volume` gives, frame by frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import radiogram as rg
from radiogram.errors import DicomError
from radiogram.interop.zarr_store import Layout
from radiogram.volume.phantom import Phantom, write_series

if TYPE_CHECKING:
    from pathlib import Path

zarr = pytest.importorskip("zarr")


def series(folder: Path, times: int = 2, syntax: str | None = None) -> Path:
    """Write a phantom several times, each brighter than the last."""
    phantom = Phantom(slices=4, rows=10, columns=12, spacing=(3.0, 0.8, 0.6))
    for time in range(times):
        elements: dict[int, tuple[str, Any]] = {
            0x0018_0081: ("DS", 10.0 * (time + 1)),
            0x0028_1052: ("DS", -1024.0 + 500 * time),
        }
        for path in write_series(folder / str(time), phantom, elements=elements):
            ds = rg.read(path)
            ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = rg.uid()
            if syntax:
                ds.compress(syntax)
            ds.save_as(path)
    return folder


@pytest.mark.parametrize("syntax", [None, "RLELossless", "JPEGLSLossless"])
def test_zarr_reads_the_volume(tmp_path: Path, syntax: str | None) -> None:
    folder = series(tmp_path, syntax=syntax)
    volume, lazy = rg.read_volume(folder), rg.open_volume(folder)
    group = zarr.open_group(lazy.to_zarr(), mode="r")
    voxels = group["voxels"]
    assert voxels.shape == volume.array.shape == (2, 4, 10, 12)
    assert voxels.chunks == (1, 1, 10, 12)
    np.testing.assert_array_equal(voxels[...], volume.array)
    np.testing.assert_array_equal(voxels[1, 2:4, ::3, 5], volume.array[1, 2:4, ::3, 5])
    np.testing.assert_array_equal(group["echo_time"][...], [10, 20])
    np.testing.assert_allclose(group["slice"][...], [0, 3, 6, 9])
    np.testing.assert_allclose(voxels.attrs["affine"], volume.affine)


def test_xarray_reads_the_volume_with_its_coordinates(tmp_path: Path) -> None:
    xarray = pytest.importorskip("xarray")
    folder = series(tmp_path)
    opened = xarray.open_zarr(rg.open_volume(folder).to_zarr(), chunks=None)
    ours = rg.read_volume(folder).to_xarray()
    voxels = opened["voxels"]
    assert voxels.dims == ours.dims == ("echo", "slice", "row", "column")
    np.testing.assert_array_equal(voxels.values, ours.values)
    assert set(voxels.coords) == set(ours.coords)
    for name in ours.coords:
        np.testing.assert_allclose(voxels.coords[name], ours.coords[name])


def test_only_the_frames_that_are_asked_for_are_read(tmp_path: Path) -> None:
    folder = series(tmp_path)
    lazy = rg.open_volume(folder)

    class Counting:
        asked: list[Any] = []  # noqa: RUF012  (one for the test)

        def __getattr__(self, name: str) -> Any:
            return getattr(lazy, name)

        def __getitem__(self, key: Any) -> Any:
            self.asked.append(key)
            return lazy[key]

    from radiogram.interop.zarr_store import zarr_store

    voxels = zarr.open_group(zarr_store(Counting()), mode="r")["voxels"]
    assert Counting.asked == []
    voxels[1, 2]
    assert Counting.asked == [(1, 2)]


def test_keys_and_bytes_of_the_layout(tmp_path: Path) -> None:
    lazy = rg.open_volume(series(tmp_path))
    layout = Layout(lazy)
    names = list(layout.names())
    assert len(names) == len(set(names))
    assert all(layout.has(name) and layout.read(name) is not None for name in names)
    assert len([name for name in names if name.startswith("voxels/c/")]) == 8
    assert bytes(layout.read("voxels/c/1/3/0/0") or b"") == lazy[1, 3].astype("<i2").tobytes()
    for name in (
        "",
        "voxels",
        "voxels/c",
        "voxels/c/2/0/0/0",
        "voxels/c/0/0/0/1",
        "voxels/c/00/0/0/0",
        "voxels/c/0/0/0",
    ):
        assert not layout.has(name)
        assert layout.read(name) is None


def test_a_store_is_listed_and_read_in_parts_and_not_written(tmp_path: Path) -> None:
    import asyncio

    from zarr.abc.store import OffsetByteRequest, RangeByteRequest, SuffixByteRequest
    from zarr.core.buffer import default_buffer_prototype

    lazy = rg.open_volume(series(tmp_path, times=1))
    store = lazy.to_zarr()
    proto = default_buffer_prototype()
    key = "voxels/c/2/0/0"
    whole = lazy[2].tobytes()

    async def asked() -> None:
        for request, part in (
            (None, whole),
            (RangeByteRequest(3, 10), whole[3:10]),
            (OffsetByteRequest(200), whole[200:]),
            (SuffixByteRequest(7), whole[-7:]),
        ):
            got = await store.get(key, proto, request)
            assert got.to_bytes() == part
        assert await store.get("nothing", proto) is None
        assert [part.to_bytes() for part in await store.get_partial_values(proto, [(key, None)])] == [whole]
        assert await store.exists(key)
        assert [name async for name in store.list_dir("voxels")] == ["c", "zarr.json"]
        assert sorted([name async for name in store.list_dir("")]) == [
            "column",
            "row",
            "slice",
            "voxels",
            "zarr.json",
        ]
        assert len([name async for name in store.list_prefix("voxels/c/")]) == 4
        with pytest.raises(DicomError, match="read only"):
            await store.delete(key)
        with pytest.raises(DicomError, match="read only"):
            await store.set(key, await store.get(key, proto))

    asyncio.run(asked())
    assert store == lazy.to_zarr()
    assert store != rg.open_volume(tmp_path).to_zarr()
