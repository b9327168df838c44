"""Scans of files made here and of those that pydicom carries: sources, conditions, faults, threads, formats."""

from __future__ import annotations

import datetime as dt
import io
import os
import pickle
import shutil
import signal
import subprocess
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
import pyarrow.parquet as pq
import pytest
import radiogram as rg
from pydicom.data import get_testdata_file
from radiogram.errors import ArgumentError
from radiogram.scanning.sources import Sources

from tests import build

TAGS = ["Modality", "Rows", "PixelSpacing", "StudyDate"]


def _file(name: str) -> Path:
    return Path(str(get_testdata_file(name)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with two images, one of them in a folder below, and a text."""
    (tmp_path / "in" / "below").mkdir(parents=True)
    shutil.copy(_file("CT_small.dcm"), tmp_path / "in" / "a.dcm")
    shutil.copy(_file("MR_small.dcm"), tmp_path / "in" / "below" / "b.dcm")
    (tmp_path / "in" / "notes.txt").write_text("nothing of DICOM")
    return tmp_path / "in"


def _modalities(table: rg.ScanTable) -> list[Any]:
    return table.to_arrow().column("Modality").to_pylist()


def test_a_folder_is_read_with_all_below(folder: Path) -> None:
    table = rg.scan(folder, TAGS).to_arrow()
    assert table.column_names == ["path", "size", "mtime", *TAGS, "problems", "error"]
    assert table.column("Modality").to_pylist() == ["CT", None, "MR"]
    assert table.column("error").to_pylist()[1].startswith("NotDicomError")
    assert table.column("size").to_pylist()[0] == (folder / "a.dcm").stat().st_size
    stamps = table.column("mtime").cast(pa.int64()).to_pylist()
    assert stamps[0] == (folder / "a.dcm").stat().st_mtime_ns


def test_names_of_sources(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _modalities(rg.scan(str(folder / "**" / "*.dcm"), TAGS)) == ["CT", "MR"]
    assert _modalities(rg.scan([folder / "below", folder / "a.dcm"], TAGS)) == ["CT", "MR"]
    manifest = folder / "list.txt"
    manifest.write_text("# two\nbelow/b.dcm\n\na.dcm\n")
    assert _modalities(rg.scan(manifest=manifest, tags=TAGS)) == ["MR", "CT"]
    monkeypatch.chdir(folder)
    assert _modalities(rg.scan("a.dcm", TAGS)) == ["CT"]
    assert _modalities(rg.scan("file://" + str(folder / "a.dcm"), TAGS)) == ["CT"]
    assert _modalities(rg.scan(f"file://{folder}/**/*.dcm", TAGS)) == ["CT", "MR"]


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
    errors = rg.scan([tmp_path / name, _file("CT_small.dcm")], TAGS).to_arrow().column("error").to_pylist()
    assert "cannot be read" in errors[0]
    assert errors[1] is None


def test_a_dicomdir_stands_for_its_files() -> None:
    path = _file("DICOMDIR")
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
        assert "".join(_modalities(table.filter(condition))) == expected
    assert len(_modalities(table.filter(col("error").is_not_null()))) == 1
    # A column that is not in the table.
    assert _modalities(table.filter(col("PatientID") == "1CT1")) == ["CT"]
    assert _modalities(table.filter(col("ImageType") == "AXIAL")) == ["CT"]
    assert _modalities(table.filter(col("path") == str(folder / "a.dcm"), col("size") > 0)) == ["CT"]


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
    whole = _file("CT_small.dcm").read_bytes()
    (tmp_path / "a_cut").write_bytes(whole[:1000])
    (tmp_path / "b_empty").write_bytes(b"")
    (tmp_path / "c_noise").write_bytes(os.urandom(5000))
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
    whole = _file("CT_small.dcm").read_bytes()
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
    shutil.copy(_file("CT_small.dcm"), first)
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


def test_parquet_holds_what_arrow_holds(folder: Path, tmp_path: Path) -> None:
    table = rg.scan(folder, TAGS)
    assert table.write_parquet(tmp_path / "m.parquet") == 3
    assert pq.read_table(tmp_path / "m.parquet").to_pylist() == table.to_arrow().to_pylist()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "m.parquet"]
    with pytest.raises(FileNotFoundError):
        table.write_parquet(tmp_path / "nowhere" / "m.parquet")


def test_what_was_not_changed_is_not_read_again(folder: Path, tmp_path: Path) -> None:
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
    shutil.copy(_file("MR_small.dcm"), folder / "a.dcm")
    (folder / "notes.txt").unlink()
    shutil.copy(_file("CT_small.dcm"), folder / "new.dcm")
    told.clear()
    found = again().to_arrow().sort_by("path")
    assert read() == 2
    assert found.to_pylist() == rg.scan(folder, TAGS).to_arrow().sort_by("path").to_pylist()
    assert again().filter(rg.col("Modality") == "MR").to_arrow().num_rows == 2
    # A column that the earlier file lacks: everything is read.
    told.clear()
    assert again(["PatientID"]).to_arrow().column("PatientID").null_count == 0
    assert read() == 3


def test_what_is_no_earlier_scan_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "m.parquet").write_text("no parquet")
    with pytest.raises(ArgumentError):
        rg.scan(folder, TAGS, since=tmp_path / "m.parquet").to_arrow()


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
    shutil.copy(_file("CT_small.dcm"), first)
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
    shutil.copy(_file("CT_small.dcm"), first)
    timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        for _ in rg.scan([str(first)] * 2_000_000, TAGS, threads=threads):
            pass
    assert time.monotonic() - begun < 5


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

    data = _file("CT_small.dcm").read_bytes()
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
    shutil.copy(_file("CT_small.dcm"), name)
    assert _modalities(rg.scan(tmp_path, TAGS)) == ["CT"]


def test_only_what_is_needed_is_read() -> None:
    from radiogram import _core

    whole = _file("CT_small.dcm").read_bytes()
    read: list[int] = []

    class Counting(io.BytesIO):
        def read(self, count: int | None = -1, /) -> bytes:
            found = super().read(count)
            read.append(len(found))
            return found

    plan = _core.ScanPlan(["Modality"])
    loads = [[("a", len(whole), None, lambda: Counting(whole))]]
    batches = list(plan.open(iter(loads), rows=1, threads=1, progress=None))
    assert pa.record_batch(batches[0]).column("Modality").to_pylist() == ["CT"]
    assert sum(read) <= 8192 < len(whole)


def test_sources_pickle() -> None:
    sources = Sources.of(["a", "b"])
    assert pickle.loads(pickle.dumps(sources)) == sources


def _image(*elements: bytes) -> bytes:
    return build.file(b"".join(elements))


MODALITY = build.element(0x00080060, "CS", "CT")
IDENTIFIER = build.element(0x00100020, "LO", "1")
LARGER = build.element(0x00400010, "SH", "far behind")
PIXELS = build.element(0x7FE00010, "OB", bytes(20_000))


@pytest.mark.parametrize(
    "content",
    [
        _image(IDENTIFIER, MODALITY, LARGER, PIXELS),
        _image(IDENTIFIER, LARGER, MODALITY, PIXELS),
        _image(IDENTIFIER, LARGER, PIXELS, MODALITY),
        _image(IDENTIFIER, LARGER, build.element(0x00420011, "OB", bytes(70_000)), MODALITY, PIXELS),
        _image(
            IDENTIFIER,
            build.sequence(0x00400260, build.item(LARGER), build.SEQUENCE_END, length=build.UNDEFINED),
            MODALITY,
        ),
    ],
)
def test_an_unsorted_file_gives_its_values(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a").write_bytes(content)
    with zipfile.ZipFile(tmp_path / "z.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", content)
    tags = ["Modality", "PatientID"]
    for source in ("a", "z.zip"):
        table = rg.scan(tmp_path / source, tags)
        row = table.to_arrow().to_pylist()[0]
        assert (row["Modality"], row["PatientID"], row["error"]) == ("CT", "1", None)
        assert any(problem.startswith("unsorted_tags") for problem in row["problems"])
        assert _modalities(table.filter(rg.col("Modality") == "CT")) == ["CT"]
        assert _modalities(table.filter(rg.col("Modality").is_null())) == []


def test_what_is_absent_is_no_problem(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(_image(IDENTIFIER, LARGER, PIXELS))
    row = rg.scan(tmp_path, ["Modality", "PatientID"]).to_arrow().to_pylist()[0]
    assert (row["Modality"], row["problems"], row["error"]) == (None, None, None)


def test_moments_are_what_the_clock_said(tmp_path: Path) -> None:
    texts = [
        "20240229101112.5",
        "2024022910",
        "20240229101112+0530",
        "20240229",
        "2024",
        "20240230101112",
        "",
    ]
    for number, text in enumerate(texts):
        (tmp_path / str(number)).write_bytes(_image(build.element(0x0008002A, "DT", text)))
    table = rg.scan(tmp_path, ["AcquisitionDateTime", "AcquisitionDateTime:text"])
    rows = table.to_arrow().to_pylist()
    moment = dt.datetime(2024, 2, 29, 10, 11, 12)  # noqa: DTZ001  # a clock's
    found = [row["AcquisitionDateTime"] for row in rows]
    assert found == [
        moment.replace(microsecond=500_000),
        moment.replace(minute=0, second=0),
        moment,
        *[None] * 4,
    ]
    assert [row["AcquisitionDateTime:text"] for row in rows] == [*texts[:-1], None]
    problems = [(row["problems"] or [None])[0] for row in rows]
    assert problems == [
        None,
        None,
        "utc_offset (0008,002A)",
        *["unfit_value (0008,002A)"] * 2,
        "bad_date_time (0008,002A)",
        None,
    ]
    assert table.to_arrow().schema.field("AcquisitionDateTime").type == pa.timestamp("us")
    assert table.to_polars().schema["AcquisitionDateTime"] == pl.Datetime("us")
    later = table.filter(rg.col("AcquisitionDateTime") > moment)
    assert later.to_arrow().num_rows == 1
    with pytest.raises(ArgumentError):
        table.filter(rg.col("AcquisitionDateTime") > moment.replace(tzinfo=dt.UTC))
    for wrong in ("StudyDate:txt", "ReferencedImageSequence:text", "PixelData:text"):
        with pytest.raises(ArgumentError):
            rg.scan(tmp_path, [wrong])


def test_a_condition_ends_the_reading_where_it_fails() -> None:
    from radiogram import _core

    front = MODALITY + IDENTIFIER
    content = _image(
        front, build.element(0x00420011, "OB", bytes(300_000)), build.element(0x00480006, "US", b"\1\0")
    )
    read: list[tuple[int, int]] = []

    class Asked:
        def fetch(self, offset: int, count: int) -> tuple[int, bytes, int, None, None]:
            read.append((offset, count))
            return offset, content[offset : offset + count], len(content), None, None

    def rows(steps: list[tuple[object, ...]]) -> int:
        read.clear()
        plan = _core.ScanPlan(["Modality", "TotalPixelMatrixColumns"], steps)
        loads = [[("a", None, None, Asked())]]
        return sum(len(one) for one in plan.open(iter(loads), rows=9, threads=1, progress=None))

    assert rows([("==", "Modality", "MR")]) == 0
    assert len(read) == 1
    assert rows([("==", "Modality", "CT")]) == 1
    assert len(read) == 2


def test_a_condition_on_names_reads_nothing() -> None:
    from radiogram import _core

    class Never:
        def fetch(self, *_: int) -> None:
            raise AssertionError

    plan = _core.ScanPlan(["path", "Modality"], [("==", "size", 4)])
    loads = [[("a", 3, 0, Never()), ("b", 3, 0, Never())]]
    assert sum(len(one) for one in plan.open(iter(loads), rows=9, threads=1, progress=None)) == 0


def test_a_file_that_shrinks_or_is_replaced_while_it_is_read_is_an_error(tmp_path: Path) -> None:
    whole = _image(
        MODALITY, build.element(0x00420011, "OB", bytes(50_000)), build.element(0x00480006, "US", b"\1\0")
    )
    from radiogram import _core

    class Short:
        """Says that it has more than it has."""

        def __init__(self) -> None:
            self._file = io.BytesIO(whole[:20_000])

        def seek(self, offset: int, whence: int = 0) -> int:
            return len(whole) if whence == 2 else self._file.seek(offset)

        def read(self, count: int) -> bytes:
            return self._file.read(count)

        def close(self) -> None:
            """Do nothing."""

    plan = _core.ScanPlan(["Modality", "TotalPixelMatrixColumns", "error"])
    batches = list(plan.open(iter([[("a", len(whole), None, Short)]]), rows=9, threads=1, progress=None))
    assert "became shorter" in pa.record_batch(batches[0]).column("error").to_pylist()[0]

    # Files that another thread rewrites all the time: a row is of one state, or has an error.
    path = tmp_path / "a"
    states = {
        name: _image(
            build.element(0x00080060, "CS", name), PIXELS, LARGER, build.element(0x00480006, "US", number)
        )
        for name, number in (("CT", b"\1\0"), ("MR", b"\2\0"))
    }
    path.write_bytes(states["CT"])
    stop = threading.Event()

    def rewrite() -> None:
        while not stop.is_set():
            for content in states.values():
                path.write_bytes(content)

    thread = threading.Thread(target=rewrite)
    thread.start()
    try:
        rows = rg.scan([path] * 5000, ["Modality", "TotalPixelMatrixColumns"]).to_arrow().to_pylist()
    finally:
        stop.set()
        thread.join()
    pairs = {(row["Modality"], row["TotalPixelMatrixColumns"]) for row in rows if row["error"] is None}
    assert pairs <= {("CT", 1), ("MR", 2)}


PROGRAM = """
import os, sys, time
import radiogram as rg

def told(done, total):
    print(done, flush=True)
    # Never fast enough for whoever ends it.
    time.sleep(0.05)

rg.scan(sys.argv[1], ["Modality", "SOPInstanceUID"], since=sys.argv[2], progress=told, threads=1).write_parquet(sys.argv[2])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kills a process")
def test_a_scan_that_was_killed_is_gone_on_with(tmp_path: Path) -> None:
    shutil.copy(_file("CT_small.dcm"), tmp_path / "first")
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


def test_a_lazy_frame_reads_nothing_before_it_is_collected(folder: Path) -> None:
    told: list[int] = []
    lazy = rg.scan(folder, TAGS, progress=lambda done, _: told.append(done)).lazy()
    assert told == []
    assert lazy.collect().height == 3
    assert told
