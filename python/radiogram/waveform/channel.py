"""A channel of a waveform (PS3.3 C.10.9.1.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

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

        def number(keyword: str) -> float | None:
            value = item.get(keyword)
            return None if value is None else float(value)

        status = item.get("ChannelStatus")
        bits = item.get("WaveformBitsStored")
        skew, samples = number("ChannelTimeSkew"), number("ChannelSampleSkew")
        if skew is None:
            skew = samples / frequency if samples and frequency > 0 else 0.0
        correction, baseline = number("ChannelSensitivityCorrectionFactor"), number("ChannelBaseline")
        return cls(
            label=str(item.get("ChannelLabel") or ""),
            source=code_of(item, "ChannelSourceSequence"),
            source_modifiers=codes_of(item, "ChannelSourceModifiersSequence"),
            status=() if status is None else (status,) if isinstance(status, str) else tuple(status),
            units=code_of(item, "ChannelSensitivityUnitsSequence"),
            sensitivity=number("ChannelSensitivity"),
            correction=1.0 if correction is None else correction,
            baseline=0.0 if baseline is None else baseline,
            bits_stored=None if bits is None else int(bits),
            skew=skew,
            offset=number("ChannelOffset") or 0.0,
            filter_low=number("FilterLowFrequency"),
            filter_high=number("FilterHighFrequency"),
            notch=number("NotchFilterFrequency"),
        )
