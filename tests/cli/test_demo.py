"""``radiogram demo``: it works anywhere, cleans up, and notices when something is wrong."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest
import radiogram as rg
from radiogram.cli import main
from radiogram.volume.phantom import Phantom

if TYPE_CHECKING:
    from pathlib import Path

QUICK = ["--slices", "12"]


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the folder of temporary files."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def test_the_whole_of_it_anywhere(tmp_path: Path) -> None:
    """200 slices in a folder that knows nothing of us, temporary files gone."""
    (tmp_path / "here").mkdir()
    (tmp_path / "tmp").mkdir()
    environment = {**os.environ, "TMPDIR": str(tmp_path / "tmp"), "NO_COLOR": "1"}
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "radiogram", "demo"],
        cwd=tmp_path / "here",
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    took = time.perf_counter() - start
    assert (done.returncode, done.stderr) == (0, "")
    # Three seconds on a quiet machine.
    assert took < 60
    for words in (
        "200 files",
        "files/s",
        "GB/s",
        "equal the phantom's formulas",
        "MissingSliceError: 1 of 200",
    ):
        assert words in done.stdout
    assert "\x1b" not in done.stdout
    picture = tmp_path / "here" / "radiogram-demo.png"
    assert str(picture) in done.stdout
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert [path.name for path in (tmp_path / "here").iterdir()] == ["radiogram-demo.png"]
    assert not any((tmp_path / "tmp").iterdir())


def test_only_numpy_is_imported(tmp_path: Path) -> None:
    """No package that a plain installation lacks."""
    code = (
        "import sys; from radiogram.cli import main; before = set(sys.modules)\n"
        f"assert main(['demo', '--slices', '8', '--folder', {str(tmp_path)!r}]) == 0\n"
        "ours = {'numpy', 'radiogram', *sys.stdlib_module_names}\n"
        "found = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        # numpy's own extensions register the last.
        "print(sorted(name for name in found - ours if 'cython' not in name))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_series_is_kept_where_it_was_asked_for(
    tmp_path: Path, temporary: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "new"
    assert main(["demo", "--keep", "--folder", str(folder), *QUICK]) == 0
    assert str(folder / "radiogram-demo-series") in capsys.readouterr().out
    volume = rg.read_volume(folder / "radiogram-demo-series")
    np.testing.assert_array_equal(volume.array, Phantom(slices=12).array())
    assert (folder / "radiogram-demo.png").exists()
    assert not any(temporary.iterdir())
    # A second series would mix with the first.
    assert main(["demo", "--keep", "--folder", str(folder), *QUICK]) == 1
    assert "is there already" in capsys.readouterr().err


@pytest.mark.parametrize("count", ["7", "2001", "-1", "many"])
def test_wrong_usage(count: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["demo", "--slices", count])
    assert ended.value.code == 2


def test_a_wrong_volume_is_noticed(
    tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    truth = Phantom.array

    def other(self: Phantom) -> object:
        made = truth(self)
        made[3, 4, 5] += 1
        return made

    monkeypatch.setattr(Phantom, "array", other)
    assert main(["demo", "--folder", str(tmp_path), *QUICK]) == 1
    assert "this is not the phantom: voxels differ" in capsys.readouterr().out
    assert not any(temporary.iterdir())


def test_a_folder_that_is_a_file(tmp_path: Path, temporary: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert main(["demo", "--folder", str(tmp_path / "file"), *QUICK]) == 1
    assert str(tmp_path / "file") in capsys.readouterr().err
    assert not any(temporary.iterdir())
