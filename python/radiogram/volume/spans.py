"""What an index of numpy's names along each axis of a box: whole numbers, slices with steps of either sign, an ellipsis."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

from radiogram.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Span", "spans_of"]


class Span:
    """What is read along an axis: ``whole`` is False where a number was given, and the axis goes."""

    __slots__ = ("count", "start", "step", "whole")

    def __init__(self, start: int, step: int, count: int, *, whole: bool) -> None:
        self.start, self.step, self.count, self.whole = start, step, count, whole

    @property
    def forward(self) -> tuple[int, int, int]:
        """Start, step and count in ascending order."""
        if self.step > 0:
            return self.start, self.step, self.count
        return self.start + self.step * (self.count - 1), -self.step, self.count

    @property
    def slice(self) -> slice:
        """What numpy takes for it."""
        stop: int | None = self.start + self.step * self.count
        return slice(self.start, stop if stop is None or stop >= 0 else None, self.step)


def spans_of(key: Any, shape: Sequence[int]) -> list[Span]:  # noqa: ANN401
    """Read an index as numpy does, as far as it names parts of a box."""
    given = list(key) if isinstance(key, tuple) else [key]
    if sum(part is Ellipsis for part in given) > 1:
        message = "an index can only have a single ellipsis"
        raise IndexError(message)
    if Ellipsis not in [part if part is Ellipsis else None for part in given]:
        given.append(Ellipsis)
    at = next(place for place, part in enumerate(given) if part is Ellipsis)
    free = len(shape) - (len(given) - 1)
    if free < 0:
        message = f"{len(given) - 1} indices for {len(shape)} axes"
        raise IndexError(message)
    given[at : at + 1] = [slice(None)] * free
    return [_span(part, length) for part, length in zip(given, shape, strict=True)]


def _span(part: Any, length: int) -> Span:  # noqa: ANN401
    if isinstance(part, slice):
        start, stop, step = part.indices(length)
        return Span(start, step, len(range(start, stop, step)), whole=True)
    try:
        number = operator.index(part)
    except TypeError:
        message = "a lazy volume is indexed by whole numbers, slices and an ellipsis; numpy does the rest"
        raise ArgumentError(message) from None
    if isinstance(part, bool) or not -length <= number < length:
        message = f"index {part} is out of bounds for an axis of {length}"
        raise IndexError(message)
    return Span(number % length, 1, 1, whole=False)
