"""Identifiers of answers: what a query asks to be returned, of what matches (PS3.4 C.2.2.1.3, C.4.1.1.3.2)."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from radiogram.dataset import Dataset
from radiogram.net.encoding import IS_IN_UTF8, as_dataset

if TYPE_CHECKING:
    from collections.abc import Iterable

    from radiogram.dataset import DataElement

__all__ = ["is_key", "returned", "with_values", "without"]

_CHARACTER_SET = 0x00080005
_ABOUT_THE_QUERY = {_CHARACTER_SET, 0x00080052, 0x00080053, 0x00080201}
"""Specific Character Set, Query/Retrieve Level and View, Timezone Offset From UTC (PS3.4 C.4.1.1.3.1)."""


def returned(query: Dataset, ds: Dataset, timezone: int | None = None) -> Dataset:
    """Make the identifier of an answer: each key of the query with the value that a data set has for it, empty where it has none.

    Of a sequence whose item has keys, items have those keys alone; of one without, all. Query/Retrieve Level is that of the query.

    Parameters
    ----------
    query : Dataset
        What was asked for.
    ds : Dataset
        What matches.
    timezone : int, optional
        Minutes that data sets without Timezone Offset From UTC are ahead of it, where the query is about times in a zone: the answer says so.

    Returns
    -------
    Dataset
        In UTF-8 where the data set needs any character set at all.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.services.identifiers import returned
    >>> query = rg.Dataset({"PatientID": "X*", "PatientSex": None, "QueryRetrieveLevel": "STUDY"})
    >>> print(returned(query, rg.Dataset({"PatientID": "X1", "PatientName": "Doe"})))
    (0008,0052) Query/Retrieve Level                CS: 'STUDY'
    (0010,0020) Patient ID                          LO: 'X1'
    (0010,0040) Patient's Sex                       CS: None
    """
    made = _picked(query, ds, is_top=True)
    if "QueryRetrieveLevel" in query:
        made.QueryRetrieveLevel = query.QueryRetrieveLevel
    if ds.get("SpecificCharacterSet"):
        # Whatever its values were in: this one has every character.
        made.SpecificCharacterSet = IS_IN_UTF8
    # PS3.4 C.4.1.1.3.2: it is not sent without a value.
    zone = ds.get("TimezoneOffsetFromUTC") or ("" if timezone is None else _offset(timezone))
    if zone and "TimezoneOffsetFromUTC" in query:
        made.TimezoneOffsetFromUTC = zone
    return made


def _offset(minutes: int) -> str:
    """Give an offset as DICOM says it (PS3.3 table C.12-1)."""
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}{abs(minutes) % 60:02}"


def without(query: Dataset, keywords: Iterable[str]) -> Dataset:
    """Give a query without some of its keys."""
    dropped = set(keywords)
    return Dataset({element.tag: element for element in query if element.keyword not in dropped})


def with_values(ds: Any, **values: object) -> Dataset:  # noqa: ANN401  # also pydicom's
    """Give a data set with some values more, or other ones; the one that was given stays as it is.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.services.identifiers import with_values
    >>> ds = rg.Dataset({"PatientID": "X1"})
    >>> with_values(ds, PatientID="X2").PatientID, ds.PatientID
    ('X2', 'X1')
    """
    made = Dataset(as_dataset(ds))
    # Elements of its own: those of a copy are the same objects.
    made.update(Dataset(values))
    return made


def is_key(key: DataElement, *, is_top: bool = True) -> bool:
    """Whether an element of a query asks for a value: lengths of groups do not, nor what is about the query itself."""
    is_about = is_top and key.tag in _ABOUT_THE_QUERY
    return key.tag & 0xFFFF != 0 and key.tag != _CHARACTER_SET and not is_about


def _picked(query: Dataset, ds: Dataset, *, is_top: bool) -> Dataset:
    made = Dataset()
    for key in query:
        if not is_key(key, is_top=is_top):
            continue
        found = _found(query, ds, key.tag)
        if key.VR == "SQ":
            made.add_new(key.tag, "SQ", _items(key, found))
        elif found is None:
            made.add_new(key.tag, key.VR, None)
        else:
            made.add_new(key.tag, found.VR, found.value)
    return made


def _found(query: Dataset, ds: Dataset, tag: int) -> DataElement | None:
    """Give what a data set has for a key: of a private one from the block of its creator (PS3.5 7.8.1), which the answer names as the query does."""
    group, number = tag >> 16, tag & 0xFFFF
    is_private = group & 1 == 1
    creator = query.get(group << 16 | number >> 8, None) if is_private and number > 0xFF else None
    found: DataElement | None = None
    if is_private and 0x10 <= number <= 0xFF:
        found = query[tag]
    elif creator is None:
        found = ds.get(tag, None)
    else:
        with suppress(KeyError):
            found = ds.get(ds.private_block(group, str(creator.value)).get_tag(number & 0xFF), None)
    return found


def _items(key: DataElement, found: DataElement | None) -> list[Dataset]:
    if found is None or found.VR != "SQ":
        return []
    asked = key.value[0] if len(key.value) else None
    if asked is None or not len(asked):
        return [Dataset({element.tag: element for element in item}) for item in found.value]
    return [_picked(asked, item, is_top=False) for item in found.value]
