"""Samples that were read, kept up to a bound of bytes: those that were used last."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from radiogram.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Hashable

    from numpy.typing import NDArray

__all__ = ["Cache", "State", "state_of"]


State = tuple[int | None, int | None]
"""Size and time of change of a file."""


def state_of(path: str, seen: State) -> State:
    """Give the state of a file, a part of the name of what is kept of it: one that was replaced is read anew.

    Of one that is not there any more, what is kept is that of the state in which it was `seen`.
    """
    try:
        found = os.stat(path)  # noqa: PTH116  # pathlib's is dearer
    except OSError:
        return seen
    return found.st_size, found.st_mtime_ns


class Cache:
    """Arrays by name, no more bytes of them than `limit`.

    Each process has one of its own: a pickle holds the bound alone, and a forked child begins with nothing, as another thread may have
    been at work when it was forked.

    Parameters
    ----------
    limit : int
        Bytes; 0 keeps nothing.

    Examples
    --------
    >>> import numpy as np
    >>> from radiogram.loaders.cache import Cache
    >>> cache = Cache(1000)
    >>> for name in "abc":
    ...     cache.put(name, np.zeros(50))
    >>> cache.get("a") is None, cache.bytes
    (True, 800)
    """

    def __init__(self, limit: int = 0) -> None:
        if limit < 0:
            message = "a cache has no negative size"
            raise ArgumentError(message)
        self.limit = limit
        self._begin()

    def _begin(self) -> None:
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, NDArray[Any]] = OrderedDict()
        self._bytes = 0

    def __reduce__(self) -> tuple[Any, ...]:
        return Cache, (self.limit,)

    def __bool__(self) -> bool:
        """Tell whether anything is ever kept."""
        return self.limit > 0

    @property
    def bytes(self) -> int:
        """Bytes that are kept."""
        return self._bytes

    def get(self, name: Hashable) -> NDArray[Any] | None:
        """Give an array, to be copied and not written to, or nothing."""
        if self._process != os.getpid():
            self._begin()
        with self._lock:
            found = self._kept.get(name)
            if found is not None:
                self._kept.move_to_end(name)
            return found

    def put(self, name: Hashable, array: NDArray[Any]) -> None:
        """Keep an array; those that were used longest ago are forgotten for it. One above the bound is not kept at all."""
        if array.nbytes > self.limit:
            return
        if self._process != os.getpid():
            self._begin()
        with self._lock:
            before = self._kept.pop(name, None)
            self._kept[name] = array
            self._bytes += array.nbytes - (0 if before is None else before.nbytes)
            while self._bytes > self.limit:
                self._bytes -= self._kept.popitem(last=False)[1].nbytes
