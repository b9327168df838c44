"""The end of the program: threads of its own use the network until they are done; then it ends, with the threads that are the network's."""

from __future__ import annotations

import atexit
import threading
from typing import TYPE_CHECKING
from weakref import WeakSet

from radiogram import _core

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["begin"]

_ours: WeakSet[threading.Thread] = WeakSet()


def begin(run: Callable[[], object], name: str) -> None:
    """Start a thread that ends with the network: the interpreter does not wait for it before.

    Raises
    ------
    RuntimeError
        The interpreter starts no more threads.

    Examples
    --------
    >>> from radiogram.net.ending import begin
    >>> begin(lambda: None, "nothing")
    """
    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    _ours.add(thread)


def _finish() -> None:
    """End the network; handlers that run come to their end."""
    _core.net_end()
    for thread in list(_ours):
        thread.join()


_core.net_is_ended()
# Called when the interpreter has waited for threads and executors, before anything is taken apart.
atexit.register(_finish)
