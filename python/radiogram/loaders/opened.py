"""Volumes whose slices are no files of their own, as frames of a file are none: opened once in each process, and read in part."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from radiogram.loaders.cache import state_of
from radiogram.volume import open_volume

if TYPE_CHECKING:
    from collections.abc import Sequence

    from radiogram.volume import LazyVolume

__all__ = ["Opened"]


class Opened:
    """The last volumes that were read, open: their headers need not be looked at again.

    Each process has its own: a pickle holds the options alone, and a forked child begins with nothing, as another thread may have been at
    work when it was forked.

    Parameters
    ----------
    units : str
        As for `open_volume`.
    dtype : str
        The name of the type that is read.
    most : int
        How many stay open.

    Examples
    --------
    >>> import tempfile
    >>> from radiogram.loaders.opened import Opened
    >>> from radiogram.volume.multiframe import write_multiframe
    >>> from radiogram.volume.phantom import Phantom
    >>> path = write_multiframe(tempfile.mkdtemp() + "/mr.dcm", Phantom(slices=5, rows=8, columns=9), kind="MR")
    >>> opened = Opened("modality", "float32")
    >>> opened.volume([str(path)], threads=1)[1:3].shape, len(opened)
    ((2, 8, 9), 1)
    """

    def __init__(self, units: str, dtype: str, most: int = 16) -> None:
        self._options = (units, dtype, most)
        self._begin()

    def _begin(self) -> None:
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[Any, ...], LazyVolume] = OrderedDict()

    def __reduce__(self) -> tuple[Any, ...]:
        return Opened, self._options

    def __len__(self) -> int:
        """Give the number of volumes that are open."""
        return len(self._kept)

    def volume(self, paths: Sequence[str], threads: int | None) -> LazyVolume:
        """Give the volume of these files.

        Raises
        ------
        DicomError
            They make none.
        """
        if self._process != os.getpid():
            self._begin()
        units, dtype, most = self._options
        # Files that were replaced make another volume.
        key = (*paths, *(state_of(path, (None, None)) for path in paths))
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
                return found
        # Two threads that open one at the same time both have the right one.
        found = open_volume(tuple(paths), units=units, dtype=dtype, threads=threads)
        with self._lock:
            self._kept[key] = found
            while len(self._kept) > most:
                self._kept.popitem(last=False)
        return found
