"""Sub-operations of a C-GET or C-MOVE: each instance goes by C-STORE, and what became of it is counted (PS3.4 C.4.2, C.4.3)."""

from __future__ import annotations

import logging
import os
import re
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from radiogram import _core
from radiogram.dataset import Dataset, read
from radiogram.errors import ArgumentError, AssociationOverError, DicomError
from radiogram.net.answers import clean
from radiogram.net.bulk import without_bulk_data
from radiogram.net.encoding import as_dataset
from radiogram.net.found import Found
from radiogram.net.sending import answers_of
from radiogram.net.status import category_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from radiogram._core import NetSending
    from radiogram.net.association import Association
    from radiogram.net.event import Event
    from radiogram.net.sending import Answer

__all__ = ["Counts", "SubOperations"]

LOGGER = logging.getLogger("radiogram.net")

_AHEAD = 3
"""Sub-operations that are given to the engine before the first of them has ended: it sends as many of them ahead as the peer takes at once."""

_LOOK = 0.1
"""Seconds after which who waits for an answer looks whether the retrieval was cancelled."""

_LOW = 2
"""Priority of what is sent."""

_UID = re.compile(r"[0-9.]{1,64}")
"""PS3.5 9.1."""

_CHANGED = "its file is no longer what it was: another program has changed it, or part of it is missing"


@dataclass
class Counts:
    """Sub-operations (PS3.4 C.4.2.1.6 to 9), and the instances that failed."""

    remaining: int
    failed: int = 0
    warning: int = 0
    completed: int = 0
    uids: list[str] = field(default_factory=list)

    def fields(self, *, with_remaining: bool) -> dict[str, int]:
        """Give them as a response has them: those that remain in pending and cancelled ones alone."""
        said = {
            "NumberOfCompletedSuboperations": self.completed,
            "NumberOfFailedSuboperations": self.failed,
            "NumberOfWarningSuboperations": self.warning,
        }
        return {"NumberOfRemainingSuboperations": self.remaining, **said} if with_remaining else said


class SubOperations:
    """The sub-operations of one retrieval.

    What a handler of a user yields is sent before it is asked for more. Of instances that are found (`Found`), which our own providers
    yield, some are under way at once: the engine reads the next one while the peer takes the one before.

    Parameters
    ----------
    event : Event
        The retrieval.
    target : Association
        Where instances go.
    number : int
        How many there will be.
    originator : (str, int) or None
        Who has asked for them by C-MOVE, and in which message.
    bare : bool
        They go without their bulk data.
    """

    def __init__(
        self,
        event: Event,
        target: Association,
        number: int,
        originator: tuple[str, int] | None,
        *,
        bare: bool,
    ) -> None:
        self.counts = Counts(number)
        self.is_cancelled = False
        self._event = event
        self._target, self._originator, self._bare = target, originator, bare
        self._feed: NetSending | None = None
        self._under_way: dict[int, tuple[Found, str, dict[str, Any]]] = {}
        self._answers: list[Answer] = []

    @property
    def wanted(self) -> int:
        """How many more the handler is asked for."""
        return self.counts.remaining - len(self._under_way)

    def send(self, source: Any, said: dict[str, Any]) -> Iterator[dict[str, Any]]:  # noqa: ANN401
        """Send one more, and yield what the handler said of those that have ended meanwhile, each once it is counted."""
        if isinstance(source, Found) and self._pushes(source, said):
            if len(self._under_way) >= _AHEAD:
                yield from self._ended()
            return
        yield from self.rest()
        if not self.is_cancelled:
            self._one(source)
            yield said

    def rest(self) -> Iterator[dict[str, Any]]:
        """Wait for those that are under way, as `send` does."""
        while self._under_way:
            yield from self._ended()

    def cancel(self) -> None:
        """Begin no more of them: those that were not begun remain."""
        self.is_cancelled = True
        self._take_back()

    def close(self) -> None:
        """Begin no more of them, and forget those that are under way."""
        self._take_back()
        if self._feed is not None:
            self._feed.close()

    # -- by the engine, ahead ------------------------------------------------------------------------------------

    def _pushes(self, found: Found, said: dict[str, Any]) -> bool:
        """Have the engine send an instance, where it is in a file that can go as it is."""
        if self._bare or isinstance(found.source, Dataset) or not found.is_whole():
            return False
        if self._feed is None:
            net = self._target._net
            if net is None or not self._target.is_established:
                return False
            try:
                self._feed = _core.NetSending([net], priority=_LOW, originator=self._originator)
            except DicomError:
                # Whoever sends it alone says why it cannot be.
                return False
        path = os.fspath(found.source)
        self._under_way[self._feed.push(path)] = (found, path, said)
        return True

    def _take_back(self) -> None:
        if self._feed is not None:
            for place in self._feed.take_back():
                self._under_way.pop(place, None)

    def _ended(self) -> Iterator[dict[str, Any]]:
        """Wait for one to end, where one is under way; count it, and yield what the handler said of it."""
        while self._under_way and not self._answers and self._feed is not None and not self._feed.has_ended:
            if self._event.is_cancelled and not self.is_cancelled:
                self.cancel()
            else:
                self._answers = answers_of(self._feed, _LOOK)[::-1]
        if not self._under_way:
            return
        # Without an answer the network has ended.
        answer = self._answers.pop() if self._answers else None
        found, path, said = self._under_way.pop(
            next(iter(self._under_way)) if answer is None else answer.place
        )
        sent = self._target._settled(path, answer, _LOW, self._originator)
        if sent.error is not None:
            _log(sent.error, found)
        self._count(_category(sent.status), found)
        yield said

    # -- one by one ----------------------------------------------------------------------------------------------

    def _one(self, source: Any) -> None:  # noqa: ANN401
        """Send what a handler yields, and count what became of it."""
        given = source
        try:
            if isinstance(source, Found):
                if not source.is_whole():
                    raise ArgumentError(_CHANGED)
                given = source.source
            if self._bare:
                given = without_bulk_data(_data_set(given))
            title, message = self._originator or (None, None)
            status = self._target.send_c_store(given, originator_aet=title, originator_id=message)
        except (DicomError, RuntimeError) as error:
            _log(error, source)
            status = Dataset()
        self._count(_category(status), source)

    def _count(self, category: str, source: Any) -> None:  # noqa: ANN401
        counts = self.counts
        counts.remaining -= 1
        if category == "Success":
            counts.completed += 1
        elif category == "Warning":
            counts.warning += 1
        else:
            counts.failed += 1
            counts.uids.append(_uid(source))


def _category(status: Dataset) -> str:
    return category_of(status.Status) if "Status" in status else "Failure"


def _log(error: BaseException, source: Any) -> None:  # noqa: ANN401
    # What we say ourselves holds nothing of the instance; what reads it may.
    is_ours = isinstance(error, (ArgumentError, AssociationOverError))
    why = clean(str(error) if is_ours else type(error).__name__)
    uid = _uid(source)
    # Where a UID should be there may be anything.
    of = f" (instance {uid})" if _UID.fullmatch(uid) else ""
    LOGGER.error("a sub-operation failed: %s%s", why, of)


def _data_set(source: Any) -> Dataset:  # noqa: ANN401
    return read(source) if isinstance(source, (str, os.PathLike)) else as_dataset(source)


def _uid(source: Any) -> str:  # noqa: ANN401
    if isinstance(source, Found):
        return source.sop_instance
    with suppress(DicomError):
        return str(_data_set(source).get("SOPInstanceUID") or "")
    return ""
