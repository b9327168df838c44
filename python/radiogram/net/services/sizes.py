"""How many bytes data sets are: what peers make a provider hold is counted by them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from radiogram.dataset import Dataset

__all__ = ["OVERHEAD", "encoded_size"]

OVERHEAD = 1024
"""Bytes of an object beside what was said of it."""


def encoded_size(ds: Dataset, transfer_syntax: str | None = None) -> int:
    """Give how many bytes a data set is where it is written, without holding them.

    Parameters
    ----------
    ds : Dataset
        The data set.
    transfer_syntax : str, optional
        How it is written; as `Dataset.save_as` does of itself.

    Raises
    ------
    InvalidValueError
        A value cannot be written.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.services.sizes import encoded_size
    >>> one, two = (encoded_size(rg.Dataset({"PatientID": "X" * count}), "ExplicitVRLittleEndian") for count in (10, 12))
    >>> two - one
    2
    """
    counted: Any = _Counted()
    ds.save_as(counted, transfer_syntax=transfer_syntax)
    return int(counted.bytes)


class _Counted:
    """A file that counts what is written."""

    def __init__(self) -> None:
        self.bytes = 0

    def write(self, data: bytes) -> int:
        self.bytes += len(data)
        return len(data)
