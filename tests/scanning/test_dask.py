"""A scan on a real Dask cluster of two worker processes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from pydicom.data import get_testdata_file

from tests.documents import blocks, furnish

ROOT = Path(__file__).parents[2]

PROGRAM = """
import json
import sys

import radiogram as rg
from distributed import Client, LocalCluster, get_task_stream


def main() -> None:
    folder = sys.argv[1]
    options = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "dashboard_address": None}
    with LocalCluster(**options) as cluster, Client(cluster) as client:
        client.wait_for_workers(2, timeout=60)
        with get_task_stream(client) as tasks:
            table = rg.scan(folder, ["Modality", "Rows"], executor=client.get_executor())
            rows = table.to_arrow()
            chosen = table.filter(rg.col("Modality") == "MR").to_arrow().num_rows
        workers = {task["worker"] for task in tasks.data}
    same = rows.to_pylist() == rg.scan(folder, ["Modality", "Rows"]).to_arrow().to_pylist()
    print(json.dumps({"rows": rows.num_rows, "chosen": chosen, "workers": len(workers), "same": same}))


if __name__ == "__main__":
    main()
"""


@pytest.mark.slow
def test_a_cluster_of_two_processes_reads_what_one_does(tmp_path: Path) -> None:
    pytest.importorskip(
        "distributed", reason="Dask's distributed is not installed: pip install radiogram[dask]"
    )
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("CT_small.dcm", "MR_small.dcm"):
        shutil.copy(str(get_testdata_file(name)), tmp_path / name)
        for number in range(3000):
            os.link(tmp_path / name, folder / f"{number:04}_{name}")
    (folder / "text.txt").write_text("nothing of DICOM")
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    done = subprocess.run(
        [sys.executable, str(program), str(folder)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told == {"rows": 6001, "chosen": 3000, "workers": 2, "same": True}


@pytest.mark.slow
def test_the_program_of_the_guide_runs(tmp_path: Path) -> None:
    pytest.importorskip(
        "distributed", reason="Dask's distributed is not installed: pip install radiogram[dask]"
    )
    furnish(tmp_path)
    (block,) = (block for block in blocks(ROOT / "docs" / "scan.md", "py") if "LocalCluster" in block.code)
    program = tmp_path / "program.py"
    program.write_text(block.code)
    done = subprocess.run(
        [sys.executable, str(program)], capture_output=True, text=True, timeout=300, check=False, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["40"]
    assert pq.read_table(tmp_path / "cluster.parquet").num_rows == 40
