"""What the site shows beside its pages: tables that are made from the tests' own, and pictures that the pages draw, when the site is built.

A hook of mkdocs: the line `<!-- pydicom names -->` becomes the table of `tests/peers/pydicom_names.tsv`, and
`<!-- problem kinds -->` that of the kinds in `rust/core/src/problem.rs`. The Python of a page with `<!-- picture NAME: WORDS -->` is run
in a folder of its own, with the series that the pages speak of, and the picture that it wrote there is put in its place.
"""

from __future__ import annotations

import base64
import contextlib
import csv
import re
import tempfile
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
NAMES = ROOT / "tests" / "peers" / "pydicom_names.tsv"
PROBLEMS = ROOT / "rust" / "core" / "src" / "problem.rs"
PICTURE = re.compile(r"<!-- picture (?P<name>[\w.-]+): (?P<words>.+?) -->")
PYTHON = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
KIND = re.compile(r'((?: *///.*\n)+) *\w+ = "(\w+)",')

Row = dict[str, str]


def on_page_markdown(markdown: str, **_: object) -> str:
    """Put the tables in their places; mkdocs calls it for each page."""
    for mark, table in TABLES.items():
        if mark in markdown:
            markdown = markdown.replace(mark, "\n".join(table()))
    return _drawn(markdown) if PICTURE.search(markdown) else markdown


def _drawn(markdown: str) -> str:
    """Run the Python of a page, and put the pictures that it wrote into it."""
    from radiogram.volume.phantom import Phantom, write_series

    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        write_series("ct", Phantom(slices=40))
        code = "\n".join(PYTHON.findall(markdown))
        exec(compile(code, "page", "exec"), {})

        def embedded(found: re.Match[str]) -> str:
            content = base64.b64encode(Path(found["name"]).read_bytes()).decode()
            return f"![{found['words']}](data:image/png;base64,{content})\n\n*{found['words']}*"

        return PICTURE.sub(embedded, markdown)


def _rows() -> list[Row]:
    with NAMES.open(encoding="utf-8", newline="") as file:
        next(file)
        return list(csv.DictReader(file, delimiter="\t"))


def _module(row: Row) -> str:
    """Give the module of pydicom that a name belongs to."""
    parts = row["pydicom"].split(".")
    return ".".join(parts[:2]) if len(parts) > 2 else parts[0]


def _is_constant(row: Row) -> bool:
    """Tell a registered UID: there are hundreds, and all are alike."""
    name = row["pydicom"].removeprefix("pydicom.uid.")
    return (
        row["status"] == "same"
        and name != row["pydicom"]
        and name[0].isupper()
        and not name.startswith("UID")
    )


def pydicom_names() -> Iterator[str]:
    """Yield a table a module: names that share status and reason share a line."""
    rows = _rows()
    count = {status: sum(row["status"] == status for row in rows) for status in ("same", "differs", "absent")}
    yield f"{count['same']} of {len(rows)} names are the same, {count['differs']} differ, {count['absent']} are absent.\n"
    constants = [row for row in rows if _is_constant(row)]
    others = [row for row in rows if not _is_constant(row)]
    for module, of_module in groupby(sorted(others, key=_module), _module):
        yield f"### `{module}`\n"
        yield "| pydicom | status | radiogram |"
        yield "|---|---|---|"
        if module == "pydicom.uid":
            such = constants[0]["pydicom"].removeprefix("pydicom.uid.")
            yield f"| {len(constants)} registered UIDs, such as `{such}` | same | `radiogram.uid` |"
        yield from _lines(module, of_module)
        yield ""


def _lines(module: str, rows: Iterator[Row]) -> Iterator[str]:
    def said(row: Row) -> tuple[str, str]:
        where = row["radiogram"].rpartition(".")[0]
        told = row["reason"] or f"`{where}`"
        return row["status"], told if row["status"] != "differs" else f"`{row['radiogram']}`: {told}"

    order = {"same": 0, "differs": 1, "absent": 2}
    ordered = sorted(rows, key=lambda row: (order[row["status"]], said(row)[1]))
    for (status, told), alike in groupby(ordered, said):
        names = ", ".join(f"`{row['pydicom'].removeprefix(module + '.')}`" for row in alike)
        yield f"| {names} | {status} | {told} |"


def problem_kinds() -> Iterator[str]:
    """Yield the table of the kinds of problems, in the words of the code."""
    yield "| kind | what the file does |"
    yield "|---|---|"
    for told, kind in KIND.findall(PROBLEMS.read_text(encoding="utf-8")):
        words = " ".join(
            line.strip().removeprefix("///").strip() for line in told.splitlines() if line.strip()
        )
        yield f"| `{kind}` | {words} |"


TABLES = {"<!-- pydicom names -->": pydicom_names, "<!-- problem kinds -->": problem_kinds}
