"""What other programs read in a file, in our words: DCMTK's dcmdump, GDCM; and what dciodvfy says of it."""

from __future__ import annotations

import math
import re
import shutil
import struct
import subprocess
import sys
import zlib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import radiogram as rg

Place = tuple[int, ...]
"""From the root: tag, item number, tag."""

NUMBERS = {"US": 2, "SS": 2, "UL": 4, "SL": 4, "UV": 8, "SV": 8, "FL": 4, "FD": 8, "AT": 2}
BLOCKS = {"OB": 1, "OW": 2, "OL": 4, "OF": 4, "OD": 8, "OV": 8, "UN": 1}
DUMPED = re.compile(r"( *)\(([0-9a-f]{4}),([0-9a-f]{4})\) (\w\w|\?\?) (.*?) +# +(?:\d+|u/l|-), *\d+ .+")
ITEM = 0xFFFEE000
DEFLATED = b"UI\x16\x001.2.840.10008.1.2.1.99"


def program(name: str) -> str | None:
    """Find a program: beside the interpreter, where its package puts it, or on the path."""
    beside = Path(sys.executable).with_name(name)
    return str(beside) if beside.exists() else shutil.which(name)


def said_by_dciodvfy(program: str, file: Path) -> Counter[str]:
    """Count the errors that it finds, without what depends on the place in the file. It knows nothing of deflating."""
    content = file.read_bytes()
    if DEFLATED in content[:400]:
        file = file.with_suffix(".inflated")
        file.write_bytes(inflated(content))
    done = subprocess.run([program, "-new", str(file)], capture_output=True, check=False)
    text = (done.stdout + done.stderr).decode("utf-8", "replace")
    errors = [line for line in text.splitlines() if line.startswith("Error")]
    return Counter(re.sub(r"0x[0-9a-f]+|= <.*>", "", line) for line in errors)


def inflated(content: bytes) -> bytes:
    """Give a deflated file as one in Explicit VR Little Endian (PS3.5 A.5)."""
    length = int.from_bytes(content[140:144], "little")
    meta, packed = content[144 : 144 + length], content[144 + length :]
    meta = meta.replace(DEFLATED, b"UI\x14\x001.2.840.10008.1.2.1\0")
    return content[:140] + struct.pack("<I", len(meta)) + meta + zlib.decompress(packed, -15)


def read_by_dcmdump(program: str, file: Path) -> dict[Place, tuple[str, str]]:
    """Give VR and text of each element; of long values and blocks no text.

    Its library may lack a character set: there the bytes are shown as they are, and those beyond ASCII are lost here.
    """
    command = [program, "-q", "+L", "-M", "-Un", str(file)]
    done = subprocess.run([*command, "+U8"], capture_output=True, check=False)
    if done.returncode:
        done = subprocess.run(command, capture_output=True, check=True)
    found: dict[Place, tuple[str, str]] = {}
    above: list[int] = []
    for line in done.stdout.decode("utf-8", "replace").split("\n"):
        shown = DUMPED.fullmatch(line.rstrip("\r"))
        if shown is None:
            continue
        indent, group, number, vr, text = shown.groups()
        tag, depth = int(group + number, 16), len(indent) // 2
        if tag >> 16 == 0xFFFE:
            if tag == ITEM and depth % 2:
                # A sequence's place holds its last item's number.
                del above[depth + 1 :]
                above = [*above[:depth], above[depth] + 1] if len(above) > depth else [*above[:depth], 0]
            continue
        del above[depth:]
        above.append(tag)
        found[tuple(above)] = (vr, text)
        if vr == "SQ":
            found[tuple(above)] = (vr, "")
    return found


def plain(vr: str, text: str) -> object:
    """Turn a value as dcmdump shows it into what `ours` gives."""
    if vr == "SQ" or vr in BLOCKS:
        return None
    if text == "(no value available)":
        return ()
    if vr == "AT":
        return tuple(int(part.replace(",", "").strip("()"), 16) for part in text.split("\\"))
    if vr in {"FL", "FD"}:
        return tuple(map(float, text.split("\\")))
    if vr in NUMBERS:
        return tuple(map(int, text.split("\\")))
    inner = text[1:-1] if text[:1] == "[" and text[-1:] == "]" else text
    return canonical(vr, inner.split("\\"))


def canonical(vr: str, texts: list[str]) -> tuple[object, ...]:
    """Take off what means nothing: spaces, separators of a name with nothing behind them (PS3.5 6.2)."""
    parts = [text.strip(" \0") for text in texts]
    if vr == "PN":
        parts = ["=".join(group.rstrip("^ ") for group in part.split("=")).rstrip("=") for part in parts]
    if vr == "UI":
        parts = [part.lstrip("=") for part in parts]
    return () if parts == [""] else tuple(parts)


def ours(ds: rg.Dataset) -> dict[Place, tuple[str, object]]:
    """Give VR and value of each element that we read, as the others show them."""
    found: dict[Place, tuple[str, object]] = {}
    waiting: list[tuple[Place, Any]] = [((), ds.file_meta), ((), ds)]
    while waiting:
        place, node = waiting.pop()
        for elem in node:
            here, vr, value = (*place, int(elem.tag)), str(elem.VR), elem.value
            if vr == "SQ":
                waiting += [((*here, number), item) for number, item in enumerate(value)]
                found[here] = (vr, None)
            elif vr in BLOCKS:
                found[here] = (vr, None)
            else:
                found[here] = (vr, _shown(vr, value))
    return found


def _shown(vr: str, value: Any) -> object:
    if value is None or (isinstance(value, (str, list, tuple)) and not len(value)):
        return ()
    values = value if isinstance(value, list) else [value]
    if vr in NUMBERS:
        return tuple(values)
    texts = ["" if one is None else str(one) for one in values]
    return canonical(vr, [part for text in texts for part in text.split("\\")])


def same(vr: str, one: object, other: object) -> bool:
    """Compare two values; what is printed of a float is not all of it."""
    if vr in {"FL", "FD"} and isinstance(one, tuple) and isinstance(other, tuple):
        near = (math.isclose(a, b, rel_tol=1e-5) or a == b for a, b in zip(one, other, strict=False))
        return len(one) == len(other) and all(near)
    if vr in {"DS", "IS"} and isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(
            a == b or (a and b and float(a) == float(b)) for a, b in zip(one, other, strict=True)
        )
    return one == other


def compare_with_gdcm(file: Path, theirs: Any) -> tuple[int, list[str]]:
    """Compare the bytes of each value that GDCM reads with those that pydicom does, which has them as they lie.

    Returns
    -------
    tuple[int, list[str]]
        How many elements were compared, and those that are not the same.
    """
    import gdcm

    reader = gdcm.Reader()
    reader.SetFileName(str(file))
    if not reader.Read():
        return 0, ["GDCM refuses the file"]
    implicit, little = theirs.original_encoding
    count, wrong = 0, []
    # What its bindings give lives no longer than what it was got from: all is kept.
    kept: list[Any] = [reader, reader.GetFile()]
    waiting: list[tuple[str, Any, Any]] = [("", kept[1].GetDataSet(), theirs)]
    while waiting:
        path, node, model = waiting.pop()
        kept.append(node)
        there = node.Size()
        if there != len(model):
            wrong.append(f"{path}: {there} elements, {len(model)}")
        for tag in list(model.keys()):
            place = gdcm.Tag(tag.group, tag.element)
            here = f"{path}/{tag}"
            if not node.FindDataElement(place):
                wrong.append(f"{here}: missing")
                continue
            found, raw = node.GetDataElement(place), model.get_item(tag)
            vr = str(model[tag].VR)
            if not implicit and str(found.GetVR()) != vr and str(found.GetVR()) != "UN":
                wrong.append(f"{here}: {found.GetVR()} {vr}")
            if vr == "SQ":
                if found.IsEmpty():
                    wrong += [f"{here}: no items"] * bool(model[tag].value)
                    continue
                items = found.GetValueAsSQ()
                kept += [found, items]
                if items.GetNumberOfItems() != len(model[tag].value):
                    wrong.append(f"{here}: {items.GetNumberOfItems()} items, {len(model[tag].value)}")
                    continue
                for number, inner in enumerate(model[tag].value):
                    kept.append(items.GetItem(number + 1))
                    waiting.append((f"{here}[{number}]", kept[-1].GetNestedDataSet(), inner))
                continue
            count += 1
            held = found.GetByteValue()
            value = b"" if held is None else held.GetBuffer().encode("utf-8", "surrogateescape")
            expected = raw.value if raw.is_raw else None
            if expected is None:
                continue
            unit = NUMBERS.get(vr) or BLOCKS.get(vr, 1)
            if not little and unit > 1:
                expected = b"".join(expected[at : at + unit][::-1] for at in range(0, len(expected), unit))
            if value != expected:
                wrong.append(f"{here} {vr}: {value[:40]!r} {expected[:40]!r}")
    return count, wrong
