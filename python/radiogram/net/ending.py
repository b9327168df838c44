"""The end of the program: what it has begun with the network comes to its end first, as the interpreter waits for it; then the network ends."""

from __future__ import annotations

import sys
import threading
from contextlib import suppress
from weakref import WeakSet

from radiogram import _core

__all__ = ["ours"]

_ours: WeakSet[threading.Thread] = WeakSet()


def ours(thread: threading.Thread) -> threading.Thread:
    """Say that a thread ends with the network, and nobody has to wait for it before; gives the thread.

    Examples
    --------
    >>> import threading
    >>> from radiogram.net.ending import ours
    >>> ours(threading.Thread(target=print, name="printing")).name
    'printing'
    """
    _ours.add(thread)
    return thread


def _finish() -> None:
    """Wait for what the program has begun: tasks of its executors, then its threads. Ctrl-C ends the waiting, and with the network what they do."""
    with suppress(KeyboardInterrupt):
        executors = sys.modules.get("concurrent.futures.thread")
        if executors is not None:
            # It would be called behind the end of the network where the module was there before ours.
            getattr(executors, "_python_exit", lambda: None)()
        while left := [one for one in threading.enumerate() if _is_to_end(one)]:
            for thread in left:
                thread.join()


def _is_to_end(thread: threading.Thread) -> bool:
    return not (thread.daemon or thread in _ours or thread is threading.current_thread())


# Those that were registered last are called first.
_core.net_ends_with_the_interpreter()
with suppress(AttributeError):
    threading._register_atexit(_finish)  # type: ignore[attr-defined]  # what concurrent.futures has for the same end
