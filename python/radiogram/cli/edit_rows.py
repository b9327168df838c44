"""Tables of values for many files: CSV, TSV, JSON or lines of JSON, a row a file and a column an element."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from typing import Any

from radiogram.errors import ArgumentError

__all__ = ["DELETE", "EMPTY", "Row", "Rows", "rows_of"]

DELETE = "<delete>"
"""A cell that takes the element out; ``null`` in JSON."""

EMPTY = "<empty>"
"""A cell that leaves the element without a value; an empty text in JSON. An empty cell of CSV says nothing."""


@dataclass(frozen=True, slots=True)
class Row:
    """What a file gets.

    Attributes
    ----------
    number : int
        Which row it is, from 1.
    key : dict
        What its columns say as text.
    cells : tuple of (str, str or None)
        Element and value; None takes it out, an empty text empties it.
    """

    number: int
    key: dict[str, str]
    cells: tuple[tuple[str, str | None], ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """A table.

    Attributes
    ----------
    columns : tuple of str
        Names of the columns.
    rows : tuple of Row
        Its rows.
    """

    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    def by(self, key: str) -> dict[str, Row]:
        """Give the rows by their value in a column, which is no element to set then.

        Raises
        ------
        ArgumentError
            There is no such column, a row has nothing in it, or two rows have the same.
        """
        if key not in self.columns:
            message = f"there is no column {key!r} that says which file a row is of: --key names one"
            raise ArgumentError(message)
        found: dict[str, Row] = {}
        for row in self.rows:
            name = row.key.get(key, "")
            if not name:
                message = f"row {row.number} says nothing in the column {key!r}"
                raise ArgumentError(message)
            if name in found:
                message = f"rows {found[name].number} and {row.number} are of the same file"
                raise ArgumentError(message)
            cells = tuple(cell for cell in row.cells if cell[0] != key)
            found[name] = Row(row.number, row.key, cells)
        return found


def rows_of(content: bytes, name: str) -> Rows:
    r"""Read a table; what it is, its name says: ``.json``, ``.ndjson``, ``.jsonl``, ``.tsv``, and CSV else.

    Raises
    ------
    ArgumentError
        It is none.

    Examples
    --------
    >>> from radiogram.cli.edit_rows import rows_of
    >>> rows_of(b"path,PatientID\na.dcm,1\n", "edits.csv").rows[0].cells
    (('path', 'a.dcm'), ('PatientID', '1'))
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"a table is text in UTF-8: byte {error.start} is none"
        raise ArgumentError(message) from None
    lower = name.lower()
    if lower.endswith((".json", ".ndjson", ".jsonl")):
        return _of_objects(_objects(text))
    return _of_csv(text, "\t" if lower.endswith(".tsv") else ",")


def _of_csv(text: str, delimiter: str) -> Rows:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        columns = tuple(name.strip() for name in next(reader, ()))
        rows: list[Row] = []
        for cells in reader:
            if not cells:
                continue
            if len(cells) != len(columns):
                message = f"row {len(rows) + 1} has {len(cells)} cells in {len(columns)} columns"
                raise ArgumentError(message)
            said = [(name, cell) for name, cell in zip(columns, cells, strict=True) if cell]
            key = {name: cell for name, cell in said if cell not in (DELETE, EMPTY)}
            words: dict[str, str | None] = {DELETE: None, EMPTY: ""}
            rows.append(Row(len(rows) + 1, key, tuple((name, words.get(cell, cell)) for name, cell in said)))
    except csv.Error as error:
        message = f"line {reader.line_num} is no CSV: {error}"
        raise ArgumentError(message) from None
    if not columns or len(set(columns)) < len(columns) or "" in columns:
        message = "the first line names the columns, each once"
        raise ArgumentError(message)
    return Rows(columns, tuple(rows))


def _objects(text: str) -> list[Any]:
    try:
        if text.lstrip().startswith("["):
            made = json.loads(text)
            return made if isinstance(made, list) else []
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    except ValueError as error:
        message = f"no JSON: {error}"
        raise ArgumentError(message) from None


def _of_objects(objects: list[Any]) -> Rows:
    columns: dict[str, None] = {}
    rows = []
    for number, one in enumerate(objects, 1):
        if not isinstance(one, dict):
            message = f"row {number} is no object"
            raise ArgumentError(message)
        cells = tuple((name, _text(value, number, name)) for name, value in one.items())
        columns.update(dict.fromkeys(one))
        rows.append(Row(number, {name: text for name, text in cells if text}, cells))
    return Rows(tuple(columns), tuple(rows))


def _text(value: Any, number: int, name: str) -> str | None:  # noqa: ANN401
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, list) and all(isinstance(one, str | int | float) for one in value):
        return "\\".join(map(str, value))
    message = f"row {number}, {name}: a value is text, a number, or a list of these"
    raise ArgumentError(message)
