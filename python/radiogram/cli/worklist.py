"""``radiogram worklist``: ask a modality worklist for scheduled procedure steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radiogram.cli import terminal
from radiogram.cli.find import show
from radiogram.cli.peer import NO_ASSOCIATION, add_keys, add_peer, associated, keyed, released
from radiogram.errors import DicomError

if TYPE_CHECKING:
    import argparse

__all__ = ["add", "run"]

_STEP = "ScheduledProcedureStepSequence"
_EPILOG = """\
radiogram worklist HOST PORT --modality CT --date 20260106- asks for the steps of that day and later. Keys of a step are also
-k ScheduledProcedureStepSequence/Modality=CT. A worklist is served by radiogram serve FOLDER --worklist FOLDER. Exit codes: 0 fine, 1 the peer
answered a failure, 2 wrong usage, 3 no association."""


def add(subparsers: Any) -> None:  # noqa: ANN401  # argparse keeps the class to itself
    """Add the parser of this command."""
    parser = subparsers.add_parser(
        "worklist", help="ask a worklist (C-FIND)", description=__doc__, epilog=_EPILOG
    )
    add_peer(parser)
    add_keys(parser)
    parser.add_argument("--modality", metavar="NAME", help="Modality of the step")
    parser.add_argument("--station", metavar="TITLE", help="Scheduled Station AE Title")
    parser.add_argument("--date", metavar="RANGE", help="Scheduled Procedure Step Start Date")
    parser.add_argument("--time", metavar="RANGE", help="Scheduled Procedure Step Start Time")


def run(arguments: argparse.Namespace) -> int:
    """Ask, and write the steps."""
    from radiogram.net.services import Worklist, find_worklist, identifier

    peer = f"{arguments.host}:{arguments.port}"
    said = (
        ("Modality", arguments.modality),
        ("ScheduledStationAETitle", arguments.station),
        ("ScheduledProcedureStepStartDate", arguments.date),
        ("ScheduledProcedureStepStartTime", arguments.time),
    )
    keys = [([_STEP, keyword], value) for keyword, value in said if value is not None]
    try:
        query = keyed(identifier(None, "ModalityWorklist"), [*keys, *arguments.key])
    except DicomError as error:
        terminal.complain("worklist", error)
        return 2
    try:
        association = associated(arguments, [(Worklist.contexts[0], None)])
    except (DicomError, OSError, ValueError) as error:
        terminal.complain(peer, error)
        return NO_ASSOCIATION
    try:
        for found in find_worklist(association, query):
            show(found, as_json=arguments.json)
    except DicomError as error:
        terminal.complain(peer, error)
        return 1
    finally:
        released(association)
    return 0
