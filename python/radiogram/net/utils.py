"""What pynetdicom's programs import from its ``utils``."""

from __future__ import annotations

from io import BytesIO

from radiogram.errors import ArgumentError
from radiogram.net.checks import checked_title

__all__ = ["pretty_bytes", "set_ae"]


def pretty_bytes(
    bytestream: bytes | BytesIO,
    prefix: str = "  ",
    delimiter: str = "  ",
    items_per_line: int = 16,
    max_size: int | None = 512,
    suffix: str = "",
) -> list[str]:
    """Give bytes as lines of hexadecimal numbers; where there are more than so many, the first line says so.

    Examples
    --------
    >>> from radiogram.net.utils import pretty_bytes
    >>> pretty_bytes(bytes(range(6)), items_per_line=4)
    ['  00  01  02  03', '  04  05']
    """
    data = bytestream.getvalue() if isinstance(bytestream, BytesIO) else bytestream
    lines: list[str] = []
    for start in range(0, len(data), items_per_line):
        chunk = data[start : start + items_per_line]
        if max_size is not None and start + len(chunk) > max_size:
            return [f"{prefix}Only dumping {max_size} bytes.", *lines]
        lines.append(prefix + delimiter.join(f"{byte:02x}" for byte in chunk) + suffix)
    return lines


def set_ae(value: str | None, name: str, allow_empty: bool = True, allow_none: bool = True) -> str | None:  # noqa: FBT001, FBT002  # pynetdicom's
    """Look whether something can be an AE title, and give it.

    Parameters
    ----------
    value : str or None
        The title.
    name : str
        What it is called in an error.
    allow_empty, allow_none : bool
        Whether there need be none.

    Raises
    ------
    ArgumentError
        It cannot; it is a `ValueError`.

    Examples
    --------
    >>> from radiogram.net.utils import set_ae
    >>> set_ae("ARCHIVE", "ae_title")
    'ARCHIVE'
    """
    if value is None and allow_none:
        return None
    if value is None:
        message = f"{name!r} is a str, not None"
        raise ArgumentError(message)
    return value if allow_empty and value == "" else checked_title(value, name)
