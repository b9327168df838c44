"""The rules of each VR for values that are put in."""

from __future__ import annotations

import re
import warnings
from typing import Any

import pytest
import radiogram as rg
from hypothesis import given
from hypothesis import strategies as st
from pydicom import config, valuerep
from radiogram import dictionary
from radiogram._tables.vr import FACTS
from radiogram.errors import ArgumentError, InvalidValueError, ValueRangeError
from radiogram.values import IS, DSfloat, MultiValue, PersonName
from radiogram.values.convert import convert
from radiogram.values.validate import Fault, InvalidValueWarning, enforce, validate

from tests.build import element, file

PI = 3.141592653589793

ROWS: tuple[tuple[str, str, Any, Any], ...] = (
    ("AE", "overlong_value", "12345678901234567", "1234567890123456"),
    ("AE", "outside_repertoire", "café", "CAFE~"),
    ("AS", "bad_date_time", "45Y", "045Y"),
    ("AT", "out_of_range", 2**32, 2**32 - 1),
    ("CS", "outside_repertoire", "Original", "ORIGINAL_1"),
    ("CS", "overlong_value", "ABCDEFGHIJKLMNOPQ", "ABCDEFGHIJKLMNOP"),
    ("CS", "divided_value", ["A\\B", "C"], ["A", "B", "C"]),
    ("DA", "bad_date_time", "20230229", "20240229"),
    ("DA", "bad_date_time", "2024-02-29", "20240229-20240301"),
    ("DS", "bad_decimal", "1,5", "1.5"),
    ("DS", "overlong_value", "3.141592653589793", "3.14159265358979"),
    ("DS", "out_of_range", float("nan"), PI),
    ("DS", "out_of_range", [1.0, float("inf")], [1e300, 1 / 3]),
    ("DT", "bad_date_time", "2024022910300", "202402291030-0500"),
    ("FD", "wrong_type", "1", 1e308),
    ("FL", "out_of_range", 3.5e38, 3.4028235e38),
    ("IS", "bad_integer", "1.0", " 1 "),
    ("IS", "bad_integer", 2**31, -(2**31)),
    ("IS", "overlong_value", "0000000000001", "000000000001"),
    ("LO", "overlong_value", "ä" * 65, "ä" * 64),
    ("LO", "outside_repertoire", "a\x01", "a~"),
    ("LO", "bad_padding", "a\nb", "a b"),
    ("LO", "divided_value", ["a\\b", "c"], ["a", "b"]),
    ("LT", "overlong_value", "x" * 10241, "x" * 10240),
    ("LT", "bad_padding", "a\0", "a\\b\r\n\tc\f"),
    ("OB", "wrong_type", [1, 2], b"abc"),
    ("OW", "partial_value", b"abc", b"ab"),
    ("OD", "partial_value", bytes(12), bytes(16)),
    ("PN", "overlong_value", "x" * 65, "x" * 64 + "=" + "y" * 64),
    ("PN", "overlong_value", "a=b=c=d", "a=b=c"),
    ("PN", "bad_padding", "a\rb", "山田^太郎"),
    ("SH", "overlong_value", "x" * 17, "x" * 16),
    ("SL", "out_of_range", -(2**31) - 1, -(2**31)),
    ("SS", "out_of_range", 2**15, 2**15 - 1),
    ("ST", "overlong_value", "x" * 1025, "x" * 1024),
    ("SV", "out_of_range", 2**63, 2**63 - 1),
    ("TM", "bad_date_time", "10:30", "1030"),
    ("TM", "bad_date_time", "246000", "235960.123456"),
    ("UC", "bad_padding", "a\0b", "x" * 100000),
    ("UI", "bad_uid", "1.02.3", "1.0.3"),
    ("UI", "bad_padding", "1.2 ", "1.2"),
    ("UI", "overlong_value", "1." + "2" * 63, "1." + "2" * 62),
    ("UL", "out_of_range", -1, 0),
    ("UL", "wrong_type", 1.5, 1),
    ("UN", "wrong_type", "A", b"A"),
    ("UR", "outside_repertoire", "http://a b", "http://a?b#c"),
    ("US", "out_of_range", 2**16, 2**16 - 1),
    ("US", "wrong_type", b"12", 12),
    ("UT", "bad_padding", "a\0", "a\n\\b"),
    ("UV", "out_of_range", 2**64, 2**64 - 1),
    ("US or SS", "out_of_range", 2**16, -1),
    ("US or SS", "out_of_range", [-1, 2**15], [-1, 2**15 - 1]),
    ("OB or OW", "wrong_type", "A", b"ABC"),
    ("US or OW", "out_of_range", 2**16, b"ab"),
)
"""Each row: a value that breaks one rule, and the nearest one that does not."""


def listed(value: Any) -> Any:
    return MultiValue(lambda one: one, value) if isinstance(value, list) else value


@pytest.mark.parametrize(("vr", "kind", "broken", "sound"), ROWS)
def test_each_rule_has_a_value_that_breaks_it_and_a_near_miss(
    vr: str, kind: str, broken: Any, sound: Any
) -> None:
    faults = validate(vr, listed(broken))
    assert kind in [fault.kind for fault in faults]
    for fault in faults:
        assert re.search(r"PS3\.\d", fault.rule)
        assert "{" not in fault.rule.replace("{1,6}", "")
    assert validate(vr, listed(sound)) == ()


def test_every_vr_has_a_rule_and_nothing_breaks_none() -> None:
    assert {row[0] for row in ROWS} >= {vr for vr in FACTS if vr not in ("OF", "OL", "OV", "SQ")}
    for vr in FACTS:
        for nothing in (None, "", b"", [], PersonName("")):
            assert validate(vr, nothing, vm="2") == ()


def test_values_are_what_convert_gives() -> None:
    """Classes with text of their own are checked by it; a float in DS by the text that will be written."""
    assert validate("DS", convert("DS", [PI, "1.50", None])) == ()
    assert [fault.kind for fault in validate("DS", DSfloat("3.141592653589793"))] == ["overlong_value"]
    assert validate("DS", DSfloat(DSfloat("3.141592653589793"), auto_format=True)) == ()
    assert validate("IS", IS("007")) == ()
    assert [fault.kind for fault in validate("IS", IS("1.5"))] == ["bad_integer"]
    assert validate("PN", PersonName("A^B")) == ()
    assert validate("LO", convert("LO", "A\\B")) == ()
    assert validate("UI", convert("UI", ["1.2", "1.3"]), vm="1-n") == ()


def test_encoded_text_is_checked_as_far_as_it_is_known() -> None:
    assert validate("LO", b"\xff\xfe" * 40) == ()
    assert [fault.kind for fault in validate("LO", b"x" * 65)] == ["overlong_value"]


@pytest.mark.parametrize(
    ("vm", "good", "bad"),
    [
        ("1", {1}, {2, 3}),
        ("3", {3}, {1, 2, 4}),
        ("1-3", {1, 2, 3}, {4}),
        ("1-n", {1, 2, 9}, set()),
        ("2-n", {2, 3}, {1}),
        ("2-2n", {2, 4, 6}, {1, 3, 5}),
        ("3-3n", {3, 6}, {1, 2, 4, 5}),
    ],
)
def test_multiplicity(vm: str, good: set[int], bad: set[int]) -> None:
    for count in good | bad:
        value = convert("DS", [1.5] * count)
        kinds = [fault.kind for fault in validate("DS", value, vm=vm)]
        assert kinds == ([] if count in good else ["bad_multiplicity"]), count


def test_every_multiplicity_of_the_dictionaries_is_read() -> None:
    for keyword in dictionary.keywords():
        tag = dictionary.tag_for_keyword(keyword)
        if tag is not None and (vm := dictionary.dictionary_VM(tag)):
            assert isinstance(validate("IS", 1, vm=vm), tuple)
    for wrong in ("", "n", "1 or 2", "1-x"):
        with pytest.raises(ArgumentError):
            validate("IS", 1, vm=wrong)


def test_a_list_where_the_vr_has_one_value() -> None:
    assert [fault.kind for fault in validate("LT", listed(["a", "b"]), vm="1")] == ["bad_multiplicity"]


def test_modes() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        enforce("off", "CS", "doe")
        enforce("raise", "CS", "DOE", vm="1", path="(0008,0060)")
        enforce("warn", "CS", "DOE")
    with pytest.warns(InvalidValueWarning, match=r"capital letters.*\(0008,0060\)") as caught:
        enforce("warn", "CS", "doe", path="(0008,0060)")
    assert "doe" not in str(caught[0].message)
    assert caught[0].filename == __file__
    with pytest.raises(InvalidValueError, match="capital letters") as raised:
        enforce("raise", "CS", "doe", path="(0008,0060)")
    assert raised.value.path == "(0008,0060)"
    assert not isinstance(raised.value, ValueRangeError)
    with pytest.raises(ValueRangeError, match="at most 64 characters"):
        enforce("raise", "LO", "x" * 65)
    with pytest.raises(ValueRangeError):
        enforce("raise", "US", 70000)
    with pytest.raises(ArgumentError, match="off, warn or raise"):
        enforce("strict", "CS", "A")
    with pytest.raises(ArgumentError, match="no such VR"):
        validate("ZZ", "A")


TEXTS = st.text(st.sampled_from("A1 _^=.:-+eE\\ab~é山\n\r\t\0\x01\x1b"), max_size=70) | st.text(max_size=20)
TEXT_VRS = (
    "AE",
    "AS",
    "CS",
    "DA",
    "DS",
    "DT",
    "IS",
    "LO",
    "LT",
    "PN",
    "SH",
    "ST",
    "TM",
    "UC",
    "UI",
    "UR",
    "UT",
)


@given(st.sampled_from(TEXT_VRS), TEXTS)
def test_a_value_breaks_the_rules_that_a_file_with_it_breaks(vr: str, text: str) -> None:
    """One rule, two doors: what `validate` says is what the reader says of the same text in a file."""
    head = element(0x00080005, "CS", "ISO_IR 192") + element(0x00090010, "LO", "ACME")
    ds = rg.read(file(head + element(0x00091001, vr, text.encode(errors="surrogatepass"))))
    ds.check()
    read = {problem.kind for problem in ds.problems}
    said = {fault.kind for fault in validate(vr, convert_all(vr, text))}
    assert said == read


def convert_all(vr: str, text: str) -> Any:
    """Text as it is, divided; without the checks of numbers that `convert` makes."""
    parts = text.split("\\")
    return MultiValue(str, parts) if len(parts) > 1 and FACTS[vr][3] else text


@pytest.mark.parametrize(
    ("vr", "value"),
    [
        *(("AE", value) for value in ("A", "x" * 16, "x" * 17, "é", "a\n")),
        *(("AS", value) for value in ("045Y", "45Y", "045y", "0450")),
        *(("CS", value) for value in ("A_1", "a", "A" * 17, "A-B")),
        *(("DA", value) for value in ("20240229", "20241301", "2024", "20240101-", "-20240101", "x")),
        *(("DS", value) for value in ("1", "1e5", "1.5.5", "nan", "1" * 17, "-.5", "1,5")),
        *(("IS", value) for value in ("1", "-1", "1.0", "x", "1" * 13)),
        *(("LO", value) for value in ("x" * 64, "x" * 65)),
        *(("LT", value) for value in ("x" * 10240, "x" * 10241)),
        *(("PN", value) for value in ("x" * 64, "x" * 65, "a=b=c", "a=b=c=d")),
        *(("SH", value) for value in ("x" * 16, "x" * 17)),
        *(("TM", value) for value in ("10", "1030", "103015.123", "25", "10:30")),
        *(("UI", value) for value in ("1.2", "1.02", "1..2", "1" * 65, "a")),
        *(("UR", value) for value in ("http://a", "a b", "a\\b")),
        *(("US", value) for value in (0, 65535, 65536, -1)),
        *(("SL", value) for value in (2**31 - 1, 2**31, -(2**31) - 1)),
        *(("UV", value) for value in (2**64 - 1, 2**64)),
    ],
)
def test_pydicom_agrees(vr: str, value: Any) -> None:
    try:
        valuerep.validate_value(vr, value, config.RAISE)
    except ValueError:
        assert validate(vr, value)
    else:
        assert not validate(vr, value)


def test_a_fault_is_a_plain_tuple() -> None:
    assert Fault("a", "b") == ("a", "b")
