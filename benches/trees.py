"""A tree of very many files that takes no room: hard links to few; and the memory that a scan of it takes, in a process of its own.

`python -m benches.trees WAY FOLDER TAG,…` imports nothing that it does not need, and prints the peak of the process's memory in bytes, the rows of the table, and how many of them are right.
"""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import radiogram as rg

if TYPE_CHECKING:
    from benches.data import Size

FILES_OF_A_FOLDER = 1000
FOLDERS_OF_A_FILE = 50
"""Some file systems take no more than 65,000 links to a file."""

FULL = 1_000_000
SMOKE = 2_000


def tree(size: Size) -> Path:
    """Make the tree once: a folder a patient, with a thousand files each."""
    from benches import data, series

    source = series.ct_series(data.SMOKE)[0]
    files = FULL if size == data.FULL else SMOKE

    def make(folder: Path) -> None:
        for number in range(files // FILES_OF_A_FOLDER):
            if number % FOLDERS_OF_A_FILE == 0:
                first = folder / f"first{number}" / "IM000000.dcm"
                first.parent.mkdir(parents=True)
                shutil.copy(source, first)
            study = folder / f"patient{number:04}" / "study"
            study.mkdir(parents=True)
            for image in range(FILES_OF_A_FOLDER):
                os.link(first, study / f"IM{image:06}.dcm")

    return data.kept(data.folder(size) / "tree", make)


def by_polars(table: rg.ScanTable, folder: Path) -> tuple[int, int]:
    """Scan to a frame of polars'; give its rows, and how many are right."""
    del folder
    frame = table.to_polars()
    return frame.height, frame.filter((frame["Modality"] == "CT") & frame["error"].is_null()).height


def by_arrow(table: rg.ScanTable, folder: Path) -> tuple[int, int]:
    """Scan to a table of pyarrow's."""
    del folder
    made = table.to_arrow()
    return made.num_rows, made.num_rows - made.column("Modality").null_count


def by_parquet(table: rg.ScanTable, folder: Path) -> tuple[int, int]:
    """Scan to a Parquet file."""
    target = folder.with_name(f"{folder.name}.{os.getpid()}.parquet")
    try:
        rows = table.write_parquet(target)
        return rows, importlib.import_module("pyarrow.parquet").read_metadata(target).num_rows
    finally:
        target.unlink(missing_ok=True)


WAYS: dict[str, Any] = {"polars": by_polars, "Arrow": by_arrow, "Parquet": by_parquet}


def peak(way: str, folder: Path, tags: tuple[str, ...]) -> tuple[int, int, int]:
    """Give the peak of memory, rows, and right rows, of a process that scans the tree."""
    command = [sys.executable, "-m", "benches.trees", way, str(folder), ",".join(tags)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    memory, rows, right = map(int, said)
    return memory, rows, right


def main(way: str, folder: str, tags: str) -> None:
    """Measure in this process."""
    rows, right = WAYS[way](rg.scan(Path(folder) / "patient*", tags.split(",")), Path(folder))
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    print(next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024, rows, right)


if __name__ == "__main__":
    main(*sys.argv[1:])
