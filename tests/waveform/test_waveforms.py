"""`ds.waveforms`: samples as pydicom gives them, with units, times and gaps."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
import pytest
import radiogram as rg
from pydicom.data import get_testdata_file
from pydicom.waveforms.numpy_handler import multiplex_array
from radiogram.errors import MissingElementError, TruncatedError, UnsupportedError
from radiogram.waveform.companding import a_law, mu_law

from tests.peers import corpus

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ECG = get_testdata_file("waveform_ecg.dcm")


def _made(
    samples: Any, bits: int, interpretation: str, channels: list[dict[str, Any]], **elements: Any
) -> rg.Dataset:
    """Make a dataset of one group."""
    group, ds = rg.Dataset(), rg.Dataset()
    group.NumberOfWaveformChannels, group.NumberOfWaveformSamples = samples.shape[1], samples.shape[0]
    group.SamplingFrequency = 250
    group.WaveformBitsAllocated, group.WaveformSampleInterpretation = bits, interpretation
    group.ChannelDefinitionSequence = []
    for channel in channels:
        item = rg.Dataset()
        for name, value in channel.items():
            setattr(item, name, value)
        group.ChannelDefinitionSequence.append(item)
    data = samples.tobytes()
    group.add_new("WaveformData", "OB" if bits == 8 else "OW", data + b"\0" * (len(data) % 2))
    for name, value in elements.items():
        if isinstance(value, tuple):
            group.add_new(name, *value)
        else:
            setattr(group, name, value)
    ds.SOPClassUID, ds.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.9.1.2", "1.2.3"
    ds.WaveformSequence = [group]
    return ds


def test_values_are_pydicoms(note: Callable[[str], None]) -> None:
    """Stored samples and physical values of every waveform there is are bit for bit the same."""
    compared = 0
    paths = [
        file.path for file in corpus.corpus_files() if file.sop_class.startswith("1.2.840.10008.5.1.4.1.1.9.")
    ]
    for path in paths or [ECG]:
        theirs, ours = pydicom.dcmread(path), rg.read(path).waveforms
        assert len(ours) == len(theirs.WaveformSequence)
        for at, group in enumerate(ours):
            np.testing.assert_array_equal(group.stored, multiplex_array(theirs, at, as_raw=True))
            np.testing.assert_array_equal(group.array, multiplex_array(theirs, at, as_raw=False))
            compared += 1
    assert compared >= 2
    note(f"multiplex groups equal to pydicom's: {compared}")


def test_an_ecg_says_what_it_is() -> None:
    """Channels, units, times and annotations of a 12-lead ECG."""
    ds = rg.read(ECG)
    rhythm, beat = ds.waveforms
    assert repr(rhythm) == "MultiplexGroup RHYTHM: 12 channels, 10000 samples at 1000 Hz"
    assert (beat.label, beat.n_samples, beat.originality) == ("MEDIAN BEAT", 1200, "DERIVED")
    assert set(rhythm.units) == {"uV"}
    assert rhythm.channels[1].name == "Lead II"
    assert (rhythm.channels[0].filter_low, rhythm.channels[0].sensitivity) == (0.05, 1.25)
    assert (rhythm.time[0], rhythm.time[-1], len(rhythm.time)) == (0.0, 9.999, 10000)
    assert rhythm.annotations[0].text == "RITMO SINUSALE"
    assert all(group == 1 for one in rhythm.annotations for group, _ in one.channels)
    assert len(ds.waveforms.annotations) == len(rhythm.annotations) + len(beat.annotations)
    assert ds.waveforms[-1].label == "MEDIAN BEAT"
    assert [group.label for group in ds.waveforms[:1]] == ["RHYTHM"]
    assert not len(rg.read(get_testdata_file("CT_small.dcm")).waveforms)


@pytest.mark.parametrize(
    ("bits", "interpretation", "dtype"),
    [
        (8, "SB", "i1"),
        (8, "UB", "u1"),
        (16, "SS", "<i2"),
        (16, "US", "<u2"),
        (32, "SL", "<i4"),
        (32, "UL", "<u4"),
        (64, "SV", "<i8"),
        (64, "UV", "<u8"),
    ],
)
@pytest.mark.parametrize(
    "syntax", ["ExplicitVRLittleEndian", "ImplicitVRLittleEndian", "ExplicitVRBigEndian"]
)
def test_every_kind_of_sample(
    tmp_path: Path, bits: int, interpretation: str, dtype: str, syntax: str
) -> None:
    """Of every width, with and without sign, in both byte orders."""
    if syntax == "ExplicitVRBigEndian" and bits > 16:
        pytest.skip("words of 16 bits are exchanged, and what larger samples become is not said")
    limits = np.iinfo(dtype)
    random = np.random.default_rng(bits)
    samples = random.integers(
        limits.min, limits.max, (5, 3), dtype=np.dtype(dtype).newbyteorder("="), endpoint=True
    )
    samples = samples.astype(dtype)
    ds = _made(samples, bits, interpretation, [{"ChannelSensitivity": 0.5, "ChannelBaseline": 3.0}] * 3)
    ds.save_as(tmp_path / "w.dcm", transfer_syntax=syntax)
    group = rg.read(tmp_path / "w.dcm").waveforms[0]
    np.testing.assert_array_equal(group.stored, samples)
    assert not group.stored.flags.writeable
    np.testing.assert_array_equal(group.array, samples.astype(np.float64) * 0.5 + 3.0)


def test_padding_is_no_value() -> None:
    """A sample that is the padding value is NaN; a named deviation from pydicom, which gives it as a value."""
    samples = np.array([[1, -32768], [-32768, 2], [3, 4]], "<i2")
    ds = _made(
        samples,
        16,
        "SS",
        [{}, {"ChannelSensitivity": 2.0}],
        WaveformPaddingValue=("OW", struct.pack("<h", -32768)),
    )
    group = ds.waveforms[0]
    assert group.padding == -32768
    np.testing.assert_array_equal(group.array, [[1, np.nan], [np.nan, 4], [3, 8]])


def test_companded_samples_are_what_g711_says() -> None:
    """µ-law and A-law by the codes' own definition; a named deviation from pydicom, which gives the codes."""
    codes = np.arange(256, dtype=np.uint8).reshape(-1, 1)
    for name, table in (("MB", mu_law()), ("AB", a_law())):
        group = _made(codes, 8, name, [{"ChannelSensitivity": 2.0}]).waveforms[0]
        np.testing.assert_array_equal(group.array[:, 0], table * 2.0)
        assert len(set(table.tolist())) == (255 if name == "MB" else 256)
    # Decoded values of G.711, tables 2a and 1a, from the largest code on.
    assert mu_law()[[0x80, 0x81, 0x8F, 0x90, 0x9F, 0xA0, 0xEF, 0xF0, 0xFE]].tolist() == [
        8031, 7775, 4191, 3999, 2079, 1983, 33, 30, 2,
    ]  # fmt: skip
    assert a_law()[[0xAA, 0xAB, 0xA5, 0xBA, 0xD4, 0xD5]].tolist() == [4032, 3904, 2112, 2016, 3, 1]


def test_times_and_skews() -> None:
    """Offsets are seconds; a channel's skew is that of time, else of samples."""
    samples = np.zeros((4, 3), "<i2")
    channels: list[dict[str, Any]] = [
        {"ChannelTimeSkew": 0.25, "ChannelSampleSkew": 9},
        {"ChannelSampleSkew": 2},
        {"ChannelLabel": "pressure", "ChannelOffset": 1.5},
    ]
    group = _made(samples, 16, "SS", channels, MultiplexGroupTimeOffset=500, TriggerTimeOffset=-20).waveforms[
        0
    ]
    assert group.time.tolist() == [0.5, 0.504, 0.508, 0.512]
    assert [channel.skew for channel in group.channels] == [0.25, 0.008, 0.0]
    assert (group.time_offset, group.trigger_offset, group.channels[2].offset) == (0.5, -0.02, 1.5)
    assert group.channels[2].name == "pressure"


def test_what_is_not_there_is_said() -> None:
    """Too few bytes, unknown samples, attributes without which there is nothing."""
    samples = np.zeros((4, 2), "<i2")
    with pytest.raises(TruncatedError, match="16 bytes"):
        _ = _made(samples, 16, "SS", [], NumberOfWaveformSamples=5).waveforms[0].stored
    with pytest.raises(UnsupportedError, match="16 bits"):
        _ = _made(samples, 16, "SB", []).waveforms[0].array
    ds = _made(samples, 16, "SS", [])
    del ds.WaveformSequence[0].WaveformBitsAllocated
    with pytest.raises(MissingElementError, match="WaveformBitsAllocated"):
        ds.waveforms[0]
    group = _made(samples, 16, "SS", [{"ChannelSensitivity": 2.0}], SamplingFrequency=0).waveforms[0]
    assert len(group.channels) == 2
    with pytest.raises(MissingElementError, match="Sampling Frequency"):
        _ = group.time
