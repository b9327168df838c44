"""How a program that goes on until it is ended hears of that."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["until_ended"]


@contextmanager
def until_ended() -> Iterator[threading.Event]:
    """Give an event that SIGTERM sets as long as the block lasts; Ctrl-C ends the block, and is no error.

    Signals come to the main thread: on another one nothing sets it.

    Examples
    --------
    >>> with until_ended() as ended:
    ...     ended.is_set()
    False
    """
    ended = threading.Event()
    is_main = threading.current_thread() is threading.main_thread()
    before = signal.getsignal(signal.SIGTERM)
    if is_main:
        signal.signal(signal.SIGTERM, lambda *_: ended.set())
    try:
        yield ended
    except KeyboardInterrupt:
        ended.set()
    finally:
        if is_main:
            signal.signal(signal.SIGTERM, before)
