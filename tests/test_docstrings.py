"""The examples in the docstrings of the installed package run, and give what they say."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest
import radiogram

MODULES = sorted(
    found.name
    for found in pkgutil.walk_packages(radiogram.__path__, "radiogram.")
    if not found.name.endswith((".__main__", "._core"))
)


@pytest.mark.parametrize("name", ["radiogram", *MODULES])
def test_examples_run(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each module's, as a user would type them."""
    outcome = doctest.testmod(importlib.import_module(name))
    assert outcome.failed == 0, capsys.readouterr().out


def test_there_are_examples() -> None:
    """The rooms that a user meets have some."""
    finder = doctest.DocTestFinder(exclude_empty=True)
    count = sum(
        bool(test.examples) for name in MODULES for test in finder.find(importlib.import_module(name))
    )
    assert count > 40
