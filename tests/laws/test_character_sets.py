"""Character sets: the core knows each defined term of the standard's table, and its own codec gives Python's text."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
import radiogram as rg

from tests import build
from tests.build import element

TABLE = Path(__file__).parents[2] / "standard" / "character_sets.tsv"


def _rows() -> list[dict[str, str]]:
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    return [row for row in csv.DictReader(lines[1:], delimiter="\t") if row["defined_term"] != "none"]


def _read(terms: str, text: bytes) -> rg.Dataset:
    return rg.read(build.file(element(0x00080005, "CS", terms) + element(0x00081030, "LO", text)))


@pytest.mark.parametrize("row", _rows(), ids=lambda row: row["defined_term"])
def test_every_defined_term_is_known(row: dict[str, str]) -> None:
    """It is in force, and no problem is told of it."""
    term = row["defined_term"]
    # Sets that are reached by escape sequences stand behind the one that a value begins with (PS3.3 C.12.1.1.2).
    ds = _read(f"\\{term}" if term.startswith("ISO 2022") and term != "ISO 2022 IR 6" else term, b"plain")
    assert ds.StudyDescription == "plain"
    assert ds._charset()[-1] == term
    assert "unknown_charset" not in {problem.kind for problem in ds.check()}


SINGLE = [row for row in _rows() if row["kind"] == "single" and row["defined_term"] != "ISO_IR 13"]


@pytest.mark.parametrize("row", SINGLE, ids=lambda row: row["defined_term"])
def test_single_bytes_are_pythons(row: dict[str, str]) -> None:
    """Each byte of the upper half that Python's codec knows is the same character."""
    codec = row["codec"]
    for byte in range(0xA1, 0x100):
        held = b"a" + bytes([byte]) + b"b"
        try:
            expected = held.decode(codec)
        except UnicodeDecodeError:
            continue
        assert _read(row["defined_term"], held).StudyDescription == expected


def test_a_term_that_nobody_knows_is_told() -> None:
    """And read by the default repertoire."""
    ds = _read("ISO_FOO", b"plain")
    assert ds.StudyDescription == "plain"
    assert "unknown_charset" in {problem.kind for problem in ds.problems}
