"""The JSON beside a NIfTI file: what dcm2niix says where both say it, key by key, and why the rest differs."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import radiogram as rg
from radiogram.cli import main
from radiogram.errors import ArgumentError
from radiogram.volume.multiframe import write_multiframe
from radiogram.volume.phantom import Phantom, write_series

from tests.volume.mosaics import write_mosaics
from tests.volume.test_suv import pet

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

dcm2niix = pytest.importorskip("dcm2niix")

OTHERWISE = {
    "Manufacturer": "the header's own words; dcm2niix gives a short name of its own",
    "ImageType": "the header's own list; dcm2niix adds MAGNITUDE where it finds out that it is one",
    "ConversionSoftware": "whoever wrote the file",
    "ConversionSoftwareVersion": "whoever wrote the file",
}
"""Keys that both have, of other values."""

THEIRS_ALONE = {
    "BidsGuess": "a guess",
    "PulseSequenceType": "a guess of sequence and variant in words",
    "InstitutionalDepartmentName": "'None' where the header has nothing",
    "PhaseEncodingDirection": "which way phases run is in private elements alone, and depends on how the file's rows run; we give the axis",
    "SliceTiming": "of GE and Siemens XA, from counters in private elements; we give it where slices have times",
    "AcquisitionDuration": "of GE, from a private element",
    "ParallelReductionFactorInPlane": "of GE and Siemens XA, from private elements",
    "ParallelReductionFactorOutOfPlane": "of GE and Siemens XA, from private elements",
    "SequenceName": "of GE, from a private element",
    "ScanningSequence": "of Siemens XA, made of other attributes",
    "SequenceVariant": "of Siemens XA, made of other attributes",
    "ScanOptions": "of Siemens XA, made of other attributes",
    "AcquisitionMatrixPE": "of Siemens XA, from a private element",
    "ReceiveCoilName": "the same as CoilString",
    "ProcedureStepDescription": "of GE, from a sequence of requests",
    "ProtocolName": "Series Description, where there is no Protocol Name",
    "DecayCorrectionFactor": "0 where the header has none",
    "SeriesTime": "a moment of the series; times here are those of its images",
    "ScanStart": "0, from which times are counted",
    "ImageDecayCorrectionTime": "0, whatever the images are corrected to",
    **dict.fromkeys(
        (
            "InternalPulseSequenceName", "TablePosition", "PhaseEncodingPolarityGE", "ShimSetting", "PrescanReuseString",
            "ImageTypeText", "NonlinearGradientCorrection", "RawImage", "ImageComments", "MTState", "SpoilingState", "PartialFourier",
            "BaseResolution", "TxRefAmp", "PhaseResolution", "ReceiveCoilActiveElements", "PulseSequenceDetails", "WipMemBlock",
            "CoilCombinationMethod", "ConsistencyInfo", "MatrixCoilMode", "MultibandAccelerationFactor", "PartialFourierDirection",
            "FrequencyEncodingSteps", "DerivedVendorReportedEchoSpacing", "NumberOfKSpaceTrajectories", "DwellTime",
        ),
        "a private element of one maker, or of no use without it",
    ),
}  # fmt: skip
"""Keys that dcm2niix alone has."""

OURS_ALONE = {
    "PhaseEncodingAxis": "where dcm2niix gives a direction",
    "EchoTrainLength": "dcm2niix leaves out 1",
    "Manufacturer": "dcm2niix leaves out makers that it does not know",
}


def _converted(folder: Path, out: Path) -> dict[str, Any]:
    out.mkdir()
    command = [str(dcm2niix.bin_path), "-b", "o", "-d", "9", "-f", "%s", "-o", str(out), str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    told: dict[str, Any] = json.loads(min(out.glob("*.json")).read_text(encoding="utf-8"))
    return told


def _is_same(ours: Any, theirs: Any) -> bool:
    if isinstance(ours, list):
        return isinstance(theirs, list) and len(ours) == len(theirs) and all(map(_is_same, ours, theirs))
    if isinstance(ours, str) or isinstance(theirs, str):
        return bool(ours == theirs)
    # Six digits are written there.
    return math.isclose(ours, theirs, rel_tol=1e-5, abs_tol=1e-9)


def _compare(ours: dict[str, Any], theirs: dict[str, Any]) -> int:
    """Compare key by key; give how many are equal."""
    both = ours.keys() & theirs.keys()
    assert {key for key in both if not _is_same(ours[key], theirs[key])} <= OTHERWISE.keys()
    assert theirs.keys() - ours.keys() <= THEIRS_ALONE.keys()
    assert ours.keys() - theirs.keys() <= OURS_ALONE.keys()
    if "PhaseEncodingDirection" in theirs:
        assert theirs["PhaseEncodingDirection"][0] == ours["PhaseEncodingAxis"]
    return len(both - OTHERWISE.keys())


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("name", "least"), [("canon", 39), ("toshiba", 40), ("nih", 30), ("xa30", 25), ("ct", 12)]
)
def test_series_of_the_corpus(
    tmp_path: Path, corpus_root: Path, name: str, least: int, note: Callable[[str], None]
) -> None:
    folder = corpus_root / "dicom" / f"neurolabusc+dcm_qa_{name}"
    paths = [path for path in sorted(folder.rglob("*.dcm")) if "Phoenix" not in str(path)]
    if name == "ct":
        # Two thicknesses, which are two volumes here.
        paths = [path for path in paths if rg.read(path).SliceThickness == 4.0]
    (tmp_path / "in").mkdir()
    for number, path in enumerate(paths):
        shutil.copy(path, tmp_path / "in" / f"{number}.dcm")
    equal = _compare(rg.read_volume(paths).sidecar(), _converted(tmp_path / "in", tmp_path / "out"))
    assert equal >= least
    note(f"sidecar of {name}: {equal} keys are dcm2niix's")


def test_mosaics_have_their_slices_times(tmp_path: Path) -> None:
    phantom = Phantom(slices=7, rows=10, columns=12, spacing=(3.0, 0.8, 0.6))
    write_mosaics(tmp_path / "in", phantom, times=3, elements={0x0018_0080: ("DS", 2000.0)})
    volume = rg.read_volume(tmp_path / "in")
    told, theirs = volume.sidecar(), _converted(tmp_path / "in", tmp_path / "out")
    assert told["RepetitionTime"] == theirs["RepetitionTime"] == 2
    assert len(told["SliceTiming"]) == 7
    if "SliceTiming" in theirs:
        assert _is_same(told["SliceTiming"], theirs["SliceTiming"])


def test_activity_is_said_in_the_words_of_bids(tmp_path: Path) -> None:
    paths = pet(tmp_path / "in")
    told = rg.read_volume(paths).sidecar()
    assert _compare(told, _converted(tmp_path / "in", tmp_path / "out")) >= 15
    assert (told["Units"], told["InjectedRadioactivity"], told["FrameDuration"]) == ("Bq/mL", 370, [600])
    assert told["RadionuclideHalfLife"] == 6000


def test_frames_say_it_in_their_groups(tmp_path: Path) -> None:
    """Echo times of an axis, and what the groups of the first frame have."""
    small = Phantom(slices=3, rows=8, columns=8)
    path = write_multiframe(
        tmp_path / "mf.dcm", small, kind="MR", axes={"echo": [4.6, 9.2]}, order=[5, 0, 3, 1, 2, 4]
    )
    ds = rg.read(path)
    timing = rg.Dataset({"RepetitionTime": 2000.0, "FlipAngle": 30.0, "EchoTrainLength": 2})
    ds.SharedFunctionalGroupsSequence[0].MRTimingAndRelatedParametersSequence = [timing]
    ds.save_as(path)
    told = rg.read_volume(path).sidecar()
    assert (told["EchoTime"], told["RepetitionTime"], told["FlipAngle"]) == ([0.0046, 0.0092], 2, 30)
    assert rg.read_volume(path, frames=[0, 2, 5]).sidecar()["EchoTime"] == 0.0092


def test_nothing_names_the_patient(tmp_path: Path) -> None:
    write_series(tmp_path / "in", Phantom(slices=3, rows=8, columns=8))
    for path in (tmp_path / "in").iterdir():
        ds = rg.read(path)
        ds.PatientName, ds.PatientID, ds.PatientBirthDate = "Doe^Secret", "Secret-7", "19700101"
        ds.AccessionNumber, ds.StudyDate, ds.AcquisitionTime = "Secret-8", "20240229", "101530.25"
        ds.save_as(path)
    volume = rg.read_volume(tmp_path / "in")
    volume.to_nifti(tmp_path / "a.nii.gz", sidecar=True)
    text = (tmp_path / "a.json").read_text(encoding="utf-8")
    assert "Secret" not in text
    assert "1970" not in text
    assert "20240229" not in text
    assert json.loads(text)["AcquisitionTime"] == "10:15:30.250000"
    volume.to_nifti(tmp_path / "b.nii")
    assert not (tmp_path / "b.json").exists()
    with pytest.raises(ArgumentError, match="no files"):
        volume.resample((2.0, 2.0, 2.0)).sidecar()


def test_the_program_writes_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_series(tmp_path / "in", Phantom(slices=3, rows=8, columns=8))
    arguments = ["volume", str(tmp_path / "in"), "--sidecar", "--no-sheet", "--quiet"]
    assert main([*arguments, "-o", str(tmp_path / "a.nii")]) == 0
    assert json.loads((tmp_path / "a.json").read_text())["Modality"] == "CT"
    for output in ([], ["-o", str(tmp_path / "a.npy")]):
        assert main([*arguments, *output]) == 2
    assert "--sidecar" in capsys.readouterr().err
