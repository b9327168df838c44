"""Compressed archives of tar: what is large goes by, and is not held."""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
import radiogram as rg
from radiogram.scanning import archives

from tests.build import PLAIN, element, file
from tests.scanning.conftest import TAGS, carried, modalities

if TYPE_CHECKING:
    from pathlib import Path

FILES = ("CT_small.dcm", "MR_small.dcm", "rtplan.dcm", "JPEG2000.dcm", "liver_1frame.dcm", "image_dfl.dcm")
WANTED = [*TAGS, "BeamSequence/*/BeamName", "PixelData", "DataSetTrailingPadding"]


@pytest.fixture
def both(tmp_path: Path) -> tuple[Path, Path]:
    """Give an archive and the same compressed."""
    for name, mode in (("t.tar", "w"), ("t.tar.gz", "w:gz")):
        with tarfile.open(tmp_path / name, mode) as archive:  # type: ignore[call-overload]
            for one in FILES:
                archive.add(carried(one), one)
            archive.addfile(tarfile.TarInfo("none.txt"), io.BytesIO())
    return tmp_path / "t.tar", tmp_path / "t.tar.gz"


def rows(table: rg.ScanTable) -> list[dict[str, Any]]:
    """Give the rows, without what the archives differ in."""
    found = table.to_arrow().to_pylist()
    return [{**row, "path": row["path"].partition("::")[2], "mtime": 0} for row in found]


@pytest.mark.parametrize("held", [0, 1, 700, 5000, 1 << 20])
def test_what_goes_by_is_what_is_held(
    both: tuple[Path, Path], held: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is held of a member: values in front of what has gone by are read, too."""
    plain, packed = both
    monkeypatch.setattr(archives, "_HELD", held)
    assert rows(rg.scan(packed, WANTED)) == rows(rg.scan(plain, WANTED))
    condition = (rg.col("Modality") == "MR") | rg.col("Rows").is_null()
    chosen = rows(rg.scan(packed, WANTED).filter(condition))
    assert chosen == rows(rg.scan(plain, WANTED).filter(condition))
    assert len(chosen) == 3
    told = [[(one.series_uid, one.verdict) for one in rg.scan(path).series()] for path in both]
    assert told[0] == told[1]


def test_a_scan_is_continued_without_holding_members(both: tuple[Path, Path], tmp_path: Path) -> None:
    """All members were in a list before the first row was given."""
    kept = tmp_path / "kept.parquet"
    rg.scan(both[1], TAGS).filter(rg.col("Modality") == "CT").write_parquet(kept)
    told: list[int] = []
    again = rg.scan(both[1], TAGS, since=kept, progress=lambda done, _: told.append(done))
    assert rows(again)[1:] == [row for row in rows(rg.scan(both[0], TAGS)) if row["Modality"] != "CT"]
    assert max(told) == len(FILES)


def test_workers_unpack_archives_themselves(both: tuple[Path, Path]) -> None:
    """The bytes of thousands of members were sent to a worker at a time."""
    with ThreadPoolExecutor(2) as executor:
        found = rg.scan([both[0], both[1], both[0]], TAGS, executor=executor)
        assert modalities(found) == modalities(rg.scan(both[0], TAGS)) * 3


def test_a_broken_archive_gives_what_is_in_front(both: tuple[Path, Path], tmp_path: Path) -> None:
    whole = both[1].read_bytes()
    cut = tmp_path / "cut.tar.gz"
    cut.write_bytes(whole[: len(whole) * 9 // 10])
    found = rg.scan(cut, TAGS).to_arrow().to_pylist()
    assert found[0]["Modality"] == "CT"
    assert "the archive cannot be read" in found[-1]["error"]


def test_unpacking_again_has_an_end(both: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "_HELD", 1)
    monkeypatch.setattr(archives, "_AGAIN", 0)
    told = [row["problems"] or [] for row in rows(rg.scan(both[1], WANTED))]
    assert any("once more" in problem for problems in told for problem in problems)


PROGRAM = """
import resource, sys
import radiogram as rg

rg.scan(sys.argv[1], ["Modality"]).series()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
batches = list(rg.scan(sys.argv[2], ["Modality"]))
print(sum(map(len, batches)), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="kilobytes")
def test_members_of_any_size_take_the_same_memory(both: tuple[Path, Path], tmp_path: Path) -> None:
    """A member of 200 MB was read to be looked at: and one of more than 2 GB was an error."""
    size = 200 << 20
    head = file(PLAIN + element(0x7FE00010, "OW", length=size))
    with tarfile.open(tmp_path / "large.tar.gz", "w:gz", compresslevel=1) as archive:
        for name in "ab":
            info = tarfile.TarInfo(name)
            info.size = len(head) + size
            archive.addfile(info, _Zeros(head))
    command = [sys.executable, "-c", PROGRAM, str(both[1]), str(tmp_path / "large.tar.gz")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    count, grown = map(int, done.stdout.split())
    assert count == 2
    assert grown < 32 << 10


class _Zeros(io.RawIOBase):
    """Bytes, and zeros behind them without end."""

    def __init__(self, front: bytes) -> None:
        self._front = front

    def read(self, count: int = -1) -> bytes:
        front, self._front = self._front[:count], self._front[count:]
        return front + bytes(count - len(front))
