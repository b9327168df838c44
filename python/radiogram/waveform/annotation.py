"""What was noted of waveforms (PS3.3 C.10.10)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from radiogram.values.code import Code, code_of

if TYPE_CHECKING:
    from radiogram.dataset import Dataset

__all__ = ["Annotation"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """An annotation: a text, a term, or a measurement, and what it is about.

    Attributes
    ----------
    text : str
        Unformatted Text Value.
    concept : Code or None
        Concept Name: what is said.
    term : Code or None
        Concept Code: what it is said to be.
    numbers : tuple of float
        Numeric Value.
    units : Code or None
        Of the numbers.
    channels : tuple of (int, int)
        Group and channel of each that it is about, counted from 1; channel 0 is all of a group.
    temporal_range : str
        Temporal Range Type: ``POINT``, ``SEGMENT``, …; empty where it is about all of the time.
    sample_positions : tuple of int
        Referenced Sample Positions, counted from 1.
    time_offsets : tuple of float
        Referenced Time Offsets, seconds from the beginning of the acquisition.
    date_times : tuple
        Referenced DateTime.
    group : int or None
        Annotation Group Number: annotations of one group belong together.
    """

    text: str = ""
    concept: Code | None = None
    term: Code | None = None
    numbers: tuple[float, ...] = ()
    units: Code | None = None
    channels: tuple[tuple[int, int], ...] = ()
    temporal_range: str = ""
    sample_positions: tuple[int, ...] = ()
    time_offsets: tuple[float, ...] = ()
    date_times: tuple[Any, ...] = ()
    group: int | None = None

    @classmethod
    def of(cls, item: Dataset) -> Annotation:
        """Read an item of Waveform Annotation Sequence."""
        channels = [int(number) for number in _many(item, "ReferencedWaveformChannels")]
        group = item.get("AnnotationGroupNumber")
        return cls(
            text=str(item.get("UnformattedTextValue") or ""),
            concept=code_of(item, "ConceptNameCodeSequence"),
            term=code_of(item, "ConceptCodeSequence"),
            numbers=tuple(float(number) for number in _many(item, "NumericValue")),
            units=code_of(item, "MeasurementUnitsCodeSequence"),
            channels=tuple(zip(channels[::2], channels[1::2], strict=False)),
            temporal_range=str(item.get("TemporalRangeType") or ""),
            sample_positions=tuple(int(number) for number in _many(item, "ReferencedSamplePositions")),
            time_offsets=tuple(float(number) for number in _many(item, "ReferencedTimeOffsets")),
            date_times=tuple(_many(item, "ReferencedDateTime")),
            group=None if group is None else int(group),
        )


def _many(item: Dataset, keyword: str) -> list[Any]:
    value = item.get(keyword)
    if value is None or value == "":
        return []
    return list(value) if isinstance(value, (list, tuple)) or hasattr(value, "append") else [value]
