"""What an SCU sends: C-ECHO, C-FIND, C-GET, C-MOVE and C-CANCEL, by pynetdicom's names and with its return values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radiogram.errors import ArgumentError
from radiogram.net.exchanges import checked
from radiogram.net.normalized import Normalized

if TYPE_CHECKING:
    from collections.abc import Iterator

    from radiogram.dataset import Dataset
    from radiogram.net.presentation import PresentationContext

    Answer = tuple[Dataset, Dataset | None]

__all__ = ["Requests"]


class Requests(Normalized):
    """The part of `Association` that asks for services.

    Each method returns what pynetdicom's does. Where no answer comes, because time is up or the association has ended, the
    status is an empty data set. A ``msg_id`` is taken where no operation has it that may still be answered; else the next free one is.
    """

    def send_c_echo(self, msg_id: int = 1) -> Dataset:
        """Send a C-ECHO (PS3.7 9.1.5) and return its status.

        Examples
        --------
        >>> from radiogram.net import AE, sop_class
        >>> ae = AE()
        >>> ae.add_supported_context(sop_class.Verification)
        >>> ae.add_requested_context(sop_class.Verification)
        >>> with ae.start_server(("127.0.0.1", 0), block=False) as server:
        ...     with ae.associate(*server.address) as assoc:
        ...         print(assoc.send_c_echo().Status)
        0
        """
        return self._one(*self._echo(msg_id))[0]

    def _echo(self, msg_id: int) -> tuple[PresentationContext, dict[str, Any], None]:
        context = self._context("1.2.840.10008.1.1", "a C-ECHO")
        command = {"CommandField": 0x0030, "MessageID": msg_id, "AffectedSOPClassUID": "1.2.840.10008.1.1"}
        return context, command, None

    def send_c_find(
        self,
        dataset: Any,  # noqa: ANN401
        query_model: str,
        msg_id: int = 1,
        priority: int = 2,
    ) -> Iterator[Answer]:
        """Send a C-FIND (PS3.7 9.1.2) and give its responses: pending ones with a match each, then the last one.

        Parameters
        ----------
        dataset : Dataset
            The identifier: what is asked for, and what shall be given.
        query_model : str
            The SOP class.
        msg_id : int
            The Message ID, which may be the same for each request: where an operation has it that may still be answered, because it was
            cancelled or is not read to its end, the next free number is sent instead (PS3.7 9.1.2.1.1: those that are outstanding are
            told apart by it). `send_c_cancel` takes the number that was given here.
        priority : int
            0 medium, 1 high, 2 low.

        Returns
        -------
        iterator of (Dataset, Dataset or None)
            Status and identifier. Who does not go on to the end, or drops it, cancels the rest.

        Raises
        ------
        AssociationOverError
            The association is not established; it is a `RuntimeError`.
        ArgumentError
            No context was accepted for the model, or the identifier cannot be encoded.

        Examples
        --------
        >>> import radiogram as rg
        >>> from radiogram.net import AE, evt, sop_class
        >>> def find(event):
        ...     yield 0xFF00, rg.Dataset({"PatientID": "P1"})
        >>> ae, model = AE(), sop_class.StudyRootQueryRetrieveInformationModelFind
        >>> ae.add_supported_context(model, scu_role=True, scp_role=True)
        >>> ae.add_requested_context(model)
        >>> with ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_FIND, find)]) as server:
        ...     with ae.associate(*server.address) as assoc:
        ...         query = rg.Dataset({"QueryRetrieveLevel": "STUDY", "PatientID": "P*"})
        ...         [(status.Status, found and found.PatientID) for status, found in assoc.send_c_find(query, model)]
        [(65280, 'P1'), (0, None)]
        """
        return self._query(0x0020, dataset, query_model, msg_id, priority)

    def send_c_get(
        self,
        dataset: Any,  # noqa: ANN401
        query_model: str,
        msg_id: int = 1,
        priority: int = 2,
    ) -> Iterator[Answer]:
        """Send a C-GET (PS3.7 9.1.3) and give its responses.

        The instances come over this association: they go where ``store=`` or ``rules=`` of `AE.associate` say, or to the
        handler of EVT_C_STORE. Their storage SOP classes are proposed with the SCP role (`build_role`).

        Parameters
        ----------
        dataset, query_model, msg_id, priority
            As in `send_c_find`.

        Returns
        -------
        iterator of (Dataset, Dataset or None)
            Status, with the numbers of sub-operations, and the list of what has failed. Who does not go on to the end cancels the rest.

        Raises
        ------
        AssociationOverError
            The association is not established; it is a `RuntimeError`.
        ArgumentError
            No context was accepted for the model, or the identifier cannot be encoded.

        Examples
        --------
        >>> import radiogram as rg
        >>> from radiogram.net import AE, evt, sop_class
        >>> def get(event):
        ...     yield 0  # So many instances are sent.
        >>> ae, model = AE(), sop_class.StudyRootQueryRetrieveInformationModelGet
        >>> ae.add_supported_context(model, scu_role=True, scp_role=True)
        >>> ae.add_requested_context(model)
        >>> with ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_GET, get)]) as server:
        ...     with ae.associate(*server.address) as assoc:
        ...         query = rg.Dataset({"QueryRetrieveLevel": "STUDY", "StudyInstanceUID": "1.2"})
        ...         [(status.Status, status.NumberOfCompletedSuboperations) for status, _ in assoc.send_c_get(query, model)]
        [(0, 0)]
        """
        return self._query(0x0010, dataset, query_model, msg_id, priority)

    def send_c_move(
        self,
        dataset: Any,  # noqa: ANN401
        move_aet: str,
        query_model: str,
        msg_id: int = 1,
        priority: int = 2,
    ) -> Iterator[Answer]:
        """Send a C-MOVE (PS3.7 9.1.4) and give its responses.

        Parameters
        ----------
        dataset, query_model, msg_id, priority
            As in `send_c_find`.
        move_aet : str
            The AE title the instances shall go to; the peer knows its address.

        Returns
        -------
        iterator of (Dataset, Dataset or None)
            As of `send_c_get`.

        Raises
        ------
        AssociationOverError
            The association is not established; it is a `RuntimeError`.
        ArgumentError
            No context was accepted for the model, or the identifier cannot be encoded.

        Examples
        --------
        >>> import radiogram as rg
        >>> from radiogram.net import AE, evt, sop_class
        >>> def move(event):
        ...     yield None, None  # Nobody has that title (PS3.4 table C.4-2).
        >>> ae, model = AE(), sop_class.StudyRootQueryRetrieveInformationModelMove
        >>> ae.add_supported_context(model, scu_role=True, scp_role=True)
        >>> ae.add_requested_context(model)
        >>> with ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_MOVE, move)]) as server:
        ...     with ae.associate(*server.address) as assoc:
        ...         query = rg.Dataset({"QueryRetrieveLevel": "STUDY", "StudyInstanceUID": "1.2"})
        ...         [f"{status.Status:04X}" for status, _ in assoc.send_c_move(query, "NOBODY", model)]
        ['A801']
        """
        return self._query(0x0021, dataset, query_model, msg_id, priority, MoveDestination=move_aet)

    def send_c_cancel(
        self, msg_id: int, context_id: int | None = None, query_model: str | None = None
    ) -> None:
        """Ask the peer to make an end of a C-FIND, C-GET or C-MOVE that is under way (PS3.7 9.3.2.3).

        Parameters
        ----------
        msg_id : int
            The Message ID that was given with its request; the last one, where several were given the same.
        context_id : int, optional
        query_model : str, optional
            Which context it went over; one of the two, as in pynetdicom.

        Raises
        ------
        AssociationOverError
            The association is not established; it is a `RuntimeError`.
        ArgumentError
            Neither of the two is given, or no Message ID can be so.

        Examples
        --------
        >>> import radiogram as rg
        >>> from radiogram.net import AE, evt, sop_class
        >>> def find(event):
        ...     while not event.is_cancelled:
        ...         yield 0xFF00, rg.Dataset({"PatientID": "P1"})
        >>> ae, model = AE(), sop_class.StudyRootQueryRetrieveInformationModelFind
        >>> ae.add_supported_context(model, scu_role=True, scp_role=True)
        >>> ae.add_requested_context(model)
        >>> with ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_FIND, find)]) as server:
        ...     with ae.associate(*server.address) as assoc:
        ...         responses = assoc.send_c_find(rg.Dataset({"PatientID": "P*"}), model)
        ...         first = next(responses)
        ...         assoc.send_c_cancel(1, query_model=model)
        ...         *_, (last, _) = responses
        ...         f"{last.Status:04X}"
        'FE00'
        """
        self._established("a C-CANCEL")
        checked(MessageID=msg_id)
        if context_id is None and query_model is None:
            message = "'send_c_cancel' requires either the 'query_model' used for the service request or the corresponding 'context_id'"
            raise ArgumentError(message)
        exchange = self._exchanges.get(msg_id)
        if exchange is not None:
            exchange.cancel()
