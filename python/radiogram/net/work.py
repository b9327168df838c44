"""What the engine has for Python, with the fields that a request always has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from radiogram._core import NetWork

__all__ = ["command_of", "field_of", "syntax_of"]


def command_of(work: NetWork) -> dict[str, Any]:
    """Give the fields of a request's command, by keyword."""
    return work.command or {}


def field_of(work: NetWork) -> int:
    """Give the Command Field of a request (PS3.7 E.1)."""
    return int(command_of(work).get("CommandField", 0))


def syntax_of(work: NetWork) -> str:
    """Give the transfer syntax of the context that a request came in."""
    context = work.context
    return "" if context is None else context[2]
