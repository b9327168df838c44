"""Media Creation Management (PS3.4 S): a request for media, which is created, initiated, cancelled, and asked for how far it is."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from threading import Lock
from typing import TYPE_CHECKING, Any

from radiogram.dataset import Dataset
from radiogram.errors import DicomError
from radiogram.net.services.answers import (
    INVALID_ARGUMENT,
    NO_ACTION,
    SUCCESS,
    WARNING_OPTIONAL,
    RefusedError,
)
from radiogram.net.services.outcome import done
from radiogram.net.services.provider import Provider, created, uids
from radiogram.net.services.rules import check
from radiogram.net.services.shelf import Shelf, wanted
from radiogram.net.services.states import step
from radiogram.uid import generate_uid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from radiogram.net.services.provider import Event, Status

__all__ = ["MediaCreation", "cancel_media", "media_status", "request_media"]

_LOG = logging.getLogger("radiogram.net")
_CLASS = "MediaCreationManagement"
_STATE = "ExecutionStatus"
_TOLD = (
    "ExecutionStatusInfo",
    "TotalNumberOfPiecesOfMediaCreated",
    "ReferencedStorageMediaSequence",
    "FailedSOPSequence",
)


class MediaCreation(Provider):
    """Provider of media creation.

    Parameters
    ----------
    write : callable
        Called with the request and the number of copies, by a thread of its own; gives the number of pieces that were made, or a data set
        with what is to be told: Total Number of Pieces of Media Created, Referenced Storage Media Sequence, Failed SOP Sequence, Execution
        Status Info. What it raises makes the request fail.
    shelf : Shelf, optional
        Where requests are kept.
    strict : bool
        Refuse what lacks what it owes.

    Examples
    --------
    >>> from radiogram.net.services.media import MediaCreation
    >>> MediaCreation(lambda request, copies: 1).contexts
    ('1.2.840.10008.5.1.1.33',)
    """

    contexts = uids(_CLASS)

    def __init__(
        self,
        write: Callable[[Dataset, int], int | Dataset],
        *,
        shelf: Shelf | None = None,
        strict: bool = True,
    ) -> None:
        self.shelf = Shelf() if shelf is None else shelf
        self._write = write
        self._strict = strict
        self._lock = Lock()
        self._pool: ThreadPoolExecutor | None = None

    def n_create(self, event: Event) -> tuple[Status, Dataset | None]:
        """Take a request (PS3.4 S.3.2.1)."""
        made: Any = deepcopy(event.attribute_list)
        if self._strict:
            check(_CLASS, "N-CREATE", made)
        made.ExecutionStatus, made.ExecutionStatusInfo = "IDLE", "NORMAL"
        made.FailedSOPSequence, made.ReferencedStorageMediaSequence = [], []
        made.TotalNumberOfPiecesOfMediaCreated = 0
        uid = self.shelf.add(event.request.AffectedSOPInstanceUID, made)
        return SUCCESS, created(event, uid, made)

    def n_action(self, event: Event) -> tuple[Status, Dataset | None]:
        """Initiate or cancel (PS3.4 S.3.2.2, S.3.2.3)."""
        name = {1: "initiate", 2: "cancel"}.get(event.action_type)
        if name is None:
            message = "media creation has no such action"
            raise RefusedError(message, NO_ACTION)
        uid = str(event.request.RequestedSOPInstanceUID)
        copies = _copies(event) if name == "initiate" else 0
        with self.shelf.lock:
            before: Any = self.shelf.get(uid)
            taken = step("MediaCreation", name, str(before[_STATE].value))
            if taken.status:
                message = f"the request is {before[_STATE].value}"
                raise RefusedError(message, taken.status)
            if taken.actions == ("delete",):
                self.shelf.remove(uid)
                return SUCCESS, None
            queued = self._change(uid, taken.state, "QUEUED")
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(1, "radiogram-media")
            self._pool.submit(self._run, uid, copies, queued)
        return SUCCESS, None

    def n_get(self, event: Event) -> tuple[Status, Dataset | None]:
        """Say how far it is (PS3.4 S.3.2.4)."""
        return wanted(
            self.shelf.get(event.request.RequestedSOPInstanceUID),
            event.attribute_identifiers,
            warning=WARNING_OPTIONAL,
        )

    def _change(self, uid: str, state: str, info: str, **elements: object) -> Dataset:
        changes: Any = Dataset({_STATE: state, "ExecutionStatusInfo": info})
        for keyword, value in elements.items():
            setattr(changes, keyword, value)
        return self.shelf.change(uid, changes)

    def _run(self, uid: str, copies: int, queued: Dataset) -> None:
        with self.shelf.lock:
            if uid not in self.shelf or self.shelf.get(uid) is not queued:
                # It was cancelled while it waited, and may have been made anew.
                return
            request = self._change(uid, "CREATING", "NORMAL")
        try:
            pieces = self._write(request, copies)
            pieces = pieces if isinstance(pieces, Dataset) else int(pieces)
        except Exception as error:  # what writes is the caller's: the request says that it failed
            _LOG.warning("media could not be created: %s", type(error).__name__)
            self._change(uid, "FAILURE", "PROC_FAILURE")
        else:
            told: dict[str, object] = {}
            if isinstance(pieces, Dataset):
                told = {keyword: pieces[keyword].value for keyword in _TOLD if keyword in pieces}
            else:
                told["TotalNumberOfPiecesOfMediaCreated"] = pieces
            info = str(told.pop("ExecutionStatusInfo", None) or "NORMAL")
            # PS3.4 S.3.2.4: with instances that are on no medium it was not done as it was asked for.
            self._change(uid, "FAILURE" if told.get("FailedSOPSequence") else "DONE", info, **told)

    def close(self) -> None:
        """Wait for what is being written."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=True)


def _copies(event: Event) -> int:
    """Give how many copies are asked for, one where it is not said (PS3.4 table S.3.2.2.1-1)."""
    asked = event.action_information if getattr(event.request, "ActionInformation", True) else Dataset()
    try:
        said = asked.get("NumberOfCopies")
        copies = 1 if said is None else int(said)
    except (DicomError, TypeError, ValueError):
        copies = 0
    if copies < 1:
        message = "NumberOfCopies is no number of copies"
        raise RefusedError(message, INVALID_ARGUMENT, ["NumberOfCopies"])
    return copies


def request_media(
    association: Any,  # noqa: ANN401  # of any face
    references: Iterable[tuple[str, str]],
    *,
    copies: int = 1,
    profile: str = "",
) -> str:
    """Ask for media with instances: the request is created and initiated (N-CREATE and N-ACTION, PS3.4 S.3.2.1 and S.3.2.2).

    Parameters
    ----------
    association : Association
        It has a context for the SOP class.
    references : iterable of (str, str)
        SOP class and SOP instance of each.
    copies : int
        How many.
    profile : str
        Requested Media Application Profile.

    Returns
    -------
    str
        The UID of the request, by which `media_status` asks how far it is.

    Raises
    ------
    RefusedError
        It was not taken, or not begun; or the association was lost.

    Examples
    --------
    >>> from radiogram.net.services import MediaCreation, Services
    >>> from radiogram.net.services.media import media_status, request_media
    >>> services = Services(MediaCreation(lambda request, copies: copies * len(request.ReferencedSOPSequence)))
    >>> with services.loopback() as assoc:
    ...     uid = request_media(assoc, [("1.2.840.10008.5.1.4.1.1.2", "1.2.3"), ("1.2.840.10008.5.1.4.1.1.2", "1.2.4")])
    ...     services.close()  # It waits for what is being written.
    ...     media_status(assoc, uid).TotalNumberOfPiecesOfMediaCreated
    2
    """
    items = []
    for sop_class, instance in references:
        item = Dataset({"ReferencedSOPClassUID": sop_class, "ReferencedSOPInstanceUID": instance})
        if profile:
            item.RequestedMediaApplicationProfile = profile
        items.append(item)
    uid, sop_class = str(generate_uid()), MediaCreation.contexts[0]
    done(
        association.send_n_create(Dataset({"ReferencedSOPSequence": items}), sop_class, uid)[0],
        "N-CREATE",
        sop_class,
    )
    asked = Dataset({"NumberOfCopies": str(copies)})
    done(association.send_n_action(asked, 1, sop_class, uid)[0], "N-ACTION", sop_class)
    return uid


def media_status(association: Any, uid: str) -> Dataset:  # noqa: ANN401
    """Give how far a request is: Execution Status, how many pieces there are, which instances failed (PS3.4 table S.3.2.4.1-1).

    Examples
    --------
    >>> from radiogram.net.services import MediaCreation, Services
    >>> from radiogram.net.services.media import media_status, request_media
    >>> services = Services(MediaCreation(lambda request, copies: copies))
    >>> with services.loopback() as assoc:
    ...     uid = request_media(assoc, [("1.2.840.10008.5.1.4.1.1.2", "1.2.3")], copies=2)
    ...     services.close()  # It waits for what is being written.
    ...     found = media_status(assoc, uid)
    ...     found.ExecutionStatus, found.TotalNumberOfPiecesOfMediaCreated
    ('DONE', 2)
    """
    status, found = association.send_n_get([], MediaCreation.contexts[0], uid)
    done(status, "N-GET", MediaCreation.contexts[0])
    return found  # type: ignore[no-any-return]  # of any face


def cancel_media(association: Any, uid: str) -> None:  # noqa: ANN401
    """Cancel a request, which is then gone.

    Raises
    ------
    RefusedError
        It is being written, or it was written.

    Examples
    --------
    >>> from threading import Event
    >>> from radiogram.net.services import MediaCreation, Services
    >>> from radiogram.net.services.media import cancel_media, request_media
    >>> go_on, instance = Event(), ("1.2.840.10008.5.1.4.1.1.2", "1.2.3")
    >>> media = MediaCreation(lambda request, copies: copies if go_on.wait(60) else 0)
    >>> with Services(media).loopback() as assoc:
    ...     first, second = request_media(assoc, [instance]), request_media(assoc, [instance])
    ...     cancel_media(assoc, second)
    ...     go_on.set()
    ...     first in media.shelf, second in media.shelf
    (True, False)
    """
    status, _ = association.send_n_action(None, 2, MediaCreation.contexts[0], uid)
    done(status, "N-ACTION", MediaCreation.contexts[0])
