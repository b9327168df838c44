"""Query/Retrieve (PS3.4 C): C-FIND, C-MOVE and C-GET by the patient root, study root and patient/study only models.

`QueryRetrieve` is the provider over any store: levels and keys are checked here, candidates that a store finds are matched here, and
the store gives what is retrieved. The user's side are `radiogram.net.services.asking` and the ``send_c_*`` of an association.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from weakref import WeakKeyDictionary

from radiogram._tables.queries import KEYS, MODELS
from radiogram.net.found import Found as Found
from radiogram.net.matching import Matching, select
from radiogram.net.services.answers import (
    CANCEL,
    IDENTIFIER_MISMATCH,
    PENDING,
    PENDING_WARNING,
    RefusedError,
)
from radiogram.net.services.identifiers import returned, without
from radiogram.net.services.moving import destination
from radiogram.net.services.negotiation import FindOptions, RetrieveOptions
from radiogram.net.services.provider import Provider, uids

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from radiogram.dataset import Dataset
    from radiogram.net.services.provider import Event

__all__ = [
    "REPOSITORY_QUERY",
    "Asked",
    "Found",
    "QueryRetrieve",
    "Store",
    "checked_level",
    "keys_below",
    "unique_key",
    "unique_keys",
]

REPOSITORY_QUERY = uids("RepositoryQuery")[0]
"""Queries of the study root model with more than it has: `radiogram.net.services.repository` answers them."""

_MODELS = ("PatientRoot", "StudyRoot", "PatientStudyOnly")
_UNIQUE = {
    "PATIENT": "PatientID",
    "STUDY": "StudyInstanceUID",
    "SERIES": "SeriesInstanceUID",
    "IMAGE": "SOPInstanceUID",
}
_ABOUT = (
    "InstanceAvailability",
    "RetrieveAETitle",
    "RetrieveURL",
    "StorageMediaFileSetID",
    "QueryRetrieveView",
)
"""Elements that an answer may have and that are no keys (PS3.4 C.4.1.1.3.2)."""


class Asked(NamedTuple):
    """What a query comes to.

    Attributes
    ----------
    level : str
        Its level.
    keys : Dataset
        What is matched.
    agreed : Matching
        How.
    pending : int
        The status of what matches.
    more : dict
        What each answer has besides, by keyword.
    """

    level: str
    keys: Dataset
    agreed: Matching
    pending: int
    more: dict[str, str]


class Store(Protocol):
    """What instances are found in.

    One that can give answers as they are sent has ``answers`` too, as `radiogram.net.served.Index` does; and one that can go on behind an
    entity in the order of unique keys has ``following``.
    """

    def candidates(self, level: str, query: Dataset, agreed: Matching) -> Iterable[Dataset]:
        """Yield what may match: entities of a level, with their elements that the query names, at their level and above it."""

    def instances(self, level: str, query: Dataset) -> Iterable[Found]:
        """Yield the instances of what the unique keys of a retrieval say."""


class QueryRetrieve(Provider):
    """Provider of queries and retrievals.

    Parameters
    ----------
    store : Store
        What is asked.
    title : str, optional
        The application entity that instances are to be retrieved from, as answers say it.
    destinations : mapping of str to (host, port), or callable
        Where C-MOVE sends to, by title.
    supports : FindOptions
        Options that are granted where they are asked for.
    relational : bool
        Answer queries without the unique keys of the levels above also where that was not agreed on.
    timezone : int, optional
        Minutes that instances which do not say so are ahead of UTC.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.services import QueryRetrieve
    >>> provider = QueryRetrieve(None, title="ARCHIVE")
    >>> provider.contexts[0] in provider.contexts, len(provider.contexts)
    (True, 9)
    """

    contexts = tuple(
        uid for uid, (_, model, _levels) in MODELS.items() if model in _MODELS and uid != REPOSITORY_QUERY
    )

    def __init__(
        self,
        store: Store | None,
        *,
        title: str = "",
        destinations: Mapping[str, tuple[str, int]] | Callable[[str], tuple[str, int] | None] | None = None,
        supports: FindOptions | None = None,
        relational: bool = False,
        timezone: int | None = 0,
    ) -> None:
        if supports is None:
            supports = FindOptions(
                relational=True, date_time=True, fuzzy=True, timezone=True, empty_values=True
            )
        self._store = store
        self._title = title
        self._destinations = destinations
        self._supports = supports
        self._always_relational = relational
        self._timezone = timezone
        self._agreed: WeakKeyDictionary[Any, dict[str, bytes]] = WeakKeyDictionary()

    @property
    def store(self) -> Store:
        """What is asked."""
        if self._store is None:
            message = "there is nothing to look through"
            raise RefusedError(message, 0xA700)
        return self._store

    def extended(self, event: Event, items: dict[str, bytes]) -> dict[str, bytes]:
        """Grant what is asked for and supported."""
        granted = {}
        for uid, said in items.items():
            if MODELS[uid][0] == "C-FIND":
                granted[uid] = (FindOptions.from_bytes(said) & self._supports).to_bytes(len(said))
            else:
                own = RetrieveOptions(relational=self._supports.relational)
                granted[uid] = (RetrieveOptions.from_bytes(said) & own).to_bytes(len(said))
        self._agreed[event.assoc] = granted
        return granted

    def options(self, event: Event) -> FindOptions:
        """Give what was agreed on for the class of a request."""
        uid = str(event.request.AffectedSOPClassUID)
        return FindOptions.from_bytes(self._agreed.get(event.assoc, {}).get(uid, b""))

    def asked(self, event: Event, query: Dataset) -> Asked:
        """Give what a query comes to, where its level and keys are as they should be (PS3.4 C.4.1.2)."""
        options = self.options(event)
        uid = str(event.request.AffectedSOPClassUID)
        relational = self._always_relational or options.relational
        level = checked_level(query, uid, relational=relational, retrieves=False)
        agreed = Matching(
            fuzzy=options.fuzzy,
            combined_date_time=options.date_time,
            empty_values=options.empty_values,
            timezone=self._timezone if options.timezone else None,
        )
        below = keys_below(query, uid, level)
        keys = without(query, (*_ABOUT, *below))
        pending = PENDING if _are_supported(keys) and not below else PENDING_WARNING
        more = {"RetrieveAETitle": self._title, "InstanceAvailability": "ONLINE"} if self._title else {}
        return Asked(level, keys, agreed, pending, more)

    def c_find(self, event: Event) -> Iterator[tuple[int, Dataset | None]]:
        """Answer a query, level by level (PS3.4 C.4.1)."""
        query = event.identifier
        level, keys, agreed, pending, more = self.asked(event, query)
        # An index may have the answers as they are sent.
        answers = getattr(self.store, "answers", None)
        encoded = answers and answers(level, query, keys, agreed, more, event.context.transfer_syntax)
        if encoded is not None:
            yield from ((pending, some) for some in encoded)
            return
        for ds in select(keys, self.store.candidates(level, keys, agreed), agreed):
            if event.is_cancelled:
                yield CANCEL, None
                return
            found = returned(query, ds, agreed.timezone)
            for keyword, value in more.items():
                setattr(found, keyword, value)
            yield pending, found

    def c_get(self, event: Event) -> Iterator[Any]:
        """Give the number of instances, then each (PS3.4 C.4.3)."""
        yield from self._sent(event, self._wanted(event))

    def c_move(self, event: Event) -> Iterator[Any]:
        """Give the destination, the number of instances, then each (PS3.4 C.4.2)."""
        wanted = self._wanted(event)
        place = self._destination(str(event.move_destination or "").strip())
        if place is None:
            # The answer is Move Destination unknown.
            yield None, None
            return
        yield destination(event, place, wanted)
        yield from self._sent(event, wanted)

    def _wanted(self, event: Event) -> list[Found]:
        query, uid = event.identifier, str(event.request.AffectedSOPClassUID)
        said = self._agreed.get(event.assoc, {}).get(uid, b"")
        relational = self._always_relational or RetrieveOptions.from_bytes(said).relational
        level = checked_level(query, uid, relational=relational, retrieves=True)
        return list(self.store.instances(level, query))

    @staticmethod
    def _sent(event: Event, wanted: list[Found]) -> Iterator[Any]:
        yield len(wanted)
        for found in wanted:
            if event.is_cancelled:
                yield CANCEL, None
                return
            yield PENDING, found

    def _destination(self, title: str) -> tuple[str, int] | None:
        if callable(self._destinations):
            return self._destinations(title)
        return (self._destinations or {}).get(title)


def checked_level(query: Dataset, sop_class: str, *, relational: bool, retrieves: bool) -> str:
    """Give the level of a query, where it and its unique keys are as its model wants them (PS3.4 C.4.1.2, C.4.2.2.1).

    Raises
    ------
    RefusedError
        Identifier does not match SOP Class: which level or key is wrong.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.services.query import checked_level
    >>> query = rg.Dataset({"QueryRetrieveLevel": "SERIES", "StudyInstanceUID": "1.2.3"})
    >>> checked_level(query, "1.2.840.10008.5.1.4.1.2.2.1", relational=False, retrieves=False)
    'SERIES'
    """
    levels = MODELS[sop_class][2]
    level = str(query.get("QueryRetrieveLevel") or "").strip()
    if level not in levels:
        message = (
            "Query/Retrieve Level is missing" if not level else "the model has no such Query/Retrieve Level"
        )
        raise RefusedError(message, IDENTIFIER_MISMATCH, ["QueryRetrieveLevel"])
    above = levels[: levels.index(level)]
    for one in () if relational else above:
        _check_unique(query, _UNIQUE[one], several=False)
    if retrieves:
        # Lists are for the level of the retrieval itself (PS3.4 C.4.2.2.1).
        _check_unique(query, _UNIQUE[level], several=level != "PATIENT")
    return level


def keys_below(query: Dataset, sop_class: str, level: str) -> list[str]:
    """Give the keys of levels below that of the query: an entity has many values for them (PS3.4 C.4.1.1.3.1).

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.services.query import REPOSITORY_QUERY, keys_below
    >>> keys_below(rg.Dataset({"PatientID": "X", "Modality": "CT"}), REPOSITORY_QUERY, "STUDY")
    ['Modality']
    """
    _, model, levels = MODELS[sop_class]
    own = {path for one in levels[: levels.index(level) + 1] for path in KEYS.get((model, one), {})}
    below = {path for one in levels[levels.index(level) + 1 :] for path in KEYS.get((model, one), {})} - own
    return [key.keyword for key in query if key.keyword in below]


def _check_unique(query: Dataset, keyword: str, *, several: bool) -> None:
    values = _values(query, keyword)
    if not values:
        message = f"the unique key {keyword} is missing"
        raise RefusedError(message, IDENTIFIER_MISMATCH, [keyword])
    if len(values) > 1 and not several:
        message = f"the unique key {keyword} has several values"
        raise RefusedError(message, IDENTIFIER_MISMATCH, [keyword])
    if any("*" in value or "?" in value for value in values):
        message = f"the unique key {keyword} has a wild card"
        raise RefusedError(message, IDENTIFIER_MISMATCH, [keyword])


def unique_key(level: str) -> str:
    """Give the keyword of the unique key of a level.

    Examples
    --------
    >>> from radiogram.net.services.query import unique_key
    >>> unique_key("SERIES")
    'SeriesInstanceUID'
    """
    return _UNIQUE[level]


def unique_keys(query: Dataset) -> dict[str, list[str]]:
    """Give the values of unique keys that a retrieval says.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.services.query import unique_keys
    >>> unique_keys(rg.Dataset({"StudyInstanceUID": "1.2", "SeriesInstanceUID": ["1.3", "1.4"]}))
    {'StudyInstanceUID': ['1.2'], 'SeriesInstanceUID': ['1.3', '1.4']}
    """
    found = {keyword: _values(query, keyword) for keyword in _UNIQUE.values()}
    return {keyword: values for keyword, values in found.items() if values}


def _values(ds: Dataset, keyword: str) -> list[str]:
    value: Any = ds.get(keyword)
    if value is None or value == "":
        return []
    several = [value] if isinstance(value, str) else list(value)
    return [text for text in (str(one).strip() for one in several) if text]


def _are_supported(keys: Dataset) -> bool:
    """Whether all keys are matched: private ones are, where the instances have them, and bytes never are."""
    return all(key.VR not in ("OB", "OW", "OD", "OF", "OL", "OV", "UN") or not key.value for key in keys)
