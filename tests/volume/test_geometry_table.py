"""The table of the docs tells the truth of our column: each case is written and read again."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from tests.volume.cases import CASES, Truth
from tests.volume.readers import by_radiogram, verdict

PAGE = Path(__file__).parents[2] / "docs" / "geometry.md"


def _ours() -> dict[str, str]:
    cells = [
        line.split("|")[1:3]
        for line in PAGE.read_text(encoding="utf-8").splitlines()
        if line.startswith("| ")
    ]
    return {what.strip().removesuffix(" ✗"): said.strip() for what, said in cells}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_our_column_is_true(tmp_path: Path, case: object) -> None:
    folder, truth = tmp_path / "series", Truth()
    case(folder, truth)  # type: ignore[operator]
    said = verdict(by_radiogram, folder, truth)
    assert _ours()[case.__doc__.rstrip(".")] == said  # type: ignore[union-attr]
    # Never silently wrong: all at its place, or an error.
    assert said.startswith("right") if truth.is_volume else said.startswith("refused")


def test_every_case_is_in_the_table() -> None:
    assert set(_ours()) - {"series"} == {(case.__doc__ or "").rstrip(".") for case in CASES}


@pytest.mark.slow
def test_the_columns_of_others_are_made_anew() -> None:
    """Every reader that is installed in the version that the page names gives the cells that stand there."""
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    head, body = lines[0], lines[2:]
    kept = {
        name.strip(): [row.split("|")[2 + column].strip() for row in body]
        for column, name in enumerate(head.split("|")[2:-1])
    }
    fresh = runpy.run_path(str(PAGE.parents[1] / "tools" / "geometry.py"))["table"]().splitlines()
    compared = []
    for column, name in enumerate(fresh[0].split("|")[2:-1]):
        if name.strip() in kept:
            assert [row.split("|")[2 + column].strip() for row in fresh[2:]] == kept[name.strip()], name
            compared.append(name.strip())
    assert "radiogram" in compared
