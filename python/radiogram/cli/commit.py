"""``radiogram commit``: ask a peer whether it keeps instances from now on (storage commitment), and wait for what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radiogram.cli import terminal
from radiogram.cli.peer import NO_ASSOCIATION, add_peer, associated, files_of, released, say
from radiogram.errors import DicomError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from radiogram.net.services import Committed

__all__ = ["add", "run"]

_EPILOG = """\
The answer comes over the same association, or over one that the peer opens to --listen. Exit codes: 0 the peer keeps all of them, 1 it does not
keep some, or did not say so in time, 2 wrong usage, 3 no association."""


def add(subparsers: Any) -> None:  # noqa: ANN401  # argparse keeps the class to itself
    """Add the parser of this command."""
    parser = subparsers.add_parser(
        "commit", help="ask for storage commitment", description=__doc__, epilog=_EPILOG
    )
    add_peer(parser)
    parser.add_argument(
        "files", metavar="FILE", nargs="+", help="a file, or a folder with all its sub-folders"
    )
    parser.add_argument(
        "--listen", metavar="PORT", type=int, help="take the answer of a peer that opens an association"
    )
    parser.add_argument(
        "--wait", metavar="S", type=float, default=60.0, help="seconds to wait for the answer; 60"
    )


def take(arguments: argparse.Namespace, rest: list[str]) -> None:
    """Take files that stand behind options."""
    arguments.files += rest


def run(arguments: argparse.Namespace) -> int:
    """Ask, wait, and say what is kept."""
    from radiogram.net.services import Commitments, Services, request_commitment
    from radiogram.net.services.storage import heads

    peer = f"{arguments.host}:{arguments.port}"
    found, wrong = heads(files_of(arguments.files))
    for path, message in wrong:
        terminal.complain(path, message)
    if not found:
        return 1
    results = Commitments()
    handlers = Services(results).handlers()
    listening = _listening(arguments, handlers, results.contexts[0])
    try:
        association = associated(arguments, [(results.contexts[0], None)], handlers=handlers)
    except (DicomError, OSError, ValueError) as error:
        terminal.complain(peer, error)
        _stop(listening)
        return NO_ASSOCIATION
    try:
        transaction = request_commitment(association, [(one.sop_class, one.sop_instance) for one in found])
        answer = results.wait(transaction, arguments.wait)
    except DicomError as error:
        terminal.complain(peer, error)
        return 1
    finally:
        released(association)
        _stop(listening)
    if answer is None:
        terminal.complain(peer, f"no answer within {arguments.wait:g} seconds")
        return 1
    paths = {one.sop_instance: one.path for one in found}
    for line in _lines(answer, paths):
        say(arguments, line[0], **line[1])
    return 1 if answer.failed or wrong or len(answer.held) < len(found) else 0


def _lines(answer: Committed, paths: dict[str, str]) -> Iterator[tuple[str, dict[str, object]]]:
    from radiogram.net.status import explain

    for _, uid in answer.held:
        yield f"{paths.get(uid, uid)}: kept", {"path": paths.get(uid), "sop_instance": uid, "kept": True}
    for _, uid, reason in answer.failed:
        words = explain(reason).description or "failure"
        row: dict[str, object] = {
            "path": paths.get(uid),
            "sop_instance": uid,
            "kept": False,
            "reason": reason,
            "message": words,
        }
        yield f"{paths.get(uid, uid)}: not kept: {reason:04X} {words}", row


def _listening(arguments: argparse.Namespace, handlers: list[Any], sop_class: str) -> Any:  # noqa: ANN401  # a server
    if arguments.listen is None:
        return None
    from radiogram.net import AE

    entity = AE(ae_title=arguments.aet)
    entity.add_supported_context(sop_class, scu_role=True, scp_role=True)
    return entity.start_server(("", arguments.listen), block=False, evt_handlers=handlers)


def _stop(server: Any) -> None:  # noqa: ANN401
    if server is not None:
        server.shutdown()
