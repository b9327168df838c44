"""From what Python code sets to what an element holds: the one place where values given are converted.

The core calls `given` for every value that is set.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radiogram import _core
from radiogram.values import MultiValue
from radiogram.values.convert import convert

if TYPE_CHECKING:
    import numpy.typing as npt

    from radiogram._core import DataElement
    from radiogram.dataset.dataset import Dataset

__all__ = ["enforce", "given", "numbers", "written"]

_DTYPES = {
    "US": "<u2",
    "SS": "<i2",
    "UL": "<u4",
    "SL": "<i4",
    "UV": "<u8",
    "SV": "<i8",
    "FL": "<f4",
    "FD": "<f8",
    "DS": "<f8",
    "IS": "<i8",
    "US or SS": "<i4",
}
_SINGLE_BYTES = {"OB", "UN"}
_ANY_TAG = 0x00091001
"""An element of which nothing is known but what is said of it."""
_BLOCK_DTYPES = {"OW": "<u2", "OL": "<u4", "OV": "<u8", "OF": "<f4", "OD": "<f8"}


def given(vr: str, value: Any) -> Any:  # noqa: ANN401  # values are of any type
    """Make of a value what an element with this VR holds.

    Examples
    --------
    >>> from radiogram.dataset.given import given
    >>> given("DS", ["1.50", 2]), given("OB", bytearray(b"ab")), given("UI", "1.2")
    ([1.50, 2.0], b'ab', '1.2')
    """
    if vr == "SQ":
        from radiogram.dataset.sequence import Sequence

        return value if isinstance(value, Sequence) else Sequence(() if value is None else value)
    made = convert(vr, value)
    if isinstance(made, MultiValue):
        made.owner = _core.count_edit
    return made


def numbers(vr: str, value: Any) -> npt.NDArray[Any]:  # noqa: ANN401
    """Give the numbers of a value that was set as a read-only array.

    Raises
    ------
    InvalidValueError
        They are no numbers.
    """
    import numpy as np

    from radiogram.errors import InvalidValueError

    if isinstance(value, bytes):
        return np.frombuffer(value, _BLOCK_DTYPES.get(vr, _DTYPES.get(vr, "u1")))
    dtype = _DTYPES.get(vr)
    try:
        if vr == "AT":
            tags = [value] if isinstance(value, int) else list(value or ())
            made = np.array([part for tag in tags for part in (tag >> 16, tag & 0xFFFF)], "<u2")
        elif dtype is None and value:
            message = f"{vr} values are no numbers"
            raise InvalidValueError(message)
        else:
            made = np.atleast_1d(np.array([] if value is None or value == "" else value, dtype or "u1"))
    except (TypeError, ValueError, OverflowError) as error:
        message = f"a {vr} value is no number"
        raise InvalidValueError(message) from error
    made.flags.writeable = False
    return made


def written(number: int, vr: str, value: Any, home: Dataset | None) -> bytes:  # noqa: ANN401
    r"""Give the bytes that a value would have in a dataset; in explicit VR little endian where there is none.

    An item that was made does not know which character set is in force where it is put: it uses its own, or none.

    Raises
    ------
    InvalidValueError
        The value cannot be written.

    Examples
    --------
    >>> from radiogram.dataset.given import written
    >>> written(0x00280010, "US", 258, None), written(0x00100020, "LO", "X1Y", None)
    (b'\x02\x01', b'X1Y ')
    """
    from radiogram.dataset.dataset import Dataset
    from radiogram.dataset.reader import read
    from radiogram.dataset.writer import whole_file

    implicit, little = (None, None) if home is None or home._is_meta else home.original_encoding
    if isinstance(value, bytes) and (little is not False or vr in _SINGLE_BYTES):
        return value + b"\0" * (len(value) & 1)
    made = Dataset()
    if home is not None and not home._is_meta:
        # What says how an element of another tag is to be encoded (PS3.3 C.12.1.1.2, C.7.6.3.1.1).
        made.SpecificCharacterSet = home.get("SpecificCharacterSet", home._charset() or None)
        for keyword in ("BitsAllocated", "PixelRepresentation"):
            if keyword in home:
                setattr(made, keyword, home[keyword].value)
    # Groups that are no part of a dataset, and lengths that the writer works out itself, would not come back.
    tag = number if number >> 16 >= 8 and number & 0xFFFF else _ANY_TAG
    made.add_new(tag, vr, value)
    syntax = "ExplicitVRBigEndian" if little is False else f"{'Im' if implicit else 'Ex'}plicitVRLittleEndian"
    return read(whole_file(made, syntax))[tag].raw


def enforce(elem: DataElement, mode: str) -> None:
    """Ask whether the value of an element is what the standard allows; `radiogram.values.validate.enforce` says how."""
    from radiogram.values import validate

    known = _core.dictionary_by_tag(int(elem.tag))
    vm = known[2] if known is not None and not elem.is_private else None
    if elem.VR != "SQ":
        validate.enforce(mode, elem.VR, elem.value, vm=vm, path=str(elem.tag), stacklevel=3)
