"""Tags as numbers that print as the standard writes them."""

from __future__ import annotations

from radiogram.errors import InvalidValueError, UnknownTagError, ValueRangeError

# Not typing's: the module costs a fifth of the time that `import radiogram` may take.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Self

__all__ = ["Tag"]


class Tag(int):
    """A data element tag: group and element number (PS3.5 7.1).

    Parameters
    ----------
    arg : int, str or pair
        The tag as a number, a keyword, hexadecimal digits, or a pair of group and element number; the group number
        where `arg2` is given.
    arg2 : int or str, optional
        The element number.

    Raises
    ------
    ValueRangeError
        A number is larger than a tag; it is an `OverflowError`.
    InvalidValueError
        The text is neither a keyword nor hexadecimal digits; it is a `ValueError`.
    TypeError
        It is something else.

    Examples
    --------
    >>> from radiogram.dataset import Tag
    >>> Tag(0x00100010), Tag(0x0010, 0x0010), Tag("PatientName")
    ((0010,0010), (0010,0010), (0010,0010))
    >>> Tag(0x00100010).group, Tag(0x00100010) == (0x0010, 0x0010)
    (16, True)
    """

    __slots__ = ()

    def __new__(
        cls, arg: int | str | tuple[int, int] | tuple[str, str], arg2: int | str | None = None
    ) -> Self:
        """Make a tag of any of its forms."""
        if arg2 is None and isinstance(arg, int):
            number = arg
        elif arg2 is None and isinstance(arg, str):
            number = _spelled(arg)
        else:
            number = _paired(arg if arg2 is None else (arg, arg2))
        if not 0 <= number <= 0xFFFFFFFF:
            message = "a tag is a number of 32 bits"
            raise ValueRangeError(message)
        return int.__new__(cls, number)

    @property
    def group(self) -> int:
        """The group number."""
        return self >> 16

    @property
    def element(self) -> int:
        """The element number in the group."""
        return self & 0xFFFF

    elem = element

    @property
    def is_private(self) -> bool:
        """True where the group number is odd (PS3.5 7.8)."""
        return bool(self >> 16 & 1)

    @property
    def is_private_creator(self) -> bool:
        """True where the element names the owner of a block of private elements (PS3.5 7.8.1)."""
        return self.is_private and 0x10 <= self.element <= 0xFF

    @property
    def private_creator(self) -> Tag:
        """The tag of the element that names the owner of this private element's block (PS3.5 7.8.1)."""
        return Tag(self & 0xFFFF0000 | self.element >> 8)

    @property
    def json_key(self) -> str:
        """Eight hexadecimal digits, as the DICOM JSON model writes it (PS3.18 F.2.2)."""
        return f"{int(self):08X}"

    def __eq__(self, other: object) -> Any:  # noqa: ANN401  # what int.__eq__ gives
        return int.__eq__(self, other if isinstance(other, int) else _other(other))

    def __ne__(self, other: object) -> Any:  # noqa: ANN401
        return int.__ne__(self, other if isinstance(other, int) else _other(other))

    def __lt__(self, other: object) -> Any:  # noqa: ANN401
        return int.__lt__(self, other if isinstance(other, int) else _other(other))

    def __le__(self, other: object) -> Any:  # noqa: ANN401
        return int.__le__(self, other if isinstance(other, int) else _other(other))

    def __gt__(self, other: object) -> Any:  # noqa: ANN401
        return int.__gt__(self, other if isinstance(other, int) else _other(other))

    def __ge__(self, other: object) -> Any:  # noqa: ANN401
        return int.__ge__(self, other if isinstance(other, int) else _other(other))

    __hash__ = int.__hash__

    def __str__(self) -> str:
        return f"({self >> 16:04X},{self & 0xFFFF:04X})"

    __repr__ = __str__


def _other(other: object) -> Any:  # noqa: ANN401
    """Give what a tag is compared with as a number; what is no tag as it is."""
    if isinstance(other, (str, tuple)):
        try:
            return int(Tag(other))  # what is no pair of numbers raises
        except (ValueError, TypeError):
            return other
    return other


def _paired(pair: Any) -> int:  # noqa: ANN401
    """Give the number of a group and an element number."""
    if not isinstance(pair, (tuple, list)):
        message = "a tag is made of a number, a pair of numbers, or text"
        raise TypeError(message)
    if len(pair) != 2:
        message = "a tag is a pair of two numbers"
        raise ValueRangeError(message)
    group, element = pair
    if isinstance(group, str) and isinstance(element, str):
        group, element = int(group, 16), int(element, 16)
    elif not (isinstance(group, int) and isinstance(element, int)):
        message = "a tag is a pair of two numbers, or of two texts"
        raise TypeError(message)
    if not (0 <= group <= 0xFFFF and 0 <= element <= 0xFFFF):
        message = "a tag is two numbers of 16 bits"
        raise ValueRangeError(message)
    return group << 16 | element


def _spelled(text: str) -> int:
    """Give the number of a keyword, of hexadecimal digits, or of ``(gggg,eeee)``."""
    from radiogram import _core

    try:
        return int(text, 16)
    except ValueError:
        pass
    try:
        return _core.tag(text)
    except UnknownTagError as error:
        raise InvalidValueError(error.message) from None
