"""A multiplex group: channels that were sampled at the same times (PS3.3 C.10.9.1)."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from radiogram.errors import LimitError, MissingElementError, TruncatedError, UnsupportedError
from radiogram.values.attribute import items_of, number_of, text_of, whole_of
from radiogram.waveform.channel import Channel
from radiogram.waveform.companding import a_law, mu_law

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from radiogram.dataset import Dataset
    from radiogram.waveform.annotation import Annotation

__all__ = ["MultiplexGroup"]

_TYPES = {
    ("SB", 8): "i1",
    ("UB", 8): "u1",
    ("MB", 8): "u1",
    ("AB", 8): "u1",
    ("SS", 16): "i2",
    ("US", 16): "u2",
    ("SL", 32): "i4",
    ("UL", 32): "u4",
    ("SV", 64): "i8",
    ("UV", 64): "u8",
}
"""numpy's type of a stored sample by Waveform Sample Interpretation and Waveform Bits Allocated (PS3.3 C.10.9.1.5)."""
_COUNTS = ("NumberOfWaveformChannels", "NumberOfWaveformSamples", "WaveformBitsAllocated")
_ALSO = ("WaveformSampleInterpretation", "WaveformData")


class MultiplexGroup:
    """A multiplex group of a waveform: its samples, and what they mean.

    Attributes
    ----------
    item : Dataset
        The item of Waveform Sequence.
    label : str
        Multiplex Group Label.
    channels : tuple of Channel
        The channels, in the order of the arrays' second axis.
    sampling_frequency : float
        Hz.
    n_samples : int
        Samples of each channel.
    interpretation : str
        Waveform Sample Interpretation: ``SS``, ``MB``, …
    originality : str
        ``ORIGINAL`` or ``DERIVED``.
    time_offset : float
        Seconds from the beginning of the acquisition to the first sample.
    trigger_offset : float or None
        Seconds from the trigger to the first sample.
    annotations : tuple of Annotation
        Those that are about this group or a channel of it.

    Examples
    --------
    >>> import radiogram as rg
    >>> from pydicom.data import get_testdata_file
    >>> group = rg.read(get_testdata_file("waveform_ecg.dcm")).waveforms[0]
    >>> group
    MultiplexGroup RHYTHM: 12 channels, 10000 samples at 1000 Hz
    >>> group.array.shape, group.channels[0].name, group.channels[0].units.value
    ((10000, 12), 'Lead I (Einthoven)', 'uV')
    >>> group.time[-1].item()
    9.999
    """

    def __init__(self, item: Dataset, annotations: tuple[Annotation, ...] = ()) -> None:
        counts = {keyword: whole_of(item, keyword) for keyword in _COUNTS}
        missing = [keyword for keyword in _COUNTS if counts[keyword] is None]
        missing += [keyword for keyword in _ALSO if item.get(keyword) is None]
        if missing:
            message = f"a multiplex group without {', '.join(missing)}"
            raise MissingElementError(message)
        self.item = item
        self.annotations = annotations
        self.label = text_of(item, "MultiplexGroupLabel")
        self.sampling_frequency = number_of(item, "SamplingFrequency") or 0.0
        count, self.n_samples, self._allocated = (counts[keyword] or 0 for keyword in _COUNTS)
        self.interpretation = text_of(item, "WaveformSampleInterpretation").strip()
        self.originality = text_of(item, "WaveformOriginality")
        self.time_offset = (number_of(item, "MultiplexGroupTimeOffset") or 0.0) / 1000
        trigger = number_of(item, "TriggerTimeOffset")
        self.trigger_offset = None if trigger is None else trigger / 1000
        if count >= 1 << 16:
            message = "a multiplex group of more channels than Number of Waveform Channels can say"
            raise LimitError(message)
        described = items_of(item, "ChannelDefinitionSequence")[:count]
        channels = [Channel.of(one, self.sampling_frequency) for one in described]
        # A channel that is not described has samples all the same, without a unit.
        self.channels = (*channels, *[Channel()] * (count - len(channels)))

    # -- arrays ------------------------------------------------------------------------------------

    @property
    def stored(self) -> NDArray[Any]:
        """The samples as they are stored: (samples, channels), a read-only view on the bytes, in their byte order.

        Raises
        ------
        UnsupportedError
            The standard has no such samples.
        TruncatedError
            There are fewer bytes than the group says.
        """
        import numpy as np

        allocated = self._allocated
        code = _TYPES.get((self.interpretation, allocated))
        if code is None:
            message = f"samples of {allocated} bits that are to be {self.interpretation!r} are unknown (PS3.3 C.10.9.1.5)"
            raise UnsupportedError(message)
        raw = self.item["WaveformData"].array
        is_big = raw.dtype.byteorder == ">" or (raw.dtype.byteorder == "=" and sys.byteorder == "big")
        data = raw.view(np.uint8)
        if is_big and allocated == 8:
            # PS3.5 8.3: bytes in words, which are big endian.
            data = data[: data.size // 2 * 2].reshape(-1, 2)[:, ::-1].reshape(-1)
        shape = (self.n_samples, len(self.channels))
        wanted = shape[0] * shape[1] * (allocated // 8)
        if data.size < wanted:
            message = f"{data.size} bytes of waveform data, where {shape[0]} samples of {shape[1]} channels need {wanted}"
            raise TruncatedError(message)
        samples = data[:wanted].view((">" if is_big else "<") + code).reshape(shape)
        samples.flags.writeable = False
        return samples

    @property
    def array(self) -> NDArray[np.float64]:
        """The samples in the units of their channels: (samples, channels), float64, a new array.

        A sample is ``stored * sensitivity * correction + baseline`` (PS3.3 C.10.9.1.4); of µ-law and A-law what G.711 says takes the
        place of what is stored. A sample that is Waveform Padding Value is NaN. A channel without a sensitivity keeps its numbers.
        """
        import numpy as np

        stored = self.stored
        if self.interpretation in {"MB", "AB"}:
            values: NDArray[np.float64] = (mu_law() if self.interpretation == "MB" else a_law())[
                stored
            ].astype(np.float64)
        else:
            values = stored.astype(np.float64)
        for at, channel in enumerate(self.channels):
            sensitivity = 1.0 if channel.sensitivity is None else channel.sensitivity
            values[:, at] *= sensitivity
            values[:, at] *= channel.correction
            values[:, at] += channel.baseline
        padding = self.padding
        if padding is not None:
            values[stored == padding] = np.nan
        return values

    @property
    def padding(self) -> int | None:
        """Waveform Padding Value, as a stored sample; None where there is none."""
        import numpy as np

        if self.item.get("WaveformPaddingValue") is None:
            return None
        stored = self.stored.dtype
        raw = self.item["WaveformPaddingValue"].array
        data = np.ascontiguousarray(raw).view(np.uint8)
        if stored.itemsize == 1 and raw.dtype.byteorder == ">":
            data = data[::-1]
        if data.size < stored.itemsize:
            return None
        return int(data[: stored.itemsize].view(stored)[0])

    # -- what they mean ----------------------------------------------------------------------------

    @property
    def time(self) -> NDArray[np.float64]:
        """Seconds from the beginning of the acquisition to each sample; a channel's `skew` comes on top."""
        import numpy as np

        if self.sampling_frequency <= 0:
            message = "a multiplex group without Sampling Frequency has no times"
            raise MissingElementError(message)
        return np.arange(self.n_samples, dtype=np.float64) / self.sampling_frequency + self.time_offset

    @property
    def units(self) -> tuple[str, ...]:
        """The unit of each channel as UCUM writes it, such as ``"uV"``; empty where it has none."""
        return tuple(channel.units.value if channel.units else "" for channel in self.channels)

    def __repr__(self) -> str:
        """Give one line that a person can read."""
        label = f" {self.label}" if self.label else ""
        return (
            f"MultiplexGroup{label}: {len(self.channels)} channels, {self.n_samples} samples "
            f"at {self.sampling_frequency:g} Hz"
        )
