"""Conditions on rows: ``rg.col("Modality") == "CT"``. They are evaluated by the parser, before a row is made."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from radiogram.errors import ArgumentError
from radiogram.interop.names import shown

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Column", "Expression", "Literal", "Step", "col"]

Literal = str | int | float | dt.date | dt.time
"""What a column can be compared with."""

Step = tuple[object, ...]

_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001  # a clock's, as DT has it
_EPOCH_UTC = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """A condition on the rows of a scan; ``&``, ``|`` and ``~`` join conditions.

    A comparison with a value that is not there is neither true nor false, as in SQL, and such a row is left out. A
    comparison with a list is true where it is of any of its values; ``!=`` is the opposite of ``==``.

    Attributes
    ----------
    steps : tuple
        How it is evaluated, operands in front of operators.
    """

    steps: tuple[Step, ...]

    def __and__(self, other: Expression) -> Expression:
        return self._joined(other, "and")

    def __or__(self, other: Expression) -> Expression:
        return self._joined(other, "or")

    def __invert__(self) -> Expression:
        return Expression((*self.steps, ("not",)))

    def __bool__(self) -> NoReturn:
        message = "a condition is true of some rows and not of others: join conditions by & | ~, in brackets"
        raise TypeError(message)

    def _joined(self, other: Expression, word: str) -> Expression:
        if not isinstance(other, Expression):
            return NotImplemented
        return Expression((*self.steps, *other.steps, (word,)))

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it looks at, each once."""
        return tuple(dict.fromkeys(str(step[1]) for step in self.steps if len(step) > 1))


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A column in a condition; made by `col`."""

    name: str

    def __eq__(self, value: Literal) -> Expression:  # type: ignore[override]
        return self._compared("==", value)

    def __ne__(self, value: Literal) -> Expression:  # type: ignore[override]
        return self._compared("!=", value)

    def __lt__(self, value: Literal) -> Expression:
        return self._compared("<", value)

    def __le__(self, value: Literal) -> Expression:
        return self._compared("<=", value)

    def __gt__(self, value: Literal) -> Expression:
        return self._compared(">", value)

    def __ge__(self, value: Literal) -> Expression:
        return self._compared(">=", value)

    def __hash__(self) -> int:
        return hash(self.name)

    def __bool__(self) -> NoReturn:
        message = f"say what col({self.name!r}) is compared with"
        raise TypeError(message)

    def is_in(self, values: Iterable[Literal]) -> Expression:
        """Be one of these values."""
        return Expression((("in", self.name, tuple(_plain(value) for value in values)),))

    def is_null(self) -> Expression:
        """Have no value: the element is absent, empty, or does not fit the column."""
        return Expression((("null", self.name),))

    def is_not_null(self) -> Expression:
        """Have a value."""
        return ~self.is_null()

    def _compared(self, word: str, value: Literal) -> Expression:
        return Expression(((word, self.name, _plain(value)),))


def col(name: str) -> Column:
    """Name a column for a condition of `ScanTable.filter`.

    Parameters
    ----------
    name : str
        A keyword, tag, nested path or private element as in `scan`, or ``"path"``, ``"size"``, ``"mtime"``,
        ``"error"``. It need not be a column of the table.

    Returns
    -------
    Column
        Compare it with text, numbers, `datetime.date`, `datetime.time` or `datetime.datetime` by
        ``== != < <= > >=``, or ask `Column.is_in`, `Column.is_null`. DT is compared with a datetime without a time zone,
        ``mtime`` with one that has one.

    Examples
    --------
    >>> import radiogram as rg
    >>> condition = (rg.col("Modality") == "CT") & ~rg.col("SliceThickness").is_null()
    >>> condition.columns
    ('Modality', 'SliceThickness')
    """
    return Column(name)


def _plain(value: Literal) -> object:
    """Give a value as the core takes it: days, microseconds and nanoseconds as numbers with a name."""
    if isinstance(value, bool):
        message = "no column holds truths: is_null() asks for what is there"
        raise ArgumentError(message)
    if isinstance(value, str):
        return value if value.isascii() else shown(value)
    if isinstance(value, int | float):
        return value
    if isinstance(value, dt.datetime):
        if value.tzinfo is None:
            return "moment", (value - _EPOCH) // dt.timedelta(microseconds=1)
        return "timestamp", (value - _EPOCH_UTC) // dt.timedelta(microseconds=1) * 1000
    if isinstance(value, dt.date):
        return "date", (value - _EPOCH.date()).days
    if isinstance(value, dt.time):
        seconds = value.hour * 3600 + value.minute * 60 + value.second
        return "time", seconds * 1_000_000 + value.microsecond
    item = getattr(value, "item", None)
    if callable(item):
        return _plain(item())
    message = f"a column is not compared with {type(value).__name__}"
    raise ArgumentError(message)
