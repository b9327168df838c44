"""The conditions of a scan on rows that are there as a table: the same three truths as the parser's."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = ["mask"]

_WORDS: dict[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "==": ("equal", operator.eq),
    "!=": ("not_equal", operator.ne),
    "<": ("less", operator.lt),
    "<=": ("less_equal", operator.le),
    ">": ("greater", operator.gt),
    ">=": ("greater_equal", operator.ge),
}
"""What compares arrays, and what compares numbers."""


def mask(steps: Iterable[tuple[Any, ...]], table: Any) -> Any:  # noqa: ANN401
    """Tell of which rows a condition is true, of which it is false, and of which it is neither.

    Parameters
    ----------
    steps : iterable of tuple
        `radiogram.scanning.expressions.Expression.steps`.
    table : pyarrow.Table
        Has the columns that they name.

    Returns
    -------
    pyarrow.ChunkedArray or pyarrow.Array
        A truth a row, null where it is neither true nor false.
    """
    import pyarrow.compute as pc

    stack: list[Any] = []
    for step in steps:
        word = step[0]
        if word == "not":
            stack.append(pc.invert(stack.pop()))
        elif word in ("and", "or"):
            right, left = stack.pop(), stack.pop()
            stack.append((pc.and_kleene if word == "and" else pc.or_kleene)(left, right))
        else:
            stack.append(_leaf(step, table.column(step[1])))
    return stack.pop()


def _leaf(step: tuple[Any, ...], column: Any) -> Any:  # noqa: ANN401
    """Compare a column, or ask whether it has a value."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return _of_lists(step, column)
    if step[0] == "null":
        return column.is_null()
    given = step[2] if step[0] == "in" else (step[2],)
    compare = getattr(pc, _WORDS["==" if step[0] == "in" else step[0]][0])
    truth = pc.and_kleene(column.is_valid(), pa.scalar(value=False)) if not given else None
    for value in given:
        one = compare(column, _scalar(value, kind))
        truth = one if truth is None else pc.or_kleene(truth, one)
    return truth if given else pc.if_else(column.is_valid(), truth, pa.scalar(None, pa.bool_()))


def _of_lists(step: tuple[Any, ...], column: Any) -> Any:  # noqa: ANN401
    """Compare lists: true where it is of any of the values that are there, and nothing where none is."""
    import pyarrow as pa

    word = step[0]
    rows: Sequence[Any] = column.to_pylist()
    present = [[one for one in row or () if one is not None] for row in rows]
    if word == "null":
        return pa.array([not row for row in present], pa.bool_())
    kind = column.type.value_type
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    given = [_scalar(value, kind).as_py() for value in (step[2] if word == "in" else (step[2],))]
    holds = operator.eq if word in ("in", "!=") else _WORDS["==" if word == "in" else word][1]
    truths = [any(holds(one, value) for one in row for value in given) if row else None for row in present]
    if word == "!=":
        truths = [None if truth is None else not truth for truth in truths]
    return pa.array(truths, pa.bool_())


def _scalar(given: Any, kind: Any) -> Any:  # noqa: ANN401
    """Give what a column is compared with: days, microseconds and nanoseconds are numbers with a name."""
    import pyarrow as pa

    if isinstance(given, tuple):
        what, number = given
        if what == "date":
            return pa.scalar(number, pa.int32()).cast(pa.date32())
        return pa.scalar(number, pa.int64()).cast(kind)
    return pa.scalar(given)
