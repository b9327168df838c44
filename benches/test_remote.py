"""Frames of remote files: how many ranges the first one takes, of a server of HTTP and of one that speaks S3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import radiogram as rg

from benches import data
from benches.conftest import keep
from benches.interleave import Gate, Row
from tests.pixels.datasets import picture, written
from tests.stores import ObjectServer

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

WAYS = ("http", "s3")
STORED = {
    "native": None,
    "RLE with a basic table": "RLELossless",
    "RLE with an extended table": "RLELossless",
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("stored", list(STORED))
def test_ranges_of_a_frame(size: data.Size, benchmark: BenchmarkFixture, stored: str, way: str) -> None:
    """A header of 60 kB, then one frame: the worst of the first, the middle and the last."""
    frames, side = (64, 256) if size == data.FULL else (4, 64)
    samples = np.arange(frames * side * side, dtype=np.uint32) * 2654435761 >> 19
    samples = samples.astype(np.uint16).reshape(frames, side, side)
    ds = rg.read(written(picture(samples, shape=(frames, side, side, 1), TextValue="x" * 60_000)))
    if STORED[stored] is not None:
        ds.compress(STORED[stored], encapsulate_ext="extended" in stored)
    row = Row(f"frame of a remote file, {stored}, {way}", "ranges", Gate(absolute=2))
    most, right = 0, True
    with ObjectServer({"a.dcm": ds.to_bytes()}) as server:

        def read(frame: int) -> Any:  # noqa: ANN401
            if way == "http":
                return rg.read(server.url("a.dcm")).pixels.frame(frame)
            pytest.importorskip("obstore")
            return rg.read("s3://bucket/a.dcm", storage_options=server.s3_options).pixels.frame(frame)

        for frame in (0, frames // 2, frames - 1):
            server.asked.clear()
            right &= bool(np.array_equal(read(frame), samples[frame]))
            most = max(most, len(server.asked))
        benchmark.pedantic(read, args=(0,), rounds=1)
    row.figures["radiogram"] = most
    row.correct["radiogram"] = right
    keep(row, benchmark)
    assert right
