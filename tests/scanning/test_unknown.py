"""Columns of private elements that no dictionary knows: their type is what the files say, or what their name says."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import radiogram as rg
from radiogram.errors import ArgumentError

from tests.build import IMPLICIT, PLAIN, element, file, implicit, item, sequence

if TYPE_CHECKING:
    from pathlib import Path

CREATOR = element(0x00290010, "LO", "NOBODY KNOWS")


def name(place: str) -> str:
    """Give the name of a column."""
    return f"(0029,{place})[NOBODY KNOWS]"


def written(folder: Path, *private: bytes) -> Path:
    """Write a file for each of these."""
    for number, content in enumerate(private):
        (folder / f"{number}.dcm").write_bytes(file(PLAIN + CREATOR + content))
    return folder


def column(table: rg.ScanTable, place: str = "10") -> list[Any]:
    """Give a column."""
    return table.to_arrow().column(name(place)).to_pylist()


VALUES = [
    ("DS", "1.5\\2", "float64", [1.5, 2.0]),
    ("IS", "12", "int64", [12]),
    ("FD", struct.pack("<2d", 0.1, -3), "float64", [0.1, -3.0]),
    ("US", struct.pack("<3H", 1, 2, 65535), "uint16", [1, 2, 65535]),
    ("LO", "one\\two", "string", ["one", "two"]),
    ("CS", "A\\B", "code", ["A", "B"]),
    ("OB", b"\0\1", "binary", b"\0\1"),
    ("UN", b"\0\1", "binary", b"\0\1"),
]


@pytest.mark.parametrize(("vr", "value", "kind", "expected"), VALUES)
def test_the_type_is_what_the_files_say(
    vr: str, value: bytes | str, kind: str, expected: Any, tmp_path: Path
) -> None:
    """They were bytes, whatever the files said."""
    content = element(0x00291010, vr, value)
    table = rg.scan(written(tmp_path, b"", content, content), [name("10"), "Modality"])
    assert table.fields[3][:2] == (name("10"), kind)
    assert column(table) == [None, expected, expected]
    assert column(table.select("path", name("10"))) == [None, expected, expected]


def test_a_text_of_one_value_is_no_list(tmp_path: Path) -> None:
    table = rg.scan(written(tmp_path, element(0x00291010, "LT", "a\\b")), [name("10")])
    assert column(table) == ["a\\b"]


def test_conditions_know_the_type(tmp_path: Path) -> None:
    files = [element(0x00291010, "SS", struct.pack("<h", number)) for number in (-5, 3, 8)]
    table = rg.scan(written(tmp_path, *files), ["Modality"])
    assert len(table.filter(rg.col(name("10")) > 0).to_arrow()) == 2
    with pytest.raises(ArgumentError):
        table.filter(rg.col(name("10")) == "text")


def test_where_files_disagree_it_is_bytes(tmp_path: Path) -> None:
    one, other = element(0x00291010, "DS", "1.5 "), element(0x00291010, "LO", "text")
    table = rg.scan(written(tmp_path, one, other), [name("10")])
    assert column(table) == [b"1.5 ", b"text"]
    items = sequence(0x00291010, item(one))
    (tmp_path / "in").mkdir()
    assert rg.scan(written(tmp_path / "in", items), [name("10")]).fields[3][1] == "binary"


def test_what_is_behind_the_first_files_and_does_not_fit_is_a_problem(tmp_path: Path) -> None:
    files = [element(0x00291010, "DS", "1.5 ")] * 100 + [element(0x00291010, "LO", "text")]
    for number, content in enumerate(files):
        (tmp_path / f"{number:03}.dcm").write_bytes(file(PLAIN + CREATOR + content))
    last = rg.scan(tmp_path, [name("10")]).to_arrow().to_pylist()[-1]
    assert (last[name("10")], last["problems"]) == ([None], ["unfit_value (0029,0010)"])


def test_files_that_do_not_say_it_are_read_by_those_that_do(tmp_path: Path) -> None:
    """In implicit VR, and where a transcoder wrote UN."""
    written(tmp_path, element(0x00291010, "DS", "1.5 "), element(0x00291010, "UN", b"2.5\\3.5 "))
    plain = implicit(0x00080060, "CT") + implicit(0x00290010, "NOBODY KNOWS") + implicit(0x00291010, "4.5 ")
    (tmp_path / "2.dcm").write_bytes(file(plain, IMPLICIT))
    assert column(rg.scan(tmp_path, [name("10")])) == [[1.5], [2.5, 3.5], [4.5]]


def test_a_name_may_say_the_vr(tmp_path: Path) -> None:
    """It needs no file for that: they may all be implicit."""
    plain = implicit(0x00080060, "CT") + implicit(0x00290010, "NOBODY KNOWS")
    content = file(
        plain + implicit(0x00291010, struct.pack("<2f", 1, 2)) + implicit(0x00291011, "a "), IMPLICIT
    )
    (tmp_path / "a.dcm").write_bytes(content)
    typed = [f"{name('10')}:FL", f"{name('11')}:LO"]
    table = rg.scan(tmp_path, typed)
    assert [kind for _, kind, _ in table.fields[3:5]] == ["float32", "string"]
    (row,) = table.to_arrow().to_pylist()
    assert [row[one] for one in typed] == [[1.0, 2.0], ["a"]]
    assert np.asarray(row[typed[0]]).dtype == np.float64
    for wrong in ("Modality:CS", f"{name('10')}:SQ", f"{name('10')}:XX"):
        with pytest.raises(ArgumentError):
            rg.scan(tmp_path, [wrong])


def test_naming_columns_looks_at_no_file(tmp_path: Path) -> None:
    """The type is found when somebody wants it, once for all tables that are made of one."""
    table = rg.scan(tmp_path, [name("10")])
    written(tmp_path, element(0x00291010, "DS", "1.5 "))
    assert table.fields[3][1] == "float64"
    (tmp_path / "0.dcm").unlink()
    assert table.filter(rg.col("Modality") == "CT").fields[3][1] == "float64"
