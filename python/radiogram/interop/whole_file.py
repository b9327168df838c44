"""Files that are there as a whole or not at all."""

from __future__ import annotations

import contextlib
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["replacing"]


@contextlib.contextmanager
def replacing(path: str | Path) -> Iterator[BinaryIO]:
    """Give a new file beside ``path`` that takes its place when all went well, and goes away when not.

    Parameters
    ----------
    path : str or Path
        What is written or replaced.

    Yields
    ------
    binary file
        Open for writing.

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
    path = Path(path)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(6)}.part")
    try:
        with beside.open("xb") as file:
            yield file
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
