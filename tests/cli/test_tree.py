"""``radiogram tree``: what is counted, how it is shown, what is left out."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from pydicom.data import get_testdata_file
from radiogram.cli import main
from radiogram.volume.phantom import Phantom, write_series

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with a series of four slices, an MR image, a multi-frame image and a text."""
    held = tmp_path / "in"
    held.mkdir()
    write_series(held / "ct", Phantom(slices=4, rows=16, columns=16))
    shutil.copy(str(get_testdata_file("MR_small.dcm")), held / "mr.dcm")
    shutil.copy(str(get_testdata_file("emri_small.dcm")), held / "enhanced.dcm")
    (held / "notes.txt").write_text("nothing")
    return held


def test_numbers_are_those_of_the_files(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tree", "--json", str(folder)]) == 1
    out, err = capsys.readouterr()
    told = json.loads(out)
    assert told["failed"] == 1
    assert "notes.txt" in err
    series = [one for patient in told["patients"] for study in patient["studies"] for one in study["series"]]
    assert sorted((one["modality"], one["instances"], one["frames"]) for one in series) == [
        ("CT", 4, 4),
        ("MR", 1, 1),
        ("MR", 1, 10),
    ]
    sizes = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and path.suffix != ".txt")
    assert sum(one["bytes"] for one in series) == sizes
    assert "4MR1" in out


def test_lines_show_the_same(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "notes.txt").unlink()
    assert main(["tree", str(folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1].startswith("3 patients, 3 studies, 3 series, 6 instances, ")
    assert any(line.startswith("patient 4MR1  CompressedSamples^MR1: 1 study, 1 series") for line in lines)
    assert any("2004-08-26" in line or "20040826" in line for line in lines)


def test_numbered_tells_nothing_of_patients(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for more in ([], ["--json"]):
        main(["tree", "--numbered", *more, str(folder)])
        out = capsys.readouterr().out
        assert "4MR1" not in out
        assert "MR1" not in out
        assert "1.2" not in out
        assert "2004" not in out


def test_nothing_obeys_what_a_file_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import radiogram as rg

    ds = rg.read(str(get_testdata_file("CT_small.dcm")))
    ds.PatientName = "evil\x07\x0b"
    ds.save_as(tmp_path / "a.dcm")
    assert main(["tree", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "evil\\x07" in out
    assert "\x07" not in out
