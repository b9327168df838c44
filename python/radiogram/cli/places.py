"""Places in a dataset as a command line names them: keywords, tags, private elements, items of sequences.

``PatientName``, ``00100010`` and ``(0010,0010)`` are one element, ``BeamSequence[0].BeamName`` is in the first item of a
sequence, and ``(0029,01)[ACME]`` is element 01 of the block of a private creator.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from radiogram import _core
from radiogram.errors import ArgumentError, UnknownTagError

if TYPE_CHECKING:
    from radiogram.dataset import Dataset

__all__ = ["Place", "Step", "holder", "parsed"]

_STEP = re.compile(
    r"""(?: \((?P<block>[0-9A-Fa-f]{4}),(?P<offset>[0-9A-Fa-f]{2})\) \[(?P<creator>[^\]]+)\]
          | \((?P<group>[0-9A-Fa-f]{4}),(?P<element>[0-9A-Fa-f]{4})\)
          | (?P<number>[0-9A-Fa-f]{8})(?![0-9A-Za-z])
          | (?P<keyword>[A-Za-z][0-9A-Za-z]*)
        ) (?: \[(?P<item>-?[0-9]+)\])?""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Step:
    """An element, and which item of it: of a private block where there is a creator, else by its tag."""

    tag: int
    """The tag; of a private element of a block, group and offset, and the rest is not known before the dataset is."""
    creator: str | None
    item: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Place:
    """The way to an element or item, from the dataset inwards."""

    steps: tuple[Step, ...]

    def __str__(self) -> str:
        """Give it as it was written."""
        return ".".join(step.text for step in self.steps)


def parsed(text: str) -> tuple[Place, str]:
    """Take a place from the front of a text; give it and what is behind it.

    Raises
    ------
    ArgumentError
        It begins with none, or with a keyword that is none.

    Examples
    --------
    >>> from radiogram.cli.places import parsed
    >>> place, rest = parsed("BeamSequence[0].BeamName=A.B")
    >>> str(place), place.steps[0].item, rest
    ('BeamSequence[0].BeamName', 0, '=A.B')
    """
    steps: list[Step] = []
    at = 0
    while True:
        match = _STEP.match(text, at)
        if match is None:
            message = f"{text!r} names no element: PatientName, 00100010, (0010,0010), BeamSequence[0].BeamName, (0029,01)[ACME]"
            raise ArgumentError(message)
        steps.append(_step(match))
        at = match.end()
        if text[at : at + 1] != ".":
            return Place(tuple(steps)), text[at:]
        at += 1


def _step(match: re.Match[str]) -> Step:
    item = None if match["item"] is None else int(match["item"])
    if match["creator"] is not None:
        group = int(match["block"], 16)
        if not group & 1:
            message = f"{match.group()}: a private element is in a group with an odd number"
            raise ArgumentError(message)
        return Step(group << 16 | int(match["offset"], 16), match["creator"], item, match.group())
    if match["keyword"] is None:
        digits = match["number"] or match["group"] + match["element"]
        return Step(int(digits, 16), None, item, match.group())
    tag = _core.dictionary_tag(match["keyword"])
    if tag is None:
        near = ", ".join(_core.dictionary_nearest(match["keyword"], 3))
        message = f"no such keyword as {match['keyword']}" + (f"; did you mean {near}?" if near else "")
        raise ArgumentError(message)
    return Step(tag, None, item, match.group())


def holder(ds: Dataset, place: Place, *, create: bool) -> tuple[Dataset, int]:
    """Give the dataset that has the last step of a place, or would have it, and the tag there.

    With `create`, sequences and private blocks on the way are made where there are none; an item is added at the end of
    those that are there.

    Raises
    ------
    ArgumentError
        A step on the way is no sequence, says no item, or one that is not there.
    UnknownTagError
        There is no such sequence or private block.
    """
    at = ds.file_meta if place.steps[0].tag >> 16 == 2 else ds
    for step in place.steps[:-1]:
        at = _item(at, step, create=create)
    return at, _tag(at, place.steps[-1], create=create)


def _tag(ds: Dataset, step: Step, *, create: bool) -> int:
    if step.creator is None:
        return step.tag
    return int(ds.private_block(step.tag >> 16, step.creator, create=create).get_tag(step.tag & 0xFF))


def _item(ds: Dataset, step: Step, *, create: bool) -> Dataset:
    from radiogram.dataset import Dataset

    tag = _tag(ds, step, create=create)
    if step.item is None:
        message = f"{step.text} is on the way: say which item of it, as in {step.text}[0]"
        raise ArgumentError(message)
    elem = ds.get(tag)
    if elem is None:
        if not create:
            message = f"there is no {step.text}"
            raise UnknownTagError(message)
        ds.add_new(tag, "SQ", [])
        elem = ds[tag]
    if elem.VR != "SQ":
        message = f"{step.text} is no sequence but {elem.VR}"
        raise ArgumentError(message)
    items = elem.value
    if create and step.item == len(items):
        items.append(Dataset())
    if not -len(items) <= step.item < len(items):
        message = f"{step.text}: there are {len(items)} items, counted from 0"
        raise ArgumentError(message)
    made: Dataset = items[step.item]
    return made
