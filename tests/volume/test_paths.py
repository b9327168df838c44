"""Which files are read when a folder, a pattern or a list is named."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import radiogram as rg
from radiogram.errors import ArgumentError, SourceError
from radiogram.volume.phantom import Phantom, write_series

SMALL = Phantom(slices=6, rows=8, columns=8)


@pytest.fixture
def series(tmp_path: Path) -> Path:
    for number, path in enumerate(write_series(tmp_path / "ct", SMALL)):
        inner = tmp_path / "ct" / "deep" / str(number % 2)
        inner.mkdir(parents=True, exist_ok=True)
        path.rename(inner / path.name)
    return tmp_path / "ct"


def test_a_folder_a_pattern_and_a_list_are_the_same(series: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = sorted(path for path in series.rglob("*") if path.is_file())
    monkeypatch.chdir(series.parent)
    for paths in (
        series,
        str(series),
        "ct",
        f"{series}/**/*.dcm",
        "ct/deep/*",
        files,
        (str(path) for path in reversed(files)),
        [series / "deep" / "0", series / "deep" / "1"],
        [series / "deep" / "0", *files[3:]],
    ):
        volume = rg.read_volume(paths)
        np.testing.assert_array_equal(volume.array, SMALL.array())
        assert all(path and Path(path).is_absolute() for path in volume.paths)


def test_a_name_with_magic_characters_is_a_name(tmp_path: Path) -> None:
    write_series(tmp_path / "ct[1]", SMALL)
    assert rg.read_volume(tmp_path / "ct[1]").report.present == 6


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes")
def test_a_pipe_in_a_folder_is_passed_by(series: Path) -> None:
    os.mkfifo(series / "pipe")
    assert rg.read_volume(series).report.present == 6


def test_what_cannot_be_read_is_no_gap(series: Path) -> None:
    (series / "gone.dcm").symlink_to(series / "nowhere")
    with pytest.raises(FileNotFoundError, match=r"gone\.dcm"):
        rg.read_volume(series)


def test_a_folder_that_cannot_be_listed_is_an_error(series: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = os.scandir

    def scandir(path: str) -> object:
        if str(path).endswith("1"):
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(SourceError, match="cannot be listed") as caught:
        rg.read_volume(series)
    assert isinstance(caught.value, PermissionError)


@pytest.mark.parametrize("paths", [[], "nothing-*.dcm"])
def test_no_files_are_an_error(paths: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ArgumentError, match="no files"):
        rg.read_volume(paths)


def test_progress_ends_its_line(series: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rg.read_volume(series, progress=True)
    assert capsys.readouterr().err.endswith("12 steps\n")
