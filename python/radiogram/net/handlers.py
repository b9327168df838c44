"""The threads that handlers run in: a bounded number, in order within an association, never a thread of the engine.

One thread at a time takes what comes next from the inbox, and says at once which association it belongs to: that keeps the
order. What belongs to an association that another thread is busy with is left to that thread. A thread that has taken something
goes on being the one that takes, because a handler is mostly done before the next thing comes, and waking another thread costs
more than that; where more is waiting already, or the handler lasts, another one takes over. When all are busy nobody takes, the
inbox fills, and the engine stops reading from the peers.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING

from radiogram import _core
from radiogram.net.ending import begin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from radiogram._core import NetInbox, NetWork

__all__ = ["HandlerPool", "afterwards", "answering", "is_handling", "is_over", "waiting_outside"]

LOGGER = logging.getLogger("radiogram.net")

IDLE = 15.0
"""Seconds after which a thread that nobody needs ends."""
SOON = 0.005
"""Seconds that a handler may last before another thread takes over: one of those that wait watches, and looks that often."""
QUIET = 4
"""Looks without anything new after which nobody watches any more; the next that is taken is handed over at once."""
DEEP = 64
"""Pieces of work that may wait for the one thread an association is in; then nobody takes more until there are fewer."""
OUTSIDE = 7
"""Threads that may wait for the network beside each one that does not."""

_here = threading.local()


class HandlerPool:
    """A bounded number of threads that take work from an inbox.

    Threads are started as they are needed. One that waits for the network itself, because its handler sends something over
    another association, does not count: else handlers that talk to each other could wait for ever.

    Parameters
    ----------
    handle : callable
        What is called with each piece of work.
    threads : int
        How many handlers run at once.
    capacity : int
        How much may wait in the inbox.
    name : str
        The name of the threads.
    idle : callable, optional
        What is called now and then while nothing comes and nothing is under way.
    """

    def __init__(
        self,
        handle: Callable[[NetWork], None],
        *,
        threads: int,
        capacity: int = 256,
        name: str = "radiogram-handler",
        idle: Callable[[], object] | None = None,
    ) -> None:
        self.inbox: NetInbox = _core.NetInbox(capacity)
        self._process = os.getpid()
        self._handle = handle
        self._idle = idle
        self._most = max(1, threads)
        self._name = name
        self._state = threading.Condition(threading.Lock())
        self._room = threading.Condition(self._state._lock)  # type: ignore[attr-defined]
        self._lanes: dict[int, deque[NetWork]] = {}
        self._taker: int | None = None
        self._is_handling = self._is_watched = self._is_over = False
        self._live = self._waiting = self._outside = self._started = self._taken = 0

    # -- threads -------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """See to it that somebody takes what comes."""
        with self._state:
            if self._taker is None:
                self._grow()

    def close(self) -> None:
        """Take nothing more; handlers that run come to their end."""
        self.inbox.close()
        with self._state:
            self._state.notify_all()

    def settle(self, seconds: float) -> None:
        """Wait, for so long at most, until what has come is handled; a handler does not wait for itself."""
        if getattr(_here, "pool", None) is self or not self.is_open:
            return
        end = time.monotonic() + seconds
        while not self._is_settled() and time.monotonic() < end:
            time.sleep(SOON)

    def _is_settled(self) -> bool:
        if len(self.inbox):
            return not self._live
        with self._state:
            # What was taken may not be in a lane yet.
            return not self._live or not (self._lanes or self.inbox.taken != self._taken)

    @property
    def is_open(self) -> bool:
        """Whether it takes anything: not after `close`, and not in a child that was forked, which has none of its threads."""
        return not self.is_inherited and not self.inbox.closed

    @property
    def is_inherited(self) -> bool:
        """Whether it is of the process that this one was forked from."""
        return self._process != os.getpid()

    @property
    def threads(self) -> int:
        """How many threads there are."""
        return self._live

    def _grow(self) -> None:
        """Start a thread where none waits for something to do, and there may be one more. Called with the state held."""
        counted = self._live - min(self._outside, OUTSIDE * self._most)
        if self._waiting or self.inbox.closed or counted >= self._most:
            return
        self._live += 1
        self._waiting += 1
        self._started += 1
        try:
            begin(self._run, f"{self._name}-{self._started}")
        except RuntimeError:
            # The interpreter is ending and starts no more threads: those that are there do what there is to do.
            self._live -= 1
            self._waiting -= 1

    def _hand_over(self) -> None:
        """Let another thread take what comes. Called with the state held."""
        self._taker = None
        if self._waiting:
            self._state.notify()
        else:
            self._grow()

    @contextmanager
    def outside(self) -> Iterator[None]:
        """Say that this thread waits for the network, as long as the block lasts."""
        with self._state:
            self._outside += 1
            if self._taker == threading.get_ident():
                self._hand_over()
            elif self._taker is None:
                self._grow()
        try:
            yield
        finally:
            with self._state:
                self._outside -= 1

    def _run(self) -> None:
        _here.pool = self
        is_new = True
        while self._may_take(is_new=is_new):
            is_new = False
            lane = self._take()
            if lane is not None:
                self._work_off(lane)
        # Who waited for a turn has none to wait for.
        with self._state:
            self._state.notify_all()

    def _may_take(self, *, is_new: bool) -> bool:
        """Wait to be the one that takes; false where this thread is not needed any more."""
        me = threading.get_ident()
        with self._state:
            self._waiting -= is_new
            if self._taker == me:
                self._is_handling = False
                if not self._is_over:
                    return True
                self._taker = None
                self._live -= 1
                return False
            self._waiting += 1
            is_turn = self._waited()
            self._waiting -= 1
            if is_turn:
                self._taker = me
                self._is_handling = False
            else:
                self._live -= 1
            return is_turn

    def _waited(self) -> bool:
        """Wait until nobody takes; false where nobody needs this thread any more."""
        while not self._is_over:
            if not self._is_watched:
                self._watch()
            if self._taker is None:
                return not self._is_over
            # Who is not called in that time is one too many, whatever others have taken meanwhile; unless it was called in that moment.
            if not self._state.wait(IDLE) and self._taker is not None:
                return False
        return False

    def _watch(self) -> None:
        """Wait for a turn, and end the turn of one that is held up by a handler; while nothing comes there is nothing to watch."""
        self._is_watched = True
        seen, quiet = self._taken, 0
        while self._taker is not None and not self._is_over and quiet < QUIET:
            if self._state.wait(SOON):
                continue
            if self._taken != seen:
                seen, quiet = self._taken, 0
            elif self._is_handling:
                self._taker = None
            else:
                quiet += 1
        self._is_watched = False

    # -- work ----------------------------------------------------------------------------------------------------

    def _take(self) -> int | None:
        """Take one piece of work, and give the association that it makes this thread's own: none where it is another's."""
        work = self.inbox.take(IDLE)
        if work is None and self._idle is not None and not self._lanes:
            self._idle()
        with self._state:
            if work is None:
                # In time there is nothing, or never again.
                self._is_over = self.inbox.closed
                return None
            self._taken += 1
            association = 0 if work.association is None else work.association.id
            lane = self._lanes.get(association)
            if lane is not None:
                lane.append(work)
                self._room.wait_for(lambda: len(lane) < DEEP)
                return None
            self._lanes[association] = deque((work,))
            self._is_handling = True
            if len(self.inbox) or not self._is_watched:
                self._hand_over()
            return association

    def _work_off(self, association: int) -> None:
        """Do what there is to do for an association, in order."""
        lane = self._lanes[association]
        while True:
            try:
                with answering():
                    self._handle(lane[0])
            except BaseException as error:  # a thread of the pool outlives whatever is wrong
                # No text: it may hold patient data.
                LOGGER.error("handling a message failed: %s", type(error).__name__)
            with self._state:
                lane.popleft()
                if len(lane) == DEEP - 1:
                    self._room.notify_all()
                if not lane:
                    del self._lanes[association]
                    return


@contextmanager
def answering() -> Iterator[None]:
    """Hold back what is asked for by `afterwards` until the block ends: then the answer is on its way."""
    before: list[Callable[[], object]] | None = getattr(_here, "held", None)
    held: list[Callable[[], object]] = []
    _here.held = held
    try:
        yield
    finally:
        _here.held = before
        for call in held:
            call()


def afterwards(call: Callable[[], object]) -> None:
    """Call something once what this thread handles is answered; at once, where it handles nothing."""
    held: list[Callable[[], object]] | None = getattr(_here, "held", None)
    if held is None:
        call()
    else:
        held.append(call)


def is_handling() -> bool:
    """Say whether this is a thread of a pool."""
    return getattr(_here, "pool", None) is not None


def is_over() -> bool:
    """Say whether this thread does what is left of a pool that takes nothing more."""
    pool: HandlerPool | None = getattr(_here, "pool", None)
    return pool is not None and not pool.is_open


@contextmanager
def waiting_outside() -> Iterator[None]:
    """Say, where this is a thread of a pool, that it waits for the network as long as the block lasts."""
    pool: HandlerPool | None = getattr(_here, "pool", None)
    if pool is None:
        yield
        return
    with pool.outside():
        yield
