"""Dates and times, against pydicom's classes where it has the form."""

from __future__ import annotations

import copy
import pickle
import warnings
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import valuerep as theirs
from radiogram.errors import InvalidValueError
from radiogram.values import DA, DT, TM

DIGITS = st.text("0123456789", min_size=1, max_size=16)
FORMS = st.one_of(
    DIGITS,
    st.from_regex(r"(19|20)[0-9]{2}(0[1-9]|1[0-2])([0-2][0-9]|3[01])", fullmatch=True),
    st.from_regex(r"[0-2][0-9]([0-5][0-9]([0-6][0-9](\.[0-9]{1,6})?)?)?", fullmatch=True),
    st.from_regex(
        r"(19|20)[0-9]{2}(0[1-9]|1[0-2]){0,1}(\.[0-9]{1,6})?([+-](0[0-9]|1[01])[0-5][0-9])?", fullmatch=True
    ),
    st.from_regex(
        r"20[0-9]{2}0[1-9][0-2][0-9][01][0-9][0-5][0-9][0-5][0-9](\.[0-9]{1,6})?([+-]0[0-9]00)?",
        fullmatch=True,
    ),
)


def theirs_or_none(kind: Any, text: str) -> Any:
    """Return what pydicom reads, as the plain class."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            value = kind(text)
        except ValueError:
            return None
    match value:
        case datetime():
            return datetime.combine(value.date(), value.time(), value.tzinfo)
        case date():
            return date(value.year, value.month, value.day)
        case time():
            return time(value.hour, value.minute, value.second, value.microsecond)
    return None


def ours_or_none(value: DA | TM | DT) -> Any:
    """Return what we read."""
    try:
        match value:
            case DA():
                return value.to_date()
            case TM():
                return value.to_time()
            case DT():
                return value.to_datetime()
    except InvalidValueError:
        return None


@given(FORMS)
def test_single_values_are_read_as_pydicom_reads_them(text: str) -> None:
    assert ours_or_none(DA(text)) == theirs_or_none(theirs.DA, text)
    # pydicom does not read ranges.
    if not isinstance(ours_or_none(TM(text)), tuple):
        assert ours_or_none(TM(text)) == theirs_or_none(theirs.TM, text)


@given(FORMS)
def test_moments_are_read_as_pydicom_reads_them_or_refused(text: str) -> None:
    ours = ours_or_none(DT(text))
    if isinstance(ours, tuple):
        # 2020-2021: an offset cannot be twenty hours, which pydicom does not see.
        assert "-" in text
    elif ours is not None:
        assert ours == theirs_or_none(theirs.DT, text)
        assert ours.tzinfo == theirs_or_none(theirs.DT, text).tzinfo


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("20240229", date(2024, 2, 29)),
        ("20240229 ", date(2024, 2, 29)),
        ("1993.08.22", date(1993, 8, 22)),
        ("20200101-20201231", (date(2020, 1, 1), date(2020, 12, 31))),
        ("-20201231", (None, date(2020, 12, 31))),
        ("20200101-", (date(2020, 1, 1), None)),
        ("", None),
        ("  ", None),
    ],
)
def test_dates(text: str, expected: object) -> None:
    assert DA(text).to_date() == expected


@pytest.mark.parametrize(
    ("text", "expected", "precision"),
    [
        ("10", time(10), "hour"),
        ("1030", time(10, 30), "minute"),
        ("103015", time(10, 30, 15), "second"),
        ("103015.5", time(10, 30, 15, 500_000), "fraction"),
        ("235960", time(23, 59, 59), "second"),
        ("10:30:00", time(10, 30), "second"),
        ("10:30", time(10, 30), "minute"),
        ("10:30:00.25", time(10, 30, 0, 250_000), "fraction"),
        ("10-1130", (time(10), time(11, 30)), "hour"),
        ("-2359", (None, time(23, 59)), "minute"),
        ("", None, None),
    ],
)
def test_times(text: str, expected: object, precision: str | None) -> None:
    assert TM(text).to_time() == expected
    assert TM(text).precision == precision


WEST = timezone(timedelta(hours=-5))


@pytest.mark.parametrize(
    ("text", "expected", "precision"),
    [
        ("2024", datetime(2024, 1, 1), "year"),  # noqa: DTZ001  # the text has no offset
        ("202402", datetime(2024, 2, 1), "month"),  # noqa: DTZ001
        ("20240229", datetime(2024, 2, 29), "day"),  # noqa: DTZ001
        ("2024022910", datetime(2024, 2, 29, 10), "hour"),  # noqa: DTZ001
        ("20240229103060.5+0000", datetime(2024, 2, 29, 10, 30, 59, 500_000, UTC), "fraction"),
        ("2024-0500", datetime(2024, 1, 1, tzinfo=WEST), "year"),
        (
            "2024-0500-2025-0500",
            (datetime(2024, 1, 1, tzinfo=WEST), datetime(2025, 1, 1, tzinfo=WEST)),
            "year",
        ),
        ("2024-2025", (datetime(2024, 1, 1), datetime(2025, 1, 1)), "year"),  # noqa: DTZ001
        ("-202502", (None, datetime(2025, 2, 1)), "month"),  # noqa: DTZ001
        ("20240229-", (datetime(2024, 2, 29), None), "day"),  # noqa: DTZ001
        ("", None, None),
    ],
)
def test_moments(text: str, expected: object, precision: str | None) -> None:
    assert DT(text).to_datetime() == expected
    assert DT(text).precision == precision


@pytest.mark.parametrize(
    "value",
    [
        *map(
            DA,
            (
                "20230229",
                "2024",
                "20241301",
                "x",
                "-",
                "20200101--20201231",
                "2024\N{FULLWIDTH DIGIT ZERO}229",
            ),
        ),
        *map(TM, ("1", "103", "2400", "1060", "103061", "1030.5", "103000.1234567", "-")),
        *map(DT, ("0000", "20240230", "2024+1401", "2024+0060", "202402291030.5", "2024+01", "-")),
    ],
)
def test_what_is_no_date_or_time_is_an_error_that_does_not_quote_it(value: DA | TM | DT) -> None:
    assert ours_or_none(value) is None
    with pytest.raises(InvalidValueError) as caught:
        {DA: DA.to_date, TM: TM.to_time, DT: DT.to_datetime}[type(value)](value)  # type: ignore[index, operator]
    assert len(value) < 3 or str(value) not in str(caught.value)


@pytest.mark.parametrize("value", [DA("20240229"), TM("1030"), DT("2024")])
def test_they_are_text(value: str) -> None:
    assert value == str(value)
    assert hash(value) == hash(str(value))
    assert repr(value) == repr(str(value))
    assert not hasattr(value, "__dict__")
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        twin = pickle.loads(pickle.dumps(value, protocol))
        assert (twin, type(twin)) == (value, type(value))
    assert type(copy.deepcopy(value)) is type(value)
