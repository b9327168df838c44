"""Data elements of the standard, by tag, keyword and name, and those that a user adds."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from radiogram import _core
from radiogram.dictionary.keys import find_tag, tag_of
from radiogram.errors import ArgumentError, UnknownTagError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from radiogram.dictionary.keys import TagKey

__all__ = [
    "Entry",
    "add_dict_entries",
    "add_dict_entry",
    "dictionary_VM",
    "dictionary_VR",
    "dictionary_description",
    "dictionary_has_tag",
    "dictionary_is_retired",
    "dictionary_keyword",
    "get_entry",
    "keyword_for_tag",
    "keywords",
    "lookup",
    "nearest",
    "repeater_has_keyword",
    "repeater_has_tag",
    "tag_for_keyword",
]


class Entry(NamedTuple):
    """What the dictionary says of a data element.

    Attributes
    ----------
    tag : int
        The tag; the first of the family where a repeating group was looked up by keyword.
    VR : str
        The value representation, ``"US or SS"`` where it depends on others; empty for items and delimiters.
    VM : str
        The value multiplicity: ``"1"``, ``"2-n"`` and the like.
    keyword : str
        The keyword, empty for seven elements of the standard and for group lengths.
    name : str
        The name.
    retired : bool
        True where the standard has retired it.
    """

    tag: int
    VR: str
    VM: str
    keyword: str
    name: str
    retired: bool


def lookup(key: TagKey) -> Entry:
    """Return what the dictionary says of a tag, a keyword or a name.

    Parameters
    ----------
    key : int, str or tuple of int
        ``"Rows"``, ``0x00280010``, ``(0x0028, 0x0010)``, ``"(0028,0010)"``, ``"00280010"`` or a name,
        whatever its case.

    Returns
    -------
    Entry
        Its tag, VR, VM, keyword, name and whether it is retired.

    Raises
    ------
    UnknownTagError
        The dictionary has no such element. The message names the nearest keywords.

    See Also
    --------
    lookup_private : the same for private elements.

    Examples
    --------
    >>> lookup("Patient's Name").keyword
    'PatientName'
    >>> lookup((0x6002, 0x3000)).keyword
    'OverlayData'
    """
    tag = find_tag(key)
    if tag is not None:
        return _entry(tag)
    # What is no text is no name either.
    found = _core.dictionary_by_name(str(key).encode("utf-8", "replace").decode())
    return _entry(tag_of(key)) if found is None else Entry._make(found)


def _entry(tag: int) -> Entry:
    found = _core.dictionary_by_tag(tag)
    if found is None:
        message = f"the dictionary has no ({tag >> 16:04X},{tag & 0xFFFF:04X})"
        raise UnknownTagError(message)
    return Entry._make(found)


def keywords() -> list[str]:
    """Return every keyword, the standard's in the order of their tags and then those that were added.

    Examples
    --------
    >>> "SOPInstanceUID" in keywords()
    True
    """
    return _core.keywords()


def nearest(keyword: str, count: int = 3) -> list[str]:
    """Return up to ``count`` keywords that a misspelled one may have meant, the nearest first.

    Examples
    --------
    >>> nearest("PatientNam", 1)
    ['PatientName']
    """
    return _core.dictionary_nearest(keyword, count)


def get_entry(tag: TagKey) -> tuple[str, str, str, str, str]:
    """Return (VR, VM, name, ``"Retired"`` or empty, keyword), as pydicom does; see `lookup`.

    Examples
    --------
    >>> get_entry("Rows")
    ('US', '1', 'Rows', '', 'Rows')
    """
    entry = _entry(tag_of(tag))
    return entry.VR, entry.VM, entry.name, "Retired" if entry.retired else "", entry.keyword


def dictionary_VR(tag: TagKey) -> str:  # noqa: N802 - pydicom's name
    """Return the VR of an element; `UnknownTagError` where the dictionary does not have it."""
    return _entry(tag_of(tag)).VR


def dictionary_VM(tag: TagKey) -> str:  # noqa: N802 - pydicom's name
    """Return the VM of an element; `UnknownTagError` where the dictionary does not have it."""
    return _entry(tag_of(tag)).VM


def dictionary_description(tag: TagKey) -> str:
    """Return the name of an element; `UnknownTagError` where the dictionary does not have it."""
    return _entry(tag_of(tag)).name


def dictionary_keyword(tag: TagKey) -> str:
    """Return the keyword of an element; `UnknownTagError` where the dictionary does not have it."""
    return _entry(tag_of(tag)).keyword


def dictionary_is_retired(tag: TagKey) -> bool:
    """Tell whether an element is retired; `UnknownTagError` where the dictionary does not have it."""
    return _entry(tag_of(tag)).retired


def dictionary_has_tag(tag: TagKey) -> bool:
    """Tell whether the dictionary has this very tag, repeating groups and group lengths aside."""
    try:
        number = find_tag(tag)
    except ArgumentError:
        return False
    found = None if number is None else _core.dictionary_by_tag(number)
    return (
        number is not None
        and found is not None
        and not _core.dictionary_is_repeating(number)
        and _is_listed(found)
    )


def _is_listed(found: tuple[int, str, str, str, str, bool]) -> bool:
    # What a group length says of itself is the same for every group; two of them are elements with a keyword.
    return bool(found[3]) or found[0] & 0xFFFF != 0


def keyword_for_tag(tag: TagKey) -> str:
    """Return the keyword of an element, empty where the dictionary does not have it.

    Examples
    --------
    >>> keyword_for_tag(0x00280010)
    'Rows'
    """
    number = find_tag(tag)
    found = None if number is None else _core.dictionary_by_tag(number)
    return "" if found is None else found[3]


def tag_for_keyword(keyword: str) -> int | None:
    """Return the tag of a keyword, ``None`` for unknown ones and for those of repeating groups.

    Examples
    --------
    >>> tag_for_keyword("Rows")
    2621456
    """
    tag = _core.dictionary_tag(keyword)
    return None if tag is None or _core.dictionary_is_repeating(tag) else tag


def repeater_has_tag(tag: int) -> bool:
    """Tell whether a tag stands in the dictionary through a repeating group, such as 60xx (PS3.5 7.6)."""
    return _core.dictionary_is_repeating(tag_of(tag))


def repeater_has_keyword(keyword: str) -> bool:
    """Tell whether a keyword is one of a repeating group, such as ``OverlayRows`` (PS3.5 7.6)."""
    tag = _core.dictionary_tag(keyword)
    return tag is not None and _core.dictionary_is_repeating(tag)


def add_dict_entry(
    tag: int,
    VR: str,  # noqa: N803 - pydicom's name
    keyword: str,
    description: str,
    VM: str = "1",  # noqa: N803 - pydicom's name
    is_retired: str = "",
) -> None:
    """Add an element for as long as the program runs, in place of what the dictionary says of its tag.

    Parameters
    ----------
    tag : int
        The tag; its group is even.
    VR : str
        The value representation.
    keyword : str
        The keyword.
    description : str
        The name.
    VM : str, optional
        The value multiplicity.
    is_retired : str, optional
        ``"Retired"`` for a retired element.

    Raises
    ------
    ArgumentError
        The group is odd, or the VR is unknown.

    Examples
    --------
    >>> add_dict_entry(0x10011001, "UL", "TestOne", "Test One")
    Traceback (most recent call last):
        ...
    radiogram.errors.ArgumentError: a tag with an odd group belongs in the private dictionary
    """
    add_dict_entries({tag: (VR, VM, description, is_retired, keyword)})


def add_dict_entries(new_entries_dict: Mapping[int, tuple[str, str, str, str, str]]) -> None:
    """Add elements for as long as the program runs: ``{tag: (VR, VM, name, "Retired" or "", keyword)}``.

    Raises
    ------
    ArgumentError
        A group is odd, or a VR is unknown; the elements before it have been added.
    """
    for tag, (vr, vm, name, retired, keyword) in new_entries_dict.items():
        try:
            _core.dictionary_register(tag_of(tag), vr, vm, keyword, name, "retired" in retired.lower())
        except ValueError as error:
            raise ArgumentError(str(error)) from None
