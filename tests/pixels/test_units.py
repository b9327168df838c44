"""Color, modality, display and real world values against pydicom's functions, and against the standard's formulas."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import radiogram as rg
from pydicom.dataset import Dataset
from pydicom.pixels import (
    apply_color_lut,
    apply_modality_lut,
    apply_voi_lut,
    apply_windowing,
    convert_color_space,
)
from pydicom.sequence import Sequence
from radiogram import errors

from tests.pixels.datasets import both, noise, picture, table, written

if TYPE_CHECKING:
    import numpy.typing as npt

ALL_12 = np.arange(4096, dtype=np.uint16).reshape(64, 64)


def grey(samples: npt.NDArray[Any] = ALL_12, **elements: Any) -> Dataset:
    options = {"bits": samples.itemsize * 8, "signed": samples.dtype.kind == "i"}
    if samples.dtype == np.uint16:
        options["stored"] = 12
    return picture(samples, shape=(1, *samples.shape, 1), **options, **elements)


# -- modality --------------------------------------------------------------------


@pytest.mark.parametrize("syntax", ["explicit", "implicit", "big"])
@pytest.mark.parametrize(
    ("slope", "intercept", "dtype"),
    [
        (1, -1024, "int16"),
        (1, 0, "int16"),
        (2, -1024, "int16"),
        (-1, 0, "int16"),
        (16, 0, "uint16"),
        (100, -7, "int32"),
        (0.5, 0, "float32"),
        (1, 0.25, "float32"),
        (0.000123, -4.5, "float32"),
        ("1.0000", "-1024.000", "int16"),
    ],
)
def test_rescale(slope: Any, intercept: Any, dtype: str, syntax: str) -> None:
    ds = grey(RescaleSlope=slope, RescaleIntercept=intercept)
    ds.file_meta.TransferSyntaxUID = picture(
        b"", shape=(1, 0, 0, 1), syntax=syntax
    ).file_meta.TransferSyntaxUID
    if syntax == "big":
        ds.PixelData = ALL_12.astype(">u2").tobytes()
    ours, theirs = both(ds)
    array = ours.pixels.array(units="modality")
    assert array.dtype == dtype
    expected = apply_modality_lut(theirs.pixel_array, theirs)
    np.testing.assert_array_equal(array, expected.astype(dtype))
    # Asked for in float64 it is the number itself.
    np.testing.assert_array_equal(ours.pixels.array(units="modality", dtype="float64"), expected)


@pytest.mark.parametrize(
    ("first", "count", "bits"),
    [(0, 4096, 16), (100, 256, 16), (0, 256, 8), (4000, 50, 12), (0, 1, 16), (0, 65536, 16)],
)
def test_modality_lut(first: int, count: int, bits: int) -> None:
    entries = noise((count + 1,), "u2", 0, (1 << bits) - 1)[:count]
    ds = grey(ModalityLUTSequence=Sequence([table("ModalityLUTSequence", first, entries, bits)]))
    ours, theirs = both(ds)
    expected = entries[np.clip(ALL_12.astype(int) - first, 0, count - 1)]
    np.testing.assert_array_equal(ours.pixels.array(units="modality"), expected)
    # pydicom has no table of one entry or of 12 bits.
    if count > 1 and bits != 12 and count < 65536:
        np.testing.assert_array_equal(expected, apply_modality_lut(theirs.pixel_array, theirs))


def test_a_modality_lut_of_signed_samples_begins_below_0() -> None:
    samples = np.arange(-300, 300, dtype=np.int16).reshape(20, 30)
    entries = noise((400,), "u2", 0, 65535)
    ds = grey(samples, ModalityLUTSequence=Sequence([table("ModalityLUTSequence", -200, entries)]))
    ours, theirs = both(ds)
    expected = entries[np.clip(samples.astype(int) + 200, 0, 399)]
    np.testing.assert_array_equal(ours.pixels.array(units="modality"), expected)
    np.testing.assert_array_equal(apply_modality_lut(theirs.pixel_array, theirs), expected)


def test_nothing_to_apply_leaves_the_samples() -> None:
    ours = rg.read(written(grey()))
    np.testing.assert_array_equal(ours.pixels.array(units="modality"), ALL_12)


# -- display ---------------------------------------------------------------------


def to_bytes(values: npt.NDArray[Any], low: float, high: float) -> npt.NDArray[np.float64]:
    return (values.astype(float) - low) / (high - low) * 255


@pytest.mark.parametrize("function", [None, "LINEAR", "LINEAR_EXACT", "SIGMOID"])
@pytest.mark.parametrize(
    ("center", "width"), [(40, 400), (0, 4096), (2048, 2), (-5000, 10), (100.5, 33.25), (0, 1)]
)
@pytest.mark.parametrize("signed", [False, True])
def test_windows(center: float, width: float, function: str | None, signed: bool) -> None:
    samples = ALL_12 if not signed else ALL_12.astype(np.int16) - 2048
    elements = {"WindowCenter": center, "WindowWidth": width, "RescaleSlope": 1, "RescaleIntercept": -1024}
    if function:
        elements["VOILUTFunction"] = function
    ours, theirs = both(grey(samples, **elements))
    hounsfield = apply_modality_lut(theirs.pixel_array, theirs)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        seen = apply_windowing(hounsfield, theirs)
    bits = 16 if signed else 12
    low = -(1 << (bits - 1)) - 1024 if signed else -1024
    # pydicom spreads the window over the range of the modality's values, we over 0 to 255.
    expected = to_bytes(seen, low, low + (1 << bits) - 1)
    shown = ours.pixels.array(units="display")
    assert shown.dtype == np.uint8
    assert abs(shown - expected).max() <= 0.51


def test_each_of_several_windows_can_be_chosen() -> None:
    ours, theirs = both(grey(WindowCenter=[100, 2000, 3000], WindowWidth=[50, 500, 1000]))
    shown = [ours.pixels.array(units="display", window=number) for number in range(3)]
    for number, one in enumerate(shown):
        expected = to_bytes(apply_windowing(theirs.pixel_array, theirs, index=number), 0, 4095)
        assert abs(one - expected).max() <= 0.51
    np.testing.assert_array_equal(ours.pixels.array(units="display"), shown[0])
    assert not np.array_equal(shown[0], shown[1])
    with pytest.raises(errors.ArgumentError):
        ours.pixels.array(units="display", window=3)


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize(("first", "count", "bits"), [(0, 4096, 16), (500, 256, 12), (0, 256, 8)])
def test_voi_lut(first: int, count: int, bits: int, photometric: str) -> None:
    entries = noise((count,), "u2", 0, (1 << bits) - 1)
    ds = grey(VOILUTSequence=Sequence([table("VOILUTSequence", first, entries, bits)]))
    ds.PhotometricInterpretation = photometric
    ours, theirs = both(ds)
    looked_up = entries[np.clip(ALL_12.astype(int) - first, 0, count - 1)]
    # pydicom's numbers of entries wrap round at 256 where they have 8 bits.
    if bits > 8:
        np.testing.assert_array_equal(looked_up, apply_voi_lut(theirs.pixel_array, theirs))
    expected = to_bytes(looked_up, 0, (1 << bits) - 1)
    if photometric == "MONOCHROME1":
        expected = 255 - expected
    assert abs(ours.pixels.array(units="display") - expected).max() <= 0.51


def test_a_voi_lut_after_a_modality_lut() -> None:
    modality = noise((4096,), "u2", 0, 1023)
    voi = noise((1024,), "u2", 0, 255)
    ds = grey(
        ModalityLUTSequence=Sequence([table("ModalityLUTSequence", 0, modality)]),
        VOILUTSequence=Sequence([table("VOILUTSequence", 0, voi, 8)]),
    )
    ours = rg.read(written(ds))
    np.testing.assert_array_equal(ours.pixels.array(units="display"), voi[modality[ALL_12]])


def test_monochrome1_is_turned_round_for_the_display_alone() -> None:
    elements = {"WindowCenter": 2048, "WindowWidth": 4096}
    first, second = (grey(**elements) for _ in range(2))
    second.PhotometricInterpretation = "MONOCHROME1"
    one, two = (rg.read(written(ds)).pixels for ds in (first, second))
    np.testing.assert_array_equal(one.array(units="display"), 255 - two.array(units="display"))
    for units in ("stored", "modality", "color"):
        np.testing.assert_array_equal(one.array(units=units), two.array(units=units))


@pytest.mark.parametrize("shape", ["IDENTITY", "INVERSE"])
def test_presentation_shape(shape: str) -> None:
    elements = {"WindowCenter": 2048, "WindowWidth": 4096}
    plain = rg.read(written(grey(**elements))).pixels.array(units="display")
    shaped = rg.read(written(grey(**elements, PresentationLUTShape=shape))).pixels.array(units="display")
    np.testing.assert_array_equal(shaped, plain if shape == "IDENTITY" else 255 - plain)


# -- color -----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["YBR_FULL", "YBR_FULL_422"])
def test_ybr(name: str) -> None:
    if name == "YBR_FULL":
        samples, shape = noise((16, 16, 3), "u1", 0, 255), (1, 16, 16, 3)
        ybr = samples
    else:
        samples, shape = noise((16, 8, 4), "u1", 0, 255), (1, 16, 16, 3)
        ybr = np.empty((16, 16, 3), "u1")
        ybr[:, 0::2, 0], ybr[:, 1::2, 0] = samples[..., 0], samples[..., 1]
        ybr[..., 1], ybr[..., 2] = samples[..., 2].repeat(2, 1), samples[..., 3].repeat(2, 1)
    ours = rg.read(written(picture(samples, shape=shape, bits=8, PhotometricInterpretation=name)))
    expected = convert_color_space(ybr, "YBR_FULL", "RGB")
    for units in ("color", "display"):
        assert abs(ours.pixels.array(units=units).astype(int) - expected).max() <= 1
    np.testing.assert_array_equal(ours.pixels.array(), ybr)


def test_rgb_is_rgb() -> None:
    for bits in (8, 16):
        samples = noise((6, 7, 3), f"u{bits // 8}", 0, (1 << bits) - 1)
        ours = rg.read(written(picture(samples, shape=(1, 6, 7, 3), bits=bits)))
        np.testing.assert_array_equal(ours.pixels.array(units="color"), samples)
        shown = ours.pixels.array(units="display")
        assert shown.dtype == np.uint8
        assert abs(shown - samples / ((1 << bits) - 1) * 255).max() <= 1


def palette(first: int, entries: npt.NDArray[Any], bits: int, **options: Any) -> Dataset:
    """Make an image of 8 bits with a palette; `entries` are (3, count)."""
    ds = picture(
        noise((16, 16), "u1", 0, 255),
        shape=(1, 16, 16, 1),
        bits=8,
        PhotometricInterpretation="PALETTE COLOR",
        **options,
    )
    for name, channel in zip(("Red", "Green", "Blue"), entries, strict=True):
        setattr(ds, f"{name}PaletteColorLookupTableDescriptor", [entries.shape[1] % 65536, first, bits])
        setattr(
            ds, f"{name}PaletteColorLookupTableData", channel.astype("u1" if bits == 8 else "<u2").tobytes()
        )
    return ds


@pytest.mark.parametrize(
    ("first", "count", "bits"), [(0, 256, 16), (0, 256, 8), (10, 100, 16), (200, 56, 8), (0, 2, 16)]
)
def test_palette(first: int, count: int, bits: int) -> None:
    entries = noise((3, count), "u2", 0, (1 << bits) - 1)
    ours, theirs = both(palette(first, entries, bits))
    coloured = ours.pixels.array(units="color")
    np.testing.assert_array_equal(coloured, apply_color_lut(theirs.pixel_array, theirs))
    shown = ours.pixels.array(units="display")
    assert (shown.dtype, shown.shape) == (np.dtype("u1"), (16, 16, 3))
    assert abs(shown - coloured / ((1 << bits) - 1) * 255).max() <= 1
    np.testing.assert_array_equal(ours.pixel_array, theirs.pixel_array)


@pytest.mark.parametrize("bits", [8, 16])
def test_segmented_palette(bits: int) -> None:
    """A run of values, a line, and a copy of the two (PS3.3 C.7.9.2)."""
    top = (1 << bits) - 1
    ds = palette(0, np.zeros((3, 256), "u2"), bits)
    for number, name in enumerate(("Red", "Green", "Blue")):
        delattr(ds, f"{name}PaletteColorLookupTableData")
        discrete = [0, 4, 1, 2 + number, top, 7]
        linear = [1, 124, top - number]
        copied = [2, 2] + [0] * (4 if bits == 8 else 2)
        if bits == 16:
            segments = np.array(discrete + linear + copied, "<u2").tobytes()
        else:
            segments = bytes(discrete + linear + copied)
        setattr(ds, f"Segmented{name}PaletteColorLookupTableData", segments + b"\0" * (len(segments) % 2))
    ours, theirs = both(ds)
    np.testing.assert_array_equal(
        ours.pixels.array(units="color"), apply_color_lut(theirs.pixel_array, theirs)
    )


# -- real world ------------------------------------------------------------------


def test_real_world_lines_and_tables() -> None:
    line, lut = Dataset(), Dataset()
    line.RealWorldValueFirstValueMapped, line.RealWorldValueLastValueMapped = 100, 4000
    line.RealWorldValueSlope, line.RealWorldValueIntercept = 0.125, -3.5
    lut.RealWorldValueFirstValueMapped, lut.RealWorldValueLastValueMapped = 0, 9
    lut.RealWorldValueLUTData = [float(number) ** 2 for number in range(10)]
    ours = rg.read(
        written(grey(RealWorldValueMappingSequence=Sequence([line, lut]), RescaleSlope=7, RescaleIntercept=1))
    )
    stored = ALL_12.astype(float)
    inside = (ALL_12 >= 100) & (ALL_12 <= 4000)
    np.testing.assert_array_equal(
        ours.pixels.array(units="real_world"), np.where(inside, stored * 0.125 - 3.5, np.nan)
    )
    squares = ours.pixels.array(units="real_world", mapping=1)
    np.testing.assert_array_equal(squares, np.where(ALL_12 <= 9, stored**2, np.nan))
    with pytest.raises(errors.ArgumentError):
        ours.pixels.array(units="real_world", mapping=2)


def test_no_real_world_mapping_is_an_error() -> None:
    with pytest.raises(errors.DicomError):
        rg.read(written(grey())).pixels.array(units="real_world")


# -- padding and overlays --------------------------------------------------------


@pytest.mark.parametrize("signed", [False, True])
def test_padding_is_a_mask(signed: bool) -> None:
    samples = ALL_12.astype(np.int16) - 2048 if signed else ALL_12
    vr = "SS" if signed else "US"
    base = -2048 if signed else 0
    ds = grey(samples)
    assert rg.read(written(ds)).pixels.padding() is None
    ds.add_new("PixelPaddingValue", vr, base + 7)
    mask = rg.read(written(ds)).pixels.padding()
    assert mask.dtype == bool
    np.testing.assert_array_equal(mask, samples == base + 7)
    ds.add_new("PixelPaddingRangeLimit", vr, base + 50)
    np.testing.assert_array_equal(
        rg.read(written(ds)).pixels.padding(), (samples >= base + 7) & (samples <= base + 50)
    )
    ds.add_new("PixelPaddingRangeLimit", vr, base + 1)
    np.testing.assert_array_equal(
        rg.read(written(ds)).pixels.padding(), (samples >= base + 1) & (samples <= base + 7)
    )


def test_padding_of_some_frames() -> None:
    samples = noise((4, 5, 6), "u2", 0, 5)
    ours = rg.read(written(picture(samples, shape=(4, 5, 6, 1), PixelPaddingValue=3))).pixels
    np.testing.assert_array_equal(ours.padding(), samples == 3)
    np.testing.assert_array_equal(ours.padding(frames=2), samples[2] == 3)
    np.testing.assert_array_equal(ours.padding(frames=[3, 0]), samples[[3, 0]] == 3)


@pytest.mark.parametrize("frames", [1, 3])
@pytest.mark.parametrize("size", [(16, 16), (5, 7), (1, 3)])
def test_overlays_in_their_own_element(size: tuple[int, int], frames: int) -> None:
    planes = noise((frames, *size), "u1", 0, 1)
    packed = np.packbits(planes.ravel(), bitorder="little").tobytes()
    ds = grey()
    for group, shift in ((0x6000, 0), (0x6002, 1)):
        data = bytes(byte ^ (0xFF * shift) for byte in packed)
        ds.add_new((group, 0x10), "US", size[0])
        ds.add_new((group, 0x11), "US", size[1])
        if frames > 1:
            ds.add_new((group, 0x15), "IS", frames)
        ds.add_new((group, 0x40), "CS", "G")
        ds.add_new((group, 0x50), "SS", [3, -2])
        ds.add_new((group, 0x100), "US", 1)
        ds.add_new((group, 0x102), "US", 0)
        ds.add_new((group, 0x3000), "OW", data + b"\0" * (len(data) % 2))
    ours, theirs = both(ds)
    assert [(overlay.group, overlay.origin, overlay.kind) for overlay in ours.overlays] == [
        (0x6000, (3, -2), "G"),
        (0x6002, (3, -2), "G"),
    ]
    for group, flipped in ((0x6000, 0), (0x6002, 1)):
        np.testing.assert_array_equal(ours.overlay_array(group), theirs.overlay_array(group))
        np.testing.assert_array_equal(np.squeeze(ours.overlay_array(group)), np.squeeze(planes ^ flipped))
    with pytest.raises(KeyError):
        ours.overlay_array(0x6004)


@pytest.mark.parametrize("bit", [12, 15])
def test_overlays_in_unused_bits(bit: int) -> None:
    """Retired in 2004; the samples below are what they are."""
    plane = noise((64, 64), "u2", 0, 1)
    ds = grey(ALL_12 | (plane << bit))
    for element, value in ((0x10, 64), (0x11, 64), (0x100, 16), (0x102, bit)):
        ds.add_new((0x6000, element), "US", value)
    ds.add_new((0x6000, 0x40), "CS", "R")
    ds.add_new((0x6000, 0x50), "SS", [1, 1])
    ours = rg.read(written(ds))
    (overlay,) = ours.overlays
    assert (overlay.kind, overlay.shape) == ("R", (64, 64))
    np.testing.assert_array_equal(overlay.array, plane)
    np.testing.assert_array_equal(ours.pixel_array, ALL_12)
