"""Objects of file systems of fsspec (and of obstore's, which speaks its language)."""

from __future__ import annotations

import datetime as dt
import errno
import inspect
from typing import TYPE_CHECKING, Any

from radiogram.errors import source_error

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from radiogram.interop.remote import Answer, Object

__all__ = ["FileSystemObject", "found", "of_url"]

_STATES = ("ETag", "etag", "e_tag", "generation", "version", "md5Hash", "ino")
_TIMES = ("mtime", "LastModified", "last_modified", "Last-Modified", "updated", "created")


class FileSystemObject:
    """An object of a file system.

    fsspec gives the bytes of a range, and not of which state of the object they are. What it says of the object is asked for
    before the first range and after each later one: two requests then, of which one is for a range.

    Parameters
    ----------
    system : AbstractFileSystem
        Where it is.
    path : str
        Its name there.
    info : dict, optional
        What the file system said of it when it was listed.
    """

    __slots__ = ("_info", "_path", "_system")

    def __init__(self, system: Any, path: str, info: dict[str, Any] | None = None) -> None:  # noqa: ANN401
        self._system = system
        self._path = path
        self._info = info

    def __reduce__(self) -> tuple[type[FileSystemObject], tuple[Any, ...]]:
        return FileSystemObject, (self._system, self._path, self._info)

    def fetch(self, offset: int, count: int) -> Answer:
        """Ask for a range."""
        info = self._info
        if offset == 0 and info is None:
            info = self._info = self._asked()
        size = None if info is None else info.get("size")
        end = offset + count if size is None else min(offset + count, int(size))
        body = bytes(self._system.cat_file(self._path, start=offset, end=end)) if end > offset else b""
        if offset > 0:
            info = self._asked()
        size = None if info is None else info.get("size")
        # A server that knows no ranges sends everything.
        start = 0 if len(body) > end - offset else offset
        return start, body, None if size is None else int(size), state(info), modified(info)

    def _asked(self) -> dict[str, Any]:
        ask = getattr(self._system, "_info", self._system.info)
        fresh = {"refresh": True} if "refresh" in inspect.signature(ask).parameters else {}
        found: dict[str, Any] = self._system.info(self._path, **fresh)
        return found


def of_url(url: str, options: Mapping[str, Any]) -> FileSystemObject:
    """Give what asks for ranges of an object by its URL."""
    system, path = _system_of(url, options)
    return FileSystemObject(system, path)


def _system_of(url: str, options: Mapping[str, Any]) -> tuple[Any, str]:
    import fsspec

    try:
        system, path = fsspec.core.url_to_fs(url, **options)
    except TypeError as error:
        # What a file system is made of has a name for each option.
        message = f"{url.partition('://')[0]}://: the file system does not take these options: {error}"
        raise source_error(message, errno.EINVAL) from error
    return system, str(path)


def found(url: str, options: Mapping[str, Any]) -> Iterator[Object]:
    """Give what is at a URL, what a pattern finds, or what is below."""
    system, path = _system_of(url, options)
    for name, info in _matches(system, path):
        size = info.get("size")
        ranged = FileSystemObject(system, name, info)
        yield system.unstrip_protocol(name), None if size is None else int(size), modified(info), ranged


def _matches(system: Any, path: str) -> list[tuple[str, dict[str, Any]]]:  # noqa: ANN401
    if any(letter in path for letter in "*?["):
        matches = system.glob(path, detail=True)
        return [(name, info) for name, info in sorted(matches.items()) if info.get("type") == "file"]
    info = system.info(path)
    if info.get("type") == "directory":
        return sorted(system.find(path, detail=True).items())
    return [(path, info)]


def state(info: Mapping[str, Any] | None) -> str | None:
    """Give what tells one state of an object from another, of what a file system says of it."""
    if info is None:
        return None
    told = [str(info[key]) for key in _STATES if info.get(key)]
    return ";".join([*told, str(modified(info) or ""), str(info.get("size"))])


def modified(info: Mapping[str, Any] | None) -> int | None:
    """Give nanoseconds since 1970, of what a file system says."""
    for key in _TIMES:
        value = None if info is None else info.get(key)
        if isinstance(value, (int, float)):
            return int(value * 1_000_000_000)
        if isinstance(value, str):
            value = _parsed(value)
        if isinstance(value, dt.datetime):
            aware = value if value.tzinfo else value.replace(tzinfo=dt.UTC)
            epoch = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
            return (aware - epoch) // dt.timedelta(microseconds=1) * 1000
    return None


def _parsed(text: str) -> dt.datetime | None:
    import email.utils

    for parse in (dt.datetime.fromisoformat, email.utils.parsedate_to_datetime):
        try:
            return parse(text)
        except (TypeError, ValueError):
            continue
    return None
