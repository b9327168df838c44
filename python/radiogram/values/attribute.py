"""Attributes of a dataset as what they should be: a file may hold anything in their place.

What is not what it should be is absent: text where a number is owed, bytes where items are. Readers of whole objects go through these, so
that a damaged attribute is the error that its absence is, and no other.
"""

from __future__ import annotations

import math
from typing import Any

__all__ = ["items_of", "number_of", "numbers_of", "text_of", "texts_of", "whole_of"]


def items_of(dataset: Any, keyword: str) -> tuple[Any, ...]:  # noqa: ANN401  # a dataset, which is of the floor above
    """Give the items of a sequence; none where it is not there, or is none.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.values.attribute import items_of
    >>> items_of(rg.Dataset(), "SegmentSequence")
    ()
    """
    value = dataset.get(keyword)
    if value is None or isinstance(value, (str, bytes)) or not hasattr(value, "__iter__"):
        return ()
    return tuple(item for item in value if hasattr(item, "get_item"))


def texts_of(dataset: Any, keyword: str) -> tuple[str, ...]:  # noqa: ANN401
    """Give the values of a text, without those that are empty."""
    return tuple(str(value) for value in _values(dataset, keyword) if str(value))


def text_of(dataset: Any, keyword: str) -> str:  # noqa: ANN401
    """Give the first value of a text; empty where there is none."""
    return next(iter(texts_of(dataset, keyword)), "")


def numbers_of(dataset: Any, keyword: str) -> tuple[float, ...]:  # noqa: ANN401
    """Give all values as numbers; none where one of them is no finite number."""
    found = []
    for value in _values(dataset, keyword):
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            return ()
        if not math.isfinite(number):
            return ()
        found.append(number)
    return tuple(found)


def number_of(dataset: Any, keyword: str) -> float | None:  # noqa: ANN401
    """Give the first value as a number; None where it is none."""
    return next(iter(numbers_of(dataset, keyword)), None)


def whole_of(dataset: Any, keyword: str) -> int | None:  # noqa: ANN401
    """Give the first value as a whole number that is not negative; None where it is none."""
    number = number_of(dataset, keyword)
    return int(number) if number is not None and number >= 0 and number.is_integer() else None


def _values(dataset: Any, keyword: str) -> tuple[Any, ...]:  # noqa: ANN401
    value = dataset.get(keyword)
    if value is None or isinstance(value, bytes):
        return ()
    if (
        isinstance(value, (str, int, float))
        or not hasattr(value, "__iter__")
        or not hasattr(value, "__len__")
    ):
        return (value,)
    return tuple(value)
