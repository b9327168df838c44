"""``radiogram edit``: elements of a file set and taken out; what was not changed stays as it is, byte by byte."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from radiogram.cli import terminal
from radiogram.cli.places import Place, holder, parsed
from radiogram.errors import ArgumentError, DicomError, InvalidValueError, UnknownTagError

if TYPE_CHECKING:
    from radiogram.cli.edit_rows import Row
    from radiogram.dataset import Dataset

__all__ = ["add", "run"]

_WHOLE = {"US", "SS", "UL", "SL", "UV", "SV"}
_REAL = {"FL", "FD"}
_BLOCKS = {"OB", "OW", "OL", "OV", "OF", "OD", "UN"}
_UNDIVIDED = {"LT", "ST", "UT", "UR"}
"""A backslash in these is a character (PS3.5 6.2)."""

_EPILOG = r"""
An element is PatientName, 00100010 or (0010,0010); BeamSequence[0].BeamName is in an item of a sequence, counted from 0,
and the item behind the last one is added; (0029,01)[ACME] is element 01 of the block of a private creator. TAG:VR=VALUE
says a VR that no dictionary has. Values are divided by backslashes, nothing behind = empties the element, and bytes are
given in hexadecimal digits. With --table FILE is a folder, a pattern or a file, and each file that has a row gets its
values: a column is an element as above, one of them says which file a row is of (path, SOPInstanceUID, or what --key
names); an empty cell says nothing, <empty> empties an element, <delete> takes it out. Elements of group 0002 are those of the file meta information. First everything is set, then
everything is deleted, and where anything is refused, nothing is written.
"""


@dataclass(frozen=True, slots=True)
class Assignment:
    """What is to be set."""

    place: Place
    vr: str | None
    text: str


def add(subparsers: Any) -> None:  # noqa: ANN401  # argparse keeps the class to itself
    """Add the parser of this command."""
    parser = subparsers.add_parser(
        "edit", help="set and delete elements of a file", description=__doc__, epilog=_EPILOG
    )
    parser.add_argument("file", metavar="FILE", help="a DICOM file; - is the standard input")
    parser.add_argument(
        "assignments", nargs="*", type=_assignment, metavar="TAG=VALUE", help="an element and its value"
    )
    parser.add_argument(
        "--delete",
        nargs="+",
        action="extend",
        default=[],
        type=_place,
        metavar="TAG",
        help="elements or items to take out",
    )
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("-o", "--output", metavar="OUT", help="where to write; - is the standard output")
    where.add_argument("--in-place", action="store_true", help="replace the file, once all is written")
    parser.add_argument(
        "--transfer-syntax",
        type=_syntax,
        metavar="NAME",
        help="UID or keyword of a transfer syntax; pixel data are compressed or decompressed for it",
    )
    parser.add_argument("--repair", action="store_true", help="write all of it as the standard says")
    parser.add_argument(
        "--validate", action="store_true", help="refuse values that the standard does not allow"
    )
    parser.add_argument("--force", action="store_true", help="read what does not look like DICOM, too")
    table = parser.add_argument_group("many files")
    table.add_argument("--table", metavar="TABLE", help="CSV, TSV, JSON or lines of JSON: a row a file")
    table.add_argument("--key", metavar="COLUMN", help="what says which file a row is of")
    table.add_argument("--dry-run", action="store_true", help="do all but write")
    table.add_argument("--report", metavar="FILE", help="a line of JSON for each file")
    table.add_argument("--resume", action="store_true", help="leave out what the report says is done")
    table.add_argument("--threads", type=int, metavar="N", help="how many files at a time")


def take(parsed: Any, words: list[str]) -> None:  # noqa: ANN401
    """Take assignments that stand behind options."""
    parsed.assignments += map(_assignment, words)


def _assignment(text: str) -> Assignment:
    try:
        place, rest = parsed(text)
    except ArgumentError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    head, sign, value = rest.partition("=")
    vr = head.removeprefix(":") if head else None
    if not sign or (head and not head.startswith(":")):
        message = f"{text!r} sets nothing: TAG=VALUE"
        raise argparse.ArgumentTypeError(message)
    if vr is not None:
        from radiogram._tables.vr import FACTS

        if vr not in FACTS:
            message = f"{vr!r} is no VR"
            raise argparse.ArgumentTypeError(message)
    if place.steps[-1].item is not None:
        message = f"{place} is an item: name an element of it, as in {place}.PatientName=…"
        raise argparse.ArgumentTypeError(message)
    return Assignment(place, vr, value)


def _place(text: str) -> Place:
    try:
        place, rest = parsed(text)
    except ArgumentError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    if rest.startswith(("=", ":")):
        message = f"{text!r} sets an element: put it in front of --delete"
        raise argparse.ArgumentTypeError(message)
    if rest:
        message = f"{rest!r} behind {place} says nothing"
        raise argparse.ArgumentTypeError(message)
    return place


def _syntax(text: str) -> str:
    from radiogram.registry import TransferSyntax

    try:
        return str(TransferSyntax(text).uid)
    except DicomError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def run(arguments: argparse.Namespace) -> int:
    """Read, change, write; a complaint where any of it is refused, and then nothing is written."""
    from radiogram.dataset import read

    if arguments.table is not None:
        return _many(arguments)
    for name in ("key", "report", "threads"):
        if getattr(arguments, name) is not None:
            terminal.complain("edit", f"--{name} goes with --table")
            return 2
    if arguments.dry_run or arguments.resume:
        terminal.complain("edit", "--dry-run and --resume go with --table")
        return 2
    source: str = arguments.file
    if source == "-" and arguments.in_place:
        terminal.complain("-", "the standard input cannot be replaced")
        return 2
    try:
        ds = read(sys.stdin.buffer if source == "-" else source, force=arguments.force)
        for one in arguments.assignments:
            _set(ds, one, validate=arguments.validate)
        for place in arguments.delete:
            _delete(ds, place)
    except (DicomError, OSError, ValueError) as error:
        terminal.complain(source, error, can_force=True)
        return 1
    out = source if arguments.in_place else arguments.output
    target: Any = sys.stdout.buffer if out == "-" else out
    try:
        ds.save_as(target, transfer_syntax=arguments.transfer_syntax, repair=arguments.repair)
    except BrokenPipeError:
        raise
    except (DicomError, OSError) as error:
        # The system refuses the one file, the writer what is in the other.
        terminal.complain(out if isinstance(error, OSError) else source, error)
        return 1
    return 0


def _many(arguments: argparse.Namespace) -> int:
    from radiogram.cli import edit_table

    places: dict[str, Assignment] = {}

    def check(name: str) -> None:
        places[name] = _column(name)

    def change(ds: Dataset, row: Row | None) -> None:
        for name, text in () if row is None else row.cells:
            one = places[name]
            if text is not None:
                _set(ds, Assignment(one.place, one.vr, text), validate=arguments.validate)
            elif _is_there(ds, one.place):
                _delete(ds, one.place)
        for one in arguments.assignments:
            _set(ds, one, validate=arguments.validate)
        for place in arguments.delete:
            _delete(ds, place)

    return edit_table.run(arguments, change, check)


def _column(name: str) -> Assignment:
    """Give what a column of a table is of."""
    try:
        return _assignment(f"{name}=")
    except argparse.ArgumentTypeError as error:
        raise ArgumentError(str(error)) from None


def _is_there(ds: Dataset, place: Place) -> bool:
    try:
        at, tag = holder(ds, place, create=False)
    except (ArgumentError, UnknownTagError):
        return False
    return at.get(tag) is not None


def _set(ds: Dataset, one: Assignment, *, validate: bool) -> None:
    from radiogram.values.infer import vr_of

    try:
        at, tag = holder(ds, one.place, create=True)
        there = at.get(tag)
        creator = one.place.steps[-1].creator or at._creator_of(tag)
        vr = one.vr or (vr_of(tag, creator, one.text) if there is None else there.VR)
        at.add_new(tag, vr, _value(vr, one.text), validate="raise" if validate else "off")
    except UnknownTagError as error:
        if one.vr is None and "no dictionary" in error.message:
            message = f"{one.place}: no dictionary knows it; say its VR, as in {one.place}:LO={one.text[:16]}"
            raise ArgumentError(message) from None
        raise
    except ArgumentError as error:
        raise ArgumentError(_at(one.place, error)) from None
    except InvalidValueError as error:
        raise InvalidValueError(_at(one.place, error)) from None


def _at(place: Place, error: DicomError) -> str:
    return error.message if str(place) in error.message else f"{place}: {error.message}"


def _value(vr: str, text: str) -> object:
    """Make of a text what an element of a VR takes."""
    first = vr.split(" or ")[0]
    if first == "SQ":
        if text:
            message = "the value of a sequence is its items: name an element of one, as in [0].PatientName=…"
            raise ArgumentError(message)
        return []
    if not text:
        return b"" if first in _BLOCKS else None
    if first in _BLOCKS:
        try:
            return bytes.fromhex(text)
        except ValueError:
            message = f"the value of {vr} is bytes, in hexadecimal digits"
            raise InvalidValueError(message) from None
    if first in _UNDIVIDED:
        return text
    words: list[Any] = [_word(first, word) for word in text.split("\\")]
    return words if len(words) > 1 else words[0]


def _word(vr: str, word: str) -> object:
    from radiogram import _core

    try:
        if vr in _WHOLE:
            return int(word, 16 if word.lower().startswith("0x") else 10)
        if vr in _REAL:
            return float(word)
        return _core.tag(word.strip("()").replace(",", "")) if vr == "AT" else word
    except (UnknownTagError, ValueError):
        kind = "whole numbers" if vr in _WHOLE else "numbers" if vr in _REAL else "tags or keywords"
        message = f"the values of {vr} are {kind}"
        raise InvalidValueError(message) from None


def _delete(ds: Dataset, place: Place) -> None:
    last = place.steps[-1]
    at, tag = holder(ds, place, create=False)
    elem = at.get(tag)
    if elem is None:
        message = f"there is no {place} to delete"
        raise UnknownTagError(message)
    if last.item is None:
        del at[tag]
        return
    if elem.VR != "SQ":
        message = f"{place}: {elem.VR} has no items"
        raise ArgumentError(message)
    if not -len(elem.value) <= last.item < len(elem.value):
        message = f"there is no {place} to delete: there are {len(elem.value)} items, counted from 0"
        raise ArgumentError(message)
    del elem.value[last.item]
