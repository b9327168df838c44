"""What a scan reads of a file: what is asked for and no more, out of its place too, and never half of one state and half of another."""

from __future__ import annotations

import datetime as dt
import io
import pickle
import threading
import zipfile
from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa
import pytest
import radiogram as rg
from radiogram.errors import ArgumentError
from radiogram.scanning.sources import Sources

from tests import build
from tests.scanning.conftest import carried, modalities

if TYPE_CHECKING:
    from pathlib import Path


def test_only_what_is_needed_is_read() -> None:
    from radiogram import _core

    whole = carried("CT_small.dcm").read_bytes()
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
        assert modalities(table.filter(rg.col("Modality") == "CT")) == ["CT"]
        assert modalities(table.filter(rg.col("Modality").is_null())) == []


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

    # Files that another thread rewrites all the time: a row is of one state, or says that it is of a part of it, or has an error.
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
    pairs = {
        (row["Modality"], row["TotalPixelMatrixColumns"], tuple(row["problems"] or ()))
        for row in rows
        if row["error"] is None
    }
    parts = {pair for pair in pairs if "truncated (7FE0,0010)" in pair[2]}
    assert {pair[:2] for pair in parts} <= {("CT", None), ("MR", None)}
    assert {pair[:2] for pair in pairs - parts} <= {("CT", 1), ("MR", 2)}


def test_a_file_that_breaks_off_behind_what_was_asked_for_is_told(tmp_path: Path) -> None:
    """Where the header of what is cut is met, though nobody reads its value."""
    head, end = _image(MODALITY), build.element(0x00480006, "UL", b"\1\0\0\0")
    whole = _image(MODALITY, PIXELS, LARGER, end)
    sorted_ = _image(MODALITY, LARGER, end, PIXELS)
    path = tmp_path / "a"

    def row(content: bytes) -> tuple[object, ...]:
        path.write_bytes(content)
        (row,) = rg.scan([path], ["Modality", "TotalPixelMatrixColumns"]).to_arrow().to_pylist()
        return row["TotalPixelMatrixColumns"], row["problems"], row["error"]

    assert row(sorted_) == (1, None, None)
    for size in (len(head) + 50, 4096, 8192, len(sorted_) - 1):
        number, problems, error = row(sorted_[:size])
        assert (number, problems, error) == (1, ["truncated (7FE0,0010)"], None), size
    for size in (len(head) + 13, 4096, 8192, 16384, len(head) + 12 + 19_999, len(whole) - 14):
        number, problems, error = row(whole[:size])
        assert number is None
        assert error is None
        assert problems[-1].startswith("truncated"), size
