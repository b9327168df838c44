"""Members of zip and tar files as sources, without unpacking them.

A member is called by the archive's path, ``::`` and its own. Its time is the archive's, so that a later scan sees that
something was changed.
"""

from __future__ import annotations

import os
import tarfile
import zipfile
from functools import partial
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from radiogram.scanning.sources import Load

__all__ = ["ENDINGS", "is_archive", "members", "named_member"]

_ZIP = (".zip",)
_TAR = (".tar",)
_PACKED = (".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
ENDINGS = (*_ZIP, *_TAR, *_PACKED)

_LARGEST = 1 << 31
"""Members of a compressed tar that are larger are not taken: they would have to be held in memory."""

_FARTHEST = 256 << 20
"""Bytes of a zip member that are unpacked at most on the way to the next that is needed."""

_MOST = 64 << 20
"""Bytes of a zip member that are looked at without a question: what is kept of it grows with them."""

_RATIO = 8
"""How many times as many as it has in the archive are looked at beyond that."""


def is_archive(path: str) -> bool:
    """Tell an archive by its name."""
    return path.lower().endswith(ENDINGS)


def named_member(path: str) -> tuple[str, str] | None:
    """Divide the name of a member, as a table gives it, into that of an archive which is there and its own."""
    if "::" not in path or os.path.lexists(path):
        return None
    at = path.find("::")
    while at >= 0:
        if is_archive(path[:at]) and os.path.isfile(path[:at]):  # noqa: PTH113
            return path[:at], path[at + 2 :]
        at = path.find("::", at + 1)
    return None


def members(path: str, only: str | None = None) -> Iterator[Load | list[Load]]:
    """Give the members of an archive; one that cannot be read is an item with its error, and so is the rest of a broken one.

    Parameters
    ----------
    path : str
        The archive.
    only : str, optional
        Give the member of this name alone; where there is none, an item that says so.
    """
    is_found = only is None
    try:
        for one in _in_zip(path, only) if path.lower().endswith(_ZIP) else _in_tar(path, only):
            is_found = True
            yield one
    except (OSError, EOFError, zipfile.BadZipFile, tarfile.TarError, ValueError, RuntimeError) as error:
        yield path, None, None, f"the archive cannot be read: {type(error).__name__}: {error}"
        return
    if not is_found:
        yield f"{path}::{only}", None, None, "the archive has no such member"


def _in_zip(path: str, only: str | None) -> Iterator[Load]:
    changed = os.stat(path).st_mtime_ns  # noqa: PTH116
    with zipfile.ZipFile(path) as archive:
        infos = archive.infolist()
    for info in infos:
        if not info.is_dir() and only in (None, info.filename):
            name = f"{path}::{info.filename}"
            yield name, info.file_size, changed, partial(_Member, path, info.filename)


class _Member:
    """A member of a zip file, and the archive it is read through: open as long as it is."""

    def __init__(self, path: str, name: str) -> None:
        self._archive = zipfile.ZipFile(path)
        try:
            self._file: IO[bytes] = self._archive.open(name)
        except BaseException:
            self._archive.close()
            raise
        self._left = max(_MOST, _RATIO * self._archive.getinfo(name).compress_size)

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a byte; back from it begins anew, and all that is on the way must be unpacked."""
        if whence == 0 and offset - self._file.tell() > _FARTHEST:
            message = f"more than {_FARTHEST} bytes would have to be unpacked for one element"
            raise OSError(message)
        return self._file.seek(offset, whence)

    def read(self, count: int) -> bytes:
        """Read so many bytes at most."""
        content = self._file.read(count)
        self._left -= len(content)
        if self._left < 0:
            message = "far more bytes would have to be unpacked for its elements than the archive has of it"
            raise OSError(message)
        return content

    def close(self) -> None:
        """Close the archive."""
        self._file.close()
        self._archive.close()


def _in_tar(path: str, only: str | None) -> Iterator[Load | list[Load]]:
    changed = os.stat(path).st_mtime_ns  # noqa: PTH116
    if path.lower().endswith(_TAR):
        # Members lie in it as they are: the core reads the parts of the file that it needs.
        with tarfile.open(path, "r:") as archive:
            for info in archive:
                if info.isreg() and not info.issparse() and only in (None, info.name):
                    yield f"{path}::{info.name}", info.size, changed, (path, info.offset_data)
        return
    with tarfile.open(path, "r|*") as archive:
        for info in archive:
            if not info.isreg() or only not in (None, info.name):
                continue
            name = f"{path}::{info.name}"
            if info.size > _LARGEST:
                yield name, info.size, changed, "the member of a compressed archive is too large to be held"
                continue
            file = archive.extractfile(info)
            # One at a time: the core takes no more of them than it has room for.
            yield [(name, info.size, changed, b"" if file is None else file.read())]
