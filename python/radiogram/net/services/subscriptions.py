"""Who hears of which unified procedure steps (PS3.4 CC.2.3): subscriptions to one, to all, to those that match; with deletion locks."""

from __future__ import annotations

import sqlite3
from threading import Lock
from typing import TYPE_CHECKING

from radiogram.dataset import Dataset
from radiogram.net.matching import matches

if TYPE_CHECKING:
    from collections.abc import Iterable
    from os import PathLike

__all__ = ["FILTERED", "GLOBAL", "Subscriptions"]

GLOBAL = "1.2.840.10008.5.1.4.34.5"
"""The well-known instance that stands for all steps."""

FILTERED = "1.2.840.10008.5.1.4.34.5.1"
"""That which stands for those that match."""

_CREATE = """
CREATE TABLE IF NOT EXISTS single (title TEXT, step TEXT, lock INTEGER, PRIMARY KEY (title, step)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS every (title TEXT PRIMARY KEY, lock INTEGER, keys TEXT) WITHOUT ROWID;
"""


class Subscriptions:
    """The state table of PS3.4 table CC.2.3-2.

    Parameters
    ----------
    place : path, optional
        A database that subscriptions are kept in, so that who watches, and what is locked, outlives the program.

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

    def __init__(self, place: str | PathLike[str] | None = None) -> None:
        self._lock = Lock()
        # By (title, step): whether with a deletion lock.
        self._single: dict[tuple[str, str], bool] = {}
        # By title: whether with a lock, and the keys that a step has to match, none for all.
        self._every: dict[str, tuple[bool, Dataset | None]] = {}
        self._database: sqlite3.Connection | None = None
        if place is not None:
            self._database = sqlite3.connect(place, check_same_thread=False, isolation_level=None)
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute("PRAGMA synchronous=FULL")
            self._database.executescript(_CREATE)
            for title, step, lock in self._database.execute("SELECT title, step, lock FROM single"):
                self._single[title, step] = bool(lock)
            for title, lock, keys in self._database.execute("SELECT title, lock, keys FROM every"):
                self._every[title] = (bool(lock), None if keys is None else Dataset.from_json(keys))

    def created(self, uid: str, step: Dataset) -> list[str]:
        """Subscribe those who want all new steps, and give their titles: each gets the initial event."""
        with self._lock:
            found = [
                (title, lock)
                for title, (lock, keys) in self._every.items()
                if keys is None or matches(keys, step)
            ]
            self._put([(title, uid, lock) for title, lock in found])
            return [title for title, _ in found]

    def subscribe(
        self, title: str, uid: str, *, lock: bool, steps: dict[str, Dataset], keys: Dataset | None = None
    ) -> list[str]:
        """Subscribe to one step or to all that are there and will be; give the steps whose initial event is due."""
        with self._lock:
            if uid not in (GLOBAL, FILTERED):
                self._put([(title, uid, lock)])
                return [uid]
            if uid == GLOBAL:
                keys = None
            self._every[title] = (lock, keys)
            said = None if keys is None else keys.to_json()
            self._run("INSERT OR REPLACE INTO every VALUES (?, ?, ?)", [(title, lock, said)])
            due = [
                one
                for one, step in steps.items()
                # Who is subscribed with a lock already stays as it is.
                if (title, one) not in self._single and (keys is None or matches(keys, step))
            ]
            self._put([(title, one, lock) for one in due])
            return due

    def unsubscribe(self, title: str, uid: str) -> None:
        """End the subscription to one step, or all of them."""
        with self._lock:
            if uid in (GLOBAL, FILTERED):
                self._every.pop(title, None)
                self._single = {key: lock for key, lock in self._single.items() if key[0] != title}
                self._run("DELETE FROM every WHERE title = ?", [(title,)])
                self._run("DELETE FROM single WHERE title = ?", [(title,)])
            else:
                self._single.pop((title, uid), None)
                self._run("DELETE FROM single WHERE title = ? AND step = ?", [(title, uid)])

    def suspend(self, title: str) -> None:
        """End the subscription to steps that will be; what is subscribed to stays."""
        with self._lock:
            self._every.pop(title, None)
            self._run("DELETE FROM every WHERE title = ?", [(title,)])

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
            self._run("DELETE FROM single WHERE step = ?", [(uid,)])

    def close(self) -> None:
        """Let go of the database."""
        with self._lock:
            if self._database is not None:
                self._database.close()
                self._database = None

    def _put(self, rows: list[tuple[str, str, bool]]) -> None:
        for title, uid, lock in rows:
            self._single[title, uid] = lock
        self._run("INSERT OR REPLACE INTO single VALUES (?, ?, ?)", rows)

    def _run(self, statement: str, rows: Iterable[tuple[object, ...]]) -> None:
        """Do something with each row, all or none of it."""
        if self._database is None or not (rows := list(rows)):
            return
        self._database.execute("BEGIN IMMEDIATE")
        try:
            self._database.executemany(statement, rows)
            self._database.execute("COMMIT")
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
