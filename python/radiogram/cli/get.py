"""``radiogram get``: fetch studies, series, instances from a peer over the association that asks for them (C-GET)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radiogram.cli import terminal
from radiogram.cli.find import MODELS
from radiogram.cli.peer import NO_ASSOCIATION, add_keys, add_peer, associated, keyed, released
from radiogram.cli.retrieving import followed
from radiogram.errors import DicomError

if TYPE_CHECKING:
    import argparse

__all__ = ["add", "run"]

_EPILOG = """\
radiogram get HOST PORT -o FOLDER -k StudyInstanceUID=1.2.3 fetches a study. An association has room for so many SOP classes: --class says which
where it is an unusual one. Exit codes: 0 all came, 1 some did not, or the peer answered a failure, 2 wrong usage, 3 no association."""


def add(subparsers: Any) -> None:  # noqa: ANN401  # argparse keeps the class to itself
    """Add the parser of this command."""
    parser = subparsers.add_parser(
        "get", help="fetch from a peer (C-GET)", description=__doc__, epilog=_EPILOG
    )
    add_peer(parser)
    add_keys(parser)
    parser.add_argument("-o", "--output", metavar="FOLDER", required=True, help="where the files go")
    parser.add_argument(
        "--level",
        choices=["PATIENT", "STUDY", "SERIES", "IMAGE"],
        default="STUDY",
        help="of the retrieval; STUDY",
    )
    parser.add_argument("--model", choices=[*MODELS], default="study", help="the information model; study")
    parser.add_argument(
        "--class", dest="classes", metavar="NAME", action="append", default=[], help="a SOP class to be taken"
    )
    parser.add_argument(
        "-s",
        "--syntax",
        dest="syntaxes",
        metavar="NAME",
        action="append",
        default=[],
        help="a transfer syntax that is asked for before the native ones",
    )
    parser.add_argument(
        "--durability", choices=["fsync", "os", "none"], default="fsync", help="of what came; fsync"
    )


def run(arguments: argparse.Namespace) -> int:
    """Fetch, and say how many came."""
    from radiogram.dataset import Dataset
    from radiogram.net.services import uids

    peer = f"{arguments.host}:{arguments.port}"
    sop_class = uids(f"{MODELS[arguments.model]}QueryRetrieveInformationModelGet")[0]
    query = keyed(Dataset({"QueryRetrieveLevel": arguments.level}), arguments.key)
    try:
        classes = _classes(arguments.classes)
        association = associated(
            arguments,
            [(sop_class, None), *((uid, _syntaxes(arguments.syntaxes)) for uid in classes)],
            roles=classes,
            store=arguments.output,
            durability=arguments.durability,
        )
    except (DicomError, OSError, ValueError) as error:
        terminal.complain(peer, error)
        return NO_ASSOCIATION
    try:
        return followed(arguments, association.send_c_get(query, sop_class), peer, "C-GET", sop_class)
    finally:
        released(association)


def _syntaxes(named: list[str]) -> list[str] | None:
    """Give the transfer syntaxes of a context: the first one that the peer has is that of what comes."""
    from radiogram.net import DEFAULT_TRANSFER_SYNTAXES
    from radiogram.registry import TransferSyntax

    if not named:
        return None
    return list(
        dict.fromkeys(
            [*(str(TransferSyntax(name).uid) for name in named), *map(str, DEFAULT_TRANSFER_SYNTAXES)]
        )
    )


def _classes(named: list[str]) -> list[str]:
    from radiogram.net.contexts import presentation_contexts
    from radiogram.registry import SOPClass

    given = [str(SOPClass(name).uid) for name in named]
    usual = [str(context.abstract_syntax) for context in presentation_contexts("StoragePresentationContexts")]
    # One context is that of the request itself.
    return list(dict.fromkeys([*given, *usual]))[:127]
