"""Parts of frames: regions of any pixel data, sizes and layers of JPEG 2000, in every unit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import radiogram as rg
from pydicom.data import get_testdata_file
from radiogram.errors import ArgumentError, LimitError, PixelError

from tests.codecs.images import image
from tests.peers.corpus import corpus_files
from tests.pixels.datasets import picture, written
from tests.pixels.encapsulated import put

NATIVE = (
    "CT_small.dcm",
    "MR_small_bigendian.dcm",
    "SC_rgb.dcm",
    "SC_rgb_dcmtk_+eb+cy+n1.dcm",
    "SC_ybr_full_422_uncompressed.dcm",
    "examples_palette.dcm",
    "liver.dcm",
    "emri_small.dcm",
    "emri_small_RLE.dcm",
    "MR_small_RLE.dcm",
    "liver_expb_1frame.dcm",
    "SC_rgb_jpeg_dcmtk.dcm",
)
J2K = (
    "MR_small_jp2klossless.dcm",
    "examples_jpeg2k.dcm",
    "emri_small_jpeg_2k_lossless.dcm",
    "J2K_pixelrep_mismatch.dcm",
    "GDCMJ2K_TextGBR.dcm",
    "JPEG2000.dcm",
    "US1_J2KI.dcm",
    "HTJ2K_08_RGB.dcm",
    "HTJ2KLossless_08_RGB.dcm",
    "liver_nonbyte_aligned_j2k.dcm",
    "RG3_J2KI.dcm",
)


CORPUS = {file.path.name: file.path for file in corpus_files()}


def read(name: str) -> Any:
    found = CORPUS.get(name) or get_testdata_file(name, download=False)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return rg.read(found)


@pytest.mark.parametrize("name", [*NATIVE, *J2K])
def test_a_region_is_of_the_frame(name: str) -> None:
    """In each unit that the frame has: stored, colour, modality."""
    pixels = read(name).pixels
    rows, columns = pixels.frame(0).shape[:2]
    region = (rows // 3, columns // 5, rows // 2, columns // 3)
    part = slice(rows // 3, rows // 3 + rows // 2), slice(columns // 5, columns // 5 + columns // 3)
    for units in ("stored", "color", "modality"):
        try:
            whole = pixels.frame(-1, units=units)
        except rg.DicomError:
            continue
        made = pixels.frame(-1, units=units, region=region)
        assert made.dtype == whole.dtype
        np.testing.assert_array_equal(made, whole[part])
    wide = pixels.frame(0, region=region, dtype="float64")
    np.testing.assert_array_equal(wide, pixels.frame(0, dtype="float64")[part])


@pytest.mark.parametrize("name", J2K)
@pytest.mark.parametrize("reduce", [1, 2, 3])
def test_a_reduced_frame_is_smaller(name: str, reduce: int) -> None:
    """As wide as T.800 B.5 says, of the same type, near what averaging gives."""
    ds = read(name)
    whole = ds.pixels.frame(0)
    made = ds.pixels.frame(0, reduce=reduce)
    side = 1 << reduce
    rows, columns = whole.shape[:2]
    assert made.shape == (-(-rows // side), -(-columns // side), *whole.shape[2:])
    assert made.dtype == whole.dtype
    if ds.BitsStored > 1:
        span = float(np.ptp(whole.astype(float)))
        assert abs(made.astype(float).mean() - whole.astype(float).mean()) < span / 20
    region = (rows // 4, columns // 4, rows // 2, columns // 2)
    part = ds.pixels.frame(0, reduce=reduce, region=region)
    top, left = -(-region[0] // side), -(-region[1] // side)
    np.testing.assert_array_equal(part, made[top : top + part.shape[0], left : left + part.shape[1]])


def test_the_stages_follow() -> None:
    """A reduced frame after rescale and window is what rescale and window make of the reduced samples."""
    ds = read("J2K_pixelrep_mismatch.dcm")
    stored, units = ds.pixels.frame(0, reduce=2), ds.pixels.frame(0, reduce=2, units="modality")
    np.testing.assert_array_equal(units, stored.astype(int) * int(ds.RescaleSlope) + int(ds.RescaleIntercept))
    shown = ds.pixels.frame(0, reduce=2, units="display")
    assert (shown.shape, shown.dtype) == (stored.shape, np.uint8)


@pytest.mark.parametrize("name", NATIVE[:3])
def test_other_pixels_have_one_size(name: str) -> None:
    for part in ({"reduce": 1}, {"layers": 1}):
        with pytest.raises(ArgumentError, match="JPEG 2000"):
            read(name).pixels.frame(0, **part)


@pytest.mark.parametrize(
    "part",
    [
        {"region": (0, 0, 65, 1)},
        {"region": (64, 0, 1, 1)},
        {"region": (0, 0, 0, 1)},
        {"region": (0, 0)},
        {"region": "1234"},
        {"region": (1, 1, 1, 1), "reduce": 1},
        {"reduce": 20},
        {"reduce": -1},
        {"layers": 0},
    ],
    ids=str,
)
def test_parts_that_there_are_not(part: dict[str, Any]) -> None:
    pixels = read("MR_small_jp2klossless.dcm").pixels
    with pytest.raises(ArgumentError):
        pixels.frame(0, **part)
    with pytest.raises(ArgumentError):
        pixels.frame(1, reduce=1)


def written_as(syntax: str, array: np.ndarray, frames: list[bytes], **more: Any) -> bytes:
    shape = (len(frames), *array.shape[:2], array.shape[2] if array.ndim == 3 else 1)
    ds = picture(array, shape=shape, bits=array.dtype.itemsize * 8, stored=12, **more)
    put(ds, [frame + b"\0" * (len(frame) % 2) for frame in frames], syntax=rg.TransferSyntax(syntax).uid)
    return written(ds)


def test_layers() -> None:
    array = image((150, 170), np.dtype("u2"), 12)
    frame = rg.codecs.encode("JPEG2000", array, bits_stored=12, rate=[40, 10, 3])
    pixels = rg.read(written_as("JPEG2000", array, [frame])).pixels
    errors = [abs(pixels.frame(0, layers=n).astype(int) - array).mean() for n in (1, 2, 3)]
    assert errors[0] > errors[1] > errors[2]
    np.testing.assert_array_equal(pixels.frame(0, layers=9), pixels.frame(0))


@pytest.mark.parametrize("syntax", ["JPEG2000Lossless", "HTJ2KLossless"])
def test_a_cut_frame_gives_what_it_holds(syntax: str) -> None:
    """With a problem; an error where that is wanted."""
    array = image((150, 170), np.dtype("u2"), 12)
    frame = rg.codecs.encode(syntax, array, bits_stored=12, order="RLCP")
    file = written_as(syntax, array, [frame[: len(frame) * 2 // 3]])
    ds = rg.read(file)
    assert abs(ds.pixel_array.astype(int) - array).mean() < 300
    assert [str(problem.kind) for problem in ds.problems] == ["codestream"]
    with pytest.raises(rg.DicomError):
        _ = rg.read(file, strict=True).pixel_array
    # What is smaller may be whole.
    whole = rg.read(written_as(syntax, array, [frame]))
    small = rg.read(file)
    np.testing.assert_array_equal(small.pixels.frame(0, reduce=3), whole.pixels.frame(0, reduce=3))
    for length in (0, 1, 20, 90):
        with pytest.raises((PixelError, LimitError)):
            _ = rg.read(written_as(syntax, array, [frame[:length]])).pixel_array


@pytest.mark.parametrize("syntax", ["JPEG2000Lossless", "HTJ2KLosslessRPCL"])
@pytest.mark.parametrize("count", [1, 3])
def test_threads_change_nothing(syntax: str, count: int) -> None:
    """One large frame by all threads, several by one each."""
    array = image((900, 800), np.dtype("u2"), 12)
    frame = rg.codecs.encode(syntax, array, bits_stored=12)
    pixels = rg.read(written_as(syntax, array, [frame] * count)).pixels
    for threads in (None, 1, 2, 7):
        made = pixels.array(threads=threads)
        np.testing.assert_array_equal(made.reshape(count, 900, 800), np.stack([array] * count))
        np.testing.assert_array_equal(
            pixels.frame(0, region=(5, 6, 700, 790), threads=threads), array[5:705, 6:796]
        )


def test_frames_without_a_table() -> None:
    """Several frames in one fragment, told apart by where their codestreams end; and one in many fragments."""
    array = image((40, 50), np.dtype("u2"), 12, "noise")
    frame = rg.codecs.encode("JPEG2000Lossless", array, bits_stored=12)
    other = rg.codecs.encode("JPEG2000Lossless", array[::-1].copy(), bits_stored=12)
    ds = picture(array, shape=(2, 40, 50, 1), bits=16, stored=12)
    put(
        ds,
        [frame + other + b"\0" * ((len(frame) + len(other)) % 2)],
        syntax=rg.TransferSyntax("JPEG2000Lossless").uid,
    )
    made = rg.read(written(ds)).pixels.array()
    np.testing.assert_array_equal(made, np.stack([array, array[::-1]]))


@pytest.mark.corpus
def test_every_real_file_has_its_parts(corpus_root: Path) -> None:
    """JPEG 2000 of every real writer: regions and sizes agree with the whole."""
    count = 0
    for path in sorted(corpus_root.glob("dicom/**/*")):
        if not path.is_file():
            continue
        try:
            ds = rg.read(path)
            if not ds.file_meta.TransferSyntaxUID.is_transfer_syntax:
                continue
            if not rg.TransferSyntax(ds.file_meta.TransferSyntaxUID).codec.startswith(("jpeg2000", "htj2k")):
                continue
            pixels = ds.pixels
            whole = pixels.frame(0)
        except (rg.DicomError, AttributeError, KeyError, ValueError):
            continue
        rows, columns = whole.shape[:2]
        region = (rows // 3, columns // 3, max(rows // 4, 1), max(columns // 4, 1))
        made = pixels.frame(0, region=region)
        part = whole[region[0] : region[0] + region[2], region[1] : region[1] + region[3]]
        assert np.abs(made.astype(int) - part.astype(int)).max() <= 1, path
        assert pixels.frame(0, reduce=1).shape[:2] == ((rows + 1) // 2, (columns + 1) // 2)
        count += 1
    assert count >= 30


def _read_bytes() -> int:
    """Give how many bytes this process has read by calls of the system."""
    lines = Path("/proc/self/io").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("rchar")).split()[1])


@pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="the system does not count")
@pytest.mark.parametrize(
    ("syntax", "options", "part", "share"),
    [
        ("HTJ2KLosslessRPCL", {}, {"reduce": 4}, 20),
        ("HTJ2KLossless", {"plt": True, "tile": 256}, {"region": (300, 700, 100, 100)}, 7),
        ("JPEG2000Lossless", {"plt": True, "tlm": True}, {"reduce": 3}, 10),
        ("JPEG2000", {"quality": [30, 60], "plt": True}, {"layers": 1}, 2),
    ],
)
def test_only_the_bytes_of_a_part_are_read(
    syntax: str, options: dict[str, Any], part: dict[str, Any], share: int, tmp_path: Path
) -> None:
    array = np.random.default_rng(1).integers(0, 4096, (1024, 1024), np.uint16)
    ds = rg.read(written(picture(array, shape=(1, 1024, 1024, 1), stored=12)))
    ds.compress(syntax, **options)
    path = tmp_path / "large.dcm"
    ds.save_as(path)
    expected = rg.read(path.read_bytes()).pixels.frame(0, **part)
    pixels = rg.read(path).pixels
    assert pixels.n_frames == 1
    before = _read_bytes()
    made = pixels.frame(0, **part)
    after = _read_bytes()
    np.testing.assert_array_equal(made, expected)
    assert after - before < path.stat().st_size / share
