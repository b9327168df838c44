"""The index of a served folder: SQLite, fed in batches, brought up to date from the files, which are what counts.

The database is beside the files, in ``.radiogram/index.sqlite``; without it, or with one of another version or not whole, it is made anew. When it is
opened the folder is gone through: what is new or was changed is read, what is gone is forgotten. So it is where the database is deleted or
damaged while it is open.
"""

from __future__ import annotations

import logging
import sqlite3
from collections import deque
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Condition, Lock, Thread
from typing import TYPE_CHECKING, Self

from radiogram.errors import DicomError
from radiogram.net.served.answering import Answers, prepared
from radiogram.net.served.commitment import reasons
from radiogram.net.served.rows import Row, files, is_object, scanned
from radiogram.net.served.schema import COLUMNS, CREATE, NAMES, TABLES, UNIQUE, VERSION
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

_LONGEST_TURN = 30.0
"""Seconds that another server may take to open the index."""

_GONE = "it is not there any more"
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
        self.folder.mkdir(parents=True, exist_ok=True)
        self._place = self.folder / _OWN / "index.sqlite"
        self._writing = Lock()
        with self._alone():
            self._database = self._opened()
        self._waiting: deque[Row] = deque()
        self._condition = Condition()
        self._busy = False
        self._closed = False
        # What is wrong with the database itself, until the thread that feeds it has opened it anew.
        self._lost: Exception | None = None
        # Why what came last is not in it.
        self._behind = ""
        try:
            try:
                self.synchronize()
            except sqlite3.DatabaseError as error:
                if not _is_broken(error):
                    raise
                self._open_anew(error)
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
        with self._reading() as database:
            return int(database.execute("SELECT count(*) FROM instances").fetchone()[0])

    # -- opening -------------------------------------------------------------------------------------------------

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Let nobody else open, make or delete the database meanwhile: another server of the folder may begin in the same moment.

        Raises
        ------
        IndexFileError
            What was done with the database has failed, or another one was not done with it.
        """
        try:
            self._place.parent.mkdir(exist_ok=True)
            # Nothing is ever in it: its lock is what counts, which ends with who holds it.
            turn = sqlite3.connect(
                self._place.with_name("index.turn"), timeout=_LONGEST_TURN, isolation_level=None
            )
            try:
                turn.execute("BEGIN EXCLUSIVE")
                yield
            finally:
                turn.close()
        except (sqlite3.Error, OSError) as error:
            raise self._failed(error) from error

    def _opened(self) -> sqlite3.Connection:
        """Open the database, and make it where it is not there, of another version, or broken."""
        try:
            return self._made()
        except sqlite3.DatabaseError as error:
            # It is not broken where another program has it, or the disk is full: it is that program's, or will do again.
            if not _is_broken(error):
                raise
        self._delete()
        return self._made()

    def _made(self) -> sqlite3.Connection:
        database = sqlite3.connect(self._place, check_same_thread=False, isolation_level=None)
        try:
            # The files are what counts: rows that a power cut takes back are brought up to date from them. The database itself stays whole.
            database.execute("PRAGMA journal_mode=WAL")
            database.execute("PRAGMA synchronous=NORMAL")
            names = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
            if not names:
                database.executescript(CREATE)
            elif not names.issuperset(NAMES) or (
                database.execute("SELECT version FROM about").fetchone() != (VERSION,)
            ):
                message = "it is not whole, or of another version"
                raise sqlite3.DatabaseError(message)
            self._is = _file(self._place)
        except BaseException:
            database.close()
            raise
        return database

    def _delete(self) -> None:
        for name in ("index.sqlite", "index.sqlite-wal", "index.sqlite-shm"):
            (self._place.parent / name).unlink(missing_ok=True)

    def _open_anew(self, why: Exception | None) -> None:
        """Open the database anew where another one or none is at its place, or it is broken; `why` it was not written or read."""
        if self._is_lost(why):
            with self._writing, self._alone():
                # Where another one is there already it is not that which is broken.
                is_its_own = _file(self._place) == self._is
                self._database.close()
                if _is_broken(why) and is_its_own:
                    self._delete()
                self._database = self._opened()

    def _is_lost(self, why: Exception | None) -> bool:
        return _is_broken(why) or _file(self._place) != self._is

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
                self._condition.wait_for(lambda: self._waiting or self._lost or self._closed)
                lost, self._lost = self._lost, None
                if not self._waiting and not lost:
                    return
                if len(self._waiting) < _MOST_ROWS and not self._closed:
                    # More may come while the first ones wait.
                    self._condition.wait_for(
                        lambda: len(self._waiting) >= _MOST_ROWS or self._closed, _LONGEST_WAIT
                    )
                batch = [self._waiting.popleft() for _ in range(min(_MOST_ROWS, len(self._waiting)))]
                self._busy = True
            try:
                if lost or _file(self._place) != self._is:
                    raise lost or self._failed(_GONE)
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
                self._open_anew(error)
                self.synchronize()
            except Exception as again:
                error = again
                continue
            with self._condition:
                self._behind, self._lost = "", None
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

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """Give a connection that reads while another one writes, once all that was taken in is found.

        Raises
        ------
        RefusedError
            The index cannot be written or read at present: the database is gone or damaged, and is made anew.
        """
        self.flush()
        try:
            if _file(self._place) != self._is:
                raise self._failed(_GONE)
            # A query may be gone on with, and given up, by another thread than that which began it.
            database = sqlite3.connect(f"file:{self._place}?mode=ro", uri=True, check_same_thread=False)
            try:
                database.row_factory = sqlite3.Row
                yield database
            finally:
                database.close()
        except (sqlite3.DatabaseError, IndexFileError) as error:
            if not self._is_lost(error):
                raise
            with self._condition:
                self._lost = error
                self._condition.notify_all()
            message = "the index cannot be read at present"
            raise RefusedError(message, _OUT_OF_RESOURCES) from error

    def candidates(self, level: str, query: Dataset, agreed: Matching | None = None) -> Iterator[Dataset]:
        """Yield the entities of a level that may match (see `radiogram.net.services.query.Store`)."""
        with self._reading() as database:
            yield from candidates(database, self.folder, level, query, agreed)

    def following(
        self, level: str, query: Dataset, agreed: Matching | None = None, after: str = ""
    ) -> Iterator[Dataset]:
        """Yield the entities of a level that may match, in the order of their unique keys, behind one of them."""
        with self._reading() as database:
            yield from candidates(database, self.folder, level, query, agreed, after=after)

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
        with self._reading() as database:
            yield from answers.encoded(database)

    def instances(self, level: str, query: Dataset) -> Iterator[Found]:  # noqa: ARG002  # as of any store
        """Yield the instances of what unique keys say."""
        with self._reading() as database:
            yield from instances(database, self.folder, query)

    def objects(self, classes: Iterable[str] | None = None) -> list[Path]:
        """Give the files of what is of no study: palettes, hanging protocols, templates; of some SOP classes, or of all."""
        wanted = None if classes is None else frozenset(classes)
        with self._reading() as database:
            found = database.execute("SELECT SOPClassUID, path FROM objects ORDER BY path")
            return [self.folder / path for sop_class, path in found if wanted is None or sop_class in wanted]

    def committed(self, pairs: list[tuple[str, str]]) -> list[int]:
        """Give for each SOP class and instance 0 where it is on disk, else a Failure Reason (PS3.3 C.14.1.1)."""
        try:
            with self._reading() as database:
                return reasons(database, self.folder, pairs, is_durable=self._is_durable)
        except RefusedError:
            # Nothing is promised that cannot be looked up.
            return [_PROCESSING_FAILURE] * len(pairs)

    def close(self) -> None:
        """Write what waits, and close the database."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()
        self._thread.join()
        self._database.close()


def _is_broken(why: Exception | None) -> bool:
    """Whether that is said of a damaged database: a lack of room, locks and statements have exceptions of their own."""
    return type(why) is sqlite3.DatabaseError or (
        # Statements are ours: what they name is there in a whole one.
        isinstance(why, sqlite3.OperationalError) and str(why).startswith("no such table")
    )


def _file(place: Path) -> tuple[int, int] | None:
    """Say which file is at a place."""
    try:
        said = place.stat()
    except OSError:
        return None
    return said.st_dev, said.st_ino
