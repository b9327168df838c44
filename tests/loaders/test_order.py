"""Orders: every sample once an epoch, whatever the ranks; the same again by the same seed; gone on with from anywhere."""

from __future__ import annotations

import itertools
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from radiogram.errors import ArgumentError
from radiogram.loaders import Order
from radiogram.loaders.order import drawn, shuffled

from tests.loaders.frameworks import needed


class Of:
    """So many samples."""

    def __init__(self, count: int, *, is_random: bool = False) -> None:
        self.count, self.is_random = count, is_random

    def __len__(self) -> int:
        return self.count


def flat(order: Order) -> list[object]:
    return list(itertools.chain.from_iterable(order))


@given(
    st.integers(0, 60),
    st.integers(1, 7),
    st.integers(1, 9),
    st.booleans(),
    st.integers(0, 2**40),
    st.integers(0, 3),
)
def test_over_all_ranks_every_sample_comes_once(
    count: int, world: int, size: int, shuffle: bool, seed: int, epoch: int
) -> None:
    given = []
    for rank in range(world):
        order = Order(Of(count), size, shuffle=shuffle, seed=seed, rank=rank, world=world)
        order.set_epoch(epoch)
        batches = list(order)
        assert len(batches) == len(order)
        assert all(len(batch) == size for batch in batches[:-1])
        given.append([one for batch in batches for one in batch])
    assert sorted(itertools.chain(*given)) == list(range(count))
    lengths = [len(part) for part in given]
    assert max(lengths) - min(lengths) <= 1


@given(st.integers(1, 60), st.integers(1, 70), st.booleans())
def test_padding_and_dropping_make_ranks_even(count: int, world: int, shuffle: bool) -> None:
    for uneven in ("pad", "drop"):
        parts = [
            flat(Order(Of(count), 4, shuffle=shuffle, seed=5, rank=rank, world=world, uneven=uneven))
            for rank in range(world)
        ]
        assert len({len(part) for part in parts}) == 1
        seen = list(itertools.chain(*parts))
        if uneven == "pad":
            assert set(seen) == set(range(count))
            assert len(seen) - count < world
        else:
            assert len(seen) == len(set(seen)) == count // world * world


@given(st.integers(1, 40), st.integers(1, 50), st.booleans())
def test_ranks_get_what_torch_gives_them(count: int, world: int, drop: bool) -> None:
    """`DistributedSampler` pads or drops in the same way, whatever does not divide."""
    data = needed("torch.utils.data")
    for rank in {0, world // 2, world - 1}:
        ours = Order(Of(count), 3, rank=rank, world=world, uneven="drop" if drop else "pad")
        theirs = data.DistributedSampler(
            range(count), num_replicas=world, rank=rank, shuffle=False, drop_last=drop
        )
        assert flat(ours) == list(theirs)


@given(
    st.integers(0, 40),
    st.integers(1, 6),
    st.integers(0, 50),
    st.booleans(),
    st.sampled_from(["keep", "pad", "drop"]),
)
def test_what_is_left_of_an_epoch_is_what_was_not_given(
    count: int, size: int, after: int, drop_last: bool, uneven: str
) -> None:
    def make() -> Order:
        return Order(
            Of(count), size, shuffle=True, seed=9, rank=1, world=2, uneven=uneven, drop_last=drop_last
        )

    first, again = make(), make()
    epochs = [list(first) for _ in range(2)]
    first.set_epoch(0)
    after = min(after, len(first))
    state = first.state_after(batches=after)
    again.load_state_dict(pickle.loads(pickle.dumps(state)))
    rest = list(again)
    if after < len(first):
        assert rest == epochs[0][after:]
        assert list(again) == epochs[1]
    else:
        assert rest == epochs[1]


def test_epochs_differ_and_come_by_themselves() -> None:
    order = Order(Of(50), 50, shuffle=True, seed=1)
    first, second = flat(order), flat(order)
    assert first != second
    order.set_epoch(1)
    assert flat(order) == second
    assert flat(Order(Of(50), 50, shuffle=True, seed=2)) != first


def test_the_order_is_fixed_for_ever() -> None:
    """It must not change with a version of numpy or of ours: a run that goes on would give samples twice."""
    assert shuffled(8, 3, 5).tolist() == [2, 5, 1, 6, 7, 0, 4, 3]
    assert drawn(3, 5, 7, (100, 1000, 10)) == (24, 866, 6)


def test_draws_are_spread_evenly() -> None:
    draws = np.array([drawn(1, 0, sample, (10,))[0] for sample in range(5000)])
    assert np.bincount(draws, minlength=10).min() > 400


def test_random_samples_carry_their_epoch() -> None:
    order = Order(Of(3, is_random=True), 2)
    assert flat(order) == [(0, 0), (1, 0), (2, 0)]
    assert flat(order) == [(0, 1), (1, 1), (2, 1)]


def test_a_state_of_another_order_is_refused() -> None:
    state = Order(Of(10), 2, shuffle=True, seed=1).state_after(batches=2)
    for other in (
        Order(Of(11), 2, shuffle=True, seed=1),
        Order(Of(10), 2, shuffle=True, seed=2),
        Order(Of(10), 2, seed=1),
        Order(Of(10), 2, shuffle=True, seed=1, rank=1, world=2),
    ):
        with pytest.raises(ArgumentError, match="another"):
            other.load_state_dict(state)


def test_a_state_or_an_epoch_that_is_none_is_refused() -> None:
    order = Order(Of(10), 2)
    state = order.state_after(batches=2)
    for wrong in ({"done": -2}, {"done": 11}, {"epoch": -1}, {"epoch": 1 << 64}):
        with pytest.raises(ArgumentError):
            order.load_state_dict({**state, **wrong})
    for epoch in (-1, 1 << 64):
        with pytest.raises(ArgumentError, match="an epoch is"):
            order.set_epoch(epoch)
    order.set_epoch((1 << 64) - 1)
    assert flat(order) == list(range(10))


@pytest.mark.parametrize(
    "options",
    [
        {"batch_size": 0},
        {"seed": 1 << 64},
        {"seed": -1},
        {"rank": 2, "world": 2},
        {"rank": -1},
        {"uneven": "maybe"},
    ],
)
def test_what_is_no_order_is_refused(options: dict[str, object]) -> None:
    with pytest.raises(ArgumentError):
        Order(Of(3), **options)
