"""Whether datasets are equal: the same elements with the same values, at any depth, without recursion."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from radiogram._core import DataElement
    from radiogram.dataset.dataset import Dataset

__all__ = ["datasets_equal", "elements_equal", "sequences_equal"]


def datasets_equal(first: Dataset, second: Dataset) -> bool:
    """Whether two datasets have the same elements with the same values."""
    return _all_equal([(first, second)])


def sequences_equal(first: Iterable[Dataset], second: Iterable[object]) -> bool:
    """Whether two sequences have equal items in the same order; what is no dataset equals none."""
    from radiogram.dataset.dataset import Dataset

    left, right = list(first), list(second)
    if not all(isinstance(item, Dataset) for item in right):
        return False
    return len(left) == len(right) and _all_equal(list(zip(left, right, strict=True)))


def elements_equal(first: DataElement, second: object) -> bool:
    """Whether two elements have the same tag, VR and value."""
    from radiogram._core import DataElement

    if not isinstance(second, DataElement):
        return NotImplemented  # type: ignore[no-any-return]
    if first.tag != second.tag or first.VR != second.VR:
        return False
    if first.VR == "SQ":
        return sequences_equal(first.value, second.value)
    return _values_equal(first.value, second.value)


def _all_equal(waiting: list[tuple[Any, Any]]) -> bool:
    compared: dict[tuple[int, int], tuple[Any, Any]] = {}
    while waiting:
        left, right = waiting.pop()
        # A dataset can be in many places, and even within itself: a pair is compared once, and held for its numbers' sake.
        if left is right or (id(left), id(right)) in compared:
            continue
        compared[id(left), id(right)] = left, right
        if left._tags() != right._tags():
            return False
        for one, other in zip(left, right, strict=True):
            if one.VR != other.VR:
                return False
            if one.VR != "SQ":
                if not _values_equal(one.value, other.value):
                    return False
            elif len(one.value) != len(other.value):
                return False
            else:
                waiting.extend(zip(one.value, other.value, strict=True))
    return True


def _values_equal(one: object, other: object) -> bool:
    # Two NaN of the same element are the same value: a dataset equals its copy.
    if isinstance(one, float) and isinstance(other, float) and math.isnan(one) and math.isnan(other):
        return True
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return all(map(_values_equal, one, other))
    return one == other
