"""DA, TM and DT: text that can say what it names (PS3.5 6.2, ranges PS3.4 C.2.2.2.5)."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone

from radiogram.errors import InvalidValueError

# Not typing's: the module costs a fifth of the time that `import radiogram` may take.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    T = TypeVar("T")

__all__ = ["DA", "DT", "TM", "format_date", "format_moment", "format_time"]

_PRECISION = {4: "year", 6: "month", 8: "day", 10: "hour", 12: "minute", 14: "second"}
"""What the last two digits of a DT say."""


class DA(str):
    """A date: ``YYYYMMDD``, ``YYYY.MM.DD`` in files older than DICOM, or a range of two.

    Examples
    --------
    >>> DA("20240229").to_date()
    datetime.date(2024, 2, 29)
    >>> DA("20240101-").to_date()
    (datetime.date(2024, 1, 1), None)
    """

    __slots__ = ()

    def to_date(self) -> date | tuple[date | None, date | None] | None:
        """Return the date, or both ends of a range; ``None`` at an open end and where there is no text.

        Raises
        ------
        InvalidValueError
            The text is no date.
        """
        return _read(self, _date, "DA")


class TM(str):
    """A time of day: ``HH[MM[SS[.FFFFFF]]]``, ``HH:MM:SS`` in files older than DICOM, or a range of two.

    Examples
    --------
    >>> TM("103000.25").to_time()
    datetime.time(10, 30, 0, 250000)
    >>> TM("10").to_time(), TM("10").precision
    (datetime.time(10, 0), 'hour')
    """

    __slots__ = ()

    def to_time(self) -> time | tuple[time | None, time | None] | None:
        """Return the earliest time that the text names, or both ends of a range.

        ``None`` stands for an open end, and for blank text.
        A leap second, 60, is given as 59: Python has no other.

        Raises
        ------
        InvalidValueError
            The text is no time.
        """
        return _read(self, _time, "TM")

    @property
    def precision(self) -> str | None:
        """The last part that is given, ``hour`` to ``second`` or ``fraction``; of a range's first end."""
        self.to_time()
        clock, _, fraction = _first(self, _time).replace(":", "").partition(".")
        return "fraction" if fraction else _PRECISION.get(8 + len(clock)) if clock else None


class DT(str):
    """A moment: ``YYYY[MM[DD[HH[MM[SS[.FFFFFF]]]]]][&ZZXX]``, or a range of two.

    Examples
    --------
    >>> DT("20240229103000+0100").to_datetime().isoformat()
    '2024-02-29T10:30:00+01:00'
    >>> DT("2024").to_datetime(), DT("2024").precision
    (datetime.datetime(2024, 1, 1, 0, 0), 'year')
    """

    __slots__ = ()

    def to_datetime(self) -> datetime | tuple[datetime | None, datetime | None] | None:
        """Return the earliest moment that the text names, or both ends of a range.

        ``None`` stands for an open end, and for blank text. It is aware where the text has an offset from
        UTC. A leap second, 60, is given as 59: Python has no other.

        Raises
        ------
        InvalidValueError
            The text is no moment.
        """
        return _read(self, _moment, "DT")

    @property
    def precision(self) -> str | None:
        """The last part that is given, ``year`` to ``second`` or ``fraction``; of a range's first end."""
        self.to_datetime()
        digits, _, fraction = _split_offset(_first(self, _moment))[0].partition(".")
        return "fraction" if fraction else _PRECISION.get(len(digits))


def _read(text: str, one: Callable[[str], T | None], vr: str) -> T | tuple[T | None, T | None] | None:
    """Read a value or a range; `one` gives ``None`` for what it cannot read."""
    text = text.strip(" \0")
    if not text:
        return None
    value = one(text)
    if value is not None:
        return value
    for first, last in _ranges(text):
        ends = one(first) if first else None, one(last) if last else None
        if (ends[0] is not None or not first) and (ends[1] is not None or not last):
            return ends
    msg = f"the text is no {vr} (PS3.5 6.2)"
    raise InvalidValueError(msg)


def _ranges(text: str) -> list[tuple[str, str]]:
    """Every way to divide a text at a hyphen, which is also the sign of an offset."""
    places = [place for place, character in enumerate(text[:64]) if character == "-"]
    pairs = [(text[:place].strip(), text[place + 1 :].strip()) for place in places]
    return [pair for pair in pairs if any(pair)]


def _first(text: str, one: Callable[[str], object | None]) -> str:
    """Return the text of the value, or of the first end that a range has. The text has been read before."""
    text = text.strip(" \0")
    if not text or one(text) is not None:
        return text
    ways = (
        (first, last)
        for first, last in _ranges(text)
        if (not first or one(first) is not None) and (not last or one(last) is not None)
    )
    first, last = next(ways)
    return first or last


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _date(text: str) -> date | None:
    # PS3.5 6.2: ACR-NEMA 300 wrote points between the parts.
    if len(text) == 10 and text[4] == text[7] == ".":
        text = text[:4] + text[5:7] + text[8:]
    if len(text) != 8 or not _is_digits(text):
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


def _time(text: str) -> time | None:
    # PS3.5 6.2: ACR-NEMA 300 wrote colons between the parts.
    if text[2:3] == ":" and (len(text) == 5 or text[5:6] == ":"):
        text = text[:2] + text[3:5] + text[6:]
    clock, point, fraction = text.partition(".")
    if len(clock) not in (2, 4, 6) or not _is_digits(clock) or (point and len(clock) != 6):
        return None
    microsecond = _microsecond(fraction) if point else 0
    second = int(clock[4:] or 0)
    if microsecond is None or second > 60:
        return None
    try:
        return time(int(clock[:2]), int(clock[2:4] or 0), min(second, 59), microsecond)
    except ValueError:
        return None


def _microsecond(fraction: str) -> int | None:
    """One to six digits; none behind a point are read as zero, as pydicom does."""
    if len(fraction) > 6 or (fraction and not _is_digits(fraction)):
        return None
    return int(fraction.ljust(6, "0"))


def _moment(text: str) -> datetime | None:
    moment, offset = _split_offset(text)
    zone = _zone(offset) if offset else None
    digits, point, fraction = moment.partition(".")
    if len(digits) not in _PRECISION or not _is_digits(digits) or (offset and zone is None):
        return None
    if point and len(digits) != 14:
        return None
    day = _date(digits[:4] + (digits[4:6] or "01") + (digits[6:8] or "01"))
    clock = _time((digits[8:] or "00") + point + fraction)
    return None if day is None or clock is None else datetime.combine(day, clock, zone)


def _split_offset(text: str) -> tuple[str, str]:
    """Divide off ``&ZZXX``."""
    return (text[:-5], text[-5:]) if text[-5:-4] in ("+", "-") and len(text) > 5 else (text, "")


def _zone(offset: str) -> timezone | None:
    """``&ZZXX`` from -1200 to +1400 (PS3.5 6.2)."""
    if not _is_digits(offset[1:]):
        return None
    minutes = int(offset[1:3]) * 60 + int(offset[3:])
    if int(offset[3:]) > 59 or minutes > (12 * 60 if offset[0] == "-" else 14 * 60):
        return None
    return timezone(timedelta(minutes=-minutes if offset[0] == "-" else minutes), offset)


def format_date(day: date) -> str:
    """Write a date as DA; of a `datetime.datetime` its date.

    Examples
    --------
    >>> format_date(date(2024, 2, 29))
    '20240229'
    """
    return f"{day.year:04}{day.month:02}{day.day:02}"


def format_time(clock: time | datetime) -> str:
    """Write a time as TM, with microseconds where there are any.

    A TM has no offset from UTC: Timezone Offset From UTC (0008,0201) says it, of the whole data set (PS3.5 6.2).

    Examples
    --------
    >>> format_time(time(10, 30)), format_time(time(10, 30, 0, 250000))
    ('103000', '103000.250000')
    """
    fraction = f".{clock.microsecond:06}" if clock.microsecond else ""
    return f"{clock.hour:02}{clock.minute:02}{clock.second:02}{fraction}"


def format_moment(moment: date) -> str:
    """Write a moment as DT: a `datetime.datetime` with its offset from UTC where it has one, or a date.

    Raises
    ------
    InvalidValueError
        The offset is no whole number of minutes.

    Examples
    --------
    >>> format_moment(datetime(2024, 2, 29, 10, 30, tzinfo=timezone.utc)), format_moment(date(2024, 2, 29))
    ('20240229103000+0000', '20240229')
    """
    if not isinstance(moment, datetime):
        return format_date(moment)
    text = format_date(moment) + format_time(moment)
    offset = moment.utcoffset()
    if offset is None:
        return text
    minutes, rest = divmod(offset, timedelta(minutes=1))
    if rest:
        message = "the offset of a DT is in whole minutes (PS3.5 6.2)"
        raise InvalidValueError(message)
    return f"{text}{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}{abs(minutes) % 60:02}"
