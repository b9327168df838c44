"""C-FIND as an SCP: what a handler yields goes out as it comes (PS3.4 C.4.1)."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from radiogram.net.answers import answer, answer_of, complain, failed
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

__all__ = ["Encoded", "find", "yields"]

_UNENCODED = 0xC312
"""pynetdicom's status where a match cannot be encoded."""


class Encoded(list[bytes]):
    """Identifiers of matches as they are sent, in the transfer syntax of the request: a response for each of them."""


def find(assoc: Association, work: NetWork, event: Event, bound: Bound) -> None:
    """Answer a C-FIND: a pending response for each match, then the last one."""
    syntax = syntax_of(work)
    for result, error in yields(bound, event):
        if error is not None:
            complain(assoc, event.event, event, error)
            work.respond(failed(0x0020))
            return
        status, match = result if isinstance(result, tuple) and len(result) == 2 else (result, None)
        said = answer_of(status)
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
        results = called(bound, event)
        has_begun = True
        for result in results or ():
            yield result, None
    except GeneratorExit:
        raise
    except BaseException as error:  # it is answered
        yield has_begun, error
    finally:
        if hasattr(results, "close"):
            with suppress(Exception):
                results.close()
