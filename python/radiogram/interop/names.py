"""Names of files in tables, which hold text: a name that is no text is a URI there (RFC 8089), and leads back to its file."""

from __future__ import annotations

import os

from radiogram.errors import ArgumentError

__all__ = ["checked", "path_of", "shown"]

_SCHEME = "file://"


def shown(name: str) -> str:
    r"""Give the name of a file as a table has it.

    Examples
    --------
    >>> from radiogram.interop.names import path_of, shown
    >>> shown("/data/a.dcm"), shown("/data/\udcff.dcm")
    ('/data/a.dcm', 'file:///data/%FF.dcm')
    >>> path_of("file:///data/%FF.dcm")
    '/data/\udcff.dcm'
    """
    try:
        name.encode()
    except UnicodeEncodeError:
        try:
            content = os.fsencode(name)
        except UnicodeEncodeError:
            # No system has such a name.
            return name.encode("utf-8", "replace").decode()
        if name.startswith("/"):
            from urllib.parse import quote

            return _SCHEME + quote(content)
        return content.decode("utf-8", "replace")
    return name


def path_of(name: str) -> str:
    """Give the path of a file by its name in a table; what is none, and a file of that very name, is given as it is."""
    if not name.startswith(_SCHEME + "/") or "%" not in name:
        return name
    from urllib.parse import unquote_to_bytes

    path = os.fsdecode(unquote_to_bytes(name.removeprefix(_SCHEME)))
    try:
        path.encode()
    except UnicodeEncodeError:
        return path
    return name


def checked(name: str) -> str:
    r"""Give a name that a system can have.

    Raises
    ------
    ArgumentError
        It has code points that are no characters and stand for no bytes.

    Examples
    --------
    >>> from radiogram.interop.names import checked
    >>> checked("\ud800")
    Traceback (most recent call last):
    ...
    radiogram.errors.ArgumentError: no file has this name: it has code points that are no characters
    """
    try:
        os.fsencode(name)
    except UnicodeEncodeError:
        message = "no file has this name: it has code points that are no characters"
        raise ArgumentError(message) from None
    return name
