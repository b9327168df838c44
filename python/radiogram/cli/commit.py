"""``radiogram commit``: ask a peer whether it keeps instances from now on (storage commitment), and wait for what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radiogram.cli import terminal, words
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
        "--listen",
        metavar="PORT",
        type=words.any_port,
        help="take the answer of a peer that opens an association",
    )
    parser.add_argument(
        "--wait", metavar="S", type=words.seconds, default=60.0, help="seconds to wait for the answer; 60"
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
        terminal.complain("commit", "there is no instance in what was given")
        return 1
    results = Commitments()
    handlers = Services(results).handlers()
    try:
        listening = _listening(arguments, handlers, results.contexts[0])
    except (DicomError, OSError) as error:
        terminal.complain(f"--listen {arguments.listen}", error)
        return 1
    try:
        association = associated(arguments, [(results.contexts[0], None)], handlers=handlers)
    except (DicomError, OSError, ValueError) as error:
        terminal.complain(peer, error)
        _stop(listening)
        return NO_ASSOCIATION
    try:
        asked = dict.fromkeys((one.sop_class, one.sop_instance) for one in found)
        transaction = request_commitment(association, asked)
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
    # Several files can hold one instance.
    paths: dict[str, list[str]] = {}
    for one in found:
        paths.setdefault(one.sop_instance, []).append(one.path)
    for line in _lines(answer, paths):
        say(arguments, line[0], **line[1])
    kept = {uid for _, uid in answer.held}
    return 1 if answer.failed or wrong or not kept.issuperset(paths) else 0


def _lines(answer: Committed, paths: dict[str, list[str]]) -> Iterator[tuple[str, dict[str, object]]]:
    from radiogram.net.status import explain

    for _, uid in answer.held:
        for path in paths.get(uid, [""]):
            yield f"{path or uid}: kept", {"path": path or None, "sop_instance": uid, "kept": True}
    for _, uid, reason in answer.failed:
        words = explain(reason).description or "failure"
        for path in paths.get(uid, [""]):
            row: dict[str, object] = {
                "path": path or None,
                "sop_instance": uid,
                "kept": False,
                "reason": reason,
                "message": words,
            }
            yield f"{path or uid}: not kept: {reason:04X} {words}", row


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
