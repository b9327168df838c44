"""The threads that handlers run in: a bounded number, in order within an association, never a thread of the engine.

One thread at a time takes what comes next from the inbox, and says at once which association it belongs to: that keeps the
order. What belongs to an association that another thread is busy with is left to that thread. When all are busy nobody takes,
the inbox fills, and the engine stops reading from the peers.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING

from radiogram import _core

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from radiogram._core import NetInbox, NetWork

__all__ = ["HandlerPool", "waiting_outside"]

LOGGER = logging.getLogger("radiogram.net")

IDLE = 15.0
"""Seconds after which a thread with nothing to do ends, where it is not the last one."""
DEEP = 64
"""Pieces of work that may wait for the one thread an association is in; then nobody takes more until there are fewer."""

_here = threading.local()


class HandlerPool:
    """A bounded number of threads that take work from an inbox.

    Threads are started as they are needed. One that waits for the network itself, because its handler sends something over
    another association, does not count: else handlers that talk to each other could wait for ever.

    Parameters
    ----------
    handle : callable
        What is called with each piece of work. It must not raise.
    threads : int
        How many handlers run at once.
    capacity : int
        How much may wait in the inbox.
    name : str
        The name of the threads.
    """

    def __init__(
        self,
        handle: Callable[[NetWork], None],
        *,
        threads: int,
        capacity: int = 256,
        name: str = "radiogram-handler",
    ) -> None:
        self.inbox: NetInbox = _core.NetInbox(capacity)
        self._handle = handle
        self._most = max(1, threads)
        self._name = name
        self._lead = threading.Lock()
        self._state = threading.Condition(threading.Lock())
        self._lanes: dict[int, deque[NetWork]] = {}
        self._live = self._idle = self._outside = self._started = 0

    # -- threads -------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """See to it that somebody takes what comes."""
        with self._state:
            self._grow()

    def close(self) -> None:
        """Take nothing more; handlers that run come to their end."""
        self.inbox.close()

    @property
    def threads(self) -> int:
        """How many threads there are."""
        return self._live

    def _grow(self) -> None:
        """Start a thread where nobody waits for work, and there may be one more. Called with the state held."""
        # Those outside are blocked in the network; their number is bounded too.
        if self._idle or self.inbox.closed or self._live - min(self._outside, 7 * self._most) >= self._most:
            return
        self._live += 1
        self._idle += 1
        self._started += 1
        thread = threading.Thread(target=self._run, name=f"{self._name}-{self._started}")
        thread.start()

    @contextmanager
    def outside(self) -> Iterator[None]:
        """Say that this thread waits for the network, as long as the block lasts."""
        with self._state:
            self._outside += 1
            if self._lanes:
                self._grow()
        try:
            yield
        finally:
            with self._state:
                self._outside -= 1

    def _run(self) -> None:
        _here.pool = self
        while True:
            with self._lead:
                lane = self._take()
            if lane is None:
                return
            if lane:
                self._work_off(lane)

    # -- work ----------------------------------------------------------------------------------------------------

    def _take(self) -> int | None:
        """Take one piece of work: the association that it makes this thread's own, 0 where it is another's, ``None`` at the end."""
        work = self.inbox.take(IDLE)
        with self._state:
            if work is None:
                # The last one stays: who else would take what comes?
                if self.inbox.closed or self._idle > 1:
                    self._live -= 1
                    self._idle -= 1
                    return None
                return 0
            association = 0 if work.association is None else work.association.id
            lane = self._lanes.get(association)
            if lane is None:
                self._lanes[association] = deque((work,))
                self._idle -= 1
                self._grow()
                return association
            lane.append(work)
            self._state.wait_for(lambda: len(lane) < DEEP)
            return 0

    def _work_off(self, association: int) -> None:
        """Do what there is to do for an association, in order."""
        lane = self._lanes[association]
        while True:
            try:
                self._handle(lane[0])
            except BaseException as error:  # a thread of the pool outlives whatever is wrong
                LOGGER.error(
                    "handling a message failed: %s", type(error).__name__
                )  # no text: it may hold patient data
            with self._state:
                lane.popleft()
                if len(lane) == DEEP - 1:
                    self._state.notify_all()
                if not lane:
                    del self._lanes[association]
                    self._idle += 1
                    return


@contextmanager
def waiting_outside() -> Iterator[None]:
    """Say, where this is a thread of a pool, that it waits for the network as long as the block lasts."""
    pool: HandlerPool | None = getattr(_here, "pool", None)
    if pool is None:
        yield
        return
    with pool.outside():
        yield
