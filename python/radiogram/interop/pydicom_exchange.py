"""Datasets to and from pydicom: the same elements, VRs and values, ready to be saved and decoded there."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from radiogram.errors import ArgumentError, DicomError, InvalidValueError, LimitError
from radiogram.interop.pydicom_texts import put_back, taken_out

if TYPE_CHECKING:
    import pydicom.dataset

    from radiogram._core import DataElement
    from radiogram.dataset import Dataset

__all__ = ["from_pydicom", "to_pydicom"]

_UNDEFINED = 0xFFFFFFFF
_CHARACTER_SET = 0x00080005
_FILE_META, _DATA_SET = 0x00020000, 0x00030000
"""The first tags of file meta information, and of what comes after it."""
_WORDS = {"OW", "OL", "OV", "OF", "OD", "OB or OW", "US or OW", "US or SS or OW"}
"""Blocks of numbers of more than one byte, or what may be one (PS3.5 7.3)."""


def _pydicom() -> Any:  # noqa: ANN401  # a module
    try:
        import pydicom
    except ImportError as error:
        message = "pydicom is not installed: pip install 'radiogram[pydicom]'"
        raise ImportError(message, name="pydicom") from error
    return pydicom


def to_pydicom(ds: Dataset) -> pydicom.dataset.Dataset:
    """Give the same dataset as pydicom's class.

    pydicom gets the bytes of each value together with the VR that is known here, and decodes them when they are
    touched there: what pydicom refuses, it refuses then, by its own exceptions. Sequences are built here, however deep
    they nest. All values are read now, pixel data too: what is still in the file is read once, straight into the
    ``bytes`` that pydicom gets, and what is in memory is copied once. A value that was set goes over as it is, and
    ``bytes`` that were set are the same object there. Elements and items that came from another dataset keep their text
    and numbers, however differently those were encoded there.

    Parameters
    ----------
    ds : Dataset
        The dataset of a file, an item, or file meta information.

    Returns
    -------
    pydicom.dataset.Dataset
        For the dataset of a file a `pydicom.dataset.FileDataset` with its preamble, file meta information and
        encoding, for file meta information a `FileMetaDataset`, for an item a `Dataset`.

    Raises
    ------
    ImportError
        pydicom is not installed; the extra ``radiogram[pydicom]`` brings it.
    InvalidValueError
        pydicom cannot hold the dataset.
    SourceChangedError
        The file is no longer the one that was read.

    Examples
    --------
    >>> import radiogram as rg
    >>> from pydicom.data import get_testdata_file
    >>> theirs = rg.read(get_testdata_file("CT_small.dcm")).to_pydicom()
    >>> type(theirs).__name__, theirs.PatientName, theirs.pixel_array.shape
    ('FileDataset', 'CompressedSamples^CT1', (128, 128))
    """
    _pydicom()
    try:
        return _converted(ds)
    except DicomError:
        raise
    except Exception as error:
        message = f"pydicom cannot hold this dataset: {type(error).__name__}"
        raise InvalidValueError(message) from error


def _converted(ds: Dataset) -> pydicom.dataset.Dataset:
    from pydicom.dataset import FileDataset, FileMetaDataset

    made = _tree(ds)
    if ds._is_meta:
        return FileMetaDataset(made._dict)
    if not ds._is_root:
        return made
    implicit, little = ds.original_encoding
    meta = FileMetaDataset(_tree(ds.file_meta)._dict)
    # The stub of pydicom wants a file; a dataset from memory has none.
    source: Any = ds.filename
    whole = FileDataset(source, made._dict, ds.preamble, meta, bool(implicit), little is not False)
    whole.set_original_encoding(implicit, little, made.original_character_set)
    return whole


def _tree(root: Dataset) -> pydicom.dataset.Dataset:
    """Convert a dataset and what is nested in it, from the outside in."""
    from pydicom.charset import default_encoding
    from pydicom.dataelem import DataElement as TheirElement
    from pydicom.dataset import Dataset as TheirDataset
    from pydicom.sequence import Sequence as TheirSequence
    from pydicom.tag import BaseTag

    top = TheirDataset()
    is_edited = root._is_edited
    little = _bytes_of(root)[1] is not False
    waiting: list[tuple[Dataset, Any, Any]] = [(root, top, default_encoding)]
    while waiting:
        ours, theirs, inherited = waiting.pop()
        encoding = _encoding(ours, inherited, is_edited=is_edited)
        held: dict[BaseTag, Any] = {}
        for elem in ours:
            tag = BaseTag(elem.tag)
            if elem.VR != "SQ":
                is_raw = elem.offset is not None and (not is_edited or _is_raw(elem, ours, little=little))
                held[tag] = _raw(elem, tag) if is_raw else _set(elem, tag, little=little)
                continue
            items = TheirSequence()
            for item in elem.value:
                made = TheirDataset(parent_encoding=encoding)
                made.seq_item_tell, made.is_undefined_length_sequence_item = item._place
                made.file_tell = made.seq_item_tell
                items.append(made)
                waiting.append((item, made, encoding))
            items.is_undefined_length = elem.is_undefined_length
            held[tag] = TheirElement(
                tag, "SQ", items, elem.offset, elem.is_undefined_length, already_converted=True
            )
        theirs._dict = held
        theirs.set_original_encoding(*_bytes_of(ours), encoding)
    return top


def _bytes_of(ds: Dataset) -> tuple[bool | None, bool | None]:
    """Whether the bytes are implicit and little endian: inside UN they are not what the file says (PS3.5 6.2.2)."""
    first = next((elem for elem in ds if elem.offset is not None and _is_of(elem, ds)), None)
    return ds.original_encoding if first is None else (first.is_implicit_VR, first.is_little_endian)


def _is_of(elem: DataElement, ds: Dataset) -> bool:
    """Whether an element that was read was read in this dataset, or in another place, and encoded as there."""
    home = elem._dataset
    return home is not None and home._row == ds._row and home._shares_source(ds)


def _is_raw(elem: DataElement, ds: Dataset, *, little: bool) -> bool:
    """Whether pydicom can have the bytes of an element that was read: those of the dataset they lie in, in the right order."""
    return _is_of(elem, ds) and (elem.is_little_endian == little or elem.VR not in _WORDS)


def _encoding(ds: Dataset, inherited: Any, *, is_edited: bool) -> Any:  # noqa: ANN401
    """Give the character sets of the bytes that were read."""
    from pydicom.charset import convert_encodings

    is_forced = ds._options()[4] is not None
    # An item may have come from another place, where another character set was in force.
    if is_forced or _CHARACTER_SET in ds or (is_edited and not ds._is_blank):
        return convert_encodings(ds._charset() or [""])
    return inherited


def _set(elem: DataElement, tag: Any, *, little: bool) -> Any:  # noqa: ANN401
    """Give a value that was set, or read elsewhere, in Python's own types where it is text or a number."""
    from pydicom.dataelem import DataElement as TheirElement

    value: Any = elem.value
    is_read = elem.offset is not None
    if isinstance(value, bytes) and elem.VR in _WORDS and (not is_read or elem.is_little_endian) != little:
        # pydicom holds words in the order of the bytes of the dataset; words that are set here have the lowest byte first.
        value = elem.array.byteswap().tobytes() if is_read else elem.raw
    whole = [_plain(part) for part in value] if isinstance(value, list) else _plain(value)
    return TheirElement(tag, elem.VR, whole)


def _plain(value: Any) -> Any:  # noqa: ANN401
    """Make text of what only this package has; numbers that keep their text are that text."""
    if value is None or isinstance(value, bytes):
        return value
    if isinstance(value, (int, float)) and not hasattr(value, "original_string"):
        return value
    return str(value)


def _raw(elem: DataElement, tag: Any) -> Any:  # noqa: ANN401
    from pydicom.dataelem import RawDataElement, empty_value_for_VR

    value: Any = elem._given_away() or empty_value_for_VR(elem.VR, raw=True)
    length = _UNDEFINED if elem.is_undefined_length else elem.length
    return RawDataElement(
        tag, elem.VR, length, value, elem.offset or 0, elem.is_implicit_VR, elem.is_little_endian
    )


def from_pydicom(dataset: pydicom.dataset.Dataset) -> Dataset:
    """Take a dataset over from pydicom.

    pydicom writes the dataset to memory, and the bytes are read: what arrives is what pydicom would have saved. A
    dataset without a transfer syntax in its file meta information is written in the encoding that it was read with, in
    explicit VR little endian where it was not read. The dataset of pydicom is not held: there is one copy of its bytes,
    which all values here are views on. Elements of a command, such as the Status that a handler of ``rg.net`` returns, are
    written to no file (PS3.7 6.3.1), and taken over by their values, as are those of file meta information on its own.
    So are texts that are not in the character set of the dataset, where pydicom would write ``?``, and texts beyond ASCII
    where it names none: they keep their letters, and whoever writes the dataset here is told of them.

    Parameters
    ----------
    dataset : pydicom.dataset.Dataset
        The dataset of a file, or any other one; file meta information is not needed.

    Returns
    -------
    Dataset
        Its file meta information is empty where that of `dataset` is.

    Raises
    ------
    ImportError
        pydicom is not installed; the extra ``radiogram[pydicom]`` brings it.
    ArgumentError
        It is not a dataset of pydicom.
    InvalidValueError
        pydicom cannot write the dataset.
    LimitError
        Its sequences nest deeper than pydicom can write.

    Examples
    --------
    >>> import pydicom, radiogram as rg
    >>> theirs = pydicom.Dataset()
    >>> theirs.PatientID, theirs.Rows = "X1", 3
    >>> ds = rg.Dataset.from_pydicom(theirs)
    >>> ds.PatientID, ds.Rows
    ('X1', 3)
    """
    pydicom = _pydicom()
    from radiogram.dataset import read

    if not isinstance(dataset, pydicom.Dataset):
        message = f"a pydicom.Dataset is wanted, not {type(dataset).__name__}"
        raise ArgumentError(message)
    apart, rest = _parted(dataset)
    try:
        rest, texts = taken_out(rest)
        made = read(_written(rest), force=True)
        put_back(made, texts)
    except RecursionError as error:
        message = "the sequences nest deeper than pydicom can write"
        raise LimitError(message) from error
    except DicomError:
        raise
    except Exception as error:
        message = f"pydicom cannot write this dataset: {type(error).__name__}"
        raise InvalidValueError(message) from error
    for elem in apart:
        made.add_new(elem.tag, elem.VR, elem.value)
    return made


def _parted(dataset: pydicom.dataset.Dataset) -> tuple[list[Any], pydicom.dataset.Dataset]:
    """Give the elements that are not of a data set, and the rest, which is what pydicom writes."""
    from pydicom.dataset import FileMetaDataset

    first = _DATA_SET if isinstance(dataset, FileMetaDataset) else _FILE_META
    apart = [tag for tag in dataset.keys() if tag < first]  # noqa: SIM118  # what it iterates over are elements
    if not apart:
        return [], dataset
    rest = dataset[first:]
    if hasattr(dataset, "file_meta"):
        rest.file_meta = dataset.file_meta
    return [dataset[tag] for tag in apart], rest


def _written(dataset: pydicom.dataset.Dataset) -> bytes:
    from pydicom.filewriter import dcmwrite

    options: dict[str, bool] = {}
    syntax = getattr(dataset, "file_meta", {}).get("TransferSyntaxUID")
    known = (*dataset.original_encoding, getattr(dataset, "_is_implicit_VR", None))
    if syntax is None and known == (None, None, None):
        options = {"implicit_vr": False, "little_endian": True}
    buffer = io.BytesIO()
    dcmwrite(buffer, dataset, enforce_file_format=False, **options)
    return buffer.getvalue()
