"""What reading takes: an index is no more than a few times the bytes that it is of, whatever these are."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

SIZE = 96 << 20

PROGRAM = """
import sys
import numpy as np
import radiogram as rg

size, make, is_file, path = int(sys.argv[1]), sys.argv[2], sys.argv[3] == "file", sys.argv[4]
count = size // 8
if make == "zeros":
    content = bytes(size)
elif make == "same":
    content = bytes.fromhex("0800600000000000") * count
elif make == "items":
    content = bytes.fromhex("08004011ffffffff") + bytes.fromhex("feff00e000000000") * (count - 1)
else:
    tags = np.arange(count, dtype="<u8") + 0x00080005
    tags = tags[::-1] if make == "descending" else tags
    content = ((tags >> 16) | ((tags & 0xFFFF) << 16)).tobytes()
if is_file:
    with open(path, "wb") as file:
        file.write(content)
    del content


def peak():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) << 10 for line in file if line.startswith("VmHWM"))


with open("/proc/self/clear_refs", "w") as file:
    file.write("5")
before = peak()
try:
    ds = rg.read(path if is_file else content, force=True)
    told = f"{len(ds)} {len(ds.problems)}"
except rg.DicomError as error:
    told = type(error).__name__
print(told, (peak() - before) / size)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize("source", ["bytes", "file"])
@pytest.mark.parametrize(
    ("make", "told"),
    [
        ("zeros", "1 4"),
        ("same", "LimitError"),
        ("items", "LimitError"),
        ("ascending", "LimitError"),
        ("descending", "LimitError"),
    ],
)
def test_bytes_that_are_headers_alone(make: str, told: str, source: str, tmp_path: Path) -> None:
    """An element of eight bytes has 24 in the index, and more in the list of a data set's elements: 5.4 times the file."""
    command = [sys.executable, "-c", PROGRAM, str(SIZE), make, source, str(tmp_path / "a")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    said, _, grown = done.stdout.strip().rpartition(" ")
    assert said == told
    assert float(grown) < (2.6 if make != "zeros" else 1.1)
