"""``radiogram dump``: what is in a file, an element a line."""

from __future__ import annotations

import argparse
import gc
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from radiogram.cli import layout, terminal
from radiogram.cli.cells import Cells
from radiogram.cli.terminal import Style, cut, escaped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from radiogram._core import DataElement
    from radiogram.dataset import Dataset

__all__ = ["add", "run"]

_NAME_WIDTH = 35
_INDENT = "  "
_LINES = 2000
"""So many lines are written at a time."""
_LONG = 256
"""Of longer values only so many bytes are looked at."""


def add(subparsers: Any) -> None:  # noqa: ANN401  # argparse keeps the class to itself
    """Add the parser of this command."""
    parser = subparsers.add_parser("dump", help="show the elements of files", description=__doc__)
    parser.add_argument("files", nargs="+", metavar="FILE", help="a DICOM file; - is the standard input")
    parser.add_argument(
        "--depth", type=_count, metavar="N", help="how many levels of sequences are opened; all"
    )
    parser.add_argument("--tags", type=_tags, metavar="KEYWORD,…", help="only these elements, at any depth")
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument("--problems", action="store_true", help="touch all values, show the problems alone")
    shown.add_argument("--offsets", action="store_true", help="show where each value begins in the file")
    shown.add_argument(
        "--raw",
        action="store_true",
        help="show headers and delimiters as they are written, and where; no values",
    )
    shown.add_argument(
        "--json",
        action="store_true",
        help="write the DICOM JSON model (PS3.18 Annex F), a file a line; the elements that --tags names alone",
    )
    shown.add_argument(
        "--xml", action="store_true", help="write the Native DICOM Model (PS3.19 A.1), a document a file"
    )
    parser.add_argument("--force", action="store_true", help="read what does not look like DICOM, too")
    parser.add_argument("--max-width", type=_count, metavar="N", help="characters of a line; 0: no limit")
    terminal.add_colour(parser)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        message = f"{text!r} is no whole number"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def _tags(text: str) -> frozenset[int]:
    from radiogram import _core
    from radiogram.errors import UnknownTagError

    found = set()
    for word in text.split(","):
        try:
            found.add(_core.tag(word.strip()))
        except UnknownTagError:
            near = ", ".join(_core.dictionary_nearest(word.strip(), 3))
            message = f"no such keyword as {word!r}" + (f"; did you mean {near}?" if near else "")
            raise argparse.ArgumentTypeError(message) from None
    return frozenset(found)


def run(arguments: argparse.Namespace) -> int:
    """Show each file; one that cannot be read is a complaint, and the next one is shown."""
    from radiogram.dataset import read
    from radiogram.errors import DicomError

    style = terminal.prepare(color=arguments.color)
    code = 0
    for file in arguments.files:
        try:
            with _no_collector():
                ds = read(sys.stdin.buffer if file == "-" else file, force=arguments.force)
                if arguments.json:
                    sys.stdout.write(_only(ds, arguments.tags).to_json() + "\n")
                elif arguments.xml:
                    sys.stdout.write(_only(ds, arguments.tags).to_xml())
                else:
                    _write(_Page(ds, file, arguments, style).lines())
        except BrokenPipeError:
            raise
        except (DicomError, OSError, ValueError) as error:
            sys.stdout.flush()
            terminal.complain(file, error, can_force=True)
            code = 1
    return code


def _only(ds: Dataset, tags: frozenset[int] | None) -> Dataset:
    """Give the dataset, or some of its elements."""
    from radiogram.dataset import Dataset

    return ds if tags is None else Dataset({element.tag: element for element in ds if element.tag in tags})


@contextmanager
def _no_collector() -> Iterator[None]:
    """Without the cyclic garbage collector: a dump makes many objects and no cycles, and it would go through all."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _write(lines: Iterable[str]) -> None:
    waiting: list[str] = []
    try:
        for line in lines:
            waiting.append(line)
            if len(waiting) == _LINES:
                sys.stdout.write("\n".join(waiting) + "\n")
                waiting.clear()
    finally:
        if waiting:
            sys.stdout.write("\n".join(waiting) + "\n")


class _Page:
    """One file, and how it is to be shown."""

    def __init__(self, ds: Dataset, file: str, arguments: argparse.Namespace, style: Style) -> None:
        self.ds = ds
        self.file = file
        self.style = style
        self.wanted: frozenset[int] | None = arguments.tags
        self.depth: float = float("inf") if arguments.depth is None else arguments.depth
        self.only_problems: bool = arguments.problems
        self.offsets: bool = arguments.offsets
        self.raw: bool = arguments.raw
        self.width = terminal.width(arguments.max_width)
        self.columns: dict[tuple[int, str, int], tuple[str, int]] = {}
        self.cells = Cells()

    def lines(self) -> Iterator[str]:
        style = self.style
        yield f"{style.head}# {escaped(self.file)}: {self._syntax()}{style.end}"
        if self.raw:
            yield from layout.lines(self.ds, style, wanted=self.wanted, levels=self.depth, width=self.width)
            return
        if self.only_problems:
            problems = self.ds.check()
        else:
            yield from self._elements(self.ds.file_meta)
            yield from self._elements(self.ds)
            problems = self.ds.problems
        if problems:
            yield f"{style.bad}# {len(problems)} problem{'' if len(problems) == 1 else 's'}{style.end}"
        for found in problems:
            place = f" {found.path}" if found.path else ""
            line = f"{found.kind}{place}, byte {found.offset}: assumed {found.assumed}"
            yield f"{style.bad}! {cut(escaped(line), self.width and max(8, self.width - 2))}{style.end}"

    def _syntax(self) -> str:
        from radiogram.uid import UID

        named = self.ds._syntax()[0]
        if named is not None:
            return escaped(UID(named).name)
        implicit, little = self.ds.original_encoding
        return f"no transfer syntax; {'implicit' if implicit else 'explicit'} VR {'little' if little else 'big'} endian"

    def _elements(self, root: Dataset) -> Iterator[str]:
        """Lines of a dataset. With `wanted`, those of a sequence wait until something in it is wanted."""
        stack: list[tuple[Iterator[DataElement | str], bool]] = [(iter(root), self.wanted is None)]
        waiting: list[tuple[int, str]] = []
        while stack:
            elements, shown = stack[-1]
            level = len(stack) - 1
            for elem in elements:
                opened = None
                if isinstance(elem, str):
                    line, chosen = f"{_INDENT * level}{elem}", shown
                else:
                    cell = elem._glance(_LONG)
                    chosen = shown or (self.wanted is not None and cell[0] in self.wanted)
                    if cell[1] == "SQ" and level < self.depth and len(elem.value):
                        opened = elem.value
                    elif not chosen:
                        continue
                    line = self._line(elem, cell, level)
                rank = 2 * level - isinstance(elem, str)
                while waiting and waiting[-1][0] >= rank:
                    waiting.pop()
                if chosen:
                    yield from (text for _, text in waiting)
                    waiting.clear()
                    yield line
                else:
                    waiting.append((rank, line))
                if opened is not None:
                    stack.append((self._items(opened), chosen))
                    break
            else:
                stack.pop()

    def _items(self, items: Iterable[Dataset]) -> Iterator[DataElement | str]:
        for number, item in enumerate(items):
            yield f"{self.style.faint}item {number}{self.style.end}"
            yield from item

    def _line(self, elem: DataElement, cell: tuple[int, str, int, int, bytes | None], level: int) -> str:
        tag, vr, offset, length, head = cell
        column = None if tag >> 16 & 1 else self.columns.get((tag, vr, level))
        if column is None:
            column = self.columns[tag, vr, level] = self._column(elem, tag, vr, level)
        before, room = column
        shown = self.cells.shown(elem, vr, length, head)
        if self.width and len(shown) > room:
            shown = cut(shown, room)
        if self.offsets:
            return f"{self.style.faint}{offset:>10}{self.style.end} {before}{shown}".rstrip()
        return (before + shown).rstrip()

    def _column(self, elem: DataElement, tag: int, vr: str, level: int) -> tuple[str, int]:
        """Give what stands before the value, and how much room is left for it."""
        style = self.style
        margin = _INDENT * level
        name = escaped(elem.keyword or elem.name)
        name = f"{name:<{max(1, _NAME_WIDTH - len(margin))}}"
        used = len(margin) + len("(0010,0010) PN ") + len(name) + 1 + (11 if self.offsets else 0)
        number = f"({tag >> 16:04X},{tag & 0xFFFF:04X})"
        before = f"{margin}{style.faint}{number}{style.end} {style.vr}{vr}{style.end} {style.name}{name}{style.end} "
        return before, max(8, self.width - used)
