"""The VR of an element that is put in without one: what the dictionaries say of its tag."""

from __future__ import annotations

from radiogram import _core
from radiogram.errors import ArgumentError, UnknownTagError

__all__ = ["vr_of"]


def vr_of(tag: int, creator: str | None, value: object) -> str:
    """Return the VR of an element.

    Parameters
    ----------
    tag : int
        Its tag.
    creator : str or None
        The private creator of its block, where the group is odd and the creator is known.
    value : object
        Its value, which is asked only where the dictionaries know nothing.

    Returns
    -------
    str
        Two letters, or one of the ambiguous VRs of PS3.6, such as ``US or SS``, which other elements decide.

    Raises
    ------
    UnknownTagError
        Nothing is known of the tag, and the value is not bytes; it is a `KeyError`, as in pydicom.
    ArgumentError
        No element has such a tag: it is an item's or a delimiter's.

    Examples
    --------
    >>> vr_of(0x00280010, None, 3), vr_of(0x00280106, None, 0), vr_of(0x60020010, None, 3)
    ('US', 'US or SS', 'US')
    >>> vr_of(0x00290010, None, "ACME"), vr_of(0x00291010, "SIEMENS CSA HEADER", b""), vr_of(0x00291010, None, b"")
    ('LO', 'OB', 'UN')
    """
    group, element = tag >> 16, tag & 0xFFFF
    if group == 0xFFFE:
        message = "items and delimiters are no elements (PS3.5 7.5)"
        raise ArgumentError(message, path=_path(tag))
    # PS3.5 7.2, and of private groups 7.8.1 note: the length of a group.
    if element == 0:
        return "UL"
    known = _public(tag) if group % 2 == 0 else _private(tag, creator)
    if known:
        return known
    # PS3.5 6.2.2: what is unknown is UN, and that is a block of bytes.
    if value is None or isinstance(value, bytes | bytearray | memoryview):
        return "UN"
    message = "no dictionary knows the element: give its VR, as in add_new(tag, VR, value)"
    raise UnknownTagError(message, path=_path(tag))


def _public(tag: int) -> str:
    row = _core.dictionary_by_tag(tag)
    return "" if row is None else row[1]


def _private(tag: int, creator: str | None) -> str:
    # PS3.5 7.8.1: these elements name who owns a block.
    if 0x10 <= tag & 0xFFFF <= 0xFF:
        return "LO"
    row = None if creator is None else _core.private_by_tag(creator, tag)
    return "" if row is None else row[0]


def _path(tag: int) -> str:
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"
