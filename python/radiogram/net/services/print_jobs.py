"""Print jobs (PS3.4 H.4.5): what was accepted for printing, on its way to the callback; PENDING, PRINTING, DONE or FAILURE, and reported."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from radiogram.dataset import Dataset
from radiogram.net.handlers import afterwards
from radiogram.net.services.answers import NOT_FOUND, RefusedError
from radiogram.net.services.identifiers import with_values
from radiogram.uid import generate_uid

if TYPE_CHECKING:
    from collections.abc import Callable

    from radiogram.net.services.film_session import Page
    from radiogram.net.services.listeners import Listeners

__all__ = ["Jobs"]

_LOG = logging.getLogger("radiogram.net")

_EVENTS = {"PENDING": 1, "PRINTING": 2, "DONE": 3, "FAILURE": 4}
"""Event types (PS3.4 table H.4-14)."""

_MOST = 256
"""Jobs that are remembered, and that may wait."""


class Jobs:
    """The queue of a printer.

    Parameters
    ----------
    printed : callable or None
        What prints a page.
    listeners : Listeners
        Who is told.
    sop_class, name : str
        The SOP class of jobs, and the printer's name.
    most : int
        Bytes of pages that wait, of all jobs.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.services.listeners import Listeners
    >>> from radiogram.net.services.print_jobs import Jobs
    >>> jobs = Jobs(None, Listeners(), "1.2.840.10008.5.1.1.14", "P")
    >>> uid = jobs.start([], rg.Dataset(), "ME")
    >>> jobs.close()
    >>> jobs.get(uid).ExecutionStatus
    'DONE'
    """

    def __init__(
        self,
        printed: Callable[[Page], object] | None,
        listeners: Listeners,
        sop_class: str,
        name: str,
        *,
        most: int = 4 << 30,
    ) -> None:
        self._printed = printed
        self._listeners = listeners
        self._class = sop_class
        self._name = name
        self._held: dict[str, Any] = {}
        self._asked: WeakValueDictionary[str, Any] = WeakValueDictionary()
        self._most, self._bytes = most, 0
        self._lock = Lock()
        self._pool: ThreadPoolExecutor | None = None

    def get(self, uid: str) -> Dataset:
        """Give a job."""
        with self._lock:
            found: Dataset | None = self._held.get(uid)
        if found is None:
            message = "there is no such print job"
            raise RefusedError(message, NOT_FOUND)
        return found

    def reserve(self, size: int, full: int = 0xC602) -> None:
        """Take room for the pages of a job, before they are made; `release` gives it back where there is none.

        Raises
        ------
        RefusedError
            The queue is full (PS3.4 tables H.4-4, H.4-9): with this status.
        """
        with self._lock:
            if self._bytes + size > self._most:
                message = "the print queue is full"
                raise RefusedError(message, full)
            self._bytes += size

    def release(self, size: int) -> None:
        """Give room back."""
        with self._lock:
            self._bytes -= size

    @property
    def held(self) -> int:
        """Bytes of the pages that wait, and of those that are made."""
        return self._bytes

    def start(
        self,
        pages: list[Page],
        session: Dataset,
        originator: str,
        association: Any = None,  # noqa: ANN401
        *,
        size: int = 0,
        full: int = 0xC602,
    ) -> str:
        """Take pages in, for which so much was reserved, and give the UID of their job; who asked over an association hears how it goes.

        Raises
        ------
        RefusedError
            The queue is full.
        """
        now = datetime.now(UTC)
        uid = str(generate_uid())
        job: Any = Dataset({"ExecutionStatus": "PENDING", "ExecutionStatusInfo": "QUEUED"})
        job.PrintPriority = _short(session.get("PrintPriority"), 16) or "MED"
        job.CreationDate, job.CreationTime = now.strftime("%Y%m%d"), now.strftime("%H%M%S")
        job.PrinterName, job.Originator = self._name, originator
        # It is remembered longer than its session.
        job.FilmSessionLabel = _short(session.get("FilmSessionLabel"), 64) or None
        with self._lock:
            waiting = [
                one for one, held in self._held.items() if held.ExecutionStatus in ("PENDING", "PRINTING")
            ]
            if len(waiting) >= _MOST:
                message = "the print queue is full"
                raise RefusedError(message, full)
            for one in [one for one in self._held if one not in waiting][
                : max(0, len(self._held) - _MOST + 1)
            ]:
                del self._held[one]
            self._held[uid] = job
            if association is not None:
                self._asked[uid] = association
        # What is reported of it comes after the answer that names it.
        afterwards(lambda: self._queue(uid, pages, size))
        return uid

    def _queue(self, uid: str, pages: list[Page], size: int) -> None:
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(1, "radiogram-printer")
            self._pool.submit(self._run, uid, pages, size)

    def _run(self, uid: str, pages: list[Page], size: int) -> None:
        self._change(uid, "PRINTING", "NORMAL")
        try:
            for page in pages:
                if self._printed is not None:
                    self._printed(page)
        except Exception as error:  # what prints is the caller's: the job says that it failed
            _LOG.warning("a print job failed: %s", type(error).__name__)
            self._change(uid, "FAILURE", "CHECK PRINTER")
        else:
            self._change(uid, "DONE", "NORMAL")
        finally:
            self.release(size)

    def _change(self, uid: str, status: str, info: str) -> None:
        with self._lock:
            before = self._held.get(uid)
            if before is None:
                return
            job: Any = with_values(before, ExecutionStatus=status, ExecutionStatusInfo=info)
            self._held[uid] = job
            association = self._asked.get(uid)
        said: Any = Dataset({"ExecutionStatusInfo": info, "PrinterName": self._name})
        if job.get("FilmSessionLabel"):
            said.FilmSessionLabel = job.FilmSessionLabel
        self._listeners.tell(
            said, _EVENTS[status], self._class, uid, to=[] if association is None else [association]
        )

    def close(self) -> None:
        """Wait for what is being printed."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=True)


def _short(value: object, most: int) -> str:
    """Give a text of no more characters than its VR has (PS3.5 6.2)."""
    return str(value or "")[:most]
