"""Epochs of training data from cold files, beside the codec alone, a memory map of converted data, and MONAI's reader."""

from __future__ import annotations

import gc
import importlib.util
import os
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import radiogram as rg
from radiogram import codecs

from benches import data
from benches.conftest import keep
from benches.interleave import Gate, Row
from benches.series import ct_series
from benches.test_compressed_volume import compressed_series, frame_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from pytest_benchmark.fixture import BenchmarkFixture

torch = pytest.importorskip("torch", reason="torch is not installed: loaders are measured with it")

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "posix_fadvise"), reason="needs a way to make files cold"),
    pytest.mark.filterwarnings("ignore:NvImgCodecPydicomReader:UserWarning"),
]

CODECS = ("RLELossless", "JPEGLSLossless", "JPEGLosslessSV1", "HTJ2KLossless", "JPEG2000Lossless")
BATCH = 16
WORKERS = os.cpu_count() or 1
PATCH = (16, 128, 128)
KNOWN = {"Rows": 512, "Columns": 512, "BitsAllocated": 16, "SamplesPerPixel": 1}


def cold(paths: Sequence[Path]) -> None:
    """Have the system forget what it holds of files."""
    for path in paths:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(handle)


def turns(
    row: Row,
    ways: Mapping[str, Callable[[], Any]],
    paths: Sequence[Path],
    benchmark: BenchmarkFixture,
    *,
    per: int,
    rounds: int = 7,
    slow: frozenset[str] = frozenset(),
) -> None:
    """Measure ways in turns, the files cold before each; a slow one once."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(1 if benchmark.disabled else rounds):
        for name, way in ways.items():
            if turn and name in slow:
                continue
            cold(paths)
            gc.collect()
            begin = time.perf_counter()
            way()
            seconds[name].append(time.perf_counter() - begin)
    row.figures = {name: statistics.median(taken) * 1e3 / per for name, taken in seconds.items()}
    benchmark.pedantic(lambda: None, rounds=1)
    keep(row, benchmark)


def epoch(loader: Any) -> int:  # noqa: ANN401
    """Take every batch, and give how many samples there were."""
    return sum(len(batch["index"]) for batch in loader)


def alone(codec: str, frames: Sequence[bytes]) -> None:
    """Decode frames that are in memory on as many threads as the loader has: neither file nor header, no new memory."""

    def part(first: int) -> None:
        out = np.empty((512, 512), np.uint16)
        for frame in frames[first::WORKERS]:
            codecs.decode(codec, frame, KNOWN, out)

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(part, range(WORKERS)))


@pytest.mark.parametrize("codec", CODECS)
def test_slices(codec: str, size: data.Size, benchmark: BenchmarkFixture) -> None:
    """An epoch of compressed slices, shuffled, beside their codec."""
    paths = compressed_series(size, codec)
    frames = [frame_of(path) for path in paths]
    loader = rg.torch.Loader(rg.torch.SliceDataset(paths[0].parent, dtype="int16"), BATCH, shuffle=True)
    row = Row(
        f"slices of {codec}, cold",
        "ms a slice",
        Gate("the codec, as many threads", 1 / 0.9),
        group="loader, slices",
    )
    volume = rg.read_volume(paths, dtype=np.int16).array
    row.correct[Row.OURS] = all(
        np.array_equal(image[0].numpy(), volume[number])
        for batch in loader
        for image, number in zip(batch["image"], batch["index"].tolist(), strict=True)
    )
    ways = {Row.OURS: lambda: epoch(loader), "the codec, as many threads": lambda: alone(codec, frames)}
    turns(row, ways, paths, benchmark, per=len(paths))
    assert row.correct[Row.OURS]


@pytest.mark.parametrize("codec", CODECS)
def test_patches(codec: str, size: data.Size, benchmark: BenchmarkFixture) -> None:
    """Random patches of 16 slices, beside decoding these 16 slices."""
    paths = compressed_series(size, codec)
    depth = min(PATCH[0], len(paths))
    patches = rg.torch.PatchDataset(
        paths[0].parent,
        size=(depth, *PATCH[1:]),
        per_volume=max(len(paths) // depth, 1),
        seed=4,
        dtype="int16",
    )
    volume = rg.read_volume(paths, dtype=np.int16).array
    row = Row(
        f"patches of {codec}, cold", "ms a patch", Gate("their slab alone", 1 / 0.9), group="loader, patches"
    )
    row.correct[Row.OURS] = True
    slabs: list[bytes] = []
    for number in range(len(patches)):
        _, (z, y, x) = patches.place(number)
        part = volume[z : z + depth, y : y + PATCH[1], x : x + PATCH[2]]
        row.correct[Row.OURS] &= np.array_equal(patches[number]["image"][0].numpy(), part)
        slabs += [frame_of(path) for path in patches.paths(0)[z : z + depth]]
    loader = rg.torch.Loader(patches, 2)

    def ours() -> int:
        loader.set_epoch(0)
        return epoch(loader)

    ways = {Row.OURS: ours, "their slab alone": lambda: alone(codec, slabs)}
    turns(row, ways, paths, benchmark, per=len(patches))
    assert row.correct[Row.OURS]


@pytest.mark.parametrize("dtype", ["int16", "float32"])
def test_uncompressed_slices(
    dtype: str, size: data.Size, benchmark: BenchmarkFixture, tmp_path: Path
) -> None:
    """An epoch of native slices, beside batches from a memory map of the same values, converted before; both cold."""
    paths = ct_series(size)[:400]
    converted = tmp_path / "converted.npy"
    dataset = rg.torch.SliceDataset([str(path) for path in paths], dtype=dtype)
    np.save(converted, np.stack([dataset[number]["image"][0].numpy() for number in range(len(paths))]))
    loader = rg.torch.Loader(dataset, BATCH, shuffle=True)

    def mapped() -> None:
        held = np.load(converted, mmap_mode="r")
        order = rg.torch.Order(range(len(held)), BATCH, shuffle=True)
        for numbers in order:
            torch.from_numpy(held[numbers][:, None])

    # Not mapped: what is mapped does not become cold.
    held = np.load(converted)
    row = Row(f"native slices as {dtype}, cold", "ms a slice", Gate("a .npy memmap", 1 / 0.8))
    row.correct[Row.OURS] = all(
        np.array_equal(batch["image"][:, 0].numpy(), held[batch["index"].numpy()]) for batch in loader
    )
    ways = {Row.OURS: lambda: epoch(loader), "a .npy memmap": mapped}
    turns(row, ways, [*paths, converted], benchmark, per=len(paths))
    assert row.correct[Row.OURS]


BY_ITK = """
import os, statistics, sys, time, warnings
warnings.simplefilter("ignore")
from monai.transforms import LoadImage
load, paths, seconds = LoadImage(reader="ITKReader"), sys.argv[1:], []
load(paths[0])
for _ in range(3):
    for path in paths:
        handle = os.open(path, os.O_RDONLY)
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(handle)
    begin = time.perf_counter()
    for path in paths:
        load(path)
    seconds.append(time.perf_counter() - begin)
print(statistics.median(seconds))
"""
"""Cold slices by MONAI's reader, in a process of its own: ITK's GDCM and that of other peers do not get on."""


@pytest.mark.parametrize("codec", [None, "JPEGLSLossless", "JPEG2000Lossless"])
def test_beside_monai(codec: str | None, size: data.Size, benchmark: BenchmarkFixture) -> None:
    """The same slices by MONAI's ``ITKReader``; one thread on both sides. That they are equal is a test of `rg.monai`."""
    if any(importlib.util.find_spec(name) is None for name in ("monai", "itk")):
        benchmark.pedantic(lambda: None, rounds=1)
        pytest.skip("MONAI or ITK is not installed")
    paths = (ct_series(size) if codec is None else compressed_series(size, codec))[:48]
    dataset = rg.torch.SliceDataset([str(path) for path in paths], threads=1)
    loader = rg.torch.Loader(dataset, BATCH, prefetch=0)
    row = Row(f"slices of {codec or 'native CT'}, cold, one thread", "ms a slice", Gate("ITKReader", 0.1))
    row.correct[Row.OURS] = epoch(loader) == len(paths)
    turns(row, {Row.OURS: lambda: epoch(loader)}, paths, benchmark, per=len(paths), rounds=5)
    said = subprocess.run(
        [sys.executable, "-c", BY_ITK, *map(str, paths)], capture_output=True, text=True, check=True
    )
    row.figures["ITKReader"] = float(said.stdout) * 1e3 / len(paths)
    assert row.correct[Row.OURS]


def test_first_batch(size: data.Size, benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    """From the Parquet file of a scan of 10,000 files to the first batch of a new epoch; the workers are there already."""
    count = 10_000 if size == data.FULL else 100
    source = ct_series(data.SMOKE)[0]
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(count):
        os.link(source, folder / f"{number:05}.dcm")
    rg.scan(folder, tags=rg.loaders.TAGS).write_parquet(tmp_path / "meta.parquet")
    row = Row(f"first batch of {count} files after a cached scan", "s", Gate(absolute=0.5))

    def first() -> float:
        begin = time.perf_counter()
        made = rg.torch.Loader(rg.torch.SliceDataset(tmp_path / "meta.parquet"), BATCH, shuffle=True)
        batch = next(iter(made))
        assert batch["image"].shape == (BATCH, 1, 512, 512)
        return time.perf_counter() - begin

    row.figures[Row.OURS] = statistics.median(first() for _ in range(1 if benchmark.disabled else 5))
    workers = rg.torch.Loader(
        rg.torch.SliceDataset(tmp_path / "meta.parquet"), BATCH, shuffle=True, workers=WORKERS
    )
    next(iter(workers))
    begin = time.perf_counter()
    row.correct[Row.OURS] = next(iter(workers))["image"].shape == (BATCH, 1, 512, 512)
    row.figures["with worker processes, the next epoch"] = time.perf_counter() - begin
    benchmark.pedantic(lambda: None, rounds=1)
    keep(row, benchmark)
    assert row.correct[Row.OURS]
