"""``radiogram find``: ask a peer for patients, studies, series, instances (C-FIND)."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from radiogram.cli import terminal, words
from radiogram.cli.peer import NO_ASSOCIATION, add_keys, add_peer, associated, keyed, released
from radiogram.errors import DicomError

if TYPE_CHECKING:
    import argparse

    from radiogram.dataset import Dataset

__all__ = ["MODELS", "add", "run", "show"]

_PROBLEMS = 3
MODELS = {"patient": "PatientRoot", "study": "StudyRoot", "patient-study": "PatientStudyOnly"}
_EPILOG = """\
radiogram find HOST PORT -k PatientName='DOE*' -k StudyDate=20260101- asks for studies, with all required keys of the level. --json gives a line
of DICOM JSON a match. Exit codes: 0 fine, also where nothing matches, 1 the peer answered a failure, 2 wrong usage, 3 no association."""


def add(subparsers: Any) -> None:  # noqa: ANN401  # argparse keeps the class to itself
    """Add the parser of this command."""
    parser = subparsers.add_parser(
        "find", help="ask what a peer has (C-FIND)", description=__doc__, epilog=_EPILOG
    )
    add_peer(parser)
    add_keys(parser)
    parser.add_argument(
        "--level",
        choices=["PATIENT", "STUDY", "SERIES", "IMAGE"],
        default="STUDY",
        help="of the query; STUDY",
    )
    parser.add_argument("--model", choices=[*MODELS], default="study", help="the information model; study")
    parser.add_argument("--only", action="store_true", help="ask for the given keys alone")
    parser.add_argument("--relational", action="store_true", help="propose relational queries")
    parser.add_argument("--fuzzy", action="store_true", help="propose fuzzy matching of names")
    parser.add_argument(
        "--date-time", action="store_true", help="propose that a date and its time are one range"
    )
    parser.add_argument(
        "--at-a-time",
        metavar="N",
        type=words.count,
        help="a repository query, which goes on after each N matches, to the end",
    )
    parser.add_argument("--limit", metavar="N", type=words.count, help="cancel after so many matches")


def run(arguments: argparse.Namespace) -> int:
    """Ask, and write what matches."""
    from radiogram.dataset import Dataset
    from radiogram.net.services import FindOptions, find, find_all, identifier, uids

    peer = f"{arguments.host}:{arguments.port}"
    model = MODELS[arguments.model]
    if arguments.at_a_time is not None and model != "StudyRoot":
        terminal.complain("find", "--at-a-time is of the model study")
        return 2
    is_paged = arguments.at_a_time is not None
    sop_class = uids("RepositoryQuery" if is_paged else f"{model}QueryRetrieveInformationModelFind")[0]
    query = (
        Dataset({"QueryRetrieveLevel": arguments.level})
        if arguments.only
        else identifier(arguments.level, model)
    )
    try:
        keyed(query, arguments.key)
    except DicomError as error:
        terminal.complain("find", error)
        return 2
    options = FindOptions(
        relational=arguments.relational, date_time=arguments.date_time, fuzzy=arguments.fuzzy
    )
    items = []
    if options != FindOptions():
        from radiogram.net.pdu_primitives import SOPClassExtendedNegotiation

        item = SOPClassExtendedNegotiation()
        item.sop_class_uid, item.service_class_application_information = sop_class, options.to_bytes()
        items.append(item)
    try:
        association = associated(arguments, [(sop_class, None)], items=items)
    except (DicomError, OSError, ValueError) as error:
        terminal.complain(peer, error)
        return NO_ASSOCIATION
    try:
        every = (
            find_all(association, query, most=arguments.at_a_time, limit=arguments.limit)
            if is_paged
            else find(association, query, sop_class, limit=arguments.limit)
        )
        for found in every:
            show(found, as_json=arguments.json)
    except DicomError as error:
        terminal.complain(peer, error)
        return 1
    finally:
        released(association)
    return 0


def show(ds: Dataset, *, as_json: bool) -> None:
    """Write what was found: a line of JSON, or its elements; and what could not be read of it."""
    for problem in ds.problems[:_PROBLEMS]:
        place = f" at {problem.path}" if problem.path else ""
        terminal.complain("answer", f"{problem.kind}{place}: it was assumed {problem.assumed}")
    if as_json:
        sys.stdout.write(terminal.json_line(json.loads(ds.to_json())))
    else:
        sys.stdout.write("\n".join(terminal.escaped(line) for line in str(ds).splitlines()) + "\n\n")
    sys.stdout.flush()
