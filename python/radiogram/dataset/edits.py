"""What changes a dataset: elements set, added and taken out, private blocks reserved."""

from __future__ import annotations

from radiogram import _core
from radiogram._core import DataElement
from radiogram.dataset.tag import Tag
from radiogram.errors import ArgumentError, NotAnElementError, UnknownTagError

# `typing` costs more to import than this package.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any, Literal

    from radiogram.dataset.dataset import Dataset
    from radiogram.dataset.private import PrivateBlock

    Key = int | str | tuple[int, int]
    Mode = Literal["off", "warn", "raise"]

__all__ = ["Edits"]


class Edits:
    """The part of `Dataset` that changes it."""

    if TYPE_CHECKING:

        def _absent(self, key: Key) -> UnknownTagError: ...
        def _element(self, key: Key, /) -> DataElement | None: ...
        def _missing(self, keyword: str) -> AttributeError: ...
        def _put(self, element: DataElement, /) -> None: ...
        def _remove(self, tag: int, /) -> bool: ...
        def _slice_tags(self, key: slice) -> list[int]: ...
        def _tags(self) -> list[int]: ...
        def _value(self, key: Key, /) -> Any: ...  # noqa: ANN401
        def _walked(self, *, recursive: bool) -> Iterator[tuple[Dataset, DataElement]]: ...
        def __contains__(self, key: object, /) -> bool: ...
        @property
        def _meta(self) -> Dataset: ...

    # -- by keyword ----------------------------------------------------------------------------------------------

    def __setattr__(self, name: str, value: object) -> None:
        tag = _core.dictionary_tag(name)
        if tag is None:
            object.__setattr__(self, name, value)
            return
        elem = self._element(tag)
        if elem is None:
            self._put(DataElement(tag, _vr(tag, None, value), value))
        else:
            elem.value = value

    def __delattr__(self, name: str) -> None:
        tag = _core.dictionary_tag(name)
        if tag is None:
            object.__delattr__(self, name)
        elif not self._remove(tag):
            raise self._missing(name)

    # -- by tag --------------------------------------------------------------------------------------------------

    def __setitem__(self, key: Key, elem: DataElement) -> None:
        """Set the element with a key, which is that of the element itself.

        Raises
        ------
        NotAnElementError
            It is no `DataElement`; the error is a `TypeError`.
        ArgumentError
            The key is another one than the element's; it is a `ValueError`.
        """
        if isinstance(key, slice):
            message = "a slice of a dataset cannot be set"
            raise ArgumentError(message)
        tag = _core.tag(key)
        if not isinstance(elem, DataElement):
            message = f"a dataset holds data elements, not {type(elem).__name__}"
            raise NotAnElementError(message)
        if tag != elem.tag:
            message = "the key is not the tag of the element"
            raise ArgumentError(message, None, str(Tag(tag)))
        self._put(elem)

    def __delitem__(self, key: Key | slice) -> None:
        """Take the element with a key out, for a slice of tags all of them that are there."""
        if isinstance(key, slice):
            for tag in self._slice_tags(key):
                self._remove(tag)
        elif not self._remove(self._tag_or_absent(key)):
            raise self._absent(key)

    def _tag_or_absent(self, key: Key) -> int:
        try:
            return _core.tag(key)
        except UnknownTagError:
            raise self._absent(key) from None

    def add(self, data_element: DataElement) -> None:
        """Set an element under its tag."""
        self[data_element.tag] = data_element

    def add_new(
        self,
        tag: Key,
        VR: str | None,  # noqa: N803  # pydicom's
        value: object,
        *,
        validate: Mode = "off",
    ) -> None:
        """Make an element and set it; without a VR it is the dictionary's.

        Parameters
        ----------
        tag : int, str or pair of int
            The tag or its keyword.
        VR : str or None
            The VR.
        value : object
            What becomes the value.
        validate : {"off", "warn", "raise"}
            Whether a value that departs from the rules of its VR and from its multiplicity (PS3.5 6.2, PS3.6) is a warning or
            an error. `check` asks later.

        Raises
        ------
        InvalidValueError
            The value cannot be one of this VR, or with ``validate="raise"`` is not what the standard allows.
        UnknownTagError
            No VR was given, and the dictionaries have none.

        Examples
        --------
        >>> import radiogram as rg
        >>> ds = rg.Dataset()
        >>> ds.add_new(0x00100020, "LO", "X1")
        >>> ds.PatientID
        'X1'
        """
        number = _core.tag(tag)
        elem = DataElement(number, VR or _vr(number, self._creator_of(number), value), value)
        if validate != "off":
            from radiogram.dataset.given import enforce

            enforce(elem, validate)
        self._put(elem)

    def add_new_private(
        self,
        private_creator: str,
        group: int,
        element_offset: int,
        value: object,
        vr: str | None = None,
    ) -> None:
        """Set an element of a private block, which is reserved where it is not there.

        Without a VR it is that of the private dictionary.

        Raises
        ------
        UnknownTagError
            No VR was given, and the dictionary has none; it is a `KeyError`.
        """
        block = self.private_block(group, private_creator, create=True)
        tag = block.get_tag(element_offset)
        if vr is None and _core.private_by_tag(private_creator, tag) is None:
            message = "the private dictionary does not have this element"
            raise UnknownTagError(message, None, str(tag))
        block.add_new(element_offset, vr, value)

    def _creator_of(self, tag: int) -> str | None:
        creator = self._value(tag & 0xFFFF0000 | (tag & 0xFFFF) >> 8) if tag >> 16 & 1 else None
        return creator if isinstance(creator, str) else None

    # -- as a mapping --------------------------------------------------------------------------------------------

    def pop(self, key: Key, *default: object) -> Any:  # noqa: ANN401  # the default is of any type
        """Take the element with a key out and give it, or the default where there is none."""
        if len(default) > 1:
            message = f"pop takes a key and a default, not {len(default)} defaults"
            raise TypeError(message)
        try:
            elem = self._element(key)
        except (TypeError, ValueError, OverflowError):
            if default:
                return default[0]
            raise
        if elem is not None and self._remove(elem.tag):
            return elem
        if default:
            return default[0]
        raise self._absent(key)

    def popitem(self) -> tuple[Tag, DataElement]:
        """Take the element with the largest tag out, and give the tag and it.

        Raises
        ------
        UnknownTagError
            The dataset is empty; it is a `KeyError`.
        """
        tags = self._tags()
        if not tags:
            message = "the dataset is empty"
            raise UnknownTagError(message)
        return Tag(tags[-1]), self.pop(tags[-1])

    def setdefault(self, key: Key, default: object = None) -> DataElement:
        """Give the element with a key; where there is none, set it: an element, or a value with the dictionary's VR."""
        found = self._element(key)
        if found is not None:
            return found
        if isinstance(default, DataElement):
            self[key] = default
            return default
        self.add_new(key, None, default)
        tag = _core.tag(key)
        made = self._element(tag)
        return made if made is not None else DataElement(tag, _vr(tag, None, default), default)

    def update(self, d: Mapping[Any, Any] | Dataset) -> None:
        """Set the elements of another dataset, which are shared with it, or of a mapping.

        A mapping's keys are tags of elements, or keywords of values.
        """
        for key, value in list(d.items()):
            if isinstance(key, str) and not isinstance(value, DataElement):
                setattr(self, key, value)
            else:
                self[key] = value

    def clear(self) -> None:
        """Take every element out."""
        for tag in self._tags():
            self._remove(tag)

    # -- groups --------------------------------------------------------------------------------------------------

    def remove_private_tags(self) -> None:
        """Take all private elements out, in sequences too."""
        for dataset, elem in self._walked(recursive=True):
            if elem.is_private:
                dataset._remove(elem.tag)

    def private_block(self, group: int, private_creator: str, create: bool = False) -> PrivateBlock:  # noqa: FBT001, FBT002  # pydicom's
        """Give the block of a private creator in a group (PS3.5 7.8); with `create` it is reserved where it is not there.

        Raises
        ------
        UnknownTagError
            The creator has no block in the group; it is a `KeyError`.
        LimitError
            Every block of the group is reserved.

        Examples
        --------
        >>> import radiogram as rg
        >>> ds = rg.Dataset()
        >>> block = ds.private_block(0x0099, "MY OWN", create=True)
        >>> ds.private_creators(0x0099), block.get_tag(0x02)
        (['MY OWN'], (0099,1002))
        """
        from radiogram.dataset.private import PrivateBlock
        from radiogram.errors import LimitError

        if group & 1 == 0:
            message = "a private block lies in a group with an odd number"
            raise ArgumentError(message)
        if not private_creator:
            message = "a private creator is a text"
            raise ArgumentError(message)
        base = group << 16
        reserved = [tag for tag in self._tags() if base | 0x10 <= tag <= base | 0xFF]
        for tag in reserved:
            if self._value(tag) == private_creator:
                return PrivateBlock(self, private_creator, tag)  # type: ignore[arg-type]
        if not create:
            message = "this private creator has no block in the group"
            raise UnknownTagError(message, None, f"({group:04X},00xx)")
        free = next((tag for tag in range(base | 0x10, base | 0x100) if tag not in reserved), None)
        if free is None:
            message = "every private block of the group is reserved"
            raise LimitError(message, None, f"({group:04X},00xx)")
        self.add_new(free, "LO", private_creator)
        return PrivateBlock(self, private_creator, free)  # type: ignore[arg-type]

    # -- the file ------------------------------------------------------------------------------------------------

    def ensure_file_meta(self) -> None:
        """Do nothing: there is always file meta information, empty where nothing was read or set."""
        _ = self._meta


_KNOWN: dict[int, str] = {}
"""VRs that the dictionary of the standard has said: they depend on the tag alone."""


def _vr(tag: int, creator: str | None, value: object) -> str:
    known = _KNOWN.get(tag)
    if known is not None:
        return known
    # The classes of values are not needed to read, and their import would be a third of this package's.
    from radiogram.values.infer import vr_of

    found = vr_of(tag, creator, value)
    if not tag & 0x10000 and _core.dictionary_by_tag(tag) is not None:
        _KNOWN[tag] = found
    return found
