"""The DICOM JSON model of every real file, beside pydicom's."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pydicom
import radiogram as rg

from tests.peers import corpus
from tests.peers.elements import teach_pydicom

MEANT = {
    "big endian": "InlineBinary is little endian (PS3.18 F.2.7); pydicom gives the bytes of the file",
    "ISO 2022": "pydicom leaves escape sequences in component groups after the first",
    "not DICOM": "a text file, read by force, is read in another byte order",
    "VR": "private elements and UN by our dictionary",
}


def _differences(ours: dict[str, Any], theirs: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    found = []
    waiting = [(ours, theirs)]
    while waiting:
        ours, theirs = waiting.pop()
        # PS3.18 F.2.2: no group lengths.
        for tag in sorted(set(ours) | {tag for tag in theirs if tag[4:] != "0000"}):
            mine, other = ours.get(tag), theirs.get(tag)
            if mine is None or other is None or mine["vr"] != other["vr"]:
                found.append((tag, mine, other))
            elif mine["vr"] == "SQ":
                # PS3.18 F.2.5: an empty sequence has no Value.
                items, others = mine.get("Value", []), other.get("Value", [])
                if len(items) != len(others):
                    found.append((tag, mine, other))
                waiting.extend(zip(items, others, strict=False))
            elif not _same(mine, other):
                found.append((tag, mine, other))
    return found


def _same(mine: dict[str, Any], other: dict[str, Any]) -> bool:
    if mine == other:
        return True
    values, others = mine.get("Value"), other.get("Value")
    if values is None or others is None or len(values) != len(others):
        return False
    # PS3.18 F.2.5: an empty value is null; NaN has no number in JSON, and is not equal to itself.
    return all(
        one == two or (one is None and two == "") or (one == "NaN" and two != two)
        for one, two in zip(values, others, strict=True)
    )


def _class(file: corpus.RealFile, mine: Any, other: Any, *, is_big_endian: bool) -> str | None:
    if mine is None or other is None:
        return None if file.path.read_bytes()[128:132] == b"DICM" else "not DICOM"
    if mine["vr"] != other["vr"]:
        return "VR" if other["vr"] == "UN" or mine["vr"] == "UN" else None
    if "InlineBinary" in mine and is_big_endian:
        return "big endian"
    if mine["vr"] == "PN" and "\x1b" in json.dumps(other).replace("\\u001b", "\x1b"):
        return "ISO 2022"
    return None


def test_it_is_that_of_pydicom() -> None:
    """Every element of every file, but for the named classes of differences; and it comes back as it was."""
    files = corpus.real_files()
    classes: Counter[str | None] = Counter()
    wrong: list[str] = []
    elements = compared = 0
    teach_pydicom()
    for file in files:
        try:
            read = pydicom.dcmread(file.path, force=True)
            theirs = read.to_json_dict(1 << 40)
        except Exception:
            continue
        ds = rg.read(file.path, force=True)
        ours = ds.to_json_dict()
        compared += 1
        elements += len(ours)
        for tag, mine, other in _differences(ours, theirs):
            kind = _class(file, mine, other, is_big_endian=read.original_encoding[1] is False)
            classes[kind] += 1
            if kind is None:
                wrong.append(f"{file.name} {tag}")
        again = rg.Dataset.from_json(json.dumps(ours))
        for tag, mine, other in _differences(again.to_json_dict(), ours):
            # Odd lengths are padded (PS3.5 7.1), and pixels get the VR that explicit syntaxes ask for (PS3.5 8.2, A.2).
            is_pixels = tag == "7FE00010" and {mine["vr"], other["vr"]} == {"OB", "OW"}
            if not is_pixels and not _is_padded(mine, other):
                wrong.append(f"{file.name} {tag} on the way back")
    assert not wrong
    assert set(classes) <= set(MEANT), classes
    assert compared > 0.95 * len(files)
    # What is packaged is smaller.
    assert elements > (60 if corpus.corpus_files() else 40) * compared


def _is_padded(mine: dict[str, Any], other: dict[str, Any]) -> bool:
    import base64

    one, two = (base64.b64decode(side.get("InlineBinary", "")) for side in (mine, other))
    return one == two + b"\0" and len(two) % 2 == 1
