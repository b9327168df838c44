"""``radiogram transcode``: a file or a folder in another transfer syntax, with a report."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from radiogram.cli import terminal
from radiogram.errors import DicomError

if TYPE_CHECKING:
    from radiogram.transcoding import TranscodeReport

__all__ = ["add", "run"]

_EPILOG = """\
Options of a codec are those of radiogram.codecs.encode: --option quality=80, --option near=2, --option rate=20,5. A run that was broken off goes
on where it was. Exit codes: 0 fine, 1 some file failed, 2 wrong usage."""


def add(subparsers: Any) -> None:  # noqa: ANN401  # argparse keeps the class to itself
    """Add the parser of this command."""
    parser = subparsers.add_parser(
        "transcode", help="compress or decompress files", description=__doc__, epilog=_EPILOG
    )
    parser.add_argument("source", metavar="SOURCE", help="a file, or a folder with all its sub-folders")
    parser.add_argument("-o", "--output", metavar="TARGET", required=True, help="where to write")
    parser.add_argument(
        "-s",
        "--syntax",
        metavar="NAME",
        required=True,
        type=_syntax,
        help="UID or keyword of a transfer syntax",
    )
    parser.add_argument(
        "--option",
        action="append",
        default=[],
        type=_option,
        metavar="NAME=VALUE",
        help="an option of the codec",
    )
    parser.add_argument("--no-verify", action="store_true", help="do not decode and compare what was encoded")
    parser.add_argument("--threads", type=int, metavar="N", help="how many files at a time")
    parser.add_argument("-q", "--quiet", action="store_true", help="say nothing of what went well")


def _syntax(text: str) -> str:
    from radiogram.registry import TransferSyntax

    try:
        return str(TransferSyntax(text).uid)
    except DicomError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _option(text: str) -> tuple[str, object]:
    name, sign, value = text.partition("=")
    if not sign or not name.isidentifier():
        message = f"{text!r} sets nothing: NAME=VALUE"
        raise argparse.ArgumentTypeError(message)
    if value in ("true", "false"):
        return name, value == "true"
    # Subsampling is a word of digits.
    return name, value if name == "subsampling" else _numbers(value)


def _numbers(value: str) -> object:
    """Give a number, several of them, or the word as it is."""
    numbers: list[int | float] = []
    for part in value.split(","):
        try:
            numbers.append(int(part) if part.isdecimal() else float(part))
        except ValueError:
            return value
    return numbers if len(numbers) > 1 else numbers[0]


def run(arguments: argparse.Namespace) -> int:
    """Transcode, complain of what failed, and say what was done."""
    from radiogram.transcoding import transcode

    shows = sys.stderr.isatty() and not arguments.quiet
    try:
        report = transcode(
            arguments.source,
            arguments.output,
            arguments.syntax,
            verify=not arguments.no_verify,
            threads=arguments.threads,
            progress=_show if shows else None,
            **dict(arguments.option),
        )
    except (DicomError, OSError) as error:
        terminal.complain(arguments.source, error)
        return 1
    return _told(report, quiet=arguments.quiet)


def _show(done: int, total: int) -> None:
    sys.stderr.write(f"\r{done} of {total}" + ("\n" if done == total else ""))
    sys.stderr.flush()


def _told(report: TranscodeReport, *, quiet: bool) -> int:
    for file in report.failed:
        terminal.complain(str(file.source), file.error)
    if not quiet:
        sys.stdout.write(f"{report}\n")
    return 1 if report.failed else 0
