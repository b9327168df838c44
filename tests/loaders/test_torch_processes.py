"""Worker processes of every kind: none hangs, none loses or doubles a sample, the order is that of no workers at all."""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import radiogram as rg

from tests.loaders.conftest import SLICES, series
from tests.loaders.frameworks import needed

if TYPE_CHECKING:
    from tests.loaders.conftest import Series

torch = needed("torch")

ROOT = Path(__file__).parents[2]
LIMIT = 300
"""Seconds after which a child is taken to hang."""
ALL = ("persistent", "passing", "stream", "resumed", "threads_too", "failing")


def child(context: str, workers: int, folder: Path, other: Path, *names: str) -> dict[str, Any]:
    """Run things in a process of its own, and give what each printed."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.loaders.child", context, str(workers), str(folder), str(other), *names],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(line) for line in done.stdout.splitlines())


@pytest.fixture(scope="module", params=multiprocessing.get_all_start_methods())
def told(
    request: pytest.FixtureRequest, ct: Series, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """Give what workers of a kind did."""
    other = series(tmp_path_factory.mktemp("breaking")).folder
    return child(request.param, 2, ct.folder, other, *ALL)


@pytest.fixture(scope="module")
def expected(ct: Series) -> list[Any]:
    """Give what threads of this process give, in three epochs."""
    loader = rg.torch.Loader(rg.torch.SliceDataset(ct.folder), 2, shuffle=True, seed=6)
    return [
        [[batch["index"].tolist(), int(batch["image"].sum(dtype=torch.float64))] for batch in loader]
        for _ in range(3)
    ]


def _plain(rounds: Any) -> Any:
    return [[batch[:2] for batch in one] for one in rounds]


@pytest.mark.parametrize("what", ["persistent", "passing", "stream"])
def test_every_kind_of_worker_gives_the_same(what: str, told: dict[str, Any], expected: list[Any]) -> None:
    assert _plain(told[what]) == expected[:2]
    assert all(batch[2] for one in told[what] for batch in one), "a batch comes in shared memory"


def test_a_run_that_was_broken_off_goes_on_exactly(told: dict[str, Any], expected: list[Any]) -> None:
    given, rest, following = told["resumed"]
    assert [batch[:2] for batch in given + rest] == expected[0] + expected[1]
    assert [batch[:2] for batch in following] == expected[2]


def test_files_that_break_are_errors_of_their_samples(told: dict[str, Any]) -> None:
    before, after, raised = told["failing"]
    assert before == list(range(SLICES))
    assert after == [number for number in range(SLICES) if number not in (1, 4, 8)]
    assert raised == "MissingSourceError"


def test_workers_start_while_threads_read(told: dict[str, Any], expected: list[Any]) -> None:
    first, rest, rounds = told["threads_too"]
    assert [first, *rest] == expected[0]
    assert _plain(rounds) == expected[:2]


@pytest.mark.parametrize("workers", [1, 4])
def test_any_number_of_workers_gives_the_same(workers: int, htj2k: Series, expected: list[Any]) -> None:
    told = child("fork", workers, htj2k.folder, htj2k.folder, "persistent", "stream")
    assert _plain(told["persistent"]) == _plain(told["stream"]) == expected[:2]


def test_random_patches_do_not_depend_on_workers(ct: Series) -> None:
    """And workers that stay are told of each epoch."""
    none, two = (child("fork", workers, ct.folder, ct.folder, "patches")["patches"] for workers in (0, 2))
    assert none == two
    assert none[0] != none[1]
