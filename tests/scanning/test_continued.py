"""Scans that go on from an earlier table: as Parquet, after a change, after the process was killed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest
import radiogram as rg
from radiogram.errors import ArgumentError, SourceError

from tests.scanning.conftest import TAGS, carried

if TYPE_CHECKING:
    from pathlib import Path


def test_parquet_holds_what_arrow_holds(folder: Path, tmp_path: Path) -> None:
    table = rg.scan(folder, TAGS)
    assert table.write_parquet(tmp_path / "m.parquet") == 3
    assert pq.read_table(tmp_path / "m.parquet").to_pylist() == table.to_arrow().to_pylist()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "m.parquet"]
    with pytest.raises(FileNotFoundError):
        table.write_parquet(tmp_path / "nowhere" / "m.parquet")


def test_what_was_not_changed_is_not_read_again(folder: Path, tmp_path: Path) -> None:
    """Both ways: comparing no stamps kept the row of a changed file, trusting none read all again; each made this fail."""
    kept = tmp_path / "m.parquet"
    told: list[int] = []

    def again(tags: list[str] = TAGS) -> rg.ScanTable:
        return rg.scan(folder, tags, since=kept, progress=lambda done, _: told.append(done))

    def read() -> int:
        return max(told, default=0)

    again().write_parquet(kept)
    assert read() == 3
    told.clear()
    again().write_parquet(kept)
    assert read() == 0
    shutil.copy(carried("MR_small.dcm"), folder / "a.dcm")
    (folder / "notes.txt").unlink()
    shutil.copy(carried("CT_small.dcm"), folder / "new.dcm")
    told.clear()
    found = again().to_arrow().sort_by("path")
    assert read() == 2
    assert found.to_pylist() == rg.scan(folder, TAGS).to_arrow().sort_by("path").to_pylist()
    assert again().filter(rg.col("Modality") == "MR").to_arrow().num_rows == 2
    # A column that the earlier file lacks: everything is read.
    told.clear()
    assert again(["PatientID"]).to_arrow().column("PatientID").null_count == 0
    assert read() == 3


LISTS = [
    rg.col("ImageType") == "AXIAL",
    rg.col("ImageType") != "AXIAL",
    ~(rg.col("PixelSpacing") < 0.4),
    rg.col("PixelSpacing") > 0.5,
    rg.col("ImageType").is_in(["OTHER", "none"]),
    rg.col("ImageType").is_in([]),
    rg.col("Modality").is_in([]),
    ~rg.col("Modality").is_in([]),
    rg.col("PixelSpacing").is_null(),
    rg.col("PixelSpacing").is_not_null() & (rg.col("Modality") == "MR"),
    (rg.col("PixelSpacing") > 0.5) | rg.col("Modality").is_null(),
]


@pytest.mark.parametrize("condition", LISTS)
def test_conditions_mean_the_same_of_rows_that_are_kept(folder: Path, tmp_path: Path, condition: Any) -> None:
    """Those on lists were refused."""
    tags = [*TAGS, "ImageType"]
    rg.scan(folder, tags).write_parquet(tmp_path / "m.parquet")
    kept = rg.scan(folder, tags, since=tmp_path / "m.parquet").filter(condition).to_arrow()
    assert kept.to_pylist() == rg.scan(folder, tags).filter(condition).to_arrow().to_pylist()


def test_what_was_refused_before_is_read_by_force(folder: Path, tmp_path: Path) -> None:
    """The row with the refusal was kept."""
    content = carried("CT_small.dcm").read_bytes()
    (folder / "notes.txt").write_bytes(content[:128] + bytes(4) + content[132:])
    kept = tmp_path / "m.parquet"
    rg.scan(folder, TAGS).write_parquet(kept)
    assert pq.read_table(kept).column("error").null_count == 2
    told: list[int] = []
    table = rg.scan(
        folder, TAGS, since=kept, force=True, progress=lambda done, _: told.append(done)
    ).to_arrow()
    assert table.column("error").null_count == 3
    assert max(told) == 1


def test_what_is_no_earlier_scan_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "m.parquet").write_text("no parquet")
    with pytest.raises(ArgumentError):
        rg.scan(folder, TAGS, since=tmp_path / "m.parquet").to_arrow()


PROGRAM = """
import os, sys, time
import radiogram as rg

def told(done, total):
    print(done, flush=True)
    if done >= 6000:
        # Whoever ends it has as long as it takes.
        time.sleep(600)

rg.scan(sys.argv[1], ["Modality", "SOPInstanceUID"], since=sys.argv[2], progress=told, threads=1).write_parquet(sys.argv[2])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kills a process")
def test_a_scan_that_was_killed_is_gone_on_with(tmp_path: Path) -> None:
    """Without the hidden files of earlier runs all 30,000 were read again, and this failed."""
    shutil.copy(carried("CT_small.dcm"), tmp_path / "first")
    (tmp_path / "many").mkdir()
    for number in range(30_000):
        os.link(tmp_path / "first", tmp_path / "many" / f"{number:05}")
    output = tmp_path / "m.parquet"
    command = [sys.executable, "-c", PROGRAM, str(tmp_path / "many"), str(output)]
    before = 0
    for _ in range(2):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            done = 0
            for line in process.stdout:
                done = int(line)
                if done >= 6000:
                    break
            process.kill()
            process.wait()
        assert not output.exists()
        left = list(tmp_path.glob(".m.parquet.*.part"))
        assert left
        before += done
    told: list[int] = []
    table = rg.scan(
        tmp_path / "many", ["Modality", "SOPInstanceUID"], since=output, progress=lambda d, _: told.append(d)
    )
    assert table.write_parquet(output) == 30_000
    assert max(told) <= 30_000 - 5000
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    expected = rg.scan(tmp_path / "many", ["Modality", "SOPInstanceUID"]).to_arrow().to_pylist()
    assert pq.read_table(output).sort_by("path").to_pylist() == expected


def test_what_an_interrupted_scan_left_is_used_only_where_it_fits(folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "m.parquet"

    def stop(done: int, _total: int) -> None:
        if done >= 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rg.scan(folder, TAGS, progress=stop).write_parquet(output)
    assert len(list(tmp_path.glob(".m.parquet.*"))) <= 1
    (tmp_path / ".m.parquet.7.999999999.part").write_bytes(b"no stream")
    assert rg.scan(folder, ["Modality"], since=output).write_parquet(output) == 3
    assert list(tmp_path.glob(".m.parquet.*")) == []


@pytest.mark.skipif(sys.platform == "win32", reason="sockets have no names there")
def test_what_is_no_file_is_not_replaced(folder: Path) -> None:
    """Who may write to devices, as in a container, had a file in the place of ``/dev/null``."""
    table = rg.scan(folder, TAGS)
    with socket.socket(socket.AF_UNIX) as listener:
        place = folder / "s"
        listener.bind(str(place))
        with pytest.raises(SourceError, match="not a regular file"):
            table.write_parquet(place)
        with pytest.raises(SourceError, match="not a regular file"):
            rg.read(carried("CT_small.dcm")).save_as(place)
        assert place.is_socket()
        assert sorted(one.name for one in folder.iterdir()) == ["a.dcm", "below", "notes.txt", "s"]


@pytest.mark.skipif(sys.platform == "win32", reason="makes a link")
def test_a_table_goes_where_a_link_leads(folder: Path, tmp_path: Path) -> None:
    """The link was replaced, and what it leads to stayed as it was."""
    kept, link = tmp_path / "m.parquet", tmp_path / "link.parquet"
    link.symlink_to(kept)
    assert rg.scan(folder, TAGS).write_parquet(link) == 3
    assert link.is_symlink()
    told: list[int] = []
    again = rg.scan(folder, TAGS, since=link, progress=lambda done, _: told.append(done))
    assert again.write_parquet(link) == 3
    assert max(told, default=0) == 0
    assert pq.read_table(kept).num_rows == 3
