"""Files and folders in another transfer syntax: what is written, copied, skipped, set aside, and what fails."""

from __future__ import annotations

import os
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
import pytest
import radiogram as rg
from pydicom.data import get_testdata_file
from radiogram.errors import ArgumentError, DicomError, NotDicomError, PixelError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from radiogram.transcoding import Transcoded

NAMES = ("CT_small.dcm", "MR_small.dcm", "MR_small_RLE.dcm", "SC_rgb.dcm", "rtplan.dcm")


def path(name: str) -> Path:
    return Path(get_testdata_file(name))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of files, some deeper, one that is no DICOM and one that has no codec."""
    source = tmp_path / "in"
    (source / "deep" / "er").mkdir(parents=True)
    for number, name in enumerate(NAMES):
        shutil.copy(path(name), (source, source / "deep", source / "deep" / "er")[number % 3] / name)
    (source / "notes.txt").write_text("no DICOM")
    return source


def is_encapsulated(ds: rg.Dataset) -> bool:
    syntax = ds.file_meta.get("TransferSyntaxUID")
    return bool(syntax) and syntax.is_encapsulated


def actions(report: rg.TranscodeReport) -> dict[str, str]:
    return {file.source.name: file.action for file in report.files}


@pytest.mark.parametrize("threads", [1, 3])
def test_a_folder(folder: Path, tmp_path: Path, threads: int) -> None:
    told: list[tuple[int, int]] = []
    out = tmp_path / "out"
    report = rg.transcode(
        folder, out, "JPEGLSLossless", threads=threads, progress=lambda *now: told.append(now)
    )
    assert actions(report) == {
        "CT_small.dcm": "written",
        "MR_small.dcm": "written",
        "MR_small_RLE.dcm": "written",
        "SC_rgb.dcm": "written",
        "notes.txt": "set aside",
        "rtplan.dcm": "copied",
    }
    assert told == [(number, 6) for number in range(1, 7)]
    assert "4 written, 1 copied, 1 set aside" in str(report)
    for file in report.files:
        if file.action == "written":
            made, before = rg.read(file.target), rg.read(file.source)
            assert made.file_meta.TransferSyntaxUID.keyword == "JPEGLSLossless"
            np.testing.assert_array_equal(made.pixel_array, before.pixel_array)
            assert file.target.relative_to(out) == file.source.relative_to(folder)
            assert (file.size, file.target_size) == (file.source.stat().st_size, file.target.stat().st_size)
    assert (out / "deep" / "rtplan.dcm").read_bytes() == path("rtplan.dcm").read_bytes()
    assert not list(out.rglob("*.txt"))
    assert len([one for one in out.rglob("*") if one.is_file()]) == 5


@pytest.mark.parametrize(("syntax", "options"), [("RLELossless", {}), ("JPEGLSNearLossless", {"near": 3})])
def test_going_on(folder: Path, tmp_path: Path, syntax: str, options: dict[str, int]) -> None:
    """What is there already, whole, is skipped; what is missing, broken or another instance is written."""
    out = tmp_path / "out"
    first = rg.transcode(folder, out, syntax, **options)
    before = {one: one.stat().st_mtime_ns for one in out.rglob("*.dcm")}
    (out / "CT_small.dcm").unlink()
    (out / "deep" / "MR_small.dcm").write_bytes(b"broken")
    shutil.copy(out / "SC_rgb.dcm", out / "deep" / "er" / "MR_small_RLE.dcm")
    second = rg.transcode(folder, out, syntax, **options)
    assert not first.failed + second.failed
    wanted = actions(first)
    assert actions(second) == wanted | dict.fromkeys(("SC_rgb.dcm", "rtplan.dcm"), "skipped") | {
        "notes.txt": "set aside"
    }
    assert {one.name: one.stat().st_mtime_ns for one in before if one.name == "SC_rgb.dcm"} == {
        one.name: at for one, at in before.items() if one.name == "SC_rgb.dcm"
    }
    third = rg.transcode(folder, out, syntax, **options)
    assert {file.action for file in third.files} == {"skipped", "set aside"}


def test_lossy_instances_are_new_and_the_same_each_time(tmp_path: Path) -> None:
    ids = []
    for number, near in enumerate((1, 1, 2)):
        out = tmp_path / f"{number}.dcm"
        rg.transcode(path("CT_small.dcm"), out, "JPEGLSNearLossless", near=near)
        made = rg.read(out)
        assert made.SOPInstanceUID == made.file_meta.MediaStorageSOPInstanceUID
        ids.append(made.SOPInstanceUID)
    assert ids[0] == ids[1] != ids[2]
    assert rg.read(path("CT_small.dcm")).SOPInstanceUID not in ids


@pytest.mark.parametrize(
    "syntax", ["ImplicitVRLittleEndian", "ExplicitVRLittleEndian", "DeflatedExplicitVRLittleEndian"]
)
def test_decompressing(folder: Path, tmp_path: Path, syntax: str) -> None:
    report = rg.transcode(folder, tmp_path / "out", syntax)
    assert not report.failed
    for file in report.files:
        if file.action == "written":
            made = rg.read(file.target)
            assert made.file_meta.TransferSyntaxUID.keyword == syntax
            np.testing.assert_array_equal(made.pixel_array, rg.read(file.source).pixel_array)


def without_codec(target: Path) -> Path:
    """Write a file in a transfer syntax that nobody decodes here."""
    ds = pydicom.dcmread(path("MR_small_RLE.dcm"))
    ds.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.107"
    ds.save_as(target)
    return target


def test_one_failure_does_not_stop_the_others(folder: Path, tmp_path: Path) -> None:
    without_codec(folder / "no codec.dcm")
    (folder / "short.dcm").write_bytes(path("CT_small.dcm").read_bytes()[:20000])
    report = rg.transcode(folder, tmp_path / "out", "RLELossless")
    assert {file.source.name for file in report.failed} == {"no codec.dcm", "short.dcm"}
    assert isinstance(
        next(file for file in report.failed if file.source.name == "no codec.dcm").error, UnsupportedError
    )
    assert report.written == 3
    assert not (tmp_path / "out" / "short.dcm").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="makes links")
def test_what_cannot_be_looked_at_is_told(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither was in the report: a folder without the right to list it, and a link to nothing."""
    (folder / "link.dcm").symlink_to(folder / "gone.dcm")
    scandir = os.scandir

    def refusing(place: str) -> Any:
        if Path(place).name == "er":
            raise PermissionError(13, "Permission denied", str(place))
        return scandir(place)

    monkeypatch.setattr(os, "scandir", refusing)
    report = rg.transcode(folder, tmp_path / "out", "RLELossless", threads=1)
    told = {one.source.name: one for one in report.failed}
    assert sorted(told) == ["er", "link.dcm"]
    assert isinstance(told["er"].error, PermissionError)
    assert isinstance(told["link.dcm"].error, FileNotFoundError)
    assert [one.source for one in report.files] == sorted(one.source for one in report.files)


def test_one_file(tmp_path: Path) -> None:
    """To a path, into a folder; its errors are raised."""
    report = rg.transcode(path("CT_small.dcm"), tmp_path, "RLELossless")
    assert report.files[0].target == tmp_path / "CT_small.dcm"
    assert rg.transcode(path("CT_small.dcm"), tmp_path, "RLELossless").files[0].action == "skipped"
    for wrong, error in (
        (__file__, NotDicomError),
        (str(without_codec(tmp_path / "video.dcm")), UnsupportedError),
    ):
        with pytest.raises(error):
            rg.transcode(wrong, tmp_path / "x.dcm", "JPEGLSLossless")
    with pytest.raises(DicomError):
        rg.transcode(tmp_path / "nothing.dcm", tmp_path / "x.dcm", "RLELossless")
    with pytest.raises(ArgumentError):
        rg.transcode(path("MR_small_RLE.dcm"), tmp_path / "x.dcm", "ExplicitVRLittleEndian", near=1)
    assert not (tmp_path / "x.dcm").exists()


def test_not_into_itself(folder: Path) -> None:
    for target in (folder, folder / "deep" / "out"):
        with pytest.raises(ArgumentError, match="itself"):
            rg.transcode(folder, target, "RLELossless")


def test_an_instance_without_a_uid(tmp_path: Path) -> None:
    """It gets none when nothing is lost."""
    ds = rg.read(path("CT_small.dcm"))
    del ds.SOPInstanceUID
    ds.save_as(tmp_path / "in.dcm")
    report = rg.transcode(tmp_path / "in.dcm", tmp_path / "out.dcm", "RLELossless")
    assert (report.written, "SOPInstanceUID" in rg.read(tmp_path / "out.dcm")) == (1, False)


def _compare(syntax: str, file: Transcoded) -> None:
    """Compare the pixels of what was written with those before."""
    before = rg.read(file.source)
    # Native pixel data of which nobody can make a picture are written in another native syntax as they are.
    if syntax != "ExplicitVRLittleEndian" or is_encapsulated(before):
        expected = before.pixel_array
        np.testing.assert_array_equal(rg.read(file.target).pixel_array, expected, err_msg=str(file.source))


@pytest.mark.corpus
def test_real_files_come_back(corpus_root: Path, tmp_path: Path, note: Callable[[str], None]) -> None:
    """Every real file that can be read and encoded holds the same pixels afterwards; every other one is refused by an error of ours."""
    for syntax in (
        "RLELossless",
        "JPEGLSLossless",
        "JPEGLosslessSV1",
        "JPEG2000Lossless",
        "HTJ2KLossless",
        "ExplicitVRLittleEndian",
    ):
        report = rg.transcode(corpus_root / "dicom", tmp_path / syntax, syntax, threads=2)
        assert all(
            isinstance(file.error, (PixelError, UnsupportedError, ArgumentError)) for file in report.failed
        )
        with ThreadPoolExecutor(2) as pool:
            written = [file for file in report.files if file.action == "written"]
            assert len(list(pool.map(partial(_compare, syntax), written))) == report.written > 100
        note(f"real files to {syntax}: {report}")
        shutil.rmtree(tmp_path / syntax)
