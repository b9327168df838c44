"""Requests on their way: the context they go over, the exchange that is waited for, what is known where no answer comes."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from radiogram.dataset import Dataset
from radiogram.errors import ArgumentError, AssociationOverError, DicomError
from radiogram.net.agreed import Agreed
from radiogram.net.answers import clean
from radiogram.net.checks import checked_title
from radiogram.net.encoding import asked, decoded, told
from radiogram.net.handlers import waiting_outside
from radiogram.net.narrating import narrate
from radiogram.net.status import category_of
from radiogram.uid import UID

if TYPE_CHECKING:
    from collections.abc import Iterator

    from radiogram._core import NetAssociation, NetExchange
    from radiogram.net.presentation import PresentationContext

    Answer = tuple[Dataset, Dataset | None]

__all__ = ["Exchanges", "checked"]

LOGGER = logging.getLogger("radiogram.net")

_UPS_PUSH = "1.2.840.10008.5.1.4.34.6.1"
_UPS = "1.2.840.10008.5.1.4.34.6."

MESSAGES = {
    0x0001: "a C-STORE",
    0x0010: "a C-GET",
    0x0020: "a C-FIND",
    0x0021: "a C-MOVE",
    0x0030: "a C-ECHO",
    0x0100: "an N-EVENT-REPORT",
    0x0110: "an N-GET",
    0x0120: "an N-SET",
    0x0130: "an N-ACTION",
    0x0140: "an N-CREATE",
    0x0150: "an N-DELETE",
}
"""Requests by their Command Field, with their article (PS3.7 E.1)."""

_NUMBERS = {
    "MessageID": "msg_id",
    "MessageIDBeingRespondedTo": "msg_id",
    "Priority": "priority",
    "EventTypeID": "event_type",
    "ActionTypeID": "action_type",
    "MoveOriginatorMessageID": "originator_id",
}
"""Numbers of commands, by what they are called where they are given."""
_TITLES = {"MoveDestination": "move_aet", "MoveOriginatorApplicationEntityTitle": "originator_aet"}
"""The same of AE titles."""
_UIDS = (
    *("AffectedSOPClassUID", "RequestedSOPClassUID"),
    *("AffectedSOPInstanceUID", "RequestedSOPInstanceUID"),
)
_UID_LENGTH = 64


def checked(**command: Any) -> None:  # noqa: ANN401  # fields of a command
    """Look whether the fields of a command can be what they are (PS3.7 E.1): numbers have 16 bits, titles 16 characters, UIDs 64.

    Raises
    ------
    ArgumentError
        One cannot.

    Examples
    --------
    >>> checked(MessageID=70000)
    Traceback (most recent call last):
    ...
    radiogram.errors.ArgumentError: 'msg_id' is a number from 0 to 65535, not 70000
    """
    for keyword, name in _NUMBERS.items():
        value = command.get(keyword)
        most = 2 if keyword == "Priority" else 0xFFFF
        if value is not None and (not isinstance(value, int) or not 0 <= value <= most):
            message = f"'{name}' is a number from 0 to {most}, not {value!r}"
            raise ArgumentError(message)
    for keyword, name in _TITLES.items():
        if command.get(keyword) is not None:
            checked_title(command[keyword], name)
    for keyword in _UIDS:
        uid = command.get(keyword)
        if uid is not None and len(uid) > _UID_LENGTH:
            message = f"a {keyword} has {_UID_LENGTH} characters at most (PS3.5 9.1)"
            raise ArgumentError(message)


class Exchanges(Agreed):
    """The part of `Association` that sends a request and waits for its responses."""

    def _established(self, what: str) -> NetAssociation:
        net = self._net
        if net is None or not self.is_established:
            if net is not None and self._is_inherited:
                # To use what a parent process has raises.
                net.state  # noqa: B018
            message = f"the association must be established before sending {what} request"
            raise AssociationOverError(message)
        return net

    def _context(self, abstract: str, what: str, role: str = "scu") -> PresentationContext:
        """Choose the context for an abstract syntax in a role of ours."""
        self._established(what)
        fitting = [context for context in self.accepted_contexts if context.abstract_syntax == abstract]
        if not fitting and abstract == _UPS_PUSH:
            # PS3.4 CC.3.1: an instance is one of UPS Push, over whichever class of the service it is met.
            fitting = [one for one in self.accepted_contexts if (one.abstract_syntax or "").startswith(_UPS)]
        for context in fitting:
            if context.as_scu if role == "scu" else context.as_scp:
                return context
        if fitting and role == "scp":
            # Who has not agreed on it reports all the same, as pynetdicom does.
            return fitting[0]
        hint = ": the requestor proposes roles by `build_role`" if fitting else ""
        message = (
            f"No presentation context for '{UID(abstract).name}' has been accepted by the peer for the {role.upper()} role"
            f", to send {what} request{hint}"
        )
        raise ArgumentError(message)

    def _get_valid_context(
        self,
        ab_syntax: str,
        tr_syntax: str = "",
        role: str | None = None,
        context_id: int | None = None,
        allow_conversion: bool = True,  # noqa: FBT001, FBT002  # pynetdicom's
    ) -> PresentationContext:
        """Choose an accepted context; pynetdicom's name, which its own programs call in spite of the underscore."""
        same = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1")
        for context in self.accepted_contexts:
            syntax = context.transfer_syntax[0]
            fits = not tr_syntax or syntax == tr_syntax
            if not fits and allow_conversion:
                fits = syntax in same and tr_syntax in same
            plays = {"scu": context.as_scu, "scp": context.as_scp, None: True}[role]
            if (
                context.abstract_syntax == ab_syntax
                and context_id in {None, context.context_id}
                and fits
                and plays
            ):
                return context
        message = f"No presentation context for '{UID(ab_syntax).name}' has been accepted by the peer"
        raise ArgumentError(message)

    def _send(
        self, context: PresentationContext, command: dict[str, Any], data: bytes | None
    ) -> NetExchange | None:
        """Send a request; ``None`` where the association has ended meanwhile."""
        checked(**command)
        name = MESSAGES.get(command["CommandField"], "a message")
        narrate(
            "sending %s request, message %s, for %s", name, command.get("MessageID"), context.abstract_syntax
        )
        try:
            with waiting_outside():
                return _exchange(self._established("a").send(context.context_id or 0, command, data))
        except DicomError as error:
            if isinstance(error, ArgumentError) and self.is_established:
                # Nothing was sent: what was given is no field of the command.
                raise
            self._lost(error)
            return None

    def _lost(self, error: DicomError) -> None:
        """Keep why no answer came, in words, and say it in the log."""
        self.error = error
        LOGGER.error("no answer: %s", clean(str(error)))

    def _one(
        self, context: PresentationContext, command: dict[str, Any], data: bytes | None
    ) -> tuple[Dataset, bytes | None]:
        exchange = self._send(context, command, data)
        if exchange is None:
            return Dataset(), None
        try:
            with waiting_outside():
                heard = exchange.next()
        except DicomError as error:
            self._lost(error)
            return Dataset(), None
        if heard is None:
            return Dataset(), None
        narrate("the answer to message %s: status %04X", command.get("MessageID"), heard[0].get("Status", 0))
        return told(heard[0]), heard[1]

    def _query(
        self,
        field: int,
        dataset: Any,  # noqa: ANN401
        model: str,
        msg_id: int,
        priority: int,
        **fields: object,
    ) -> Iterator[Answer]:
        context, command, data = self._asked_for(field, dataset, model, msg_id, priority, **fields)
        exchange = self._send(context, command, data)
        if exchange is not None:
            self._exchanges[msg_id] = exchange
        responses = self._responses(exchange, context.transfer_syntax[0], msg_id, is_listing=field != 0x0020)
        # It has begun: whoever drops it without a look at the first response cancels the operation as well.
        next(responses)
        return responses

    def _asked_for(
        self,
        field: int,
        dataset: Any,  # noqa: ANN401
        model: str,
        msg_id: int,
        priority: int,
        **fields: object,
    ) -> tuple[PresentationContext, dict[str, Any], bytes]:
        """Give context, command and identifier of a query or a retrieval."""
        what = MESSAGES[field]
        context = self._context(model, what)
        command = {
            "CommandField": field,
            "MessageID": msg_id,
            "AffectedSOPClassUID": str(model),
            "Priority": priority,
            **fields,
        }
        return context, command, asked(dataset, context.transfer_syntax[0])

    def _responses(
        self, exchange: NetExchange | None, syntax: str, msg_id: int, *, is_listing: bool = False
    ) -> Iterator[Answer]:
        is_over = exchange is None
        try:
            # Nobody sees this one.
            yield Dataset(), None
            if exchange is None:
                yield Dataset(), None
                return
            while not is_over:
                try:
                    with waiting_outside():
                        heard = exchange.next()
                except DicomError as error:
                    self._lost(error)
                    is_over = True
                    yield Dataset(), None
                    return
                if heard is None:
                    is_over = True
                    return
                command, data = heard
                narrate("an answer to message %s: status %04X", msg_id, command.get("Status", 0))
                category = category_of(command.get("Status", 0))
                is_over = category != "Pending"
                # As pynetdicom's: where C-GET and C-MOVE list what has failed, there is always a data set to look into.
                lists = is_listing and category in {"Cancel", "Failure", "Warning"}
                yield told(command), decoded(data, syntax) if data or lists else None
        finally:
            if exchange is not None and self._exchanges.get(msg_id) is exchange:
                del self._exchanges[msg_id]
            if exchange is not None and not is_over and self.is_established:
                exchange.cancel()

    def _normalized(self, *asked: Any, **more: Any) -> Answer:  # noqa: ANN401  # what `_asked_of` takes
        """Send a request of DIMSE-N, and give its answer."""
        context, command, data = self._asked_of(*asked, **more)
        status, answer = self._one(context, command, data)
        # As pynetdicom's: a service that succeeded and had nothing to say gives an empty data set.
        is_done = "Status" in status and category_of(status.Status) in {"Success", "Warning"}
        return status, decoded(answer, context.transfer_syntax[0]) if answer or is_done else None

    def _asked_of(
        self,
        field: int,
        whose: str,
        class_uid: str,
        instance_uid: str | None,
        msg_id: int,
        meta_uid: str | None,
        dataset: Any,  # noqa: ANN401
        fields: dict[str, Any],
        role: str = "scu",
    ) -> tuple[PresentationContext, dict[str, Any], bytes | None]:
        """Give context, command and data set of a request of DIMSE-N."""
        context = self._context(meta_uid or class_uid, MESSAGES[field], role)
        command: dict[str, Any] = {
            "CommandField": field,
            "MessageID": msg_id,
            f"{whose}SOPClassUID": str(class_uid),
        }
        if instance_uid is not None:
            command[f"{whose}SOPInstanceUID"] = str(instance_uid)
        data = None if dataset is None else asked(dataset, context.transfer_syntax[0])
        return context, {**command, **fields}, data or None


def _exchange(sent: Any) -> NetExchange:  # noqa: ANN401  # it depends on whether the caller waits
    exchange: NetExchange = sent
    return exchange
