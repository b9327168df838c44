"""Batches one after another, with the next ones read by threads while the caller works with those before."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from radiogram.errors import ArgumentError
from radiogram.loaders.order import Epochs, Order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from concurrent.futures import Future

    from radiogram.loaders.dataset import Dataset
    from radiogram.loaders.order import Key

__all__ = ["Loader", "ahead"]


class Loader(Epochs):
    """Batches of a dataset, epoch after epoch.

    Each iteration is an epoch, the next one each time. Batches are read ahead by threads of this process, whose decoders use all
    processors: nothing is pickled and nothing is copied. The state is that of the batches which the caller got, whatever was read ahead.

    Parameters
    ----------
    dataset : Dataset
        What is read.
    batch_size, shuffle, seed, drop_last, rank, world, uneven
        As for `Order`.
    prefetch : int
        How many batches are read ahead; 0 reads each when it is asked for.
    collate : callable, optional
        Makes a batch of samples; the dataset's own by default. Batches of which nothing could be read are passed over.

    Examples
    --------
    >>> from radiogram.loaders import Loader, SliceDataset
    >>> from radiogram.volume.phantom import Phantom, write_series
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = write_series(folder, Phantom(slices=5, rows=32, columns=48))
    ...     loader = Loader(SliceDataset(folder), 2, shuffle=True, seed=1)
    ...     shapes = [batch["image"].shape for batch in loader]
    >>> shapes, loader.state_dict()["epoch"]
    ([(2, 1, 32, 48), (2, 1, 32, 48), (1, 1, 32, 48)], 1)
    """

    def __init__(
        self,
        dataset: Dataset,
        batch_size: int = 1,
        *,
        shuffle: bool = False,
        seed: int = 0,
        drop_last: bool = False,
        rank: int = 0,
        world: int = 1,
        uneven: str = "keep",
        prefetch: int = 2,
        collate: Callable[[Sequence[Any]], Any] | None = None,
    ) -> None:
        if prefetch < 0:
            message = "prefetch is a number from 0"
            raise ArgumentError(message)
        self.dataset = dataset
        self.prefetch = prefetch
        self.collate = collate or dataset.collate
        self.order = Order(
            dataset,
            batch_size,
            shuffle=shuffle,
            seed=seed,
            drop_last=drop_last,
            rank=rank,
            world=world,
            uneven=uneven,
        )

    def __iter__(self) -> Iterator[Any]:
        """Give the batches of an epoch."""
        order = self.order
        done, run = order._begin, 0
        for batch in self._batches(order):
            # It counts as soon as the caller has it: a state that is taken in the loop's body is behind it.
            done, run = done + order.batch_size, run or order._run
            order._count(done, run)
            if batch is not None and not _is_empty(batch):
                yield batch

    def _batches(self, order: Iterable[list[Key]]) -> Iterator[Any]:
        return ahead(self._batch, iter(order), self.prefetch)

    def _batch(self, keys: list[Key]) -> Any:  # noqa: ANN401
        samples = self.dataset.__getitems__(keys)
        return self.collate(samples) if samples else None


def _is_empty(batch: object) -> bool:
    return isinstance(batch, dict) and not batch


def ahead(work: Callable[[Any], Any], things: Iterator[Any], count: int) -> Iterator[Any]:
    """Give what `work` makes of things, in their order, with `count` of the next ones under way."""
    if not count:
        yield from map(work, things)
        return
    executor = ThreadPoolExecutor(count, "radiogram-loader")
    waiting: deque[Future[Any]] = deque()
    try:
        for thing in things:
            waiting.append(executor.submit(work, thing))
            if len(waiting) > count:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()
        executor.shutdown(wait=True, cancel_futures=True)
