"""Compressed pixel data: every unit as of the same picture uncompressed, every offset table, hostile codestreams."""

from __future__ import annotations

import copy
import random
import threading
import time
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
import pytest
import radiogram as rg
from pydicom.data import get_testdata_file
from pydicom.uid import JPEGBaseline8Bit, JPEGLosslessSV1, JPEGLSLossless, RLELossless
from radiogram import errors

from tests.pixels.datasets import picture, table, written
from tests.pixels.encapsulated import compressed, frames_of, put, put_rle, rle

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

ENCAPSULATED = "1.2.840.10008.1.2.1.98"
DEFLATED = "1.2.840.10008.1.2.8.1"
RANDOM = np.random.default_rng(11)
FRAMES = 5


def grey(bits: int = 16, stored: int | None = None, frames: int = FRAMES, *, signed: bool = False) -> Dataset:
    """Make a native picture of random samples."""
    kind = f"{'i' if signed else 'u'}{bits // 8}"
    width = stored or bits
    low, high = (-(1 << (width - 1)), 1 << (width - 1)) if signed else (0, 1 << width)
    samples = RANDOM.integers(low, high, (frames, 6, 10)).astype(kind)
    return picture(samples, shape=(frames, 6, 10, 1), bits=bits, stored=stored, signed=signed)


def ours(ds: Dataset) -> rg.Dataset:
    """Read what pydicom writes; it does not know every syntax, so that some are put in afterwards."""
    syntax = ds.file_meta.TransferSyntaxUID
    if syntax.is_transfer_syntax and syntax != DEFLATED:
        return rg.read(written(ds))
    known = "1.2.840.10008.1.2.4.90" if len(syntax) < 23 else "1.2.840.10008.1.2.4.100"
    ds.file_meta.TransferSyntaxUID = known
    content = written(ds)
    ds.file_meta.TransferSyntaxUID = syntax
    return rg.read(content.replace(known.encode(), syntax.encode().ljust(len(known), b"\0"), 1))


def same(ds: Dataset, packed: Dataset, **options: Any) -> None:
    np.testing.assert_array_equal(ours(ds).pixels.array(**options), ours(packed).pixels.array(**options))


# -- units -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("bits", [8, 16, 32])
@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("frames", [1, FRAMES])
def test_rle_is_the_native_picture(bits: int, frames: int, *, signed: bool) -> None:
    ds = grey(bits, bits - 3, frames, signed=signed)
    packed = put_rle(copy.deepcopy(ds)) if bits == 32 else compressed(copy.deepcopy(ds))
    native, read = ours(ds), ours(packed)
    assert (read.pixels.shape, read.pixels.dtype) == (native.pixels.shape, native.pixels.dtype)
    for options in (
        {},
        {"units": "modality"},
        {"units": "modality", "dtype": "float64"},
        {"units": "display"},
        {"units": "color"},
        {"dtype": "float32"},
        {"threads": 2},
        {"frames": [0, 0, frames - 1]},
        {"frames": slice(None, None, -1)},
        {"frames": -1},
    ):
        np.testing.assert_array_equal(native.pixels.array(**options), read.pixels.array(**options))
    np.testing.assert_array_equal(native.pixel_array, read.pixel_array)
    assert read.problems == ()


def test_colour_windows_and_tables() -> None:
    samples = RANDOM.integers(0, 256, (2, 6, 10, 3)).astype("u1")
    for photometric in ("RGB", "YBR_FULL"):
        ds = picture(samples, shape=(2, 6, 10, 3), bits=8, PhotometricInterpretation=photometric)
        packed = compressed(copy.deepcopy(ds))
        for units in ("stored", "color", "display"):
            same(ds, packed, units=units)
        np.testing.assert_array_equal(ours(ds).pixel_array, ours(packed).pixel_array)
    ds = grey(16, 12)
    ds.RescaleSlope, ds.RescaleIntercept = 2, -1000
    ds.WindowCenter, ds.WindowWidth = 40, 400
    ds.PixelPaddingValue = int(np.frombuffer(ds.PixelData, "u2")[3])
    packed = compressed(copy.deepcopy(ds))
    for units in ("modality", "display"):
        same(ds, packed, units=units)
    np.testing.assert_array_equal(ours(ds).pixels.padding(), ours(packed).pixels.padding())
    del ds.RescaleSlope, ds.RescaleIntercept, packed.RescaleSlope, packed.RescaleIntercept
    for one in (ds, packed):
        one.ModalityLUTSequence = [table("ModalityLUTSequence", 0, list(range(0, 65536, 16)))]
    same(ds, packed, units="modality")


@pytest.mark.parametrize("colours", [1, 3])
@pytest.mark.parametrize("syntax", [ENCAPSULATED, DEFLATED])
def test_frames_that_lie_as_native_ones(colours: int, syntax: str) -> None:
    shape = (FRAMES, 6, 10, colours)
    ds = picture(RANDOM.integers(0, 4096, shape).astype("u2"), shape=shape, stored=12)
    if colours == 3:
        ds.PlanarConfiguration = 1
    packed = copy.deepcopy(ds)
    size = len(ds.PixelData) // FRAMES
    parts = [ds.PixelData[at : at + size] for at in range(0, len(ds.PixelData), size)]
    put(packed, [_deflated(part) if syntax.endswith("8.1") else part for part in parts], syntax=syntax)
    same(ds, packed)
    same(ds, packed, frames=3, threads=1)
    put(packed, [part[:-2] for part in parts] if not syntax.endswith("8.1") else parts, syntax=syntax)
    with pytest.raises((errors.PixelError, errors.LimitError)):
        ours(packed).pixels.array()


def test_single_bits() -> None:
    bits = RANDOM.integers(0, 2, (3, 6, 10)).astype("u1")
    packed = picture(b"", shape=(3, 6, 10, 1), bits=1)
    frames = [np.packbits(frame.ravel(), bitorder="little").tobytes() for frame in bits]
    put(packed, [_deflated(frame) for frame in frames], syntax=DEFLATED)
    np.testing.assert_array_equal(ours(packed).pixels.array(), bits)
    put(packed, [rle([frame]) for frame in frames], syntax=RLELossless)
    np.testing.assert_array_equal(ours(packed).pixels.array(), bits)


def _deflated(content: bytes) -> bytes:
    maker = zlib.compressobj(wbits=-15)
    stream = maker.compress(content) + maker.flush()
    return stream + b"\0" * (len(stream) % 2)


def test_out_threads_and_iteration() -> None:
    packed = ours(compressed(grey()))
    whole = packed.pixels.array()
    out = np.empty_like(whole)
    assert packed.pixels.array(out=out, threads=2) is out
    np.testing.assert_array_equal(out, whole)
    for threads in (1, 2, 4):
        np.testing.assert_array_equal(np.stack(list(packed.pixels.frames(threads=threads))), whole)
    with pytest.raises(errors.ArgumentError, match="copy"):
        packed.pixels.array(copy=False)
    with pytest.raises(errors.ArgumentError):
        packed.pixels.array(out=np.empty(whole.shape, "u1"))
    assert not packed.pixel_array.flags.writeable
    assert packed.pixel_array is packed.pixel_array


def test_many_threads_read_one_dataset() -> None:
    ds = ours(compressed(grey()))
    expected = ds.pixels.array()
    found: list[Any] = []
    workers = [
        threading.Thread(target=lambda at=at: found.append((at % FRAMES, ds.pixels.frame(at % FRAMES))))
        for at in range(20)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(found) == 20
    for at, frame in found:
        np.testing.assert_array_equal(frame, expected[at])


@pytest.mark.parametrize("threads", [1, 2])
def test_the_interpreter_is_released_while_decoding(threads: int) -> None:
    ds, frames = _jpeg_ls()
    ds.NumberOfFrames = 6000
    put(ds, frames[:1] * 6000)
    pixels = ours(ds).pixels
    worker = threading.Thread(target=lambda: pixels.array(threads=threads))
    turns = 0
    worker.start()
    while worker.is_alive():
        time.sleep(0.001)
        turns += 1
    assert turns >= 10


# -- frames ----------------------------------------------------------------------------------------


def _jpeg_ls() -> tuple[Dataset, list[bytes]]:
    ds = pydicom.dcmread(get_testdata_file("MR_small_jpeg_ls_lossless.dcm"))
    (frame,) = frames_of(ds)
    ds.NumberOfFrames = 3
    return ds, [frame, frame, frame]


def _rle() -> tuple[Dataset, list[bytes]]:
    ds = compressed(grey(frames=3))
    return ds, frames_of(ds)


def _starts(fragments: list[bytes]) -> list[int]:
    starts = [0]
    for fragment in fragments[:-1]:
        starts.append(starts[-1] + 8 + len(fragment))
    return starts


@pytest.mark.parametrize("make", [_rle, _jpeg_ls])
def test_every_offset_table(make: Any) -> None:
    ds, frames = make()
    put(ds, frames)
    expected = ours(ds).pixels.array()
    starts = _starts(frames)
    halves = [part for frame in frames for part in (frame[:100], frame[100:])]
    lengths = [len(frame) for frame in frames]
    wrong = [0, starts[1] + 2, starts[2]]
    cases: dict[str, tuple[list[bytes], dict[str, Any], set[str]]] = {
        "right": (frames, {"table": starts}, set()),
        "wrong": (frames, {"table": wrong}, {"offset_table"}),
        "too short": (frames, {"table": starts[:2]}, {"offset_table"}),
        "of an odd length": (frames, {"table": b"abcdef"}, {"offset_table"}),
        "missing": (frames, {"table": None}, {"offset_table"}),
        "extended": (frames, {"extended": (starts, lengths)}, set()),
        "extended, wrong": (frames, {"extended": (wrong, lengths)}, {"offset_table"}),
        "extended, too long": (frames, {"extended": (starts, [at + 2 for at in lengths])}, {"offset_table"}),
        "fragments, right": (halves, {"table": _starts(halves)[::2]}, set()),
        "fragments, empty": (halves, {}, set()),
        "fragments, wrong": (halves, {"table": [0, 5, 9]}, {"offset_table"}),
    }
    if make is _jpeg_ls:
        cases["all in one"] = ([b"".join(frames)], {}, set())
    for name, (fragments, options, problems) in cases.items():
        this = copy.deepcopy(ds)
        put(this, fragments, **options)
        read = ours(this)
        np.testing.assert_array_equal(read.pixels.array(), expected, err_msg=name)
        np.testing.assert_array_equal(read.pixels.frame(2), expected[2], err_msg=name)
        assert {str(problem.kind) for problem in read.problems} == problems, name


def test_another_number_of_frames_is_said() -> None:
    ds, frames = _rle()
    put(ds, frames)
    expected = ours(ds).pixels.array()
    ds.NumberOfFrames = 2
    read = ours(ds)
    np.testing.assert_array_equal(read.pixels.array(), expected)
    assert [str(problem.kind) for problem in read.problems] == ["long_pixel_data"]
    for count in (4, 1000, 2**31 - 1):
        ds.NumberOfFrames = count
        with pytest.raises(errors.PixelError, match="frames"):
            _ = ours(ds).pixel_array
        checked = ours(ds)
        checked.check()
        assert "short_pixel_data" in {str(problem.kind) for problem in checked.problems}


def test_a_missing_delimiter() -> None:
    ds = compressed(grey())
    content = written(ds)
    cut = content[: content.rindex(b"\xfe\xff\xdd\xe0")]
    read = rg.read(cut)
    assert "missing_delimiter" in {str(problem.kind) for problem in read.problems}
    np.testing.assert_array_equal(read.pixels.array(), rg.read(content).pixels.array())


@pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="counts the bytes that Linux says were read")
def test_a_frame_reads_its_bytes_alone(tmp_path: Path) -> None:
    frames = 12
    samples = RANDOM.integers(0, 65536, (frames, 200, 300)).astype("u2")
    ds = compressed(picture(samples, shape=(frames, 200, 300, 1)))
    path = tmp_path / "many.dcm"
    path.write_bytes(written(ds))
    read = rg.read(path)
    assert read.pixels.n_frames == frames
    size = max(map(len, frames_of(ds)))
    before = _bytes_read()
    np.testing.assert_array_equal(read.pixels.frame(7), samples[7])
    assert size <= _bytes_read() - before < size + 20_000


def _bytes_read() -> int:
    lines = Path("/proc/self/io").read_text(encoding="ascii").splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("rchar")))


# -- header and codestream -------------------------------------------------------------------------


def test_header_and_codestream_that_differ() -> None:
    for changes in (
        {"Rows": 63},
        {"Rows": 65},
        {"Columns": 32},
        {"SamplesPerPixel": 3},
        {"BitsAllocated": 8},
    ):
        ds, frames = _jpeg_ls()
        put(ds, frames)
        for keyword, value in changes.items():
            setattr(ds, keyword, value)
        if "SamplesPerPixel" in changes:
            ds.PhotometricInterpretation, ds.PlanarConfiguration = "RGB", 0
        if "BitsAllocated" in changes:
            ds.BitsStored, ds.HighBit = 8, 7
        with pytest.raises(errors.PixelError, match=r"codestream"):
            ours(ds).pixels.array()


def test_a_codestream_of_another_kind_is_read_and_said() -> None:
    ds, frames = _jpeg_ls()
    put(ds, frames)
    expected = ours(ds).pixels.array()
    ds.file_meta.TransferSyntaxUID = JPEGLosslessSV1
    read = ours(ds)
    np.testing.assert_array_equal(read.pixels.array(), expected)
    assert [str(problem.kind) for problem in read.problems] == ["codestream"]
    for syntax in (RLELossless, DEFLATED):
        ds.file_meta.TransferSyntaxUID = syntax
        with pytest.raises((errors.PixelError, errors.LimitError)):
            ours(ds).pixels.array()


@pytest.mark.parametrize(
    ("syntax", "name"),
    [
        ("1.2.840.10008.1.2.4.107", "HEVC"),
        ("1.2.840.10008.1.2.4.102", "MPEG-4"),
    ],
)
def test_what_is_not_read_is_named(syntax: str, name: str) -> None:
    ds, frames = _jpeg_ls()
    put(ds, frames, syntax=syntax)
    with pytest.raises(errors.UnsupportedError, match=name):
        _ = ours(ds).pixel_array


def test_edited_pixels_of_a_compressed_file() -> None:
    read = ours(compressed(grey(frames=1)))
    _ = read.pixel_array
    read.PhotometricInterpretation = "MONOCHROME1"
    first = read.pixels.array(units="display")
    read.PhotometricInterpretation = "MONOCHROME2"
    np.testing.assert_array_equal(first, 255 - read.pixels.array(units="display"))


# -- hostile ---------------------------------------------------------------------------------------

MATERIAL = (
    "MR_small_RLE.dcm",
    "SC_rgb_rle_16bit_2frame.dcm",
    "MR_small_jpeg_ls_lossless.dcm",
    "SC_rgb_jls_lossy_line.dcm",
    "SC_rgb_small_odd_jpeg.dcm",
    "JPEG-lossy.dcm",
)


@pytest.mark.parametrize("name", MATERIAL)
def test_damaged_files_are_typed_errors(name: str) -> None:
    path = get_testdata_file(name)
    content = bytearray(Path(str(path)).read_bytes())
    begin = content.index(b"\xe0\x7f\x10\x00")
    chance = random.Random(name)
    outcomes = set()
    for _ in range(150):
        broken = bytearray(content)
        for _ in range(chance.randrange(1, 4)):
            broken[chance.randrange(begin, len(broken))] = chance.randrange(256)
        if chance.random() < 0.3:
            broken = broken[: chance.randrange(begin, len(broken))]
        try:
            rg.read(bytes(broken)).pixels.array()
            outcomes.add("read")
        except rg.DicomError as error:
            outcomes.add(type(error).__name__)
    assert len(outcomes) > 1, outcomes


def test_sizes_are_not_believed() -> None:
    """65,535 rows and columns, or frames without number, of a few bytes: refused before anything is allocated."""
    for syntax in (RLELossless, JPEGLSLossless, JPEGBaseline8Bit, DEFLATED):
        ds = grey(frames=1)
        ds.Rows = ds.Columns = 65535
        put(ds, [b"\xff\xd8\xff\xd9" * 20], syntax=syntax)
        with pytest.raises((errors.LimitError, errors.PixelError)):
            ours(ds).pixels.array()


def test_a_codestream_is_asked_before_memory_is_taken() -> None:
    """A header of gigabytes over a codestream that is long enough for them, and says that it is small."""
    psutil = pytest.importorskip("psutil")
    ds, frames = _jpeg_ls()
    ds.Rows, ds.Columns, ds.NumberOfFrames = 16384, 16383, 1
    put(ds, [frames[0] + bytes(1 << 15)])
    read = ours(ds)
    before = psutil.Process().memory_info().rss
    for units in ("stored", "modality", "display"):
        with pytest.raises(errors.PixelError, match="64 x 64 pixels in the codestream"):
            read.pixels.array(units=units)
    assert psutil.Process().memory_info().rss - before < 100 << 20


def test_stored_samples_are_pydicoms() -> None:
    """A file of each codec that pydicom reads with NumPy or Pillow alone."""
    for name in ("MR_small_RLE.dcm", "SC_rgb_rle_32bit_2frame.dcm", "rtdose_rle.dcm"):
        path = str(get_testdata_file(name))
        np.testing.assert_array_equal(rg.read(path).pixel_array, pydicom.dcmread(path).pixel_array)
    native = rg.read(str(get_testdata_file("MR_small.dcm"))).pixel_array
    content = Path(str(get_testdata_file("MR_small_jpeg_ls_lossless.dcm"))).read_bytes()
    np.testing.assert_array_equal(rg.read(content).pixel_array, native)
