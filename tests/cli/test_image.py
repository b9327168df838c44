"""``radiogram image``: what it writes, what it names it, and what it refuses."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import radiogram as rg
from pydicom.data import get_testdata_file
from radiogram.cli import main
from radiogram.pixels.put import set_pixels

from tests.pixels.test_png import decode

if TYPE_CHECKING:
    from pathlib import Path

CT = str(get_testdata_file("CT_small.dcm"))


def picture(tmp_path: Path, source: str, *options: str) -> np.ndarray:
    out = tmp_path / "out.png"
    assert main(["image", source, "-o", str(out), *options]) == 0
    return decode(out.read_bytes())


def saved(tmp_path: Path, array: np.ndarray, **attributes: object) -> str:
    ds = rg.Dataset.new("SecondaryCaptureImageStorage")
    set_pixels(ds, array)
    for name, value in attributes.items():
        setattr(ds, name, value)
    path = tmp_path / "made.dcm"
    ds.save_as(path)
    return str(path)


@pytest.mark.parametrize(
    "name",
    [
        "CT_small.dcm",
        "MR_small_RLE.dcm",
        "SC_rgb.dcm",
        "SC_ybr_full_422_uncompressed.dcm",
        "examples_palette.dcm",
        "SC_rgb_dcmtk_+eb+cy+np.dcm",
    ],
)
def test_the_default_is_the_display(tmp_path: Path, name: str) -> None:
    path = str(get_testdata_file(name))
    np.testing.assert_array_equal(
        picture(tmp_path, path), rg.read(path).pixels.array(units="display", frames=0)
    )
    assert [file.name for file in tmp_path.iterdir()] == ["out.png"]


def test_windows_and_bits(tmp_path: Path) -> None:
    """A ramp through a window of one's own, in 8 and 16 bits, and dark for bright where MONOCHROME1 says so (PS3.3 C.11.2.1.2)."""
    ramp = np.arange(4096, dtype=np.uint16).reshape(64, 64)
    path = saved(tmp_path, ramp, RescaleSlope=1, RescaleIntercept=-1000)
    made = picture(tmp_path, path, "--window", "1000", "1001")
    fraction = np.clip((ramp - 1000.0 - 999.5) / 1000 + 0.5, 0, 1)
    np.testing.assert_array_equal(made, np.floor(fraction * 255 + 0.5))
    fine = picture(tmp_path, path, "--window", "1000", "1001", "--16")
    assert fine.dtype == ">u2"
    np.testing.assert_array_equal(fine, np.floor(fraction * 65535 + 0.5))
    dark = saved(
        tmp_path, ramp, RescaleSlope=1, RescaleIntercept=-1000, PhotometricInterpretation="MONOCHROME1"
    )
    np.testing.assert_array_equal(picture(tmp_path, dark, "--window", "1000", "1001"), 255 - made)


def test_colours_of_16_bits_are_as_bright(tmp_path: Path) -> None:
    path = str(get_testdata_file("SC_rgb.dcm"))
    plain = picture(tmp_path, path)
    np.testing.assert_array_equal(picture(tmp_path, path, "--16"), plain.astype(int) * 257)


def test_numbers_themselves(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Stored and modality values where a picture holds them; nothing is cut off."""
    array = np.random.default_rng(5).integers(0, 4096, (9, 7), np.uint16)
    path = saved(tmp_path, array)
    np.testing.assert_array_equal(picture(tmp_path, path, "--units", "stored"), array)
    np.testing.assert_array_equal(picture(tmp_path, path, "--units", "modality"), array)
    assert main(["image", CT, "-o", str(tmp_path / "no.png"), "--units", "modality"]) == 1
    assert "from -896 to" in capsys.readouterr().err
    assert not (tmp_path / "no.png").exists()


def test_frames(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(get_testdata_file("examples_ybr_color.dcm"))
    ds = rg.read(path)
    count = ds.pixels.n_frames
    np.testing.assert_array_equal(
        picture(tmp_path, path, "--frame", "3"), ds.pixels.array(units="display", frames=2)
    )
    assert main(["image", path, "-o", str(tmp_path / "all.png"), "--all"]) == 0
    made = sorted(tmp_path.glob("all-*.png"))
    assert [file.name for file in (made[0], made[-1])] == ["all-01.png", f"all-{count}.png"]
    np.testing.assert_array_equal(
        decode(made[-1].read_bytes()), ds.pixels.array(units="display", frames=count - 1)
    )
    assert main(["image", path, "-o", str(tmp_path / "x.png"), "--frame", str(count + 1)]) == 1
    assert "no frame" in capsys.readouterr().err


def test_standard_output(monkeypatch: pytest.MonkeyPatch) -> None:
    out = SimpleNamespace(buffer=io.BytesIO(), flush=lambda: None)
    monkeypatch.setattr("sys.stdout", out)
    assert main(["image", CT, "-o", "-"]) == 0
    np.testing.assert_array_equal(decode(out.buffer.getvalue()), rg.read(CT).pixels.array(units="display"))


def test_other_formats(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through Pillow where it is there, else an error that says what to install; never a part of a file."""
    monkeypatch.setitem(__import__("sys").modules, "PIL", None)
    assert main(["image", CT, "-o", str(tmp_path / "out.bmp")]) == 1
    assert "radiogram[image]" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
    monkeypatch.undo()
    pillow = pytest.importorskip("PIL.Image")
    assert main(["image", CT, "-o", str(tmp_path / "out.bmp")]) == 0
    with pillow.open(tmp_path / "out.bmp") as read:
        np.testing.assert_array_equal(np.asarray(read), rg.read(CT).pixels.array(units="display"))
    assert main(["image", CT, "-o", str(tmp_path / "out.nothing")]) == 1


@pytest.mark.parametrize(
    "options",
    [
        ["-o", "out"],
        ["-o", "-", "--all"],
        ["-o", "a.png", "--units", "stored", "--16"],
        ["-o", "a.png", "--units", "color", "--window", "1", "2"],
    ],
)
def test_wrong_usage(options: list[str]) -> None:
    assert main(["image", CT, *options]) == 2


def test_no_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = str(get_testdata_file("rtplan.dcm"))
    assert main(["image", plan, "-o", str(tmp_path / "a.png")]) == 1
    assert main(["image", CT, "-o", str(tmp_path / "a.png"), "--window", "1", "0"]) == 1
    assert "width" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
    for frame in ("0", "-1", "x"):
        with pytest.raises(SystemExit):
            main(["image", CT, "-o", str(tmp_path / "a.png"), "--frame", frame])
