"""``radiogram edit --table``: rows find their files, files get their values, and what went wrong is told."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
import radiogram as rg
from pydicom.data import get_testdata_file
from radiogram.cli import main
from radiogram.cli.edit_rows import rows_of
from radiogram.errors import ArgumentError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with three images."""
    held = tmp_path / "in"
    (held / "below").mkdir(parents=True)
    shutil.copy(str(get_testdata_file("CT_small.dcm")), held / "ct.dcm")
    shutil.copy(str(get_testdata_file("MR_small.dcm")), held / "below" / "mr.dcm")
    shutil.copy(str(get_testdata_file("examples_rgb_color.dcm")), held / "us.dcm")
    return held


def _report(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines() if line][1:]


def test_rows_by_path_go_to_a_folder(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "edits.csv"
    table.write_text(
        "path,PatientID,PatientName,InstitutionName,OtherPatientIDsSequence[0].PatientID,"
        '"(0029,01)[ACME]:LO"\n'
        "ct.dcm,A1,Doe^Jane,<delete>,X,one\n"
        "below/mr.dcm,A2,,<empty>,,\n"
    )
    out, report = tmp_path / "out", tmp_path / "report.ndjson"
    untouched = (folder / "us.dcm").read_bytes()
    code = main(["edit", str(folder), "--table", str(table), "-o", str(out), "--report", str(report)])
    assert code == 0
    assert "2 files edited" in capsys.readouterr().out
    ct, mr = rg.read(out / "ct.dcm"), rg.read(out / "below" / "mr.dcm")
    assert (ct.PatientID, str(ct.PatientName), "InstitutionName" in ct) == ("A1", "Doe^Jane", False)
    assert ct.OtherPatientIDsSequence[0].PatientID == "X"
    assert ct.private_block(0x0029, "ACME")[1].value == "one"
    assert (mr.PatientID, str(mr.PatientName), mr.InstitutionName) == ("A2", "CompressedSamples^MR1", "")
    assert not (out / "us.dcm").exists()
    assert (folder / "us.dcm").read_bytes() == untouched
    told = _report(report)
    assert [(one["row"], one["status"]) for one in told] == [(1, "edited"), (2, "edited")]
    assert told[1]["elements"] == ["PatientID", "InstitutionName"]
    assert "Doe" not in report.read_text()


def test_rows_by_instance_replace_files(folder: Path, tmp_path: Path) -> None:
    uids = {path: str(rg.read(path).SOPInstanceUID) for path in folder.rglob("*.dcm")}
    table = tmp_path / "edits.json"
    rows = [
        {"SOPInstanceUID": uid, "PatientID": path.stem, "PatientWeight": 70.5} for path, uid in uids.items()
    ]
    table.write_text(json.dumps(rows))
    assert main(["edit", str(folder), "--table", str(table), "--in-place", "StudyID=7"]) == 0
    for path in uids:
        ds = rg.read(path)
        assert (ds.PatientID, ds.PatientWeight, ds.StudyID) == (path.stem, 70.5, "7")
        assert str(ds.SOPInstanceUID) == uids[path]
    # One row for all files of a patient.
    table.write_text(
        '{"PatientID": "ct", "ImageType": ["DERIVED", "SECONDARY"]}\n{"PatientID": "mr", "StudyID": null}\n'
    )
    lines = tmp_path / "edits.ndjson"
    table.rename(lines)
    assert main(["edit", str(folder), "--table", str(lines), "--key", "PatientID", "--in-place"]) == 0
    assert rg.read(folder / "ct.dcm").ImageType == ["DERIVED", "SECONDARY"]
    assert "StudyID" not in rg.read(folder / "below" / "mr.dcm")


def test_a_dry_run_writes_nothing_but_its_report(folder: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*.dcm")}
    table, report = tmp_path / "edits.csv", tmp_path / "report"
    table.write_text("path,PatientID\nct.dcm,1\n")
    arguments = [
        "edit",
        str(folder),
        "--table",
        str(table),
        "--in-place",
        "--dry-run",
        "--report",
        str(report),
    ]
    assert main(arguments) == 0
    assert _report(report)[0]["status"] == "would edit"
    assert {path: path.read_bytes() for path in folder.rglob("*.dcm")} == before


def test_what_fails_stays_and_the_rest_goes_on(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "text.dcm").write_text("nothing of DICOM")
    table, report = tmp_path / "edits.csv", tmp_path / "report"
    table.write_text("path,Rows\ntext.dcm,1\ngone.dcm,1\n../outside.dcm,1\nct.dcm,many\nus.dcm,300\n")
    before = (folder / "ct.dcm").read_bytes()
    assert main(["edit", str(folder), "--table", str(table), "--in-place", "--report", str(report)]) == 1
    assert [one["status"] for one in _report(report)] == ["failed", "unmatched", "failed", "failed", "edited"]
    assert (folder / "ct.dcm").read_bytes() == before
    assert rg.read(folder / "us.dcm").Rows == 300
    assert "3 failed, 1 rows without a file" in capsys.readouterr().out


def test_a_run_goes_on_from_its_report(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table, report, out = tmp_path / "edits.csv", tmp_path / "report", tmp_path / "out"
    table.write_text("path,PatientID\nct.dcm,1\nus.dcm,2\n")
    arguments = [
        "edit",
        str(folder),
        "--table",
        str(table),
        "-o",
        str(out),
        "--report",
        str(report),
        "--resume",
    ]
    assert main(arguments) == 0
    # As if the process had died within the second line.
    lines = report.read_text().splitlines()
    report.write_text("\n".join(lines[:2]) + "\n" + lines[2][:20])
    (out / "us.dcm").unlink()
    stamp = (out / "ct.dcm").stat().st_mtime_ns
    capsys.readouterr()
    assert main(arguments) == 0
    assert "1 files edited, 1 done before" in capsys.readouterr().out
    assert (out / "ct.dcm").stat().st_mtime_ns == stamp
    assert rg.read(out / "us.dcm").PatientID == "2"
    table.write_text("path,PatientID\nct.dcm,3\n")
    assert main(arguments) == 2


@pytest.mark.parametrize(
    "content",
    [
        "path,NoSuchKeyword\nct.dcm,1\n",
        "path,PatientID\nct.dcm,1\nct.dcm,2\n",
        "file,PatientID\nct.dcm,1\n",
        "path,PatientID\n,1\n",
        "path,PatientID\nct.dcm\n",
        "path,path\nct.dcm,1\n",
    ],
)
def test_a_wrong_table_is_refused_before_anything_is_done(folder: Path, tmp_path: Path, content: str) -> None:
    before = (folder / "ct.dcm").read_bytes()
    table = tmp_path / "edits.csv"
    table.write_text(content)
    assert main(["edit", str(folder), "--table", str(table), "--in-place"]) == 2
    assert (folder / "ct.dcm").read_bytes() == before


def test_tables_of_every_form_are_one() -> None:
    expected = (("path", "a"), ("Rows", "1"), ("ImageType", "A\\B"), ("StudyID", None), ("PatientID", ""))
    csv = "path,Rows,ImageType,StudyID,PatientID,Modality\na,1,A\\B,<delete>,<empty>,\n"
    one = {"path": "a", "Rows": 1, "ImageType": ["A", "B"], "StudyID": None, "PatientID": ""}
    for name, text in {
        "a.csv": "\ufeff" + csv,
        "a.tsv": csv.replace(",", "\t"),
        "a.json": json.dumps([one]),
        "a.jsonl": json.dumps(one) + "\n\n",
    }.items():
        assert rows_of(text.encode(), name).rows[0].cells == expected, name
    for name, text in {"a.json": "[1]", "a.ndjson": "{", "b.json": '[{"Rows": true}]', "a.csv": ""}.items():
        with pytest.raises(ArgumentError):
            rows_of(text.encode(), name)
