"""What an SCU sends: the DIMSE services but C-STORE, by pynetdicom's names and with its return values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radiogram import _core
from radiogram.errors import ArgumentError
from radiogram.net.exchanges import Exchanges

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from radiogram.dataset import Dataset
    from radiogram.net.presentation import PresentationContext

    Answer = tuple[Dataset, Dataset | None]

__all__ = ["Requests"]


class Requests(Exchanges):
    """The part of `Association` that asks for services.

    Each method returns what pynetdicom's does. Where no answer comes, because time is up or the association has ended, the
    status is an empty data set. A ``msg_id`` is taken where no operation has it that may still be answered; else the next free one is.
    """

    # -- DIMSE-C -------------------------------------------------------------------------------------------------

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
        """
        self._established("a C-CANCEL")
        if context_id is None and query_model is None:
            message = "'send_c_cancel' requires either the 'query_model' used for the service request or the corresponding 'context_id'"
            raise ArgumentError(message)
        exchange = self._exchanges.get(msg_id)
        if exchange is not None:
            exchange.cancel()

    # -- DIMSE-N -------------------------------------------------------------------------------------------------

    def send_n_event_report(
        self,
        dataset: Any,  # noqa: ANN401
        event_type: int,
        class_uid: str,
        instance_uid: str,
        msg_id: int = 1,
        meta_uid: str | None = None,
    ) -> Answer:
        """Send an N-EVENT-REPORT (PS3.7 10.1.1); the SCP of a class does."""
        fields = {"EventTypeID": event_type}
        return self._normalized(
            0x0100, "Affected", class_uid, instance_uid, msg_id, meta_uid, dataset, fields, "scp"
        )

    def send_n_get(
        self,
        identifier_list: Iterable[Any],
        class_uid: str,
        instance_uid: str,
        msg_id: int = 1,
        meta_uid: str | None = None,
    ) -> Answer:
        """Send an N-GET (PS3.7 10.1.2) for some attributes, or for all where the list is empty."""
        tags = [_core.tag(tag) for tag in identifier_list or ()]
        fields = {"AttributeIdentifierList": tags} if tags else {}
        return self._normalized(0x0110, "Requested", class_uid, instance_uid, msg_id, meta_uid, None, fields)

    def send_n_set(
        self,
        dataset: Any,  # noqa: ANN401
        class_uid: str,
        instance_uid: str,
        msg_id: int = 1,
        meta_uid: str | None = None,
    ) -> Answer:
        """Send an N-SET (PS3.7 10.1.3)."""
        return self._normalized(0x0120, "Requested", class_uid, instance_uid, msg_id, meta_uid, dataset, {})

    def send_n_action(
        self,
        dataset: Any,  # noqa: ANN401
        action_type: int,
        class_uid: str,
        instance_uid: str,
        msg_id: int = 1,
        meta_uid: str | None = None,
    ) -> Answer:
        """Send an N-ACTION (PS3.7 10.1.4)."""
        fields = {"ActionTypeID": action_type}
        return self._normalized(
            0x0130, "Requested", class_uid, instance_uid, msg_id, meta_uid, dataset, fields
        )

    def send_n_create(
        self,
        dataset: Any,  # noqa: ANN401
        class_uid: str,
        instance_uid: str | None = None,
        msg_id: int = 1,
        meta_uid: str | None = None,
    ) -> Answer:
        """Send an N-CREATE (PS3.7 10.1.5); without `instance_uid` the peer makes one, which is in the status."""
        return self._normalized(0x0140, "Affected", class_uid, instance_uid, msg_id, meta_uid, dataset, {})

    def send_n_delete(
        self, class_uid: str, instance_uid: str, msg_id: int = 1, meta_uid: str | None = None
    ) -> Dataset:
        """Send an N-DELETE (PS3.7 10.1.6) and return its status."""
        return self._normalized(0x0150, "Requested", class_uid, instance_uid, msg_id, meta_uid, None, {})[0]
