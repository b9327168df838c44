"""Sequences: lists of datasets that stay the same objects for as long as their parent lives."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence as AbstractSequence

# `typing` costs more to import than this package.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import overload

    from radiogram._core import Items
    from radiogram.dataset.dataset import Dataset
else:

    def overload(function: object) -> object:
        """Stand in for `typing.overload`, which matters to type checkers alone."""
        return function


__all__ = ["Sequence"]


class Sequence(AbstractSequence["Dataset"]):
    """The items of an element with VR SQ (PS3.5 7.5).

    Reading the same element twice gives the same sequence, and the same item twice the same dataset.

    Examples
    --------
    >>> import radiogram as rg
    >>> from pydicom.data import get_testdata_file
    >>> ds = rg.read(get_testdata_file("rtplan.dcm"))
    >>> len(ds.BeamSequence)
    1
    >>> ds.BeamSequence[0] is ds.BeamSequence[0]
    True
    """

    __slots__ = ("__weakref__", "_items")

    def __init__(self, items: Items) -> None:
        self._items = items

    def __len__(self) -> int:
        return len(self._items)

    @overload
    def __getitem__(self, index: int) -> Dataset: ...
    @overload
    def __getitem__(self, index: slice) -> list[Dataset]: ...
    def __getitem__(self, index: int | slice) -> Dataset | list[Dataset]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        number = index + len(self) if index < 0 else index
        item = self._items.item(number) if 0 <= number < len(self) else None
        if item is None:
            message = f"item {index} of a sequence of {len(self)}"
            raise IndexError(message)
        return item

    def __iter__(self) -> Iterator[Dataset]:
        items = self._items
        for number in range(len(items)):
            item = items.item(number)
            if item is not None:
                yield item

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, (Sequence, list, tuple)):
            return NotImplemented
        from radiogram.dataset.compare import sequences_equal

        return sequences_equal(self, other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<Sequence, length {len(self)}>"

    def __str__(self) -> str:
        return f"[{', '.join(map(str, self))}]"
