"""``radiogram scan``."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest
from pydicom.data import get_testdata_file
from radiogram.cli import main
from radiogram.cli.scan import names

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with two images."""
    (tmp_path / "in").mkdir()
    for name in ("CT_small.dcm", "MR_small.dcm"):
        shutil.copy(str(get_testdata_file(name)), tmp_path / "in" / name)
    return tmp_path / "in"


def test_lines_of_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scan", str(folder), "--tags", "Modality,Rows"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(row["Modality"], row["Rows"]) for row in rows] == [("CT", 128), ("MR", 64)]


def test_a_parquet_file_that_is_continued(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = folder.parent / "meta.parquet"
    command = ["scan", str(folder), "--tags", "Modality", "-o", str(output), "--resume"]
    assert main(command) == 0
    (folder / "text").write_text("no picture")
    assert main(command) == 1
    assert sorted(map(str, pq.read_table(output).column("Modality").to_pylist())) == ["CT", "MR", "None"]
    assert "3 rows, 1 of them with an error" in capsys.readouterr().out


def test_a_query(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scan", str(folder), "--sql", "select max(Rows) as most from scan"]) == 0
    assert "128" in capsys.readouterr().out
    assert main(["scan", str(folder), "--sql", "select nothing"]) == 1
    assert "nothing" in capsys.readouterr().err


def test_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scan"]) == 1
    assert main(["scan", ".", "--tags", "Modalty"]) == 1
    assert "Modality" in capsys.readouterr().err


def test_names_are_divided_by_commas() -> None:
    assert names("Modality, (0029,10)[ACME, INC],(0028,0010)") == [
        "Modality",
        "(0029,10)[ACME, INC]",
        "(0028,0010)",
    ]
