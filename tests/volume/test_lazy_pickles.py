"""A pickle of a lazy volume is names, stamps and options: processes open it again, once each, and files that changed are refused."""

from __future__ import annotations

import json
import multiprocessing
import pickle
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import radiogram as rg
from radiogram.errors import SourceChangedError, SourceError
from radiogram.volume.multiframe import write_multiframe
from radiogram.volume.phantom import Phantom, write_series

if TYPE_CHECKING:
    from pathlib import Path

PHANTOM = Phantom(slices=6, rows=40, columns=48, spacing=(2.0, 0.5, 0.75))


def total(lazy: Any, place: int) -> int:
    """Sum a slice, in a process of a pool."""
    return int(lazy[place].sum(dtype=np.int64))


@pytest.fixture
def series(tmp_path: Path) -> Path:
    """Give the folder of a series with a gap, and a file beside it that is no DICOM."""
    write_series(tmp_path / "series", PHANTOM, missing=[2], order="shuffled")
    (tmp_path / "series" / "notes.txt").write_text("nothing of DICOM")
    return tmp_path / "series"


def test_a_pickle_is_small_and_the_same_volume(series: Path) -> None:
    lazy = rg.open_volume(series, missing="fill", dtype="float32", threads=2)
    held = pickle.dumps(lazy)
    assert len(held) < 150 * len(list(series.iterdir())) + 400
    again = pickle.loads(held)
    np.testing.assert_array_equal(again.array, lazy.array)
    np.testing.assert_array_equal(again.affine, lazy.affine)
    assert (again.dims, again.report, again.paths) == (lazy.dims, lazy.report, lazy.paths)
    # While a copy is in use, others are that one.
    assert pickle.loads(held) is again
    del again
    assert pickle.loads(held) is not lazy


def test_frames_and_their_choice_are_kept(tmp_path: Path) -> None:
    path = write_multiframe(tmp_path / "mf.dcm", PHANTOM, kind="MR", axes={"time": [0, 1, 2]})
    lazy = rg.open_volume(path, frames=range(6, 12))
    again = pickle.loads(pickle.dumps(lazy))
    assert again.frames == lazy.frames
    np.testing.assert_array_equal(again.array, PHANTOM.array() + 1)


def test_a_changed_file_is_refused(series: Path) -> None:
    """Without the comparison of stamps the pickle of the first state gave voxels of the second."""
    held = pickle.dumps(rg.open_volume(series, missing="fill"))
    path = sorted(series.glob("*.dcm"))[0]
    ds = rg.read(path)
    ds.ImageComments = "changed"
    ds.save_as(path)
    with pytest.raises(SourceChangedError, match=path.name):
        pickle.loads(held)
    path.unlink()
    with pytest.raises(SourceError):
        pickle.loads(held)


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_processes_of_any_start_read_it(series: Path, method: str) -> None:
    lazy = rg.open_volume(series, missing="fill")
    expected = [total(lazy, place) for place in range(6)]
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(method)) as pool:
        assert list(pool.map(total, [lazy] * 6, range(6), timeout=120)) == expected


PROGRAM = """
import json
import sys

import dask.array
import radiogram as rg
import xarray
from distributed import Client, LocalCluster


def main() -> None:
    lazy = rg.open_volume(sys.argv[1], missing="fill")
    options = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "dashboard_address": None}
    with LocalCluster(**options) as cluster, Client(cluster) as client:
        client.wait_for_workers(2, timeout=60)
        array = dask.array.from_array(lazy, chunks=(2, 16, 48), meta=lazy[:0])
        whole = bool((array.compute() == lazy.array).all())
        total = int(array.sum().compute())
        store = xarray.open_zarr(lazy.to_zarr(), consolidated=False)["voxels"]
        stored = int(store.sum().compute())
    print(json.dumps({"whole": whole, "sums": [total, stored], "expected": int(lazy.array.sum())}))


if __name__ == "__main__":
    main()
"""


@pytest.mark.slow
def test_a_cluster_of_two_processes_reads_it(series: Path, tmp_path: Path) -> None:
    """As an array of Dask, and as the Zarr store that xarray gives to its workers."""
    pytest.importorskip(
        "distributed", reason="Dask's distributed is not installed: pip install radiogram[dask]"
    )
    pytest.importorskip("xarray")
    pytest.importorskip("zarr")
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    done = subprocess.run(
        [sys.executable, str(program), str(series)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told == {"whole": True, "sums": [told["expected"]] * 2, "expected": told["expected"]}
