"""Objects of remote stores, read by ranges: plain HTTP by ourselves, everything else through fsspec or obstore.

What asks for ranges has ``fetch(offset, count)``, which is one request for one range, and gives (where the bytes begin,
bytes, size of the object, what tells its state, nanoseconds of its last change); what is not known is None. The core calls
it, keeps what was read up to a bound, and raises `SourceChangedError` where a later answer is of another state.

========================= ================================================================================
``http://``, ``https://``  the standard library: 30 seconds for each answer, 4 tries (see `web`)
other URLs, or options     fsspec, where it is installed with what the protocol needs; its own time-outs and tries
s3, gs, az without fsspec  obstore; its own time-outs and tries (30 seconds, 10 tries in 3 minutes)
files of these libraries   the library they are of
========================= ================================================================================
"""

from __future__ import annotations

import sys
import urllib.parse
from typing import TYPE_CHECKING, Any, Protocol

from radiogram.errors import UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Answer", "Object", "Ranged", "is_store", "objects", "opened"]

Answer = tuple[int, bytes, int | None, str | None, int | None]
"""Where the bytes begin, the bytes, the object's size, its state, nanoseconds since 1970 of its last change."""

Object = tuple[str, int | None, int | None, object]
"""Name, bytes, time of change, and what asks for its ranges, or the words of what went wrong."""

_WEB = ("http", "https")
_OF_OBSTORE = ("s3", "s3a", "gs", "az", "adl", "azure", "abfs", "abfss", "file", "memory", *_WEB)


class Ranged(Protocol):
    """What asks for ranges of one object."""

    def fetch(self, offset: int, count: int) -> Answer:
        """Ask for a range, once."""


def opened(source: Any, options: Mapping[str, Any] | None = None) -> Ranged | None:  # noqa: ANN401
    """Give what asks for ranges of a source, or None for one that is not remote.

    Parameters
    ----------
    source : object
        A URL, an ``OpenFile`` or a file of fsspec, a file of obstore, or a store of obstore and a name in it.
    options : mapping, optional
        What the library takes for the store of a URL: credentials, an endpoint.

    Raises
    ------
    UnsupportedError
        Nothing that is installed knows the protocol.
    """
    if not isinstance(source, str):
        return _of_file(source)
    scheme = source.partition("://")[0].lower()
    if scheme in _WEB and not options:
        from radiogram.interop.remote.web import WebObject

        return WebObject(source)
    if _has_fsspec(scheme):
        from radiogram.interop.remote.filesystem import of_url

        return of_url(source, options or {})
    if _has_obstore(scheme):
        from radiogram.interop.remote.store import of_url as of_store

        return of_store(source, options or {})
    raise UnsupportedError(_missing(scheme))


def _of_file(source: Any) -> Ranged | None:  # noqa: ANN401
    if isinstance(source, tuple) and is_store(source):
        from radiogram.interop.remote.store import StoreObject

        return StoreObject(source[0], str(source[1]))
    if type(source).__name__ == "ReadableFile" and "obstore" in sys.modules:
        from radiogram.interop.remote.store import StoreFile

        return StoreFile(source)
    system, path = getattr(source, "fs", None), getattr(source, "path", None)
    if callable(getattr(system, "cat_file", None)) and isinstance(path, str):
        if getattr(source, "compression", None) is not None or "b" not in getattr(source, "mode", "rb"):
            return None
        from radiogram.interop.remote.filesystem import FileSystemObject

        return FileSystemObject(system, path)
    return None


def is_store(source: object) -> bool:
    """Tell a store of obstore, or one with a prefix in it."""
    first = source[0] if isinstance(source, tuple) and len(source) == 2 else source
    return type(first).__module__ == "obstore.store"


def objects(source: Any, options: Mapping[str, Any] | None = None) -> Iterator[Object]:  # noqa: ANN401
    """Give what is at a URL, a pattern of URLs, or below one; and what is in a store of obstore, or below a prefix of it.

    Parameters
    ----------
    source : str, store, or tuple of store and str
        ``s3://bucket/study/``, ``https://…``, ``zip://*.dcm::s3://…``; ``S3Store(…)``, ``(S3Store(…), "study/")``.
    options : mapping, optional
        As for `opened`.

    Yields
    ------
    tuple
        Name, bytes, nanoseconds since 1970, and what asks for its ranges; or the words of what went wrong.
    """
    name = source if isinstance(source, str) else ""
    try:
        yield from _listed(source, options or {})
    except Exception as error:  # every library has errors of its own
        yield name, None, None, f"{type(error).__name__}: {error}"


def _listed(source: Any, options: Mapping[str, Any]) -> Iterator[Object]:  # noqa: ANN401
    if not isinstance(source, str):
        from radiogram.interop.remote import store

        held, prefix = source if isinstance(source, tuple) else (source, "")
        yield from store.below(held, str(prefix))
        return
    scheme = source.partition("://")[0].lower()
    if scheme in _WEB and not options and not _is_web_pattern(source):
        from radiogram.interop.remote.web import WebObject

        yield source, None, None, WebObject(source)
    elif _has_fsspec(scheme):
        from radiogram.interop.remote import filesystem

        yield from filesystem.found(source, options)
    elif _has_obstore(scheme):
        from radiogram.interop.remote import store

        yield from store.found(source, options)
    else:
        raise UnsupportedError(_missing(scheme))


def _is_web_pattern(url: str) -> bool:
    """Tell a pattern or a folder by the path alone: a query may have any letter, and an IPv6 address has brackets."""
    path = urllib.parse.urlsplit(url).path
    return any(letter in path for letter in "*[") or path.endswith("/")


def _has_fsspec(scheme: str) -> bool:
    try:
        import fsspec

        fsspec.get_filesystem_class(scheme)
    except (ImportError, ValueError):
        return False
    return True


def _has_obstore(scheme: str) -> bool:
    if scheme not in _OF_OBSTORE:
        return False
    try:
        import obstore  # noqa: F401
    except ImportError:
        return False
    return True


def _missing(scheme: str) -> str:
    return f"{scheme}:// is read through fsspec with what it needs for that, or through obstore: neither is installed"
