"""Matching (PS3.4 C.2.2.2): whether a data set is what a query asks for; one function, for any store of data sets.

Single values, lists of UIDs and of anything else, wild cards, ranges of dates and times, sequences, names of people by component and
group, empty values; and what two sides have to agree on: `Matching`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from radiogram import _core
from radiogram.errors import InvalidValueError
from radiogram.net.encoding import in_utf8

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from radiogram.dataset import Dataset

__all__ = ["Matching", "matches", "select", "verdicts"]

_BATCH = 256


@dataclass(frozen=True, slots=True)
class Matching:
    """What was agreed on for a query (PS3.4 C.5).

    Attributes
    ----------
    ignore_case : bool
        Names of people are the same in capitals and in small letters, which is for the provider to decide.
    fuzzy : bool
        Names are found by their sound, without accents, and in any order of their words, too.
    combined_date_time : bool
        Ranges of a date and of its time are one range, as worklists always have it.
    empty_values : bool
        ``""``, two quotation marks, matches what has no value.
    timezone : int or None
        Minutes that data sets without Timezone Offset From UTC are ahead of it, where a query that says its own is
        answered in that; ``None`` where times are compared as they are.

    Examples
    --------
    >>> from radiogram.net.matching import Matching
    >>> Matching(fuzzy=True)
    Matching(ignore_case=True, fuzzy=True, combined_date_time=False, empty_values=False, timezone=None)
    """

    ignore_case: bool = True
    fuzzy: bool = False
    combined_date_time: bool = False
    empty_values: bool = False
    timezone: int | None = None

    @property
    def _core(self) -> tuple[bool, bool, bool, bool, int | None]:
        return (self.ignore_case, self.fuzzy, self.combined_date_time, self.empty_values, self.timezone)


_PLAIN = Matching()


def matches(query: Dataset, ds: Dataset, agreed: Matching = _PLAIN) -> bool:
    """Whether a data set matches all keys of a query.

    A key without a value asks for nothing but to be returned. Query/Retrieve Level, Specific Character Set and Timezone Offset
    From UTC are no keys. Several values of a key are alternatives, and so are several values of the data set.

    Parameters
    ----------
    query : Dataset
        The identifier of a query.
    ds : Dataset
        A data set, or an item of one.
    agreed : Matching
        What goes beyond the basic rules.

    Returns
    -------
    bool

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.matching import matches
    >>> from pydicom.data import get_testdata_file
    >>> ct, query = rg.read(get_testdata_file("CT_small.dcm")), rg.Dataset()
    >>> query.PatientName, query.StudyDate = "compressed*", "20040101-20041231"
    >>> matches(query, ct)
    True
    >>> query.Modality = "MR"
    >>> matches(query, ct)
    False
    """
    return verdicts(query, [ds], agreed)[0]


def select(query: Dataset, datasets: Iterable[Dataset], agreed: Matching = _PLAIN) -> Iterator[Dataset]:
    """Yield those data sets that match.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.matching import select
    >>> query, one, two = rg.Dataset(), rg.Dataset({"PatientID": "A1"}), rg.Dataset({"PatientID": "B1"})
    >>> query.PatientID = "B?"
    >>> [ds.PatientID for ds in select(query, [one, two])]
    ['B1']
    """
    waiting = iter(datasets)
    while batch := list(islice(waiting, _BATCH)):
        found = verdicts(query, batch, agreed)
        yield from (ds for ds, is_match in zip(batch, found, strict=True) if is_match)


def verdicts(query: Dataset, batch: list[Dataset], agreed: Matching = _PLAIN) -> list[bool]:
    """Give for each data set whether it matches.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.matching import verdicts
    >>> verdicts(rg.Dataset({"PatientID": "B?"}), [rg.Dataset({"PatientID": "A1"}), rg.Dataset({"PatientID": "B1"})])
    [False, True]
    """
    try:
        return _core.matching(query, batch, agreed._core)
    except InvalidValueError:
        # Text that was set without the character set that it needs: which one it is to be sent in does not matter here.
        return _core.matching(in_utf8(query), [in_utf8(ds) for ds in batch], agreed._core)
