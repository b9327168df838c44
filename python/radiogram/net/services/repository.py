"""Repository Query (PS3.4 C.6.4): a study root query whose answers come in an order, so many at a time, and go on behind any of them.

`RepositoryQuery` is the provider, over the same stores as `radiogram.net.services.query.QueryRetrieve`; `find_all` asks as often as it takes.
"""

from __future__ import annotations

import heapq
import re
from itertools import count
from typing import TYPE_CHECKING, Any

from radiogram.dataset import Dataset
from radiogram.errors import ArgumentError
from radiogram.net.matching import select
from radiogram.net.services.answers import CANCEL, PENDING, PENDING_WARNING, RefusedError, answer
from radiogram.net.services.identifiers import returned, without
from radiogram.net.services.outcome import done
from radiogram.net.services.provider import Provider
from radiogram.net.services.query import REPOSITORY_QUERY, QueryRetrieve, unique_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from radiogram.net.services.negotiation import FindOptions
    from radiogram.net.services.provider import Event
    from radiogram.net.services.query import Asked, Store

__all__ = ["RepositoryQuery", "find_all"]

_LIMIT_REACHED, _INVALID_PRIOR_KEY = 0xB001, 0xA710
_KEY = re.compile(rb"[0-9.]{1,64}")
"""A record key: a UID, also one with leading zeros, as a store may have it."""

_CONTROL = ("RecordKey", "PriorRecordKey", "MaximumNumberOfRecords")
"""Keys that say which answers are wanted and that nothing is matched with (PS3.4 C.6.4.1)."""


class RepositoryQuery(Provider):
    """Provider of repository queries.

    The Record Key of an entity is its unique key, so that it lasts as long as the entity, and longer: a query goes on behind one that is gone.

    Parameters
    ----------
    store : Store
        What is asked.
    title : str, optional
        The application entity that instances are to be retrieved from, as answers say it.
    most : int
        How many answers a query gets; who wants more goes on behind the last one.
    supports : FindOptions
        Options that are granted where they are asked for.
    relational : bool
        Answer queries without the unique keys of the levels above also where that was not agreed on.
    timezone : int, optional
        Minutes that instances which do not say so are ahead of UTC.

    Examples
    --------
    >>> from radiogram.net.services.repository import RepositoryQuery
    >>> RepositoryQuery(None).contexts
    ('1.2.840.10008.5.1.4.1.1.201.6',)
    """

    contexts = (REPOSITORY_QUERY,)

    def __init__(
        self,
        store: Store | None,
        *,
        title: str = "",
        most: int = 10_000,
        supports: FindOptions | None = None,
        relational: bool = False,
        timezone: int | None = 0,
    ) -> None:
        self._queries = QueryRetrieve(
            store, title=title, supports=supports, relational=relational, timezone=timezone
        )
        self._most = most

    def extended(self, event: Event, items: dict[str, bytes]) -> dict[str, bytes]:
        """Grant what is asked for and supported."""
        return self._queries.extended(event, items)

    def c_find(self, event: Event) -> Iterator[tuple[int | Dataset, Dataset | None]]:
        """Answer a query (PS3.4 C.6.4.5)."""
        identifier = event.identifier
        query = without(identifier, _CONTROL)
        asked = self._queries.asked(event, query)
        is_ordered = "RecordKey" in identifier or "PriorRecordKey" in identifier
        unique = unique_key(asked.level)
        after = _prior(identifier)
        wanted = _count(identifier)
        most = self._most if wanted is None else min(self._most, wanted)
        every = self._found(asked, unique, after, most, is_ordered=is_ordered)
        for given, ds in enumerate(every):
            if event.is_cancelled:
                yield CANCEL, None
                return
            if given == most:
                yield answer(_LIMIT_REACHED, "there are more behind the last record key"), None
                return
            found = returned(query, ds, asked.agreed.timezone)
            for keyword, value in asked.more.items():
                setattr(found, keyword, value)
            if "RecordKey" in identifier:
                found.RecordKey = str(ds.get(unique) or "").encode("ascii", "replace")
            yield asked.pending, found

    def _found(
        self, asked: Asked, unique: str, after: str, most: int, *, is_ordered: bool
    ) -> Iterable[Dataset]:
        """Give what matches: in the order of unique keys behind one of them where that matters, and one more than is answered."""
        level, keys, agreed, _, _ = asked
        if unique not in keys:
            keys = Dataset(keys)
            setattr(keys, unique, None)
        store = self._queries.store
        if not is_ordered:
            return select(keys, store.candidates(level, keys, agreed), agreed)
        following = getattr(store, "following", None)
        if following is not None:
            return select(keys, following(level, keys, agreed, after), agreed)
        found = select(keys, store.candidates(level, keys, agreed), agreed)
        behind = (ds for ds in found if str(ds.get(unique) or "") > after)
        return heapq.nsmallest(most + 1, behind, key=lambda ds: str(ds.get(unique) or ""))


def _prior(identifier: Dataset) -> str:
    """Give the record key that a query goes on behind; the empty one is before all."""
    said: Any = identifier.get("PriorRecordKey")
    if not said:
        return ""
    prior = bytes(said).rstrip(b"\0")
    if _KEY.fullmatch(prior) is None:
        message = "the prior record key is none of ours"
        raise RefusedError(message, _INVALID_PRIOR_KEY, ["PriorRecordKey"])
    return prior.decode("ascii")


def _count(query: Dataset) -> int | None:
    """Give the Maximum Number of Records; `None` where there is none, or none that is a number of records."""
    said = int(query.get("MaximumNumberOfRecords") or 0)
    return said if said > 0 else None


def find_all(
    association: Any,  # noqa: ANN401  # of any face
    query: Dataset,
    *,
    most: int | None = None,
    limit: int | None = None,
) -> Iterator[Dataset]:
    """Ask a repository, and go on where it reached its limit, until there is no more (C-FIND, PS3.4 C.6.4).

    Parameters
    ----------
    association : Association
        It has a context for the SOP class.
    query : Dataset
        The identifier of a study root query.
    most : int, optional
        How many answers are wanted at a time.
    limit : int, optional
        How many answers are wanted in all: no more are asked for, and the last query is cancelled after them (C-CANCEL) and heard to its end.

    Yields
    ------
    Dataset
        What matches, in the order of record keys, with its Record Key.

    Raises
    ------
    RefusedError
        An answer was a failure, the association was lost, or the peer does not go on behind a record key. Who caught it goes on behind the
        last Record Key: `query.PriorRecordKey`.
    ArgumentError
        A limit below 1.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.services import RepositoryQuery, Services, find_all
    >>> class Studies:
    ...     def candidates(self, level, query, agreed):
    ...         yield from (rg.Dataset({"StudyInstanceUID": uid}) for uid in ("1.3", "1.1", "1.2"))
    >>> with Services(RepositoryQuery(Studies())).loopback() as assoc:
    ...     query = rg.Dataset({"QueryRetrieveLevel": "STUDY", "StudyInstanceUID": None})
    ...     [found.StudyInstanceUID for found in find_all(assoc, query, most=2)]
    ['1.1', '1.2', '1.3']
    """
    if limit is not None and limit < 1:
        message = "'limit' is 1 or more"
        raise ArgumentError(message)
    asked = Dataset(query)
    asked.RecordKey = None
    if most is None:
        most = _count(query)
    taken = 0
    # Each query has a number of its own: what a peer says after B001, which is the end, is never taken for the end of the next one.
    for number in count(1):
        last, is_more, identity = None, False, number % 65535 + 1
        counts = [one for one in (most, None if limit is None else limit - taken) if one is not None]
        if counts:
            asked.MaximumNumberOfRecords = min(counts)
        answers = association.send_c_find(asked, REPOSITORY_QUERY, msg_id=identity)
        for status, found in answers:
            code = status.get("Status")
            if code in (PENDING, PENDING_WARNING):
                if found is None or taken == limit:
                    continue
                taken += 1
                last = found.get("RecordKey") or last
                if taken == limit:
                    association.send_c_cancel(identity, query_model=REPOSITORY_QUERY)
                yield found
            elif code != CANCEL or taken != limit:
                is_more = done(status, "C-FIND", REPOSITORY_QUERY) == _LIMIT_REACHED
        if not is_more or last is None or taken == limit:
            return
        key = bytes(last)
        if key.rstrip(b"\0") == bytes(asked.get("PriorRecordKey") or b"").rstrip(b"\0"):
            message = "the peer does not go on behind the prior record key"
            raise RefusedError(message)
        asked.PriorRecordKey = key
