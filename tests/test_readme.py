"""The README's promises: its Python runs and gives what its comments say, its commands are there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from radiogram.cli import main
from radiogram.volume.phantom import Phantom, write_series

README = Path(__file__).parents[1] / "README.md"
SAYS = re.compile(r"^(?P<code>[^#]+?)\s+# -> (?P<result>.+)$")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder that has the series the README speaks of."""
    write_series(tmp_path / "ct", Phantom(slices=40))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def blocks(language: str) -> list[str]:
    return re.findall(
        rf"^```{language}\n(.*?)^```$", README.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )


def test_the_tour_gives_what_it_says(here: Path) -> None:
    names: dict[str, object] = {}
    checked = 0
    for block in blocks("python"):
        for line in block.splitlines():
            said = SAYS.match(line)
            if said is None:
                exec(line, names)
            else:
                assert repr(eval(said["code"], names)) == said["result"]
                checked += 1
    assert checked >= 5
    assert (here / "ct.nii.gz").stat().st_size > 1_000_000


def test_the_tour_is_short() -> None:
    (tour,) = blocks("python")
    assert len(tour.splitlines()) <= 15


@pytest.mark.usefixtures("here")
def test_the_commands_of_the_shell_work(capsys: pytest.CaptureFixture[str]) -> None:
    lines = [line for block in blocks("sh") for line in block.splitlines() if line.startswith("radiogram ")]
    assert {line.split()[1] for line in lines} == {"dump", "volume"}
    for line in lines:
        assert main(shlex.split(line, comments=True)[1:]) == 0
    assert capsys.readouterr().err == ""


def test_it_begins_with_what_it_is_and_how_to_try_it() -> None:
    text = README.read_text(encoding="utf-8")
    assert text.startswith("# radiogram: ")
    assert text.index("pip install . && radiogram demo") < text.index("```python")
    assert text.index('pip install ".[test]"') < text.index("```python")
