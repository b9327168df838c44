"""``radiogram diff``: in what two files differ, a line a difference; nothing, and exit code 0, where they are equal."""

from __future__ import annotations

import argparse
import hashlib
import sys
from typing import TYPE_CHECKING, Any

from radiogram.cli import terminal
from radiogram.cli.cells import Cells
from radiogram.cli.places import parsed
from radiogram.cli.terminal import Style, cut, escaped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from radiogram._core import DataElement
    from radiogram.dataset import Dataset

__all__ = ["add", "run"]

_BLOCKS = {"OB", "OW", "OL", "OV", "OF", "OD", "UN"}
_WORDS = {"OW", "OL", "OV", "OF", "OD"}
_HASHED = 64
"""Longer blocks are shown by their size and the beginning of their SHA-256."""
_LOOKED_AT = 256
_SHOWN = 60
_EQUAL, _DIFFERENT, _FAILED = 0, 1, 2

_EPILOG = """
Elements are compared by tag, VR and value, items of a sequence by their number. What is only in how they are written makes no
difference: the order of elements, defined or undefined lengths, padding, byte order, the character set of equal text. Each line
has the path of tags: - is only in A, + only in B, ~ differs. Exit codes: 0 equal, 1 different, 2 a file cannot be compared.
"""


def add(subparsers: Any) -> None:  # noqa: ANN401  # argparse keeps the class to itself
    """Add the parser of this command."""
    parser = subparsers.add_parser(
        "diff", help="show in what two files differ", description=__doc__, epilog=_EPILOG
    )
    parser.add_argument("first", metavar="A", help="a DICOM file; - is the standard input")
    parser.add_argument("second", metavar="B", help="another one")
    parser.add_argument(
        "--ignore",
        action="append",
        default=[],
        type=_ignored,
        metavar="TAG",
        help="an element to leave out at any depth, or a group of four digits; may be given again",
    )
    parser.add_argument("--force", action="store_true", help="read what does not look like DICOM, too")
    parser.add_argument(
        "--max-width", type=int, default=_SHOWN, metavar="N", help="characters of a value; 0: all"
    )
    terminal.add_colour(parser)


def _ignored(text: str) -> tuple[int, int]:
    """Give the first and the last of the tags that a word names."""
    if len(text) == 4 and all(digit in "0123456789abcdefABCDEF" for digit in text):
        group = int(text, 16) << 16
        return group, group | 0xFFFF
    from radiogram.errors import ArgumentError

    try:
        place, rest = parsed(text)
    except ArgumentError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    step = place.steps[0]
    if rest or len(place.steps) > 1 or step.item is not None or step.creator is not None:
        message = f"{text!r} is no keyword, tag or group"
        raise argparse.ArgumentTypeError(message)
    return step.tag, step.tag


def run(arguments: argparse.Namespace) -> int:
    """Compare, and say in what they differ."""
    from radiogram.dataset import read
    from radiogram.errors import DicomError

    style = terminal.prepare(color=arguments.color)
    name = arguments.first
    if arguments.first == arguments.second == "-":
        terminal.complain("-", "the standard input can be read once")
        return _FAILED
    try:
        first = read(sys.stdin.buffer if name == "-" else name, force=arguments.force)
        name = arguments.second
        second = read(sys.stdin.buffer if name == "-" else name, force=arguments.force)
        name = f"{arguments.first}, {arguments.second}"
        comparison = _Comparison(arguments.ignore, style, arguments.max_width)
        count = 0
        for line in comparison.lines(first, second):
            if not count:
                print(f"{style.head}--- {escaped(arguments.first)}{style.end}")
                print(f"{style.head}+++ {escaped(arguments.second)}{style.end}")
            print(line)
            count += 1
    except BrokenPipeError:
        raise
    except (DicomError, OSError, ValueError) as error:
        sys.stdout.flush()
        terminal.complain(name, error, can_force=True)
        return _FAILED
    return _DIFFERENT if count else _EQUAL


class _Comparison:
    """Two datasets side by side, in the order of their tags and without recursion."""

    def __init__(self, ignored: list[tuple[int, int]], style: Style, width: int) -> None:
        self.ignored = ignored
        self.style = style
        self.width = width
        self.cells = Cells()

    def lines(self, first: Dataset, second: Dataset) -> Iterator[str]:
        """Yield a line a difference: of the file meta information, then of the dataset."""
        for pair in ((first.file_meta, second.file_meta), (first, second)):
            stack: list[Iterator[str | tuple[Dataset, Dataset, str]]] = [self._pair(*pair, "")]
            while stack:
                for found in stack[-1]:
                    if isinstance(found, str):
                        yield found
                    else:
                        stack.append(self._pair(*found))
                        break
                else:
                    stack.pop()

    def _pair(
        self, first: Dataset, second: Dataset, path: str
    ) -> Iterator[str | tuple[Dataset, Dataset, str]]:
        """Yield the differences of two datasets, and the pairs of items to go into."""
        for tag in sorted({*first._tags(), *second._tags()}):
            if any(low <= tag <= high for low, high in self.ignored):
                continue
            here = f"{path}({tag >> 16:04X},{tag & 0xFFFF:04X})"
            one, other = first.get(tag), second.get(tag)
            if one is None or other is None:
                yield self._alone(here, one, other)
            elif one.VR == other.VR == "SQ":
                yield from self._items(here, one, other)
            elif one.VR != other.VR or not _equal(one, other):
                yield self._marked("~", here, other, f"{self._shown(one)} -> {self._shown(other)}")

    def _items(
        self, path: str, one: DataElement, other: DataElement
    ) -> Iterator[str | tuple[Dataset, Dataset, str]]:
        left, right = one.value, other.value
        for number, pair in enumerate(zip(left, right, strict=False)):
            yield (*pair, f"{path}[{number}].")
        common = min(len(left), len(right))
        for mark, items in (("-", left), ("+", right)):
            for number in range(common, len(items)):
                count = len(items[number])
                text = f"item of {count} element{'' if count == 1 else 's'}"
                yield self._marked(mark, f"{path}[{number}]", one, text)

    def _alone(self, path: str, one: DataElement | None, other: DataElement | None) -> str:
        if one is not None:
            return self._marked("-", path, one, self._shown(one))
        assert other is not None
        return self._marked("+", path, other, self._shown(other))

    def _marked(self, mark: str, path: str, elem: DataElement, text: str) -> str:
        style = self.style
        name = escaped(elem.keyword or elem.name)
        return f"{style.bad}{mark}{style.end} {path} {style.name}{name}{style.end} {text}".rstrip()

    def _shown(self, elem: DataElement) -> str:
        _, vr, _, length, head = elem._glance(_LOOKED_AT)
        if vr in _BLOCKS and length > _HASHED:
            return f"{vr} <{length:,} bytes, sha256 {hashlib.sha256(_bytes(elem)).hexdigest()[:12]}>"
        return f"{vr} {cut(self.cells.shown(elem, vr, length, head), self.width)}".rstrip()


def _equal(one: DataElement, other: DataElement) -> bool:
    if one.VR in _BLOCKS:
        if one.length != other.length:
            return False
        return hashlib.sha256(_bytes(one)).digest() == hashlib.sha256(_bytes(other)).digest()
    return one == other


def _bytes(elem: DataElement) -> bytes:
    """Give the bytes of a block, words with their lowest byte first."""
    if elem.VR in _WORDS and not elem.is_little_endian and elem._fragments() is None:
        words = elem.array
        return words.astype(words.dtype.newbyteorder("<")).tobytes()
    return elem._given_away()
