"""The README's promises: its Python runs and gives what its comments say, its commands are there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.documents import blocks, commands, furnish, run, run_commands

README = Path(__file__).parents[1] / "README.md"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder that has the series the README speaks of."""
    furnish(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_tour_gives_what_it_says(here: Path) -> None:
    names: dict[str, object] = {}
    assert sum(run(block, names) for block in blocks(README, "python")) >= 5
    assert (here / "ct.nii.gz").stat().st_size > 1_000_000


def test_the_tour_is_short() -> None:
    (tour,) = blocks(README, "python")
    assert len(tour.code.splitlines()) <= 15


@pytest.mark.usefixtures("here")
def test_the_commands_of_the_shell_work(capsys: pytest.CaptureFixture[str]) -> None:
    assert {arguments[0] for arguments in commands(README)} == {"dump", "edit", "diff", "volume"}
    run_commands(README, capsys)


def test_it_begins_with_what_it_is_and_how_to_try_it() -> None:
    text = README.read_text(encoding="utf-8")
    assert text.startswith("# radiogram: ")
    assert text.index("pip install . && radiogram demo") < text.index("```python")
    assert text.index('pip install ".[test]"') < text.index("```python")
