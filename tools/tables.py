#!/usr/bin/env python3
"""Make the generated tables from standard/*.tsv: Rust in rust/{core,net}/src/tables, Python in radiogram/_tables.

``tools/tables.py`` writes them; ``tools/tables.py --check`` writes nothing and fails when they differ.

Every string is kept once, in one blob (``text.txt``); a row refers to it by a 32-bit number, offset and
length in one. Look-ups by tag, keyword, UID and creator go through open-addressing hash tables that are laid
out here, so that the library builds nothing at run time.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from network_tables import python_statuses, states, statuses
from rows import MARK, ROOT, Row, array, numbers, read, rust_file, stop
from service_tables import queries, rules, step_states

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

RUST = Path("rust/core/src/tables")
NET = Path("rust/net/src/tables")
PYTHON = Path("python/radiogram/_tables")

# A reference packs a string's offset (21 bits: the blob stays below 2 MiB) and its length in bytes (11 bits).
LENGTH_BITS = 11
OFFSET_LIMIT = 1 << (32 - LENGTH_BITS)

# The multipliers of the two hash functions, which `tables/mod.rs` has too. The first, found by trial, gives
# short probes for the tags of the standard.
TAG_MULTIPLIER = 0x08D6AF57
TEXT_MULTIPLIER = 0x9E3779B97F4A7C15

VRS = (
    *(
        "AE",
        "AS",
        "AT",
        "CS",
        "DA",
        "DS",
        "DT",
        "FD",
        "FL",
        "IS",
        "LO",
        "LT",
        "OB",
        "OD",
        "OF",
        "OL",
        "OV",
        "OW",
    ),
    *("PN", "SH", "SL", "SQ", "SS", "ST", "SV", "TM", "UC", "UI", "UL", "UN", "UR", "US", "UT", "UV"),
)
AMBIGUOUS = {"US or SS": "UsOrSs", "OB or OW": "ObOrOw", "US or OW": "UsOrOw", "US or SS or OW": "UsOrSsOrOw"}


class Blob:
    """The string blob while it is being filled."""

    def __init__(self) -> None:
        self.text = MARK + "\n"
        self._size = len(self.text)
        self._parts = [self.text]
        self._known: dict[str, int] = {"": 0}

    def reference(self, text: str) -> int:
        """Return the number under which ``text`` is found, adding it where it is new."""
        if text not in self._known:
            length = len(text.encode())
            if length >= 1 << LENGTH_BITS or self._size >= OFFSET_LIMIT:
                stop("the string blob is full: widen the reference")
            self._known[text] = self._size << LENGTH_BITS | length
            self._parts.append(text)
            self._size += length
        return self._known[text]

    def finish(self) -> str:
        """Return the whole blob."""
        return "".join(self._parts)


def hash_tag(tag: int) -> int:
    """Hash a tag to 32 bits, the upper ones being the good ones."""
    return tag * TAG_MULTIPLIER & 0xFFFFFFFF


def hash_text(text: str) -> int:
    """Hash a string to 32 bits, eight bytes a step; what is left over is hashed as the last eight bytes."""
    data = text.encode()
    state = len(data)
    for start in range(0, len(data), 8):
        chunk = data[start : start + 8]
        word = int.from_bytes(chunk if len(chunk) == 8 else data[-8:], "little")
        state = (state << 5 | state >> 59) & (1 << 64) - 1
        state = (state ^ word) * TEXT_MULTIPLIER & (1 << 64) - 1
    return state >> 32


def slots(hashes: Iterable[tuple[int, int]], bits: int) -> list[int]:
    """Lay (hash, index) pairs out in a table of 2**bits slots with linear probing; 65535 is an empty slot."""
    table = [0xFFFF] * (1 << bits)
    for value, index in hashes:
        slot = value >> (32 - bits)
        while table[slot] != 0xFFFF:
            slot = (slot + 1) % len(table)
        table[slot] = index
    return table


def rust_vr(vr: str) -> str:
    """Spell a VR of the tables as Rust's ``Option<Vr>``."""
    if not vr:
        return "None"
    if vr in AMBIGUOUS:
        return f"Some(Vr::{AMBIGUOUS[vr]})"
    if vr not in VRS:
        stop(f"unknown VR {vr}")
    return f"Some(Vr::{vr})"


def rust_bool(flag: str) -> str:
    """Spell Y and N in Rust."""
    return {"Y": "true", "N": "false"}[flag]


def vm_table(rows: list[Row]) -> list[str]:
    """Return every VM, sorted."""
    return sorted({row["vm"] for row in rows})


def first_tag(pattern: str, exact: set[int]) -> int:
    """Return a tag, of a repeating group the lowest that is no element of its own and no group length."""
    digits = pattern.count("x")
    if not digits:
        return int(pattern, 16)
    for value in range(16**digits):
        fill = iter(f"{value:0{digits}X}")
        tag = int("".join(next(fill) if char == "x" else char for char in pattern), 16)
        if tag not in exact and tag & 0xFFFF:
            return tag
    stop(f"every tag of {pattern} is an element of its own")


def elements(blob: Blob) -> str:
    """Make the data elements of the standard."""
    rows = read("elements")
    exact = {int(row["tag"], 16) for row in rows if "x" not in row["tag"]}
    tagged = sorted(((first_tag(row["tag"], exact), row) for row in rows), key=lambda pair: pair[0])
    vms = vm_table(rows)
    lines, masks, by_tag, by_keyword = [], [], [], []
    for index, (tag, row) in enumerate(tagged):
        keyword, name = blob.reference(row["keyword"]), blob.reference(row["name"])
        vm, retired = vms.index(row["vm"]), rust_bool(row["retired"])
        lines.append(f"element(0x{tag:08X}, {keyword}, {name}, {rust_vr(row['vr'])}, {vm}, {retired})")
        if "x" in row["tag"]:
            mask = int("".join("0" if char == "x" else "F" for char in row["tag"]), 16)
            masks.append(f"(0x{mask:08X}, 0x{int(row['tag'].replace('x', '0'), 16):08X}, {index})")
        else:
            by_tag.append((hash_tag(tag), index))
        if row["keyword"]:
            by_keyword.append((hash_text(row["keyword"]), index))
    if len({tag for tag, _ in tagged}) != len(rows):
        stop("standard/elements.tsv: a tag comes twice")
    return rust_file(
        "use super::{Element, element};\nuse crate::Vr;",
        array("The value multiplicities.", "VMS", "&str", [f'"{vm}"' for vm in vms]),
        array("The data elements by ascending tag.", "ELEMENTS", "Element", lines),
        array(
            "The repeating groups: bits that count, what they are, element.",
            "MASKS",
            "(u32, u32, u16)",
            masks,
        ),
        numbers("Where the element with a hashed tag is.", "TAG_SLOTS", "u16", slots(by_tag, 14)),
        numbers("Where the element with a hashed keyword is.", "KEYWORD_SLOTS", "u16", slots(by_keyword, 14)),
    )


# The ways a private tag is spelled, in the order of `tables::Form`.
FORMS = ["Fixed", "Block", "Groups", "Creator"]


def private_form(tag: str) -> int:
    """Tell which way a private tag is spelled."""
    shapes = {"00": 0, "xx": 1}
    if tag[2:6] == "xxxx":
        return 2
    return 3 if tag[6:] == "xx" else shapes.get(tag[4:6], 0)


def private(blob: Blob) -> str:
    """Make the private data elements, creator by creator."""
    rows = read("private_dictionary")
    vms = vm_table(rows)
    creators: dict[str, list[tuple[int, int, Row]]] = {}
    for row in rows:
        tag = int(row["tag"].replace("x", "0"), 16)
        creators.setdefault(row["creator"], []).append((private_form(row["tag"]), tag, row))
    lines: list[str] = []
    heads, hashes = [], []
    for index, (creator, entries) in enumerate(sorted(creators.items())):
        heads.append(f"creator({blob.reference(creator)}, {len(lines)}, {len(entries)})")
        hashes.append((hash_text(creator), index))
        for form, tag, row in sorted(entries, key=lambda entry: entry[:2]):
            vm = vms.index(row["vm"])
            name = blob.reference(row["name"])
            lines.append(f"private(0x{tag:08X}, {name}, Form::{FORMS[form]}, {rust_vr(row['vr'])}, {vm})")
    return rust_file(
        "use super::{Creator, Form, Private, creator, private};\nuse crate::Vr;",
        array("The value multiplicities.", "VMS", "&str", [f'"{vm}"' for vm in vms]),
        array("The private creators, sorted: name, first row, number of rows.", "CREATORS", "Creator", heads),
        numbers("Where the creator with a hashed name is.", "CREATOR_SLOTS", "u16", slots(hashes, 11)),
        array("The private elements by creator, form and tag.", "PRIVATES", "Private", lines),
    )


def uids(blob: Blob) -> str:
    """Make the unique identifiers and what is known of the SOP classes among them."""
    rows = read("uids")
    classes = {row["uid"]: row for row in read("sop_classes")}
    kinds = sorted({row["type"] for row in rows})
    lines, by_uid, by_keyword, sop_classes = [], [], [], []
    for index, row in enumerate(rows):
        texts = ", ".join(str(blob.reference(row[column])) for column in ("uid", "name", "keyword", "info"))
        lines.append(f"uid({texts}, {kinds.index(row['type'])}, {rust_bool(row['retired'])})")
        by_uid.append((hash_text(row["uid"]), index))
        if row["keyword"]:
            by_keyword.append((hash_text(row["keyword"]), index))
        sop_class = classes.pop(row["uid"], None)
        if sop_class is not None:
            if sop_class["keyword"] != row["keyword"]:
                stop(f"{row['uid']} has another keyword in sop_classes.tsv than in uids.tsv")
            iod, record = blob.reference(sop_class["iod"]), blob.reference(sop_class["directory_record"])
            sop_classes.append(f"({index}, {iod}, {record})")
    if classes:
        stop(f"SOP classes that uids.tsv does not have: {sorted(classes)}")
    return rust_file(
        "use super::{Uid, uid};",
        array("The kinds of UID.", "KINDS", "&str", [f'"{kind}"' for kind in kinds]),
        array("The UIDs in the order of PS3.6.", "UIDS", "Uid", lines),
        numbers("Where the hashed UID is.", "UID_SLOTS", "u16", slots(by_uid, 12)),
        numbers("Where the UID with a hashed keyword is.", "UID_KEYWORD_SLOTS", "u16", slots(by_keyword, 12)),
        array(
            "SOP classes: row of the UID, IOD, directory record.",
            "SOP_CLASSES",
            "(u16, u32, u32)",
            sop_classes,
        ),
    )


LOSS = {"": "None", "lossless": "Some(Loss::Lossless)", "near-lossless": "Some(Loss::Near)"}
LOSS |= {"lossy": "Some(Loss::Lossy)", "either": "Some(Loss::Either)"}


def syntaxes() -> str:
    """Make the transfer syntaxes."""
    lines = []
    for row in sorted(read("transfer_syntaxes"), key=lambda row: row["uid"].encode()):
        flags = {
            "retired": rust_bool(row["retired"]),
            "implicit": rust_bool({"implicit": "Y", "explicit": "N"}[row["vr"]]),
            "big_endian": rust_bool({"BE": "Y", "LE": "N"}[row["byte_order"]]),
            "big_endian_pixels": rust_bool({"BE": "Y", "LE": "N"}[row["byte_order"]]),
            "deflated": rust_bool(row["deflated"]),
            "encapsulated": rust_bool(row["encapsulated"]),
            "fragmentable": rust_bool(row["fragmentable"]),
            "loss": LOSS[row["loss"]],
        }
        texts = {key: f'"{row[key]}"' for key in ("uid", "keyword", "name", "codec")}
        body = "".join(f"        {key}: {value},\n" for key, value in (texts | flags).items())
        lines.append(f"Syntax {{\n{body}    }}")
    table = array("The transfer syntaxes by UID.", "SYNTAXES", "Syntax", lines)
    return rust_file("use crate::syntax::{Loss, Syntax};", table)


STORAGE = {"str": "Text", "u8": "Bytes", "u16x2": "Tags", "items": "Items"}
STORAGE |= {f"u{bits}": f"Unsigned({bits // 8})" for bits in (16, 32, 64)}
STORAGE |= {f"i{bits}": f"Signed({bits // 8})" for bits in (16, 32, 64)}
STORAGE |= {f"f{bits}": f"Float({bits // 8})" for bits in (32, 64)}
UNITS = {"bytes": "Bytes", "fixed bytes": "FixedBytes", "chars": "Characters"}
UNITS |= {"chars per component group": "GroupCharacters"}


def vr() -> str:
    """Make the facts of the value representations."""
    rows = {row["vr"]: row for row in read("vr")}
    if tuple(rows) != VRS:
        stop("standard/vr.tsv: the VRs are not those of rust/core/src/vr.rs")
    lines = []
    for letters in [*VRS, *AMBIGUOUS]:
        # An ambiguous VR is stored as the choice that is right without more knowledge: US, OB, else OW.
        choices = letters.split(" or ")
        row = rows[choices[0] if letters in ("US or SS", "OB or OW") else choices[-1]]
        limit = f"Some(({row['max_length']}, Unit::{UNITS[row['unit']]}))" if row["max_length"] else "None"
        facts = {
            "letters": f'"{letters}"',
            "name": '"' + " or ".join(rows[choice]["name"] for choice in choices) + '"',
            "storage": f"Storage::{STORAGE[row['storage']]}",
            "max_length": limit,
            "pad": {"space": "b' '", "null": "0"}[row["pad"]],
            "long_length": rust_bool({"2": "N", "4": "Y"}[row["length_bytes"]]),
            "multi_valued": rust_bool(row["multi_valued"]),
            "charset": rust_bool(row["charset"]),
        }
        lines.append("Facts { " + ", ".join(f"{key}: {value}" for key, value in facts.items()) + " }")
    table = array("The VRs in the order of `Vr`.", "FACTS", "Facts", lines)
    return rust_file("use crate::vr::{Facts, Storage, Unit};", table)


# What a value of each VR is in Python. OB and the like are bytes however wide their words are.
PYTHON_TYPES = {"AT": "int", "DS": "DSfloat", "FD": "float", "FL": "float", "IS": "IS", "PN": "_PersonName"}
PYTHON_TYPES |= {"SQ": "Sequence", "UI": "_UID", "US or SS": "int", "OB or OW": "bytes"}
PYTHON_TYPES |= {"US or OW": "int | bytes", "US or SS or OW": "int | bytes"}
PYTHON_TYPES |= dict.fromkeys(("SL", "SS", "SV", "UL", "US", "UV"), "int")
PYTHON_TYPES |= dict.fromkeys(("OB", "OD", "OF", "OL", "OV", "OW", "UN"), "bytes")
PYTHON_IMPORTS = """if TYPE_CHECKING:
    # PersonName and UID are keywords as well.
    from typing import Any, Generic, TypeVar

    from radiogram.dataset.sequence import Sequence
    from radiogram.uid import UID as _UID
    from radiogram.values import IS, DSfloat, MultiValue
    from radiogram.values import PersonName as _PersonName

    T = TypeVar("T")

    class _Of(Generic[T]):
        # Gives a value of one type, and takes whatever makes one.

        def __get__(self, instance: object, owner: object = None) -> T: ...
        def __set__(self, instance: object, value: Any) -> None: ...  # noqa: ANN401
        def __delete__(self, instance: object) -> None: ...
"""


def python_type(vr: str, vm: str) -> str:
    """Spell the type of an attribute: one value, a list of them, or either where the VM allows both."""
    single = PYTHON_TYPES.get(vr, "str")
    if single in ("bytes", "Sequence") or vm == "1":
        return single
    scalar, _, rest = single.partition(" | ")
    many = f"MultiValue[{scalar}]"
    if not vm.startswith("1"):
        many = many if not rest else f"{many} | {rest}"
        return many
    return " | ".join(part for part in (scalar, many, rest) if part)


def attributes() -> dict[Path, str]:
    """Make the class that tells type checkers the type of every keyword, and the empty one that runs."""
    lines = [
        f"    {row['keyword']}: _Of[{python_type(row['vr'], row['vm'])}]"
        # The one keyword that linters of names refuse.
        + ("  # noqa: N815" if row["keyword"] == "dBdt" else "")
        for row in sorted(read("elements"), key=lambda row: row["keyword"])
        if row["keyword"] and row["vr"]
    ]
    head = f"# {MARK}\n"
    note = (
        "from __future__ import annotations\n\n"
        "# `typing` costs more to import than the package.\nTYPE_CHECKING = False\n"
    )
    keywords = (
        f'{head}"""The type of every keyword, for type checkers: nothing runs this."""\n\n{note}'
        f"{PYTHON_IMPORTS}\n\n"
        'class Attributes:\n    """The data elements of PS3.6 as attributes."""\n\n' + "\n".join(lines) + "\n"
    )
    empty = (
        f'{head}"""The attributes of a data set: typed for type checkers, empty at run time."""\n\n{note}'
        "if TYPE_CHECKING:\n    from radiogram._tables.keywords import Attributes as Attributes\nelse:\n\n"
        '    class Attributes:\n        """The elements of PS3.6, looked up when they are asked for."""\n\n'
        "        __slots__ = ()\n"
    )
    package = f'{head}"""Tables that are generated from those in standard."""\n'
    return {
        PYTHON / "__init__.py": package,
        PYTHON / "attributes.py": empty,
        PYTHON / "keywords.py": keywords,
    }


def vr_facts() -> str:
    """Make what Python asks of the value representations."""
    lines = []
    for row in read("vr"):
        longest = int(row["max_length"]) if row["max_length"] else None
        flags = tuple(row[column] == "Y" for column in ("multi_valued", "charset"))
        facts = ", ".join(map(repr, (row["storage"], longest, row["unit"], *flags))).replace("'", '"')
        lines.append(f'    "{row["vr"]}": ({facts}),\n')
    return (
        f"# {MARK}\n"
        '"""The value representations (PS3.5 table 6.2-1)."""\n\nfrom __future__ import annotations\n\n'
        "FACTS: dict[str, tuple[str, int | None, str, bool, bool]] = {\n" + "".join(lines) + "}\n"
        '"""What holds a value, its greatest length and what that counts, whether a backslash divides values,\n'
        'whether the character set governs the text."""\n'
    )


def modules() -> str:
    """Make the attributes of the modules that instances of a study have in common."""
    known = {row["keyword"] for row in read("elements")}
    found: dict[tuple[str, str], list[str]] = {}
    for row in read("modules"):
        if row["keyword"] not in known:
            stop(f"standard/modules.tsv: {row['keyword']} is not in elements.tsv")
        attribute = f'        ("{row["keyword"]}", "{row["type"]}"),\n'
        found.setdefault((row["module"], row["section"]), []).append(attribute)
    lines = [
        f'    "{name}": (  # {section}\n{"".join(rows)}    ),\n' for (name, section), rows in found.items()
    ]
    return (
        f"# {MARK}\n"
        '"""Attributes of modules and their types (PS3.3)."""\n\nfrom __future__ import annotations\n\n'
        "MODULES: dict[str, tuple[tuple[str, str], ...]] = {\n" + "".join(lines) + "}\n"
    )


def generate() -> dict[Path, str]:
    """Make every generated file."""
    blob = Blob()
    # In this order: the offsets in the blob depend on it.
    steps: dict[str, Callable[[Blob], str]] = {"elements": elements, "private": private, "uids": uids}
    files = {RUST / f"{name}.rs": step(blob) for name, step in steps.items()}
    files[RUST / "syntaxes.rs"] = syntaxes()
    files[RUST / "vr.rs"] = vr()
    files[NET / "states.rs"] = states()
    files[NET / "statuses.rs"] = statuses()
    files[RUST / "text.txt"] = blob.finish()
    files[PYTHON / "vr.py"] = vr_facts()
    files[PYTHON / "statuses.py"] = python_statuses()
    files[PYTHON / "modules.py"] = modules()
    files[PYTHON / "queries.py"] = queries()
    files[PYTHON / "rules.py"] = rules()
    files[PYTHON / "steps.py"] = step_states()
    return files | attributes()


def main() -> int:
    """Write the files, or compare them."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--check", action="store_true", help="write nothing, fail when a file differs")
    check = parser.parse_args().check
    stale = []
    for path, text in generate().items():
        target = ROOT / path
        if target.exists() and target.read_bytes() == text.encode():
            continue
        stale.append(path)
        if not check:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text.encode())
    for path in stale:
        sys.stdout.write(f"{'differs' if check else 'written'}: {path}\n")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
