"""Members of zip and tar files as sources, without unpacking them.

A member is called by the archive's path, ``::`` and its own. Its time is the archive's, so that a later scan sees that
something was changed.
"""

from __future__ import annotations

import contextlib
import lzma
import os
import tarfile
import zipfile
import zlib
from dataclasses import dataclass
from functools import partial
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from radiogram.scanning.sources import Load

__all__ = ["ENDINGS", "Packed", "is_archive", "members", "named_member"]

_ZIP = (".zip",)
_TAR = (".tar",)
_PACKED = (".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
ENDINGS = (*_ZIP, *_TAR, *_PACKED)

_HELD = 1 << 20
"""Members of a compressed tar up to this size are held until they are scanned; of others only what is asked for goes by."""

_STEP = 1 << 20
"""Bytes of a member that are unpacked at a time."""

_AGAIN = 1 << 30
"""Bytes of a compressed tar that are unpacked once more at most, for elements in front of what has gone by."""

_BROKEN = (
    OSError,
    EOFError,
    zipfile.BadZipFile,
    tarfile.TarError,
    ValueError,
    RuntimeError,
    zlib.error,
    lzma.LZMAError,
)
"""What is raised of an archive that cannot be read."""

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


def members(path: str, only: str | None = None) -> Iterator[Load | Packed]:
    """Give the members of an archive; one that cannot be read is an item with its error, and so is the rest of a broken one.

    Those of a compressed tar are one thing, as they can be had only one after the other.

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
    except _BROKEN as error:
        yield path, None, None, _unreadable(error)
        return
    if not is_found:
        yield _no_member(path, only)


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


def _in_tar(path: str, only: str | None) -> Iterator[Load | Packed]:
    if path.lower().endswith(_TAR):
        changed = os.stat(path).st_mtime_ns  # noqa: PTH116
        # Members lie in it as they are: the core reads the parts of the file that it needs.
        with tarfile.open(path, "r:") as archive:
            for info in _members(archive):
                if info.isreg() and not info.issparse() and only in (None, info.name):
                    yield f"{path}::{info.name}", info.size, changed, (path, info.offset_data)
        return
    yield Packed(path, only)


@dataclass(frozen=True, slots=True)
class Packed:
    """The members of a compressed tar, which can be had only one after the other.

    Attributes
    ----------
    path : str
        The archive.
    only : str or None
        The one member that is wanted.
    without : frozenset of str
        Members that are passed over, by their names in a table.
    """

    path: str
    only: str | None = None
    without: frozenset[str] = frozenset()

    def names(self) -> Iterator[tuple[str, int, int]]:
        """Give name, size and time of change of each member; what cannot be read is left for `loads`."""
        with contextlib.suppress(*_BROKEN):
            changed = os.stat(self.path).st_mtime_ns  # noqa: PTH116
            with tarfile.open(self.path, "r|*") as archive:
                for info in self._wanted(archive):
                    yield f"{self.path}::{info.name}", info.size, changed

    def loads(self) -> Iterator[list[Load]]:
        """Give the members one at a time: the core takes no more of them than it has room for."""
        is_found = self.only is None
        budget = [_AGAIN]
        try:
            changed = os.stat(self.path).st_mtime_ns  # noqa: PTH116
            with tarfile.open(self.path, "r|*") as archive:
                for info in self._wanted(archive):
                    is_found = True
                    name = f"{self.path}::{info.name}"
                    if name in self.without:
                        continue
                    file = archive.extractfile(info)
                    content: object = b""
                    if file is not None:
                        small = info.size <= _HELD
                        content = file.read() if small else _Passing(file, self.path, info, budget)
                    yield [(name, info.size, changed, content)]
        except _BROKEN as error:
            yield [(self.path, None, None, _unreadable(error))]
            return
        if not is_found:
            yield [_no_member(self.path, self.only)]

    def _wanted(self, archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
        for info in _members(archive):
            if info.isreg() and self.only in (None, info.name):
                yield info


class _Passing:
    """A member of a compressed tar while the archive is unpacked: nothing of it is held but its front.

    What is in front of the bytes that have gone by is unpacked anew.
    """

    passes = True

    def __init__(self, file: IO[bytes], path: str, info: tarfile.TarInfo, budget: list[int]) -> None:
        self._file = file
        self._path, self._info, self._budget = path, info, budget
        self._archive: tarfile.TarFile | None = None
        self._front = b""
        self._passed = 0
        self._at = 0

    def __call__(self) -> _Passing:
        self._at = 0
        return self

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a byte, which is unpacked when it is read."""
        self._at = offset + (self._info.size if whence == 2 else self._at if whence == 1 else 0)
        return self._at

    def read(self, count: int) -> bytes:
        """Read so many bytes at most."""
        if self._at < len(self._front):
            found = self._front[self._at : self._at + count]
            self._at += len(found)
            return found
        if self._at < self._passed:
            self._begin_anew()
        while self._passed < self._at and self._take(min(_STEP, self._at - self._passed)):
            pass
        found = self._take(count) if self._passed == self._at else b""
        self._at += len(found)
        return found

    def _take(self, count: int) -> bytes:
        """Unpack the next bytes."""
        found = self._file.read(min(count, _STEP))
        if self._passed == len(self._front) < _HELD:
            self._front += found
        self._passed += len(found)
        return found

    def _begin_anew(self) -> None:
        self._budget[0] -= self._info.offset_data + self._at
        if self._budget[0] < 0:
            message = "far too much of the archive would have to be unpacked once more for its elements"
            raise OSError(message)
        self.close()
        self._archive = tarfile.open(self._path, "r|*")  # noqa: SIM115
        for info in _members(self._archive):
            if info.offset_data == self._info.offset_data:
                file = self._archive.extractfile(info)
                if file is not None:
                    self._file, self._passed = file, 0
                    return
        message = "the archive was changed while it was read"
        raise OSError(message)

    def close(self) -> None:
        """Close what was opened for it."""
        if self._archive is not None:
            self._archive.close()
            self._archive = None


def _members(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """Go through an archive without a list of all that went by."""
    for info in archive:
        archive.members.clear()  # type: ignore[attr-defined]
        yield info


def _unreadable(error: BaseException) -> str:
    return f"the archive cannot be read: {type(error).__name__}: {error}"


def _no_member(path: str, name: str | None) -> Load:
    return f"{path}::{name}", None, None, "the archive has no such member"
