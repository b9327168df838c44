"""Numbers that keep their text: DS and IS (PS3.5 6.2).

The reader makes them without ``__new__``: ``float.__new__(DSfloat, x)`` and then ``original_string``, and
``int.__new__(IS, n)``, which takes ``original_string`` only where the text is not ``str(n)``.
"""

from __future__ import annotations

from math import isfinite

from radiogram import _core
from radiogram.errors import InvalidValueError, ValueRangeError

# Not typing's: the module costs a fifth of the time that `import radiogram` may take.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from decimal import Decimal
    from typing import Any

__all__ = ["DS", "IS", "DSfloat", "ISfloat", "format_number_as_ds", "is_valid_ds"]

LONGEST = 16
"""Characters of a DS (PS3.5 table 6.2-1)."""
STRICT = 2
"""What pydicom's ``config.RAISE`` is: refuse what the VR does not allow."""


class DSfloat(float):
    """A DS value as a float that keeps the text it was read from.

    Parameters
    ----------
    val : str, int, float, Decimal or None
        The number. ``None`` and blank text are returned as they are.
    auto_format : bool
        Shorten the text to the 16 characters that DS allows; the number stays what it is.
    validation_mode : int, optional
        As in pydicom: 2 refuses what is no DS (PS3.5 6.2).

    Attributes
    ----------
    original_string : str
        The text, without the spaces round it; absent where the value was made from a number.

    Raises
    ------
    ValueError
        The text is no number; with ``validation_mode=2`` an `InvalidValueError`, and a `ValueRangeError` where it is
        too long.

    Examples
    --------
    >>> thickness = DSfloat("1.50")
    >>> thickness, thickness == 1.5, thickness == "1.50", f"{thickness:.3f}"
    ('1.50', True, True, '1.500')
    """

    __slots__ = ("original_string",)
    original_string: str

    def __new__(  # type: ignore[misc]  # blank text is no number, and pydicom gives it back
        cls,
        val: str | float | Decimal | None,
        auto_format: bool = False,  # noqa: FBT001, FBT002  # pydicom's
        validation_mode: int | None = None,
    ) -> str | DSfloat | None:
        """Make one, or give back what is no number: ``None`` and blank text."""
        if val is None or (isinstance(val, str) and not val.strip()):
            return val
        number = float.__new__(cls, val)
        text = val.strip() if isinstance(val, str) else getattr(val, "original_string", None)
        if auto_format and (text is None or not is_valid_ds(text)):
            text = format_number_as_ds(float(number))
        if validation_mode == STRICT:
            check_ds(str(val) if text is None else text)
        if text is not None:
            number.original_string = text
        return number

    def __eq__(self, other: object) -> Any:  # noqa: ANN401  # what float.__eq__ gives
        if isinstance(other, str):
            return str(self) == other
        return float.__eq__(self, other)

    def __ne__(self, other: object) -> Any:  # noqa: ANN401
        return not self == other

    __hash__ = float.__hash__

    def __str__(self) -> str:
        try:
            return self.original_string
        except AttributeError:
            return float.__repr__(self)

    def __repr__(self) -> str:
        return f"'{self}'"

    def __reduce__(self) -> tuple[object, ...]:
        return _restore_float, (type(self), float(self), getattr(self, "original_string", None))


class ISfloat(float):
    """What stands in an IS and is no whole number: a fraction, or more than 64 bits.

    Examples
    --------
    >>> IS("1.5"), type(IS("1.5")).__name__
    (1.5, 'ISfloat')
    """

    __slots__ = ("original_string",)
    original_string: str

    def __new__(  # type: ignore[misc]  # blank text is no number, and pydicom gives it back
        cls,
        val: str | float | Decimal | None,
        validation_mode: int | None = None,
    ) -> str | ISfloat | None:
        """Make one from a number or its text, or give back what is no number: ``None`` and blank text."""
        if val is None or (isinstance(val, str) and not val.strip()):
            return val
        if validation_mode == STRICT:
            message = "an IS is a whole number of 32 bits (PS3.5 6.2)"
            raise InvalidValueError(message)
        number = float.__new__(cls, val)
        text = val.strip() if isinstance(val, str) else getattr(val, "original_string", None)
        if text is not None:
            number.original_string = text
        return number

    def __reduce__(self) -> tuple[object, ...]:
        return _restore_float, (type(self), float(self), getattr(self, "original_string", None))


def _restore_float(cls: type[DSfloat | ISfloat], number: float, text: str | None) -> DSfloat | ISfloat:
    value = float.__new__(cls, number)
    if text is not None:
        value.original_string = text
    return value


class _Text:
    """The text of an IS, where it is not what the number itself reads as."""

    def __get__(self, instance: int | None, owner: type) -> Any:  # noqa: ANN401  # as descriptors do
        return self if instance is None else int.__repr__(instance)


class IS(int):
    """An IS value as an int that keeps the text it was read from.

    Parameters
    ----------
    val : str, int, float, Decimal or None
        The number. ``None`` and blank text are returned as they are; a fraction becomes an `ISfloat`.
    validation_mode : int, optional
        As in pydicom: 2 refuses what is no whole number of 32 bits (PS3.5 6.2).

    Attributes
    ----------
    original_string : str
        The text, without the spaces round it.

    Raises
    ------
    ValueError
        The text is no number; with ``validation_mode=2`` an `InvalidValueError`, and a `ValueRangeError` where it is
        too large.

    Examples
    --------
    >>> number = IS("007")
    >>> number + 1, str(number), number == 7, number == "007", IS("1.0")
    (8, '007', True, True, '1')
    """

    if TYPE_CHECKING:
        original_string: str
    else:
        original_string = _Text()

    def __new__(  # type: ignore[misc]  # blank text is no number, and pydicom gives it back
        cls,
        val: str | float | Decimal | None,
        validation_mode: int | None = None,
    ) -> str | IS | ISfloat | None:
        """Make one, or give back what is no number: ``None`` and blank text."""
        if val is None or (isinstance(val, str) and not val.strip()):
            return val
        try:
            number = int.__new__(cls, val)
        except ValueError:
            # Real files hold "1.0" and "1e3".
            number = int.__new__(cls, float(val))
            if number != float(val):
                return ISfloat(val, validation_mode)
        if not isinstance(val, str | int) and number != val:
            return ISfloat(val, validation_mode)
        if validation_mode == STRICT and not -(2**31) <= number < 2**31:
            message = "an IS is a whole number of 32 bits (PS3.5 6.2)"
            raise ValueRangeError(message)
        text = val.strip() if isinstance(val, str) else getattr(val, "original_string", None)
        if text is not None and text != int.__repr__(number):
            number.original_string = text
        return number

    def __eq__(self, other: object) -> Any:  # noqa: ANN401  # what int.__eq__ gives
        if isinstance(other, str):
            return self.original_string == other
        return int.__eq__(self, other)

    def __ne__(self, other: object) -> Any:  # noqa: ANN401
        return not self == other

    __hash__ = int.__hash__

    def __str__(self) -> str:
        return self.original_string

    def __repr__(self) -> str:
        return f"'{int.__repr__(self)}'"

    def __reduce__(self) -> tuple[object, ...]:
        return _restore_int, (type(self), int(self), self.__dict__.get("original_string"))


def _restore_int(cls: type[IS], number: int, text: str | None) -> IS:
    value = int.__new__(cls, number)
    if text is not None:
        value.original_string = text
    return value


def DS(  # noqa: N802  # pydicom's
    val: str | float | Decimal | None,
    auto_format: bool = False,  # noqa: FBT001, FBT002  # pydicom's
    validation_mode: int | None = None,
) -> str | DSfloat | None:
    """Make a DS value: `DSfloat`, or blank text and ``None`` as they are.

    Examples
    --------
    >>> DS("2.5") + 1, DS(" "), DS(None)
    (3.5, ' ', None)
    """
    return DSfloat(val, auto_format, validation_mode)


def is_valid_ds(text: str) -> bool:
    """Say whether this text is a DS: at most 16 characters that make a decimal number (PS3.5 6.2).

    Examples
    --------
    >>> is_valid_ds("-1.5E+3"), is_valid_ds("nan"), is_valid_ds("0.123456789012345")
    (True, False, False)
    """
    if len(text) > LONGEST or not text.isascii() or not set(text) <= set("0123456789+-.eE "):
        return False
    try:
        float(text)
    except ValueError:
        return False
    return True


def check_ds(text: str) -> None:
    """Refuse text that is no DS.

    Raises
    ------
    ValueRangeError
        It has more than 16 characters; it is an `OverflowError`.
    InvalidValueError
        It makes no finite decimal number.
    """
    if len(text) > LONGEST:
        message = "a DS has at most 16 characters (PS3.5 6.2)"
        raise ValueRangeError(message)
    if not is_valid_ds(text):
        message = "the text is no DS (PS3.5 6.2)"
        raise InvalidValueError(message)


def format_number_as_ds(val: float | Decimal) -> str:
    """Write a number in at most 16 characters: the text that is nearest to it, which is the one that the writer uses.

    What Python itself writes in 16 characters is exact, and stays.

    Raises
    ------
    ValueError
        The number is not finite.

    Examples
    --------
    >>> format_number_as_ds(-1 / 3), format_number_as_ds(1e-10 / 3), format_number_as_ds(0.1)
    ('-0.3333333333333', '3.3333333333e-11', '0.1')
    """
    if not isfinite(val):
        msg = "a DS holds finite numbers only"
        raise ValueError(msg)
    text = str(val)
    return text if len(text) <= LONGEST else _core.decimal_text(float(val))
