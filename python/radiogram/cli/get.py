"""``radiogram get``: fetch studies, series, instances from a peer over the association that asks for them (C-GET)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from radiogram.cli import terminal
from radiogram.cli.find import MODELS
from radiogram.cli.peer import NO_ASSOCIATION, add_keys, add_peer, associated, keyed, released
from radiogram.cli.retrieving import Came, followed
from radiogram.errors import DicomError

if TYPE_CHECKING:
    import argparse

__all__ = ["add", "run"]

_EPILOG = """\
radiogram get HOST PORT -o FOLDER -k StudyInstanceUID=1.2.3 fetches a study. An association has room for so many SOP classes and transfer syntaxes:
a class that is named with --class is taken in whichever it is, others compressed where they mostly are so. What is counted is what came and was kept, whatever the peer
says of it. Exit codes: 0 all came, 1 some did not, the peer answered a failure, or FOLDER cannot be written, 2 wrong usage, 3 no association."""


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
        "--class",
        dest="classes",
        metavar="NAME",
        action="append",
        default=[],
        help="a SOP class to be taken, in every transfer syntax",
    )
    parser.add_argument(
        "-s",
        "--syntax",
        dest="syntaxes",
        metavar="NAME",
        action="append",
        default=[],
        help="a transfer syntax that is asked for before the native ones, of all classes",
    )
    parser.add_argument(
        "--durability", choices=["fsync", "os", "none"], default="fsync", help="of what came; fsync"
    )


def run(arguments: argparse.Namespace) -> int:
    """Fetch, and say how many came."""
    from radiogram.dataset import Dataset
    from radiogram.net.events import EVT_C_STORE
    from radiogram.net.services import uids

    peer = f"{arguments.host}:{arguments.port}"
    sop_class = uids(f"{MODELS[arguments.model]}QueryRetrieveInformationModelGet")[0]
    try:
        query = keyed(Dataset({"QueryRetrieveLevel": arguments.level}), arguments.key)
        contexts = _contexts(arguments.classes, arguments.syntaxes)
        Path(arguments.output).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        terminal.complain(arguments.output, error)
        return 1
    except (DicomError, ValueError) as error:
        terminal.complain("get", error)
        return 2
    came = Came()
    try:
        association = associated(
            arguments,
            [(sop_class, None), *contexts],
            roles=dict.fromkeys(uid for uid, _ in contexts),
            store=arguments.output,
            durability=arguments.durability,
            handlers=[(EVT_C_STORE, came.take)],
        )
    except (DicomError, OSError, ValueError) as error:
        terminal.complain(peer, error)
        return NO_ASSOCIATION
    try:
        came.association = association
        answers = association.send_c_get(query, sop_class)
        return followed(arguments, answers, peer, "C-GET", sop_class, came)
    except DicomError as error:
        # It was lost before the request.
        terminal.complain(peer, error)
        return 1
    finally:
        released(association)


def _contexts(named: list[str], syntaxes: list[str]) -> list[tuple[str, list[str]]]:
    """Give what is proposed: what can be received, or every class in the transfer syntaxes that were named."""
    from radiogram.net import DEFAULT_TRANSFER_SYNTAXES
    from radiogram.net.contexts import presentation_contexts
    from radiogram.net.services import receivable
    from radiogram.registry import SOPClass, TransferSyntax

    if not syntaxes:
        return [(str(one.abstract_syntax), list(map(str, one.transfer_syntax))) for one in receivable(named)]
    classes = [*(str(SOPClass(name).uid) for name in named)]
    classes += [
        str(context.abstract_syntax) for context in presentation_contexts("StoragePresentationContexts")
    ]
    # The first one that the peer has is that of what comes.
    asked = [*(str(TransferSyntax(name).uid) for name in syntaxes), *map(str, DEFAULT_TRANSFER_SYNTAXES)]
    # One context is that of the request itself.
    return [(uid, list(dict.fromkeys(asked))) for uid in list(dict.fromkeys(classes))[:127]]
