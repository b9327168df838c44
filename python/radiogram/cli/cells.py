"""A value in one line of a dump, from its first bytes: no value is built that is not shown."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from radiogram.cli.terminal import escaped

if TYPE_CHECKING:
    from radiogram._core import DataElement

__all__ = ["Cells"]

_NUMBERS = {"US": "H", "SS": "h", "UL": "I", "SL": "i", "UV": "Q", "SV": "q", "FL": "f", "FD": "d"}
_BYTES = {"OB": 1, "OW": 2, "OL": 4, "OF": 4, "OD": 8, "OV": 8, "UN": 1}
_ASCII = {"AE", "AS", "CS", "DA", "DS", "DT", "IS", "TM"}
"""Their text is shown as it is in the file: no character set changes it."""
_MANY = {"DS", "IS"}
_SEPARATOR = b"\\"
_ESCAPE = b"\x1b"


class Cells:
    """Values as text, with what was looked up for the ones before."""

    __slots__ = ("_names",)

    def __init__(self) -> None:
        self._names: dict[bytes, str] = {}

    def shown(self, elem: DataElement, vr: str, length: int, head: bytes | None) -> str:
        """Give the value of an element in one line, without anything that a terminal obeys."""
        if head is None:
            return _container(elem)
        if vr in _ASCII:
            text = head.decode("latin-1").strip(" \0")
            if length > len(head) and vr in _MANY:
                text = f"<{elem.raw.count(_SEPARATOR) + 1:,} values> {text}"
            return text if text.isprintable() else escaped(text)
        if vr == "UI":
            return self._names.get(head) or self._uid(elem, head)
        if vr in _NUMBERS:
            return _numbers(elem, _NUMBERS[vr], length, head)
        if vr in _BYTES:
            return f"<{length:,} bytes>" if length > len(head) else head.hex(" ", _BYTES[vr])
        if vr != "AT" and length == len(head) and head.isascii() and _ESCAPE not in head:
            # In every character set of the standard these bytes are these characters.
            text = head.decode("ascii").strip(" \0")
            return text if text.isprintable() else escaped(text)
        return _text(elem.value)

    def _uid(self, elem: DataElement, head: bytes) -> str:
        held = elem.value
        name = held if isinstance(held, list) else getattr(held, "name", held)
        text = _text(held) if name == held else f"{_text(held)}  {name}"
        if elem.length == len(head):
            self._names[head] = text
        return text


def _container(elem: DataElement) -> str:
    fragments = elem._fragments()
    if fragments is not None:
        return f"<{len(fragments):,} fragments, {sum(length for _, length in fragments):,} bytes>"
    count = len(elem.value)
    return f"{count} item{'' if count == 1 else 's'}"


def _numbers(elem: DataElement, form: str, length: int, head: bytes) -> str:
    size = struct.calcsize(form)
    order = "<" if elem.is_little_endian else ">"
    count = len(head) // size
    shown = "\\".join(map(str, struct.unpack_from(f"{order}{count}{form}", head)))
    return shown if length == len(head) else f"<{length // size:,} values> {shown}"


def _text(held: object) -> str:
    if held is None:
        return ""
    return escaped("\\".join(map(str, held)) if isinstance(held, list) else str(held))
