"""Texts of a dataset of pydicom that are not in its character set: pydicom would write other letters, or letters that nobody can tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pydicom.dataset

    from radiogram.dataset import Dataset

__all__ = ["Text", "put_back", "taken_out"]

_TEXTS = frozenset({"LO", "LT", "PN", "SH", "ST", "UC", "UT"})
"""VRs whose text is in the Specific Character Set (PS3.5 6.1.2.3)."""


class Text(NamedTuple):
    """A text, and where it is."""

    path: tuple[tuple[int, int], ...]
    """The sequences that it is in, and which item of each."""

    tag: int
    vr: str
    value: str | list[str]


def taken_out(dataset: pydicom.dataset.Dataset) -> tuple[pydicom.dataset.Dataset, list[Text]]:
    """Give a dataset without the texts that its character set lacks, and those; itself, where there are none.

    Text beyond ASCII of a dataset that names no character set is among them, but for what was read so.
    """
    from pydicom.charset import default_encoding

    found: list[Text] = []
    rest = _without(dataset, [default_encoding], (), found)
    return dataset if rest is None else rest, found


def put_back(ds: Dataset, texts: Sequence[Text]) -> None:
    """Set the texts: what writes them says then that they are not in the character set, or chooses another one."""
    for text in texts:
        place: Any = ds
        for tag, index in text.path:
            place = place[tag].value[index]
        place.add_new(text.tag, text.vr, text.value)


def _without(
    dataset: pydicom.dataset.Dataset,
    inherited: list[str],
    path: tuple[tuple[int, int], ...],
    found: list[Text],
) -> pydicom.dataset.Dataset | None:
    """Give a copy without the texts that are found; `None` where it would be the same."""
    from pydicom.charset import convert_encodings

    named: Any = dataset.get("SpecificCharacterSet", inherited)
    encodings = convert_encodings(named)
    read: Any = dataset.original_character_set
    is_same = encodings == ([read] if isinstance(read, str) else list(read))
    was_read = is_same and dataset.original_encoding != (None, None)
    changed: dict[Any, Any] = {}
    for tag in list(dataset.keys()):
        elem: Any = dataset.get_item(tag, keep_deferred=True)
        if elem.is_raw:
            # Bytes go over as they are, but in another character set.
            if is_same or elem.VR not in {*_TEXTS, "SQ", "UN", None}:
                continue
            elem = dataset[tag]
        if elem.VR == "SQ":
            items = [
                _without(item, encodings, (*path, (int(tag), index)), found)
                for index, item in enumerate(elem.value or ())
            ]
            if any(item is not None for item in items):
                changed[tag] = _sequence(elem, items)
        elif elem.VR in _TEXTS and not _is_written(
            elem, encodings, was_read=was_read and elem.file_tell is not None
        ):
            value = [str(part) for part in _values(elem)]
            found.append(Text(path, int(tag), str(elem.VR), value if len(value) > 1 else value[0]))
            changed[tag] = None
    return _copy(dataset, changed) if changed else None


def _values(elem: Any) -> list[Any]:  # noqa: ANN401  # texts and names
    value = elem.value
    return [value] if isinstance(value, (str, bytes)) or not hasattr(value, "append") else list(value)


def _is_written(elem: Any, encodings: list[str], *, was_read: bool) -> bool:  # noqa: ANN401
    """Whether pydicom writes the letters of a text, and others read them."""
    for value in _values(elem):
        text = "" if value is None or isinstance(value, bytes) else str(value)
        if text.isascii() or ("\ufffd" in text and getattr(value, "original_string", None)):
            # A name that could not be read keeps its bytes.
            continue
        if not all(
            any(_has(encoding, letter, was_read=was_read) for encoding in encodings)
            for letter in set(text)
            if not letter.isascii()
        ):
            return False
    return True


def _has(encoding: str, letter: str, *, was_read: bool) -> bool:
    """Whether an encoding of pydicom has a letter."""
    from pydicom.charset import custom_encoders, default_encoding

    if encoding == default_encoding and not was_read:
        # PS3.3 C.12.1.1.2: without a name it is ISO IR 6; pydicom takes it for Latin-1.
        return False
    try:
        if encoding in custom_encoders:
            custom_encoders[encoding](letter, errors="strict")
        else:
            letter.encode(encoding)
    except UnicodeError:
        return False
    return True


def _copy(dataset: pydicom.dataset.Dataset, changed: dict[Any, Any]) -> pydicom.dataset.Dataset:
    """Give a dataset with the same elements, but for those that changed; `None` is left out."""
    from pydicom.dataset import Dataset as TheirDataset

    made = TheirDataset()
    vars(made).update(vars(dataset))
    held = {tag: changed.get(tag, elem) for tag, elem in dataset._dict.items()}
    made._dict = {tag: elem for tag, elem in held.items() if elem is not None}
    return made


def _sequence(elem: Any, items: list[Any]) -> Any:  # noqa: ANN401
    """Give the element with other items, where there are some."""
    from pydicom.dataelem import DataElement as TheirElement
    from pydicom.sequence import Sequence as TheirSequence

    made = TheirSequence(
        [_copy(old, {}) if new is None else new for new, old in zip(items, elem.value, strict=True)]
    )
    made.is_undefined_length = getattr(elem.value, "is_undefined_length", False)
    return TheirElement(
        elem.tag, "SQ", made, elem.file_tell, elem.is_undefined_length, already_converted=True
    )
