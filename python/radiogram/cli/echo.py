"""``radiogram echo``: whether a peer answers, and how quickly."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from radiogram.cli import terminal, words
from radiogram.cli.peer import NO_ASSOCIATION, add_peer, associated, released, say
from radiogram.errors import DicomError

if TYPE_CHECKING:
    import argparse

__all__ = ["add", "run"]

_VERIFICATION = "1.2.840.10008.1.1"
_EPILOG = "Exit codes: 0 it answered, 1 it answered a failure, 2 wrong usage, 3 there is no association."


def add(subparsers: Any) -> None:  # noqa: ANN401  # argparse keeps the class to itself
    """Add the parser of this command."""
    parser = subparsers.add_parser("echo", help="verify a peer (C-ECHO)", description=__doc__, epilog=_EPILOG)
    add_peer(parser)
    parser.add_argument("-n", "--count", metavar="N", type=words.count, default=1, help="how often")


def run(arguments: argparse.Namespace) -> int:
    """Ask, and say what came."""
    peer = f"{arguments.host}:{arguments.port}"
    try:
        association = associated(arguments, [(_VERIFICATION, None)])
    except (DicomError, OSError, ValueError) as error:
        terminal.complain(peer, error)
        return NO_ASSOCIATION
    code = 0
    try:
        for _ in range(arguments.count):
            begun = time.perf_counter()
            status = association.send_c_echo().get("Status")
            took = (time.perf_counter() - begun) * 1000
            if status is None:
                terminal.complain(peer, "the association was lost before the answer")
                return 1
            code = code or int(status != 0)
            say(
                arguments,
                f"{peer}: {status:04X} in {took:.2f} ms",
                status=status,
                milliseconds=round(took, 3),
            )
    except DicomError as error:
        # It was lost before the request.
        terminal.complain(peer, error)
        return 1
    finally:
        released(association)
    return code
