"""What pydicom's ``DataElement`` and `convert` make of a value, and the differences that are meant.

Each difference is a named class with its reason and what recognises it; one that recognises nothing fails the tests.
"""

from __future__ import annotations

import array
import copy
import datetime as dt
import io
import warnings
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
from pydicom import config, valuerep
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from radiogram.errors import InvalidValueError
from radiogram.values import DA, DT, TM, MultiValue, PersonName
from radiogram.values.convert import convert, is_multi_valued

if TYPE_CHECKING:
    from collections.abc import Callable

TEXT = ("AE", "AS", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UI", "UR", "UT")
INTEGERS = ("SL", "SS", "SV", "UL", "US", "UV", "US or SS")
BULK = ("OB", "OD", "OF", "OL", "OV", "OW", "UN", "OB or OW")
MIXED = ("US or OW", "US or SS or OW")
VRS = (*TEXT, "AT", "DA", "DS", "DT", "FD", "FL", "IS", "TM", *INTEGERS, *BULK, *MIXED)


@dataclass(frozen=True)
class Case:
    """A value put into an element, and what both libraries made of it: a value or an exception."""

    vr: str
    value: Any
    theirs: Any
    ours: Any

    @property
    def is_refused(self) -> bool:
        return isinstance(self.ours, InvalidValueError)

    @property
    def items(self) -> list[Any]:
        """The values that were put in."""
        several = isinstance(self.value, list | tuple | MultiValue | range | array.array | np.ndarray)
        return list(self.value) if several and getattr(self.value, "ndim", 1) == 1 else [self.value]


def made(make: Callable[[], Any]) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return make()
        except Exception as error:  # what pydicom raises is anything
            return error


def case_of(vr: str, value: Any) -> Case:
    # Both may consume what they are given.
    one, two = (value, value) if isinstance(value, memoryview) else (copy.copy(value), copy.copy(value))
    return Case(
        vr, value, made(lambda: DataElement(0x00091001, vr, one).value), made(lambda: convert(vr, two))
    )


def _kind(value: Any) -> str:
    return (
        "str"
        if isinstance(value, str)
        else {"BaseTag": "Tag"}.get(type(value).__name__, type(value).__name__)
    )


def _same_item(theirs: Any, ours: Any) -> bool:
    # Which class of text stands in which VR is another test's.
    named = _kind(ours) == _kind(theirs)
    if isinstance(theirs, float) and theirs != theirs:
        return named and ours != ours
    if isinstance(theirs, valuerep.PersonName):
        return named and str(theirs) == str(ours)
    return named and theirs == ours and str(theirs) == str(ours)


def is_same(case: Case) -> bool:
    """Tell whether both made the same: in value, class and text."""
    theirs, ours = case.theirs, case.ours
    if isinstance(theirs, Exception):
        return case.is_refused
    if type(theirs).__name__ == "MultiValue":
        return (
            isinstance(ours, MultiValue) and len(theirs) == len(ours) and all(map(_same_item, theirs, ours))
        )
    return _same_item(theirs, ours)


def _is_not_theirs_to_write(case: Case) -> bool:
    """pydicom itself would refuse the value when asked to check it, or cannot write it."""
    theirs = (
        list(case.theirs)
        if isinstance(case.theirs, list) or hasattr(case.theirs, "append")
        else [case.theirs]
    )

    def check() -> None:
        for one in theirs:
            valuerep.validate_value(case.vr, one, config.RAISE)
        held = Dataset()
        held.add(DataElement(0x00091001, case.vr, case.theirs))
        held.save_as(io.BytesIO(), implicit_vr=False, little_endian=True)

    return isinstance(made(check), Exception)


def _listed(case: Case) -> bool:
    return isinstance(case.value, tuple | range | np.ndarray) and getattr(case.value, "ndim", 1) == 1


def _held(case: Case, value: Any) -> bool:
    """We hold what this value would have given, and pydicom does not."""
    again = made(lambda: convert(case.vr, value))
    return type(again) is type(case.ours) and (again == case.ours or str(again) == str(case.ours))


def _is_scalar(value: Any) -> bool:
    return isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.ndim == 0)


MOMENTS = dt.date | dt.time | np.datetime64
BLOCKS = bytes | bytearray | memoryview | array.array | np.ndarray | io.IOBase


@dataclass(frozen=True)
class Accepted:
    """A class of differences that is meant: pydicom does one thing, we another, and this is why."""

    name: str
    reason: str
    recognises: Callable[[Case], bool]


ACCEPTED = (
    Accepted(
        "refused_when_set",
        "what can be no value of the VR is refused when it is put in; pydicom warns, and fails when it is written",
        lambda case: (
            case.is_refused
            and not isinstance(case.theirs, Exception)
            and (case.vr in BULK or getattr(case.value, "ndim", 0) > 1 or _is_not_theirs_to_write(case))
        ),
    ),
    Accepted(
        "lists_of_any_kind",
        "tuples, ranges and arrays are lists of values; pydicom keeps them as they are, and cannot write them",
        lambda case: (
            _listed(case) and _held(case, [getattr(one, "item", lambda one=one: one)() for one in case.value])
        ),
    ),
    Accepted(
        "one_text_is_not_a_list",
        "LT, ST, UR and UT, and the VRs of bytes, have one value (PS3.5 6.2); pydicom makes lists that it writes as one",
        lambda case: (
            not is_multi_valued(case.vr)
            and (case.is_refused or (case.vr == "UR" and isinstance(case.ours, str)))
            and hasattr(case.theirs, "append")
        ),
    ),
    Accepted(
        "blocks_are_bytes",
        "buffers, arrays and files are read when they are put in, little endian: their owner can change them; "
        "pydicom keeps some, and takes a bytearray for a list of numbers",
        lambda case: isinstance(case.ours, bytes) and isinstance(case.value, BLOCKS),
    ),
    Accepted(
        "scalars_are_pythons",
        "numpy's numbers become Python's, which they equal",
        lambda case: _is_scalar(case.value) and _held(case, case.value.item()),
    ),
    Accepted(
        "dates_are_text",
        "dates and times become DA, DT or TM; pydicom keeps Python's objects, and writes the same text",
        lambda case: (
            isinstance(case.ours, DA | DT | TM | MultiValue)
            and all(isinstance(one, MOMENTS) for one in case.items)
        ),
    ),
    Accepted(
        "numbers_in_text",
        "a number's text is the number where the VR is one of numbers; pydicom keeps the text, and cannot write it",
        lambda case: (
            case.vr in (*INTEGERS, *MIXED, "FD", "FL")
            and any(isinstance(one, str) for one in case.items)
            and _held(case, _numbers(case))
        ),
    ),
    Accepted(
        "numbers_are_the_vrs",
        "integers stand in the VRs of integers and floats in FD and FL; pydicom keeps an int in FD, and a "
        "float or a Decimal in US, where it cannot write it",
        lambda case: (
            case.vr in (*INTEGERS, *MIXED, "FD", "FL")
            and _flat(case.ours) == _flat(case.theirs)
            and {type(one) for one in _flat(case.ours)} <= {int, float, type(None)}
        ),
    ),
    Accepted(
        "bytes_are_no_numbers",
        "bytes in a VR of numbers have no byte order that could be asked; pydicom cannot write them either",
        lambda case: (
            case.is_refused
            and case.vr in (*INTEGERS, "FD", "FL")
            and isinstance(case.items[0], bytes | bytearray)
        ),
    ),
    Accepted(
        "bytes_of_a_tag",
        "text in bytes is text in AT as well; pydicom raises, and keeps empty bytes",
        lambda case: case.vr == "AT" and isinstance(case.items[0], bytes | bytearray),
    ),
    Accepted(
        "a_fraction_is_no_tag",
        "pydicom cuts the fraction off",
        lambda case: (
            case.is_refused
            and case.vr == "AT"
            and any(isinstance(one, float | Decimal | np.floating | np.ndarray) for one in case.items)
        ),
    ),
    Accepted(
        "text_in_bytes",
        "any buffer is bytes; pydicom takes a bytearray for a list of numbers",
        lambda case: isinstance(case.value, bytearray | memoryview) and _held(case, bytes(case.value)),
    ),
    Accepted(
        "a_tag_as_it_is_written",
        "pydicom does not read (gggg,eeee)",
        lambda case: case.vr == "AT" and str(case.ours) == case.value,
    ),
    Accepted(
        "text_of_a_number_is_kept",
        "an IS in DS, or either library's number in the other's, keeps its text",
        lambda case: (
            case.vr in ("DS", "IS")
            and str(case.ours) == case.value.original_string
            and case.ours == case.theirs
        ),
    ),
    Accepted(
        "a_name_is_text",
        "a PersonName that is put into another text is its text",
        lambda case: (
            isinstance(case.value, PersonName | valuerep.PersonName) and case.ours == str(case.value)
        ),
    ),
)
"""Tried in order; the first that recognises a difference takes it."""


def _flat(value: Any) -> list[Any]:
    return list(value) if hasattr(value, "append") else [value]


def _numbers(case: Case) -> Any:
    parts = case.value.split("\\") if isinstance(case.value, str) else case.items
    number = float if case.vr in ("FD", "FL") else int
    found = [
        number(part) if part else part
        for part in parts
        if not isinstance(made(lambda part=part: number(part or 0)), Exception)
    ]
    return found if len(found) > 1 else found[0]


def class_of(case: Case) -> str | None:
    return next((one.name for one in ACCEPTED if one.recognises(case)), None)
