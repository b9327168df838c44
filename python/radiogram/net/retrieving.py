"""C-GET and C-MOVE as an SCP: what a handler yields is sent by C-STORE, and counted (PS3.4 C.4.2, C.4.3)."""

from __future__ import annotations

import logging
import os
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any

from radiogram.dataset import Dataset
from radiogram.errors import ArgumentError, DicomError
from radiogram.net.answers import answer, complain, failed
from radiogram.net.bulk import WITHOUT_BULK_DATA
from radiogram.net.checks import checked_title
from radiogram.net.encoding import as_dataset, worded
from radiogram.net.finding import said_of, yields
from radiogram.net.status import category_of
from radiogram.net.sub_operations import Counts, SubOperations
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
            says = result[0] if isinstance(result, tuple) and len(result) == 2 and result[1] is None else None
            if says is not None and not isinstance(says, str):
                # A handler that refuses says so at once: a status, and nothing with it; an address without a port is none.
                said, _, error = said_of((says, None))
                if error is None:
                    raise _RefusedError(said)
                complain(assoc, event.event, event, error)
                raise _RefusedError(failed(event.request.CommandField))
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
    except (TypeError, ValueError, OverflowError):
        raise _RefusedError({"Status": _BAD_DESTINATION}) from None


def _number(assoc: Association, event: Event, results: Yields, kind: int) -> int:
    given = _first(assoc, event, results, _NO_NUMBER[kind])
    try:
        number = int(given)
    except (TypeError, ValueError, OverflowError):
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
    originator = None
    if kind == _C_MOVE:
        # PS3.7 9.1.1.1.7: the title of the one who has asked for the C-MOVE, where it is one that can be said.
        with suppress(ArgumentError):
            title = checked_title(assoc.requestor.ae_title, "originator_aet")
            originator = (title, int(command_of(work)["MessageID"]))
    bare = work.context is not None and work.context[1] == WITHOUT_BULK_DATA
    with closing(SubOperations(event, target, number, originator, bare=bare)) as going:
        counts = going.counts

        def is_told(said: dict[str, Any]) -> bool:
            """Say that a sub-operation has ended; give whether the association is there to take more."""
            # What else the handler says of a sub-operation, such as an Error Comment, goes with it.
            fields = {**said, "Status": 0xFF00, **counts.fields(with_remaining=True)}
            return answer(work, assoc, event, fields)

        said, source, error = None, None, None
        while going.wanted and not going.is_cancelled:
            result, error = next(results, (None, None))
            said, source = None, None
            if error is None and result is not None:
                said, source, error = said_of(result)
            if not said or category_of(said["Status"]) != "Pending":
                break
            if event.is_cancelled:
                going.cancel()
            elif source is not None and not all(map(is_told, going.send(source, said))):
                return
            said = None
        if error is not None:
            complain(assoc, event.event, event, error)
        # There is no more: what is under way comes to its end first.
        if not all(map(is_told, going.rest())):
            return
    if error is not None:
        counts.failed += counts.remaining
        _last(work, counts, failed(kind))
        return
    if going.is_cancelled and counts.remaining and (said is None or category_of(said["Status"]) == "Success"):
        _last(work, counts, {"Status": 0xFE00})
        return
    if said is not None:
        _ended(work, counts, said, source)
        return
    if number and not counts.remaining:
        _to_its_end(assoc, event, results)
    if not assoc.is_established:
        return
    if counts.remaining:
        LOGGER.error(
            "the handler of %s yielded %d instances fewer than it said", event.event.name, counts.remaining
        )
    _last(work, counts, _verdict(counts))


def _to_its_end(assoc: Association, event: Event, results: Yields) -> None:
    """Let the handler come to its end behind the last sub-operation: what stands there is done, what it yields is too much."""
    for _, error in results:
        if error is not None:
            complain(assoc, event.event, event, error)
        elif assoc.is_established:
            LOGGER.info("the handler of %s yields on after the last sub-operation", event.event.name)
        return


# -- the last response ---------------------------------------------------------------------------------------------


def _verdict(counts: Counts) -> dict[str, Any]:
    """PS3.4 C.4.2.3.1, C.4.3.3.1: success, where nothing has failed; failure, where all has."""
    if not counts.failed and not counts.warning:
        return {"Status": 0x0000}
    has_sent = counts.remaining or counts.completed or counts.warning
    return {"Status": _SOME_FAILED if has_sent else _UNABLE}


def _ended(work: NetWork, counts: Counts, said: dict[str, Any], source: Any) -> None:  # noqa: ANN401
    """Make an end where the handler says that it is one."""
    category = category_of(said["Status"])
    if category == "Success" and (counts.failed or counts.warning):
        said = {**said, "Status": _SOME_FAILED}
    elif category in {"Failure", "Warning"}:
        counts.failed += counts.remaining
    # A data set of ours, or of pydicom.
    says = not isinstance(source, (str, os.PathLike)) and hasattr(source, "FailedSOPInstanceUIDList")
    _last(work, counts, said, as_dataset(source) if says else None)


def _last(work: NetWork, counts: Counts, said: dict[str, Any], listed: Dataset | None = None) -> None:
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
    work.respond(fields, worded(listed, syntax_of(work)))
