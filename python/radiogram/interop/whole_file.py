"""Files that are there as a whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from radiogram.errors import source_error
from radiogram.interop.names import checked

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["place_of", "replacing"]


def place_of(path: str | os.PathLike[str]) -> Path:
    """Give where a whole file goes: behind a symbolic link, and nowhere where a device or a pipe would be replaced.

    Raises
    ------
    SourceError
        There is something that is no file.

    Examples
    --------
    >>> from radiogram.interop.whole_file import place_of
    >>> place_of("/dev/null")
    Traceback (most recent call last):
    ...
    radiogram.errors.SourceError: /dev/null: not a regular file
    """
    given = Path(checked(os.fspath(path)))
    place = given.resolve() if given.is_symlink() else given
    if place.exists() and not place.is_file() and not place.is_dir():
        message = f"{given}: not a regular file"
        raise source_error(message, 0)
    return place


@contextlib.contextmanager
def replacing(path: str | Path) -> Iterator[BinaryIO]:
    """Give a new file beside ``path`` that takes its place when all went well, and goes away when not.

    Parameters
    ----------
    path : str or Path
        What is written or replaced; behind a symbolic link, what it leads to.

    Yields
    ------
    binary file
        Open for writing.

    Raises
    ------
    SourceError
        There can be no file, or what is there is none.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from radiogram.interop.whole_file import replacing
    >>> path = pathlib.Path(tempfile.mkdtemp(), "a.bin")
    >>> with replacing(path) as file:
    ...     _ = file.write(b"whole")
    >>> path.read_bytes(), len(list(path.parent.iterdir()))
    (b'whole', 1)
    """
    place = place_of(path)
    beside = place.with_name(f".{place.name}.{secrets.token_hex(6)}.part")
    try:
        try:
            file = beside.open("xb")
        except OSError as error:
            # Of the name that is known to who asked for it.
            message = f"{path}: {error.strerror}"
            raise source_error(message, error.errno or 0) from error
        with file:
            yield file
        beside.replace(place)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
