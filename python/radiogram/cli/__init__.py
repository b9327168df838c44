"""The program `radiogram`: a command a module.

A command is a module of this folder with ``add(subparsers)``, which adds a parser of the module's name, and
``run(arguments)``, which gives the exit code: 0 fine, 1 some file failed. Its name goes into `COMMANDS`, and nothing else
needs to know of it. A module imports what it works with in ``run``, so that ``radiogram --help`` stays quick.
"""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, cast

from radiogram.cli.terminal import complain, prepare, silence
from radiogram.cli.words import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["COMMANDS", "main"]

COMMANDS = (
    *("dump", "edit", "diff", "transcode", "image", "scan", "tree", "volume", "demo"),
    *("echo", "store", "find", "get", "move", "serve", "worklist", "mpps", "commit", "print", "proxy"),
)
"""The commands in the order of the help; each is a module of this folder."""

_WRONG_USAGE = 2
_INTERRUPTED = 130


class Command(Protocol):
    """What a module of this folder has to offer."""

    def add(self, subparsers: Any) -> None:  # noqa: ANN401  # argparse keeps the class to itself
        """Add the parser of this command."""

    def run(self, arguments: argparse.Namespace) -> int:
        """Do it, and give the exit code."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program.

    Parameters
    ----------
    arguments : sequence of str, optional
        Those of the command line, without the program's name; ``sys.argv`` if not given.

    Returns
    -------
    int
        The exit code: 0 fine, 1 some file failed. Wrong usage ends by `SystemExit` with 2.

    Examples
    --------
    >>> from pydicom.data import get_testdata_file
    >>> from radiogram.cli import main
    >>> main(["dump", "--tags", "Modality", get_testdata_file("CT_small.dcm")]) # doctest: +ELLIPSIS
    # ...CT_small.dcm: Explicit VR Little Endian
    (0008,0060) CS Modality                            CT
    0
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser, commands = _parser(given)
    parsed, rest = parser.parse_known_args(given)
    if rest:
        # argparse takes words of one kind only where they stand together; those behind options are left over.
        take = getattr(commands[parsed.command], "take", None)
        if take is None or any(word.startswith("-") for word in rest):
            parser.error(f"unrecognized arguments: {' '.join(rest)}")
        try:
            take(parsed, rest)
        except argparse.ArgumentTypeError as error:
            parser.error(str(error))
    # A stream without the character shows its number; it is no reason to end.
    prepare(color=False)
    try:
        code = commands[parsed.command].run(parsed)
        sys.stdout.flush()
    except UsageError as error:
        complain(parsed.command, error)
        return _WRONG_USAGE
    except BrokenPipeError:
        # Who reads our output has seen enough.
        silence()
        return 0
    except OSError as error:
        # Where our output goes there is no room, or it cannot be written any more.
        complain(parsed.command, error)
        silence()
        return 1
    except KeyboardInterrupt:
        return _INTERRUPTED
    return code


def _parser(given: list[str]) -> tuple[argparse.ArgumentParser, dict[str, Command]]:
    """Make the parser. Where the command is known already, only its module is imported."""
    from radiogram import _core

    parser = argparse.ArgumentParser(prog="radiogram", description="A DICOM toolkit.")
    parser.add_argument("--version", action="version", version=f"radiogram {_core.VERSION}")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    names = [name for name in COMMANDS if given[:1] == [name]] or COMMANDS
    commands = {name: cast("Command", import_module(f"radiogram.cli.{name}")) for name in names}
    for command in commands.values():
        command.add(subparsers)
    return parser, commands
