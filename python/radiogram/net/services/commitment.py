"""Storage Commitment (PS3.4 J): a provider takes the responsibility for instances, and says so in an event report.

The report goes over the association of the request while it stands, else over a new one in which the roles are reversed.
`request_commitment` and `Commitments` are the user's side.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from threading import Condition
from typing import TYPE_CHECKING, Any, NamedTuple

from radiogram.dataset import Dataset
from radiogram.net.services.answers import NO_ACTION, PROCESSING_FAILURE, SUCCESS, RefusedError
from radiogram.net.services.listeners import Listeners, Route
from radiogram.net.services.outcome import done
from radiogram.net.services.provider import Provider, uids
from radiogram.net.services.rules import check
from radiogram.uid import generate_uid

if TYPE_CHECKING:
    from radiogram.net.services.provider import Event, Status

__all__ = ["INSTANCE", "Commitment", "Commitments", "Committed", "request_commitment"]

INSTANCE = "1.2.840.10008.1.20.1.1"
"""The well-known SOP instance (PS3.4 J.3.5)."""

_LOG = logging.getLogger("radiogram.net")

_NO_SUCH_INSTANCE, _CONFLICT = 0x0112, 0x0119

_MOST = 4096
"""Answers that are kept until they are waited for."""

Reference = tuple[str, str]
Places = Mapping[str, tuple[str, int]] | Callable[[str], tuple[str, int] | None]


class Committed(NamedTuple):
    """What came of a request.

    Attributes
    ----------
    transaction : str
        The Transaction UID.
    held : tuple of (str, str)
        SOP class and instance of what is committed to.
    failed : tuple of (str, str, int)
        Those that are not, with their Failure Reason.
    """

    transaction: str
    held: tuple[Reference, ...]
    failed: tuple[tuple[str, str, int], ...]


class Commitment(Provider):
    """Provider of storage commitment.

    Parameters
    ----------
    look : callable
        Called with the (SOP class, SOP instance) pairs of a request; gives for each 0 where the instance is safe, else a Failure
        Reason (PS3.3 C.14.1.1): 0112 there is none, 0119 it is of another class, 0110 for anything else. Where it raises all are 0110.
    title : str
        The own title, for new associations and as Retrieve AE Title.
    peers : mapping of str to (host, port), or callable
        Where those who ask are reached, by their titles.
    same_association : bool
        Report over the association of the request while it stands.

    Examples
    --------
    >>> from radiogram.net.services import Commitment
    >>> Commitment(lambda pairs: [0 for _ in pairs]).contexts
    ('1.2.840.10008.1.20.1',)
    """

    contexts = uids("StorageCommitmentPushModel")

    def __init__(
        self,
        look: Callable[[list[Reference]], Iterable[int]],
        *,
        title: str = "RADIOGRAM",
        peers: Places | None = None,
        same_association: bool = True,
    ) -> None:
        self._look = look
        self._title = title
        self._route = Route(self.contexts[0], title, peers, same_association=same_association)
        self._reports = Listeners(self.contexts[0])

    def n_action(self, event: Event) -> tuple[Status, Dataset | None]:
        """Take a request; what comes of it is reported."""
        if event.action_type != 1:
            message = "storage commitment has one action"
            raise RefusedError(message, NO_ACTION)
        if str(event.request.RequestedSOPInstanceUID) != INSTANCE:
            message = "storage commitment has one well-known instance"
            raise RefusedError(message, _NO_SUCH_INSTANCE)
        asked: Any = event.action_information
        check("StorageCommitmentPushModel", "N-ACTION", asked)
        pairs = [
            (str(one.ReferencedSOPClassUID), str(one.ReferencedSOPInstanceUID))
            for one in asked.ReferencedSOPSequence
        ]
        title = _calling(event.assoc)
        self._reports.later(
            self._answer, event.assoc, title, str(asked.TransactionUID), pairs, to=event.assoc
        )
        return SUCCESS, None

    def _answer(self, association: Any, title: str, transaction: str, pairs: list[Reference]) -> None:  # noqa: ANN401
        reasons = self._looked(pairs)
        ds: Any = Dataset({"TransactionUID": transaction, "RetrieveAETitle": self._title})
        held = [_reference(*pair) for pair, reason in zip(pairs, reasons, strict=True) if not reason]
        failed = [_reference(*pair, reason) for pair, reason in zip(pairs, reasons, strict=True) if reason]
        if held:
            ds.ReferencedSOPSequence = held
        if failed:
            ds.FailedSOPSequence = failed
        self._route.deliver(association, title, ds, 2 if failed else 1, INSTANCE)

    def _looked(self, pairs: list[Reference]) -> list[int]:
        """Look instances up; who asked hears of each of them, also where that goes wrong (PS3.4 J.3.3)."""
        try:
            reasons = list(self._look(pairs))
        except (
            Exception
        ) as error:  # what looks is the caller's: nothing is promised that could not be looked up
            _LOG.warning("instances could not be looked up for a commitment: %s", type(error).__name__)
            return [PROCESSING_FAILURE] * len(pairs)
        if len(reasons) != len(pairs):
            _LOG.warning("of %d instances of a commitment %d were looked up", len(pairs), len(reasons))
            return [PROCESSING_FAILURE] * len(pairs)
        return reasons

    def close(self) -> None:
        """Send what waits."""
        self._reports.close()


def _calling(association: Any) -> str:  # noqa: ANN401
    return str(association.requestor.ae_title).strip()


def _reference(sop_class: str, instance: str, reason: int = 0) -> Dataset:
    made = Dataset({"ReferencedSOPClassUID": sop_class, "ReferencedSOPInstanceUID": instance})
    if reason:
        made.FailureReason = reason
    return made


class Commitments(Provider):
    """What was answered to own requests: the handler of event reports, for the association of a request and for a server.

    The last 4096 answers that nobody has waited for are kept; the oldest go.

    Examples
    --------
    >>> from radiogram.net.services import Commitments
    >>> Commitments().wait("1.2.3", timeout=0) is None
    True
    """

    contexts = uids("StorageCommitmentPushModel")

    def __init__(self) -> None:
        self._came: dict[str, Committed] = {}
        self._condition = Condition()

    def n_event_report(self, event: Event) -> tuple[Status, Dataset | None]:
        """Take a report (PS3.4 J.3.3)."""
        if event.event_type not in (1, 2):
            message = "storage commitment has two events"
            raise RefusedError(message, 0x0113)
        said: Any = event.event_information
        if not said.get("TransactionUID"):
            message = "TransactionUID is missing"
            raise RefusedError(message, 0x0115)
        held = tuple(_pair(one) for one in said.get("ReferencedSOPSequence") or ())
        failed = tuple(
            (*_pair(one), int(one.get("FailureReason") or 0x0110))
            for one in said.get("FailedSOPSequence") or ()
        )
        made = Committed(str(said.TransactionUID), held, failed)
        with self._condition:
            if made.transaction not in self._came and len(self._came) >= _MOST:
                del self._came[next(iter(self._came))]
            self._came[made.transaction] = made
            self._condition.notify_all()
        return SUCCESS, None

    def wait(self, transaction: str, timeout: float | None = None) -> Committed | None:
        """Wait for the report on a transaction; `None` where none came in time."""
        with self._condition:
            self._condition.wait_for(lambda: transaction in self._came, timeout)
            return self._came.pop(transaction, None)


def _pair(item: Dataset) -> Reference:
    sop_class, instance = item.get("ReferencedSOPClassUID"), item.get("ReferencedSOPInstanceUID")
    if not sop_class or not instance:
        message = "an item refers to no instance"
        raise RefusedError(message, 0x0115)
    return str(sop_class), str(instance)


def request_commitment(
    association: Any,  # noqa: ANN401  # of any face
    references: Iterable[Reference],
    transaction: str | None = None,
) -> str:
    """Ask for the commitment to instances, and give the Transaction UID that the report will have (N-ACTION, PS3.4 J.3.2).

    Parameters
    ----------
    association : Association
        It has a context for the SOP class.
    references : iterable of (str, str)
        SOP class and SOP instance of each.
    transaction : str, optional
        The Transaction UID; a new one if not given.

    Raises
    ------
    RefusedError
        The answer was a failure, or the association was lost before it came.

    Examples
    --------
    >>> from radiogram.net.services import Commitment, Commitments, Services, request_commitment
    >>> reports = Commitments()
    >>> with Services(Commitment(lambda pairs: [0 for _ in pairs])).loopback(evt_handlers=reports.handlers()) as assoc:
    ...     transaction = request_commitment(assoc, [("1.2.840.10008.5.1.4.1.1.2", "1.2.3")])
    ...     reports.wait(transaction, timeout=60).held
    (('1.2.840.10008.5.1.4.1.1.2', '1.2.3'),)
    """
    ds: Any = Dataset({"TransactionUID": transaction or generate_uid()})
    ds.ReferencedSOPSequence = [_reference(*pair) for pair in references]
    status, _ = association.send_n_action(ds, 1, Commitment.contexts[0], INSTANCE)
    done(status, "N-ACTION", Commitment.contexts[0])
    return str(ds.TransactionUID)
