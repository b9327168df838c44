"""C-FIND as an SCP: what a handler yields goes out as it comes (PS3.4 C.4.1)."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from radiogram.net.answers import answer, complain, failed, status_of
from radiogram.net.encoding import worded
from radiogram.net.serving import called
from radiogram.net.status import category_of
from radiogram.net.work import syntax_of

if TYPE_CHECKING:
    from collections.abc import Generator

    from radiogram._core import NetWork
    from radiogram.net.association import Association
    from radiogram.net.event import Event
    from radiogram.net.events import Bound

__all__ = ["Encoded", "find", "said_of", "yields"]

_UNENCODED = 0xC312
"""pynetdicom's status where a match cannot be encoded."""


class Encoded(list[bytes]):
    """Identifiers of matches as they are sent, in the transfer syntax of the request: a response for each of them."""


def find(assoc: Association, work: NetWork, event: Event, bound: Bound) -> None:
    """Answer a C-FIND: a pending response for each match, then the last one."""
    syntax = syntax_of(work)
    for result, raised in yields(bound, event):
        said, match, error = said_of(result) if raised is None else ({}, None, raised)
        if error is not None:
            complain(assoc, event.event, event, error)
            work.respond(failed(0x0020))
            return
        if category_of(said["Status"]) != "Pending":
            answer(work, assoc, event, said)
            return
        if event.is_cancelled:
            break
        if isinstance(match, Encoded):
            if not work.respond_many(said, match):
                return
            continue
        try:
            data = worded(match, syntax)
        except Exception as wrong:  # what a handler yields is anything
            complain(assoc, event.event, event, wrong)
            work.respond({"Status": _UNENCODED})
            return
        if not answer(work, assoc, event, said, data):
            return
    # PS3.4 C.4.1.2.2: a match more is not sent once the peer has cancelled, and the last response says why.
    work.respond({"Status": 0xFE00 if event.is_cancelled else 0x0000})


def yields(bound: Bound, event: Event) -> Generator[tuple[Any, BaseException | None]]:
    """Give what a handler yields, and what it raises; it is closed where nobody wants more of it.

    With an exception comes whether it was raised by a generator, and not by the call that should have given one.
    """
    results: Any = None
    has_begun = False
    try:
        try:
            results = called(bound, event)
            has_begun = True
            each = iter(results or ())
        except BaseException as error:  # it is answered
            yield has_begun, error
            return
        while True:
            try:
                result = next(each)
            except StopIteration:
                return
            except BaseException as error:  # that of a generator that ends itself too
                yield has_begun, error
                return
            yield result, None
    finally:
        if hasattr(results, "close"):
            with suppress(Exception):
                results.close()


def said_of(result: Any) -> tuple[dict[str, Any], Any, Exception | None]:  # noqa: ANN401  # what a handler yields
    """Give status and data set of what a handler yields, and what is wrong with the status."""
    try:
        return (*status_of(result), None)
    except Exception as error:  # what a handler yields is anything
        return {}, None, error
