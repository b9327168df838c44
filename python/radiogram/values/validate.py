"""Whether a value is what its VR allows, for values that are put in.

The rules of text are the core's, which checks the values of files by them: a value breaks the same rules here as it would
if it had been written and read. What no file can hold is checked here: numbers past their VR, and how many there are.
"""

from __future__ import annotations

import warnings
from typing import NamedTuple

from radiogram import _core
from radiogram._tables.vr import FACTS
from radiogram.errors import ArgumentError, InvalidValueError, ValueRangeError
from radiogram.values.person_name import PersonName

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Fault", "InvalidValueWarning", "enforce", "validate"]


class Fault(NamedTuple):
    """A rule that a value breaks.

    Examples
    --------
    >>> Fault("bad_uid", "numbers without leading zeros, divided by points (PS3.5 9.1)").kind
    'bad_uid'
    """

    kind: str
    """Which rule, in a word that does not change between versions; that of `radiogram.Problem` where a file breaks it."""
    rule: str
    """The rule and its section. Never the value."""


class InvalidValueWarning(UserWarning):
    """A value that was put in is not what its VR allows."""


_RULES = {
    "bad_date_time": "{form} (PS3.5 table 6.2-1)",
    "bad_decimal": "a decimal number of 0-9, + - . E e (PS3.5 table 6.2-1)",
    "bad_integer": "a whole number of 0-9, + - from -2147483648 to 2147483647 (PS3.5 table 6.2-1)",
    "bad_multiplicity": "{vm} values (PS3.6)",
    "bad_padding": "no control characters that the VR does not have, and no NUL for padding (PS3.5 6.1.3, 6.2)",
    "bad_uid": "numbers without leading zeros, divided by points (PS3.5 9.1)",
    "divided_value": "no backslash in a value: it divides values (PS3.5 6.1.3, 6.4)",
    "out_of_range": "a number that the VR holds (PS3.5 table 6.2-1)",
    "outside_repertoire": "{repertoire} (PS3.5 6.1, table 6.2-1)",
    "overlong_value": "at most {longest} (PS3.5 table 6.2-1)",
    "partial_value": "a whole number of values (PS3.5 table 6.2-1)",
    "wrong_type": "{type} (PS3.5 table 6.2-1)",
}

_FORMS = {
    "AS": "nnnD, nnnW, nnnM or nnnY",
    "DA": "YYYYMMDD, a day of the calendar, or in a query a range of two",
    "DT": "YYYY[MM[DD[HH[MM[SS[.F{1,6}]]]]]][&ZZXX], or in a query a range of two",
    "TM": "HH[MM[SS[.F{1,6}]]], or in a query a range of two",
}
_REPERTOIRES = {
    "CS": "capital letters, digits, space and underscore",
    "UR": "characters of a URI (RFC 3986)",
}
_UNITS = {
    "bytes": "characters",
    "fixed bytes": "characters",
    "chars": "characters",
    "chars per component group": "characters a component group, and three groups",
}


def validate(vr: str, value: object, *, vm: str | None = None) -> tuple[Fault, ...]:
    r"""Return the rules that a value breaks, each once.

    Parameters
    ----------
    vr : str
        The VR. A value of an ambiguous one is sound where one of the choices has no fault.
    value : object
        The value as `radiogram.values.convert.convert` gives it. ``None`` and empty values break no rule. Text in bytes
        is in a character set that is not known here, and only bytes of the default repertoire are checked.
    vm : str, optional
        The value multiplicity by the dictionary, such as ``2-2n``; not checked where it is not given.

    Returns
    -------
    tuple of Fault
        Empty where the value is sound.

    Raises
    ------
    ArgumentError
        There is no such VR, or ``vm`` is no value multiplicity.

    Notes
    -----
    Dates and times may be the ranges of a query (PS3.4 C.2.2.2.5). A float in DS is written in 16 characters, so that its
    own text may be longer. Whether the character set of the data set has the characters is found when it is written.

    Examples
    --------
    >>> [fault.kind for fault in validate("CS", "Original")], validate("DA", "20240229")
    (['outside_repertoire'], ())
    >>> validate("DS", [1.5, 2, 3], vm="2")
    (Fault(kind='bad_multiplicity', rule='2 values (PS3.6)'),)
    """
    choices = vr.split(" or ")
    if not all(choice in FACTS for choice in choices):
        message = "there is no such VR (PS3.5 6.2)"
        raise ArgumentError(message)
    bounds = None if vm is None else _bounds(vm)
    if vr == "SQ" or _is_empty(value):
        return ()
    kinds: list[str] = []
    for choice in choices:
        found = list(dict.fromkeys(_kinds(choice, value)))
        if not found:
            kinds = []
            break
        kinds = kinds or found
    if bounds is not None and "bad_multiplicity" not in kinds and not _is_many(len(_values(value)), bounds):
        kinds.append("bad_multiplicity")
    return tuple(Fault(kind, _rule(kind, choices[0], vm)) for kind in kinds)


def enforce(
    mode: str, vr: str, value: object, *, vm: str | None = None, path: str = "", stacklevel: int = 2
) -> None:
    """Check a value that is put in.

    Parameters
    ----------
    mode : {"off", "warn", "raise"}
        Nothing is checked; each fault is a warning; the first fault is an error.
    vr, value, vm
        As in `validate`.
    path : str, optional
        The tag path of the element, for the message.
    stacklevel : int, optional
        Whom a warning points at, as in `warnings.warn`: 2 is the caller.

    Raises
    ------
    InvalidValueError
        With ``"raise"``: a rule is broken; a `ValueRangeError` where the value is too long or too large.
    ArgumentError
        There is no such mode or VR.

    Examples
    --------
    >>> enforce("raise", "UI", "1.02", path="(0008,0018)")
    Traceback (most recent call last):
        ...
    radiogram.errors.InvalidValueError: the value breaks a rule of UI: numbers without leading zeros, divided by points (PS3.5 9.1), at (0008,0018)
    """
    if mode == "off":
        return
    if mode not in ("warn", "raise"):
        message = "validation is off, warn or raise"
        raise ArgumentError(message)
    for fault in validate(vr, value, vm=vm):
        message = f"the value breaks a rule of {vr}: {fault.rule}"
        if mode == "raise":
            is_range = fault.kind in ("overlong_value", "out_of_range")
            raise (ValueRangeError if is_range else InvalidValueError)(message, path=path)
        warnings.warn(str(InvalidValueError(message, path=path)), InvalidValueWarning, stacklevel=stacklevel)


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, str | bytes | PersonName | list) and not len(value))


def _values(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _kinds(vr: str, value: object) -> Iterator[str]:
    """Give the rules of this VR that the value breaks."""
    storage, _, _, several, _ = FACTS[vr]
    if storage == "str":
        yield from _of_text(vr, value)
    elif several:
        for one in _values(value):
            yield from _of_number(storage, one)
    elif not isinstance(value, bytes):
        yield "wrong_type"
    elif storage != "u8" and len(value) % _width(storage):
        yield "partial_value"


def _of_text(vr: str, value: object) -> Iterator[str]:
    _, _, _, several, charset = FACTS[vr]
    texts: list[bytes] = []
    for one in _values(value):
        text = _text(vr, one)
        if text is None:
            yield "out_of_range" if isinstance(one, float) else "wrong_type"
            continue
        if several and b"\\" in text and isinstance(value, list):
            yield "divided_value"
        # Encoded already, and nobody says how.
        if not (charset and isinstance(one, bytes) and not one.isascii()):
            texts.append(text)
    if not several and isinstance(value, list):
        yield "bad_multiplicity"
    for text in texts if not several else [b"\\".join(texts)]:
        yield from _core.check_value(vr, text)


def _text(vr: str, value: object) -> bytes | None:
    """Give a value as it is written, in UTF-8; ``None`` for what is no text."""
    if value is None:
        return b""
    if isinstance(value, bytes):
        return value
    if vr in ("DS", "IS") and isinstance(value, float | int):
        return _number_text(vr, value)
    return str(value).encode(errors="surrogatepass") if isinstance(value, str | PersonName) else None


def _number_text(vr: str, value: float) -> bytes | None:
    text = getattr(value, "original_string", None)
    if text is None and isinstance(value, float) and vr == "DS":
        try:
            text = _core.decimal_text(value)
        except ValueError:
            return None
    return (str(value) if text is None else str(text)).encode()


def _width(storage: str) -> int:
    return int(storage[1:]) // 8


def _of_number(storage: str, value: object) -> Iterator[str]:
    """Check a value of a VR of numbers; blank text stands for none."""
    if value is None or value == "":
        return
    if storage[0] == "f":
        if not isinstance(value, float | int):
            yield "wrong_type"
        # The largest number of 32 bits, and what still rounds down to it.
        elif storage == "f32" and float("inf") > abs(value) >= 2.0**128 - 2.0**103:
            yield "out_of_range"
        return
    bits = 32 if storage == "u16x2" else int(storage[1:])
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if storage[0] == "i" else (0, (1 << bits) - 1)
    if not isinstance(value, int):
        yield "wrong_type"
    elif not low <= value <= high:
        yield "out_of_range"


def _bounds(vm: str) -> tuple[int, int, int]:
    """Read a value multiplicity: the least, the most (0: no end), and the step (PS3.5 6.4)."""
    first, dash, last = vm.partition("-")
    try:
        least = int(first)
        if not dash:
            return least, least, 1
        if last == "n":
            return least, 0, 1
        if last.endswith("n"):
            return least, 0, int(last[:-1])
        return least, int(last), 1
    except ValueError:
        message = "a value multiplicity is such as 1, 1-3, 1-n or 2-2n (PS3.5 6.4)"
        raise ArgumentError(message) from None


def _is_many(count: int, bounds: tuple[int, int, int]) -> bool:
    least, most, step = bounds
    return least <= count <= (most or count) and count % step == 0


def _rule(kind: str, vr: str, vm: str | None) -> str:
    storage, longest, unit, _, charset = FACTS[vr]
    return _RULES[kind].format(
        form=_FORMS.get(vr, ""),
        longest=f"{longest} {_UNITS.get(unit, unit)}",
        repertoire=_REPERTOIRES.get(
            vr, "text of a character set" if charset else "printable characters of ASCII"
        ),
        type="text" if storage == "str" else "a number" if FACTS[vr][3] else "bytes",
        vm=vm or "1",
    )
