"""C-GET and C-MOVE as an SCP: what a handler yields is sent by C-STORE, and counted (PS3.4 C.4.2, C.4.3)."""

from __future__ import annotations

import logging
import os
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from radiogram.dataset import Dataset, read
from radiogram.errors import ArgumentError, AssociationOverError, DicomError
from radiogram.net.answers import answer, answer_of, clean, complain, failed
from radiogram.net.bulk import WITHOUT_BULK_DATA, without_bulk_data
from radiogram.net.encoding import as_dataset, encoded
from radiogram.net.finding import yields
from radiogram.net.found import Found
from radiogram.net.status import category_of
from radiogram.net.work import command_of, field_of, syntax_of

if TYPE_CHECKING:
    from collections.abc import Generator

    from radiogram._core import NetWork
    from radiogram.net.association import Association
    from radiogram.net.event import Event
    from radiogram.net.events import Bound

    Yields = Generator[tuple[Any, BaseException | None]]

__all__ = ["retrieve"]

LOGGER = logging.getLogger("radiogram.net")

_C_GET, _C_MOVE = 0x0010, 0x0021
_NO_NUMBER = {_C_GET: 0xC413, _C_MOVE: 0xC513}
_TOO_MANY = {_C_GET: 0xC416, _C_MOVE: 0xC516}
_NO_DESTINATION, _BAD_DESTINATION = 0xC514, 0xC515
"""pynetdicom's statuses for what a handler has to yield first, where it does not."""

_UNKNOWN_DESTINATION = 0xA801
_UNABLE = 0xA702
_SOME_FAILED = 0xB000
"""PS3.4 tables C.4-2 and C.4-3."""

_MOST = 0xFFFF
"""Sub-operations that the counters, which are US, can count."""


class _RefusedError(Exception):
    """The handler has not yielded what comes first, or refuses; what is answered."""

    def __init__(self, said: dict[str, Any]) -> None:
        super().__init__()
        self.answer = said


@dataclass
class _Counts:
    """Sub-operations (PS3.4 C.4.2.1.6 to 9), and the instances that failed."""

    remaining: int
    failed: int = 0
    warning: int = 0
    completed: int = 0
    uids: list[str] = field(default_factory=list)

    def fields(self, *, with_remaining: bool) -> dict[str, int]:
        """Give them as a response has them: those that remain in pending and cancelled ones alone."""
        said = {
            "NumberOfCompletedSuboperations": self.completed,
            "NumberOfFailedSuboperations": self.failed,
            "NumberOfWarningSuboperations": self.warning,
        }
        return {"NumberOfRemainingSuboperations": self.remaining, **said} if with_remaining else said


def retrieve(assoc: Association, work: NetWork, event: Event, bound: Bound) -> None:
    """Answer a C-GET or C-MOVE."""
    kind = field_of(work)
    with closing(yields(bound, event)) as results:
        try:
            target = assoc if kind == _C_GET else _destination(assoc, event, results)
            if target is None:
                work.respond({"Status": _UNKNOWN_DESTINATION, "ErrorComment": "Move Destination unknown"})
                return
            try:
                number = _number(assoc, event, results, kind)
                if target is not assoc and number:
                    target = _associate(assoc, event, target)
                    if not target.is_established:
                        comment = "no association with the Move Destination"
                        work.respond({"Status": _UNKNOWN_DESTINATION, "ErrorComment": comment})
                        return
                _sub_operations(assoc, target, work, event, results, number)
            finally:
                if target is not assoc and not isinstance(target, tuple):
                    target.release()
        except _RefusedError as refused:
            answer(work, assoc, event, refused.answer)


# -- what a handler yields first -----------------------------------------------------------------------------------


def _first(assoc: Association, event: Event, results: Yields, status: int) -> Any:  # noqa: ANN401
    """Give the next thing that is yielded."""
    for result, error in results:
        if error is None:
            if isinstance(result, tuple) and len(result) == 2 and result[1] is None and result[0] is not None:
                # A handler that refuses says so at once: a status, and nothing with it.
                raise _RefusedError(answer_of(result[0]))
            return result
        complain(assoc, event.event, event, error)
        # As pynetdicom: a generator that breaks off here has not yielded it; `result` says whether it is one.
        raise _RefusedError({"Status": status} if result else failed(event.request.CommandField))
    raise _RefusedError({"Status": status})


def _destination(assoc: Association, event: Event, results: Yields) -> Any:  # noqa: ANN401
    """Give address, port and options of where the instances go; ``None`` where the handler does not know it."""
    given = _first(assoc, event, results, _NO_DESTINATION)
    try:
        address, port, *rest = given
        options = dict(rest[0]) if rest and rest[0] else {}
        if address is None or port is None:
            return None
        return str(address), int(port), options
    except (TypeError, ValueError):
        raise _RefusedError({"Status": _BAD_DESTINATION}) from None


def _number(assoc: Association, event: Event, results: Yields, kind: int) -> int:
    given = _first(assoc, event, results, _NO_NUMBER[kind])
    try:
        number = int(given)
    except (TypeError, ValueError):
        raise _RefusedError({"Status": _NO_NUMBER[kind]}) from None
    if number > _MOST:
        raise _RefusedError({"Status": _TOO_MANY[kind]})
    return max(0, number)


def _associate(assoc: Association, event: Event, place: Any) -> Any:  # noqa: ANN401
    """Ask for an association with the destination; by default for every storage SOP class."""
    address, port, options = place
    if not options.get("contexts") and not assoc.ae.requested_contexts:
        from radiogram.net.contexts import presentation_contexts

        options["contexts"] = presentation_contexts("StoragePresentationContexts")
    try:
        return assoc.ae.associate(
            address, port, **{"ae_title": event.move_destination or "ANY-SCP", **options}
        )
    except (DicomError, TypeError, ValueError, RuntimeError) as error:
        complain(assoc, event.event, event, error)
        raise _RefusedError({"Status": _BAD_DESTINATION}) from None


# -- sub-operations ------------------------------------------------------------------------------------------------


def _sub_operations(
    assoc: Association, target: Association, work: NetWork, event: Event, results: Yields, number: int
) -> None:
    kind = field_of(work)
    counts = _Counts(number)
    originator: tuple[str | None, int | None] = (None, None)
    if kind == _C_MOVE:
        # PS3.7 9.1.1.1.7: the title of the one who has asked for the C-MOVE.
        originator = (assoc.requestor.ae_title, command_of(work)["MessageID"])
    bare = work.context is not None and work.context[1] == WITHOUT_BULK_DATA
    sent, work_id = 0, int(command_of(work).get("MessageID") or 0)
    while counts.remaining:
        result, error = next(results, (None, None))
        if error is not None:
            complain(assoc, event.event, event, error)
            counts.failed += counts.remaining
            _last(work, counts, failed(kind))
            return
        if result is None:
            break
        status, source = result if isinstance(result, tuple) and len(result) == 2 else (result, None)
        said = answer_of(status)
        if category_of(said["Status"]) != "Pending":
            _ended(work, counts, said, source)
            return
        if event.is_cancelled:
            _last(work, counts, {"Status": 0xFE00})
            return
        if source is None:
            continue
        sent += 1
        # PS3.7 9.1.1.1.1: a message ID is a number that no other operation under way has.
        _one(target, source, counts, originator, (work_id + sent - 1) % 0xFFFF + 1, bare=bare)
        # What else the handler says of a sub-operation, such as an Error Comment, goes with it.
        fields = {**said, "Status": 0xFF00, **counts.fields(with_remaining=True)}
        if not answer(work, assoc, event, fields):
            return
    if number and not counts.remaining:
        _to_its_end(assoc, event, results)
    if not assoc.is_established:
        return
    if counts.remaining:
        LOGGER.error(
            "the handler of %s yielded %d instances fewer than it said", event.event.name, counts.remaining
        )
    _last(work, counts, _verdict(counts, number))


def _to_its_end(assoc: Association, event: Event, results: Yields) -> None:
    """Let the handler come to its end behind the last sub-operation: what stands there is done, what it yields is too much."""
    for _, error in results:
        if error is not None:
            complain(assoc, event.event, event, error)
        elif assoc.is_established:
            LOGGER.info("the handler of %s yields on after the last sub-operation", event.event.name)
        return


def _one(
    target: Association,
    source: Any,  # noqa: ANN401
    counts: _Counts,
    originator: tuple[str | None, int | None],
    msg_id: int,
    *,
    bare: bool,
) -> None:
    """Send an instance, and count what became of it."""
    counts.remaining -= 1
    found = source if isinstance(source, Found) else None
    try:
        if found is not None:
            if not found.is_whole():
                message = "its file is no longer what it was: another program has changed it, or part of it is missing"
                raise ArgumentError(message)
            source = found.source
        if bare:
            source = without_bulk_data(_data_set(source))
        status = target.send_c_store(
            source, msg_id=msg_id, originator_aet=originator[0], originator_id=originator[1]
        )
        category = category_of(status.Status) if "Status" in status else "Failure"
    except (DicomError, RuntimeError) as error:
        LOGGER.error(
            "a sub-operation failed: %s",
            # What we say ourselves holds nothing of the instance; what reads it may.
            clean(
                str(error)
                if isinstance(error, (ArgumentError, AssociationOverError))
                else type(error).__name__
            ),
        )
        category = "Failure"
    if category == "Success":
        counts.completed += 1
    elif category == "Warning":
        counts.warning += 1
    else:
        counts.failed += 1
        counts.uids.append(_uid(source) if found is None else found.sop_instance)


def _data_set(source: Any) -> Dataset:  # noqa: ANN401
    return read(source) if isinstance(source, (str, os.PathLike)) else as_dataset(source)


def _uid(source: Any) -> str:  # noqa: ANN401
    try:
        return str(_data_set(source).get("SOPInstanceUID") or "")
    except DicomError:
        return ""


# -- the last response ---------------------------------------------------------------------------------------------


def _verdict(counts: _Counts, number: int) -> dict[str, Any]:
    """PS3.4 C.4.2.3.1, C.4.3.3.1: success, where nothing has failed; failure, where all has."""
    if not counts.failed and not counts.warning:
        return {"Status": 0x0000}
    return {"Status": _UNABLE if counts.failed == number else _SOME_FAILED}


def _ended(work: NetWork, counts: _Counts, said: dict[str, Any], source: Any) -> None:  # noqa: ANN401
    """Make an end where the handler says that it is one."""
    category = category_of(said["Status"])
    if category == "Success" and (counts.failed or counts.warning):
        said = {**said, "Status": _SOME_FAILED}
    elif category in {"Failure", "Warning"}:
        counts.failed += counts.remaining
    # A data set of ours, or of pydicom.
    says = not isinstance(source, (str, os.PathLike)) and hasattr(source, "FailedSOPInstanceUIDList")
    _last(work, counts, said, as_dataset(source) if says else None)


def _last(work: NetWork, counts: _Counts, said: dict[str, Any], listed: Dataset | None = None) -> None:
    fields = {**said, **counts.fields(with_remaining=said["Status"] == 0xFE00)}
    if said["Status"] == 0x0000:
        work.respond(fields)
        return
    if category_of(said["Status"]) not in {"Cancel", "Failure", "Warning"}:
        # Nobody knows what such a status says, nor what comes with it.
        work.respond(fields)
        return
    if listed is None:
        # PS3.4 C.4.2.1.4.2: of a failure, a warning and a cancellation alike.
        listed = Dataset()
        listed.FailedSOPInstanceUIDList = [uid for uid in counts.uids if uid]
    work.respond(fields, encoded(listed, syntax_of(work)))
