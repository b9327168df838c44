"""From what the engine has to what handlers return: the one place where work becomes an event, and an answer goes back."""

from __future__ import annotations

import asyncio
import inspect
import logging
from typing import TYPE_CHECKING, Any

from radiogram.dataset import Dataset
from radiogram.errors import DicomError
from radiogram.net import events as evt
from radiogram.net.answers import NO_ANSWERS, answer, answer_of, complain, failed, status_of
from radiogram.net.encoding import as_dataset, worded
from radiogram.net.event import Event
from radiogram.net.exchanges import MESSAGES
from radiogram.net.handlers import is_handling, is_over
from radiogram.net.narrating import is_telling, narrate
from radiogram.net.pdu_primitives import SOPClassCommonExtendedNegotiation, items_of
from radiogram.net.status import category_of
from radiogram.net.work import command_of, field_of, syntax_of
from radiogram.uid import UID

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from concurrent.futures import Future

    from radiogram._core import NetWork
    from radiogram.net.association import Association
    from radiogram.net.events import Bound, InterventionEvent, NotificationEvent

    _Going = asyncio.Task[Any] | Future[Any]

__all__ = ["called", "notify", "serve"]

LOGGER = logging.getLogger("radiogram.net")

_REQUESTS: dict[int, InterventionEvent] = {
    0x0001: evt.EVT_C_STORE,
    0x0010: evt.EVT_C_GET,
    0x0020: evt.EVT_C_FIND,
    0x0021: evt.EVT_C_MOVE,
    0x0030: evt.EVT_C_ECHO,
    0x0100: evt.EVT_N_EVENT_REPORT,
    0x0110: evt.EVT_N_GET,
    0x0120: evt.EVT_N_SET,
    0x0130: evt.EVT_N_ACTION,
    0x0140: evt.EVT_N_CREATE,
    0x0150: evt.EVT_N_DELETE,
}

_NOTICES: dict[str, tuple[NotificationEvent, ...]] = {
    "data-received": (evt.EVT_DATA_RECV,),
    "data-sent": (evt.EVT_DATA_SENT,),
    "message-received": (evt.EVT_DIMSE_RECV,),
    "message-sent": (evt.EVT_DIMSE_SENT,),
    "pdu-received": (evt.EVT_PDU_RECV,),
    "pdu-sent": (evt.EVT_PDU_SENT,),
    "fsm": (evt.EVT_FSM_TRANSITION,),
}
_ONCE: dict[str, tuple[NotificationEvent, ...]] = {
    "connection-open": (evt.EVT_CONN_OPEN,),
    "connection-close": (evt.EVT_CONN_CLOSE,),
    "requested": (evt.EVT_REQUESTED,),
    "established": (evt.EVT_ACCEPTED, evt.EVT_ESTABLISHED),
    "released": (evt.EVT_RELEASED,),
    "rejected": (evt.EVT_REJECTED,),
    "aborted": (evt.EVT_ABORTED,),
    "lost": (evt.EVT_ABORTED,),
    "failed": (evt.EVT_ABORTED,),
}
"""Notices that come once in an association, and may be known before the engine tells them."""

_ACSE = {"pdu-received": evt.EVT_ACSE_RECV, "pdu-sent": evt.EVT_ACSE_SENT}
_P_DATA = 0x04

_GOING: set[_Going] = set()
"""Handlers that go on and are not waited for: a loop alone does not keep its tasks."""


def serve(assoc: Association, work: NetWork) -> None:
    """Do what there is to do for one piece of work."""
    kind = work.kind
    _narrated(assoc, work, kind)
    if kind in {"instance", "request"}:
        try:
            (_store if kind == "instance" else _request)(assoc, work)
        except BaseException:
            # Whatever it is, the peer is told at once.
            if not work.answered:
                work.respond(failed(field_of(work)))
            raise
    elif kind == "negotiate":
        _negotiate(assoc, work)
    elif kind == "notice":
        _notice(assoc, work)


def _narrated(assoc: Association, work: NetWork, kind: str) -> None:
    """Say what has come, where the log tells it."""
    net = assoc._net
    if net is None or not is_telling():
        return
    if kind == "notice":
        if work.name in _ONCE:
            narrate("%s of %s: %s", net.calling, net.peer[0], work.name)
        return
    if kind in {"instance", "request"}:
        field, number = field_of(work), command_of(work).get("MessageID")
        narrate(
            "%s of %s has sent %s request, message %s",
            net.calling,
            net.peer[0],
            MESSAGES.get(field, "a"),
            number,
        )


# -- handlers ----------------------------------------------------------------------------------------------------


def called(bound: Bound, event: Event) -> Any:  # noqa: ANN401  # what the handler returns
    """Call a handler, an asynchronous one on its loop; of a generator that is one, give an ordinary one."""
    if bound.call is None:
        message = f"no handler is bound to evt.{event.event.name}"
        raise NotImplementedError(message)
    result = bound.call(event, *(bound.args or ()))
    if bound.loop is None:
        return result
    if inspect.isasyncgen(result):
        return _drawn(result, bound, event)
    return _awaited(result, bound, event)


def _awaited(what: Any, bound: Bound, event: Event) -> Any:  # noqa: ANN401
    """Wait for a coroutine on its own loop; it is cancelled where the peer has gone, or has cancelled, or where nobody runs the loop at the end.

    What only tells is not waited for on the thread of the loop itself, nor where the loop does not run and this is no thread for handlers: it may
    be the one that runs it later.
    """
    loop = bound.loop
    assert loop is not None  # for the type checker: its caller has looked
    is_own = _running() is loop
    if is_own and event.event.is_intervention:
        what.close()
        message = (
            f"the asynchronous handler of {event.event.name} is waited for on the thread of its own loop"
        )
        raise RuntimeError(message)
    if is_own:
        return _follow(loop.create_task(what), event)
    try:
        future = asyncio.run_coroutine_threadsafe(what, loop)
    except RuntimeError:
        # The loop is closed.
        what.close()
        raise
    if event.event.is_notification and not (loop.is_running() or is_handling()):
        return _follow(future, event)
    while True:
        try:
            return future.result(timeout=0.25)
        except TimeoutError:
            if future.done():
                return future.result()
            if event.is_cancelled or loop.is_closed() or (is_over() and not loop.is_running()):
                future.cancel()


def _running() -> asyncio.AbstractEventLoop | None:
    """Give the loop that runs on this thread."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _follow(task: _Going, event: Event) -> None:
    """Keep what nobody waits for until it is done, and say where it has raised."""
    _GOING.add(task)

    def done(task: _Going) -> None:
        _GOING.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            complain(event.assoc, event.event, event, error)

    task.add_done_callback(done)


def _drawn(generator: Any, bound: Bound, event: Event) -> Iterator[Any]:  # noqa: ANN401
    try:
        while True:
            try:
                yield _awaited(generator.__anext__(), bound, event)
            except StopAsyncIteration:
                return
    finally:
        _awaited(generator.aclose(), bound, event)


def notify(
    assoc: Association, event: NotificationEvent, work: NetWork | None, details: Mapping[str, object]
) -> None:
    """Call all that are bound to a notification.

    An asynchronous handler that is told on the thread of its own loop is begun there, in the order of what is told, and not waited for.
    """
    for bound in assoc._handlers.of(event):
        made = Event(assoc, event, work, details)
        try:
            called(bound, made)
        except BaseException as error:  # a notification changes nothing
            complain(assoc, event, made, error)


def _notice(assoc: Association, work: NetWork) -> None:
    name, details = work.name, work.details
    for once in _ONCE.get(name, ()):
        assoc._tell(once, **details)
    for event in _NOTICES.get(name, ()):
        notify(assoc, event, work, details)
    acse = _ACSE.get(name)
    if acse is not None and details.get("pdu") != _P_DATA:
        notify(assoc, acse, work, details)


# -- requests ----------------------------------------------------------------------------------------------------


def _store(assoc: Association, work: NetWork) -> None:
    """Answer for an instance that is where its rule has put it, or in memory."""
    bound = assoc._handlers.one(evt.EVT_C_STORE)
    if bound.call is None:
        # It was taken away in this moment. What was kept for it alone is gone with this.
        work.respond({"Status": 0x0000} if work.is_lasting else failed(0x0001))
        return
    event = Event(assoc, evt.EVT_C_STORE, work)
    answer(work, assoc, event, _answered(lambda: answer_of(called(bound, event)), assoc, event, 0x0001))


def _answered(
    decide: Callable[[], dict[str, Any]], assoc: Association, event: Event, field: int
) -> dict[str, Any]:
    try:
        return decide()
    except BaseException as error:  # whatever it is, the peer is told that it failed
        complain(assoc, event.event, event, error)
        return failed(field)


def _request(assoc: Association, work: NetWork) -> None:
    field = field_of(work)
    kind = _REQUESTS.get(field)
    bound = None if kind is None else assoc._handlers.one(kind)
    if kind is None or bound is None or (bound.call is None and field != 0x0030):
        # PS3.7 C: an operation that nobody serves, whatever else is served here.
        LOGGER.warning(
            "a request that nobody serves: no handler is bound to %s", "it" if kind is None else kind.name
        )
        work.respond({"Status": 0x0211})
        return
    event = Event(assoc, kind, work)
    if field == 0x0020:
        from radiogram.net.finding import find

        find(assoc, work, event, bound)
    elif field in {0x0010, 0x0021}:
        from radiogram.net.retrieving import retrieve

        retrieve(assoc, work, event, bound)
    else:
        _single(assoc, work, event, bound)


def _single(assoc: Association, work: NetWork, event: Event, bound: Bound) -> None:
    """Answer a request that has one response: C-ECHO, C-STORE, and all of DIMSE-N."""
    field = field_of(work)
    if bound.call is None and field == 0x0030:
        work.respond({"Status": 0x0000})
        return
    data: list[bytes] = []

    def decide() -> dict[str, Any]:
        said, found = status_of(called(bound, event))
        if field & 0x0100:
            # PS3.7 10.3: no response of DIMSE-N has it.
            said.pop("OffendingElement", None)
        if field == 0x0030 and said["Status"] in NO_ANSWERS:
            # PS3.7 9.1.5.1.4: a C-ECHO has no such status, and that its handler has run is what it verifies.
            said["Status"] = 0x0000
        if field == 0x0140:
            said, found = _created(work, said, found)
        if found is not None and len(found) and category_of(said["Status"]) in {"Success", "Warning"}:
            data.append(worded(found, syntax_of(work)))
        return said

    said = _answered(decide, assoc, event, field)
    answer(work, assoc, event, said, data[0] if data else None)


def _created(work: NetWork, said: dict[str, Any], found: Any) -> tuple[dict[str, Any], Any]:  # noqa: ANN401
    """Take the UID of an instance that the SCP has named from the attribute list, where pynetdicom's handlers say it (PS3.7 10.1.5.1.4)."""
    is_named = command_of(work).get("AffectedSOPInstanceUID") or "AffectedSOPInstanceUID" in said
    if is_named or category_of(said["Status"]) not in {"Success", "Warning"}:
        return said, found
    named = as_dataset(found) if found is not None else Dataset()
    if "AffectedSOPInstanceUID" not in named:
        message = "neither the request nor the handler names the instance that was created"
        raise DicomError(message)
    rest = Dataset(named)
    uid = str(rest.AffectedSOPInstanceUID)
    del rest.AffectedSOPInstanceUID
    return {**said, "AffectedSOPInstanceUID": uid}, rest


# -- negotiation -------------------------------------------------------------------------------------------------


def _negotiate(assoc: Association, work: NetWork) -> None:
    # PS3.8 7.1.1: who hears of a request may refuse it, and has been heard when anything else is asked.
    assoc._tell(evt.EVT_REQUESTED)
    if assoc._rejection is not None:
        work.answer({"accept": False, "reject": assoc._rejection})
        return
    request = work.details["request"]
    decision: dict[str, Any] = {}
    for part in (_identity, _window, _extended, _common):
        part(assoc, request, decision)
        if decision.get("accept") is False:
            break
    work.answer(decision or True)


def _asked(assoc: Association, kind: InterventionEvent, details: dict[str, Any], otherwise: Any) -> Any:  # noqa: ANN401
    """Ask the handler of a part of the negotiation, where there is one."""
    bound = assoc._handlers.one(kind)
    if bound.call is None:
        return None
    event = Event(assoc, kind, None, details)
    try:
        return called(bound, event)
    except BaseException as error:  # an answer goes out in any case
        complain(assoc, kind, event, error)
        return otherwise


def _identity(assoc: Association, request: dict[str, Any], decision: dict[str, Any]) -> None:
    """PS3.7 D.3.3.7: who is not believed is rejected; who asked for a response gets one."""
    if not request.get("identity"):
        return
    kind, wants_answer, primary, secondary = request["identity"]
    details = {
        "user_id_type": kind,
        "primary_field": primary,
        "secondary_field": secondary or None,
        "positive_response_requested": wants_answer,
    }
    verdict = _asked(assoc, evt.EVT_USER_ID, details, (False, None))
    if verdict is None:
        return
    is_known, response = verdict if isinstance(verdict, tuple) else (verdict, None)
    if not is_known:
        # PS3.8 9.3.4: rejected permanently, by the service user, no reason given.
        decision.update({"accept": False, "reject": (1, 1, 1)})
    elif wants_answer:
        decision["identity_response"] = response or b""


def _window(assoc: Association, request: dict[str, Any], decision: dict[str, Any]) -> None:
    proposed = request.get("operations_window")
    if proposed is None:
        return
    answer = _asked(
        assoc, evt.EVT_ASYNC_OPS, {"nr_invoked": proposed[0], "nr_performed": proposed[1]}, (1, 1)
    )
    if answer is not None:
        decision["operations_window"] = tuple(answer)


def _extended(assoc: Association, request: dict[str, Any], decision: dict[str, Any]) -> None:
    proposed = {UID(uid): bytes(told) for uid, told in request.get("extended") or ()}
    if not proposed:
        return
    answer = _asked(assoc, evt.EVT_SOP_EXTENDED, {"app_info": proposed}, {})
    if answer is not None:
        decision["extended"] = [(str(uid), bytes(told)) for uid, told in dict(answer).items()]


def _common(assoc: Association, request: dict[str, Any], decision: dict[str, Any]) -> None:  # noqa: ARG001  # nothing is answered
    """PS3.7 D.3.3.6.2: the acceptor does not answer; what the handler takes is known here alone."""
    said = {"common_extended": request.get("common_extended") or ()}
    found = [item for item in items_of(said) if isinstance(item, SOPClassCommonExtendedNegotiation)]
    items = {UID(item.sop_class_uid or ""): item for item in found}
    if items:
        taken = _asked(assoc, evt.EVT_SOP_COMMON, {"items": items}, {})
        for uid, item in dict(taken or {}).items():
            near = [UID(one) for one in item.related_general_sop_class_identification]
            assoc._common[UID(uid)] = (UID(item.service_class_uid), near)
