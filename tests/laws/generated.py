"""Data sets of every kind by hypothesis: all VRs, character sets, nested, private, with nothing in them."""

from __future__ import annotations

import csv
import struct
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import radiogram as rg
from pydicom import datadict

STANDARD = Path(__file__).parents[2] / "standard"
CREATOR = "RADIOGRAM LAWS"
PRIVATE = 0x000B1000
SEQUENCES = (0x00081140, 0x0040A730, 0x300A00B0)
SEVERAL = 3
"""How many values an element has at the most."""

JIS_X_0208, JIS_X_0212 = "ISO 2022 IR 87", "ISO 2022 IR 159"


def _rows(name: str) -> list[dict[str, str]]:
    lines = (STANDARD / name).read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(lines[1:], delimiter="\t"))


VRS = {row["vr"]: row for row in _rows("vr.tsv")}
SETS = {row["defined_term"]: row for row in _rows("character_sets.tsv")}


@cache
def repertoire(term: str) -> str:
    """List the letters that a character set has beyond those of ASCII, by Python's codec for it."""
    codec = SETS[term]["codec"]
    upper = [bytes([byte]) for byte in range(0xA1, 0x100)]
    pairs = [bytes([one, other]) for one in range(0xA1, 0xFF) for other in range(0xA1, 0xFF)]
    if term in {"ISO_IR 13", "ISO 2022 IR 13"}:
        encoded = upper
    elif term == JIS_X_0208:
        codec, encoded = "euc_jp", pairs
    elif term == JIS_X_0212:
        codec, encoded = "euc_jp", [b"\x8f" + pair for pair in pairs]
    elif SETS[term]["kind"].startswith("multi-byte no"):
        return "äéüßŁΩЖאبกあア山東洪홍길동" if codec == "utf-8" else "山東王小东ΩЖあア"
    else:
        encoded = pairs if SETS[term]["n_chars"] == "94x94" else upper
    letters = []
    for one in encoded:
        try:
            text = one.decode(codec) if codec else ""
        except UnicodeDecodeError:
            continue
        # Letters alone: which code an odd sign has is not the same for all who made tables of them.
        letters += [text] if len(text) == 1 and unicodedata.category(text)[0] == "L" else []
    return "".join(letters)


CHARACTER_SETS: tuple[tuple[str, ...], ...] = (
    (),
    *[(term,) for term, row in SETS.items() if row["kind"] == "single" and term != "none"],
    *[(term,) for term, row in SETS.items() if row["kind"] == "multi-byte no code-ext"],
    *[("", term) for term, row in SETS.items() if "code-ext" in row["kind"] and "no code" not in row["kind"]],
    ("ISO 2022 IR 13", JIS_X_0208),
    ("ISO 2022 IR 13", JIS_X_0208, JIS_X_0212),
    ("ISO 2022 IR 100", "ISO 2022 IR 144", "ISO 2022 IR 126"),
    ("ISO 2022 IR 100", "ISO 2022 IR 149"),
    ("", JIS_X_0208, "ISO 2022 IR 149", "ISO 2022 IR 58"),
    ("ISO 2022 IR 6", JIS_X_0208),
)
"""Values of Specific Character Set: each defined term alone or behind the default, and some together."""


@dataclass(frozen=True)
class Made:
    """An element that a data set is made of: its tag, VR and value; of a sequence the items."""

    tag: int
    vr: str
    value: Any


def _texts(vr: str, letters: str) -> st.SearchStrategy[Any]:
    words = st.text(letters + "AZaz019", min_size=1, max_size=6)
    fixed: dict[str, st.SearchStrategy[str]] = {
        "AE": st.sampled_from(("STORE_SCP", "A B")),
        "AS": st.sampled_from(("018M", "120D", "000Y")),
        "CS": st.text("ABZ09_", min_size=1, max_size=16),
        "DA": st.dates().map(lambda day: f"{day.year:04}{day:%m%d}"),
        "TM": st.times().map(lambda time: f"{time:%H%M%S.%f}"),
        "DT": st.datetimes().map(lambda one: f"{one.year:04}{one:%m%d%H%M%S.%f}+0100"),
        "UI": st.lists(st.integers(1, 2**40), min_size=2, max_size=4).map(
            lambda parts: "1." + ".".join(map(str, parts))
        ),
        "DS": st.one_of(
            st.decimals(-999, 999, allow_nan=False, places=4).map(str),
            st.sampled_from(("1e5", "-0.0", "+1.50", "1.7976931348e308", "0")),
        ),
        "IS": st.integers(-(2**31), 2**31 - 1).map(str),
        "UR": st.sampled_from(("https://example.org/a?b=c", "urn:x")),
        "LT": st.lists(words, min_size=1, max_size=3).map("\r\n".join),
        "PN": st.one_of(
            st.lists(words, min_size=1, max_size=3).map("^".join),
            st.lists(words, min_size=3, max_size=3).map("=".join),
        ),
    }
    fixed["ST"] = fixed["UT"] = fixed["LT"]
    return fixed.get(vr, words)


NUMBERS: dict[str, st.SearchStrategy[Any]] = {
    "US": st.integers(0, 2**16 - 1),
    "SS": st.integers(-(2**15), 2**15 - 1),
    "UL": st.integers(0, 2**32 - 1),
    "SL": st.integers(-(2**31), 2**31 - 1),
    "UV": st.integers(0, 2**64 - 1),
    "SV": st.integers(-(2**63), 2**63 - 1),
    "FL": st.floats(width=32),
    "FD": st.floats(),
    "AT": st.integers(0, 2**32 - 1),
}
"""What each VR of numbers holds, to its ends; NaN and infinity too."""
UNITS = {"OB": 2, "UN": 2, "OW": 2, "OL": 4, "OF": 4, "OD": 8, "OV": 8}


def values(vr: str, letters: str) -> st.SearchStrategy[Any]:
    """Give values of a VR: none, one, several where it may have them."""
    if vr in UNITS:
        unit = UNITS[vr]
        return st.integers(0, 3).flatmap(lambda n: st.binary(min_size=n * unit, max_size=n * unit))
    one = NUMBERS[vr] if vr in NUMBERS else _texts(vr, letters)
    if VRS[vr]["multi_valued"] == "Y":
        return st.one_of(st.none(), one, st.lists(one, min_size=2, max_size=SEVERAL))
    return st.one_of(st.none(), one)


@cache
def tags_of(vr: str) -> tuple[int, ...]:
    """List elements of the standard that have a VR; none that says how others are read."""
    governs = {0x00080001, 0x00080005}
    return tuple(
        tag
        for row in _rows("elements.tsv")
        if row["vr"] == vr and "x" not in row["tag"]
        for tag in [int(row["tag"], 16)]
        # Those that pydicom's older edition knows, too.
        if datadict.dictionary_has_tag(tag) and datadict.dictionary_VR(tag) == vr
        if tag >> 16 not in {0, 2, 4, 0x28, 0x5400, 0x7FE0, 0xFFFE, 0xFFFC} and tag & 0xFFFF
        if tag not in governs
    )[:40]


@st.composite
def elements(draw: st.DrawFn, letters: str, deeper: int, private: bool) -> list[Made]:
    """Give the elements of one data set."""
    plain = sorted(set(VRS) - {"SQ"})
    made: dict[int, Made] = {}
    for vr in draw(st.lists(st.sampled_from(plain), max_size=6)):
        choices = tags_of(vr)
        if choices and draw(st.integers(0, 3)):
            tag = draw(st.sampled_from(choices))
        elif private:
            tag = PRIVATE + draw(st.integers(0, 0xFF))
            made[0x000B0010] = Made(0x000B0010, "LO", CREATOR)
        else:
            continue
        made[tag] = Made(tag, vr, draw(values(vr, letters)))
    if deeper:
        tag = draw(st.sampled_from(SEQUENCES))
        inner = draw(st.lists(elements(letters, deeper - 1, private), min_size=1, max_size=2))
        made[tag] = Made(tag, "SQ", inner)
    elif draw(st.booleans()):
        made[SEQUENCES[0]] = Made(SEQUENCES[0], "SQ", [])
    return [made[tag] for tag in sorted(made)]


def dataset(made: list[Made], charset: tuple[str, ...] = ()) -> rg.Dataset:
    """Build it, without recursion."""
    top = rg.Dataset()
    if charset:
        top.SpecificCharacterSet = list(charset) if len(charset) > 1 else charset[0]
    waiting = [(top, made)]
    while waiting:
        ds, parts = waiting.pop()
        for part in parts:
            value = part.value
            if part.vr == "SQ":
                items = [rg.Dataset() for _ in value]
                waiting += zip(items, value, strict=True)
                value = items
            ds.add_new(part.tag, part.vr, value)
    return top


def swapped(vr: str, value: bytes) -> bytes:
    """Turn the numbers of a block round."""
    unit = UNITS[vr] if vr not in {"OB", "UN"} else 1
    words = struct.iter_unpack(f"{unit}s", value)
    return b"".join(one[::-1] for (one,) in words)
