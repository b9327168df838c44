"""``radiogram diff``: what is a difference and what is none, and the exit codes."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import radiogram as rg
from pydicom.data import get_testdata_file
from radiogram.cli import main

from tests import build
from tests.peers import corpus

if TYPE_CHECKING:
    from pathlib import Path

CT = str(get_testdata_file("CT_small.dcm"))
PLAN = str(get_testdata_file("rtplan.dcm"))


def differing(first: str, second: Path, capsys: pytest.CaptureFixture[str], *options: str) -> list[str]:
    code = main(["diff", *options, first, str(second)])
    said = capsys.readouterr()
    assert said.err == ""
    lines = said.out.splitlines()
    assert code == bool(lines)
    assert not lines or lines[:2] == [f"--- {first}", f"+++ {second}"]
    return lines[2:]


def test_each_difference_is_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Changed, gone, new; nested, items more and less; in the order of the tags; file meta information first."""
    ds = rg.read(PLAN)
    ds.file_meta.ImplementationVersionName = "MINE"
    ds.PatientName = "Doe^Jane"
    ds.BeamSequence[0].ControlPointSequence[1].CumulativeMetersetWeight = "0.5"
    del ds.BeamSequence[0].BeamName
    ds.ReferencedStructureSetSequence.append(rg.Dataset({"Rows": 1}))
    del ds.DoseReferenceSequence[1:]
    ds.private_block(0x0029, "ACME", create=True).add_new(1, "LO", "x")
    path = tmp_path / "other.dcm"
    ds.save_as(path)
    weight = rg.read(PLAN).BeamSequence[0].ControlPointSequence[1].CumulativeMetersetWeight
    assert differing(PLAN, path, capsys, "--ignore", "FileMetaInformationGroupLength") == [
        "+ (0002,0013) ImplementationVersionName SH MINE",
        "~ (0010,0010) PatientName PN Last^First^mid^pre -> PN Doe^Jane",
        "+ (0029,0010) Private Creator LO ACME",
        "+ (0029,1001) Private tag data UN 78 20",
        "- (300A,0010)[1] DoseReferenceSequence item of 6 elements",
        "- (300A,00B0)[0].(300A,00C2) BeamName LO Field 1",
        f"~ (300A,00B0)[0].(300A,0111)[1].(300A,0134) CumulativeMetersetWeight DS {weight} -> DS 0.5",
        "+ (300C,0060)[1] ReferencedStructureSetSequence item of 1 element",
    ]


def test_how_it_is_written_makes_no_difference(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Byte order, VRs in the bytes or not, lengths, the order of elements; pixel words too."""
    path = tmp_path / "other.dcm"
    for syntax in ("ExplicitVRBigEndian", "ImplicitVRLittleEndian", "DeflatedExplicitVRLittleEndian"):
        rg.read(CT).save_as(path, transfer_syntax=syntax, lengths="undefined")
        assert differing(CT, path, capsys, "--ignore", "0002", "--ignore", "(0043,1029)") == []
    ordered, mixed = tmp_path / "ordered.dcm", tmp_path / "mixed.dcm"
    one, other = build.element(0x00100010, "PN", "Doe^Jane"), build.element(0x00100020, "LO", "1")
    ordered.write_bytes(build.file(build.PLAIN[: -len(one + other)] + one + other))
    mixed.write_bytes(build.file(build.PLAIN[: -len(one + other)] + other + one))
    assert differing(str(ordered), mixed, capsys) == []


def test_pixels_are_compared_by_their_hash(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One bit is a difference, and the values are not printed."""
    ds = rg.read(CT)
    pixels = bytearray(ds.PixelData)
    pixels[1000] ^= 1
    ds.PixelData = pixels
    path = tmp_path / "other.dcm"
    ds.save_as(path)
    (line,) = differing(CT, path, capsys)
    assert line.startswith("~ (7FE0,0010) PixelData OW <32,768 bytes, sha256 ")
    assert len(line) < 130
    assert differing(CT, path, capsys, "--ignore", "PixelData") == []


def test_a_vr_is_a_difference(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ds = rg.read(CT)
    ds.add_new("PatientID", "SH", ds.PatientID)
    path = tmp_path / "other.dcm"
    ds.save_as(path)
    assert differing(CT, path, capsys) == ["~ (0010,0020) PatientID LO 1CT1 -> SH 1CT1"]


def test_long_values_are_cut_and_control_characters_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ds = rg.read(CT)
    ds.PatientComments = "\t[31m" + "x" * 200
    path = tmp_path / "other.dcm"
    ds.save_as(path)
    (line,) = differing(CT, path, capsys, "--max-width", "20")
    assert line == "+ (0010,4000) PatientComments LT \\t[31m" + "x" * 13 + "…"


def test_every_file_equals_itself(capsys: pytest.CaptureFixture[str]) -> None:
    """Those of pydicom, damaged ones too."""
    count = 0
    for file in corpus.packaged_files():
        try:
            rg.read(file.path)
        except rg.DicomError:
            continue
        assert (main(["diff", str(file.path), str(file.path)]), capsys.readouterr().out) == (0, ""), file.name
        count += 1
    assert count > 100


def test_what_cannot_be_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, and the file that is meant; wrong usage too."""
    broken = tmp_path / "broken.dcm"
    broken.write_bytes(b"no DICOM")
    for arguments, meant in (
        ([CT, str(broken)], str(broken)),
        ([str(tmp_path / "none"), CT], "none"),
        (["-", "-"], "once"),
    ):
        assert main(["diff", *arguments]) == 2
        assert meant in capsys.readouterr().err
    for wrong in ("PatientNam", "BeamSequence[0]", "001000100"):
        with pytest.raises(SystemExit) as caught:
            main(["diff", "--ignore", wrong, CT, CT])
        assert caught.value.code == 2


def test_the_standard_input() -> None:
    command = [sys.executable, "-m", "radiogram", "diff", CT, "-"]
    with open(PLAN, "rb") as file:  # noqa: PTH123
        said = subprocess.run(command, stdin=file, capture_output=True, check=False, text=True)
    assert (said.returncode, said.stderr) == (1, "")
    assert "~ (0008,0060) Modality CS CT -> CS RTPLAN" in said.stdout
