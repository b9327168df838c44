"""What ``radiogram scan -o`` writes: the end of the file's name says in which form."""

from __future__ import annotations

import base64
import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radiogram.cli import terminal
from radiogram.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable

    from radiogram.scanning import ScanTable

__all__ = ["form_of", "write"]

_PARQUET = (".parquet", ".pq")
_ARROW = (".arrow", ".feather")
_LINES = (".ndjson", ".jsonl")
_CSV = (".csv",)
_FORMS = (*_PARQUET, *_CSV, *_LINES, *_ARROW)


def form_of(path: str) -> str:
    """Give the end of a name that says what is to be written.

    Raises
    ------
    ArgumentError
        It says nothing.

    Examples
    --------
    >>> from radiogram.cli.scan_output import form_of
    >>> form_of("Meta.CSV")
    '.csv'
    """
    form = Path(path).suffix.lower()
    if form not in _FORMS:
        message = f"the name of the file says what is written, and ends in {', '.join(_FORMS)}"
        raise ArgumentError(message)
    return form


def write(table: ScanTable, path: str, form: str) -> tuple[int, int]:
    """Write the rows of a scan, as a whole file or none; give how many there are, and how many have an error."""
    if form in _PARQUET:
        from radiogram.interop import parquet

        rows = table.write_parquet(path)
        return rows, parquet.count_present(path, "error")
    if form in _ARROW:
        from radiogram.interop import tables

        return tables.write_arrow(path, table, table, compression="lz4" if form == ".feather" else None)
    return _written(table, path, _csv if form in _CSV else _lines)


def _written(
    table: ScanTable, path: str, make: Callable[[list[str]], Callable[[Any], str]]
) -> tuple[int, int]:
    from radiogram.interop import tables
    from radiogram.interop.whole_file import replacing

    rows = failed = 0
    with replacing(path) as file:
        names = list(table.columns)
        line = make(names)
        if make is _csv:
            file.write(line(dict(zip(names, names, strict=True))).encode())
        for row in tables.rows(table):
            rows += 1
            failed += row.get("error") is not None
            file.write(line(row).encode())
    return rows, failed


def _lines(names: list[str]) -> Callable[[Any], str]:
    del names
    return terminal.json_line


def _csv(names: list[str]) -> Callable[[Any], str]:
    """RFC 4180, UTF-8: the values of a list are joined by backslashes as an element's are, bytes are base64."""
    room = io.StringIO()
    writer = csv.writer(room)

    def line(row: Any) -> str:  # noqa: ANN401
        room.seek(0)
        room.truncate()
        writer.writerow([_cell(row[name]) for name in names])
        return room.getvalue()

    return line


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return "\\".join(map(_cell, value))
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return str(value)
