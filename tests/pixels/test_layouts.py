"""Every way in which uncompressed samples lie in a file: our array is pydicom's, and what went into the file."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import radiogram as rg
from pydicom.dataset import Dataset
from pydicom.pixels import pixel_array
from radiogram import errors

from tests.pixels.datasets import both, noise, picture, written

if TYPE_CHECKING:
    import numpy.typing as npt

SYNTAXES = ("explicit", "implicit", "big")


def equal(ours: npt.NDArray[Any], theirs: npt.NDArray[Any]) -> None:
    assert (ours.shape, ours.dtype.newbyteorder("=")) == (theirs.shape, theirs.dtype.newbyteorder("="))
    np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("shape", [(1, 3, 5, 1), (4, 3, 5, 1), (1, 3, 5, 3), (3, 3, 5, 3), (1, 1, 1, 1)])
@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("bits", [8, 16, 32])
def test_whole_cells(bits: int, signed: bool, shape: tuple[int, ...], syntax: str) -> None:
    dtype = np.dtype(f"{'i' if signed else 'u'}{bits // 8}")
    info = np.iinfo(dtype)
    samples = (
        noise((*shape, 1, 1), dtype, info.min, info.max).reshape(shape)
        if np.prod(shape) > 1
        else np.ones(shape, dtype)
    )
    ours, theirs = both(picture(samples, shape=shape, bits=bits, signed=signed, syntax=syntax))
    equal(ours.pixel_array, theirs.pixel_array)
    np.testing.assert_array_equal(ours.pixel_array.ravel(), samples.ravel())
    equal(ours.pixels.array(units="stored"), theirs.pixel_array)


@pytest.mark.parametrize("syntax", ["explicit", "implicit"])
@pytest.mark.parametrize("signed", [False, True])
def test_cells_of_64_bits(signed: bool, syntax: str) -> None:
    """Unsigned and signed; pydicom reads up to 64 bits too."""
    info = np.iinfo("i8" if signed else "u8")
    samples = noise((2, 3, 4), info.dtype, info.min, info.max)
    ours = rg.read(written(picture(samples, shape=(2, 3, 4, 1), bits=64, signed=signed, syntax=syntax)))
    equal(ours.pixel_array, samples)


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize(("keyword", "dtype"), [("FloatPixelData", "f4"), ("DoubleFloatPixelData", "f8")])
@pytest.mark.parametrize("frames", [1, 3])
def test_floating_samples(frames: int, keyword: str, dtype: str, syntax: str) -> None:
    samples = np.random.default_rng(2).standard_normal((frames, 3, 4)).astype(dtype)
    samples.flat[:3] = np.nan, np.inf, -0.0
    ds = picture(samples, shape=(frames, 3, 4, 1), bits=samples.itemsize * 8, syntax=syntax)
    order = ">" if syntax == "big" else "<"
    del ds.PixelData, ds.BitsStored, ds.HighBit, ds.PixelRepresentation
    setattr(ds, keyword, samples.astype(order + dtype).tobytes())
    ours, theirs = both(ds)
    equal(ours.pixel_array, theirs.pixel_array)


@pytest.mark.parametrize("shape", [(1, 3, 5), (3, 3, 5), (7, 1, 3), (1, 8, 8), (2, 16, 16), (5, 1, 1)])
def test_single_bits(shape: tuple[int, ...]) -> None:
    """Frames follow each other without padding (PS3.5 8.2)."""
    samples = noise(shape, "u1", 0, 1)
    packed = np.packbits(samples.ravel(), bitorder="little").tobytes()
    ours, theirs = both(picture(packed, shape=(*shape, 1), bits=1))
    equal(ours.pixel_array, theirs.pixel_array)
    np.testing.assert_array_equal(ours.pixel_array.ravel(), samples.ravel())
    for index in range(shape[0]):
        np.testing.assert_array_equal(ours.pixels.frame(index), samples[index])


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize(
    ("bits", "stored", "high"),
    [(16, 12, 11), (16, 12, 15), (16, 10, 12), (8, 5, 4), (8, 5, 7), (32, 20, 19), (32, 20, 27), (16, 1, 0)],
)
def test_values_in_part_of_a_cell(bits: int, stored: int, high: int, syntax: str, signed: bool) -> None:
    """The value's bits may begin above the lowest, and the bits round it are no part of it (PS3.5 8.1.1)."""
    low, most = (-(1 << (stored - 1)), (1 << (stored - 1)) - 1) if signed else (0, (1 << stored) - 1)
    values = noise((6, 7), "i8", low, most)
    shift = high + 1 - stored
    dirt = noise((6, 7), "i8", 0, (1 << bits) - 1, seed=3)
    mask = ((1 << stored) - 1) << shift
    cells = (((values << shift) & mask) | (dirt & ~mask & ((1 << bits) - 1))).astype(f"u{bits // 8}")
    ds = picture(cells, shape=(1, 6, 7, 1), bits=bits, stored=stored, high=high, signed=signed, syntax=syntax)
    ours = rg.read(written(ds))
    np.testing.assert_array_equal(ours.pixel_array, values)
    assert ours.pixel_array.dtype == f"{'i' if signed else 'u'}{bits // 8}"
    modality = ours.pixels.array(units="modality")
    np.testing.assert_array_equal(modality, values)


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("bits", [8, 16, 32])
@pytest.mark.parametrize("frames", [1, 3])
def test_planes(frames: int, bits: int, syntax: str) -> None:
    samples = noise((frames, 3, 4, 5), f"u{bits // 8}", 0, (1 << bits) - 1)
    ds = picture(samples, shape=(frames, 4, 5, 3), bits=bits, syntax=syntax, PlanarConfiguration=1)
    ours, theirs = both(ds)
    equal(ours.pixel_array, theirs.pixel_array)
    expected = samples.transpose(0, 2, 3, 1)
    np.testing.assert_array_equal(ours.pixel_array, expected if frames > 1 else expected[0])


@pytest.mark.parametrize("frames", [1, 3])
@pytest.mark.parametrize("columns", [2, 6])
def test_shared_chrominance(frames: int, columns: int) -> None:
    samples = noise((frames, 4, columns // 2, 4), "u1", 0, 255)
    ds = picture(samples, shape=(frames, 4, columns, 3), bits=8, PhotometricInterpretation="YBR_FULL_422")
    ours, theirs = both(ds)
    equal(ours.pixels.array(units="stored"), pixel_array(theirs, raw=True))
    difference = ours.pixel_array.astype(int) - theirs.pixel_array
    # pydicom rounds the three products apart; half a level either way.
    assert abs(difference).max() <= 1
    assert (difference != 0).mean() < 0.05


@pytest.mark.parametrize("planar", [0, 1])
def test_ybr_is_rgb(planar: int) -> None:
    samples = noise((4, 5, 3) if planar == 0 else (3, 4, 5), "u1", 0, 255)
    ds = picture(
        samples, shape=(1, 4, 5, 3), bits=8, PhotometricInterpretation="YBR_FULL", PlanarConfiguration=planar
    )
    ours, theirs = both(ds)
    equal(ours.pixels.array(units="stored"), pixel_array(theirs, raw=True))
    assert abs(ours.pixel_array.astype(int) - theirs.pixel_array).max() <= 1


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_an_odd_number_of_bytes_is_padded(syntax: str) -> None:
    samples = noise((3, 3), "u1", 0, 255)
    for vr in ("OB", "OW") if syntax == "explicit" else (None,):
        ours, theirs = both(picture(samples, shape=(1, 3, 3, 1), bits=8, syntax=syntax, vr=vr))
        equal(ours.pixel_array, theirs.pixel_array)
        np.testing.assert_array_equal(ours.pixel_array, samples)
        assert not ours.problems


def test_bytes_in_big_endian_words() -> None:
    """OW of 8-bit cells: each pair was exchanged (PS3.5 8.1.1)."""
    samples = noise((2, 4, 6), "u1", 0, 255)
    swapped = samples.reshape(-1, 2)[:, ::-1].tobytes()
    ours, theirs = both(picture(swapped, shape=(2, 4, 6, 1), bits=8, syntax="big", vr="OW"))
    equal(ours.pixel_array, theirs.pixel_array)
    np.testing.assert_array_equal(ours.pixel_array, samples)


def test_short_data_are_an_error_and_no_picture() -> None:
    samples = noise((4, 4), "u2", 0, 65535)
    ds = picture(samples.tobytes()[:-2], shape=(1, 4, 4, 1))
    ours = rg.read(written(ds))
    with pytest.raises(
        errors.PixelError, match="30 bytes of pixel data where the attributes ask for 32"
    ) as caught:
        ours.pixel_array  # noqa: B018
    assert "7FE0,0010" in caught.value.path


def test_long_data_are_a_problem() -> None:
    samples = noise((4, 4), "u2", 0, 65535)
    ours = rg.read(written(picture(samples.tobytes() + b"\1" * 10, shape=(1, 4, 4, 1))))
    np.testing.assert_array_equal(ours.pixel_array, samples)
    assert [str(problem.kind) for problem in ours.problems] == ["long_pixel_data"]
    # Whole frames more than Number of Frames says are frames, as pydicom has it.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours, theirs = both(picture(samples.tobytes() * 3, shape=(2, 4, 4, 1)))
        equal(ours.pixel_array, theirs.pixel_array)


def test_icons_and_pictures_inside_have_arrays_of_their_own() -> None:
    inner = picture(noise((6, 6), "u1", 0, 255), shape=(1, 6, 6, 1), bits=8)
    item = Dataset()
    item.update({elem.tag: elem for elem in inner if elem.tag.group >= 0x28})
    outer = noise((8, 8), "u2", 0, 4095)
    ours, theirs = both(picture(outer, shape=(1, 8, 8, 1), stored=12, IconImageSequence=[item]))
    icon = ours.IconImageSequence[0]
    np.testing.assert_array_equal(icon.pixel_array.ravel(), list(inner.PixelData))
    assert icon.pixel_array.shape == (6, 6)
    equal(ours.pixel_array, theirs.pixel_array)
    assert icon.pixels.array(units="display").dtype == np.uint8


@pytest.mark.parametrize(
    "broken", ["Rows", "Columns", "BitsAllocated", "SamplesPerPixel", "PixelRepresentation"]
)
def test_an_attribute_that_lacks_says_its_name(broken: str) -> None:
    ds = picture(noise((4, 4), "u2", 0, 65535), shape=(1, 4, 4, 1))
    delattr(ds, broken)
    ours = rg.read(written(ds))
    for touch in (lambda: ours.pixel_array, lambda: ours.pixels.array(), lambda: ours.pixels.shape):
        with pytest.raises(errors.PixelError) as caught:
            touch()
        said = str(caught.value).replace(" ", "").lower()
        assert broken.lower() in said


def test_no_pixel_data_is_an_attribute_error_with_its_own_words() -> None:
    """A property's AttributeError goes to `__getattr__`, which must not answer for it."""
    ds = picture(noise((4, 4), "u2", 0, 65535), shape=(1, 4, 4, 1))
    del ds.PixelData
    ours = rg.read(written(ds))
    for touch in (
        lambda: ours.pixel_array,
        lambda: ours.pixels.shape,
        lambda: ours.pixels.array(),
        lambda: len(ours.pixels),
    ):
        with pytest.raises(errors.NoPixelDataError, match="the dataset has no pixel data") as caught:
            touch()
        assert isinstance(caught.value, AttributeError)
        assert caught.value.kind == "no_pixel_data"
    with pytest.raises(AttributeError, match="the dataset has no PixelData"):
        ours.PixelData  # noqa: B018
    assert not hasattr(ours, "pixel_array")
    assert getattr(ours, "pixel_array", None) is None
    assert ours.get("pixel_array") is None
