"""``radiogram edit``: what it sets, deletes, writes and refuses."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pydicom
import pytest
import radiogram as rg
from pydicom.data import get_testdata_file
from radiogram.cli import main

from tests import build

CT = str(get_testdata_file("CT_small.dcm"))
PLAN = str(get_testdata_file("rtplan.dcm"))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out.dcm"


def edited(out: Path, *arguments: str, file: str = CT) -> rg.Dataset:
    assert main(["edit", file, *arguments, "-o", str(out)]) == 0
    return rg.read(out)


def test_elements_are_set_and_deleted(out: Path) -> None:
    """By keyword and tag, in items, in private blocks, in the file meta information; pydicom reads the same."""
    ds = edited(
        out,
        "PatientName=Doe^Jane",
        "(0010,0040)=O",
        "00100020=1=2",
        r"ImageType=DERIVED\SECONDARY",
        r"PixelSpacing=0.5\0.25",
        "Rows=0x80",
        r"PatientComments=a\b",
        "FrameIncrementPointer=FrameTime",
        "OtherPatientIDsSequence[0].PatientID=first",
        "OtherPatientIDsSequence[2].PatientID=third",
        "BeamSequence[0].ControlPointSequence[0].CumulativeMetersetWeight=1.5",
        "(0029,01)[ACME]:LO=mine",
        "(0029,02)[ACME]:OB=00ff",
        "ImplementationVersionName=MINE",
        "StudyDescription=",
        "--delete",
        "KVP",
        "OtherPatientIDsSequence[1]",
        "(0043,27)[GEMS_PARM_01]",
    )
    theirs = pydicom.dcmread(out)
    for read in (ds, theirs):
        assert (read.PatientName, read.PatientSex, read.PatientID) == ("Doe^Jane", "O", "1=2")
        assert (read.ImageType, read.PixelSpacing) == (["DERIVED", "SECONDARY"], [0.5, 0.25])
        assert (read.Rows, read.PatientComments, read.FrameIncrementPointer) == (128, "a\\b", 0x00181063)
        assert [item.PatientID for item in read.OtherPatientIDsSequence] == ["first", "third"]
        assert read.BeamSequence[0].ControlPointSequence[0].CumulativeMetersetWeight == 1.5
        block = read.private_block(0x0029, "ACME")
        assert (block[0x01].value, block[0x02].value) == ("mine", b"\0\xff")
        assert read.file_meta.ImplementationVersionName == "MINE"
        assert read["StudyDescription"].is_empty
        assert "KVP" not in read
        assert 0x27 not in read.private_block(0x0043, "GEMS_PARM_01")
    assert ds.check() == ()


def test_what_was_not_changed_is_as_it_was(out: Path) -> None:
    """Nothing asked: the same bytes; one element of the same length: the same bytes but those."""
    before = Path(CT).read_bytes()
    edited(out)
    assert out.read_bytes() == before
    edited(out, "PatientID=XXXX")
    after = out.read_bytes()
    assert len(after) == len(before)
    assert sum(one != other for one, other in zip(before, after, strict=True)) <= 4


def test_the_file_itself_is_replaced(out: Path) -> None:
    out.write_bytes(Path(PLAN).read_bytes())
    assert main(["edit", str(out), "BeamSequence[0].BeamName=Other", "--in-place"]) == 0
    assert pydicom.dcmread(out).BeamSequence[0].BeamName == "Other"
    assert [path.name for path in out.parent.iterdir()] == ["out.dcm"]


def test_transfer_syntax_and_repair(out: Path) -> None:
    """Another encoding of the same values; what was wrong is put right."""
    ds = edited(out, "--transfer-syntax", "ExplicitVRBigEndian")
    assert ds.original_encoding == (False, False)
    assert (ds.pixel_array == rg.read(CT).pixel_array).all()
    broken = out.with_name("broken.dcm")
    broken.write_bytes(build.file(build.PLAIN + build.element(0x00080016, "UI", "1.2")))
    assert rg.read(broken).problems
    assert edited(out, "--repair", file=str(broken)).check() == ()


def test_standard_input_and_output() -> None:
    command = [sys.executable, "-m", "radiogram", "edit", "-", "PatientID=piped", "-o", "-"]
    said = subprocess.run(command, input=Path(CT).read_bytes(), capture_output=True, check=True)
    assert said.stderr == b""
    assert pydicom.dcmread(io.BytesIO(said.stdout)).PatientID == "piped"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["Rows=many"], "Rows: the values of US are whole numbers"),
        (["Rows=70000"], f"{CT}: a number that its VR cannot hold, at (0028,0010)"),
        (["FrameIncrementPointer=Nothing"], "tags or keywords"),
        (["RecommendedDisplayFrameRateInFloat=fast"], "the values of FL are numbers"),
        (["PixelData=xyz"], "hexadecimal"),
        (["BeamSequence=x"], "its items"),
        (["BeamSequence.BeamName=x"], "BeamSequence[0]"),
        (["OtherPatientIDsSequence[5].PatientID=x"], "there are 2 items"),
        (["PatientID[0].PatientID=x"], "no sequence but LO"),
        (["(0029,01)[ACME]=x"], "(0029,01)[ACME]:LO=x"),
        (["PatientSex=other", "--validate"], "PatientSex: the value breaks a rule of CS"),
        (["PatientName=\u5c71"], "ISO_IR 192"),
        (["--delete", "EchoTime"], "there is no EchoTime to delete"),
        (["--delete", "OtherPatientIDsSequence[2]"], "there are 2 items"),
        (["--delete", "PatientID[0]"], "LO has no items"),
        (["--delete", "(0029,01)[ACME]"], "private creator"),
        (["--transfer-syntax", "HEVCMP51"], "no encoder"),
    ],
)
def test_what_is_refused_is_not_written(
    arguments: list[str], words: str, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line that says where and why, and exit code 1."""
    assert main(["edit", CT, "PatientID=1", *arguments, "-o", str(out)]) == 1
    said = capsys.readouterr()
    assert words in said.err
    assert said.err.count("\n") == 1
    assert said.out == ""
    assert not out.exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["PatientNam=x", "-o", "x"], "did you mean PatientName"),
        (["PatientName", "-o", "x"], "sets nothing"),
        (["PatientName:XX=x", "-o", "x"], "is no VR"),
        (["BeamSequence[0]=x", "-o", "x"], "is an item"),
        (["--delete", "KVP", "PatientID=x", "-o", "x"], "in front of --delete"),
        (["--delete", "KVP]", "-o", "x"], "says nothing"),
        (["--transfer-syntax", "PNG", "-o", "x"], "--transfer-syntax"),
        (["PatientID=x"], "one of the arguments -o"),
        (["PatientID=x", "-o", "x", "--in-place"], "not allowed with"),
    ],
)
def test_wrong_usage(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["edit", CT, *arguments])
    assert caught.value.code == 2
    assert words in capsys.readouterr().err


def test_files_that_cannot_be_read_or_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The complaint is about the file that is meant; the standard input cannot be replaced."""
    nothing, nowhere = tmp_path / "nothing.dcm", tmp_path / "nowhere" / "out.dcm"
    assert main(["edit", str(nothing), "PatientID=x", "--in-place"]) == 1
    assert str(nothing) in capsys.readouterr().err
    assert main(["edit", CT, "PatientID=x", "-o", str(nowhere)]) == 1
    assert str(nowhere) in capsys.readouterr().err
    nothing.write_bytes(b"no DICOM")
    assert main(["edit", str(nothing), "PatientID=x", "--in-place"]) == 1
    assert nothing.read_bytes() == b"no DICOM"
    assert main(["edit", "-", "PatientID=x", "--in-place"]) == 2


def test_assignments_may_stand_behind_options(tmp_path: Path) -> None:
    """In any order, as people type them; what is none is refused as ever."""
    out = tmp_path / "out.dcm"
    assert (
        main(["edit", get_testdata_file("CT_small.dcm"), "PatientID=A", "-o", str(out), "PatientName=B^C"])
        == 0
    )
    ds = rg.read(out)
    assert (ds.PatientID, ds.PatientName) == ("A", "B^C")
    for wrong in (["PatientName"], ["--nonsense"], ["NoSuchKeyword=1"]):
        with pytest.raises(SystemExit):
            main(["edit", get_testdata_file("CT_small.dcm"), "-o", str(out), *wrong])
