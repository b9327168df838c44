"""Objects of stores of obstore: each range is one request, on condition that the object is the one that was read first."""

from __future__ import annotations

import errno
import threading
import urllib.parse
from typing import TYPE_CHECKING, Any

from radiogram.errors import SourceChangedError, source_error
from radiogram.interop.remote.filesystem import modified

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from radiogram.interop.remote import Answer, Object

__all__ = ["StoreFile", "StoreObject", "below", "found", "of_url"]


class StoreObject:
    """An object of a store.

    Parameters
    ----------
    store : ObjectStore
        Where it is.
    path : str
        Its name there.
    """

    __slots__ = ("_etag", "_path", "_store")

    def __init__(self, store: Any, path: str) -> None:  # noqa: ANN401
        self._store = store
        self._path = path
        self._etag: str | None = None

    def __reduce__(self) -> tuple[type[StoreObject], tuple[Any, str]]:
        return StoreObject, (self._store, self._path)

    def fetch(self, offset: int, count: int) -> Answer:
        """Ask for a range."""
        import obstore

        options: Any = {"range": (offset, offset + count)}
        if self._etag is not None:
            options["if_match"] = self._etag
        try:
            got = obstore.get(self._store, self._path, options=options)
            body = bytes(got.bytes())
        except Exception as error:
            raise _said(error, self._path) from error
        meta = got.meta
        etag = meta.get("e_tag")
        if etag is not None and not etag.startswith("W/"):
            self._etag = etag
        start = got.range[0] if body else offset
        return start, body, int(meta["size"]), etag or str(meta.get("last_modified")), modified(meta)


class StoreFile:
    """A file that obstore opened, which reads through a buffer of its own.

    It tells its size, and nothing else of its state: an object that was replaced by one of the same size is not noticed. A
    store and a name, a URL, or a file of ``obstore.fsspec`` is.

    Parameters
    ----------
    file : ReadableFile
        It.
    """

    __slots__ = ("_file", "_lock")

    def __init__(self, file: Any) -> None:  # noqa: ANN401
        self._file = file
        self._lock = threading.Lock()

    def fetch(self, offset: int, count: int) -> Answer:
        """Ask for a range."""
        size = int(self._file.size)
        with self._lock:
            self._file.seek(offset)
            body = bytes(self._file.read(max(min(count, size - offset), 0)))
        return offset, body, size, None, None


def of_url(url: str, options: Mapping[str, Any]) -> StoreObject:
    """Give what asks for ranges of an object by its URL."""
    store, path, _ = _split(url, options)
    return StoreObject(store, path)


def found(url: str, options: Mapping[str, Any]) -> Iterator[Object]:
    """Give what is at a URL, or below it.

    Raises
    ------
    ValueError
        The URL is a pattern.
    """
    store, path, front = _split(url, options)
    if any(letter in path for letter in "*?["):
        message = "patterns of URLs are found through fsspec, which does not know this protocol here"
        raise ValueError(message)
    listed = list(below(store, path, front))
    # A prefix is no folder: what is at the URL itself is not below it.
    yield from listed or [(url, None, None, StoreObject(store, path))]


def below(store: Any, prefix: str, front: str = "") -> Iterator[Object]:  # noqa: ANN401
    """Give what is below a prefix, called by `front` and its name in the store."""
    import obstore

    for metas in obstore.list(store, prefix or None):
        for meta in sorted(metas, key=lambda meta: str(meta["path"])):
            path = str(meta["path"])
            yield front + path, int(meta["size"]), modified(meta), StoreObject(store, path)


def _split(url: str, options: Mapping[str, Any]) -> tuple[Any, str, str]:
    """Give the store of a URL, the name of the object in it, and what stands in front of names there."""
    from obstore.store import from_url

    parts = urllib.parse.urlsplit(url)
    front = f"{parts.scheme}://{parts.netloc}/"
    try:
        store = from_url(front, **options)
    except Exception as error:
        # The library has errors of its own.
        said = str(error).partition("\n")[0]
        if any(str(value) in said for value in options.values()):
            # What was given may be a secret.
            said = type(error).__name__
        message = f"{front}: the store cannot be opened with these options: {said}"
        raise source_error(message, errno.EINVAL) from error
    return store, urllib.parse.unquote(parts.path.lstrip("/")), front


def _said(error: Exception, path: str) -> Exception:
    """Give the errors that mean something elsewhere, too, as what they mean there."""
    name = type(error).__name__
    if name == "PreconditionError":
        message = f"{path}: the object was changed after it was read"
        return SourceChangedError(message)
    if name == "NotFoundError" or isinstance(error, FileNotFoundError):
        return FileNotFoundError(2, f"{path}: not found")
    if name in ("PermissionDeniedError", "UnauthenticatedError"):
        return PermissionError(13, f"{path}: {name}")
    return OSError(5, f"{path}: {name}: {error}")
