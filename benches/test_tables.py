"""Scans of very many files: the memory of the whole process."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from benches import data, trees
from benches.conftest import keep
from benches.interleave import Gate, Row

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize("way", list(trees.WAYS))
def test_memory_of_a_scan(size: data.Size, benchmark: BenchmarkFixture, way: str) -> None:
    """15 tags of a million files, with 500 MB for everything."""
    folder = trees.tree(size)
    files = trees.FULL if size == data.FULL else trees.SMOKE
    memory, rows, right = trees.peak(way, folder, data.TAGS)
    row = Row(f"scan of {files:,} files to {way}, memory of the process", "MB", Gate(absolute=500))
    row.figures["radiogram"] = memory / 1e6
    row.correct["radiogram"] = rows == right == files
    benchmark.pedantic(lambda: None, rounds=1)
    keep(row, benchmark)
