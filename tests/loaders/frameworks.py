"""Torch and MONAI for the tests: skipped where they are not installed, and never where ``RADIOGRAM_ML`` says that they are."""

from __future__ import annotations

import importlib
import os
from typing import Any

import pytest

__all__ = ["needed"]


def needed(name: str) -> Any:
    """Import a module, or skip the tests of the one that asks for it."""
    if os.environ.get("RADIOGRAM_ML"):
        return importlib.import_module(name)
    return pytest.importorskip(name, reason=f"{name} is not installed: the stage ml has it")
