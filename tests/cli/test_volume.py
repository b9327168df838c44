"""``radiogram volume``: what it writes, says and answers."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import radiogram as rg
from radiogram.cli import main
from radiogram.cli import volume as program
from radiogram.volume.phantom import Phantom, write_series

if TYPE_CHECKING:
    from collections.abc import Callable

SMALL = Phantom(slices=12, rows=32, columns=48, spacing=(2.0, 0.8, 0.6))
OTHER = Phantom(slices=9, rows=32, columns=48, seed=3)
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def series(tmp_path: Path) -> Path:
    write_series(tmp_path / "ct", SMALL, order="shuffled")
    return tmp_path / "ct"


def run(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "radiogram", "volume", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, **options)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_npy_and_sheet(series: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "scan.npy"
    assert main(["volume", str(series), "-o", str(out)]) == 0
    np.testing.assert_array_equal(np.load(out), SMALL.array())
    assert (tmp_path / "scan.sheet.png").read_bytes().startswith(PNG)
    assert names(tmp_path) == {"ct", "scan.npy", "scan.sheet.png"}
    said = capsys.readouterr()
    assert said.err == ""
    assert said.out.startswith("Volume: CT, 12 x 32 x 48 int16, 2 x 0.8 x 0.6 mm\n")
    assert "\x1b" not in said.out
    assert str(out) in said.out


@pytest.mark.parametrize("name", ["scan.nii", "scan.nii.gz"])
def test_nifti(series: Path, tmp_path: Path, name: str) -> None:
    nibabel = pytest.importorskip("nibabel")
    assert main(["volume", str(series), "-o", str(tmp_path / name), "--quiet", "--no-sheet"]) == 0
    image = nibabel.load(tmp_path / name)
    np.testing.assert_array_equal(np.asarray(image.dataobj).T, SMALL.array())
    ras = np.diag([-1, -1, 1, 1]) @ SMALL.affine()[:, [2, 1, 0, 3]]
    np.testing.assert_allclose(image.affine, ras, atol=1e-4)
    assert names(tmp_path) == {"ct", name}


def test_the_sheet_alone_and_where_it_is_wanted(series: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "elsewhere.png"
    assert main(["volume", str(series), "--sheet", str(sheet), "--quiet"]) == 0
    assert sheet.read_bytes().startswith(PNG)
    assert names(tmp_path) == {"ct", "elsewhere.png"}


def test_without_output_it_gives_the_verdict(series: Path, tmp_path: Path) -> None:
    done = run(series)
    assert (done.returncode, done.stderr) == (0, "")
    assert "12 present, none missing" in done.stdout
    assert names(tmp_path) == {"ct"}


def test_json(series: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (series / "notes.txt").write_text("no DICOM")
    assert main(["volume", str(series), "--json", "--quiet"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["shape"] == [12, 32, 48]
    np.testing.assert_allclose(told["affine"], SMALL.affine(), atol=1e-9)
    assert (told["dtype"], told["missing"], told["output"]) == ("int16", [], None)
    assert told["set_aside"] == [[str(series / "notes.txt"), "not DICOM"]]
    assert len(told["paths"]) == 12


def test_units_dtype_threads(series: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.npy"
    options = ["--units", "stored", "--dtype", "float32", "--threads", "2", "--quiet"]
    assert main(["volume", str(series), "-o", str(out), *options]) == 0
    array = np.load(out)
    assert array.dtype == np.float32
    np.testing.assert_array_equal(array, SMALL.array() + 1024.0)


def test_files_and_folders_mix(series: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    moved = tmp_path / "more"
    moved.mkdir()
    files = sorted(series.iterdir())
    for path in files[:5]:
        path.rename(moved / path.name)
    loose = [str(path) for path in files[5:]]
    assert main(["volume", str(moved), *loose]) == 0
    assert "12 present, none missing" in capsys.readouterr().out


def test_the_window_goes_with_the_modality(
    series: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def spy(array: np.ndarray[tuple[int, ...], np.dtype[np.int16]], *, window: object) -> object:
        asked.append(window)
        return np.zeros(array.shape[1:], np.uint8)

    monkeypatch.setattr("radiogram.volume.sheet.contact_sheet", spy)
    sheet = ["--sheet", str(tmp_path / "a.png"), "--quiet"]
    assert main(["volume", str(series), *sheet]) == 0
    assert main(["volume", str(series), *sheet, "--units", "stored"]) == 0
    assert asked == [(40.0, 400.0), None]


# -- refusals ----------------------------------------------------------------------------------


def test_a_missing_slice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_series(tmp_path / "gap", SMALL, missing=[4, 5])
    out = tmp_path / "a.npy"
    assert main(["volume", str(tmp_path / "gap"), "-o", str(out)]) == 1
    said = capsys.readouterr()
    assert "2 of 12 slices are missing" in said.err
    assert "--missing fill" in said.err
    assert said.out == ""
    assert names(tmp_path) == {"gap"}

    assert main(["volume", str(tmp_path / "gap"), "-o", str(out), "--missing", "warn"]) == 0
    said = capsys.readouterr()
    assert "warning: 2 slices are missing, filled with -1024" in said.err
    assert "2 missing at 4, 5" in said.out
    assert (np.load(out)[4:6] == -1024).all()

    assert main(["volume", str(tmp_path / "gap"), "--missing", "fill"]) == 0
    assert capsys.readouterr().err == ""


def test_several_series_are_a_choice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "two of them"
    write_series(folder / "a", SMALL)
    write_series(folder / "b", OTHER)
    assert main(["volume", str(folder), "-o", str(tmp_path / "x.npy")]) == 1
    said = capsys.readouterr().err.splitlines()
    assert re.search(r"12 x CT, 32 x 48$", said[1])
    assert re.search(r"9 x CT, 32 x 48$", said[2])
    # The command that is offered works.
    chosen = re.fullmatch(
        rf"  choose one: radiogram volume '{folder}' --series ([0-9.]+) -o {tmp_path}/x.npy", said[3]
    )
    assert chosen
    assert main(["volume", str(folder), "--series", chosen[1], "-o", str(tmp_path / "x.npy")]) == 0
    assert np.load(tmp_path / "x.npy").shape == (12, 32, 48)


def test_several_volumes_in_one_series_are_told_apart_by_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # The same series twice, in two sizes: no UID chooses.
    write_series(tmp_path / "s" / "a", Phantom(slices=8, rows=32, columns=32))
    write_series(tmp_path / "s" / "b", Phantom(slices=8, rows=16, columns=16, seed=7))
    assert main(["volume", str(tmp_path / "s")]) == 1
    said = capsys.readouterr().err
    assert "choose one" not in said
    assert "they share one series" in said


def test_a_refusal_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_series(tmp_path / "a", SMALL)
    write_series(tmp_path / "b", OTHER)
    assert main(["volume", str(tmp_path), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)["error"]
    assert told["kind"] == "ambiguous_series"
    assert len(told["choices"]) == 2


def test_an_unknown_series(series: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["volume", str(series), "--series", "1.2.3"]) == 1
    assert "no image belongs to the series asked for" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (str, "No such file"),
        (lambda folder: folder.mkdir(), "no files"),
        (
            lambda folder: (folder.mkdir(), (folder / "a.txt").write_text("no DICOM")),
            "none of 1 files is DICOM",
        ),
    ],
    ids=["unknown", "empty", "not DICOM"],
)
def test_nothing_to_read(tmp_path: Path, make: Callable[[Path], object], word: str) -> None:
    make(tmp_path / "there")
    done = run(tmp_path / "there", "-o", tmp_path / "a.npy")
    assert (done.returncode, done.stdout) == (1, "")
    assert word in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "a.npy").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["x", "-o", "x.foo"],
        ["x", "-o", "npy"],
        ["x", "--sheet", "x.jpg"],
        ["x", "--sheet", "x.png", "--no-sheet"],
        ["x", "--dtype", "complex64"],
        ["x", "--units", "display"],
        ["x", "--missing", "guess"],
        ["x", "--threads", "0"],
    ],
)
def test_wrong_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["volume", *arguments])
    assert ended.value.code == 2
    assert "usage: radiogram volume" in capsys.readouterr().err


def test_a_dtype_that_cannot_hold_the_values(series: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["volume", str(series), "--dtype", "uint8"]) == 1
    assert "cannot hold" in capsys.readouterr().err


def test_a_truncated_slice(series: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    last = sorted(series.iterdir())[-1]
    last.write_bytes(last.read_bytes()[:-100])
    assert main(["volume", str(series), "-o", str(tmp_path / "a.npy")]) == 1
    assert last.name in capsys.readouterr().err
    assert names(tmp_path) == {"ct"}


# -- text that a terminal would obey -----------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="no such names")
def test_control_characters_are_escaped(tmp_path: Path) -> None:
    folder = tmp_path / "evil\x1b[2J\nname"
    write_series(folder, SMALL)
    path = sorted(folder.iterdir())[0]
    path.write_bytes(path.read_bytes()[:-100])
    done = run(folder)
    assert done.returncode == 1
    assert "\x1b" not in done.stderr
    assert "\\x1b[2J\\nname" in done.stderr
    done = run(folder / "nothing")
    assert "\x1b" not in done.stdout + done.stderr


def test_a_modality_that_is_no_code_is_not_shown(tmp_path: Path) -> None:
    for path in write_series(tmp_path, SMALL):
        data = path.read_bytes()
        path.write_bytes(data.replace(b"CS\x02\x00CT", b"CS\x02\x00\x1b["))
    done = run(tmp_path)
    assert "\x1b" not in done.stdout + done.stderr
    assert "Volume: images, 12 x 32 x 48" in done.stdout


def test_colour_only_where_it_is_asked_for(series: Path) -> None:
    plain = {**os.environ, "NO_COLOR": "1"}
    assert "\x1b" not in run(series).stdout
    assert "\x1b" not in run(series, env=plain).stdout
    assert "\x1b[1m" in run(series, "--color", env=plain).stdout


@pytest.mark.parametrize("quiet", [False, True])
def test_progress_on_a_terminal_alone(
    series: Path,
    monkeypatch: pytest.MonkeyPatch,
    quiet: bool,
) -> None:
    written: list[str] = []

    class Terminal:
        def isatty(self) -> bool:
            return True

        def write(self, text: str) -> int:
            written.append(text)
            return len(text)

        def flush(self) -> None:
            pass

    monkeypatch.setattr(sys, "stderr", Terminal())
    assert main(["volume", str(series), *(["--quiet"] if quiet else [])]) == 0
    assert bool(written) is not quiet
    if not quiet:
        assert written[-1] == "\r\x1b[K"


# -- failures while writing --------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="no bash")
def test_a_reader_who_goes_away(series: Path, tmp_path: Path) -> None:
    """The report is cut off, the output is there, and nothing is said."""
    command = (
        f"{sys.executable} -m radiogram volume {series} -o {tmp_path}/a.npy | true; echo ${{PIPESTATUS[0]}}"
    )
    done = subprocess.run(
        ["bash", "-c", f"{command}"], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout.strip(), done.stderr) == ("0", "")
    assert np.load(tmp_path / "a.npy").shape == (12, 32, 48)


def test_a_folder_that_is_not_there(series: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["volume", str(series), "-o", str(tmp_path / "no" / "a.npy")]) == 1
    assert "there is no folder" in capsys.readouterr().err


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="no permissions of this kind on this system")
def test_a_folder_that_cannot_be_written_to(series: Path, tmp_path: Path) -> None:
    # No folder of the disk is read-only to root, but the system's own is.
    locked = Path("/sys") if os.geteuid() == 0 else tmp_path / "locked"
    if locked != Path("/sys"):
        locked.mkdir(mode=0o500)
    before = names(locked)
    done = run(series, "-o", locked / "a.npy")
    assert done.returncode == 1
    assert "Permission denied" in done.stderr or "Read-only" in done.stderr
    assert names(locked) == before


@pytest.mark.parametrize("name", ["a.npy", "a.nii", "a.nii.gz"])
def test_a_full_disk_leaves_nothing_behind(series: Path, tmp_path: Path, name: str) -> None:
    resource = pytest.importorskip("resource", reason="no limits on this system")
    out = tmp_path / "out"
    out.mkdir()
    (out / name).write_bytes(b"what was there before")

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    done = run(series, "-o", out / name, preexec_fn=limit)
    assert done.returncode == 1
    assert "File too large" in done.stderr
    assert "Traceback" not in done.stderr
    assert names(out) == {name}
    assert (out / name).read_bytes() == b"what was there before"


def test_the_output_is_replaced(series: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.npy"
    out.write_bytes(b"old")
    assert main(["volume", str(series), "-o", str(out), "--quiet", "--no-sheet"]) == 0
    assert np.load(out).shape == (12, 32, 48)


def test_the_output_is_a_folder(series: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.npy").mkdir()
    assert main(["volume", str(series), "-o", str(tmp_path / "a.npy")]) == 1
    assert "Is a directory" in capsys.readouterr().err
    assert names(tmp_path) == {"ct", "a.npy"}


def test_colours_make_a_colour_sheet() -> None:
    from types import SimpleNamespace

    array = np.zeros((4, 8, 8, 3), np.uint8)
    array[..., 1] = 200
    sheet = program._sheet(
        SimpleNamespace(dims=("slice", "row", "column", "sample"), array=array), "modality"
    )
    assert sheet.shape == (8, 64, 3)
    assert sheet[0, 0].tolist() == [0, 200, 0]


def test_a_series_in_time_is_drawn_by_its_first_volume(tmp_path: Path) -> None:
    for time in range(2):
        for path in write_series(
            tmp_path / "in" / str(time), SMALL, elements={0x0020_0100: ("IS", time + 1)}
        ):
            ds = rg.read(path)
            ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = rg.uid()
            ds.save_as(path)
    for name in ("scan.nii", "scan.npy"):
        assert main(["volume", str(tmp_path / "in"), "-o", str(tmp_path / name), "--quiet"]) == 0
    assert (tmp_path / "scan.sheet.png").stat().st_size > 100
    assert np.load(tmp_path / "scan.npy").shape == (2, *SMALL.array().shape)
