"""``radiogram move``: have a peer send studies, series, instances to a third one (C-MOVE)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radiogram.cli import terminal, words
from radiogram.cli.find import MODELS
from radiogram.cli.peer import NO_ASSOCIATION, add_keys, add_peer, associated, keyed, released
from radiogram.cli.retrieving import followed
from radiogram.errors import DicomError

if TYPE_CHECKING:
    import argparse

__all__ = ["add", "run"]

_EPILOG = """\
radiogram move HOST PORT -d TITLE -k StudyInstanceUID=1.2.3 has a study sent to TITLE, whose place the peer has to know. Exit codes: 0 all were
sent, 1 some were not, or the peer answered a failure, 2 wrong usage, 3 no association."""


def add(subparsers: Any) -> None:  # noqa: ANN401  # argparse keeps the class to itself
    """Add the parser of this command."""
    parser = subparsers.add_parser(
        "move", help="have a peer send to another (C-MOVE)", description=__doc__, epilog=_EPILOG
    )
    add_peer(parser)
    add_keys(parser)
    parser.add_argument(
        "-d",
        "--destination",
        metavar="TITLE",
        type=words.title,
        required=True,
        help="whom the instances are sent to",
    )
    parser.add_argument(
        "--level",
        choices=["PATIENT", "STUDY", "SERIES", "IMAGE"],
        default="STUDY",
        help="of the retrieval; STUDY",
    )
    parser.add_argument("--model", choices=[*MODELS], default="study", help="the information model; study")


def run(arguments: argparse.Namespace) -> int:
    """Ask, and say how far it is."""
    from radiogram.dataset import Dataset
    from radiogram.net.services import uids

    peer = f"{arguments.host}:{arguments.port}"
    sop_class = uids(f"{MODELS[arguments.model]}QueryRetrieveInformationModelMove")[0]
    try:
        query = keyed(Dataset({"QueryRetrieveLevel": arguments.level}), arguments.key)
    except DicomError as error:
        terminal.complain("move", error)
        return 2
    try:
        association = associated(arguments, [(sop_class, None)])
    except (DicomError, OSError, ValueError) as error:
        terminal.complain(peer, error)
        return NO_ASSOCIATION
    try:
        answers = association.send_c_move(query, arguments.destination, sop_class)
        return followed(arguments, answers, peer, "C-MOVE", sop_class)
    except DicomError as error:
        # It was lost before the request.
        terminal.complain(peer, error)
        return 1
    finally:
        released(association)
