"""Loaders of threads: the same batches for any number ahead, a state that is exact, clean ends."""

from __future__ import annotations

import pickle
import threading
import time
from itertools import chain
from typing import Any

import numpy as np
import pytest
from radiogram.errors import ArgumentError
from radiogram.loaders import Loader, PatchDataset, SliceDataset
from radiogram.loaders.loader import ahead

from tests.loaders.conftest import SLICES, Series


def _numbers(batches: Any) -> list[list[int]]:
    return [batch["index"].tolist() for batch in batches]


@pytest.mark.parametrize("prefetch", [0, 1, 4])
def test_every_number_ahead_gives_the_same(prefetch: int, ct: Series) -> None:
    dataset = SliceDataset(ct.folder)
    made = [list(Loader(dataset, 3, shuffle=True, seed=5, prefetch=one)) for one in (0, prefetch)]
    assert _numbers(made[0]) == _numbers(made[1])
    for batch in made[1]:
        for number, image in zip(batch["index"], batch["image"], strict=True):
            np.testing.assert_array_equal(image, ct.image(number))
    assert sorted(chain.from_iterable(_numbers(made[1]))) == list(range(SLICES))


@pytest.mark.parametrize("after", range(5))
def test_a_run_that_was_broken_off_gives_exactly_the_rest(after: int, ct: Series) -> None:
    dataset = SliceDataset(ct.folder)
    whole = Loader(dataset, 3, shuffle=True, seed=5)
    epochs = [_numbers(whole) for _ in range(3)]
    first = Loader(dataset, 3, shuffle=True, seed=5, prefetch=3)
    list(first)
    given = []
    batches = iter(first)
    for _ in range(after):
        given += _numbers([next(batches)])
    state = pickle.loads(pickle.dumps(first.state_dict()))
    batches.close()
    again = Loader(dataset, 3, shuffle=True, seed=5)
    again.load_state_dict(state)
    rest = _numbers(again)
    if after < 4:
        assert given + rest == epochs[1]
        assert _numbers(again) == epochs[2]
    else:
        assert (given, rest) == (epochs[1], epochs[2])


def test_patches_go_on_where_they_were(ct: Series) -> None:
    dataset = PatchDataset(ct.folder, size=(2, 8, 8), per_volume=7, seed=2)

    def loader() -> Loader:
        return Loader(dataset, 2, shuffle=True, seed=1)

    def starts(batches: Any) -> list[Any]:
        return [batch["start"] for batch in batches]

    one = loader()
    epochs = [starts(one), starts(one)]
    assert epochs[0] != epochs[1]
    one = loader()
    list(one)
    batches = iter(one)
    next(batches)
    again = loader()
    again.load_state_dict(one.state_dict())
    assert starts(again) == epochs[1][1:]


def test_an_epoch_whose_first_batch_fails_is_not_passed_over(ct: Series) -> None:
    """The state was that of the end of the epoch after: a run that went on left a whole one out."""
    broken: list[int] = []

    def fails(sample: dict[str, Any]) -> dict[str, Any]:
        if broken:
            raise KeyError(5)
        return sample

    loader = Loader(SliceDataset(ct.folder, transform=fails), 4)
    list(loader)
    assert (loader.state_dict()["epoch"], loader.state_dict()["done"]) == (1, 0)
    broken.append(1)
    with pytest.raises(KeyError):
        next(iter(loader))
    assert (loader.state_dict()["epoch"], loader.state_dict()["done"]) == (1, 0)


def test_the_state_is_that_of_the_last_iteration_that_began(ct: Series) -> None:
    """An earlier one that is still gone through does not count, nor does one that `set_epoch` or a state has ended."""
    loader = Loader(SliceDataset(ct.folder), 2)

    def state() -> tuple[int, int]:
        told = loader.state_dict()
        return told["epoch"], told["done"]

    first = iter(loader)
    next(first)
    next(first)
    assert state() == (0, 4)
    second = iter(loader)
    next(second)
    next(first)
    assert state() == (1, 2)
    loader.set_epoch(7)
    next(second)
    assert state() == (7, 0)
    next(iter(loader))
    assert state() == (7, 2)
    loader.load_state_dict({**loader.state_dict(), "epoch": 3, "done": 6})
    next(second)
    assert state() == (3, 6)


def test_a_run_goes_on_with_batches_of_another_size(ct: Series) -> None:
    loader = Loader(SliceDataset(ct.folder), 3)
    next(iter(loader))
    other = Loader(loader.dataset, 2)
    other.load_state_dict(loader.state_dict())
    batches = iter(other)
    assert _numbers([next(batches)]) == [[3, 4]]
    assert other.state_dict()["done"] == 5
    assert _numbers(batches) == [[5, 6], [7, 8], [9, 10]]


def test_ranks_divide_an_epoch(ct: Series) -> None:
    dataset = SliceDataset(ct.folder)
    parts = [_numbers(Loader(dataset, 2, shuffle=True, rank=rank, world=3)) for rank in range(3)]
    assert sorted(number for part in parts for batch in part for number in batch) == list(range(SLICES))


def test_leaving_the_loop_leaves_no_thread(ct: Series) -> None:
    loader = Loader(SliceDataset(ct.folder), 1, prefetch=4)
    for _ in range(3):
        for _batch in loader:
            break
    deadline = time.monotonic() + 60
    while any(one.name.startswith("radiogram-loader") for one in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_an_error_comes_at_its_place(ct: Series) -> None:
    def fails(sample: dict[str, Any]) -> dict[str, Any]:
        if sample["index"] == 5:
            raise KeyError(5)
        return sample

    loader = Loader(SliceDataset(ct.folder, transform=fails), 2)
    given = []
    batches = iter(loader)
    for _ in range(2):
        given += next(batches)["index"].tolist()
    with pytest.raises(KeyError):
        next(batches)
    assert given == [0, 1, 2, 3]


def test_no_more_is_ahead_than_was_asked_for() -> None:
    under_way: list[int] = []

    def work(number: int) -> int:
        under_way.append(number)
        return number

    things = ahead(work, iter(range(100)), 3)
    assert next(things) == 0
    time.sleep(0.05)
    assert max(under_way) <= 3
    assert list(things) == list(range(1, 100))


def test_a_negative_number_ahead_is_refused(ct: Series) -> None:
    with pytest.raises(ArgumentError):
        Loader(SliceDataset(ct.folder), prefetch=-1)
