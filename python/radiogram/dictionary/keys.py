"""The ways in which a tag can be written."""

from __future__ import annotations

from radiogram import _core
from radiogram.errors import ArgumentError, UnknownTagError

__all__ = ["TagKey", "find_tag", "tag_of"]

TagKey = int | str | tuple[int, int]
"""A tag as a number, a pair of numbers, a keyword, ``(gggg,eeee)`` or eight hexadecimal digits."""


def tag_of(key: TagKey) -> int:
    """Return the tag that ``key`` stands for.

    Parameters
    ----------
    key : int, str or tuple of int
        ``0x00280010``, ``(0x0028, 0x0010)``, ``"Rows"``, ``"(0028,0010)"``, ``"00280010"`` or
        ``"0x00280010"``.

    Returns
    -------
    int
        The tag.

    Raises
    ------
    UnknownTagError
        ``key`` is a word that is neither a keyword nor a written tag.
    ArgumentError
        ``key`` is a number that no tag has.

    Examples
    --------
    >>> hex(tag_of("(0028,0010)"))
    '0x280010'
    """
    tag = find_tag(key)
    if tag is None:
        raise _unknown(str(key))
    return tag


def find_tag(key: TagKey) -> int | None:
    """Return the tag that ``key`` stands for, ``None`` for an unknown word; see `tag_of`."""
    if isinstance(key, str):
        return _written(key)
    if isinstance(key, int):
        tag = int(key)
    else:
        group, element = key
        tag = group << 16 | element if 0 <= group <= 0xFFFF and 0 <= element <= 0xFFFF else -1
    if not 0 <= tag <= 0xFFFFFFFF:
        message = "a tag is two numbers of 16 bits"
        raise ArgumentError(message)
    return tag


def _written(text: str) -> int | None:
    tag = _core.dictionary_tag(text)
    if tag is not None:
        return tag
    digits = text.strip().removeprefix("(").removesuffix(")").replace(",", "").replace(" ", "")
    digits = digits.removeprefix("0x").removeprefix("0X")
    if len(digits) == 8 and all(digit in "0123456789abcdefABCDEF" for digit in digits):
        return int(digits, 16)
    return None


def _unknown(text: str) -> UnknownTagError:
    """Return the error for a word that is no keyword, with the words it may have meant."""
    near = _core.dictionary_nearest(text, 3)
    hint = f"; near it: {', '.join(near)}" if near else ""
    return UnknownTagError(f"{text[:64]!r} is no keyword and no tag{hint}")
