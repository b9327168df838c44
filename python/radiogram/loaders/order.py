"""The order of an epoch: drawn from seed and epoch alone, divided among ranks, and gone on with from anywhere.

Numbers come from numpy's Philox, whose stream is fixed for every version of numpy; what is made of them is made here.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

from radiogram.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sized

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Key", "Order", "drawn", "shuffled"]

Key = int | tuple[int, int]
"""What names a sample: its number, or its number and the epoch where a sample differs from epoch to epoch."""

_MOST = 1 << 64
_UNEVEN = ("keep", "pad", "drop")
_SHARED = ("length", "seed", "shuffle", "world", "uneven")
"""What two orders must share for one to go on where the other ended."""


def _stream(seed: int, epoch: int, place: tuple[int, int]) -> np.random.Philox:
    import numpy as np

    return np.random.Philox(
        key=np.array([seed, epoch], np.uint64), counter=np.array([0, *place, 0], np.uint64)
    )


def shuffled(length: int, seed: int, epoch: int) -> NDArray[np.int64]:
    """Give the numbers below `length` in the order of an epoch."""
    import numpy as np

    keys = _stream(seed, epoch, (0, 1)).random_raw(length)
    order: NDArray[np.int64] = np.argsort(keys, kind="stable").astype(np.int64, copy=False)
    return order


def drawn(seed: int, epoch: int, sample: int, bounds: tuple[int, ...]) -> tuple[int, ...]:
    """Draw a whole number below each bound, always the same ones for a sample in an epoch."""
    raw = _stream(seed, epoch, (sample, 0)).random_raw(len(bounds))
    return tuple(int(one) % bound for one, bound in zip(raw, bounds, strict=True))


class Order:
    """Batches of sample numbers, epoch after epoch: a batch sampler.

    The order depends on seed and epoch alone, not on how many workers read. In an epoch no sample comes twice and none is lost, over all
    ranks, unless `uneven` says otherwise.

    Parameters
    ----------
    dataset : sized
        What is ordered; its length counts, and whether its samples differ from epoch to epoch.
    batch_size : int
        Samples of a batch.
    shuffle : bool
        Draw an order; else samples come by number.
    seed : int
        Of the order; 0 or more, the same on all ranks.
    drop_last : bool
        Leave out a last batch that is not full.
    rank, world : int
        Which part of how many: samples are dealt one by one.
    uneven : str
        What becomes of samples that do not divide by `world`: ``"keep"`` lets some ranks have one more; ``"pad"`` gives the first
        ones again, so that all ranks have equally many; ``"drop"`` leaves the last ones out.

    Examples
    --------
    >>> from radiogram.loaders import Order
    >>> list(Order(range(5), 2))
    [[0, 1], [2, 3], [4]]
    >>> first = Order(range(100), 10, shuffle=True, seed=3)
    >>> again = Order(range(100), 10, shuffle=True, seed=3)
    >>> again.load_state_dict(first.state_after(batches=4))
    >>> list(first)[4:] == list(again)
    True
    """

    def __init__(
        self,
        dataset: Sized,
        batch_size: int = 1,
        *,
        shuffle: bool = False,
        seed: int = 0,
        drop_last: bool = False,
        rank: int = 0,
        world: int = 1,
        uneven: str = "keep",
    ) -> None:
        if batch_size < 1 or not 0 <= seed < _MOST:
            message = "a batch has a sample at least, and a seed is a number from 0, of 64 bits"
            raise ArgumentError(message)
        if not 0 <= rank < world:
            message = f"there is no rank {rank} of {world}"
            raise ArgumentError(message)
        if uneven not in _UNEVEN:
            message = f"uneven is one of {', '.join(_UNEVEN)}"
            raise ArgumentError(message)
        self.length = len(dataset)
        self.is_random = bool(getattr(dataset, "is_random", False))
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.seed = seed
        self.drop_last = drop_last
        self.rank = rank
        self.world = world
        self.uneven = uneven
        self.epoch = 0
        self._begin = 0
        self._begun = False
        self._done = 0
        self._run = 0

    @property
    def samples(self) -> int:
        """Samples of this rank in an epoch."""
        if self.uneven == "drop":
            return self.length // self.world
        if self.uneven == "pad" and self.length:
            return -(-self.length // self.world)
        return len(range(self.rank, self.length, self.world))

    def __len__(self) -> int:
        """Give the number of batches of this rank in an epoch."""
        return self.samples // self.batch_size if self.drop_last else -(-self.samples // self.batch_size)

    def set_epoch(self, epoch: int) -> None:
        """Begin with this epoch next; without it each iteration is the epoch after the last."""
        self._next(_epoch(epoch), 0)

    def _next(self, epoch: int, done: int) -> None:
        """Go on behind so many samples of an epoch; what is still given of an earlier iteration does not count."""
        self.epoch, self._begin, self._begun, self._done = epoch, done, False, done
        self._run += 1

    def __iter__(self) -> Iterator[list[Key]]:
        """Give the batches of an epoch, the next one each time; after `load_state_dict` what is left of the one that was broken off.

        It begins with its first batch: a ``DataLoader`` makes iterators that it never uses.
        """
        if self._begun:
            self.epoch += 1
        begin, self._begin, self._begun = self._begin, 0, True
        self._done = begin
        self._run += 1
        epoch = self.epoch
        numbers = self._numbers(epoch)
        for at in range(begin, len(numbers), self.batch_size):
            batch = numbers[at : at + self.batch_size]
            if self.drop_last and len(batch) < self.batch_size:
                return
            if self.is_random:
                yield [(number, epoch) for number in batch.tolist()]
            else:
                yield batch.tolist()

    def _numbers(self, epoch: int) -> NDArray[np.int64]:
        import numpy as np

        order = shuffled(self.length, self.seed, epoch) if self.shuffle else np.arange(self.length)
        if self.uneven != "keep" and self.length:
            order = np.resize(order, self.samples * self.world)
        return order[self.rank :: self.world]

    # -- going on ----------------------------------------------------------------------------------

    def state_after(self, *, batches: int) -> dict[str, Any]:
        """Give the state of this epoch after so many of its batches, for `load_state_dict`."""
        return self._state(self.epoch, min(batches * self.batch_size, self.samples))

    def _state(self, epoch: int, done: int) -> dict[str, Any]:
        if done >= self.samples or (self.drop_last and self.samples - done < self.batch_size):
            epoch, done = epoch + 1, 0
        return {
            "epoch": epoch,
            "done": done,
            "length": self.length,
            "seed": self.seed,
            "shuffle": self.shuffle,
            "world": self.world,
            "uneven": self.uneven,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a state: the next iteration gives what is left of its epoch.

        Raises
        ------
        ArgumentError
            It is the state of another order: other samples, seed or ranks; or of none.
        """
        ours = self._state(0, 0)
        other = [name for name in _SHARED if state.get(name) != ours[name]]
        if other:
            message = f"the state is of an order with another {other[0]}"
            raise ArgumentError(message)
        done = int(state["done"])
        if not 0 <= done <= self.length:
            message = f"the state is behind {done} samples of {self.length}"
            raise ArgumentError(message)
        self._next(_epoch(state["epoch"]), done)

    def _count(self, done: int, run: int) -> None:
        """Note how many samples of an epoch the caller has, of the iteration that is the last one begun."""
        if run == self._run:
            self._done = min(done, self.samples)


def _epoch(given: int) -> int:
    epoch = operator.index(given)
    if not 0 <= epoch < _MOST:
        message = "an epoch is a number from 0, of 64 bits"
        raise ArgumentError(message)
    return epoch


class Epochs:
    """What goes through an order, and how far whoever it gives to has come; `Loader` and `rg.torch.Stream` are such."""

    order: Order

    def __len__(self) -> int:
        """Give the number of items in an epoch of this rank: batches, or samples where these are given singly."""
        return len(self.order)

    def set_epoch(self, epoch: int) -> None:
        """Begin with this epoch next."""
        self.order.set_epoch(epoch)

    def state_dict(self) -> dict[str, Any]:
        """Tell which items were given, a few numbers for a checkpoint; in a worker process, of its own part."""
        return self.order._state(self.order.epoch, self.order._done)

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on behind the items of a state: the next iteration gives what is left of its epoch.

        Raises
        ------
        ArgumentError
            It is the state of another order.
        """
        self.order.load_state_dict(state)
