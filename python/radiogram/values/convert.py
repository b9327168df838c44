"""What is put into an element becomes the value that the element would have if it had been read.

`convert` is a function of the VR and the value alone. Its results are those of pydicom's ``DataElement``; where they are
not, the classes in ``tests/values/test_convert.py`` say why.
"""

from __future__ import annotations

from datetime import date, datetime, time
from functools import partial

from radiogram._tables.vr import FACTS
from radiogram.errors import InvalidValueError, ValueRangeError
from radiogram.uid import UID
from radiogram.values.buffer import array_values, buffer_bytes, is_array, is_buffer, python_value
from radiogram.values.date_time import DA, DT, TM, format_date, format_moment, format_time
from radiogram.values.multi_value import MultiValue
from radiogram.values.number import DS, IS
from radiogram.values.person_name import PersonName

# Not typing's: the module costs a fifth of the time that `import radiogram` may take.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["constructor_of", "convert", "is_multi_valued"]


def convert(vr: str, value: object) -> object:
    r"""Return what an element with this VR holds once this value is put into it.

    Parameters
    ----------
    vr : str
        The two letters, or one of the dictionary's ambiguous ones such as ``US or SS``; not ``SQ``.
    value : object
        Text, a number, bytes, a date or a time, a list or tuple of them, a numpy array or scalar, or ``None``. In text a
        backslash divides values where the VR has several.

    Returns
    -------
    object
        ``None`` and empty text as they are; one value; or a `MultiValue` of none, two or more.

    Raises
    ------
    InvalidValueError
        An element with this VR cannot hold the value; it is a `ValueError`. It never quotes the value.
    ValueRangeError
        A number is larger than a float can be; it is an `OverflowError` too.

    Notes
    -----
    Whether a value is what the standard allows is asked by `radiogram.values.validate`.

    Examples
    --------
    >>> convert("DS", ["1.50", 2]), convert("LO", "A\\B"), convert("AT", "PatientName")
    ([1.50, 2.0], ['A', 'B'], (0010,0010))
    """
    make = _MAKERS.get(vr)
    if make is None:
        message = "items are put into a sequence" if vr == "SQ" else "there is no such VR (PS3.5 6.2)"
        raise InvalidValueError(message)
    if value.__class__ is str and "\\" not in value:
        return make(value)
    if vr in _DIVIDED:
        value = _divided(value)
    values = _listed(vr, value)
    if values is None:
        return make(value)
    if len(values) == 1:
        return make(values[0])
    if values and not is_multi_valued(vr):
        message = f"an element of VR {vr} has one value (PS3.5 table 6.2-1)"
        raise InvalidValueError(message)
    return MultiValue(make, values)


def constructor_of(vr: str) -> Callable[[Any], Any]:
    """Return what makes one value of this VR: the `type_constructor` of its lists.

    Examples
    --------
    >>> constructor_of("IS")("007")
    '7'
    """
    return _MAKERS[vr]


def is_multi_valued(vr: str) -> bool:
    """Say whether an element of this VR can have several values (PS3.5 table 6.2-1).

    Examples
    --------
    >>> is_multi_valued("LO"), is_multi_valued("LT"), is_multi_valued("US or SS")
    (True, False, True)
    """
    return any(FACTS[choice][3] for choice in vr.split(" or "))


def _divided(value: object) -> object:
    """Divide text at its backslashes (PS3.5 6.4)."""
    if isinstance(value, str):
        return value.split("\\") if "\\" in value else value
    if isinstance(value, bytes):
        return value.split(b"\\") if b"\\" in value else value
    return value


def _listed(vr: str, value: object) -> list[Any] | None:
    """Give several values as a list; ``None`` for what is one."""
    if isinstance(value, list):
        return value
    if value is None or isinstance(value, str | bytes | int | float) or (vr in _BULK and is_buffer(value)):
        return None
    if is_array(value):
        return array_values(value)
    if isinstance(value, tuple):
        # As in pydicom, two numbers of 16 bits are one tag, and keywords are two.
        is_pair = vr == "AT" and len(value) == 2 and all(_is_half(part) for part in value)
        return None if is_pair else list(value)
    # What pydicom takes for a list, and ranges.
    if isinstance(value, range) or (hasattr(value, "append") and not isinstance(value, bytearray)):
        return list(value)  # type: ignore[call-overload, no-any-return]  # what cannot be listed raises
    return None


def _is_half(part: object) -> bool:
    """Say whether this can be a group or element number: four hexadecimal digits at most."""
    return len(part) <= 4 if isinstance(part, str) else isinstance(part, int) and 0 <= part <= 0xFFFF


def _refused(value: object, vr: str) -> InvalidValueError:
    # The class says what is wrong; the value may be a patient's.
    return InvalidValueError(
        f"a value of type {type(value).__name__} cannot be a value of {vr} (PS3.5 table 6.2-1)"
    )


def _unicode(text: str) -> str:
    """Give text back, if it is one in every encoding: names of files that are no text are read as halves of surrogates."""
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            message = "the text has code points that are no characters (Unicode D76: scalar values)"
            raise InvalidValueError(message) from None
    return text


def _text(value: object) -> object:
    """LO, LT, SH, ST, UC, UT: text; bytes that are encoded already stay so, as in pydicom."""
    if type(value) is str:
        return _unicode(value)
    if value is None or type(value) is bytes:
        return value
    value = python_value(value)
    if isinstance(value, str | PersonName):
        return _unicode(str(value))
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)
    raise _refused(value, "a VR of text")


def _code(value: object) -> object:
    """AE, AS, CS, UR: text of the default repertoire."""
    if type(value) is str:
        return _unicode(value)
    if value is None:
        return value
    value = _decoded(python_value(value))
    if isinstance(value, str):
        return _unicode(str(value))
    raise _refused(value, "a VR of text")


def _decoded(value: object) -> object:
    """Give bytes as text; the rest as it is."""
    if not isinstance(value, bytes | bytearray | memoryview):
        return value
    try:
        return bytes(value).decode()
    except UnicodeDecodeError:
        message = "the bytes are no text of the default repertoire (PS3.5 6.1.1)"
        raise InvalidValueError(message) from None


def _name(value: object) -> PersonName | None:
    value = python_value(value)
    if isinstance(value, str | PersonName):
        _unicode(str(value))
        return PersonName(value)
    if value is None or isinstance(value, bytes):
        return PersonName(value)
    if hasattr(value, "family_name"):
        # pydicom's.
        return PersonName(_unicode(str(value)))
    raise _refused(value, "PN")


def _uid(value: object) -> UID | None:
    if isinstance(value, str):
        return UID(_unicode(value))
    if value is None:
        return None
    value = _decoded(python_value(value))
    if isinstance(value, str):
        return UID(_unicode(value))
    raise _refused(value, "UI")


def _decimal(value: object) -> object:
    return _number(DS, "DS", _decoded(python_value(value)))


def _integer(value: object) -> object:
    if value.__class__ is int:
        return _number(IS, "IS", value)
    return _number(IS, "IS", _decoded(python_value(value)))


def _number(make: Callable[[Any], object], vr: str, value: object) -> object:
    value = python_value(value)
    try:
        return make(value)
    except InvalidValueError:
        raise
    except OverflowError:
        message = f"the number is too large for a value of {vr}"
        raise ValueRangeError(message) from None
    except ValueError:
        # Without its context, which quotes the text.
        message = f"the text is no value of {vr} (PS3.5 table 6.2-1)"
        raise InvalidValueError(message) from None
    except TypeError:
        raise _refused(value, vr) from None


def _whole(value: object) -> object:
    """SL, SS, SV, UL, US, UV: a whole number."""
    if type(value) is int or value is None:
        return value
    return _number(_to_whole, "a VR of integers", value)


def _to_whole(value: Any) -> int | str:  # noqa: ANN401  # anything may be put in
    if isinstance(value, int):
        return int(value)
    if isinstance(value, str):
        return int(value) if value.strip() else value
    _refuse_bytes(value)
    number = int(value)
    if number != value:
        message = "a fraction is no value of a VR of integers (PS3.5 table 6.2-1)"
        raise InvalidValueError(message)
    return number


def _real(value: object) -> object:
    """FD, FL: a floating point number."""
    if type(value) is float or value is None:
        return value
    return _number(_to_real, "a VR of floating point", value)


def _to_real(value: Any) -> float | str:  # noqa: ANN401  # anything may be put in
    _refuse_bytes(value)
    return value if isinstance(value, str) and not value.strip() else float(value)


def _refuse_bytes(value: object) -> None:
    # Python reads digits in bytes; here they would be numbers in a byte order that nobody says.
    if isinstance(value, bytes | bytearray | memoryview):
        raise TypeError


def _tag(value: object) -> object:
    from radiogram.dataset.tag import Tag

    value = _decoded(python_value(value))
    if value is None or value == "":
        return value
    return _number(Tag, "AT", value)


def _day(value: object) -> object:
    return _moment_of(DA, format_date, value, date)


def _clock(value: object) -> object:
    return _moment_of(TM, format_time, value, time | datetime)


def _moment(value: object) -> object:
    return _moment_of(DT, format_moment, value, date)


def _moment_of(cls: Any, form: Callable[[Any], str], value: object, kinds: Any) -> Any:  # noqa: ANN401
    if value is None or type(value) is cls:
        return value
    value = _decoded(python_value(value))
    if isinstance(value, str):
        return cls(_unicode(str(value)))
    if isinstance(value, kinds):
        # pydicom's own dates and times know their text.
        return cls(getattr(value, "original_string", None) or form(value))
    raise _refused(value, cls.__name__)


def _whole_or_bytes(value: object) -> object:
    """Make a value of an ambiguous VR: a number, or bytes whose VR another element decides."""
    return bytes(value) if isinstance(value, bytes | bytearray | memoryview) else _whole(value)


def _whole_or_block(value: object) -> object:
    return buffer_bytes("OW", value) if is_buffer(value) else _whole(value)


_MAKERS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("LO", "LT", "SH", "ST", "UC", "UT"), _text),
    **dict.fromkeys(("AE", "AS", "CS", "UR"), _code),
    **dict.fromkeys(("SL", "SS", "SV", "UL", "US", "UV"), _whole),
    **dict.fromkeys(("FD", "FL"), _real),
    **{vr: partial(buffer_bytes, vr) for vr in ("OB", "OD", "OF", "OL", "OV", "OW", "UN", "OB or OW")},
    "AT": _tag,
    "DA": _day,
    "DS": _decimal,
    "DT": _moment,
    "IS": _integer,
    "PN": _name,
    "TM": _clock,
    "UI": _uid,
    "US or SS": _whole_or_bytes,
    "US or OW": _whole_or_block,
    "US or SS or OW": _whole_or_block,
}
"""What makes one value."""

_BULK = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "UN", "OB or OW", "US or OW", "US or SS or OW"})
"""VRs whose value can be a block of bytes."""

_DIVIDED = frozenset(vr for vr, facts in FACTS.items() if facts[3]) | {"US or SS"}
"""VRs in which a backslash of a text divides values."""
