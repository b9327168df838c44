"""What is sent of DIMSE-N: attributes of instances that are there are told, got, set, acted on, made and deleted, by pynetdicom's names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radiogram import _core
from radiogram.net.exchanges import Exchanges

if TYPE_CHECKING:
    from collections.abc import Iterable

    from radiogram.dataset import Dataset

    Answer = tuple[Dataset, Dataset | None]

__all__ = ["Normalized"]


class Normalized(Exchanges):
    """The part of `Association` that asks for the services of DIMSE-N (PS3.7 10)."""

    def send_n_event_report(
        self,
        dataset: Any,  # noqa: ANN401
        event_type: int,
        class_uid: str,
        instance_uid: str,
        msg_id: int = 1,
        meta_uid: str | None = None,
    ) -> Answer:
        """Send an N-EVENT-REPORT (PS3.7 10.1.1); the SCP of a class does.

        Parameters
        ----------
        dataset : Dataset or None
            Event Information.
        event_type : int
            Event Type ID.
        class_uid, instance_uid : str
            SOP class and instance.
        msg_id : int
            As in `send_c_find`.
        meta_uid : str, optional
            The meta SOP class whose context it goes over.

        Returns
        -------
        (Dataset, Dataset or None)
            Status, and what the peer says beside it.

        Raises
        ------
        AssociationOverError
            The association is not established; it is a `RuntimeError`.
        ArgumentError
            No context was accepted for the class, or what is sent cannot be encoded.

        Examples
        --------
        >>> import radiogram as rg
        >>> from radiogram.net import AE, evt, sop_class
        >>> def report(event):
        ...     return 0x0000, None
        >>> ae, model = AE(), sop_class.StorageCommitmentPushModel
        >>> ae.add_supported_context(model, scu_role=True, scp_role=True)
        >>> ae.add_requested_context(model)
        >>> with ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_N_EVENT_REPORT, report)]) as server:
        ...     with ae.associate(*server.address) as assoc:
        ...         assoc.send_n_event_report(rg.Dataset({"TransactionUID": "1.2"}), 1, model, "1.2.840.10008.1.20.1.1")[0].Status
        0
        """
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
        """Send an N-GET (PS3.7 10.1.2) for some attributes, or for all where the list is empty.

        Parameters
        ----------
        identifier_list : iterable of tag or keyword
            Attribute Identifier List.
        class_uid, instance_uid : str
            SOP class and instance.
        msg_id : int
            As in `send_c_find`.
        meta_uid : str, optional
            The meta SOP class whose context it goes over.

        Returns
        -------
        (Dataset, Dataset or None)
            Status, and what the peer says beside it.

        Raises
        ------
        AssociationOverError
            The association is not established; it is a `RuntimeError`.
        ArgumentError
            No context was accepted for the class, or what is sent cannot be encoded.

        Examples
        --------
        >>> import radiogram as rg
        >>> from radiogram.net import AE, evt, sop_class
        >>> def get(event):
        ...     return 0x0000, rg.Dataset({"PrinterStatus": "NORMAL"})
        >>> ae, model = AE(), sop_class.Printer
        >>> ae.add_supported_context(model, scu_role=True, scp_role=True)
        >>> ae.add_requested_context(model)
        >>> with ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_N_GET, get)]) as server:
        ...     with ae.associate(*server.address) as assoc:
        ...         status, found = assoc.send_n_get(["PrinterStatus"], model, "1.2.840.10008.5.1.1.17")
        ...         status.Status, found.PrinterStatus
        (0, 'NORMAL')
        """
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
        """Send an N-SET (PS3.7 10.1.3).

        Parameters
        ----------
        dataset : Dataset
            Modification List.
        class_uid, instance_uid : str
            SOP class and instance.
        msg_id : int
            As in `send_c_find`.
        meta_uid : str, optional
            The meta SOP class whose context it goes over.

        Returns
        -------
        (Dataset, Dataset or None)
            Status, and what the peer says beside it.

        Raises
        ------
        AssociationOverError
            The association is not established; it is a `RuntimeError`.
        ArgumentError
            No context was accepted for the class, or what is sent cannot be encoded.

        Examples
        --------
        >>> import radiogram as rg
        >>> from radiogram.net import AE, evt, sop_class
        >>> def change(event):
        ...     return 0x0000, event.modification_list
        >>> ae, model = AE(), sop_class.ModalityPerformedProcedureStep
        >>> ae.add_supported_context(model, scu_role=True, scp_role=True)
        >>> ae.add_requested_context(model)
        >>> with ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_N_SET, change)]) as server:
        ...     with ae.associate(*server.address) as assoc:
        ...         status, found = assoc.send_n_set(rg.Dataset({"PerformedProcedureStepStatus": "COMPLETED"}), model, "1.2.3")
        ...         status.Status, found.PerformedProcedureStepStatus
        (0, 'COMPLETED')
        """
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
        """Send an N-ACTION (PS3.7 10.1.4).

        Parameters
        ----------
        dataset : Dataset or None
            Action Information.
        action_type : int
            Action Type ID.
        class_uid, instance_uid : str
            SOP class and instance.
        msg_id : int
            As in `send_c_find`.
        meta_uid : str, optional
            The meta SOP class whose context it goes over.

        Returns
        -------
        (Dataset, Dataset or None)
            Status, and what the peer says beside it.

        Raises
        ------
        AssociationOverError
            The association is not established; it is a `RuntimeError`.
        ArgumentError
            No context was accepted for the class, or what is sent cannot be encoded.

        Examples
        --------
        >>> import radiogram as rg
        >>> from radiogram.net import AE, evt, sop_class
        >>> def act(event):
        ...     return 0x0000, None
        >>> ae, model = AE(), sop_class.StorageCommitmentPushModel
        >>> ae.add_supported_context(model, scu_role=True, scp_role=True)
        >>> ae.add_requested_context(model)
        >>> with ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_N_ACTION, act)]) as server:
        ...     with ae.associate(*server.address) as assoc:
        ...         assoc.send_n_action(rg.Dataset({"TransactionUID": "1.2"}), 1, model, "1.2.840.10008.1.20.1.1")[0].Status
        0
        """
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
        """Send an N-CREATE (PS3.7 10.1.5); without `instance_uid` the peer makes one, which is in the status.

        Parameters
        ----------
        dataset : Dataset or None
            Attribute List.
        class_uid, instance_uid : str
            SOP class and instance.
        msg_id : int
            As in `send_c_find`.
        meta_uid : str, optional
            The meta SOP class whose context it goes over.

        Returns
        -------
        (Dataset, Dataset or None)
            Status, and what the peer says beside it.

        Raises
        ------
        AssociationOverError
            The association is not established; it is a `RuntimeError`.
        ArgumentError
            No context was accepted for the class, or what is sent cannot be encoded.

        Examples
        --------
        >>> import radiogram as rg
        >>> from radiogram.net import AE, evt, sop_class
        >>> def create(event):
        ...     return 0x0000, event.attribute_list
        >>> ae, model = AE(), sop_class.ModalityPerformedProcedureStep
        >>> ae.add_supported_context(model, scu_role=True, scp_role=True)
        >>> ae.add_requested_context(model)
        >>> with ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_N_CREATE, create)]) as server:
        ...     with ae.associate(*server.address) as assoc:
        ...         status, found = assoc.send_n_create(rg.Dataset({"PerformedProcedureStepStatus": "IN PROGRESS"}), model, "1.2.3")
        ...         status.Status, found.PerformedProcedureStepStatus
        (0, 'IN PROGRESS')
        """
        return self._normalized(0x0140, "Affected", class_uid, instance_uid, msg_id, meta_uid, dataset, {})

    def send_n_delete(
        self, class_uid: str, instance_uid: str, msg_id: int = 1, meta_uid: str | None = None
    ) -> Dataset:
        """Send an N-DELETE (PS3.7 10.1.6) and return its status.

        Parameters
        ----------
        class_uid, instance_uid : str
            SOP class and instance.
        msg_id : int
            As in `send_c_find`.
        meta_uid : str, optional
            The meta SOP class whose context it goes over.

        Returns
        -------
        Dataset
            The status.

        Raises
        ------
        AssociationOverError
            The association is not established; it is a `RuntimeError`.
        ArgumentError
            No context was accepted for the class, or what is sent cannot be encoded.

        Examples
        --------
        >>> import radiogram as rg
        >>> from radiogram.net import AE, evt, sop_class
        >>> def delete(event):
        ...     return 0x0000
        >>> ae, model = AE(), sop_class.BasicFilmSession
        >>> ae.add_supported_context(model, scu_role=True, scp_role=True)
        >>> ae.add_requested_context(model)
        >>> with ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_N_DELETE, delete)]) as server:
        ...     with ae.associate(*server.address) as assoc:
        ...         assoc.send_n_delete(model, "1.2.3").Status
        0
        """
        return self._normalized(0x0150, "Requested", class_uid, instance_uid, msg_id, meta_uid, None, {})[0]
