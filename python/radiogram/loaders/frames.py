"""Frames of files, read into their places in a batch. What was learnt of a file is known when it is read again."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from radiogram import _core

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from radiogram.loaders.dataset import Failures

__all__ = ["Frames"]


class Frames:
    """Frames as a dataset wants them.

    The first time a file is read, its header is looked at. Where its pixels lie and how they are rendered is kept, some hundred bytes a
    file and 64 MiB in all: from then on a frame is one opening and one reading of its file, as long as that has the size and the time of
    change that it had. Each process learns for itself; a pickle holds the options alone.

    Parameters
    ----------
    dtype : numpy.dtype
        Of the arrays that are read into.
    units, window, mapping, strict, mmap
        As for `SliceDataset`.
    """

    def __init__(
        self,
        dtype: np.dtype[Any],
        units: str,
        window: int | tuple[float, float] = 0,
        mapping: int = 0,
        strict: bool | None = None,  # noqa: FBT001
        mmap: bool = False,  # noqa: FBT001, FBT002
    ) -> None:
        self._options = (dtype, units, window, mapping, strict, mmap)
        self._begin()

    def _begin(self) -> None:
        dtype, units, window, mapping, strict, mmap = self._options
        self._process = os.getpid()
        self._reader = _core.FrameReader(units, dtype.name, window, mapping, strict, mmap)

    def __reduce__(self) -> tuple[Any, ...]:
        return Frames, self._options

    @property
    def known(self) -> int:
        """Files whose headers need not be looked at any more."""
        return self._reader.known

    def read(
        self,
        paths: list[str],
        seen: Sequence[tuple[int, int] | None],
        frames: list[int],
        regions: list[tuple[int, int, int, int]] | None,
        memory: NDArray[Any],
        threads: int | None = None,
    ) -> Failures:
        """Read a frame of each file into its place, and give what went wrong by place.

        Parameters
        ----------
        paths : list of str
            The files.
        seen : sequence
            Size and time of change that each must have, or None.
        frames : list of int
            The number of the frame of each.
        regions : list of tuple, optional
            (row, column, rows, columns) of each: what is read of the frame.
        memory : array
            (files, rows, columns), or with channels behind.
        threads : int, optional
            How many threads decode.
        """
        if self._process != os.getpid():
            self._begin()
        stamps = [None if stamp is None or None in stamp else stamp for stamp in seen]
        return dict(self._reader.read(paths, stamps, frames, regions, memory, threads))
