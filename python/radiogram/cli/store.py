"""``radiogram store``: send files to a peer (C-STORE)."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radiogram.cli import terminal, words
from radiogram.cli.peer import (
    NO_ASSOCIATION,
    NoAssociationError,
    add_peer,
    associated,
    counted,
    files_of,
    say,
)

if TYPE_CHECKING:
    import argparse

    from radiogram.net.services.sender import Outcome

__all__ = ["add", "run"]

_EPILOG = """\
Files go out byte by byte where the peer takes their transfer syntax, else decompressed or compressed without loss; implicit VR little endian is
always proposed. What cannot be sent without loss is reported. With --journal a run that was broken off goes on where it was. Exit codes: 0 the
peer has all of them, 1 some file was not taken, 2 wrong usage, 3 there was no association at all."""


def add(subparsers: Any) -> None:  # noqa: ANN401  # argparse keeps the class to itself
    """Add the parser of this command."""
    parser = subparsers.add_parser(
        "store", help="send files to a peer (C-STORE)", description=__doc__, epilog=_EPILOG
    )
    add_peer(parser)
    parser.add_argument(
        "files", metavar="FILE", nargs="+", help="a file, or a folder with all its sub-folders"
    )
    parser.add_argument(
        "-a", "--associations", metavar="N", type=words.count, default=1, help="how many at a time; 1"
    )
    parser.add_argument(
        "--retry",
        metavar="N",
        type=lambda text: words.integer(text, 0),
        default=2,
        help="how often a lost file is tried again; 2, and 0 sends nothing twice",
    )
    parser.add_argument(
        "--pause",
        metavar="S",
        type=words.seconds,
        default=1.0,
        help="seconds before that, each time twice as long; 1",
    )
    parser.add_argument(
        "--journal", metavar="FILE", help="what the peer took is noted there, and not sent to it again"
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="say nothing of what went well")


def take(arguments: argparse.Namespace, rest: list[str]) -> None:
    """Take files that stand behind options."""
    arguments.files += rest


def run(arguments: argparse.Namespace) -> int:
    """Send, and say what became of each file."""
    from radiogram.net.services.sender import send_files

    try:
        journal = _Journal(arguments.journal, (arguments.host, arguments.port, arguments.aec))
    except (OSError, ValueError) as error:
        # It is UTF-8 where it is one.
        why = "this is no journal" if isinstance(error, ValueError) else error
        terminal.complain(arguments.journal, why)
        return 2
    files = [path for path in files_of(arguments.files) if not journal.has(path)]
    connected, refused, sent, failed = 0, 0, 0, 0
    shows = sys.stderr.isatty() and not arguments.quiet

    def opened(contexts: list[tuple[str, tuple[str, ...]]]) -> object:
        nonlocal connected, refused
        refused += 1
        association = associated(arguments, contexts)
        connected, refused = connected + 1, refused - 1
        return association

    try:
        for outcome in send_files(
            files, opened, associations=arguments.associations, retry=arguments.retry, pause=arguments.pause
        ):
            sent, failed = sent + outcome.is_sent, failed + (not outcome.is_sent)
            wrong = journal.note(outcome)
            _tell(arguments, outcome)
            if wrong is not None:
                terminal.complain(arguments.journal, wrong)
                return 1
            counted(sent + failed, len(files), shows=shows)
    except NoAssociationError as error:
        terminal.complain(f"{arguments.host}:{arguments.port}", error)
        return NO_ASSOCIATION
    except BrokenPipeError:
        # Who reads what is said has seen enough; what is left is not sent.
        terminal.silence()
        return 1 if failed or sent < len(files) else 0
    finally:
        journal.close()
    if not arguments.quiet and not arguments.json:
        skipped = f", {journal.skipped} taken before" if journal.skipped else ""
        sys.stdout.write(f"{sent} sent, {failed} not taken{skipped}\n")
    if refused and not connected:
        return NO_ASSOCIATION
    return 1 if failed else 0


def _tell(arguments: argparse.Namespace, outcome: Outcome) -> None:
    if arguments.json:
        say(arguments, "", **{**outcome._asdict(), "message": terminal.advised(outcome.message)})
    elif not outcome.is_sent:
        code = "" if outcome.status is None else f"{outcome.status:04X} "
        terminal.complain(outcome.path, f"{code}{outcome.message}")
    elif outcome.status:
        terminal.complain(outcome.path, f"taken with a warning: {outcome.status:04X} {outcome.message}")


class _Journal:
    """What a peer took: a line of JSON a file, with its size and time, so that a file that was changed is sent again.

    Each line says who took it: host, port and the title that was called. A line that does not says nothing of this peer.
    """

    def __init__(self, path: str | None, peer: tuple[str, int, str]) -> None:
        self._peer = peer
        # Of this peer.
        self._taken: set[tuple[str, int, int]] = set()
        # As it was when it was looked at: what is changed while it is sent may not have been sent as it is now.
        self._stamps: dict[str, tuple[str, int, int]] = {}
        self._file = None
        self.skipped = 0
        if path is None:
            return
        place = Path(path)
        if place.exists():
            if not place.is_file():
                # A device may never end.
                message = "not a regular file"
                raise OSError(message)
            for line in place.read_text(encoding="utf-8").splitlines():
                try:
                    row = json.loads(line)
                    if (row["host"], row["port"], row["called"]) == peer:
                        self._taken.add((row["path"], row["size"], row["changed"]))
                except (ValueError, KeyError, TypeError):
                    # The last line of a run that was broken off.
                    continue
        self._file = place.open("a", encoding="utf-8")
        # A line that was broken off ends here.
        self._file.write("\n" if place.stat().st_size else "")

    def has(self, path: str) -> bool:
        """Whether the peer took a file before."""
        if self._file is None:
            return False
        stamp = _stamp(path)
        taken = stamp in self._taken
        self.skipped += taken
        if not taken:
            self._stamps[path] = stamp
        return taken

    def note(self, outcome: Outcome) -> OSError | None:
        """Note a file that was taken; give why it cannot be noted, where it cannot."""
        if self._file is not None and outcome.is_sent:
            path, size, changed = self._stamps.get(outcome.path) or _stamp(outcome.path)
            host, port, called = self._peer
            row = {
                "host": host,
                "port": port,
                "called": called,
                "path": path,
                "size": size,
                "changed": changed,
                "sop_instance": outcome.sop_instance,
                "status": outcome.status,
            }
            try:
                self._file.write(json.dumps(row) + "\n")
                self._file.flush()
            except OSError as error:
                return error
        return None

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            # What it could not take was said when it was written.
            with suppress(OSError):
                self._file.close()


def _stamp(path: str) -> tuple[str, int, int]:
    try:
        said = Path(path).stat()
    except OSError:
        return path, -1, -1
    return str(Path(path).resolve()), said.st_size, said.st_mtime_ns
