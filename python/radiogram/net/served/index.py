"""The index of a served folder: SQLite, fed in batches, brought up to date from the files, which are what counts.

The database is beside the files, in ``.radiogram/index.sqlite``; without it, or with one of another version, it is made anew. When it is
opened the folder is gone through: what is new or was changed is read, what is gone is forgotten.
"""

from __future__ import annotations

import os
import sqlite3
from collections import deque
from pathlib import Path
from threading import Condition, Lock, Thread
from typing import TYPE_CHECKING, Any, Self

from radiogram.dataset.reader import read
from radiogram.errors import DicomError
from radiogram.net.served.schema import COLUMNS, CREATE, TABLES, TAGS, UNIQUE, VERSION
from radiogram.net.served.search import candidates, instances, reasons

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from os import PathLike

    from radiogram.dataset import Dataset
    from radiogram.net.matching import Matching
    from radiogram.net.services.query import Found

__all__ = ["Index", "Row", "row_of", "text_of"]

Row = dict[str, Any]
"""Values of `TAGS` as text, with ``path``, ``size``, ``changed`` and ``TransferSyntaxUID``."""

_MOST_ROWS = 500
_LONGEST_WAIT = 0.005
_OWN = ".radiogram"


class Index:
    """The instances of a folder, to be looked through.

    Parameters
    ----------
    folder : path
        The folder; it is gone through now.

    Examples
    --------
    >>> import tempfile
    >>> from radiogram.net.served import Index
    >>> with Index(tempfile.mkdtemp()) as index:
    ...     len(index)
    0
    """

    def __init__(self, folder: str | PathLike[str]) -> None:
        self.folder = Path(folder).resolve()
        own = self.folder / _OWN
        own.mkdir(parents=True, exist_ok=True)
        self._place = own / "index.sqlite"
        self._writing = Lock()
        self._database = self._opened()
        self._waiting: deque[Row] = deque()
        self._condition = Condition()
        self._busy = False
        self._closed = False
        self.synchronize()
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

    def _opened(self) -> sqlite3.Connection:
        """Open the database, and make it where it is not there, of another version, or broken."""
        for attempt in range(2):
            database = sqlite3.connect(self._place, check_same_thread=False, isolation_level=None)
            try:
                # The files are what counts: an index that a power cut takes back is brought up to date from them.
                database.execute("PRAGMA journal_mode=WAL")
                database.execute("PRAGMA synchronous=OFF")
                tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
                if "about" in tables and database.execute("SELECT version FROM about").fetchone() == (
                    VERSION,
                ):
                    return database
                if not tables:
                    database.executescript(CREATE)
                    return database
            except sqlite3.DatabaseError:
                if attempt:
                    raise
            database.close()
            for name in ("index.sqlite", "index.sqlite-wal", "index.sqlite-shm"):
                (self._place.parent / name).unlink(missing_ok=True)
        message = "the index could not be made"
        raise sqlite3.DatabaseError(message)

    def synchronize(self) -> tuple[int, int]:
        """Bring the index up to date: read files that are new or were changed, forget those that are gone; give how many of each."""
        there = dict(_files(self.folder))
        with self._writing:
            known = {
                path: (size, changed)
                for path, size, changed in self._database.execute("SELECT path, size, changed FROM instances")
            }
        gone = [path for path in known if path not in there]
        new = [path for path, stamp in there.items() if known.get(path) != stamp]
        count = 0
        for start in range(0, len(new), 4096):
            rows = list(_scanned(self.folder, new[start : start + 4096], there))
            self._write(rows)
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
        """Wait until all that was taken in is found."""
        with self._condition:
            self._condition.wait_for(lambda: not self._waiting and not self._busy)

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
            finally:
                with self._condition:
                    self._busy = False
                    self._condition.notify_all()

    def _write(self, rows: Sequence[Row]) -> None:
        if not rows:
            return
        with self._writing:
            run = self._database
            run.execute("BEGIN IMMEDIATE")
            try:
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
                run.execute("COMMIT")
            except BaseException:
                run.execute("ROLLBACK")
                raise

    def _forget(self, paths: Iterable[str]) -> None:
        paths = list(paths)
        if not paths:
            return
        with self._writing:
            run = self._database
            run.execute("BEGIN IMMEDIATE")
            run.executemany("DELETE FROM instances WHERE path = ?", [(path,) for path in paths])
            for level, below in (("SERIES", "instances"), ("STUDY", "series")):
                key = UNIQUE[level]
                run.execute(f"DELETE FROM {TABLES[level]} WHERE {key} NOT IN (SELECT {key} FROM {below})")
            run.execute("COMMIT")

    # -- looking through -----------------------------------------------------------------------------------------

    def _reading(self) -> sqlite3.Connection:
        """Give a connection that reads while another one writes."""
        database = sqlite3.connect(f"file:{self._place}?mode=ro", uri=True)
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

    def instances(self, level: str, query: Dataset) -> Iterator[Found]:
        """Yield the instances of what unique keys say."""
        self.flush()
        database = self._reading()
        try:
            yield from instances(database, self.folder, level, query)
        finally:
            database.close()

    def committed(self, pairs: list[tuple[str, str]]) -> list[int]:
        """Give for each SOP class and instance 0 where it is on disk, else a Failure Reason (PS3.3 C.14.1.1)."""
        self.flush()
        database = self._reading()
        try:
            return reasons(database, self.folder, pairs)
        finally:
            database.close()

    def close(self) -> None:
        """Write what waits, and close the database."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()
        self._thread.join()
        self._database.close()


def _files(folder: Path) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield the files of a folder, relative to it, with size and time of change; none that arrives, and none of our own."""
    waiting = [folder]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.name.startswith(".") or entry.name.endswith(".part"):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(Path(entry.path))
                elif entry.is_file(follow_symlinks=False):
                    said = entry.stat()
                    yield os.path.relpath(entry.path, folder), (said.st_size, said.st_mtime_ns)


def _scanned(folder: Path, paths: list[str], stamps: dict[str, tuple[int, int]]) -> Iterator[Row]:
    for path in paths:
        try:
            ds = read(folder / path, specific_tags=TAGS)
        except (DicomError, OSError):
            # What is no instance is a file that nobody asks for.
            continue
        row = row_of(ds)
        if row is not None:
            row["path"], (row["size"], row["changed"]) = path, stamps[path]
            yield row


def row_of(ds: Dataset) -> Row | None:
    """Give what the index holds of an instance; `None` where it does not say what it is.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.served.index import row_of
    >>> from pydicom.data import get_testdata_file
    >>> row_of(rg.read(get_testdata_file("CT_small.dcm")))["PatientID"]
    '1CT1'
    """
    row: Row = {name: text_of(ds.get(name)) for name in TAGS}
    row["TransferSyntaxUID"] = text_of(ds.file_meta.get("TransferSyntaxUID"))
    return row if all(row.get(key) for key in UNIQUE.values()) else None


def text_of(value: Any) -> str | None:  # noqa: ANN401  # of any element
    r"""Give a value as a column holds it: several are divided by backslashes, none is null.

    Examples
    --------
    >>> from radiogram.net.served.index import text_of
    >>> text_of(["A", 7]), text_of(""), text_of(None)
    ('A\\7', None, None)
    """
    if value is None or isinstance(value, str):
        return value.strip() or None if value else None
    if isinstance(value, (list, tuple)) or type(value).__name__ == "MultiValue":
        return "\\".join(str(one).strip() for one in value) or None
    return str(value).strip() or None
