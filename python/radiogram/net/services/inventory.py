"""Inventories (PS3.3 C.38): which studies are meant, what is said of each, and the instances that list them.

A scope is keys as those of a query, in sequences by how they are matched: `scope_of` makes it, `Scope` reads it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from radiogram.dataset import Dataset
from radiogram.net.encoding import IS_IN_UTF8
from radiogram.net.matching import Matching, select
from radiogram.net.services.answers import RefusedError
from radiogram.net.services.identifiers import without
from radiogram.net.services.provider import uids
from radiogram.net.services.query import REPOSITORY_QUERY, keys_below, unique_key
from radiogram.uid import generate_uid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from radiogram.net.services.query import Store

__all__ = ["LEVELS", "Inventory", "Scope", "record_of", "scope_of"]

LEVELS = ("STUDY", "SERIES", "INSTANCE")
"""Inventory Level (PS3.3 table C.38.3-1)."""

_MISTYPED = 0x0212
_MECHANISMS = ("RELATIONAL", "TIMEZONE_ADJUST")
"""Extended Matching Mechanisms (PS3.3 table C.38.2-1) that are supported."""

_QUERY_LEVELS = {"STUDY": "STUDY", "SERIES": "SERIES", "INSTANCE": "IMAGE"}
_UNIQUE = {"STUDY": "StudyInstanceUID", "SERIES": "SeriesInstanceUID", "INSTANCE": "SOPInstanceUID"}
_BELOW = {
    "STUDY": ("SERIES", "InventoriedSeriesSequence"),
    "SERIES": ("INSTANCE", "InventoriedInstancesSequence"),
}
_OWED = {
    "STUDY": (
        "StudyDate",
        "StudyTime",
        "AccessionNumber",
        "ModalitiesInStudy",
        "ReferringPhysicianName",
        "StudyDescription",
        "PatientName",
        "PatientID",
        "PatientBirthDate",
        "PatientSex",
        "StudyInstanceUID",
        "StudyID",
        "NumberOfStudyRelatedSeries",
        "NumberOfStudyRelatedInstances",
    ),
    "SERIES": ("Modality", "SeriesInstanceUID", "SeriesNumber"),
    "INSTANCE": ("SOPClassUID", "SOPInstanceUID", "InstanceNumber"),
}
_OPTIONAL = {
    "STUDY": ("IssuerOfPatientID",),
    "SERIES": ("SeriesDate", "SeriesTime", "SeriesDescription", "BodyPartExamined"),
    "INSTANCE": ("ContentDate", "ContentTime", "NumberOfFrames", "Rows", "Columns"),
}
"""What a record has (PS3.3 table C.38.1-1): of types 1 and 2, and of type 3."""

_BYTES = ("OB", "OD", "OF", "OL", "OV", "OW", "UN")
_PAGE = 256
"""Entities that are asked of a store at a time."""

_RANGE = re.compile(r"([\d.:]*)\s*-\s*([\d.:]*)")
# Offsets from -1200 to +1400, as matching has them: 2020-2021 is a range.
_MOMENT = r"\d{4,14}(?:\.\d{1,6})?(?:-(?:0\d|1[01])\d\d|-1200|\+(?:0\d|1[0-3])\d\d|\+1400)?"
_VALUE = re.compile(_MOMENT)
_DT_RANGE = re.compile(rf"({_MOMENT}|)\s*-\s*({_MOMENT}|)")


def scope_of(query: Dataset, *, level: str = "", timezone: str = "") -> Dataset:
    r"""Make the item of a Scope of Inventory Sequence of keys as a query has them.

    Parameters
    ----------
    query : Dataset
        Ranges are ``20200101-20201231``, several UIDs are a list, two quotation marks are an empty value.
    level : {"", "STUDY", "SERIES", "IMAGE"}
        Match keys of any level, those of an entity of this one together (the mechanism RELATIONAL).
    timezone : str
        Dates and times are meant in this offset from UTC, such as ``+0100``.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.services.inventory import scope_of
    >>> scope = scope_of(rg.Dataset({"StudyDate": "2020-2021", "PatientID": "X*", "StudyInstanceUID": ["1.2", "1.3"]}))
    >>> [item.StudyDate for item in scope.RangeMatchingSequence], scope.GeneralMatchingSequence[0].PatientID
    (['2020', '2021'], 'X*')
    """
    ranges, empty, general = [Dataset(), Dataset()], Dataset(), Dataset()
    lists: list[Dataset] = []
    for key in query:
        value: Any = key.value
        if not key.keyword or value is None or value == "" or key.keyword == "QueryRetrieveLevel":
            continue
        found = _range(key.VR, str(value))
        if value == '""':
            empty.add_new(key.tag, key.VR, None)
        elif found is not None:
            for item, end in zip(ranges, found.groups(), strict=True):
                item.add_new(key.tag, key.VR, end or None)
        elif key.VR == "UI" and not isinstance(value, str):
            for place, uid in enumerate(value):
                if place == len(lists):
                    lists.append(Dataset())
                lists[place].add_new(key.tag, key.VR, uid)
        else:
            general.add_new(key.tag, key.VR, value)
    made: Any = Dataset()
    if query.get("SpecificCharacterSet"):
        made.SpecificCharacterSet = query.SpecificCharacterSet
    mechanisms = ["RELATIONAL"] * bool(level) + ["TIMEZONE_ADJUST"] * bool(timezone)
    if mechanisms:
        made.ExtendedMatchingMechanisms = mechanisms
    if level:
        made.QueryRetrieveLevel = level
    if timezone:
        made.TimezoneOffsetFromUTC = timezone
    for keyword, items in (
        ("RangeMatchingSequence", ranges if len(ranges[0]) else []),
        ("ListOfUIDMatchingSequence", lists),
        ("EmptyValueMatchingSequence", [empty] if len(empty) else []),
        ("GeneralMatchingSequence", [general] if len(general) else []),
    ):
        if items:
            setattr(made, keyword, items)
    return made  # type: ignore[no-any-return]  # a data set


def _range(vr: str, text: str) -> re.Match[str] | None:
    """Give the ends of a range; a moment with an offset from UTC is one value, whatever hyphen it has (PS3.5 6.2)."""
    if vr == "DT":
        return None if _VALUE.fullmatch(text) else _DT_RANGE.fullmatch(text)
    return _RANGE.fullmatch(text) if vr in ("DA", "TM") else None


@dataclass(frozen=True, slots=True)
class Scope:
    """Which studies an inventory is of.

    Attributes
    ----------
    query : Dataset
        The keys.
    agreed : Matching
        How they are matched.
    level : str
        The level whose entities they are matched with.
    unsupported : tuple of str
        Keys that nothing is matched with: those of levels below it, and bytes.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.services.inventory import Scope, scope_of
    >>> Scope.of([scope_of(rg.Dataset({"StudyDate": "2020-2021"}))]).query.StudyDate
    '2020-2021'
    """

    query: Dataset
    agreed: Matching
    level: str = "STUDY"
    unsupported: tuple[str, ...] = ()

    @classmethod
    def of(cls, items: Any, timezone: int | None = 0) -> Scope:  # noqa: ANN401  # a sequence
        """Read a Scope of Inventory Sequence; without an item it is all studies (PS3.4 KK.2.2.1.1).

        Raises
        ------
        RefusedError
            Mistyped argument: a mechanism that is not supported, or keys that are none (PS3.4 KK.2.2.3).
        """
        item: Any = items[0] if items else Dataset()
        mechanisms = _texts(item.get("ExtendedMatchingMechanisms"))
        unknown = [one for one in mechanisms if one not in _MECHANISMS]
        if len(items or ()) > 1 or unknown:
            message = "a matching mechanism is not supported" if unknown else "a scope has one item"
            raise RefusedError(message, _MISTYPED, ["ExtendedMatchingMechanisms"] if unknown else [])
        level = "STUDY"
        if "RELATIONAL" in mechanisms:
            level = str(item.get("QueryRetrieveLevel") or "STUDY")
            if level not in _QUERY_LEVELS.values():
                message = "the level of relational matching is none"
                raise RefusedError(message, _MISTYPED, ["QueryRetrieveLevel"])
        query: Any = Dataset()
        if item.get("SpecificCharacterSet"):
            query.SpecificCharacterSet = item.SpecificCharacterSet
        if "TIMEZONE_ADJUST" in mechanisms and item.get("TimezoneOffsetFromUTC"):
            query.TimezoneOffsetFromUTC = item.TimezoneOffsetFromUTC
        _put_general(query, item)
        _put_ranges(query, list(item.get("RangeMatchingSequence") or ()))
        _put_lists(query, list(item.get("ListOfUIDMatchingSequence") or ()))
        empty = list(item.get("EmptyValueMatchingSequence") or ())
        for key in (key for one in empty for key in one):
            query.add_new(key.tag, key.VR, '""')
        agreed = Matching(
            empty_values=bool(empty), timezone=timezone if "TIMEZONE_ADJUST" in mechanisms else None
        )
        unsupported = keys_below(query, REPOSITORY_QUERY, level)
        unsupported += [key.keyword for key in query if key.VR in _BYTES and key.value]
        return cls(without(query, unsupported), agreed, level, tuple(dict.fromkeys(unsupported)))

    def studies(self, store: Store) -> Iterator[Dataset]:
        """Yield the studies that are meant, each once, with what a record says of them."""
        wanted = Dataset(dict.fromkeys((*_OWED["STUDY"], *_OPTIONAL["STUDY"])))
        if self.level == "STUDY":
            query = Dataset(wanted)
            query.update(self.query)
            # Keys that a record has not are matched, and not told.
            yield from select(query, _entities(store, "STUDY", query, self.agreed), self.agreed)
            return
        query, seen = Dataset(self.query), set()
        for keyword in ("StudyInstanceUID", unique_key(self.level)):
            if keyword not in query:
                setattr(query, keyword, None)
        for found in select(query, _entities(store, self.level, query, self.agreed), self.agreed):
            uid = str(found.get("StudyInstanceUID") or "")
            if uid and uid not in seen:
                seen.add(uid)
                wanted.StudyInstanceUID = uid
                yield from select(wanted, store.candidates("STUDY", wanted, Matching()))


def _entities(store: Store, level: str, query: Dataset, agreed: Matching) -> Iterator[Dataset]:
    """Yield what may match, page by page where a store can go on behind an entity: production may take, and be paused for, long."""
    following = getattr(store, "following", None)
    if following is None:
        yield from store.candidates(level, query, agreed)
        return
    after = ""
    while True:
        page = list(islice(following(level, query, agreed, after), _PAGE))
        yield from page
        if len(page) < _PAGE:
            return
        after = str(page[-1].get(unique_key(level)) or "")


def _texts(value: Any) -> list[str]:  # noqa: ANN401  # of any element
    several = [value] if isinstance(value, str) else list(value or ())
    return [text for text in (str(one).strip() for one in several) if text]


def _put_general(query: Dataset, item: Dataset) -> None:
    for key in (key for one in item.get("GeneralMatchingSequence") or () for key in one):
        query.add_new(key.tag, key.VR, key.value)


def _put_ranges(query: Dataset, items: list[Dataset]) -> None:
    """Put ranges in: the first item has their beginnings, the second their ends (PS3.3 table C.38.2-1)."""
    if not items:
        return
    if len(items) != 2:
        message = "ranges have a beginning and an end"
        raise RefusedError(message, _MISTYPED, ["RangeMatchingSequence"])
    for tag in dict.fromkeys(key.tag for item in items for key in item):
        ends = [str(item.get(tag).value or "") if tag in item else "" for item in items]
        vr = next(item.get(tag).VR for item in items if tag in item)
        query.add_new(tag, vr, "-".join(ends) if any(ends) else None)


def _put_lists(query: Dataset, items: list[Dataset]) -> None:
    """Put lists of UIDs in: a value an item, or several of one."""
    lists: dict[int, list[str]] = {}
    for key in (key for item in items for key in item):
        lists.setdefault(int(key.tag), []).extend(_texts(key.value))
    for tag, values in lists.items():
        query.add_new(tag, "UI", values)


def record_of(store: Store, level: str, found: Dataset, down_to: str) -> Dataset:
    """Make the record of an entity, with those below it down to a level (PS3.3 table C.38.1-1).

    Parameters
    ----------
    store : Store
        Where what is below it is found.
    level : {"STUDY", "SERIES", "INSTANCE"}
        Its level.
    found : Dataset
        What is known of it.
    down_to : {"STUDY", "SERIES", "INSTANCE"}
        The Inventory Level.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.services.inventory import record_of
    >>> record_of(None, "SERIES", rg.Dataset({"SeriesInstanceUID": "1.2", "Modality": "CT"}), "SERIES").SeriesNumber is None
    True
    """
    made: Any = Dataset()
    for keyword in _OWED[level]:
        setattr(made, keyword, found.get(keyword))
    for keyword in _OPTIONAL[level]:
        if found.get(keyword):
            setattr(made, keyword, found.get(keyword))
    if level == "STUDY":
        made.ItemInventoryDateTime = _now().strftime("%Y%m%d%H%M%S.%f+0000")
        made.StudyUpdateDateTime = None
    if level == down_to or level not in _BELOW:
        return made  # type: ignore[no-any-return]  # a data set
    below, sequence = _BELOW[level]
    query = Dataset(dict.fromkeys((*_OWED[below], *_OPTIONAL[below])))
    setattr(query, _UNIQUE[level], found.get(_UNIQUE[level]))
    records = [
        record_of(store, below, one, down_to)
        for one in select(query, store.candidates(_QUERY_LEVELS[below], query, Matching()))
    ]
    setattr(made, sequence, records)
    return made  # type: ignore[no-any-return]  # a data set


@dataclass(slots=True)
class Inventory:
    """Records that are gathered, and the instances that they become: so many in each, and the last refers to those before it.

    Parameters
    ----------
    level : {"STUDY", "SERIES", "INSTANCE"}
        Inventory Level.
    scope : list of Dataset
        Scope of Inventory Sequence.
    purpose : str
        Inventory Purpose.
    transaction : str
        The Transaction UID, where one asked for it.
    most : int
        Studies in an instance.
    records : int
        Records of all levels in an instance, beyond which none of another study comes in: those of one study are not divided.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.services.inventory import Inventory
    >>> inventory = Inventory("STUDY", most=2)
    >>> full = [inventory.add(rg.Dataset({"StudyInstanceUID": uid})) for uid in ("1.2", "1.3", "1.4")]
    >>> root = inventory.root("COMPLETE")
    >>> [one is not None for one in full], root.TotalNumberOfStudyRecords, root.NumberOfStudyRecordsInInstance
    ([False, True, False], 3, 1)
    """

    level: str
    scope: list[Dataset] = field(default_factory=list)
    purpose: str = ""
    transaction: str = ""
    most: int = 10_000
    records: int = 100_000
    total: int = 0
    _count: int = 0
    _began: datetime = field(default_factory=lambda: _now())
    _records: list[Dataset] = field(default_factory=list)
    _incorporated: list[Dataset] = field(default_factory=list)

    def add(self, record: Dataset) -> Dataset | None:
        """Take a record; give an instance that is full."""
        self._records.append(record)
        self.total += 1
        self._count += _records_of(record)
        if len(self._records) < self.most and self._count < self.records:
            return None
        made = self._instance("PARTIAL")
        reference = {
            "ReferencedSOPClassUID": made.SOPClassUID,
            "ReferencedSOPInstanceUID": made.SOPInstanceUID,
        }
        self._incorporated.append(Dataset(reference))
        self._records, self._count = [], 0
        return made

    @property
    def parts(self) -> list[str]:
        """The SOP Instance UIDs of the instances that were full."""
        return [str(one.ReferencedSOPInstanceUID) for one in self._incorporated]

    def root(self, status: str) -> Dataset:
        """Make the last instance: with what is left, and the others.

        Parameters
        ----------
        status : {"COMPLETE", "PARTIAL"}
            Inventory Completion Status.
        """
        made: Any = self._instance(status)
        made.IncorporatedInventoryInstanceSequence = self._incorporated
        return made  # type: ignore[no-any-return]  # a data set

    def _instance(self, status: str) -> Dataset:
        made: Any = Dataset()
        # The terms of Inventory Completion Status are those of Transaction Status where it has them; PARTIAL is from memory.
        made.SpecificCharacterSet = IS_IN_UTF8
        made.SOPClassUID, made.SOPInstanceUID = uids("InventoryStorage")[0], generate_uid()
        made.Manufacturer, made.ManufacturerModelName = "radiogram", "radiogram"
        made.ContentDate = self._began.strftime("%Y%m%d")
        made.ContentTime = self._began.strftime("%H%M%S.%f")
        made.TimezoneOffsetFromUTC = "+0000"
        made.ScopeOfInventorySequence = self.scope
        made.InventoryPurpose = self.purpose or None
        made.InventoryLevel = self.level
        made.IncorporatedInventoryInstanceSequence = []
        made.InventoriedStudiesSequence = self._records
        made.InventoryCompletionStatus = status
        made.NumberOfStudyRecordsInInstance = len(self._records)
        made.TotalNumberOfStudyRecords = self.total
        if self.transaction:
            made.TransactionUID = self.transaction
        return made  # type: ignore[no-any-return]  # a data set


def _records_of(record: Dataset) -> int:
    """Give how many records a study's is, with those of its series and their instances."""
    series = record.get("InventoriedSeriesSequence") or ()
    return 1 + sum(1 + len(one.get("InventoriedInstancesSequence") or ()) for one in series)


def _now() -> datetime:
    return datetime.now(UTC)
