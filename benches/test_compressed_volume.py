"""A series of compressed slices to a HU volume in one call, beside the time that the codec alone takes for the same frames.

The gate is against the codec writing a new array, as the volume is one: clearing and filling memory for the first time takes as long as decoding
a slice of RLE does. Beside it stands what the codec takes where it writes the same warm slice again and again, and what it takes where each
codestream is read from its file first: a volume cannot do with less, and of a codec as quick as RLE's that alone is more than the gate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import radiogram as rg
from pydicom.encaps import encapsulate
from radiogram import codecs

from benches import codec_peers as peers
from benches import data
from benches.conftest import keep
from benches.data import kept, save, uid
from benches.interleave import Gate, Row
from benches.pictures import ct
from benches.series import ct_header
from benches.test_frames import Threads, scaling

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_benchmark.fixture import BenchmarkFixture

    from benches.conftest import Measure
    from benches.pictures import Array

CODECS = ("RLELossless", "JPEGLSLossless", "JPEGLosslessSV1", "HTJ2KLossless")
OFFSET = 1024


def slices(size: data.Size) -> int:
    """Give how many there are."""
    return 240 if size == data.FULL else 6


def compressed_series(size: data.Size, codec: str) -> list[Path]:
    """Make a CT series of compressed slices, 13 bits; ordered by position."""

    def make(part: Path) -> None:
        part.mkdir()
        ds = ct_header()
        ds.BitsStored, ds.HighBit = 13, 12
        for number in range(slices(size)):
            one = ct(number)
            ds.SOPInstanceUID, ds.InstanceNumber = uid(3, 50_000 + number), str(number + 1)
            ds.ImagePositionPatient = ["-189.62890625", "-327.62890625", f"{number - 120}"]
            stored = {} if codec == "RLELossless" else {"bits_stored": one.bits}
            ds.PixelData = encapsulate([codecs.encode(codec, one.array, **stored)])
            ds["PixelData"].VR = "OB"
            ds["PixelData"].is_undefined_length = True
            save(ds, part / f"IM{number:05d}.dcm", peers.UIDS[codec])

    return sorted(kept(data.folder(size) / f"ct-{codec}", make).iterdir())


def by_dicomsdl(paths: list[Path]) -> Array | str:
    """Open, sort, decode into the place, rescale."""
    import dicomsdl

    opened = [dicomsdl.open(str(path)) for path in paths]
    opened.sort(key=lambda one: one.ImagePositionPatient[2])
    out = np.empty((len(paths), 512, 512), np.int16)
    for place, one in zip(out, opened, strict=True):
        one.copyFrameData(0, place.view(np.uint16))
        place -= OFFSET
    return out


def by_pydicom(paths: list[Path]) -> Array:
    """Write the loop that everybody writes."""
    import pydicom

    read = sorted(map(pydicom.dcmread, paths), key=lambda one: float(one.ImagePositionPatient[2]))
    return np.stack([one.pixel_array for one in read]).astype(np.int16) - np.int16(OFFSET)


class Series:
    """The slices of a codec: their paths, and their codestreams as the codec gets them."""

    def __init__(self, codec: str, size: data.Size) -> None:
        self.codec = codec
        self.paths = compressed_series(size, codec)
        self.frames = [frame_of(path) for path in self.paths]
        self.places = [
            path.read_bytes().find(frame) for path, frame in zip(self.paths, self.frames, strict=True)
        ]
        self.known = {"Rows": 512, "Columns": 512, "BitsAllocated": 16, "SamplesPerPixel": 1}

    def volume(self, threads: int = 1) -> Array:
        """Give the volume by one call."""
        array: Array = rg.read_volume(self.paths, dtype=np.int16, threads=threads).array
        return array

    def alone(self) -> Array:
        """Decode every codestream into its place of a new array: neither file nor header."""
        out = np.empty((len(self.frames), 512, 512), np.uint16)
        for frame, place in zip(self.frames, out, strict=True):
            codecs.decode(self.codec, frame, self.known, place)
        return out

    def with_files(self) -> Array:
        """Read every codestream from its file, whose place in it is known, and decode it into its place of a new array."""
        out = np.empty((len(self.frames), 512, 512), np.uint16)
        for path, place, at in zip(self.paths, out, self.places, strict=True):
            codecs.decode(self.codec, path.read_bytes()[at:], self.known, place)
        return out

    def warm(self) -> Array:
        """Decode every codestream into one slice, again and again: no new memory either."""
        out = np.empty((512, 512), np.uint16)
        for frame in self.frames:
            codecs.decode(self.codec, frame, self.known, out)
        return out


def frame_of(path: Path) -> bytes:
    """Give the codestream of a slice."""
    import pydicom
    from pydicom.encaps import generate_frames

    return next(generate_frames(pydicom.dcmread(path).PixelData, number_of_frames=1))


@pytest.mark.parametrize("codec", CODECS)
def test_compressed_volume(codec: str, size: data.Size, measure: Measure) -> None:
    """One thread on all sides."""
    series = Series(codec, size)
    expected = np.stack([ct(number).array for number in range(len(series.paths))]).astype(np.int16) - OFFSET
    has_dicomsdl = peers.library("dicomsdl") is not None
    ways: dict[str, Callable[[], Any] | str] = {
        "radiogram": series.volume,
        "the codec alone": series.alone,
        "the codec, one slice": series.warm,
        "the codec, files read": series.with_files,
        "dicomsdl": (lambda: by_dicomsdl(series.paths)) if has_dicomsdl else peers.NOT_HERE,
        "pydicom": lambda: by_pydicom(series.paths),
    }

    def right(name: str, made: Array) -> bool:
        if name.startswith("the codec"):
            return np.array_equal(
                made.astype(np.int16) - OFFSET, expected if made.ndim == 3 else expected[-1]
            )
        return np.array_equal(made, expected)

    measure(
        f"{len(series.paths)} slices to HU, {codec}",
        ways,
        Gate("the codec alone", 1.1),
        right=right,
        unit="ms",
        rounds=7,
        slow=frozenset({"pydicom"}),
    )


@pytest.mark.parametrize("codec", CODECS)
def test_compressed_volume_on_two_threads(codec: str, size: data.Size, benchmark: BenchmarkFixture) -> None:
    """What two threads take as a part of one, and what the machine gives two threads at all."""
    series, machine = Series(codec, size), Threads(slices(size))
    row = Row(
        f"{len(series.paths)} slices to HU on two threads, {codec}",
        "of one thread's time",
        Gate(absolute=1 / 1.7),
    )
    row.correct[Row.OURS] = np.array_equal(series.volume(2), series.volume(1))
    row.figures = scaling(
        {Row.OURS: series.volume, "the machine (zlib)": machine.machine}, 1 if benchmark.disabled else 9
    )
    benchmark.pedantic(lambda: series.volume(2), rounds=1)
    keep(row, benchmark)
    assert row.correct[Row.OURS]
