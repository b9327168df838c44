"""Data sets of messages: bytes in a transfer syntax and back, without the file meta information that a file has around them."""

from __future__ import annotations

import struct
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radiogram import _core
from radiogram.dataset import Dataset, read
from radiogram.dataset.writer import data_set_alone
from radiogram.errors import ArgumentError, DicomError, InvalidValueError, NotADatasetError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from radiogram._core import NetWork

__all__ = [
    "IS_IN_UTF8",
    "as_dataset",
    "asked",
    "data_of",
    "decoded",
    "encoded",
    "in_utf8",
    "lettered",
    "meta_of",
    "stored_file",
    "told",
    "worded",
]

IS_IN_UTF8 = "ISO_IR 192"
"""Specific Character Set of what is made here: it has every character."""

_VERSION = b"\x00\x01"
_EXPLICIT = "1.2.840.10008.1.2.1"


def decoded(data: bytes | None, syntax: str) -> Dataset:
    """Give the data set of a message, empty where there is none.

    Parameters
    ----------
    data : bytes or None
        What came.
    syntax : str
        The transfer syntax of its presentation context.
    """
    if not data:
        return Dataset()
    made = read(_head(str(syntax)) + data)
    # What is in front of it is ours, to say how it is encoded.
    del made.file_meta
    return made


@lru_cache(maxsize=64)
def _head(syntax: str) -> bytes:
    """Give what a file of the transfer syntax has in front of its data set (PS3.10 7.1)."""
    name = syntax.encode("ascii", "replace")
    name += b"\0" * (len(name) % 2)
    elements = struct.pack("<HH2sH", 2, 0x10, b"UI", len(name)) + name
    return bytes(128) + b"DICM" + struct.pack("<HH2sHI", 2, 0, b"UL", 4, len(elements)) + elements


def encoded(ds: Any, syntax: str) -> bytes:  # noqa: ANN401  # also pydicom's
    """Give a data set as a message carries it.

    Raises
    ------
    NotADatasetError
        It is none.
    DicomError
        It cannot be encoded in the transfer syntax.
    """
    return data_set_alone(as_dataset(ds), str(syntax))


def worded(ds: Any, syntax: str) -> bytes:  # noqa: ANN401  # likewise
    """Give a data set that is a part of a request or of an answer: in UTF-8, where it names no character set and its text needs one.

    Raises
    ------
    NotADatasetError
        It is none.
    DicomError
        It cannot be encoded: the character set that it names does not have its letters, or a value is none.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.encoding import decoded, worded
    >>> sent = decoded(worded(rg.Dataset({"PatientName": "Müller"}), "1.2.840.10008.1.2"), "1.2.840.10008.1.2")
    >>> sent.SpecificCharacterSet, sent.PatientName
    ('ISO_IR 192', 'Müller')
    """
    made = as_dataset(ds)
    try:
        return data_set_alone(made, str(syntax))
    except InvalidValueError:
        # PS3.3 C.12.1.1.2: one that is named is what its owner wants.
        if made.get("SpecificCharacterSet"):
            raise
        return data_set_alone(in_utf8(made), str(syntax))


def asked(ds: Any, syntax: str) -> bytes:  # noqa: ANN401  # likewise
    """Give a data set that is a part of a request, as `worded`; what cannot be encoded is a wrong argument, as in pynetdicom.

    Raises
    ------
    ArgumentError
        It is no data set, or cannot be encoded; it is a `ValueError`.
    """
    try:
        return worded(ds, syntax)
    except DicomError as error:
        message = f"the data set cannot be encoded: {error}"
        raise ArgumentError(message) from error


def lettered(ds: Dataset) -> Dataset:
    """Give a data set with a character set that all of its text can be written in: itself where it has one, else a copy in UTF-8.

    Text of several data sets, each in a character set of its own, comes together so. What is wrong with another value is for
    the writer to say.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.encoding import lettered
    >>> made = rg.Dataset({"SpecificCharacterSet": "ISO_IR 100", "PatientName": "Müller"})
    >>> lettered(made) is made
    True
    >>> made.PatientComments = "Голова"
    >>> lettered(made).SpecificCharacterSet, made.SpecificCharacterSet
    ('ISO_IR 192', 'ISO_IR 100')
    """
    try:
        data_set_alone(ds, _EXPLICIT)
    except InvalidValueError:
        return in_utf8(ds)
    return ds


def in_utf8(ds: Dataset) -> Dataset:
    """Give a copy of a data set in UTF-8, and of its items which name another character set; values are not copied.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.encoding import in_utf8
    >>> in_utf8(rg.Dataset({"PatientName": "Müller"})).SpecificCharacterSet
    'ISO_IR 192'
    """
    bare = _without_character_sets(ds)
    made = type(ds)(ds) if bare is None else bare
    made.SpecificCharacterSet = IS_IN_UTF8
    return made


def _without_character_sets(ds: Dataset) -> Dataset | None:
    """Give a copy of a data set without Specific Character Set, also in its items; `None` where it is nowhere."""
    nested: dict[int, list[Dataset]] = {}
    for element in ds:
        if element.VR == "SQ":
            items = list(element.value)
            bare = [_without_character_sets(item) for item in items]
            if any(item is not None for item in bare):
                nested[int(element.tag)] = [
                    old if new is None else new for new, old in zip(bare, items, strict=True)
                ]
    if not nested and "SpecificCharacterSet" not in ds:
        return None
    made = type(ds)(ds)
    for tag, items in nested.items():
        made.add_new(tag, "SQ", items)
    # Set, it would change the element that the other data set has, too.
    made.pop("SpecificCharacterSet", None)
    return made


def as_dataset(ds: Any) -> Dataset:  # noqa: ANN401
    """Take a data set of ours, or of pydicom."""
    if isinstance(ds, Dataset):
        return ds
    if type(ds).__module__.startswith("pydicom."):
        return Dataset.from_pydicom(ds)
    message = f"what is sent is a data set, not {type(ds).__name__}"
    raise NotADatasetError(message)


def meta_of(sop_class: str, sop_instance: str, syntax: str) -> Dataset:
    """Give the file meta information of an instance that came by C-STORE (PS3.10 7.1)."""
    meta = Dataset()
    meta.FileMetaInformationGroupLength = 0
    meta.FileMetaInformationVersion = _VERSION
    meta.MediaStorageSOPClassUID = sop_class
    meta.MediaStorageSOPInstanceUID = sop_instance
    meta.TransferSyntaxUID = syntax
    meta.ImplementationClassUID, meta.ImplementationVersionName = _core.net_implementation()
    return meta


def stored_file(work: NetWork) -> bytes:
    """Give the whole file of an instance that has come, from memory or from where it was kept."""
    if work.data is not None:
        return work.data
    if work.path is None:
        message = "the instance was not kept: its rule discards it"
        raise ArgumentError(message)
    return Path(work.path).read_bytes()


def data_of(work: NetWork) -> bytes | None:
    """Give the data set of a message as it came, with no file meta information in front of it."""
    if work.kind != "instance":
        return work.data
    file = stored_file(work)
    # PS3.10 7.1: the first element of the file meta information, which is ours, says how long the rest of it is.
    start = 144 + struct.unpack_from("<I", file, 140)[0]
    return file[start:]


_OF_THE_MESSAGE = frozenset(
    {"CommandGroupLength", "CommandField", "MessageID", "MessageIDBeingRespondedTo", "CommandDataSetType"}
)
_OF_THE_REQUEST = frozenset({"AffectedSOPClassUID", "AffectedSOPInstanceUID"})


def told(command: Mapping[str, Any]) -> Dataset:
    """Give what a response says, as a data set with its Status; fields that only say to what it responds are left out."""
    made = Dataset()
    # The C- services repeat the request; of an N- service the instance can be news (PS3.7 10.1.5.1.3).
    is_composite = not command.get("CommandField", 0) & 0x0100
    for keyword, value in command.items():
        if keyword in _OF_THE_MESSAGE or (is_composite and keyword in _OF_THE_REQUEST):
            continue
        setattr(made, keyword, value)
    return made
