"""What was noted of waveforms (PS3.3 C.10.10)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from radiogram.values.attribute import numbers_of, text_of, texts_of, whole_of
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
    date_times : tuple of str
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
    date_times: tuple[str, ...] = ()
    group: int | None = None

    @classmethod
    def of(cls, item: Dataset) -> Annotation:
        """Read an item of Waveform Annotation Sequence."""
        channels = [int(number) for number in numbers_of(item, "ReferencedWaveformChannels")]
        return cls(
            text=text_of(item, "UnformattedTextValue"),
            concept=code_of(item, "ConceptNameCodeSequence"),
            term=code_of(item, "ConceptCodeSequence"),
            numbers=numbers_of(item, "NumericValue"),
            units=code_of(item, "MeasurementUnitsCodeSequence"),
            channels=tuple(zip(channels[::2], channels[1::2], strict=False)),
            temporal_range=text_of(item, "TemporalRangeType"),
            sample_positions=tuple(int(number) for number in numbers_of(item, "ReferencedSamplePositions")),
            time_offsets=numbers_of(item, "ReferencedTimeOffsets"),
            date_times=texts_of(item, "ReferencedDateTime"),
            group=whole_of(item, "AnnotationGroupNumber"),
        )
