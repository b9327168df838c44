"""The values of an element that has several."""

from __future__ import annotations

from _weakref import ReferenceType

# Not typing's: the module costs a fifth of the time that `import radiogram` may take.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, Self, SupportsIndex, TypeVar, overload

    T = TypeVar("T")

__all__ = ["MultiValue"]


class MultiValue(list["T"]):
    """A list whose items are all of one type: what is put in goes through `type_constructor`.

    Reading costs what a list costs. The reader makes one by ``list.__new__(MultiValue)``,
    then ``list.extend``, then the two slots.

    Parameters
    ----------
    type_constructor : callable
        Makes an item of what is put in, and raises where it cannot.
    iterable : iterable
        The first items.

    Attributes
    ----------
    type_constructor : callable
        As given; absent where nothing is checked.
    owner : callable, weak reference or None
        Called with the list after each write. Where the list was read from a dataset, a weak reference to that one, which is told.

    Examples
    --------
    >>> values = MultiValue(int, ["1", 2])
    >>> values.append("3")
    >>> values, values == [1, 2, 3]
    ([1, 2, 3], True)
    """

    __slots__ = ("owner", "type_constructor")
    type_constructor: Callable[[Any], T]
    owner: Callable[[MultiValue[T]], None] | ReferenceType[Any] | None

    def __init__(self, type_constructor: Callable[[Any], T], iterable: Iterable[Any] = ()) -> None:
        self.type_constructor = type_constructor
        self.owner = None
        list.extend(self, map(type_constructor, iterable))

    def _checked(self, items: Iterable[Any]) -> list[T]:
        try:
            constructor = self.type_constructor
        except AttributeError:
            return list(items)
        return [constructor(item) for item in items]

    def _written(self) -> None:
        owner = getattr(self, "owner", None)
        if type(owner) is not ReferenceType:
            if owner is not None:
                owner(self)
        elif (dataset := owner()) is not None:
            dataset._list_written(self)

    if TYPE_CHECKING:

        @overload
        def __setitem__(self, index: SupportsIndex, value: Any) -> None: ...  # noqa: ANN401
        @overload
        def __setitem__(self, index: slice, value: Iterable[Any]) -> None: ...
        def __setitem__(self, index: SupportsIndex | slice, value: Any) -> None: ...
    else:

        def __setitem__(self, index, value):  # noqa: ANN001, ANN204  # typed above
            if isinstance(index, slice):
                list.__setitem__(self, index, self._checked(value))
            else:
                list.__setitem__(self, index, self._checked((value,))[0])
            self._written()

    def __delitem__(self, index: SupportsIndex | slice) -> None:
        list.__delitem__(self, index)
        self._written()

    def __iadd__(self, other: Iterable[Any]) -> Self:  # type: ignore[override, misc]  # makes items
        self.extend(other)
        return self

    def __imul__(self, count: SupportsIndex) -> Self:
        list.__imul__(self, count)
        self._written()
        return self

    def append(self, item: Any) -> None:  # noqa: ANN401  # what the type takes
        """Put one item at the end."""
        list.append(self, self._checked((item,))[0])
        self._written()

    def extend(self, items: Iterable[Any]) -> None:
        """Put items at the end; none of them where one is refused."""
        list.extend(self, self._checked(items))
        self._written()

    def insert(self, position: SupportsIndex, item: Any) -> None:  # noqa: ANN401
        """Put one item in front of a position."""
        list.insert(self, position, self._checked((item,))[0])
        self._written()

    def pop(self, index: SupportsIndex = -1) -> T:
        """Take one item out."""
        item = list.pop(self, index)
        self._written()
        return item

    def remove(self, item: Any) -> None:  # noqa: ANN401
        """Take the first item out that is equal."""
        list.remove(self, item)
        self._written()

    def clear(self) -> None:
        """Take every item out."""
        list.clear(self)
        self._written()

    def reverse(self) -> None:
        """Turn the order round."""
        list.reverse(self)
        self._written()

    def sort(self, *, key: Callable[[T], Any] | None = None, reverse: bool = False) -> None:
        """Put the items in order."""
        list.sort(self, key=key, reverse=reverse)  # type: ignore[type-var, arg-type]  # as they allow
        self._written()

    def copy(self) -> MultiValue[T]:
        """Return a list of the same items that nobody owns."""
        return _restore(getattr(self, "type_constructor", None), list(self))

    def __repr__(self) -> str:
        return f"[{', '.join(repr(x) if isinstance(x, str | bytes) else str(x) for x in self)}]"

    def __str__(self) -> str:
        return repr(self) if self else ""

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[Any, ...]:
        return _restore, (getattr(self, "type_constructor", None), list(self))

    __hash__ = None


def _restore(constructor: Callable[[Any], T] | None, items: list[T]) -> MultiValue[T]:
    values: MultiValue[T] = list.__new__(MultiValue)
    if constructor is not None:
        values.type_constructor = constructor
    values.owner = None
    list.extend(values, items)
    return values
