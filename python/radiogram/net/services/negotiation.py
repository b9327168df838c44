"""Extended negotiation of queries and retrievals (PS3.4 C.5, K.5): one byte an option, asked for and granted."""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Self

__all__ = ["FindOptions", "RetrieveOptions"]


@dataclass(frozen=True, slots=True)
class _Options:
    """Options in the order of their bytes."""

    @classmethod
    def from_bytes(cls, said: bytes) -> Self:
        """Read an application information field; bytes that are not there say no."""
        count = len(fields(cls))
        return cls(*(byte == 1 for byte in said[:count].ljust(count, b"\0")))

    def to_bytes(self, length: int | None = None) -> bytes:
        """Write it: as many bytes as the other side sent, where it did; else up to the last that says yes."""
        values = astuple(self)
        if length is None:
            length = max((place + 1 for place, value in enumerate(values) if value), default=1)
        return bytes(values[:length]).ljust(length, b"\0")

    def __and__(self, other: Self) -> Self:
        """Give what both say."""
        return type(self)(*(one and two for one, two in zip(astuple(self), astuple(other), strict=True)))


@dataclass(frozen=True, slots=True)
class FindOptions(_Options):
    r"""Options of a query (PS3.4 table C.5-1; of worklists K.5.1-1, where the first two are always said).

    Attributes
    ----------
    relational : bool
        Keys of any level, without the unique keys above.
    date_time : bool
        Ranges of a date and of its time are one range.
    fuzzy : bool
        Fuzzy semantic matching of names of people.
    timezone : bool
        Dates and times are meant in the zone that the query says.
    enhanced : bool
        Views of enhanced multi-frame images.
    empty_values : bool
        Two quotation marks match what has no value.

    Examples
    --------
    >>> from radiogram.net.services.negotiation import FindOptions
    >>> FindOptions(relational=True, fuzzy=True).to_bytes()
    b'\x01\x00\x01'
    >>> (FindOptions.from_bytes(b"\x01\x01") & FindOptions(date_time=True)).to_bytes(2)
    b'\x00\x01'
    """

    relational: bool = False
    date_time: bool = False
    fuzzy: bool = False
    timezone: bool = False
    enhanced: bool = False
    empty_values: bool = False


@dataclass(frozen=True, slots=True)
class RetrieveOptions(_Options):
    """Options of a retrieval (PS3.4 table C.5-3).

    Attributes
    ----------
    relational : bool
        Without the unique keys of the levels above.
    enhanced : bool
        Views of enhanced multi-frame images.
    """

    relational: bool = False
    enhanced: bool = False
