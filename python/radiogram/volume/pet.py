"""What a PET image's header says of activity and time: the attributes that an uptake value is made of.

The rules are those of QIBA's FDG-PET/CT profile (its vendor-neutral algorithm for SUV), on PS3.3 C.8.9.1 and C.8.9.2.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from radiogram.errors import DicomError, SUVError
from radiogram.values.attribute import items_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Protocol

    class Header(Protocol):
        """What is asked of the header of an image: a dataset, or a frame that answers as one."""

        def get(self, keyword: str, /) -> Any:  # noqa: ANN401
            """Give a value, or None."""

        def private_block(self, group: int, creator: str, /) -> Any:  # noqa: ANN401
            """Give the block of a private creator."""


__all__ = ["WANTED", "Image", "Study", "average_count_time", "on_the_clock", "scan_start", "zone_of"]

RADIOPHARMACEUTICAL = "RadiopharmaceuticalInformationSequence"
GE, GE_SCAN_TIME = (0x0009, "GEMS_PETD_01"), 0x0D
PHILIPS, PHILIPS_SUV, PHILIPS_ACTIVITY = (0x7053, "Philips PET Private Group"), 0x00, 0x09

_OF_SERIES = (
    "Modality", "NumberOfFrames", "Units", "SUVType", "CorrectedImage", "DecayCorrection", "SeriesDate", "SeriesTime",
    "PatientWeight", "PatientSize", "PatientSex", "TimezoneOffsetFromUTC", RADIOPHARMACEUTICAL,
)  # fmt: skip
_OF_IMAGE = ("AcquisitionDate", "AcquisitionTime", "FrameReferenceTime", "ActualFrameDuration")
_CREATORS = 0x10
_PRIVATE = tuple(
    group << 16 | tag
    for (group, _), elements in ((GE, (GE_SCAN_TIME,)), (PHILIPS, (PHILIPS_SUV, PHILIPS_ACTIVITY)))
    for block in range(_CREATORS, _CREATORS + 4)
    for tag in (block, *(block << 8 | element for element in elements))
)
WANTED: tuple[int | str, ...] = (*_OF_SERIES, *_OF_IMAGE, *_PRIVATE)
"""What is read of each file: names and the first four private blocks of two groups."""


@dataclass(frozen=True, slots=True)
class Image:
    """One image: when it was acquired, and for how long.

    Attributes
    ----------
    acquired : datetime or None
        Acquisition Date and Time: the start of the bed position or frame.
    reference : float or None
        Frame Reference Time, seconds from the start of the scan to the average count rate.
    duration : float or None
        Actual Frame Duration, seconds.
    """

    acquired: datetime | None
    reference: float | None
    duration: float | None

    @classmethod
    def of(cls, ds: Header) -> Image:
        """Read it of a header."""
        reference, duration = number(ds, "FrameReferenceTime"), number(ds, "ActualFrameDuration")
        return cls(
            moment(ds, "AcquisitionDate", "AcquisitionTime"),
            None if reference is None else reference / 1000,
            None if duration is None else duration / 1000,
        )


class Study:
    """What all images of a series share, with what the caller gave in place of it."""

    def __init__(self, headers: Sequence[Header], given: Mapping[str, Any]) -> None:
        self.headers = headers
        self._given = given

    def get(self, keyword: str) -> Any:  # noqa: ANN401  (the values of datasets)
        """Give a value that all images share, or None where none has it."""
        if keyword in self._given:
            return self._given[keyword]
        return self._shared(keyword, self.headers)

    def tracer(self, keyword: str) -> Any:  # noqa: ANN401
        """Give a value of the one radiopharmaceutical (PS3.3 C.8.9.2)."""
        if keyword in self._given:
            return self._given[keyword]
        items = [items_of(ds, RADIOPHARMACEUTICAL) for ds in self.headers]
        if any(len(several) > 1 for several in items):
            message = "several radiopharmaceuticals: whose activity an image shows is not said"
            raise SUVError(message)
        if not all(items):
            message = f"{_counted(items)} images have no {RADIOPHARMACEUTICAL}"
            raise SUVError(message)
        return self._shared(keyword, [several[0] for several in items])

    def number(self, keyword: str, *, tracer: bool = False) -> float:
        """Give a positive number that must be there."""
        value = self.tracer(keyword) if tracer else self.get(keyword)
        if value is None or value == "":
            message = f"the images have no {keyword}; `given` takes it"
            raise SUVError(message)
        try:
            read = float(value)
        except (TypeError, ValueError) as error:
            message = f"{keyword} is no number"
            raise SUVError(message) from error
        if not (math.isfinite(read) and read > 0):
            message = f"{keyword} is no positive number"
            raise SUVError(message)
        return read

    def _shared(self, keyword: str, headers: Sequence[Header]) -> Any:  # noqa: ANN401
        first = headers[0].get(keyword)
        if any(ds.get(keyword) != first for ds in headers):
            message = f"{keyword} differs between images"
            raise SUVError(message)
        return None if first == "" else first


def _counted(items: Sequence[Any]) -> str:
    return f"{sum(not several for several in items)} of {len(items)}"


def number(ds: Header, keyword: str) -> float | None:
    """Give a number of a header; None where there is none, or nothing that is one."""
    value = ds.get(keyword)
    try:
        read = float(value) if value is not None and value != "" else None
    except (TypeError, ValueError):
        return None
    return read if read is not None and math.isfinite(read) else None


def moment(ds: Header, date: str, time: str) -> datetime | None:
    """Give the moment that a date and a time say together; None where one of them is absent."""
    from radiogram.values import DA, TM

    day, clock = ds.get(date), ds.get(time)
    if not day or not clock:
        return None
    try:
        said, of_day = DA(str(day)).to_date(), TM(str(clock)).to_time()
    except DicomError as error:
        message = f"{date} and {time} are no date and time"
        raise SUVError(message) from error
    if said is None or of_day is None or isinstance(said, tuple) or isinstance(of_day, tuple):
        message = f"{date} and {time} are no date and time"
        raise SUVError(message)
    return datetime.combine(said, of_day)


def private(ds: Header, block: tuple[int, str], element: int) -> Any:  # noqa: ANN401
    """Give the value of a private element, or None."""
    try:
        return ds.private_block(*block)[element].value
    except KeyError:
        return None


def private_number(ds: Header, block: tuple[int, str], element: int) -> float | None:
    """Give a positive number of a private element, of whatever VR it was read with, or None."""
    value = private(ds, block, element)
    if isinstance(value, bytes):
        value = value.decode("ascii", "replace").strip(" \0")
    try:
        read = float(value)
    except (TypeError, ValueError):
        return None
    return read if math.isfinite(read) and read > 0 else None


def _private_moment(ds: Header, block: tuple[int, str], element: int) -> datetime | None:
    from radiogram.values import DT

    value = private(ds, block, element)
    text = value.decode("ascii", "replace") if isinstance(value, bytes) else str(value or "")
    try:
        said = DT(text.strip(" \0")).to_datetime()
    except DicomError:
        return None
    zone = zone_of(ds.get("TimezoneOffsetFromUTC"))
    return on_the_clock(said, zone) if isinstance(said, datetime) else None


def zone_of(offset: Any) -> timezone | None:  # noqa: ANN401  (a value of a header)
    """Give the zone of Timezone Offset From UTC (PS3.3 C.12.1.1); None where it is not said.

    Raises
    ------
    SUVError
        It is said in no way that is known.

    Examples
    --------
    >>> print(zone_of("-0330"), zone_of(None))
    UTC-03:30 None
    """
    text = str(offset or "").strip(" \0")
    if not text:
        return None
    parts = re.fullmatch(r"([+-])([01]\d)([0-5]\d)", text)
    if parts is None:
        message = "TimezoneOffsetFromUTC is no offset such as +0200"
        raise SUVError(message)
    sign, hours, minutes = parts.groups()
    return timezone(timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == "-" else 1))


def on_the_clock(said: datetime, zone: timezone | None) -> datetime:
    """Give a moment as the clocks of the images show it, on which their other dates and times are (PS3.3 C.12.1.1).

    A moment with an offset from UTC of its own is brought to the zone of the images; where that is not known, it is taken
    for theirs.

    Examples
    --------
    >>> from datetime import timezone, timedelta
    >>> said = datetime(2024, 2, 29, 23, 30, tzinfo=timezone.utc)
    >>> on_the_clock(said, timezone(timedelta(hours=2))).isoformat(), on_the_clock(said, None).isoformat()
    ('2024-03-01T01:30:00', '2024-02-29T23:30:00')
    """
    if said.tzinfo is not None and zone is not None:
        said = said.astimezone(zone)
    return said.replace(tzinfo=None)


def average_count_time(duration: float, half_life: float) -> float:
    """Give when, after the start of a frame, its activity is the mean of the frame's: seconds.

    Activity falls as ``exp(-k t)``, so that the mean over a frame of ``T`` is reached at ``ln(kT / (1 - exp(-kT))) / k``,
    a little before the middle.

    Examples
    --------
    >>> round(average_count_time(600.0, 6586.2), 3), round(average_count_time(600.0, 60.0), 3)
    (298.421, 167.674)
    """
    decay = math.log(2) * duration / half_life
    return duration / decay * math.log(decay / -math.expm1(-decay))


def scan_start(study: Study, half_life: float) -> tuple[datetime, str]:
    """Give the moment to which images are corrected where Decay Correction is START, and how it was found.

    Series Date and Time, where they are not after an acquisition; after processing they may be those of the processing,
    and then, in this order: GE's private scan time; the average count rate of a frame less its Frame Reference Time; the
    earliest acquisition.

    Raises
    ------
    SUVError
        No acquisition has a date and a time.
    """
    images = [Image.of(ds) for ds in study.headers]
    acquired = [image.acquired for image in images if image.acquired is not None]
    series = moment(study.headers[0], "SeriesDate", "SeriesTime")
    # The dates of a series are its own, one for all images.
    study.get("SeriesDate"), study.get("SeriesTime")
    if not acquired:
        message = "no image has AcquisitionDate and AcquisitionTime: the start of the scan is not known"
        raise SUVError(message)
    if series is not None and series <= min(acquired):
        return series, "scan start: SeriesDate and SeriesTime, which are not after an acquisition"
    late = "absent" if series is None else "after an acquisition"
    said = {_private_moment(ds, GE, GE_SCAN_TIME) for ds in study.headers} - {None}
    if len(said) == 1:
        (moment_,) = said
        if moment_ is not None:
            return moment_, f"scan start: GE's private scan time (0009,xx0D), as SeriesTime is {late}"
    starts = [
        image.acquired - timedelta(seconds=image.reference - average_count_time(image.duration, half_life))
        for image in images
        if image.acquired and image.reference and image.duration and image.reference > 0 < image.duration
    ]
    if starts:
        return min(starts), (
            "scan start: AcquisitionTime and the time to the average count rate, less FrameReferenceTime, as "
            f"SeriesTime is {late}"
        )
    return min(acquired), f"scan start: the earliest acquisition, as SeriesTime is {late}"
