"""What an element holds once a value is put into it, against pydicom's ``DataElement``."""

from __future__ import annotations

import array
import datetime as dt
import io
import pickle
import subprocess
import sys
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import valuerep
from pydicom.tag import Tag as TheirTag
from radiogram.dataset import Tag
from radiogram.errors import InvalidValueError, ValueRangeError
from radiogram.uid import UID
from radiogram.values import DA, DT, IS, TM, DSfloat, MultiValue, PersonName
from radiogram.values.convert import constructor_of, convert, is_multi_valued

from tests.values.accepted import ACCEPTED, INTEGERS, VRS, case_of, class_of, is_same, made

NOW = dt.datetime(2024, 2, 29, 1, 2, 3, 4)  # noqa: DTZ001  # without an offset on purpose
VALUES: tuple[Any, ...] = (
    *(None, "", " ", [], [None], [""], ["", ""], [None, ""], (), ("",)),
    *("A", "A\\B", "\\", "A\\", "a b ", "A^B=C", "1.2.3", "1.2\\3.4", "äöü", "山田^太郎"),
    *("1", "01", "-7", "+7", " 1 ", "1.5", "-1.5e3", "1.0", "1\\2", "1\\\\3", "1e400", "nan", "1_000", "٣"),
    *("20240229", "20240229\\20240301", "010203.000004", "20240229010203+0100", "20240101-20240201"),
    *("PatientName", "00100010", "00100010\\00100020", "(0010,0010)"),
    *(
        ["A", "B"],
        ["A"],
        ["A\\B"],
        ["A\\B", "C"],
        ("A", "B"),
        ("A",),
        ["1", "2"],
        ("1", "2"),
        [" 1", "2 "],
        [None, "1"],
    ),
    *(0, 1, -1, 255, 70000, 2**31, 2**40, 2**70, True, 0x00100010, 0x7FE00010),
    *([1, 2], (1, 2), [1], (1,), [0, 0, 0], [0x00100010, 0x00100020], (0x00100010, 0x00100020), (0x10, 0x10)),
    *([(0x10, 0x10), (0x10, 0x20)], ["PatientName", 0x00100020], [[1, 2], 3]),
    *(1.5, 2.0, -0.0, 1e300, float("nan"), float("inf"), 1 / 3, [1.5, 2], [1 / 3, 2.0], (0.5, 0.25), 1j),
    *(Decimal("1.50"), Decimal("2"), [Decimal("0.5"), 2]),
    *(b"", b"A", b"1", b"1\\2", b"\x01\x00", b"\xff\xfe", [b"1", b"2"], [b"A"], b"1.2.3", b"A^B"),
    *(bytearray(b"12"), memoryview(b"12"), array.array("H", [1, 2]), array.array("B", [1, 2])),
    *(
        dt.date(2024, 2, 29),
        dt.time(1, 2, 3),
        dt.time(1, 2, 3, 4),
        NOW,
        [dt.date(2024, 2, 29), dt.date(2024, 3, 1)],
    ),
    *(NOW.replace(tzinfo=dt.UTC), NOW.replace(tzinfo=dt.timezone(-dt.timedelta(hours=3, minutes=30)))),
    *(
        np.int16(3),
        np.uint8(3),
        np.float32(0.5),
        np.float64(1.5),
        np.str_("A"),
        np.bytes_(b"1"),
        np.bool_(True),
    ),
    *(
        np.array([1, 2]),
        np.array(1.5),
        np.array([1.5, 2]),
        np.array(["A", "B"]),
        np.array([]),
        np.zeros((2, 2)),
    ),
    *(np.uint8([1, 2]), np.array([1, 2], ">u2"), np.float32([1, 2]), np.float64([1, 2])),
    *(
        np.uint32([1]),
        np.int64([1, 2]),
        np.datetime64("2024-02-29"),
        np.datetime64("2024-02-29T01:02:03", "ns"),
    ),
    *(valuerep.PersonName("A^B"), valuerep.DSfloat("1.50"), valuerep.IS("007"), valuerep.DA("20240229")),
    *(
        valuerep.TM("0102"),
        valuerep.DT("2024"),
        TheirTag(0x00100010),
        PersonName("A^B"),
        DSfloat("1.50"),
        IS("007"),
    ),
    *(DA("20240229"), Tag(0x00100010), UID("1.2.3"), MultiValue(int, [1, 2]), MultiValue(str, ["A", "B"])),
    *(object(), {1, 2}, {"a": 1}, range(2), io.BytesIO(b"ab"), io.StringIO("ab")),
)


@pytest.mark.parametrize("vr", VRS)
def test_every_value_gives_what_pydicom_gives(vr: str) -> None:
    """What no class of differences accounts for is a failure."""
    unaccounted = []
    for value in VALUES:
        case = case_of(vr, value)
        if is_same(case):
            continue
        if class_of(case) is None:
            unaccounted.append((value, case.theirs, case.ours))
    assert not unaccounted


def test_every_class_of_differences_is_needed() -> None:
    needed = {class_of(case) for vr in VRS for value in VALUES if not is_same(case := case_of(vr, value))}
    assert {one.name for one in ACCEPTED} <= needed


@pytest.mark.parametrize(
    ("vr", "value", "kind"),
    [
        *((vr, "A", str) for vr in ("AE", "AS", "CS", "LO", "LT", "SH", "ST", "UC", "UR", "UT")),
        *(("DA", "A", DA), ("TM", "A", TM), ("DT", "A", DT), ("PN", "A", PersonName), ("UI", "A", UID)),
        *(("DS", "1", DSfloat), ("IS", "1", IS), ("AT", 1, Tag), ("FD", 1, float), ("FL", "1", float)),
        *((vr, True, int) for vr in INTEGERS),
    ],
)
def test_each_vr_has_its_class(vr: str, value: Any, kind: type) -> None:
    """Alone, in a list, and put into the list later; the constructors pickle."""
    assert type(convert(vr, value)) is kind
    if is_multi_valued(vr):
        values = convert(vr, [value, value])
        assert isinstance(values, MultiValue)
        values = pickle.loads(pickle.dumps(values))
        values.append(value)
        assert [type(one) for one in values] == [kind] * 3
        values.append(None)
        assert values[-1] is None
        with pytest.raises(InvalidValueError):
            values[0] = object()
    assert constructor_of(vr)(value) == convert(vr, value)


def test_text_comes_without_its_subclass() -> None:
    assert type(convert("LO", np.str_("A"))) is str
    assert type(convert("LO", UID("1.2"))) is str
    assert type(convert("OB", np.bytes_(b"A"))) is bytes


@pytest.mark.parametrize(
    ("vr", "kinds"),
    [
        ("OB", "u1 i1"),
        ("OW", "u2 i2"),
        ("OL", "u4 i4"),
        ("OV", "u8 i8"),
        ("OF", "f4"),
        ("OD", "f8"),
        ("UN", "u1 i1"),
        ("OB or OW", "u1 i1 u2 i2"),
        ("US or OW", "u2 i2"),
        ("US or SS or OW", "u2 i2"),
    ],
)
def test_arrays_are_little_endian_bytes_of_the_width(vr: str, kinds: str) -> None:
    numbers = np.arange(12).reshape(3, 4)
    for kind in ("u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8", "c8", "?", "O", "S1"):
        for order in "<>":
            given = numbers.astype(order + kind)
            if kind not in kinds.split():
                with pytest.raises(InvalidValueError, match="convert the array"):
                    convert(vr, given)
                continue
            assert convert(vr, given) == numbers.astype("<" + kind).tobytes()
            assert convert(vr, given.T) == numbers.T.astype("<" + kind).tobytes()
            assert convert(vr, given[::2, ::-1]) == numbers[::2, ::-1].astype("<" + kind).tobytes()


def test_buffers() -> None:
    words = array.array("H", [1, 2])
    assert convert("OW", words) == b"\x01\x00\x02\x00"
    assert convert("OW", memoryview(words)) == b"\x01\x00\x02\x00"
    with pytest.raises(InvalidValueError):
        convert("OL", words)
    file = io.BytesIO(b"abcd")
    file.seek(2)
    assert convert("OB", file) == b"cd"
    assert file.tell() == 2
    with pytest.raises(InvalidValueError, match="open for bytes"):
        convert("OB", io.StringIO("ab"))
    kept = bytes(3)
    assert convert("OB", kept) is kept


def test_dates_and_times() -> None:
    half = dt.timezone(-dt.timedelta(hours=3, minutes=30))
    assert convert("DA", dt.date(33, 1, 2)) == "00330102"
    assert convert("DA", NOW) == "20240229"
    assert convert("TM", NOW) == convert("TM", NOW.time()) == "010203.000004"
    assert convert("TM", dt.time(1)) == "010000"
    assert convert("DT", NOW) == "20240229010203.000004"
    assert convert("DT", NOW.replace(tzinfo=half)) == "20240229010203.000004-0330"
    assert convert("DT", NOW.replace(tzinfo=dt.UTC)) == "20240229010203.000004+0000"
    assert convert("DT", dt.date(2024, 2, 29)) == "20240229"
    assert convert("DT", np.datetime64("2024-02-29T01:02:03", "ns")) == "20240229010203"
    for moment in (NOW.replace(tzinfo=half), NOW):
        back = convert("DT", moment)
        assert isinstance(back, DT)
        assert back.to_datetime() == moment
    odd = dt.timezone(dt.timedelta(hours=1, seconds=1))
    with pytest.raises(InvalidValueError, match="whole minutes"):
        convert("DT", NOW.replace(tzinfo=odd))
    with pytest.raises(InvalidValueError):
        convert("TM", dt.date(2024, 2, 29))


def test_a_tuple_of_two_halves_is_one_tag() -> None:
    assert convert("AT", (0x0018, 0x1063)) == 0x00181063
    assert convert("AT", [0x0018, 0x1063]) == [0x18, 0x1063]
    assert convert("AT", (0x00181063, 0x00181065)) == [0x00181063, 0x00181065]
    assert convert("AT", ("0018", "1063")) == 0x00181063
    assert convert("AT", ("Rows", "Columns")) == [0x00280010, 0x00280011]
    assert convert("AT", [(0x0018, 0x1063), "Rows"]) == [0x00181063, 0x00280010]


def test_too_large_is_a_range_error() -> None:
    with pytest.raises(ValueRangeError):
        convert("FD", 10**400)
    with pytest.raises(ValueRangeError):
        convert("IS", float("inf"))


def test_what_is_no_vr() -> None:
    with pytest.raises(InvalidValueError, match="sequence"):
        convert("SQ", [])
    with pytest.raises(InvalidValueError, match="no such VR"):
        convert("ZZ", "A")


@pytest.mark.parametrize("vr", VRS)
def test_errors_never_quote_the_value(vr: str) -> None:
    """Not in the message, nor in an error that is shown with it."""
    for value in (
        "Doe^Jane",
        b"Doe^Jane\xff",
        ["Doe^Jane", object()],
        {"Doe^Jane": 1},
        np.array(["Doe^Jane"]),
        7**99,
    ):
        error = made(lambda value=value: convert(vr, value))
        if isinstance(error, Exception):
            assert isinstance(error, InvalidValueError)
            assert not any(word in str(error) for word in ("Doe", "Jane", str(7**99)))
            assert error.__suppress_context__ or error.__context__ is None


def test_converting_imports_no_numpy() -> None:
    program = (
        "import sys; from radiogram.values.convert import convert; convert('DS', ['1', 2.5]); convert('AT', 'Rows');"
        "convert('OW', b'12'); print({'numpy', 'decimal'} & {*sys.modules})"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "set()"


ONES = (
    st.none()
    | st.text(st.characters(exclude_characters="\\"), max_size=12)
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | st.binary(max_size=6).filter(lambda data: b"\\" not in data)
    | st.booleans()
    | st.dates()
    | st.datetimes(timezones=st.none() | st.just(dt.UTC))
    | st.times()
    | st.decimals(allow_nan=False, places=3)
)


@given(st.sampled_from(VRS), ONES | st.lists(ONES, max_size=3) | st.lists(ONES, max_size=3).map(tuple))
def test_converting_twice_is_converting_once_and_nothing_else_is_raised(vr: str, value: Any) -> None:
    try:
        once = convert(vr, value)
    except InvalidValueError:
        return
    twice = convert(vr, once)
    assert type(twice) is type(once)
    assert twice == once
    assert str(twice) == str(once)


@pytest.mark.parametrize("vr", ["AE", "CS", "DA", "DT", "LO", "LT", "PN", "SH", "TM", "UC", "UI", "UR", "UT"])
@pytest.mark.parametrize("text", ["\udcff", "a\ud800b"])
def test_text_that_no_encoding_has_is_refused_when_it_is_set(vr: str, text: str) -> None:
    """It was kept, and saving, JSON and XML raised a UnicodeEncodeError without a place."""
    takes_names = vr in ("LO", "LT", "PN", "SH", "UC", "UT")
    several_of_it = ["1", text] if is_multi_valued(vr) else text
    for value in (text, several_of_it, PersonName(text) if takes_names else text):
        with pytest.raises(InvalidValueError, match="no characters"):
            convert(vr, value)
    if is_multi_valued(vr):
        several = convert(vr, ["1", "2"])
        assert isinstance(several, MultiValue)
        with pytest.raises(InvalidValueError):
            several.append(text)
