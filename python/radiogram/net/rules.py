"""Where instances go that come: rules as the engine takes them, from a folder or as they are given."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from radiogram import _core
from radiogram.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["MEMORY", "TEMPLATE", "sinks_of"]

TEMPLATE = "{sop_instance}.dcm"
"""How files of a folder are named; values can never lead out of it."""

MEMORY = 1 << 30
"""Bytes that an instance may have that is kept in memory for its handler."""

_DURABILITIES = ("fsync", "os", "none")

_UNHANDLED = 0xC211
"""pynetdicom's status where nobody takes instances."""


def sinks_of(
    store: str | os.PathLike[str] | None,
    rules: Iterable[Mapping[str, Any]] | None,
    *,
    is_handled: bool,
    durability: str = "fsync",
    template: str | None = None,
) -> list[dict[str, Any]]:
    """Give the rules for instances.

    Parameters
    ----------
    store : path, optional
        A folder for all that no rule is for.
    rules : iterable of mapping, optional
        Rules that come first.
    is_handled : bool
        Whether a handler waits for instances: what goes nowhere else is kept in memory for it.
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
    elif is_handled:
        made.append({"sink": ("memory", MEMORY)})
    else:
        made.append({"sink": ("refuse", _UNHANDLED, "nothing takes instances here")})
    return made
