"""Where instances go that come: rules as the engine takes them, from a folder or as they are given."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from functools import cache
from typing import TYPE_CHECKING, Any

from radiogram import _core
from radiogram.errors import ArgumentError
from radiogram.net import _config

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["MEMORY", "TEMPLATE", "sinks_of"]

TEMPLATE = "{sop_instance}.dcm"
"""How files of a folder are named; values can never lead out of it."""

MEMORY = 1 << 30
"""Bytes that an instance may have that is kept in memory for its handler."""

_DURABILITIES = ("fsync", "os", "none")

_LARGEST = 1 << 40
"""Bytes that an instance may have that is a file as long as its handler has it."""


def sinks_of(
    store: str | os.PathLike[str] | None,
    rules: Iterable[Mapping[str, Any]] | None,
    *,
    durability: str = "fsync",
    template: str | None = None,
) -> list[dict[str, Any]]:
    """Give the rules for instances: what no folder and no rule is for is kept for a handler, and refused where none is bound.

    Parameters
    ----------
    store : path, optional
        A folder for all that no rule is for.
    rules : iterable of mapping, optional
        Rules that come first.
    durability : {"fsync", "os", "none"}
        What an answer 0000 promises: that a power cut, or a crash of the program, does not lose the instance.
    template : str, optional
        Names of files; `TEMPLATE`.
    """
    if durability not in _DURABILITIES:
        message = f"durability is one of {', '.join(_DURABILITIES)}, not {durability!r}"
        raise ArgumentError(message)
    made = [dict(rule) for rule in rules or ()]
    for rule in made:
        if "sink" not in rule:
            message = "a rule says where instances go: it has a 'sink'"
            raise ArgumentError(message)
        if "tags" in rule:
            rule["tags"] = [int(_core.tag(tag)) for tag in rule["tags"]]
    if store is not None:
        made.append({"sink": ("file", os.fspath(store), template or TEMPLATE, durability)})
    elif _config.STORE_RECV_CHUNKED_DATASET:
        made.append({"sink": ("spool", _spool(os.getpid()), 0, _LARGEST)})
    else:
        made.append({"sink": ("memory", MEMORY)})
    return made


@cache
def _spool(process: int) -> str:
    """Give a folder of a process for instances that are files as long as a handler has them."""
    folder = tempfile.mkdtemp(prefix="radiogram-")
    atexit.register(_put_away, folder, process)
    return folder


def _put_away(folder: str, process: int) -> None:
    # A child that was forked has its own.
    if os.getpid() == process:
        shutil.rmtree(folder, ignore_errors=True)
