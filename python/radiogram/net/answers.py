"""What a handler returns, as the engine sends it; and what is answered where a handler fails."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from traceback import walk_tb
from typing import TYPE_CHECKING, Any

from radiogram.dataset import Dataset
from radiogram.errors import ArgumentError, DicomError
from radiogram.net.work import field_of

if TYPE_CHECKING:
    from radiogram._core import NetWork
    from radiogram.dataset import DataElement
    from radiogram.net.association import Association
    from radiogram.net.event import Event
    from radiogram.net.events import EventType

__all__ = ["FAILURES", "NO_ANSWERS", "answer", "answer_of", "clean", "complain", "failed", "status_of"]

LOGGER = logging.getLogger("radiogram.net")

FAILURES = {
    0x0001: 0xC211,
    0x0010: 0xC411,
    0x0020: 0xC311,
    0x0021: 0xC511,
    0x0030: 0x0000,
    0x0100: 0x0110,
    0x0110: 0x0110,
    0x0120: 0x0110,
    0x0130: 0x0110,
    0x0140: 0x0110,
    0x0150: 0x0110,
}
"""What is answered where a handler raises, by Command Field: pynetdicom's statuses (PS3.4 has Cxxx for DIMSE-C, PS3.7 C.5 0110 for the rest)."""

_MOST = 0xFFFF
_UNLIKELY, _NO_STATUS = 0xC002, 0xC001
"""pynetdicom's statuses for an answer that is none, and for a data set without a Status."""

NO_ANSWERS = frozenset({_UNLIKELY, _NO_STATUS})
"""Both."""


def answer_of(status: Any) -> dict[str, Any]:  # noqa: ANN401  # what a handler returned
    """Give the fields of a response for the status that a handler returned: a number, or a data set with more.

    Raises
    ------
    ArgumentError
        A data set whose Status is not one number.
    """
    if isinstance(status, int):
        if not 0 <= status <= _MOST:
            # Cut to 16 bits it could be a success (PS3.7 C).
            LOGGER.error("a handler returned a status that is none: it has more than 16 bits")
            return {"Status": _UNLIKELY}
        return {"Status": int(status)}
    is_theirs = hasattr(status, "Status") or type(status).__module__.startswith("pydicom.")
    if not isinstance(status, Dataset) and is_theirs and hasattr(status, "items"):
        status = Dataset.from_pydicom(status)
    if not isinstance(status, Dataset):
        LOGGER.error("a handler returned no status but %s", _word(type(status)))
        return {"Status": _UNLIKELY}
    if "Status" not in status:
        LOGGER.error("a handler returned a data set without a Status")
        return {"Status": _NO_STATUS}
    said = {elem.keyword: _value(elem) for elem in status if elem.tag >> 16 == 0 and elem.keyword}
    if not isinstance(said.get("Status"), int):
        message = "the Status of an answer is one number (PS3.7 C)"
        raise ArgumentError(message)
    return said


def _value(elem: DataElement) -> Any:  # noqa: ANN401  # numbers, texts, lists of tags
    value = elem.value
    if elem.VR == "AT":
        return [
            int(tag)
            for tag in (value if isinstance(value, (list, tuple)) or hasattr(value, "append") else [value])
        ]
    return value


def answer(
    work: NetWork, assoc: Association, event: Event, said: dict[str, Any], data: bytes | None = None
) -> bool:
    """Send a response; what cannot be sent is a failure of the handler that said it.

    Returns
    -------
    bool
        Whether the association is there to take more.
    """
    try:
        return bool(work.respond(said, data))
    except (DicomError, TypeError, ValueError, OverflowError) as error:
        complain(assoc, event.event, event, error)
        return bool(work.respond(failed(field_of(work))))


def status_of(result: Any) -> tuple[dict[str, Any], Any]:  # noqa: ANN401  # what a handler returned
    """Give status and data set of a result that is a pair, or a status alone."""
    if isinstance(result, tuple) and len(result) == 2:
        return answer_of(result[0]), result[1]
    return answer_of(result), None


def failed(field: int) -> dict[str, Any]:
    """Give the response where a handler raised."""
    return {"Status": FAILURES.get(field, 0x0110)}


def complain(assoc: Association, kind: EventType, event: Event | None, error: BaseException) -> None:
    """Say in one line that a handler raised, and where; its text could hold patient data, and goes to `AE.handler_error` alone."""
    place = _place(error)
    LOGGER.error("the handler of %s raised %s at %s", kind.name, _word(type(error)), clean(place))
    told = assoc.ae.handler_error
    if told is not None and event is not None:
        try:
            told(event, error)
        except Exception:  # who is told of errors has none of its own
            LOGGER.error("handler_error raised %s", _word(sys.exc_info()[0]))  # no text


def _place(error: BaseException) -> str:
    """Say where the handler was when an error was raised: its own line, and not one of what it has called; of our own handlers, the last line."""
    lines = [
        (frame.f_globals.get("__name__") or "", frame.f_code.co_filename, line)
        for frame, line in walk_tb(error.__traceback__)
    ]
    # The handler is the first that is neither ours nor Python's: between us and an asynchronous one is the loop.
    theirs = [
        file
        for name, file, _ in lines
        if name.partition(".")[0] not in {"radiogram", *sys.stdlib_module_names}
    ]
    found = [(file, line) for _, file, line in lines if not theirs or file == theirs[0]]
    if not found:
        return "?"
    return f"{Path(found[-1][0]).name}:{found[-1][1]}"


def _word(kind: type[BaseException | object] | None) -> str:
    return clean(getattr(kind, "__name__", "?"))


def clean(text: str) -> str:
    """Keep a line one line: control characters are escaped."""
    return text.encode("unicode_escape").decode("ascii") if not text.isprintable() else text
