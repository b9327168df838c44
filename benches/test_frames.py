"""What a frame of a dataset costs above its codec, and what two threads gain."""

from __future__ import annotations

import io
import statistics
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import radiogram as rg
from radiogram import codecs

from benches import codec_peers as peers
from benches import data
from benches.conftest import keep
from benches.interleave import Gate, Row
from benches.pictures import picture
from benches.test_codecs import DEPTHS, encoded

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_benchmark.fixture import BenchmarkFixture

    from benches.pictures import Array, Picture

FRAMES = 4


CODECS = [codec for codec in peers.UIDS if codec != "JPEGXLLossless"]
"""The files are written by pydicom, which does not know JPEG XL."""


def differences(
    pairs: dict[str, tuple[Callable[[], Any], Callable[[], Any]]], turns: int
) -> dict[str, float]:
    """Give the median seconds by which the first of two ways takes longer than the second, turn by turn, each first in every other."""
    taken: dict[str, list[float]] = {name: [] for name in pairs}
    for turn in range(turns):
        for name, ways in pairs.items():
            first, second = ways if turn % 2 else ways[::-1]
            begin = time.perf_counter()
            first()
            middle = time.perf_counter()
            second()
            later = middle - begin - (time.perf_counter() - middle)
            taken[name].append(later if turn % 2 else -later)
    return {name: statistics.median(each) for name, each in taken.items()}


def by_pydicom(content: bytes, frame: bytes, one: Picture) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """Give pydicom's way to a frame of RLE, and the decoder that it calls."""
    import pydicom
    from pydicom.pixels import get_decoder

    ds = pydicom.dcmread(io.BytesIO(content))
    decoder = get_decoder(peers.UIDS["RLELossless"])
    bare = peers.decoders("RLELossless", frame, one)["pylibjpeg-rle"]
    assert not isinstance(bare, str)
    return lambda: decoder.as_array(ds, index=1, decoding_plugin="pylibjpeg")[0], bare


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("side", [64, 512])
def test_overhead_of_a_frame(codec: str, side: int, size: data.Size, benchmark: BenchmarkFixture) -> None:
    """`ds.pixels.frame(i)` above `codecs.decode` of the same codestream into an array that is used again."""
    one = picture(
        "grey 8 bits" if codec == "JPEGBaseline8Bit" else "CT made here", is_small=size == data.SMOKE
    )
    one = type(one)(np.ascontiguousarray(one.array[:side, :side]), one.bits)
    one = one.of_bits(DEPTHS[codec]) if codec in DEPTHS else one
    frame, out = encoded(codec, one), np.empty_like(one.array)
    content = peers.file(codec, [frame] * FRAMES, one)
    pixels = rg.read(content).pixels
    pairs = {
        Row.OURS: (lambda: pixels.frame(1), lambda: codecs.decode(codec, frame, one.description, out)),
    }
    row = Row(f"overhead of a frame, {codec}, {side}²", "µs", Gate(absolute=100))
    if codec == "RLELossless":
        if peers.library("rle") is None:
            row.absent["pydicom"] = "has no pylibjpeg-rle"
        else:
            pairs["pydicom"] = by_pydicom(content, frame, one)
    for name, (whole, bare) in pairs.items():
        row.correct[name] = np.array_equal(whole(), bare())
    turns = 1 if benchmark.disabled else max(150, 3000 // side)
    row.figures = {name: seconds * 1e6 for name, seconds in differences(pairs, turns).items()}
    benchmark.pedantic(pairs[Row.OURS][0], rounds=1)
    keep(row, benchmark)
    assert row.correct[Row.OURS]


class Threads:
    """One thing done a number of times, in one thread or divided among two; zlib's work tells what the machine itself gains."""

    def __init__(self, times: int) -> None:
        self.times = times
        self.content = np.random.default_rng(3).integers(0, 16, 1 << 17, np.uint8).tobytes()

    def machine(self, threads: int) -> int:
        """Let zlib deflate, which holds no interpreter and shares nothing."""
        with ThreadPoolExecutor(threads) as pool:
            return sum(pool.map(lambda _: len(zlib.compress(self.content, 6)), range(self.times)))


def scaling(ways: dict[str, Callable[[int], Any]], rounds: int) -> dict[str, float]:
    """Give what each way takes on two threads as a part of what it takes on one, in turns; the median of the rounds."""
    parts: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            begin = time.perf_counter()
            way(1)
            middle = time.perf_counter()
            way(2)
            parts[name].append((time.perf_counter() - middle) / (middle - begin))
    return {name: statistics.median(each) for name, each in parts.items()}


@pytest.mark.parametrize("codec", CODECS)
def test_two_threads(codec: str, size: data.Size, benchmark: BenchmarkFixture) -> None:
    """Many frames of one dataset to one array: two threads as a part of one, and what the machine gives two threads at all."""
    one = picture(
        "grey 8 bits" if codec == "JPEGBaseline8Bit" else "CT made here", is_small=size == data.SMOKE
    )
    one = one.of_bits(DEPTHS[codec]) if codec in DEPTHS else one
    count = FRAMES if size == data.SMOKE else 100
    pixels = rg.read(peers.file(codec, [encoded(codec, one)] * count, one)).pixels
    out = np.empty((count, *one.array.shape), one.array.dtype)
    machine = Threads(count)
    row = Row(f"{count} frames on two threads, {codec}", "of one thread's time", Gate(absolute=1 / 1.7))
    expected = pixels.array(threads=1)
    row.correct[Row.OURS] = np.array_equal(pixels.array(threads=2, out=out), expected)
    row.figures = scaling(
        {
            Row.OURS: lambda threads: pixels.array(out=out, threads=threads),
            "the machine (zlib)": machine.machine,
        },
        1 if benchmark.disabled else 9,
    )
    benchmark.pedantic(lambda: pixels.array(out=out, threads=2), rounds=1)
    keep(row, benchmark)
    assert row.correct[Row.OURS]


@pytest.mark.parametrize("codec", ["JPEG2000Lossless", "HTJ2KLossless"])
@pytest.mark.parametrize("way", ["read", "written"])
def test_two_threads_within_a_frame(
    codec: str, way: str, size: data.Size, benchmark: BenchmarkFixture
) -> None:
    """One plate of CR: two threads as a part of one, and what the machine gives two threads at all."""
    one = picture("CR 15 bits", is_small=size == data.SMOKE)
    frame, out = encoded(codec, one), np.empty_like(one.array)
    machine = Threads(FRAMES)

    def read(threads: int) -> Array:
        return codecs.decode(codec, frame, one.description, out, threads=threads)

    def write(threads: int) -> bytes:
        return codecs.encode_frames(codec, one.array[None], bits_stored=one.bits, threads=threads)[0]

    ours: Callable[[int], Any] = read if way == "read" else write
    row = Row(f"one frame {way} on two threads, {codec}", "of one thread's time", Gate(absolute=1 / 1.6))
    row.correct[Row.OURS] = np.array_equal(read(2), one.array) if way == "read" else write(2) == frame
    row.figures = scaling(
        {Row.OURS: ours, "the machine (zlib)": machine.machine}, 1 if benchmark.disabled else 15
    )
    benchmark.pedantic(lambda: ours(2), rounds=1)
    keep(row, benchmark)
    assert row.correct[Row.OURS]


def test_writing_on_two_threads(size: data.Size, benchmark: BenchmarkFixture) -> None:
    """The same of encoding."""
    one = picture("CT made here", is_small=size == data.SMOKE)
    count = FRAMES if size == data.SMOKE else 40
    stack = np.repeat(one.array[None], count, 0)
    machine = Threads(count)

    def encode(threads: int) -> list[bytes]:
        return codecs.encode_frames("JPEGLSLossless", stack, bits_stored=one.bits, threads=threads)

    row = Row(
        f"{count} frames written on two threads, JPEGLSLossless",
        "of one thread's time",
        Gate(absolute=1 / 1.7),
    )
    row.correct[Row.OURS] = encode(2) == encode(1)
    row.figures = scaling(
        {Row.OURS: encode, "the machine (zlib)": machine.machine}, 1 if benchmark.disabled else 7
    )
    benchmark.pedantic(lambda: encode(2), rounds=1)
    keep(row, benchmark)
    assert row.correct[Row.OURS]
