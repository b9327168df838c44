"""Objects of remote stores by their URLs, through fsspec (and through obstore, where it is registered there)."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["objects"]

_BLOCK = 1 << 16
"""Bytes that are asked for at a time: one request holds what most headers need."""

Object = tuple[str, int | None, int | None, object]


def objects(url: str) -> Iterator[Object]:
    """Give what is at a URL, a pattern of URLs, or below one: (URL, size, time of change, what opens it).

    Parameters
    ----------
    url : str
        Anything that fsspec knows: ``s3://bucket/study/``, ``https://…``, ``zip://*.dcm::s3://…``.

    Yields
    ------
    tuple
        Name, bytes, nanoseconds since 1970, and a function without arguments that gives a file-like object; or the
        words of what went wrong.
    """
    try:
        import fsspec
    except ImportError:
        yield url, None, None, "ImportError: URLs are read through fsspec, which is not installed"
        return
    try:
        system, path = fsspec.core.url_to_fs(url)
        found = _found(system, path)
    except Exception as error:  # every file system has errors of its own
        yield url, None, None, f"{type(error).__name__}: {error}"
        return
    for name, info in found:
        size = info.get("size")
        yield (
            system.unstrip_protocol(name),
            None if size is None else int(size),
            _modified(info),
            partial(_open, system, name),
        )


def _found(system: Any, path: str) -> list[tuple[str, dict[str, Any]]]:  # noqa: ANN401
    if any(letter in path for letter in "*?["):
        found = system.glob(path, detail=True)
        return [(name, info) for name, info in sorted(found.items()) if info.get("type") == "file"]
    info = system.info(path)
    if info.get("type") == "directory":
        return sorted(system.find(path, detail=True).items())
    return [(path, info)]


def _open(system: Any, name: str) -> Any:  # noqa: ANN401
    return system.open(name, "rb", block_size=_BLOCK, cache_type="readahead")


def _modified(info: dict[str, Any]) -> int | None:
    for key in ("mtime", "LastModified", "last_modified", "updated", "created"):
        value = info.get(key)
        if isinstance(value, (int, float)):
            return int(value * 1_000_000_000)
        if isinstance(value, dt.datetime):
            aware = value if value.tzinfo else value.replace(tzinfo=dt.UTC)
            epoch = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
            return (aware - epoch) // dt.timedelta(microseconds=1) * 1000
    return None
