"""``radiogram transcode``: what it writes, says and refuses."""

from __future__ import annotations

from pathlib import Path

import pydicom
import pytest
import radiogram as rg
from pydicom.data import get_testdata_file
from radiogram.cli import main

CT = str(get_testdata_file("CT_small.dcm"))


def test_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.dcm"
    assert main(["transcode", CT, "-o", str(out), "-s", "JPEGLSNearLossless", "--option", "near=2"]) == 0
    assert capsys.readouterr().out.startswith("1 written, ")
    made = rg.read(out)
    assert made.file_meta.TransferSyntaxUID.keyword == "JPEGLSNearLossless"
    assert abs(made.pixel_array.astype(int) - rg.read(CT).pixel_array).max() == 2


def test_quiet_and_failures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "in"
    source.mkdir()
    (source / "good.dcm").write_bytes(Path(CT).read_bytes())
    video = pydicom.dcmread(get_testdata_file("MR_small_RLE.dcm"))
    video.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.107"
    video.save_as(source / "bad.dcm")
    asked = ["transcode", str(source), "-o", str(tmp_path / "out"), "-s", "RLELossless", "-q", "--no-verify"]
    assert main(asked) == 1
    said = capsys.readouterr()
    assert (said.out, "bad.dcm" in said.err, "HEVC" in said.err) == ("", True, True)
    assert (tmp_path / "out" / "good.dcm").exists()


@pytest.mark.parametrize(
    "arguments",
    [["-s", "Nothing"], ["-s", "RLELossless", "--option", "near"], ["-s", "RLELossless", "--option", "=2"]],
)
def test_wrong_usage(arguments: list[str], tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as error:
        main(["transcode", CT, "-o", str(tmp_path / "x"), *arguments])
    assert error.value.code == 2


def test_options_that_the_codec_does_not_have(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["transcode", CT, "-o", str(tmp_path / "x"), "-s", "RLELossless", "--option", "subsampling=422"]
    assert main(asked) == 1
    assert "subsampling" in capsys.readouterr().err
