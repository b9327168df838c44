"""``radiogram scan``: elements of many files as a table, a Parquet file, or the answer to a query."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radiogram.cli import terminal
from radiogram.errors import ArgumentError, DicomError

if TYPE_CHECKING:
    import argparse

    from radiogram.scanning import ScanTable

__all__ = ["add", "run"]

_EPILOG = """\
Without -o and --sql each file is a line of JSON. A query calls the table scan: --sql "select Modality, count(*) from scan
group by 1". Exit codes: 0 fine, 1 some file could not be read, 2 wrong usage."""


def add(subparsers: Any) -> None:  # noqa: ANN401  # argparse keeps the class to itself
    """Add the parser of this command."""
    parser = subparsers.add_parser(
        "scan", help="elements of many files as a table", description=__doc__, epilog=_EPILOG
    )
    parser.add_argument(
        "sources", metavar="SOURCE", nargs="*", help="file, folder, pattern, archive, DICOMDIR, URL"
    )
    parser.add_argument(
        "-t", "--tags", metavar="NAME,…", help="keywords, tags, Sequence/0/Keyword, (0029,10)[CREATOR]"
    )
    parser.add_argument("-m", "--manifest", metavar="FILE", help="a text file that names a source a line")
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="a file to write: .parquet, .csv, .ndjson, .jsonl, .arrow, .feather",
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help="keep the rows of the output, a Parquet file, whose files were not changed",
    )
    parser.add_argument("--sql", metavar="QUERY", help="ask DuckDB instead, where it is installed")
    parser.add_argument("--force", action="store_true", help="read also what does not look like DICOM")
    parser.add_argument("--threads", type=int, metavar="N", help="how many files at a time")
    parser.add_argument("-q", "--quiet", action="store_true", help="say nothing of what went well")


def run(arguments: argparse.Namespace) -> int:
    """Scan, and write what was asked for."""
    from radiogram.cli import scan_output
    from radiogram.scanning import scan
    from radiogram.scanning.table import DEFAULT_TAGS

    try:
        form = None if arguments.output is None else scan_output.form_of(arguments.output)
        if arguments.resume and form not in (".parquet", ".pq"):
            message = "--resume goes on with a Parquet file: -o FILE.parquet"
            raise ArgumentError(message)
        if form is not None and arguments.sql is not None:
            message = "the answer to --sql is not written to a file"
            raise ArgumentError(message)
    except ArgumentError as error:
        terminal.complain("scan", error)
        return 2
    shows = sys.stderr.isatty() and not arguments.quiet
    try:
        table = scan(
            arguments.sources or None,
            tags=names(arguments.tags) if arguments.tags else DEFAULT_TAGS,
            manifest=arguments.manifest,
            since=arguments.output if arguments.resume else None,
            force=arguments.force,
            threads=arguments.threads,
            progress=True if shows else None,
        )
        if arguments.sql is not None:
            return _asked(table, arguments.sql)
        if form is not None:
            rows, failed = scan_output.write(table, arguments.output, form)
            if not arguments.quiet:
                sys.stdout.write(f"{rows} rows, {failed} of them with an error: {Path(arguments.output)}\n")
            return 1 if failed else 0
        return _listed(table)
    except BrokenPipeError:
        raise
    except (DicomError, OSError) as error:
        terminal.complain("scan", error)
        return 1


def names(text: str) -> list[str]:
    """Give the names of a list: commas divide, but those inside of brackets belong to a tag.

    Examples
    --------
    >>> from radiogram.cli.scan import names
    >>> names("Modality,(0029,10)[ACME, INC],Rows")
    ['Modality', '(0029,10)[ACME, INC]', 'Rows']
    """
    found, depth = [""], 0
    for letter in text:
        depth += (letter in "([") - (letter in ")]")
        if letter == "," and depth == 0:
            found.append("")
        else:
            found[-1] += letter
    return [name.strip() for name in found if name.strip()]


def _listed(table: ScanTable) -> int:
    from radiogram.interop import tables

    code = 0
    for row in tables.rows(table):
        code = 1 if row["error"] is not None else code
        sys.stdout.write(terminal.json_line(row))
    return code


def _asked(table: ScanTable, query: str) -> int:
    from radiogram.interop import tables

    sys.stdout.write(tables.queried(table, query) + "\n")
    return 0
