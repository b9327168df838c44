"""A new instance: of a SOP class, for the patient and the study of another one.

The tables of the modules are PS3.3's; whatever else the SOP class needs, the caller sets.
"""

from __future__ import annotations

import copy as copies
from typing import TYPE_CHECKING, Any

from radiogram import _core
from radiogram._tables.modules import MODULES
from radiogram.errors import ArgumentError, UnknownKeywordError
from radiogram.uid import UID, SOPClass, generate_uid

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from radiogram.dataset.dataset import Dataset

__all__ = ["fill", "new"]

_PARTS = {
    "patient": ("Patient", "Clinical Trial Subject"),
    "study": ("General Study", "Patient Study", "Clinical Trial Study"),
    "series": ("General Series", "Clinical Trial Series"),
    "frame_of_reference": ("Frame of Reference",),
    "equipment": ("General Equipment",),
}
"""What an instance can have in common with another, as modules of PS3.3 (C.7.1 to C.7.5)."""

_WHOLE = {"study": "patient", "series": "study"}
"""A study is of one patient and a series of one study (PS3.3 A.1.2): they are copied together."""

_ALWAYS = ("Patient", "General Study", "General Series")
"""Modules that every composite instance has (PS3.3 A.1.4): of what they require, the unknown is empty (PS3.5 7.4.3)."""


def new(
    sop_class: str,
    like: Dataset | None = None,
    *,
    pixels: NDArray[Any] | None = None,
    photometric: str | None = None,
    bits_stored: int | None = None,
    planar: int = 0,
    copy: Iterable[str] = ("patient", "study"),
    prefix: str | None = None,
    **elements: object,
) -> Dataset:
    """Return a new data set: an instance of its own, of the same patient and study as another.

    Parameters
    ----------
    sop_class : str
        The SOP class by UID, keyword or name; a UID that the standard does not know is a private class.
    like : Dataset, optional
        Whose patient and study it belongs to. It is not changed; sequences are copied.
    pixels : numpy.ndarray, optional
        Its pixels, described by `photometric`, `bits_stored` and `planar` as in
        `radiogram.pixels.describe.pixel_attributes`.
    copy : iterable of str, optional
        What it has in common with `like`: ``patient``, ``study``, ``series``, ``frame_of_reference``, ``equipment``. A
        series needs its study, and a study its patient. The frame of reference is for pixels that lie in the same space.
    prefix : str, optional
        The root of the new UIDs with its last dot; without it they are ``2.25.`` and a random number.
    **elements
        Further elements by keyword, in place of what was copied: dates and times of the instance, Modality, and what else
        the class requires.

    Returns
    -------
    Dataset
        With new SOP Instance, Series and (where no study is copied) Study Instance UIDs, in UTF-8. Required elements of
        the patient, study and series that are not known are there and empty. Nothing reads a clock.

    Raises
    ------
    ArgumentError
        There is no such SOP class or part, or the pixels cannot be described.
    UnknownKeywordError
        There is no such element.

    Examples
    --------
    >>> import numpy as np
    >>> from radiogram.dataset.new import new
    >>> ds = new("SecondaryCaptureImageStorage", pixels=np.zeros((4, 6), np.uint8), Modality="OT")
    >>> ds.SOPClassUID.name, ds.Rows, "PatientName" in ds
    ('Secondary Capture Image Storage', 4, True)
    """
    from radiogram.dataset.dataset import Dataset

    made: Dataset = fill(
        Dataset(),
        sop_class,
        like,
        pixels=pixels,
        photometric=photometric,
        bits_stored=bits_stored,
        planar=planar,
        copy=copy,
        prefix=prefix,
        **elements,
    )
    return made


def fill(
    ds: Any,  # noqa: ANN401  # any data set that takes elements by keyword
    sop_class: str,
    like: Any = None,  # noqa: ANN401  # likewise
    *,
    pixels: NDArray[Any] | None = None,
    photometric: str | None = None,
    bits_stored: int | None = None,
    planar: int = 0,
    copy: Iterable[str] = ("patient", "study"),
    prefix: str | None = None,
    **elements: object,
) -> Any:  # noqa: ANN401  # what was given
    """Fill an empty data set as `new` does, and return it.

    Parameters
    ----------
    ds : Dataset
        An empty data set: ours, or one that is edited like it.
    sop_class, like, pixels, photometric, bits_stored, planar, copy, prefix, **elements
        As in `new`.

    Returns
    -------
    Dataset
        `ds`.
    """
    uid = _sop_class_uid(sop_class)
    parts = _parts(copy)
    for keyword in elements:
        if _core.dictionary_tag(keyword) is None:
            message = (
                f"{keyword[:64]!r} is no keyword; near it: {', '.join(_core.dictionary_nearest(keyword, 3))}"
            )
            raise UnknownKeywordError(message)
    # PS3.3 C.12.1.1.2: the one character set that has every character that could be copied.
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.SOPClassUID, ds.SOPInstanceUID = uid, generate_uid(prefix)
    for keyword in _empty(parts, like):
        setattr(ds, keyword, None)
    if like is not None:
        _copy(ds, like, parts)
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID"):
        if keyword not in ds or not ds[keyword].value:
            setattr(ds, keyword, generate_uid(prefix))
    if pixels is not None:
        from radiogram.pixels.put import set_pixels

        set_pixels(ds, pixels, photometric=photometric, bits_stored=bits_stored, planar=planar)
    for keyword, value in elements.items():
        setattr(ds, keyword, value)
    return ds


def _parts(copy: Iterable[str]) -> tuple[str, ...]:
    parts = tuple(copy) if not isinstance(copy, str) else (copy,)
    for part in parts:
        if part not in _PARTS:
            message = f"what is copied is some of {', '.join(_PARTS)}"
            raise ArgumentError(message)
        whole = _WHOLE.get(part)
        if whole is not None and whole not in parts:
            message = f"a {part} belongs to its {whole}: copy both"
            raise ArgumentError(message)
    return parts


def _empty(parts: tuple[str, ...], like: object) -> list[str]:
    """Give the elements that are there even where nothing is known: of type 2 (PS3.5 7.4.3)."""
    copied = () if like is None else tuple(name for part in parts for name in _PARTS[part])
    wanted = [name for name in MODULES if name in _ALWAYS or (name in copied and name == "General Equipment")]
    return [keyword for name in wanted for keyword, kind in MODULES[name] if kind == "2"]


def _copy(ds: Any, like: Any, parts: tuple[str, ...]) -> None:  # noqa: ANN401  # as `fill`
    keywords = [keyword for part in parts for name in _PARTS[part] for keyword, _ in MODULES[name]]
    if "study" in parts:
        # PS3.3 C.12.1.1.8: what the dates and times that are copied mean.
        keywords.append("TimezoneOffsetFromUTC")
    for keyword in keywords:
        if keyword in like:
            element = like[keyword]
            # Lists and items belong to one data set each.
            setattr(ds, keyword, copies.deepcopy(element.value))


def _sop_class_uid(word: str) -> UID:
    """Give the UID of a SOP class, by its UID, keyword or name."""
    try:
        return SOPClass(word).uid
    except ArgumentError:
        pass
    rows = (_core.uid_by_keyword(keyword) for keyword in _core.uid_keywords())
    for row in rows:
        if row is not None and row[1].casefold() == word.casefold() and _core.sop_class_lookup(row[0]):
            return UID(row[0])
    if UID(word).is_valid and _core.uid_lookup(word) is None:
        return UID(word)
    message = f"{word[:64]!r} is no SOP class: give its UID, keyword or name"
    raise ArgumentError(message)
