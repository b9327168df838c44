"""Measures the peak of memory of one call in a process of its own (Linux only).

`python -m benches.peak benches.volumes by_dicomsdl FOLDER SMALL` calls the function once on SMALL, so that
what a library loads at first use does not count, and then on FOLDER (as a list of its files) or on a file.
"""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path


def peak(module: str, function: str, target: Path, small: Path) -> tuple[int, int]:
    """Give the peak above the level before the call, and the bytes of the result."""
    command = [sys.executable, "-m", "benches.peak", module, function, str(target), str(small)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return int(said[0]), int(said[1])


def _memory(name: str) -> int:
    """Read a line of this process's memory, in bytes."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) * 1024


def _input(path: Path) -> Path | list[Path]:
    return sorted(path.iterdir()) if path.is_dir() else path


def main(module: str, function: str, target: str, small: str) -> None:
    """Measure in this process."""
    loaded = importlib.import_module(module)
    call = getattr(loaded, function)
    call(_input(Path(small)))
    given = _input(Path(target))
    if hasattr(loaded, "prepare"):
        loaded.prepare(given)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    before = _memory("VmRSS")
    size = call(given).nbytes
    print(_memory("VmHWM") - before, size)


if __name__ == "__main__":
    main(*sys.argv[1:])
