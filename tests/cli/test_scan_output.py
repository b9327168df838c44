"""``radiogram scan -o``: what is written is what the file's name says."""

from __future__ import annotations

import csv
import json
import struct
from typing import TYPE_CHECKING

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest
import radiogram as rg
from radiogram.cli import main

from tests.build import element, file

if TYPE_CHECKING:
    from pathlib import Path

TAGS = "ImageType,StudyDate,PixelSpacing,RescaleSlope,PatientComments,GreenPaletteColorLookupTableData,DiffusionBValue"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with a file of all kinds of values, and one that is none."""
    content = element(0x00080008, "CS", "ORIGINAL\\PRIMARY") + element(0x00080020, "DA", "20240131")
    content += element(0x00100020, "LO", "1") + element(0x00104000, "LT", 'a "b",\r\nc')
    content += element(0x00189087, "FD", struct.pack("<d", float("nan")))
    content += element(0x00280030, "DS", "0.5\\0.25") + element(0x00281053, "DS", "2 ")
    content += element(0x00281202, "OW", b"\0\1\2\3")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.dcm").write_bytes(file(content))
    (tmp_path / "in" / "b.dcm").write_bytes(b"none")
    return tmp_path / "in"


def scanned(folder: Path, name: str, *more: str) -> Path:
    """Write a file."""
    output = folder.parent / name
    assert main(["scan", str(folder), "--tags", TAGS, "-o", str(output), *more]) == 1
    return output


def test_csv(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It was a Parquet file of that name."""
    output = scanned(folder, "meta.CSV")
    assert capsys.readouterr().out == f"2 rows, 1 of them with an error: {output}\n"
    with output.open(newline="", encoding="utf-8") as text:
        one, other = csv.DictReader(text)
    assert one["ImageType"] == "ORIGINAL\\PRIMARY"
    assert (one["StudyDate"], one["PixelSpacing"], one["RescaleSlope"]) == ("2024-01-31", "0.5\\0.25", "2.0")
    assert one["PatientComments"] == 'a "b",\r\nc'
    assert (one["GreenPaletteColorLookupTableData"], one["DiffusionBValue"]) == ("AAECAw==", "nan")
    assert other["error"].startswith("NotDicomError")
    assert other["ImageType"] == ""
    assert pd.read_csv(output)["RescaleSlope"][0] == pl.read_csv(output)["RescaleSlope"][0] == 2.0


@pytest.mark.parametrize("end", ["ndjson", "jsonl"])
def test_lines_of_json(folder: Path, end: str) -> None:
    """NaN is no JSON; bytes were what Python shows of them."""

    def never(word: str) -> None:
        raise AssertionError(word)

    text = scanned(folder, f"meta.{end}").read_text(encoding="utf-8")
    one, other = (json.loads(line, parse_constant=never) for line in text.splitlines())
    assert one["ImageType"] == ["ORIGINAL", "PRIMARY"]
    assert (one["PixelSpacing"], one["DiffusionBValue"]) == ([0.5, 0.25], "NaN")
    assert one["GreenPaletteColorLookupTableData"] == "AAECAw=="
    assert other["ImageType"] is None


@pytest.mark.parametrize("end", ["parquet", "arrow", "feather"])
def test_columns(folder: Path, end: str) -> None:
    output = scanned(folder, f"meta.{end}", "-q")
    if end == "parquet":
        found = pq.read_table(output)
    elif end == "arrow":
        with pa.ipc.open_file(output) as reader:
            found = reader.read_all()
    else:
        found = pyarrow.feather.read_table(output)
    expected = rg.scan(folder, TAGS.split(",")).to_arrow().to_pylist()
    assert repr(found.to_pylist()) == repr(expected)


@pytest.mark.parametrize("name", ["meta", "meta.xlsx", "meta.csv.gz", "meta.txt"])
def test_any_other_name_is_refused(folder: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    output = folder.parent / name
    assert main(["scan", str(folder), "-o", str(output)]) == 2
    assert ".parquet, .pq, .csv" in capsys.readouterr().err
    assert not output.exists()


def test_what_cannot_be_done_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = folder.parent / "meta.csv"
    assert main(["scan", str(folder), "-o", str(output), "--resume"]) == 2
    assert main(["scan", str(folder), "--resume"]) == 2
    assert main(["scan", str(folder), "-o", str(output), "--sql", "select 1"]) == 2
    assert "Parquet" in capsys.readouterr().err
    assert not output.exists()


def test_a_file_that_is_there_stays_where_a_scan_ends_early(folder: Path) -> None:
    output = folder.parent / "meta.csv"
    output.write_text("before")
    assert main(["scan", str(folder), "-t", "Modalty", "-o", str(output)]) == 1
    assert output.read_text() == "before"
    assert [one.name for one in folder.parent.iterdir() if one.name.endswith(".part")] == []
