"""Many files to one peer: contexts planned by what they hold, some associations at a time, lost ones opened again.

Bytes of a file go out as they are where the peer takes their transfer syntax; else the instance is brought into one that it takes and
that loses nothing; what can be sent in no way is reported and never sent.
"""

from __future__ import annotations

import math
import time
from collections import deque
from itertools import islice
from queue import Empty, SimpleQueue
from threading import Condition, Thread
from typing import TYPE_CHECKING, Any, NamedTuple

from radiogram.errors import ArgumentError, DicomError
from radiogram.net.services.storage import Instance, heads, plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from os import PathLike

__all__ = ["Outcome", "send_files"]

_CHUNK = 8192
"""Files whose heads are read ahead of what is sent."""

_SOON = 0.2
"""Seconds in which they are read at first: no more are waited for before sending begins."""

_SHARE = 64
"""Instances that an association takes at a time: what is left goes to whoever is free."""

_MOMENT = 1.0
"""Seconds that associations have to end by themselves when no outcome is wanted any more."""

_LATER = range(0xA700, 0xA800)
"""Out of resources: it may be taken later."""
_AT_ONCE = 16
"""Instances that the engine has under way at once on an association, whatever a peer would take."""


class Outcome(NamedTuple):
    """What became of a file.

    Attributes
    ----------
    path : str
        The file.
    status : int or None
        What the peer answered; ``None`` where it was not sent.
    message : str
        In words.
    sop_instance, transfer_syntax : str
        What the file holds, empty where it cannot be read.
    attempts : int
        How often it was tried.
    """

    path: str
    status: int | None
    message: str
    sop_instance: str = ""
    transfer_syntax: str = ""
    attempts: int = 1

    @property
    def is_sent(self) -> bool:
        """True where the peer has it: with success, or with a warning."""
        return self.status is not None and (self.status == 0 or self.status & 0xF000 == 0xB000)


def send_files(
    paths: Iterable[str | PathLike[str]],
    opened: Callable[[list[tuple[str, tuple[str, ...]]]], Any],
    *,
    associations: int = 1,
    retry: int = 2,
    pause: float = 1.0,
) -> Iterator[Outcome]:
    """Send files, and yield what became of each, in the order in which it is known.

    Parameters
    ----------
    paths : iterable of path
        The files.
    opened : callable
        Opens an association with contexts, pairs of SOP class and transfer syntaxes; raises where there is none.
    associations : int
        How many at a time, as far as the peer takes them: where one stands, those that it refuses beside it are done without.
    retry : int
        How often a file is tried again whose association was lost, or that the peer had no room for. With 0 nothing is sent twice: what was under way
        when an association was lost is lost.
    pause : float
        Seconds before the first try after that; each next one waits twice as long.

    Yields
    ------
    Outcome

    Raises
    ------
    ArgumentError
        A number of tries or seconds below 0.
    Exception
        What `opened` raised that is neither a `DicomError` nor an `OSError` nor a `ValueError`: nothing further is sent.

    Examples
    --------
    >>> import tempfile
    >>> from pydicom.data import get_testdata_file
    >>> from radiogram.net import AE, build_context
    >>> from radiogram.net.services.sender import send_files
    >>> ae = AE()
    >>> with ae.start_server(("127.0.0.1", 0), block=False, store=tempfile.mkdtemp(), any_storage=True) as server:
    ...     def opened(contexts):
    ...         return ae.associate(*server.address, contexts=[build_context(uid, list(syntaxes)) for uid, syntaxes in contexts])
    ...     [outcome.status for outcome in send_files([get_testdata_file("CT_small.dcm")], opened)]
    [0]
    """
    if retry < 0 or not 0 <= pause < math.inf:
        message = "'retry' and 'pause' are 0 or more"
        raise ArgumentError(message)
    work = _Work(opened, retry=retry, pause=pause)
    names = (f"radiogram-send-{number}" for number in range(max(1, associations)))
    threads = [Thread(target=work.run, name=name, daemon=True) for name in names]
    for thread in threads:
        thread.start()
    rest, left = iter(paths), 0
    try:
        while any(read := heads(_soon(rest))):
            found, wrong = read
            work.add(found)
            left += len(found)
            yield from (Outcome(path, None, message) for path, message in wrong)
            while left and (outcome := work.outcome(wait=left >= _CHUNK)) is not None:
                left -= 1
                yield outcome
        work.add(None)
        while left and (outcome := work.outcome(wait=True)) is not None:
            left -= 1
            yield outcome
    except BaseException:
        # Nobody waits for what a peer may never answer: what is under way has a moment to end, then it is broken off.
        work.stop()
        _join(threads)
        work.abort()
        _join(threads)
        raise
    for thread in threads:
        thread.join()


def _soon(rest: Iterator[str | PathLike[str]]) -> Iterator[str | PathLike[str]]:
    """Yield the files whose heads are read now, one at least where there is one."""
    until = time.monotonic() + _SOON
    for path in islice(rest, _CHUNK):
        yield path
        if time.monotonic() > until:
            return


def _join(threads: list[Thread]) -> None:
    until = time.monotonic() + _MOMENT
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))


class _Work:
    """What is to be sent, shared by the associations."""

    def __init__(self, opened: Callable[[Any], Any], *, retry: int, pause: float) -> None:
        self._opened = opened
        self._retry = retry
        self._pause = pause
        self._state = Condition()
        self._done: SimpleQueue[Outcome | BaseException] = SimpleQueue()
        self._stopped = False
        self._standing: set[Any] = set()
        # Associations that are being opened.
        self._opening = 0
        # Whether there was any association; where there was none for all tries of one share, there are no further ones.
        self._reached = False
        self._is_lost = False
        self._why = ""
        self._waiting: deque[tuple[Any, list[Instance], int]] = deque()
        # One of each class and transfer syntax so far, of no file: contexts of what comes later hold those of what came before.
        self._kinds: dict[tuple[str, str], Instance] = {}
        self._is_all = False
        self._busy = 0

    def add(self, found: list[Instance] | None) -> None:
        """Take what is to be sent; ``None`` after the last of it."""
        plans = [] if found is None else plan([*self._kinds.values(), *found])
        for one in found or ():
            kind = one.sop_class, one.transfer_syntax
            self._kinds.setdefault(kind, Instance("", one.sop_class, "", one.transfer_syntax))
        with self._state:
            for contexts, planned in plans:
                own = [one for one in planned if one.path]
                self._waiting.extend(
                    (contexts, own[at : at + _SHARE], 1) for at in range(0, len(own), _SHARE)
                )
            self._is_all = found is None
            self._state.notify_all()

    def outcome(self, *, wait: bool) -> Outcome | None:
        """Give the next one; ``None`` where there is none now, and it is not waited for."""
        while True:
            try:
                # Looked at now and then, so that Ctrl-C is heard.
                told = self._done.get(timeout=0.25) if wait else self._done.get_nowait()
            except Empty:
                if not wait:
                    return None
                continue
            if isinstance(told, BaseException):
                raise told
            return told

    def stop(self) -> None:
        with self._state:
            self._stopped = True
            self._state.notify_all()

    def abort(self) -> None:
        with self._state:
            standing = list(self._standing)
        for association in standing:
            association.abort()

    def run(self) -> None:
        try:
            self._run()
        except BaseException as error:  # who waits for outcomes hears of it, and would wait for ever if not
            self._done.put(error)

    def _run(self) -> None:
        association, proposed = None, frozenset[Any]()
        while not self._stopped:
            with self._state:
                # More may come, and another association may fail, and leave its share.
                while not self._waiting and (self._busy or not self._is_all) and not self._stopped:
                    self._state.wait(0.25)
                if not self._waiting or self._stopped:
                    break
                share = self._waiting.popleft()
                self._busy += 1
            try:
                contexts, instances, attempt = share
                if association is not None and (
                    not proposed.issuperset(contexts) or not association.is_established
                ):
                    self._let_go(association)
                    association = None
                if association is None and self._is_lost:
                    self._again(contexts, [(one, self._why, None) for one in instances], attempt)
                    continue
                if association is None:
                    try:
                        association, proposed = self._open(contexts), frozenset(contexts)
                    except (DicomError, OSError, ValueError) as error:
                        if self._is_left_to_others(share):
                            break
                        self._again(contexts, [(one, str(error), None) for one in instances], attempt)
                        continue
                self._send(association, contexts, instances, attempt)
            finally:
                with self._state:
                    self._busy -= 1
                    self._state.notify_all()
        if association is not None:
            self._let_go(association)

    def _open(self, contexts: Any) -> Any:  # noqa: ANN401
        with self._state:
            self._opening += 1
        try:
            association = self._opened(contexts)
            self._reached = True
            with self._state:
                self._standing.add(association)
        finally:
            with self._state:
                self._opening -= 1
                self._state.notify_all()
        return association

    def _is_left_to_others(self, share: tuple[Any, list[Instance], int]) -> bool:
        """Put a share back that no association could be opened for, where another one stands: the peer may take no more of them at a time."""
        with self._state:
            # One of those that are being opened may be the one that it takes.
            while self._opening and not self._stands() and not self._stopped:
                self._state.wait(0.25)
            stands = self._stands()
            if stands:
                self._waiting.appendleft(share)
                self._state.notify_all()
        return stands

    def _stands(self) -> bool:
        return any(one.is_established for one in self._standing)

    def _let_go(self, association: Any) -> None:  # noqa: ANN401
        _release(association)
        with self._state:
            self._standing.discard(association)

    def _send(self, association: Any, contexts: Any, instances: list[Instance], attempt: int) -> None:  # noqa: ANN401
        again: list[tuple[Instance, str, int | None]] = []
        known, taken, over = 0, 0, "the association was lost"
        try:
            for sent in association.send_many([one.path for one in instances]):
                one = instances[known]
                known += 1
                status = sent.status.get("Status")
                if status is None and (sent.error is None or not association.is_established):
                    why = sent.error or getattr(association, "error", None) or over
                    again.append((one, str(why), None))
                elif status is not None and int(status) in _LATER:
                    again.append((one, _words(int(status), one), int(status)))
                elif status is None:
                    self._tell(one, None, str(sent.error), attempt)
                else:
                    said = str(sent.status.get("ErrorComment") or "")
                    words = _words(int(status), one) + (f" ({said})" if said else "")
                    self._tell(one, int(status), words, attempt)
                    taken += 1
                if self._stopped:
                    return
        except DicomError as error:
            # It ended in the moment before.
            over = str(getattr(association, "error", None) or error)
        again += [(one, over, None) for one in instances[known:]]
        lost = [one for one in again if one[2] is None]
        if lost and (taken or attempt <= self._retry):
            ahead = _ahead(association)
            under_way, rest = lost[:ahead], lost[ahead:]
            self._share(contexts, [one for one, _, _ in rest], attempt if taken else attempt + 1)
            if attempt <= self._retry:
                # One of them may be what the peer cannot take: each goes by itself, and none takes others with it.
                for alone, _, _ in under_way[1:]:
                    self._share(contexts, [alone], attempt + 1)
                del under_way[1:]
            again = [*under_way, *(one for one in again if one[2] is not None)]
        self._again(contexts, again, attempt)

    def _share(self, contexts: Any, instances: list[Instance], attempt: int) -> None:  # noqa: ANN401
        if instances:
            with self._state:
                # Where nobody was reached yet nobody needs to be tried for the others first.
                share = (contexts, instances, attempt)
                (self._waiting.append if self._reached else self._waiting.appendleft)(share)
                self._state.notify_all()

    def _again(self, contexts: Any, failed: list[tuple[Instance, str, int | None]], attempt: int) -> None:  # noqa: ANN401
        if not failed:
            return
        if attempt > self._retry or self._is_lost:
            self._is_lost = not self._reached
            self._why = failed[0][1]
            for one, words, status in failed:
                self._tell(one, status, words, attempt)
            return
        self._rest(self._pause * 2 ** (attempt - 1))
        self._share(contexts, [one for one, _, _ in failed], attempt + 1)

    def _rest(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._stopped and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, 0.1))

    def _tell(self, one: Instance, status: int | None, words: str, attempt: int) -> None:
        self._done.put(Outcome(one.path, status, words, one.sop_instance, one.transfer_syntax, attempt))


def _ahead(association: Any) -> int:  # noqa: ANN401  # of any face
    """Say how many of the first that were not answered may have been under way."""
    agreed: int = association.acceptor.asynchronous_operations[0]
    return min(agreed or _AT_ONCE, _AT_ONCE)


def _words(status: int, one: Instance) -> str:
    from radiogram.net.status import explain

    return explain(status, "C-STORE", one.sop_class).description or "a status that the standard does not have"


def _release(association: Any) -> None:  # noqa: ANN401  # of any face
    if association.is_established:
        association.release()
