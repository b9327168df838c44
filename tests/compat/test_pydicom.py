"""pydicom with our codecs gives what it gives with its own plugins."""

from __future__ import annotations

import logging
import warnings
from typing import TYPE_CHECKING

import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.encaps import encapsulate, generate_frames
from pydicom.pixels import get_decoder, get_encoder
from pydicom.uid import UID
from radiogram.codecs import DECODED
from radiogram.compat.pydicom import ENCODER_DEPENDENCIES, register, unregister

from tests.codecs.images import image
from tests.peers.corpus import packaged_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

LOSSY = {"1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51"}
IRREVERSIBLE = {"1.2.840.10008.1.2.4.91", "1.2.840.10008.1.2.4.203"}
# What libjpeg's older inverse transform, and its way to enlarge chrominance, differ by from libjpeg-turbo's after RGB was made of it.
FROM_LIBJPEG = 5


@pytest.fixture(autouse=True)
def registered() -> Iterator[None]:
    register()
    yield
    unregister()


def compressed() -> list[Any]:
    """Give the files of pydicom and pydicom-data whose transfer syntax we read."""
    found = []
    for file in packaged_files():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                ds = pydicom.dcmread(file.path)
            except (pydicom.errors.InvalidDicomError, OSError, EOFError):
                continue
        syntax = getattr(getattr(ds, "file_meta", None), "TransferSyntaxUID", None)
        if syntax in DECODED and "PixelData" in ds:
            found.append(pytest.param(ds, id=f"{file.name}"))
    return found


def by(plugin: str, ds: Any) -> np.ndarray | None:
    """Give what a plugin makes of a file, nothing where it refuses."""
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return get_decoder(ds.file_meta.TransferSyntaxUID).as_array(ds, decoding_plugin=plugin)[0]
    except RuntimeError:
        return None
    finally:
        logging.disable(logging.NOTSET)


@pytest.mark.parametrize("ds", compressed())
def test_as_its_own_plugins(ds: Any) -> None:
    """Exactly for what is lossless and for GDCM, which is libjpeg too; close for others. Shapes and types are the same."""
    ours = by("radiogram", ds)
    others = [by(plugin, ds) for plugin in get_decoder(ds.file_meta.TransferSyntaxUID).available_plugins]
    assert ours is not None or all(other is None for other in others)
    if ours is None:
        return
    for plugin in get_decoder(ds.file_meta.TransferSyntaxUID).available_plugins:
        theirs = by(plugin, ds)
        if theirs is None:
            continue
        assert (theirs.shape, theirs.dtype) == (ours.shape, ours.dtype)
        syntax = ds.file_meta.TransferSyntaxUID
        is_lossy = syntax in LOSSY
        # OpenJPEG's constant of the irreversible wavelet is T.800's to four digits: some samples are rounded to a neighbour.
        rounding = int(syntax in IRREVERSIBLE)
        # A row or a frame at a time: all of one file at once is gigabytes.
        most = max(
            abs(one.astype(int) - other.astype(int)).max() for one, other in zip(theirs, ours, strict=True)
        )
        assert most <= (FROM_LIBJPEG if is_lossy and plugin == "pylibjpeg" else rounding), plugin


def test_there_are_files(note: Callable[[str], None]) -> None:
    note(f"compressed files of pydicom that our plugins decode: {len(compressed())}")
    assert len(compressed()) >= 20


def test_first_and_out_again() -> None:
    """Ours are tried first; without them pydicom is as it was."""
    decoder = get_decoder("1.2.840.10008.1.2.5")
    register()
    assert next(iter(decoder._available)) == "radiogram"
    assert {"pydicom", "radiogram"} <= set(decoder.available_plugins)
    unregister()
    unregister()
    assert "radiogram" not in decoder.available_plugins
    for uid in ("1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.70"):
        with pytest.raises(NotImplementedError):
            get_encoder(UID(uid))


@pytest.mark.parametrize(
    "uid",
    [
        uid
        for uid in map(UID, ENCODER_DEPENDENCIES)
        if uid not in {*LOSSY, "1.2.840.10008.1.2.4.110", "1.2.840.10008.1.2.1.98", "1.2.840.10008.1.2.8.1"}
    ],
)
@pytest.mark.parametrize(
    "name", ["CT_small.dcm", "MR_small.dcm", "SC_rgb.dcm", "SC_rgb_2frame.dcm", "examples_palette.dcm"]
)
def test_compress(uid: UID, name: str) -> None:
    """What pydicom compresses with our encoders, each of its decoders and ours read as it was."""
    ds = pydicom.dcmread(get_testdata_file(name))
    before = ds.pixel_array.copy()
    if uid.endswith((".81", ".91")) and ds.PhotometricInterpretation == "PALETTE COLOR":
        with pytest.raises(ValueError, match=r"8\.2"):
            ds.compress(uid, encoding_plugin="radiogram")
        return
    ds.compress(uid, encoding_plugin="radiogram")
    readers = [plugin for plugin in get_decoder(uid).available_plugins if by(plugin, ds) is not None]
    assert "radiogram" in readers
    for plugin in readers:
        np.testing.assert_array_equal(by(plugin, ds), before, err_msg=plugin)


@pytest.mark.parametrize("bits", [2, 5, 8, 9, 12, 16])
@pytest.mark.parametrize("sign", "ui")
@pytest.mark.parametrize("planar", [0, 1])
@pytest.mark.parametrize(
    "uid",
    [
        "1.2.840.10008.1.2.4.80",
        "1.2.840.10008.1.2.4.57",
        "1.2.840.10008.1.2.4.90",
        "1.2.840.10008.1.2.4.201",
        "1.2.840.10008.1.2.5",
    ],
)
def test_arrays(uid: str, bits: int, sign: str, planar: int) -> None:
    """Of every depth, with one sample and three, through pydicom and back."""
    kind = np.dtype(f"{sign}{1 if bits <= 8 else 2}")
    for samples in ((), (3,)) if sign == "u" else ((),):
        array = image((21, 17, *samples), kind, bits, "noise")
        described = {
            "rows": 21,
            "columns": 17,
            "samples_per_pixel": 3 if samples else 1,
            "bits_allocated": kind.itemsize * 8,
            "bits_stored": bits,
            "pixel_representation": int(sign == "i"),
            "photometric_interpretation": "RGB" if samples else "MONOCHROME2",
            "number_of_frames": 1,
            "planar_configuration": planar,
        }
        frame = get_encoder(UID(uid)).encode(array, encoding_plugin="radiogram", **described)
        encapsulated = pydicom.encaps.encapsulate([frame])
        for plugin in {"radiogram", *get_decoder(uid).available_plugins} - {"gdcm", "pylibjpeg", "pillow"}:
            back = get_decoder(uid).as_array(
                encapsulated, decoding_plugin=plugin, pixel_keyword="PixelData", **described
            )[0]
            np.testing.assert_array_equal(back, array, err_msg=plugin)


def test_lossy_and_near() -> None:
    ds = pydicom.dcmread(get_testdata_file("CT_small.dcm"))
    before = ds.pixel_array.astype(int)
    ds.compress("1.2.840.10008.1.2.4.81", jls_error=3, encoding_plugin="radiogram")
    assert 0 < abs(ds.pixel_array.astype(int) - before).max() <= 3
    ds = pydicom.dcmread(get_testdata_file("CT_small.dcm"))
    ds.compress("1.2.840.10008.1.2.4.91", j2k_cr=[20, 5], encoding_plugin="radiogram")
    assert len(ds.PixelData) < 128 * 128 * 2 / 4
    assert 0 < abs(ds.pixel_array.astype(int) - before).mean() < 40
    ds = pydicom.dcmread(get_testdata_file("SC_rgb.dcm"))
    ds.compress("1.2.840.10008.1.2.4.50", quality=95)
    assert ds.pixel_array.shape == (100, 100, 3)


def test_what_is_read_past_is_a_warning() -> None:
    """Half of a picture came as though it were all of it."""
    ds = pydicom.dcmread(get_testdata_file("examples_jpeg2k.dcm"))
    frame = next(generate_frames(ds.PixelData, number_of_frames=1))
    ds.PixelData = encapsulate([frame[: len(frame) // 4 * 2]])
    with pytest.warns(UserWarning, match="radiogram: .*byte"):
        found = get_decoder(ds.file_meta.TransferSyntaxUID).as_array(ds, decoding_plugin="radiogram")
    assert found[0].shape == (480, 640, 3)


def test_wrong_options_are_told() -> None:
    ds = pydicom.dcmread(get_testdata_file("CT_small.dcm"))
    logging.disable(logging.CRITICAL)
    try:
        with pytest.raises(RuntimeError, match="Near Lossless"):
            get_encoder(UID("1.2.840.10008.1.2.4.80")).encode(ds, encoding_plugin="radiogram", jls_error=2)
    finally:
        logging.disable(logging.NOTSET)
