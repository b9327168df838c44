"""The index of a served folder: SQLite, fed in batches, brought up to date from the files, which are what counts.

The database is beside the files, in ``.radiogram/index.sqlite``; without it, or with one of another version, it is made anew. When it is
opened the folder is gone through: what is new or was changed is read, what is gone is forgotten.
"""

from __future__ import annotations

import logging
import sqlite3
from collections import deque
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Condition, Lock, Thread
from typing import TYPE_CHECKING, Self

from radiogram.errors import DicomError
from radiogram.net.served.answering import Answers, prepared
from radiogram.net.served.commitment import reasons
from radiogram.net.served.rows import Row, files, is_object, scanned
from radiogram.net.served.schema import COLUMNS, CREATE, TABLES, UNIQUE, VERSION
from radiogram.net.served.search import candidates, instances, only_columns
from radiogram.net.services.answers import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from os import PathLike

    from radiogram.dataset import Dataset
    from radiogram.net.finding import Encoded
    from radiogram.net.matching import Matching
    from radiogram.net.services.query import Found

__all__ = ["Index", "IndexFileError"]

_LOG = logging.getLogger("radiogram.net")

_MOST_ROWS = 500
_LONGEST_WAIT = 0.005
_OWN = ".radiogram"
_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 30.0
"""Seconds before the index is tried again that could not be written; each time twice as long."""

_OUT_OF_RESOURCES = 0xA700
_PROCESSING_FAILURE = 0x0110
_OF_OBJECTS = ("SOPInstanceUID", "SOPClassUID", "path", "size", "changed")


class IndexFileError(DicomError, OSError):
    """The database of the index cannot be opened or made; the message says where and why."""

    kind = "index_file"


class Index:
    """The instances of a folder, to be looked through.

    Parameters
    ----------
    folder : path
        The folder; it is gone through now.
    is_durable : bool
        Whether instances are on the disk when they are added, as those are that are received with durability ``fsync``; others are written
        out before they are committed to.

    Raises
    ------
    IndexFileError
        The database cannot be opened or made.

    Notes
    -----
    Where it cannot be written, on a full disk, queries are refused rather than answered without what came last (PS3.4 C.4.1.1.4: A700), until
    it has been brought up to date from the files.

    Examples
    --------
    >>> import tempfile
    >>> from radiogram.net.served import Index
    >>> with Index(tempfile.mkdtemp()) as index:
    ...     len(index)
    0
    """

    def __init__(self, folder: str | PathLike[str], *, is_durable: bool = False) -> None:
        self.folder = Path(folder).resolve()
        self._is_durable = is_durable
        own = self.folder / _OWN
        own.mkdir(parents=True, exist_ok=True)
        self._place = own / "index.sqlite"
        self._writing = Lock()
        self._database = self._opened()
        self._waiting: deque[Row] = deque()
        self._condition = Condition()
        self._busy = False
        self._closed = False
        # Why what came last is not in it.
        self._behind = ""
        try:
            self.synchronize()
        except sqlite3.Error as error:
            self._database.close()
            raise self._failed(error) from error
        self._thread = Thread(target=self._feed, name="radiogram-index", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def __len__(self) -> int:
        self.flush()
        with closing(self._reading()) as database:
            return int(database.execute("SELECT count(*) FROM instances").fetchone()[0])

    # -- opening -------------------------------------------------------------------------------------------------

    def _opened(self) -> sqlite3.Connection:
        """Open the database, and make it where it is not there, of another version, or broken."""
        for attempt in range(2):
            try:
                database = sqlite3.connect(self._place, check_same_thread=False, isolation_level=None)
            except sqlite3.Error as error:
                raise self._failed(error) from error
            try:
                # The files are what counts: rows that a power cut takes back are brought up to date from them. The database itself stays whole.
                database.execute("PRAGMA journal_mode=WAL")
                database.execute("PRAGMA synchronous=NORMAL")
                tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
                if "about" in tables and database.execute("SELECT version FROM about").fetchone() == (
                    VERSION,
                ):
                    return database
                if not tables:
                    database.executescript(CREATE)
                    return database
            except sqlite3.DatabaseError as error:
                # It is not broken where another program has it, or the disk is full: it is that program's, or will do again.
                if attempt or isinstance(error, sqlite3.OperationalError):
                    database.close()
                    raise self._failed(error) from error
            database.close()
            for name in ("index.sqlite", "index.sqlite-wal", "index.sqlite-shm"):
                (self._place.parent / name).unlink(missing_ok=True)
        message = "it could not be made"
        raise self._failed(message)

    def _failed(self, error: object) -> IndexFileError:
        return IndexFileError(f"{self._place}: {error}")

    def synchronize(self) -> tuple[int, int]:
        """Bring the index up to date: read files that are new or were changed, forget those that are gone; give how many of each."""
        there = dict(files(self.folder))
        with self._writing:
            known = {
                path: (size, changed)
                for path, size, changed in self._database.execute(
                    "SELECT path, size, changed FROM instances UNION ALL SELECT path, size, changed FROM objects"
                )
            }
        gone = [path for path in known if path not in there]
        new = [path for path, stamp in there.items() if known.get(path) != stamp]
        count = 0
        for start in range(0, len(new), 4096):
            rows = list(scanned(self.folder, new[start : start + 4096], there))
            for at in range(0, len(rows), _MOST_ROWS):
                self._write(rows[at : at + _MOST_ROWS])
            count += len(rows)
        self._forget(gone)
        return count, len(gone)

    # -- feeding -------------------------------------------------------------------------------------------------

    def add(self, row: Row) -> None:
        """Take an instance in: it is found once `flush` has returned, and some milliseconds later in any case."""
        with self._condition:
            self._waiting.append(row)
            self._condition.notify()

    def flush(self) -> None:
        """Wait until all that was taken in is found.

        Raises
        ------
        RefusedError
            The index cannot be written at present.
        """
        with self._condition:
            self._condition.wait_for(lambda: self._behind or (not self._waiting and not self._busy))
            if self._behind:
                message = "the index cannot be written at present"
                raise RefusedError(message, _OUT_OF_RESOURCES)

    def _feed(self) -> None:
        while True:
            with self._condition:
                self._condition.wait_for(lambda: self._waiting or self._closed)
                if not self._waiting:
                    return
                if len(self._waiting) < _MOST_ROWS and not self._closed:
                    # More may come while the first ones wait.
                    self._condition.wait_for(
                        lambda: len(self._waiting) >= _MOST_ROWS or self._closed, _LONGEST_WAIT
                    )
                batch = [self._waiting.popleft() for _ in range(min(_MOST_ROWS, len(self._waiting)))]
                self._busy = True
            try:
                self._write(batch)
            except Exception as error:  # whatever it was: who waits for the index hears of it, and it goes on
                self._catch_up(error)
            finally:
                with self._condition:
                    self._busy = False
                    self._condition.notify_all()

    def _catch_up(self, error: Exception) -> None:
        """Bring the index up to date from the files as soon as it can be written again: they have all that it could not take."""
        _LOG.error("the index cannot be written: %s", error)
        pause = _FIRST_PAUSE
        while True:
            with self._condition:
                self._behind = str(error)
                self._condition.notify_all()
                if self._condition.wait_for(lambda: self._closed, pause):
                    return
                self._waiting.clear()
            pause = min(pause * 2, _LONGEST_PAUSE)
            try:
                self.synchronize()
            except Exception as again:
                error = again
                continue
            with self._condition:
                self._behind = ""
            _LOG.warning("the index is up to date again")
            return

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        """Give the database for changes that are made all or not at all."""
        with self._writing:
            run = self._database
            run.execute("BEGIN IMMEDIATE")
            try:
                yield run
                run.execute("COMMIT")
            except BaseException:
                # A full disk has ended it already.
                with suppress(sqlite3.Error):
                    run.execute("ROLLBACK")
                raise

    def _write(self, rows: Sequence[Row]) -> None:
        if not rows:
            return
        objects = [row for row in rows if is_object(row)]
        rows = [row for row in rows if not is_object(row)]
        with self._changing() as run:
            run.executemany(
                "INSERT OR REPLACE INTO objects (SOPInstanceUID, SOPClassUID, path, size, changed) VALUES (?, ?, ?, ?, ?)",
                [[row.get(name) for name in _OF_OBJECTS] for row in objects],
            )
            has_moved = bool(rows) and self._have_moved(rows)
            for level in ("STUDY", "SERIES", "IMAGE"):
                names = COLUMNS[level]
                more = ("TransferSyntaxUID", "path", "size", "changed") if level == "IMAGE" else ()
                marks = ", ".join("?" * (len(names) + len(more)))
                columns = ", ".join((*names, *more))
                # The last instance says what its series and study are.
                last = {row[UNIQUE[level]]: row for row in rows}
                run.executemany(
                    f"INSERT OR REPLACE INTO {TABLES[level]} ({columns}) VALUES ({marks})",  # names of ours
                    [[row.get(name) for name in (*names, *more)] for row in last.values()],
                )
            if has_moved:
                self._forget_empty()

    def _forget(self, paths: Iterable[str]) -> None:
        paths = list(paths)
        if not paths:
            return
        with self._changing() as run:
            for table in ("instances", "objects"):
                run.executemany(f"DELETE FROM {table} WHERE path = ?", [(path,) for path in paths])
            self._forget_empty()

    def _have_moved(self, rows: Sequence[Row]) -> bool:
        """Whether an instance that is there already comes in another series, or a series in another study."""
        for level, above in (("IMAGE", "SeriesInstanceUID"), ("SERIES", "StudyInstanceUID")):
            said = {row[UNIQUE[level]]: row[above] for row in rows}
            known = self._database.execute(
                f"SELECT {UNIQUE[level]}, {above} FROM {TABLES[level]}"
                f" WHERE {UNIQUE[level]} IN ({', '.join('?' * len(said))})",
                list(said),
            )
            if any(said[uid] != before for uid, before in known):
                return True
        return False

    def _forget_empty(self) -> None:
        for level, below in (("SERIES", "instances"), ("STUDY", "series")):
            key = UNIQUE[level]
            self._database.execute(
                f"DELETE FROM {TABLES[level]} WHERE {key} NOT IN (SELECT {key} FROM {below})"
            )

    # -- looking through -----------------------------------------------------------------------------------------

    def _reading(self) -> sqlite3.Connection:
        """Give a connection that reads while another one writes."""
        # A query may be gone on with, and given up, by another thread than that which began it.
        database = sqlite3.connect(f"file:{self._place}?mode=ro", uri=True, check_same_thread=False)
        database.row_factory = sqlite3.Row
        return database

    def candidates(self, level: str, query: Dataset, agreed: Matching | None = None) -> Iterator[Dataset]:
        """Yield the entities of a level that may match (see `radiogram.net.services.query.Store`)."""
        self.flush()
        database = self._reading()
        try:
            yield from candidates(database, self.folder, level, query, agreed)
        finally:
            database.close()

    def following(
        self, level: str, query: Dataset, agreed: Matching | None = None, after: str = ""
    ) -> Iterator[Dataset]:
        """Yield the entities of a level that may match, in the order of their unique keys, behind one of them."""
        self.flush()
        database = self._reading()
        try:
            yield from candidates(database, self.folder, level, query, agreed, after=after)
        finally:
            database.close()

    def answers(
        self,
        level: str,
        query: Dataset,
        keys: Dataset,
        agreed: Matching,
        more: Mapping[str, str],
        syntax: str,
    ) -> Iterator[Encoded] | None:
        """Give the answers to a query as they are sent, where the index holds all of them; else `None`.

        They are those that `candidates`, the matching function and `radiogram.net.services.identifiers.returned` give.
        """
        answers = prepared(level, query, keys, agreed, only_columns(level, keys), more, syntax)
        return None if answers is None else self._encoded(answers)

    def _encoded(self, answers: Answers) -> Iterator[Encoded]:
        self.flush()
        database = self._reading()
        try:
            yield from answers.encoded(database)
        finally:
            database.close()

    def instances(self, level: str, query: Dataset) -> Iterator[Found]:
        """Yield the instances of what unique keys say."""
        self.flush()
        database = self._reading()
        try:
            yield from instances(database, self.folder, level, query)
        finally:
            database.close()

    def objects(self, classes: Iterable[str] | None = None) -> list[Path]:
        """Give the files of what is of no study: palettes, hanging protocols, templates; of some SOP classes, or of all."""
        self.flush()
        wanted = None if classes is None else frozenset(classes)
        with closing(self._reading()) as database:
            found = database.execute("SELECT SOPClassUID, path FROM objects ORDER BY path")
            return [self.folder / path for sop_class, path in found if wanted is None or sop_class in wanted]

    def committed(self, pairs: list[tuple[str, str]]) -> list[int]:
        """Give for each SOP class and instance 0 where it is on disk, else a Failure Reason (PS3.3 C.14.1.1)."""
        try:
            self.flush()
        except RefusedError:
            # Nothing is promised that cannot be looked up.
            return [_PROCESSING_FAILURE] * len(pairs)
        database = self._reading()
        try:
            return reasons(database, self.folder, pairs, is_durable=self._is_durable)
        finally:
            database.close()

    def close(self) -> None:
        """Write what waits, and close the database."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()
        self._thread.join()
        self._database.close()
