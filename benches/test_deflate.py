"""Inflating and deflating: frames of Deflated Image Frame Compression and whole datasets, beside zlib and libdeflate."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import radiogram as rg

from benches import codec_peers as peers
from benches import data, nested, series
from benches.interleave import Gate
from benches.pictures import KINDS, picture

if TYPE_CHECKING:
    from collections.abc import Callable

    from benches.conftest import Measure
    from benches.pictures import Array

FRAMES = 8
SYNTAX = "DeflatedImageFrameCompression"


def deflated(content: bytes) -> bytes:
    """Deflate as zlib does by default, without a wrapper (RFC 1951)."""
    maker = zlib.compressobj(wbits=-15)
    return maker.compress(content) + maker.flush()


@pytest.mark.parametrize("kind", KINDS)
def test_inflate(kind: str, size: data.Size, measure: Measure) -> None:
    """Frames of a dataset to one array, in one thread; the others inflate the same frames into it and know no dataset."""
    one = picture(kind, is_small=size == data.SMOKE)
    frame = deflated(one.array.tobytes())
    pixels = rg.read(peers.file(SYNTAX, [frame] * FRAMES, one)).pixels
    out = np.empty((FRAMES, *one.array.shape), one.array.dtype)
    places = [place.reshape(-1).view(np.uint8) for place in out]

    def by_zlib() -> Array:
        for place in places:
            place[...] = np.frombuffer(zlib.decompress(frame, -15, one.array.nbytes), np.uint8)
        return out

    ways: dict[str, Callable[[], Any] | str] = {
        "radiogram": lambda: pixels.array(out=out, threads=1),
        "zlib": by_zlib,
        "libdeflate": peers.NOT_HERE,
        "zlib-ng": peers.NOT_HERE,
    }
    imagecodecs = peers.library("imagecodecs")
    if imagecodecs is not None:
        wrapped = zlib.compress(one.array.tobytes())

        def by_libdeflate() -> Array:
            for place in places:
                imagecodecs.deflate_decode(frame, raw=True, out=place)
            return out

        def by_zlib_ng() -> Array:
            for place in places:
                imagecodecs.zlibng_decode(wrapped, out=place)
            return out

        ways |= {"libdeflate": by_libdeflate, "zlib-ng": by_zlib_ng}

    def right(_: str, made: Array) -> bool:
        is_right = bool((made == one.array).all())
        made[...] = 0
        return is_right

    measure(
        f"inflate, {kind}",
        ways,
        Gate("zlib", 1 / 1.3),
        right=right,
        per=FRAMES,
        unit="µs",
        group="inflate",
    )


KINDS_OF_DATASETS = ("CT", "structure set", "report")


@pytest.mark.parametrize("kind", KINDS_OF_DATASETS)
def test_deflate(kind: str, size: data.Size, measure: Measure) -> None:
    """A dataset to a deflated file in memory; the others deflate what is to be deflated, and write no dataset. As short as zlib's."""
    path = {
        "CT": lambda: series.ct_series(size)[0],
        "structure set": lambda: nested.rtstruct(size),
        "report": lambda: nested.deep_sr(size),
    }[kind]()
    content = path.read_bytes()
    meta = 144 + int.from_bytes(content[140:144], "little")
    plain = content[meta:]
    ds = rg.read(content)
    shortest = len(deflated(plain))
    ways: dict[str, Callable[[], Any] | str] = {
        "radiogram": lambda: ds.to_bytes(transfer_syntax="DeflatedExplicitVRLittleEndian"),
        "zlib": lambda: deflated(plain),
        "libdeflate": peers.NOT_HERE,
    }
    imagecodecs = peers.library("imagecodecs")
    if imagecodecs is not None:
        ways["libdeflate"] = lambda: imagecodecs.deflate_encode(plain, level=6, raw=True)

    def right(name: str, made: bytes) -> bool:
        begin = 144 + int.from_bytes(made[140:144], "little") if name == "radiogram" else 0
        return zlib.decompress(made[begin:], -15) == plain and len(made) - begin <= 1.03 * shortest

    measure(
        f"deflate, {kind}",
        ways,
        Gate("zlib", 1.0),
        right=right,
        rounds=5,
        group="deflate",
    )
