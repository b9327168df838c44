"""Sequences: lists of datasets that stay the same objects for as long as their parent lives."""

from __future__ import annotations

from collections.abc import MutableSequence

from radiogram import _core
from radiogram.errors import NotADatasetError

# `typing` costs more to import than this package.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any, Self, SupportsIndex, overload

    from radiogram.dataset.dataset import Dataset
else:

    def overload(function: object) -> object:
        """Stand in for `typing.overload`, which matters to type checkers alone."""
        return function


__all__ = ["Sequence"]


class Sequence(_core.Items, MutableSequence["Dataset"]):
    """The items of an element with VR SQ (PS3.5 7.5): a list that takes datasets alone.

    Reading the same element twice gives the same sequence, and the same item twice the same dataset. A dataset that is
    put into two sequences is one dataset.

    Parameters
    ----------
    iterable : iterable of Dataset, optional
        The first items.

    Raises
    ------
    NotADatasetError
        What is put in is no dataset; it is a `TypeError`.

    Examples
    --------
    >>> import radiogram as rg
    >>> from pydicom.data import get_testdata_file
    >>> ds = rg.read(get_testdata_file("rtplan.dcm"))
    >>> len(ds.BeamSequence)
    1
    >>> ds.BeamSequence[0] is ds.BeamSequence[0]
    True
    >>> ds.BeamSequence.append(rg.Dataset())
    >>> len(ds.BeamSequence)
    2
    """

    __slots__ = ()

    def __init__(self, iterable: Iterable[Dataset] | _core.Rows | None = None) -> None:
        # What was read is there already: the core's own rows are no items.
        if iterable is not None and not isinstance(iterable, _core.Rows):
            self._list().extend(_checked(iterable))

    if TYPE_CHECKING:

        def __len__(self) -> int: ...
        @overload
        def __getitem__(self, index: SupportsIndex) -> Dataset: ...
        @overload
        def __getitem__(self, index: slice) -> list[Dataset]: ...
        def __getitem__(self, index: Any) -> Any: ...  # noqa: ANN401

    def __iter__(self) -> Iterator[Dataset]:
        number = 0
        # By number, and not over a list: the structure can change meanwhile.
        while number < len(self):
            try:
                item = self[number]
            except IndexError:
                return
            yield item
            number += 1

    if TYPE_CHECKING:

        @overload
        def __setitem__(self, index: SupportsIndex, value: Dataset) -> None: ...
        @overload
        def __setitem__(self, index: slice, value: Iterable[Dataset]) -> None: ...
        def __setitem__(self, index: Any, value: Any) -> None: ...  # noqa: ANN401
    else:

        def __setitem__(self, index, value):  # noqa: ANN001, ANN204  # typed above
            self._list()[index] = _checked(value) if isinstance(index, slice) else _dataset(value)
            _core.count_edit(self)

    def __delitem__(self, index: SupportsIndex | slice) -> None:
        del self._list()[index]
        _core.count_edit(self)

    def __iadd__(self, other: Iterable[Dataset]) -> Self:
        self.extend(other)
        return self

    def insert(self, position: SupportsIndex, value: Dataset) -> None:
        """Put an item in front of a position."""
        self._list().insert(position, _dataset(value))
        _core.count_edit(self)

    def append(self, value: Dataset) -> None:
        """Put an item at the end."""
        self._list().append(_dataset(value))
        _core.count_edit(self)

    def extend(self, val: Iterable[Dataset]) -> None:
        """Put items at the end; none of them where one is refused."""
        self._list().extend(_checked(val))
        _core.count_edit(self)

    def pop(self, index: SupportsIndex = -1) -> Dataset:
        """Take an item out."""
        item: Dataset = self._list().pop(index)
        _core.count_edit(self)
        return item

    def clear(self) -> None:
        """Take every item out."""
        self._list().clear()
        _core.count_edit(self)

    def reverse(self) -> None:
        """Turn the order round."""
        self._list().reverse()
        _core.count_edit(self)

    def sort(self, *, key: Callable[[Dataset], Any], reverse: bool = False) -> None:
        """Put the items in the order of a key."""
        items = sorted(self._list(), key=key, reverse=reverse)
        self._list()[:] = items
        _core.count_edit(self)

    def copy(self) -> Sequence:
        """Give a sequence of the same items."""
        return Sequence(self)

    __copy__ = copy

    def __deepcopy__(self, memo: dict[int, Any]) -> Sequence:
        from radiogram.dataset.copies import copied_sequence

        return copied_sequence(self, memo)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (list(self),)

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


def _dataset(value: object) -> Dataset:
    from radiogram.dataset.dataset import Dataset

    if not isinstance(value, Dataset):
        message = f"a sequence holds datasets, not {type(value).__name__}"
        raise NotADatasetError(message)
    return value


def _checked(values: Iterable[object]) -> list[Dataset]:
    from radiogram.dataset.dataset import Dataset

    if isinstance(values, Dataset):
        message = "a sequence takes an iterable of datasets here, not one dataset"
        raise NotADatasetError(message)
    return [_dataset(value) for value in values]
