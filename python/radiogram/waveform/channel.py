"""A channel of a waveform (PS3.3 C.10.9.1.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from radiogram.values.attribute import number_of, text_of, texts_of, whole_of
from radiogram.values.code import Code, code_of, codes_of

if TYPE_CHECKING:
    from radiogram.dataset import Dataset

__all__ = ["Channel"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A channel, as Channel Definition Sequence describes it.

    Attributes
    ----------
    label : str
        Channel Label; empty where it is not said.
    source : Code or None
        Channel Source, such as ``(2:1, SCPECG, "Lead I")``.
    source_modifiers : tuple of Code
        Channel Source Modifiers.
    status : tuple of str
        Channel Status, such as ``("OK",)``.
    units : Code or None
        Channel Sensitivity Units, a term of UCUM; None where samples have no unit.
    sensitivity : float or None
        The physical value of one step of a stored sample, in these units; None where it is not said.
    correction : float
        Channel Sensitivity Correction Factor; 1 where it is not said.
    baseline : float
        Channel Baseline: the physical value of a stored 0; 0 where it is not said.
    bits_stored : int or None
        Waveform Bits Stored.
    skew : float
        Seconds by which the channel's samples come after the group's times: Channel Time Skew, else Channel Sample Skew.
    offset : float
        Channel Offset, seconds.
    filter_low, filter_high, notch : float or None
        Frequencies of the filters, Hz.
    """

    label: str = ""
    source: Code | None = None
    source_modifiers: tuple[Code, ...] = ()
    status: tuple[str, ...] = ()
    units: Code | None = None
    sensitivity: float | None = None
    correction: float = 1.0
    baseline: float = 0.0
    bits_stored: int | None = None
    skew: float = 0.0
    offset: float = 0.0
    filter_low: float | None = None
    filter_high: float | None = None
    notch: float | None = None

    @property
    def name(self) -> str:
        """The label, else what the source means."""
        return self.label or (self.source.meaning if self.source else "")

    @classmethod
    def of(cls, item: Dataset, frequency: float) -> Channel:
        """Read an item of Channel Definition Sequence."""
        skew, samples = number_of(item, "ChannelTimeSkew"), number_of(item, "ChannelSampleSkew")
        if skew is None:
            skew = samples / frequency if samples and frequency > 0 else 0.0
        correction = number_of(item, "ChannelSensitivityCorrectionFactor")
        return cls(
            label=text_of(item, "ChannelLabel"),
            source=code_of(item, "ChannelSourceSequence"),
            source_modifiers=codes_of(item, "ChannelSourceModifiersSequence"),
            status=texts_of(item, "ChannelStatus"),
            units=code_of(item, "ChannelSensitivityUnitsSequence"),
            sensitivity=number_of(item, "ChannelSensitivity"),
            correction=1.0 if correction is None else correction,
            baseline=number_of(item, "ChannelBaseline") or 0.0,
            bits_stored=whole_of(item, "WaveformBitsStored"),
            skew=skew,
            offset=number_of(item, "ChannelOffset") or 0.0,
            filter_low=number_of(item, "FilterLowFrequency"),
            filter_high=number_of(item, "FilterHighFrequency"),
            notch=number_of(item, "NotchFilterFrequency"),
        )
