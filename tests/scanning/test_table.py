"""Scans of files made here and of those that pydicom carries: sources, conditions, faults, threads, formats."""

from __future__ import annotations

import datetime as dt
import io
import os
import random
import shutil
import signal
import sys
import tarfile
import threading
import time
import zipfile
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pytest
import radiogram as rg
from radiogram.errors import ArgumentError

from tests.scanning.conftest import TAGS, carried, modalities


def test_a_folder_is_read_with_all_below(folder: Path) -> None:
    table = rg.scan(folder, TAGS).to_arrow()
    assert table.column_names == ["path", "size", "mtime", *TAGS, "problems", "error"]
    assert table.column("Modality").to_pylist() == ["CT", None, "MR"]
    assert table.column("error").to_pylist()[1].startswith("NotDicomError")
    assert table.column("size").to_pylist()[0] == (folder / "a.dcm").stat().st_size
    stamps = table.column("mtime").cast(pa.int64()).to_pylist()
    assert stamps[0] == (folder / "a.dcm").stat().st_mtime_ns


def test_names_of_sources(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert modalities(rg.scan(str(folder / "**" / "*.dcm"), TAGS)) == ["CT", "MR"]
    assert modalities(rg.scan([folder / "below", folder / "a.dcm"], TAGS)) == ["CT", "MR"]
    manifest = folder / "list.txt"
    manifest.write_text("# two\nbelow/b.dcm\n\na.dcm\n")
    assert modalities(rg.scan(manifest=manifest, tags=TAGS)) == ["MR", "CT"]
    monkeypatch.chdir(folder)
    assert modalities(rg.scan("a.dcm", TAGS)) == ["CT"]
    assert modalities(rg.scan("file://" + str(folder / "a.dcm"), TAGS)) == ["CT"]
    assert modalities(rg.scan(f"file://{folder}/**/*.dcm", TAGS)) == ["CT", "MR"]


def test_members_of_archives(folder: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "z.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(folder / "a.dcm", "x/a.dcm")
        archive.write(folder / "below" / "b.dcm", "b.dcm")
    for name, mode in {"t.tar": "w", "t.tar.gz": "w:gz", "t.tgz": "w:gz"}.items():
        with tarfile.open(tmp_path / name, mode) as archive:
            archive.add(folder / "a.dcm", "x/a.dcm")
            archive.add(folder / "below" / "b.dcm", "b.dcm")
    for name in ("z.zip", "t.tar", "t.tar.gz", "t.tgz"):
        table = rg.scan(tmp_path / name, TAGS).to_arrow()
        assert table.column("Modality").to_pylist() == ["CT", "MR"], name
        assert table.column("error").null_count == 2
        assert table.column("path").to_pylist()[0] == f"{tmp_path / name}::x/a.dcm"
        assert table.column("size").to_pylist()[0] == (folder / "a.dcm").stat().st_size


def test_a_zip_bomb_is_a_row(tmp_path: Path) -> None:
    def element(tag: bytes, vr: bytes, value: bytes, length: int | None = None) -> bytes:
        return tag + vr + b"\0\0" + (len(value) if length is None else length).to_bytes(4, "little") + value

    front = b"\x08\0\x60\0CS\x02\0CT" + b"\x08\0\x70\0LO\x02\0AB" + b"\x10\0\x10\0PN\x02\0AB"
    size = 300 << 20
    with (
        zipfile.ZipFile(tmp_path / "z.zip", "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("a", "w") as member,
    ):
        member.write(front + element(b"\x11\0\x10\x10", b"OB", b"", size))
        for _ in range(size >> 20):
            member.write(bytes(1 << 20))
        member.write(b"\x28\0\x10\0US\x02\0\0\x02")
    row = rg.scan(tmp_path / "z.zip", ["Modality"]).to_arrow().to_pylist()[0]
    assert (row["Modality"], row["error"]) == ("CT", None)
    row = rg.scan(tmp_path / "z.zip", ["Modality", "Rows"]).to_arrow().to_pylist()[0]
    assert "unpacked" in row["error"]


@pytest.mark.parametrize("name", ["z.zip", "t.tar", "t.tar.gz"])
def test_a_broken_archive_is_a_row(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"no archive at all, whatever its name says" * 20)
    errors = rg.scan([tmp_path / name, carried("CT_small.dcm")], TAGS).to_arrow().column("error").to_pylist()
    assert "cannot be read" in errors[0]
    assert errors[1] is None


def test_a_dicomdir_stands_for_its_files() -> None:
    path = carried("DICOMDIR")
    table = rg.scan(path, ["Modality", "PatientID"]).to_arrow()
    assert table.num_rows == 31
    assert str(path) not in table.column("path").to_pylist()
    assert table.column("error").null_count == 31


def test_conditions_choose_rows(folder: Path) -> None:
    table = rg.scan(folder, TAGS)
    col = rg.col
    chosen = {
        "CT": col("Modality") == "CT",
        "MR": (col("Modality") != "CT") & (col("Rows") <= 64),
        "CTMR": col("Modality").is_in(["CT", "MR", "US"]),
        "": ~col("error").is_null() & (col("Modality") == "CT"),
        "C T".replace(" ", ""): (col("StudyDate") < dt.date(2004, 6, 1)) | (col("Rows") == 128.0),
    }
    for expected, condition in chosen.items():
        assert "".join(modalities(table.filter(condition))) == expected
    assert len(modalities(table.filter(col("error").is_not_null()))) == 1
    # A column that is not in the table.
    assert modalities(table.filter(col("PatientID") == "1CT1")) == ["CT"]
    assert modalities(table.filter(col("ImageType") == "AXIAL")) == ["CT"]
    assert modalities(table.filter(col("path") == str(folder / "a.dcm"), col("size") > 0)) == ["CT"]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: rg.col("Rows") == "many",
        lambda: rg.col("Modality") > 3,
        lambda: rg.col("Modalty") == "CT",
        lambda: rg.col("problems").is_null(),
        lambda: rg.col("Rows") == True,  # noqa: E712
        lambda: rg.col("StudyDate") == "20040101",
        lambda: rg.col("mtime") > dt.datetime(2020, 1, 1),  # noqa: DTZ001
    ],
)
def test_wrong_conditions_are_refused_at_once(wrong: Any) -> None:
    with pytest.raises(ArgumentError):
        rg.scan("x", TAGS).filter(wrong())


def test_a_condition_is_no_truth() -> None:
    with pytest.raises(TypeError, match="join conditions"):
        bool(rg.col("Rows") == 1)
    with pytest.raises(ArgumentError):
        rg.scan("x", TAGS).filter(True)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["Modalty", "ReferencedImageSequence", "path", "(0028,0010"])
def test_wrong_names_are_refused_at_once(name: str) -> None:
    with pytest.raises(ArgumentError):
        rg.scan("x", [name])


def test_nothing_to_scan_is_refused_and_nothing_found_is_not(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError):
        rg.scan()
    table = rg.scan(tmp_path, TAGS)
    assert table.to_arrow().num_rows == 0
    assert table.to_arrow().schema.names == list(table.columns)
    assert table.to_polars().height == 0


def test_faults_are_rows(tmp_path: Path) -> None:
    whole = carried("CT_small.dcm").read_bytes()
    (tmp_path / "a_cut").write_bytes(whole[:1000])
    (tmp_path / "b_empty").write_bytes(b"")
    (tmp_path / "c_noise").write_bytes(random.Random(7).randbytes(5000))
    (tmp_path / "d_link").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "e_pipe")
    rows = rg.scan(tmp_path, TAGS).to_arrow().to_pylist()
    assert [Path(row["path"]).name for row in rows] == ["a_cut", "b_empty", "c_noise", "d_link"]
    assert rows[0]["error"] is None
    assert rows[0]["Modality"] == "CT"
    assert rows[1]["error"].startswith("NotDicomError")
    assert rows[2]["error"].startswith("NotDicomError")
    assert rows[3]["error"].startswith("SourceError")
    missing = rg.scan([tmp_path / "gone", tmp_path / "e_pipe"], TAGS).to_arrow().to_pylist()
    assert all(row["error"] for row in missing)


def test_files_that_vanish_and_shrink_meanwhile(tmp_path: Path) -> None:
    whole = carried("CT_small.dcm").read_bytes()
    paths = [tmp_path / f"{number:04}" for number in range(400)]
    for path in paths:
        path.write_bytes(whole)
    stop = threading.Event()

    def disturb() -> None:
        for number, path in enumerate(paths[::-1]):
            if stop.is_set():
                return
            path.unlink() if number % 2 else path.write_bytes(whole[: number % 700])

    thread = threading.Thread(target=disturb)
    thread.start()
    try:
        rows = rg.scan(paths, TAGS).to_arrow().to_pylist()
    finally:
        stop.set()
        thread.join()
    assert [row["path"] for row in rows] == [str(path) for path in paths]
    assert all(row["error"] is not None or row["Modality"] in ("CT", None) for row in rows)


def test_batches_come_in_the_order_of_the_sources(tmp_path: Path) -> None:
    names = [f"{number:05}" for number in range(3000)]
    first = tmp_path / "first"
    shutil.copy(carried("CT_small.dcm"), first)
    (tmp_path / "many").mkdir()
    for name in names:
        os.link(first, tmp_path / "many" / name)
    batches = list(rg.scan(tmp_path / "many", TAGS, threads=3))
    assert max(len(batch) for batch in batches) <= 4096
    assert len(batches) > 4
    found = [path for batch in batches for path in pa.record_batch(batch).column("path").to_pylist()]
    assert [Path(path).name for path in found] == names


def test_whoever_takes_streams_takes_a_table(folder: Path) -> None:
    table = rg.scan(folder, TAGS)
    assert pa.table(table).num_rows == 3
    assert pl.DataFrame(table).height == 3
    assert pa.RecordBatchReader.from_stream(table).read_all().num_rows == 3
    with duckdb.connect() as connection:
        connection.register("files", table.to_arrow())
        assert connection.sql("select count(*) from files where Rows > 64").fetchall() == [(1,)]
    assert table.to_pandas()["Modality"].tolist()[0] == "CT"
    assert table.to_polars()["Modality"].to_list() == ["CT", None, "MR"]


def test_a_source_of_polars(folder: Path) -> None:
    lazy = rg.scan(folder, TAGS).lazy()
    assert lazy.filter((pl.col("Modality") == "MR") & (pl.col("Rows") > 1)).select("Rows").collect()[
        "Rows"
    ].to_list() == [64]
    assert lazy.filter(pl.col("StudyDate").dt.year() == 2004).select("Modality").collect().height > 0
    assert lazy.head(1).collect().height == 1
    assert lazy.collect().height == 3


def test_polars_conditions_reach_the_parser() -> None:
    from radiogram.scanning.pushdown import condition

    names = {"Rows": ("uint16", False), "Modality": ("code", False), "PixelSpacing": ("float64", True)}
    ours = condition((pl.col("Modality") == "CT") & (pl.col("PixelSpacing").list.first() > 1.0), names)
    assert ours is not None
    assert ours.columns == ("Modality",)
    assert condition((pl.col("Modality") == "CT") | (pl.col("Rows") > 5), names) is None


def test_executors_read_shards(folder: Path) -> None:
    expected = rg.scan(folder, TAGS).to_arrow().to_pylist()
    with ThreadPoolExecutor(2) as executor:
        assert rg.scan(folder, TAGS, executor=executor).to_arrow().to_pylist() == expected
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as executor:
        table = rg.scan(folder, TAGS, executor=executor)
        assert table.to_arrow().to_pylist() == expected
        assert table.filter(rg.col("Rows") > 64).to_polars()["Modality"].to_list() == ["CT"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_child_scans_too(folder: Path) -> None:
    assert rg.scan(folder, TAGS).to_arrow().num_rows == 3
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = 0 if sum(len(batch) for batch in rg.scan(folder, TAGS)) == 3 else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_the_interpreter_is_free_while_files_are_read(tmp_path: Path) -> None:
    first = tmp_path / "first"
    shutil.copy(carried("CT_small.dcm"), first)
    paths = [str(first)] * 20_000
    turns, stop = [0], threading.Event()

    def turn() -> None:
        while not stop.is_set():
            turns[0] += 1
            time.sleep(0.0005)

    thread = threading.Thread(target=turn)
    thread.start()
    try:
        assert sum(len(batch) for batch in rg.scan(paths, TAGS, threads=1)) == len(paths)
    finally:
        stop.set()
        thread.join()
    assert turns[0] > 10


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal")
def test_ctrl_c_ends_a_scan(tmp_path: Path, threads: int) -> None:
    first = tmp_path / "first"
    shutil.copy(carried("CT_small.dcm"), first)
    paths = [str(first)] * 2_000_000
    pressed = [0.0]

    def press() -> None:
        time.sleep(0.2)
        pressed[0] = time.monotonic()
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=press)
    with pytest.raises(KeyboardInterrupt):  # noqa: PT012
        thread.start()
        for _ in rg.scan(paths, TAGS, threads=threads):
            pass
    heard = time.monotonic() - pressed[0]
    thread.join()
    assert heard < 5


def test_what_a_callback_raises_comes_out(folder: Path) -> None:
    def stop(_done: int, _total: int) -> None:
        message = "enough"
        raise KeyError(message)

    with pytest.raises(KeyError, match="enough"):
        rg.scan(folder, TAGS, progress=stop).to_arrow()


def test_an_opener_that_fails_is_a_row() -> None:
    from radiogram import _core

    def fails() -> io.BytesIO:
        raise PermissionError(13, "no")

    data = carried("CT_small.dcm").read_bytes()
    plan = _core.ScanPlan(["path", "Modality", "error"])
    loads = [
        [
            ("a", None, None, fails),
            ("b", None, None, lambda: io.BytesIO(data)),
            ("c", 3, 4, "words"),
            ("d", len(data), 4, data),
        ]
    ]
    batches = [pa.record_batch(one) for one in plan.open(iter(loads), rows=10, threads=2, progress=None)]
    rows = pa.Table.from_batches(batches).to_pylist()
    assert [row["Modality"] for row in rows] == [None, "CT", None, "CT"]
    assert "PermissionError" in rows[0]["error"]
    assert "words" in rows[2]["error"]


def test_names_that_are_no_text_of_unicode(tmp_path: Path) -> None:
    if sys.platform == "darwin":
        pytest.skip("the file system takes no such name")
    name = os.fsdecode(os.fsencode(tmp_path) + b"/\xff.dcm")
    shutil.copy(carried("CT_small.dcm"), name)
    assert modalities(rg.scan(tmp_path, TAGS)) == ["CT"]


def test_a_lazy_frame_reads_nothing_before_it_is_collected(folder: Path) -> None:
    told: list[int] = []
    lazy = rg.scan(folder, TAGS, progress=lambda done, _: told.append(done)).lazy()
    assert told == []
    assert lazy.collect().height == 3
    assert told
