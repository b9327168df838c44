"""Epochs of training data, beside the codec alone, a memory map of converted data, and MONAI's reader.

Nothing decoded is kept from epoch to epoch. Files are in the system's memory, as the codec's codestreams are in ours; beside that they come from
the disk, and so they do for whoever is compared.
"""

from __future__ import annotations

import gc
import importlib.util
import os
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
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
    is_cold: bool = True,
    rounds: int = 7,
    slow: frozenset[str] = frozenset(),
) -> None:
    """Measure ways in turns, the files cold before each where that is said; a slow one once."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(1 if benchmark.disabled else rounds):
        for name, way in ways.items():
            if turn and name in slow:
                continue
            if is_cold:
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


def alone(codec: str, frames: Sequence[bytes], paths: Sequence[Path] = ()) -> None:
    """Decode frames that are in memory on as many threads as the loader has: neither file nor header, no new memory.

    With paths each file is read in front of its frame.
    """

    def part(first: int) -> None:
        out = np.empty((512, 512), np.uint16)
        for number in range(first, len(frames), WORKERS):
            if paths:
                with paths[number].open("rb", buffering=0) as file:
                    file.readall()
            codecs.decode(codec, frames[number], KNOWN, out)

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(part, range(WORKERS)))


DISK = "disk"
PLACES = pytest.mark.parametrize("place", ["memory", DISK])
ALONE, WITH_FILES = "the codec, as many threads", "their files read, and the codec"


def owed(name: str, place: str) -> tuple[str, Gate, str]:
    """Name a row, its gate and its group: the codec alone is not asked to decode what is still on the disk."""
    if place == DISK:
        return f"{name}, from disk", Gate(WITH_FILES, 1 / 0.9), ""
    return name, Gate(ALONE, 1 / 0.9), "loader, " + name.partition(" ")[0]


@PLACES
@pytest.mark.parametrize("codec", CODECS)
def test_slices(codec: str, place: str, size: data.Size, benchmark: BenchmarkFixture) -> None:
    """An epoch of compressed slices, shuffled, beside their codec."""
    paths = compressed_series(size, codec)
    frames = [frame_of(path) for path in paths]
    loader = rg.torch.Loader(rg.torch.SliceDataset(paths[0].parent, dtype="int16"), BATCH, shuffle=True)
    name, gate, group = owed(f"slices of {codec}", place)
    row = Row(name, "ms a slice", gate, group=group)
    volume = rg.read_volume(paths, dtype=np.int16).array
    row.correct[Row.OURS] = all(
        np.array_equal(image[0].numpy(), volume[number])
        for batch in loader
        for image, number in zip(batch["image"], batch["index"].tolist(), strict=True)
    )
    ways = {
        Row.OURS: lambda: epoch(loader),
        ALONE: lambda: alone(codec, frames),
        WITH_FILES: lambda: alone(codec, frames, paths),
    }
    turns(row, ways, paths, benchmark, per=len(paths), is_cold=place == DISK)
    assert row.correct[Row.OURS]


@PLACES
@pytest.mark.parametrize("codec", CODECS)
def test_patches(codec: str, place: str, size: data.Size, benchmark: BenchmarkFixture) -> None:
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
    name, gate, group = owed(f"patches of {codec}", place)
    row = Row(name, "ms a patch", gate, group=group)
    row.correct[Row.OURS] = True
    files: list[Path] = []
    for number in range(len(patches)):
        _, (z, y, x) = patches.place(number)
        part = volume[z : z + depth, y : y + PATCH[1], x : x + PATCH[2]]
        row.correct[Row.OURS] &= np.array_equal(patches[number]["image"][0].numpy(), part)
        files += [Path(path) for path in patches.paths(0)[z : z + depth]]
    slabs = [frame_of(path) for path in files]
    loader = rg.torch.Loader(patches, 2)

    def ours() -> int:
        loader.set_epoch(0)
        return epoch(loader)

    ways = {
        Row.OURS: ours,
        ALONE: lambda: alone(codec, slabs),
        WITH_FILES: lambda: alone(codec, slabs, files),
    }
    turns(row, ways, paths, benchmark, per=len(patches), is_cold=place == DISK)
    assert row.correct[Row.OURS]


@PLACES
@pytest.mark.parametrize("dtype", ["int16", "float32"])
def test_uncompressed_slices(
    dtype: str, place: str, size: data.Size, benchmark: BenchmarkFixture, tmp_path: Path
) -> None:
    """An epoch of native slices, beside batches from a memory map of the same values, converted before."""
    paths = ct_series(size)[:400]
    converted = tmp_path / "converted.npy"
    dataset = rg.torch.SliceDataset([str(path) for path in paths], dtype=dtype)
    np.save(converted, np.stack([dataset[number]["image"][0].numpy() for number in range(len(paths))]))
    loader = rg.torch.Loader(dataset, BATCH, shuffle=True)
    lasting = rg.torch.SliceDataset([str(path) for path in paths], dtype=dtype, mmap=True)
    by_map = rg.torch.Loader(lasting, BATCH, shuffle=True)

    def mapped() -> None:
        held = np.load(converted, mmap_mode="r")
        order = rg.torch.Order(range(len(held)), BATCH, shuffle=True)
        for numbers in order:
            torch.from_numpy(held[numbers][:, None])

    # Not mapped: what is mapped does not become cold.
    held = np.load(converted)
    source = ", from disk" if place == DISK else ""
    row = Row(f"native slices as {dtype}{source}", "ms a slice", Gate("a .npy memmap", 1 / 0.8))
    row.correct[Row.OURS] = all(
        np.array_equal(batch["image"][:, 0].numpy(), held[batch["index"].numpy()])
        for made in ((loader,) if place == DISK else (loader, by_map))
        for batch in made
    )
    ways = {Row.OURS: lambda: epoch(loader), "a .npy memmap": mapped}
    if place != DISK:
        # What is mapped does not become cold.
        row.case += ", mmap=True"
        ways = {
            Row.OURS: lambda: epoch(by_map),
            "a .npy memmap": mapped,
            "ours without mmap": lambda: epoch(loader),
        }
    turns(row, ways, [*paths, converted], benchmark, per=len(paths), is_cold=place == DISK)
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
    ways = {Row.OURS: lambda: epoch(loader)}
    if codec is not None:
        frames, out = [frame_of(path) for path in paths], np.empty((512, 512), np.uint16)
        # Nothing that decodes them can be quicker.
        ways["our codec alone"] = lambda: sum(
            1 for frame in frames if codecs.decode(codec, frame, KNOWN, out) is not None
        )
    turns(row, ways, paths, benchmark, per=len(paths), rounds=5)
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
