"""Conditions of polars as conditions of ours, where they mean the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from radiogram.scanning.expressions import Expression, col

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

__all__ = ["condition"]

_WORDS = {
    "Eq": "__eq__",
    "NotEq": "__ne__",
    "Lt": "__lt__",
    "LtEq": "__le__",
    "Gt": "__gt__",
    "GtEq": "__ge__",
}


def condition(predicate: Any, names: Mapping[str, tuple[str, bool]]) -> Expression | None:  # noqa: ANN401
    """Give the part of a condition that can be evaluated by the parser; None where there is none.

    Polars evaluates the whole of it again on what comes through, so a part is enough, and what is not known is left out.
    """
    try:
        tree = json.loads(predicate.meta.serialize(format="json"))
    except Exception:  # how polars spells its expressions is its own affair
        return None
    return _part(tree, names)


def _part(tree: Any, names: Mapping[str, tuple[str, bool]]) -> Expression | None:  # noqa: ANN401
    """Go down through conjunctions, with a list of what is left: no recursion on what a user wrote."""
    found: Expression | None = None
    waiting = [tree]
    while waiting:
        binary = waiting.pop().get("BinaryExpr")
        if not isinstance(binary, dict):
            continue
        if binary.get("op") in ("And", "LogicalAnd"):
            waiting += [side for side in (binary.get("right"), binary.get("left")) if isinstance(side, dict)]
            continue
        one = _comparison(binary, names)
        if one is not None:
            found = one if found is None else found & one
    return found


def _comparison(binary: dict[str, Any], names: Mapping[str, tuple[str, bool]]) -> Expression | None:
    word = _WORDS.get(str(binary.get("op")))
    left, right = binary.get("left"), binary.get("right")
    if word is None or not isinstance(left, dict) or not isinstance(right, dict):
        return None
    name = left.get("Column")
    kind, is_list = names.get(name, ("", True)) if isinstance(name, str) else ("", True)
    value = _literal(right.get("Literal"), kind)
    if value is None or is_list:
        return None
    return getattr(col(str(name)), word)(value)  # type: ignore[no-any-return]


def _literal(tree: Any, kind: str) -> str | int | float | dt.date | None:  # noqa: ANN401
    """Give a text for texts, a number for whole numbers; anything else is left to polars."""
    while isinstance(tree, dict) and len(tree) == 1:
        tree = next(iter(tree.values()))
    if isinstance(tree, bool):
        return None
    if kind in ("string", "code") and isinstance(tree, str):
        return tree
    if kind.startswith(("int", "uint")) and isinstance(tree, int) and abs(tree) < 1 << 63:
        return tree
    return None
