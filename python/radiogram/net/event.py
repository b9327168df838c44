"""What a handler is called with: an event that reads nothing, and builds no data set, before it is asked to."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radiogram.dataset import Dataset, Tag, read
from radiogram.net.dimse_primitives import Message, primitive_of
from radiogram.net.encoding import data_of, decoded, meta_of, stored_file
from radiogram.net.presentation import PresentationContextTuple
from radiogram.net.work import command_of, field_of, syntax_of
from radiogram.uid import UID

if TYPE_CHECKING:
    from collections.abc import Mapping

    from radiogram._core import NetWork
    from radiogram.net.associate import A_ASSOCIATE
    from radiogram.net.association import Association
    from radiogram.net.dimse_primitives import DimsePrimitive
    from radiogram.net.events import EventType
    from radiogram.net.service_user import ServiceUser

__all__ = ["Event"]

_C_STORE, _C_MOVE = 0x0001, 0x0021
_N_EVENT_REPORT, _N_GET, _N_SET, _N_ACTION, _N_CREATE = 0x0100, 0x0110, 0x0120, 0x0130, 0x0140
_QUERIES = frozenset({0x0010, 0x0020, 0x0021})
_SIDES = {1: "requestor", 2: "acceptor", 3: "acceptor"}
"""Who says A-ASSOCIATE-RQ, -AC and -RJ, by the type of the PDU (PS3.8 9.3)."""
_NAMES = {
    _C_STORE: "a C-STORE",
    _C_MOVE: "a C-MOVE",
    _N_EVENT_REPORT: "an N-EVENT-REPORT",
    _N_GET: "an N-GET",
    _N_SET: "an N-SET",
    _N_ACTION: "an N-ACTION",
    _N_CREATE: "an N-CREATE",
}


class Event:
    """An event.

    What an event of its kind does not have is an `AttributeError`, as in pynetdicom. Everything is made when it is first
    asked for: a handler that only takes note of `path` costs no data set.

    Parameters
    ----------
    assoc : Association
        The association in which it happened.
    event : NotificationEvent or InterventionEvent
        What happened.
    work : NetWork, optional
        What the engine has.
    details : mapping, optional
        Further attributes, which depend on the event: ``address`` of a connection, ``pdu``, ``data``, ``message`` of the
        notices that are opt-in, ``user_id_type``, ``primary_field`` and ``secondary_field`` of a user identity, and so on.

    Attributes
    ----------
    assoc : Association
        The association.
    event : NotificationEvent or InterventionEvent
        What happened.
    """

    __slots__ = ("_at", "_decoded", "_details", "_request", "_work", "assoc", "event")

    def __init__(
        self,
        assoc: Association,
        event: EventType,
        work: NetWork | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        self.assoc = assoc
        self.event = event
        self._work = work
        self._details = details
        self._request: DimsePrimitive | None = None
        self._decoded: Dataset | None = None
        self._at = time.time()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # it depends on the event
        details = object.__getattribute__(self, "_details")
        if details is not None and name in details:
            return details[name]
        own = getattr(type(self), name, None)
        if isinstance(own, property) and own.fget is not None:
            # It has raised: Python asks here, and its own words are the answer.
            return own.fget(self)
        message = f"an event of {self.event.name} has no attribute {name!r}"
        raise AttributeError(message)

    def __repr__(self) -> str:
        return f"<Event {self.event.name}>"

    @property
    def message(self) -> Message:
        """The DIMSE message that EVT_DIMSE_RECV and EVT_DIMSE_SENT tell of."""
        if self._details is None or "command" not in self._details:
            message = f"an event of {self.event.name} has no attribute 'message'"
            raise AttributeError(message)
        return Message(self._details)

    @property
    def primitive(self) -> A_ASSOCIATE | None:
        """The request for an association, or the answer to it, that EVT_ACSE_RECV and EVT_ACSE_SENT tell of."""
        pdu = (self._details or {}).get("pdu")
        if pdu not in _SIDES or not self.event.name.startswith("EVT_ACSE_"):
            message = f"an event of {self.event.name} has no attribute 'primitive' but of A-ASSOCIATE"
            raise AttributeError(message)
        side: ServiceUser = getattr(self.assoc, _SIDES[pdu])
        return side.primitive

    # -- of every request ----------------------------------------------------------------------------------------

    @property
    def timestamp(self) -> datetime:
        """When it was seen, in local time without a time zone, as pynetdicom's: ``datetime.now() - event.timestamp`` is how long ago."""
        return datetime.fromtimestamp(self._at)  # noqa: DTZ006  # naive, as pynetdicom's

    @property
    def request(self) -> DimsePrimitive:
        """The request: its fields are attributes by keyword, such as ``request.AffectedSOPInstanceUID``."""
        if self._request is None:
            self._request = primitive_of(self._of_a_request())
        return self._request

    @property
    def context(self) -> PresentationContextTuple:
        """The presentation context that it came in."""
        number, abstract, transfer = self._of_a_request().context or (0, "", "")
        return PresentationContextTuple(number, UID(abstract), UID(transfer))

    @property
    def message_id(self) -> int:
        """Its Message ID."""
        return int(command_of(self._of_a_request())["MessageID"])

    @property
    def is_cancelled(self) -> bool:
        """Whether the peer has cancelled it (C-CANCEL), or is gone."""
        return self._work is not None and bool(self._work.cancelled)

    def _of_a_request(self, *fields: int) -> NetWork:
        work = self._work
        if work is None or work.kind not in {"request", "instance"}:
            message = "the event is no DIMSE request"
            raise AttributeError(message)
        if fields and field_of(work) not in fields:
            message = f"the event is not {' or '.join(_NAMES.get(field, 'a query or retrieval') for field in fields[:1])} request"
            raise AttributeError(message)
        return work

    def _data_set(self, *fields: int) -> Dataset:
        work = self._of_a_request(*fields)
        if self._decoded is None:
            self._decoded = decoded(work.data, syntax_of(work))
        return self._decoded

    # -- C-STORE -------------------------------------------------------------------------------------------------

    @property
    def dataset(self) -> Dataset:
        """The instance that was sent, with its file meta information."""
        work = self._of_a_request(_C_STORE)
        if self._decoded is None:
            self._decoded = read(work.path) if work.path is not None else read(stored_file(work))
        return self._decoded

    @property
    def path(self) -> Path:
        """Where the instance was kept; an `AttributeError` where it is in memory."""
        path = self._of_a_request(_C_STORE).path
        if path is None:
            message = "the instance is in memory: start the server with store= or rules= to have a path"
            raise AttributeError(message)
        return Path(path)

    @property
    def dataset_path(self) -> Path | None:
        """Where the instance was kept; `None` where it is in memory, as in pynetdicom."""
        path = self._of_a_request(_C_STORE).path
        return None if path is None else Path(path)

    @property
    def index(self) -> Dataset:
        """The elements that the ``tags`` of its rule asked for, taken from the data set on its way."""
        found = self._of_a_request(_C_STORE).index
        return Dataset() if found is None else read(found)

    def memoryview(self) -> memoryview:
        """Give the whole file of the instance, without a copy where it is in memory."""
        return memoryview(stored_file(self._of_a_request(_C_STORE)))

    def encoded_dataset(self, include_meta: bool = True) -> bytes:  # noqa: FBT001, FBT002  # pynetdicom's
        """Give the instance as it was sent: the bytes of a file, or those of the data set alone."""
        work = self._of_a_request(_C_STORE)
        return stored_file(work) if include_meta else data_of(work) or b""

    @property
    def file_meta(self) -> Dataset:
        """The file meta information for the instance (PS3.10 7.1)."""
        work = self._of_a_request(_C_STORE)
        command = command_of(work)
        return meta_of(command["AffectedSOPClassUID"], command["AffectedSOPInstanceUID"], syntax_of(work))

    # -- queries and retrievals ----------------------------------------------------------------------------------

    @property
    def identifier(self) -> Dataset:
        """The Identifier of a C-FIND, C-GET or C-MOVE request."""
        return self._data_set(*_QUERIES)

    @property
    def move_destination(self) -> str | None:
        """The Move Destination of a C-MOVE request."""
        found: str | None = command_of(self._of_a_request(_C_MOVE)).get("MoveDestination")
        return found if found is None else found.strip()

    # -- DIMSE-N -------------------------------------------------------------------------------------------------

    @property
    def event_information(self) -> Dataset:
        """The Event Information of an N-EVENT-REPORT request."""
        return self._data_set(_N_EVENT_REPORT)

    @property
    def event_type(self) -> int | None:
        """The Event Type ID of an N-EVENT-REPORT request."""
        return command_of(self._of_a_request(_N_EVENT_REPORT)).get("EventTypeID")

    @property
    def attribute_identifiers(self) -> list[Tag]:
        """The tags that an N-GET request asks for; none is all."""
        tags = command_of(self._of_a_request(_N_GET)).get("AttributeIdentifierList")
        if tags is None:
            return []
        return [Tag(tag) for tag in (tags if isinstance(tags, (list, tuple)) else [tags])]

    @property
    def modification_list(self) -> Dataset:
        """The Modification List of an N-SET request."""
        return self._data_set(_N_SET)

    @property
    def action_information(self) -> Dataset:
        """The Action Information of an N-ACTION request."""
        return self._data_set(_N_ACTION)

    @property
    def action_type(self) -> int | None:
        """The Action Type ID of an N-ACTION request."""
        return command_of(self._of_a_request(_N_ACTION)).get("ActionTypeID")

    @property
    def attribute_list(self) -> Dataset:
        """The Attribute List of an N-CREATE request; empty for an N-GET or N-SET, whose responses have one, as in pynetdicom."""
        if field_of(self._of_a_request(_N_CREATE, _N_GET, _N_SET)) != _N_CREATE:
            return Dataset()
        return self._data_set(_N_CREATE)
