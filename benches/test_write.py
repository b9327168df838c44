"""Writing: a file read, one tag changed, and saved; many elements; two gigabytes."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import dicomsdl
import pydicom
import pytest
import radiogram as rg

from benches import data, nested, series
from benches.conftest import Measure, keep
from benches.interleave import Gate, Row
from benches.large import large
from benches.peak import peak

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_benchmark.fixture import BenchmarkFixture

PATIENT_ID = 0x00100020
NEW = "ANONYMOUS-000001"


@dataclass(frozen=True)
class Written:
    """What `benches.peak` wants of a result."""

    nbytes: int


def by_radiogram(path: Path, to: Path) -> None:
    """Change one tag; the rest is copied."""
    ds = rg.read(path)
    ds.PatientID = NEW
    ds.save_as(to)


def by_dicomsdl(path: Path, to: Path) -> None:
    """Change one tag."""
    ds = dicomsdl.open(str(path))
    ds.addDataElement(PATIENT_ID, dicomsdl.VR.LO).fromString(NEW)
    ds.saveToFile(str(to))


def by_pydicom(path: Path, to: Path) -> None:
    """Change one tag."""
    ds = pydicom.dcmread(path)
    ds.PatientID = NEW
    ds.save_as(to)


def by_copy(path: Path, to: Path) -> None:
    """Change nothing: one read, one write."""
    to.write_bytes(path.read_bytes())


def new(to: Path) -> Path:
    """Name a file that is not there yet: replacing one makes some file systems flush the new one, each in its own way."""
    to.unlink(missing_ok=True)
    return to


def is_right(path: Path, written: Path) -> bool:
    """Whether all is as before but the one tag."""
    before, after = pydicom.dcmread(path), pydicom.dcmread(written)
    if after.PatientID != NEW:
        return False
    after.PatientID = before.PatientID
    return bool(after == before)


def test_rewrite(size: data.Size, measure: Measure, tmp_path: Path) -> None:
    """CT files of 530 kB, one tag changed."""
    paths = series.ct_series(size)[:100]
    ways: dict[str, Callable[[Path, Path], None]] = {
        "radiogram": by_radiogram,
        "dicomsdl": by_dicomsdl,
        "pydicom": by_pydicom,
        "raw copy": by_copy,
    }
    for name in ways:
        (tmp_path / name).mkdir()

    def run(name: str) -> str:
        for path in paths:
            ways[name](path, new(tmp_path / name / path.name))
        return name

    def right(name: str, done: str) -> bool:
        return name == "raw copy" or all(is_right(path, tmp_path / done / path.name) for path in paths[:5])

    measure(
        "read, change a tag, save a CT file",
        {name: lambda name=name: run(name) for name in ways},
        Gate("dicomsdl", 1.0),
        right=right,
        per=len(paths),
        unit="µs",
    )


@pytest.mark.parametrize("lengths", ["undefined", "defined"])
def test_rewrite_of_many_elements(lengths: str, size: data.Size, measure: Measure, tmp_path: Path) -> None:
    """An RTSTRUCT of 140,000 elements, one tag changed.

    Sequences of defined length are copied unread by pydicom; those of undefined length, which most devices write, are not.
    """
    path = tmp_path / "rtstruct.dcm"
    rg.read(nested.rtstruct(size)).save_as(path, lengths=lengths)

    def run(name: str, way: Callable[[Path, Path], None]) -> str:
        way(path, new(tmp_path / name))
        return name

    def right(name: str, done: str) -> bool:
        if name == "raw copy":
            return True
        written = rg.read(tmp_path / done)
        return written.PatientID == NEW and (tmp_path / done).stat().st_size >= path.stat().st_size - 32

    measure(
        f"read, change a tag, save an RTSTRUCT, {lengths} lengths",
        {
            "radiogram": lambda: run("radiogram", by_radiogram),
            "dicomsdl": lambda: run("dicomsdl", by_dicomsdl),
            "pydicom": lambda: run("pydicom", by_pydicom),
            "raw copy": lambda: run("raw copy", by_copy),
        },
        Gate("pydicom", 0.1) if lengths == "undefined" else Gate("dicomsdl", 1.0),
        right=right,
        rounds=5,
        slow=frozenset({"pydicom"}),
    )


def rewritten_beside(path: Path) -> Written:
    """Change one tag and save next to the file, for the measurement of memory."""
    by_radiogram(path, path.with_suffix(".written"))
    return Written(path.with_suffix(".written").stat().st_size)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize("kind", ["RTSTRUCT", "2 GB"])
def test_memory_of_a_rewrite(kind: str, size: data.Size, benchmark: BenchmarkFixture) -> None:
    """The peak above the level before the call, as a multiple of the file."""
    make = nested.rtstruct if kind == "RTSTRUCT" else large
    path, small = make(size), make(data.SMOKE)
    gate = Gate(absolute=1.2 if kind == "RTSTRUCT" else 0.02)
    row = Row(
        f"rewrite of an {kind}, peak memory" if kind == "RTSTRUCT" else f"rewrite of {kind}, peak memory",
        "x the file",
        gate,
    )
    used, written = peak("benches.test_write", rewritten_beside.__name__, path, small)
    row.figures["radiogram"] = used / path.stat().st_size
    row.correct["radiogram"] = abs(written - path.stat().st_size) < 64
    path.with_suffix(".written").unlink()
    benchmark.pedantic(lambda: None, rounds=1)
    keep(row, benchmark)


def test_rewrite_of_two_gigabytes(size: data.Size, measure: Measure) -> None:
    """One tag changed in a file that is nearly all pixels, on the disk it lies on."""
    path = large(size)
    to = path.with_suffix(".copy")

    def right(name: str, done: object) -> bool:
        del done
        ds = rg.read(to)
        return name != "radiogram" or (
            ds.PatientID == NEW and ds["PixelData"].length == rg.read(path)["PixelData"].length
        )

    measure(
        "change a tag in 2 GB, save",
        {
            "radiogram": lambda: by_radiogram(path, new(to)),
            "raw copy": lambda: shutil.copyfile(path, new(to)),
        },
        Gate("raw copy", 1 / 0.8),
        right=right,
        unit="s",
        rounds=5,
    )
    to.unlink()
