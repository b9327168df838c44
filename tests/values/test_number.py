"""DS and IS as Python numbers, against pydicom's classes."""

from __future__ import annotations

import copy
import json
import math
import pickle
import subprocess
import sys
import warnings
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydicom import valuerep as theirs
from radiogram import values as ours
from radiogram.errors import InvalidValueError
from radiogram.values.number import format_number_as_ds, is_valid_ds

if TYPE_CHECKING:
    from collections.abc import Callable

DECIMALS = st.one_of(
    st.floats(allow_nan=False).map(repr),
    st.from_regex(r" {0,2}[+-]?[0-9]{1,12}(\.[0-9]{0,8})?([eE][+-]?[0-9]{1,3})? {0,2}", fullmatch=True),
    st.text("0123456789.eE+-_ naif\t", max_size=12),
    st.sampled_from(["", " ", "1_000", "nan", "inf", "-0.0", "1e400", "0x10", "1,5", "Ⅻ", "٣"]),
)
INTEGERS = st.one_of(
    st.integers().map(str),
    st.from_regex(r" {0,2}[+-]?[0-9]{1,12}(\.0{0,3})? {0,2}", fullmatch=True),
    st.text("0123456789.eE+-_ ", max_size=10),
    st.sampled_from(["", " ", "1_000", "1.0", "1.5", "1e3", "007", "-0", "2147483648"]),
)


def outcome(make: Callable[[], Any]) -> tuple[Any, ...]:
    """Return what a value shows of itself, or the class of its error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            value = make()
        except (ValueError, ArithmeticError, TypeError) as error:
            return (type(error).__name__,)
        shown = None if math.isnan(value) else hash(value) if isinstance(value, float | int) else value
        return type(value).__name__, repr(value), str(value), f"{value}", shown


@given(DECIMALS)
def test_ds_text_gives_what_pydicom_gives(text: str) -> None:
    if text.strip():
        assert outcome(lambda: ours.DSfloat(text)) == outcome(lambda: theirs.DSfloat(text))
        assert outcome(lambda: ours.DSdecimal(text)) == outcome(lambda: theirs.DSdecimal(text))
    else:
        assert ours.DSfloat(text) == theirs.DSfloat(text) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_gives_what_pydicom_gives(number: float) -> None:
    assert outcome(lambda: ours.DSfloat(number)) == outcome(lambda: theirs.DSfloat(number))
    assert outcome(lambda: ours.IS(number)) == outcome(lambda: theirs.IS(number))
    formatted = ours.DSfloat(number, auto_format=True)
    assert formatted == number
    assert str(formatted) == format_number_as_ds(number)


@given(st.floats(allow_nan=False, allow_infinity=False))
@example(1e14)
@example(5e-324)
@example(0.0001234567890123456)
@example(-1.7976931348623157e308)
@example(123456789012345.67)
def test_a_formatted_number_is_never_further_off_than_pydicoms(number: float) -> None:
    """A DS has 16 characters: the nearest text wins, and where pydicom's is as near and as short, it is the same."""
    text, other = format_number_as_ds(number), theirs.format_number_as_ds(number)
    assert is_valid_ds(text)
    # As the numbers that they are read as.
    off, other_off = (abs(float(one) - number) for one in (text, other))
    assert off <= other_off
    if len(repr(number)) <= 16:
        assert text == other == repr(number)
    assert off == min(abs(float(one) - number) for one in _forms(number))


def _forms(number: float) -> list[str]:
    """Every fixed and scientific text of at most 16 characters with a digit in front of the point."""
    scientific = []
    for digits in range(16):
        mantissa, _, exponent = f"{number:.{digits}e}".partition("e")
        scientific.append(f"{mantissa}e{int(exponent)}")
    texts = [f"{number:.{digits}f}" for digits in range(16)] + scientific
    return [text for text in texts if len(text) <= 16 and math.isfinite(float(text))]


def test_a_decimal_is_written_as_the_number_it_is() -> None:
    assert format_number_as_ds(Decimal("0.10")) == "0.10"
    assert format_number_as_ds(Decimal(1) / 3) == "0.33333333333333"


def _is_past_a_double(text: str) -> bool:
    try:
        return abs(int(text)) > 2**53
    except ValueError:
        return False


@given(INTEGERS)
@example("9007199254740993")
def test_is_text_gives_what_pydicom_gives(text: str) -> None:
    if _is_past_a_double(text):
        # pydicom compares it with a float, and gives the float where they differ.
        assert type(ours.IS(text)) is ours.IS
        assert int(ours.IS(text)) == int(text)
    elif text.strip():
        assert outcome(lambda: ours.IS(text)) == outcome(lambda: theirs.IS(text))
    else:
        assert ours.IS(text) == theirs.IS(text) == text


@given(DECIMALS)
def test_is_valid_ds_agrees(text: str) -> None:
    # pydicom's pattern takes any Unicode digit.
    if text.isascii() and text:
        assert is_valid_ds(text) == theirs.is_valid_ds(text)


def test_comparisons() -> None:
    number = ours.DSfloat(" 1.50 ")
    assert number == 1.5
    assert number == "1.50"
    assert number != "1.5"
    assert number == ours.DSfloat("1.5")
    assert number in {1.5}
    assert isinstance(number, float)
    assert number < 2
    assert ours.IS("007") == 7
    assert ours.IS("007") == "007"
    assert ours.IS("007") != "7"
    assert ours.IS("7") in {7}
    assert math.isnan(ours.DSfloat("nan"))


def test_original_string() -> None:
    assert ours.DSfloat(" 1.50 ").original_string == "1.50"
    assert ours.DSfloat(ours.DSfloat("1.50")).original_string == "1.50"
    assert not hasattr(ours.DSfloat(1.5), "original_string")
    assert ours.IS(" +7").original_string == "+7"
    assert ours.IS(ours.IS("+7")).original_string == "+7"
    # pydicom has no attribute there; a number is what it reads as.
    assert ours.IS(7).original_string == "7"
    assert not ours.IS("7").__dict__


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize(
    "value",
    [
        ours.DSfloat("1.50"),
        ours.DSfloat(1 / 3),
        ours.DSfloat(1 / 3, auto_format=True),
        ours.IS("007"),
        ours.IS(7),
        ours.IS("1.5"),
        ours.DSdecimal("1.50"),
        ours.DSdecimal(Decimal("0.1")),
    ],
)
def test_numbers_pickle_and_copy(value: Any, protocol: int) -> None:
    for twin in (pickle.loads(pickle.dumps(value, protocol)), copy.copy(value), copy.deepcopy(value)):
        assert type(twin) is type(value)
        assert (twin, repr(twin), str(twin)) == (value, repr(value), str(value))


def test_the_reader_makes_the_same_without_new() -> None:
    number = float.__new__(ours.DSfloat, 1.5)
    number.original_string = "1.50"
    assert (repr(number), number) == ("'1.50'", ours.DSfloat("1.50"))
    assert (repr(int.__new__(ours.IS, 7)), str(int.__new__(ours.IS, 7))) == ("'7'", "7")


def test_numbers_are_plain_in_json_and_arithmetic() -> None:
    assert json.dumps([ours.DSfloat("1.50"), ours.IS("007")]) == "[1.5, 7]"
    assert type(ours.DSfloat("1.5") * 2) is float
    assert type(ours.IS("7") + 1) is int


def test_decimal_refuses_a_float() -> None:
    with pytest.raises(TypeError, match="not from a float"):
        ours.DSdecimal(0.1)
    assert ours.DSdecimal(ours.DSfloat("0.10")) == Decimal("0.10")


def test_errors_do_not_quote_dates_and_names() -> None:
    with pytest.raises(ValueError, match="finite") as caught:
        format_number_as_ds(math.inf)
    assert "inf" not in str(caught.value).replace("finite", "")


def test_decimal_is_imported_on_demand() -> None:
    program = "import sys, radiogram.values as v; assert 'decimal' not in sys.modules; v.DSdecimal"
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize("made", [ours.DSfloat, ours.DSdecimal, ours.DS])
def test_strict_ds(made: Callable[..., object]) -> None:
    """`validation_mode=2` is pydicom's RAISE: too long is an overflow, no number an invalid value."""
    with pytest.raises(OverflowError):
        made("3.141592653589793", validation_mode=2)
    for text in ("nan", "-inf", "Infinity"):
        with pytest.raises(InvalidValueError):
            made(text, validation_mode=2)
    assert made("3.141592653589793", auto_format=True, validation_mode=2) is not None
    assert made(".00200609118181", validation_mode=2) is not None
    assert made("nan", validation_mode=1) is not None


def test_strict_is() -> None:
    """A fraction and more than 32 bits are refused, and only then."""
    with pytest.raises(InvalidValueError):
        ours.IS("14.5", validation_mode=2)
    with pytest.raises(OverflowError):
        ours.IS(3103050000, validation_mode=2)
    assert ours.IS(-(2**31), validation_mode=2) == -(2**31)
    assert ours.IS("3103050000") == 3103050000
    assert ours.ISfloat("") == ""
    assert ours.ISfloat(None) is None


def test_values_that_recur_are_one_object_and_keep_their_texts() -> None:
    """Equal texts of many files share an object; equal numbers in other words do not, nor do other kinds."""
    from radiogram import read

    def said(text: str) -> Any:
        raw = text.encode() + b" " * (len(text) % 2)
        return read(
            b"\x08\x00\x18\x00UI"
            + len(raw).to_bytes(2, "little")
            + raw.replace(b" ", b"\0")
            + b"\x18\x00\x50\x00DS"
            + len(raw).to_bytes(2, "little")
            + raw,
            force=True,
        )

    first, again, other = said("1.50"), said("1.50"), said("1.5")
    assert first.SliceThickness is again.SliceThickness
    assert first.SliceThickness == other.SliceThickness
    assert (str(first.SliceThickness), str(other.SliceThickness)) == ("1.50", "1.5")
    assert first.SOPInstanceUID is again.SOPInstanceUID
    assert type(first.SOPInstanceUID) is not type(first.SliceThickness)
    for number in range(5000):
        text = f"{number % 1700}.{number % 7}"
        assert str(said(text).SliceThickness) == str(said(text).SOPInstanceUID) == text
