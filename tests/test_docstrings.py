"""The examples in the docstrings of the installed package run, and give what they say."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from typing import TYPE_CHECKING

import pytest
import radiogram

from tests.loaders.frameworks import needed

if TYPE_CHECKING:
    from types import ModuleType

OF_OTHERS = {"radiogram.torch": "torch", "radiogram.monai": "monai"}
"""Rooms that are there for one package, and need it to be imported."""

MODULES = sorted(
    found.name
    for found in pkgutil.walk_packages(radiogram.__path__, "radiogram.")
    if not found.name.endswith((".__main__", "._core"))
)


def _module(name: str) -> ModuleType:
    """Import a module, or skip the test where it is there for a package that is not."""
    package = next((OF_OTHERS[room] for room in OF_OTHERS if f"{name}.".startswith(f"{room}.")), None)
    if package is not None:
        needed(package)
    return importlib.import_module(name)


@pytest.mark.parametrize("name", ["radiogram", *MODULES])
def test_examples_run(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each module's, as a user would type them."""
    outcome = doctest.testmod(_module(name))
    assert outcome.failed == 0, capsys.readouterr().out


def test_there_are_examples() -> None:
    """The rooms that a user meets have some."""
    finder = doctest.DocTestFinder(exclude_empty=True)
    count = sum(
        bool(test.examples)
        for name in MODULES
        if not name.startswith(tuple(OF_OTHERS))
        for test in finder.find(importlib.import_module(name))
    )
    assert count > 40
