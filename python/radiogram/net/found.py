"""An instance that is to be retrieved: where it is, what it is, and whether it still is that."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from radiogram.dataset import Dataset, read
from radiogram.errors import DicomError, TruncatedError

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["CUT", "Found", "is_cut", "whole"]

CUT = "its end is missing: the file was cut off"
"""What is said of such a file."""

_CUT = frozenset({"truncated", "missing_delimiter", "bad_deflate"})
"""Problems of a file whose end is missing."""


def is_cut(ds: Dataset) -> bool:
    """Say whether the end of its file is missing.

    Examples
    --------
    >>> import radiogram as rg
    >>> from pydicom.data import get_testdata_file
    >>> from radiogram.net.found import is_cut
    >>> is_cut(rg.read(get_testdata_file("CT_small.dcm")))
    False
    """
    return any(problem.kind in _CUT for problem in ds.problems)


def whole(path: str | PathLike[str]) -> Dataset:
    """Read a file that is to be handed on.

    Raises
    ------
    TruncatedError
        Its end is missing: what is left of it would arrive as if it were all.

    Examples
    --------
    >>> from pydicom.data import get_testdata_file
    >>> from radiogram.net.found import whole
    >>> whole(get_testdata_file("CT_small.dcm")).PatientID
    '1CT1'
    """
    ds = read(path)
    if is_cut(ds):
        raise TruncatedError(CUT)
    return ds


class Found(NamedTuple):
    """An instance that is to be retrieved.

    Attributes
    ----------
    source : path or Dataset
        Where it is; a file is sent as it is.
    sop_class, sop_instance, transfer_syntax : str
        What it is.
    size, changed : int or None
        Bytes and time (in nanoseconds) of the file when that was learnt; ``None`` where nobody has looked.

    Examples
    --------
    >>> from radiogram.net.services.query import Found
    >>> Found("gone.dcm", "1.2.840.10008.5.1.4.1.1.2", "1.2.3", size=10).is_whole()
    False
    """

    source: str | PathLike[str] | Dataset
    sop_class: str
    sop_instance: str
    transfer_syntax: str = ""
    size: int | None = None
    changed: int | None = None

    def is_whole(self) -> bool:
        """Say whether its file is as it was, or is still this instance, and all of it: another program may have been at it."""
        if isinstance(self.source, Dataset) or self.size is None:
            return True
        try:
            now = os.stat(self.source)  # noqa: PTH116  # a path of any kind
            if (now.st_size, now.st_mtime_ns) == (self.size, self.changed):
                return True
            ds = read(self.source)
        except (DicomError, OSError):
            return False
        is_same = str(ds.get("SOPInstanceUID") or "") == self.sop_instance
        return is_same and not is_cut(ds)
