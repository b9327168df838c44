"""DS as an exact decimal number, for those who ask for it."""

from __future__ import annotations

from decimal import Decimal

from radiogram.values.number import LONGEST, STRICT, check_ds, format_number_as_ds, is_valid_ds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["DSdecimal"]


class DSdecimal(Decimal):
    """A DS value as `decimal.Decimal` that keeps the text it was read from.

    Parameters
    ----------
    val : str, int, Decimal or None
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
    decimal.InvalidOperation
        The text is no number.
    TypeError
        The number is a float, which is rarely the decimal number that is meant.

    Examples
    --------
    >>> from radiogram.values import DSdecimal
    >>> DSdecimal("0.10") + DSdecimal("0.20"), str(DSdecimal("1.23e2"))
    (Decimal('0.30'), '1.23e2')
    """

    __slots__ = ("original_string",)
    original_string: str

    def __new__(  # type: ignore[misc]  # blank text is no number, and pydicom gives it back
        cls,
        val: str | int | Decimal | None,
        auto_format: bool = False,  # noqa: FBT001, FBT002  # pydicom's
        validation_mode: int | None = None,
    ) -> str | DSdecimal | None:
        """Make one, or give back what is no number: ``None`` and blank text."""
        if val is None or (isinstance(val, str) and not val.strip()):
            return val
        if isinstance(val, float) and not hasattr(val, "original_string"):
            msg = "a DSdecimal is made from text, an int or a Decimal, not from a float"
            raise TypeError(msg)
        text = val.strip() if isinstance(val, str) else getattr(val, "original_string", None)
        number = Decimal.__new__(cls, val if text is None else text)
        if auto_format and (text is None or not is_valid_ds(text)):
            text = format_number_as_ds(Decimal(number))
        if validation_mode == STRICT:
            check_ds(str(val) if text is None else text)
        if text is not None:
            number.original_string = text
        return number

    def __eq__(self, other: object) -> Any:  # noqa: ANN401  # what Decimal.__eq__ gives
        if isinstance(other, str):
            return str(self) == other
        return Decimal.__eq__(self, other)

    def __ne__(self, other: object) -> Any:  # noqa: ANN401
        return not self == other

    __hash__ = Decimal.__hash__

    def __str__(self) -> str:
        text = getattr(self, "original_string", None)
        # Longer text is no DS, and pydicom writes the number anew.
        return Decimal.__str__(self) if text is None or len(text) > LONGEST else text

    def __repr__(self) -> str:
        return f"'{getattr(self, 'original_string', None) or self}'"

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), Decimal.__str__(self), getattr(self, "original_string", None))

    def __copy__(self) -> DSdecimal:
        return self

    def __deepcopy__(self, memo: object) -> DSdecimal:
        return self


def _restore(cls: type[DSdecimal], number: str, text: str | None) -> DSdecimal:
    value = Decimal.__new__(cls, number)
    if text is not None:
        value.original_string = text
    return value
