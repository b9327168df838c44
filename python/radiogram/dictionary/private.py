"""Private data elements: what makers have published and what a user adds (PS3.5 7.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from radiogram import _core
from radiogram.dictionary.keys import tag_of
from radiogram.errors import ArgumentError, UnknownTagError

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping, Sequence

    from radiogram.dictionary.keys import TagKey

__all__ = [
    "PrivateEntry",
    "add_private_dict_entries",
    "add_private_dict_entry",
    "get_private_entry",
    "load_private",
    "lookup_private",
    "private_creators",
    "private_dictionary_VM",
    "private_dictionary_VR",
    "private_dictionary_description",
]


class PrivateEntry(NamedTuple):
    """What is known of a private data element.

    Attributes
    ----------
    VR : str
        The value representation.
    VM : str
        The value multiplicity.
    name : str
        The name, often empty or ``"Unknown"``.
    """

    VR: str
    VM: str
    name: str


def lookup_private(creator: str, tag: TagKey) -> PrivateEntry:
    """Return what is known of a private element; what was added goes before what is built in.

    Parameters
    ----------
    creator : str
        The private creator, exactly, but for padding.
    tag : int, str or tuple of int
        The element, in whatever block the creator has reserved or in none.

    Returns
    -------
    PrivateEntry
        Its VR, VM and name.

    Raises
    ------
    UnknownTagError
        Nothing is known of it.

    Examples
    --------
    >>> lookup_private("SIEMENS CSA HEADER", (0x0029, 0x1010))
    PrivateEntry(VR='OB', VM='1', name='CSA Image Header Info')
    """
    number = tag_of(tag)
    found = _core.private_by_tag(creator, number)
    if found is None and not number & 0xFF00:
        # As the creator publishes it, without a block.
        found = _core.private_by_tag(creator, number | 0x1000)
    if found is None:
        message = f"nothing is known of ({number >> 16:04X},{number & 0xFFFF:04X}) of this private creator"
        raise UnknownTagError(message)
    return PrivateEntry._make(found)


def private_creators() -> list[str]:
    """Return the creators that are built in, sorted.

    Examples
    --------
    >>> "SIEMENS CSA HEADER" in private_creators()
    True
    """
    return _core.private_creators()


def get_private_entry(tag: TagKey, private_creator: str) -> tuple[str, str, str, str]:
    """Return (VR, VM, name, ``""``), as pydicom does; see `lookup_private`."""
    return (*lookup_private(private_creator, tag), "")


def private_dictionary_VR(tag: TagKey, private_creator: str) -> str:  # noqa: N802 - pydicom's name
    """Return the VR of a private element; `UnknownTagError` where nothing is known of it."""
    return lookup_private(private_creator, tag).VR


def private_dictionary_VM(tag: TagKey, private_creator: str) -> str:  # noqa: N802 - pydicom's name
    """Return the VM of a private element; `UnknownTagError` where nothing is known of it."""
    return lookup_private(private_creator, tag).VM


def private_dictionary_description(tag: TagKey, private_creator: str) -> str:
    """Return the name of a private element; `UnknownTagError` where nothing is known of it."""
    return lookup_private(private_creator, tag).name


def add_private_dict_entry(
    private_creator: str,
    tag: int,
    VR: str,  # noqa: N803 - pydicom's name
    description: str,
    VM: str = "1",  # noqa: N803 - pydicom's name
) -> None:
    """Add a private element for as long as the program runs, in whatever block; see `load_private` for many.

    Raises
    ------
    ArgumentError
        The group is even, or the VR is unknown.
    """
    add_private_dict_entries(private_creator, {tag: (VR, VM, description)})


def add_private_dict_entries(private_creator: str, new_entries_dict: Mapping[int, Sequence[str]]) -> None:
    """Add private elements of one creator, in whatever block: ``{tag: (VR, VM, name)}``.

    Raises
    ------
    ArgumentError
        A group is even, or a VR is unknown; the elements before it have been added.

    Examples
    --------
    >>> add_private_dict_entries("ACME 1.0", {0x00410001: ("UL", "1", "Test One")})
    >>> lookup_private("ACME 1.0", 0x00411101).name
    'Test One'
    """
    spelled = {f"{tag_of(tag) >> 16:04X}xx{tag & 0xFF:02X}": entry for tag, entry in new_entries_dict.items()}
    load_private({private_creator: spelled})


def load_private(source: str | os.PathLike[str] | Mapping[str, Mapping[str, Sequence[str]]]) -> int:
    """Add a private dictionary for as long as the program runs.

    Parameters
    ----------
    source : path or mapping
        ``{creator: {"0029xx10": (VR, VM, name)}}``, or a file in UTF-8: such a mapping as ``.json``, a table
        as ``.tsv`` (a line of column names: creator, tag, vr, vm, name; lines with ``#`` are skipped), or a
        DCMTK dictionary as ``.dic``. In a tag ``xx`` is any block.

    Returns
    -------
    int
        How many elements were added.

    Raises
    ------
    ArgumentError
        The file is of another kind, or an element is malformed; the elements before it have been added.
    OSError
        The file cannot be read.

    Examples
    --------
    >>> load_private({"ACME 1.1": {"0041xx02": ("DS", "3", "Test Two")}})
    1
    """
    count = 0
    for creator, tag, vr, vm, name in _rows(source):
        try:
            _core.private_register(creator, tag, vr, vm, name)
        except ValueError as error:
            message = f"element {count + 1} of the private dictionary: {error}"
            raise ArgumentError(message) from None
        count += 1
    return count


_Row = tuple[str, str, str, str, str]


def _rows(source: str | os.PathLike[str] | Mapping[str, Mapping[str, Sequence[str]]]) -> Iterator[_Row]:
    from collections.abc import Mapping
    from pathlib import Path

    if isinstance(source, Mapping):
        return _mapped(source)
    path = Path(source)
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".json":
        import json

        return _mapped(json.loads(text))
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if path.suffix == ".tsv":
        return _table(lines)
    if path.suffix == ".dic":
        return _dcmtk(lines)
    message = "a private dictionary is a mapping or a .json, .tsv or .dic file"
    raise ArgumentError(message)


def _mapped(source: Mapping[str, Mapping[str, Sequence[str]]]) -> Iterator[_Row]:
    for creator, elements in source.items():
        for tag, (vr, vm, name, *_) in elements.items():
            yield creator, tag, vr, vm, name


def _table(lines: list[str]) -> Iterator[_Row]:
    columns = lines[0].split("\t") if lines else []
    missing = {"creator", "tag", "vr", "vm", "name"}.difference(columns)
    if missing:
        message = f"the table has no column {', '.join(sorted(missing))}"
        raise ArgumentError(message)
    for line in lines[1:]:
        row = dict(zip(columns, line.split("\t"), strict=False))
        yield row["creator"], row["tag"], row["vr"], row["vm"], row.get("name", "")


def _dcmtk(lines: list[str]) -> Iterator[_Row]:
    # (0029,"SIEMENS CSA HEADER",10)<tab>OB<tab>CSAImageHeaderInfo<tab>1<tab>PrivateTag
    for line in lines:
        head, vr, name, vm, *_ = [*line.split("\t"), "", "", "", ""]
        group, quote, rest = head.strip().removeprefix("(").partition(',"')
        creator, _, element = rest.rpartition('",')
        if not quote:
            continue
        yield creator, f"{group}xx{element.removesuffix(')')[-2:]}", vr, vm, name
