"""Two data sets as flat tables of elements, in words that can be compared: one reader's against another's."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any, Literal

import pydicom
from pydicom._private_dict import private_dictionaries
from pydicom.datadict import add_private_dict_entry
from pydicom.multival import MultiValue
from pydicom.valuerep import PersonName

PYDICOM_CREATORS = frozenset(private_dictionaries)

Path = tuple[str | int, ...]
"""From the root: tag, item number, tag, item number, tag. File meta information begins with ``meta``."""


@dataclass(frozen=True, slots=True)
class Items:
    """A sequence stands for its number of items; what is in them has rows of its own."""

    count: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A value that the reader does not give."""

    error: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What one reader says of one element."""

    vr: str
    value: object


@dataclass(frozen=True, slots=True)
class Difference:
    """One element on which two readers do not agree; a side is `None` where it has no such element."""

    file: str
    path: Path
    kind: Literal["missing", "extra", "vr", "value"]
    theirs: Seen | None
    ours: Seen | None
    transfer_syntax: str = ""
    sop_class: str = ""

    @property
    def tag(self) -> int:
        """The tag of the element itself."""
        return int(self.path[-1])

    @property
    def vr(self) -> str:
        """The VR under which the difference is counted: the peer's, where it has one."""
        seen = self.theirs or self.ours
        return seen.vr if seen else ""

    def __str__(self) -> str:
        """Say where and what, shortened."""
        steps = (f"{step:08X}" if isinstance(step, int) and place % 2 == 0 else str(step)
                 for place, step in enumerate(p for p in self.path if p != "meta"))  # fmt: skip
        return f"{self.file}: {'.'.join(steps)} {self.kind}: {_short(self.theirs)} != {_short(self.ours)}"


def _short(seen: Seen | None) -> str:
    if seen is None:
        return "nothing"
    text = repr(seen.value)
    return f"{seen.vr} {text if len(text) < 90 else text[:87] + '...'}"


def plain(value: Any) -> object:
    """Turn a value of either library into one of Python's own kinds."""
    if value is None or isinstance(value, str):
        return None if value is None else str(value)
    if isinstance(value, PersonName) or type(value).__name__ == "PersonName":
        return str(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, int):
        return int(value)
    if (
        isinstance(value, MultiValue | list | tuple)
        or hasattr(value, "tolist")
        or isinstance(value, Iterable)
    ):
        return tuple(plain(one) for one in value)
    if hasattr(value, "__float__"):
        return float(value)
    message = f"no comparison for a {type(value).__name__}"
    raise TypeError(message)


def same(one: object, other: object) -> bool:
    """Compare two plain values: NaN equals NaN, and 1 is not 1.0."""
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return one == other or (math.isnan(one) and math.isnan(other))
    return type(one) is type(other) and one == other


def _tags(dataset: Any) -> Iterator[int]:
    for tag in list(dataset.keys()):
        yield int(tag)


def elements(dataset: Any, refusals: tuple[type[Exception], ...]) -> dict[Path, Seen]:
    """Flatten a data set of either library, file meta information first, without recursion.

    Parameters
    ----------
    dataset
        What ``dcmread`` gave. Both libraries have ``keys``, ``[tag]``, ``VR`` and ``value``.
    refusals
        The exceptions by which the library says that it cannot give a value; any other one is raised.
    """
    found: dict[Path, Seen] = {}
    meta = getattr(dataset, "file_meta", None)
    waiting: list[tuple[Path, Any]] = [((), dataset)]
    if meta is not None:
        waiting.append((("meta",), meta))
    while waiting:
        prefix, node = waiting.pop()
        for tag in _tags(node):
            path = (*prefix, tag)
            try:
                element = node[tag]
                vr = str(element.VR)
                value = element.value
                if vr == "SQ":
                    items = list(value or ())
                    found[path] = Seen(vr, Items(len(items)))
                    waiting.extend(((*path, number), item) for number, item in enumerate(items))
                else:
                    found[path] = Seen(vr, plain(value))
            except refusals as error:
                found[path] = Seen("", Refused(type(error).__name__))
    return found


def pydicom_elements(path: object) -> dict[Path, Seen]:
    """Flatten what pydicom reads; its warnings are its own business."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return elements(pydicom.dcmread(path, force=True), (Exception,))


def teach_pydicom() -> None:
    """Give pydicom the private elements that only our table has: readers are compared, not tables."""
    table = FilePath(__file__).parents[2] / "standard" / "private_dictionary.tsv"
    for line in table.read_text(encoding="utf-8").splitlines()[2:]:
        creator, mask, vr, vm, name = line.split("\t")
        tag = mask.replace("xx", "10")
        if "x" in tag or " " in vr or (creator in PYDICOM_CREATORS and mask in private_dictionaries[creator]):
            continue
        add_private_dict_entry(creator, int(tag, 16), vr, name, vm)


def differences(theirs: dict[Path, Seen], ours: dict[Path, Seen], file: str = "") -> Iterator[Difference]:
    """Yield each element that is not the same on both sides. What the peer refuses is no yardstick.

    A stray item, which the peer takes for an element that it cannot read, is none for the elements in it.
    """
    refused = {path for path, seen in theirs.items() if isinstance(seen.value, Refused)}
    swallowed = {path[:-1] for path in refused if int(path[-1]) >> 16 == 0xFFFE}
    for path, seen in theirs.items():
        if path in refused:
            continue
        mine = ours.get(path)
        if mine is None:
            yield Difference(file, path, "missing", seen, None)
        elif mine.vr != seen.vr:
            yield Difference(file, path, "vr", seen, mine)
        elif not same(seen.value, mine.value):
            yield Difference(file, path, "value", seen, mine)
    for path, mine in ours.items():
        if path[:-1] in swallowed:
            continue
        if path not in theirs and not any(path[:length] in refused for length in range(1, len(path))):
            yield Difference(file, path, "extra", None, mine)
