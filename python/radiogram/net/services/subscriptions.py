"""Who hears of which unified procedure steps (PS3.4 CC.2.3): subscriptions to one, to all, to those that match; with deletion locks."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from radiogram.net.matching import matches

if TYPE_CHECKING:
    from radiogram.dataset import Dataset

__all__ = ["FILTERED", "GLOBAL", "Subscriptions"]

GLOBAL = "1.2.840.10008.5.1.4.34.5"
"""The well-known instance that stands for all steps."""

FILTERED = "1.2.840.10008.5.1.4.34.5.1"
"""That which stands for those that match."""


class Subscriptions:
    """The state table of PS3.4 table CC.2.3-2.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.services.subscriptions import GLOBAL, Subscriptions
    >>> held = Subscriptions()
    >>> held.subscribe("WATCHER", GLOBAL, lock=True, steps={"1.2": rg.Dataset()})
    ['1.2']
    >>> held.of("1.2"), held.is_locked("1.2")
    (['WATCHER'], True)
    """

    def __init__(self) -> None:
        self._lock = Lock()
        # By (title, step): whether with a deletion lock.
        self._single: dict[tuple[str, str], bool] = {}
        # By title: whether with a lock, and the keys that a step has to match, none for all.
        self._every: dict[str, tuple[bool, Dataset | None]] = {}

    def created(self, uid: str, step: Dataset) -> list[str]:
        """Subscribe those who want all new steps, and give their titles: each gets the initial event."""
        with self._lock:
            found = [
                (title, lock)
                for title, (lock, keys) in self._every.items()
                if keys is None or matches(keys, step)
            ]
            for title, lock in found:
                self._single[title, uid] = lock
            return [title for title, _ in found]

    def subscribe(
        self, title: str, uid: str, *, lock: bool, steps: dict[str, Dataset], keys: Dataset | None = None
    ) -> list[str]:
        """Subscribe to one step or to all that are there and will be; give the steps whose initial event is due."""
        with self._lock:
            if uid not in (GLOBAL, FILTERED):
                self._single[title, uid] = lock
                return [uid]
            if uid == GLOBAL:
                keys = None
            self._every[title] = (lock, keys)
            due = []
            for one, step in steps.items():
                if keys is not None and not matches(keys, step):
                    continue
                # Who is subscribed with a lock already stays as it is.
                if (title, one) not in self._single:
                    self._single[title, one] = lock
                    due.append(one)
            return due

    def unsubscribe(self, title: str, uid: str) -> None:
        """End the subscription to one step, or all of them."""
        with self._lock:
            if uid in (GLOBAL, FILTERED):
                self._every.pop(title, None)
                self._single = {key: lock for key, lock in self._single.items() if key[0] != title}
            else:
                self._single.pop((title, uid), None)

    def suspend(self, title: str) -> None:
        """End the subscription to steps that will be; what is subscribed to stays."""
        with self._lock:
            self._every.pop(title, None)

    def of(self, uid: str) -> list[str]:
        """Give the titles that hear of a step."""
        with self._lock:
            return sorted(title for title, one in self._single if one == uid)

    def everyone(self) -> list[str]:
        """Give the titles that hear of all steps, or of all that match."""
        with self._lock:
            return sorted(self._every)

    def is_locked(self, uid: str) -> bool:
        """Whether anybody wants a step to stay where it is."""
        with self._lock:
            return any(lock for (_, one), lock in self._single.items() if one == uid)

    def deleted(self, uid: str) -> None:
        """Forget a step."""
        with self._lock:
            self._single = {key: lock for key, lock in self._single.items() if key[1] != uid}
