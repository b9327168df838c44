"""An iterable-style dataset: each worker of each rank gives its own part."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from radiogram.interop import frameworks
from radiogram.loaders.loader import ahead
from radiogram.loaders.order import Epochs, Order
from radiogram.torch.loader import ranked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from radiogram.loaders.dataset import Dataset
    from radiogram.loaders.order import Key

    class _Iterable:
        """What torch calls an iterable dataset."""

else:
    _Iterable = frameworks.torch_data().IterableDataset

__all__ = ["Stream"]

torch = frameworks.torch()


class Stream(Epochs, _Iterable):
    """A dataset that gives its samples, or whole batches, one after another: for ``DataLoader(stream, batch_size=None, …)``.

    The items of an epoch are dealt to the workers in turn, so that a ``DataLoader`` with ``batch_size=None`` gives them in the same order
    for any number of workers. In an epoch no sample comes twice and none is lost, over all ranks and workers.

    Each iteration is an epoch, the next one each time; workers that end with an epoch know nothing of it, and need `set_epoch` in front
    of each, as torch's own samplers do.

    Parameters
    ----------
    dataset : Dataset
        `SliceDataset`, `VolumeDataset` or `PatchDataset`.
    batch_size : int, optional
        Samples of an item, which is a batch then; without it an item is a sample.
    shuffle, seed, drop_last, rank, world, uneven
        As for `Loader`.
    prefetch : int
        How many items a worker reads ahead by threads of its own.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.volume.phantom import Phantom, write_series
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = write_series(folder, Phantom(slices=5, rows=32, columns=48))
    ...     stream = rg.torch.Stream(rg.torch.SliceDataset(folder), batch_size=2)
    ...     [batch["index"].tolist() for batch in stream]
    [[0, 1], [2, 3], [4]]
    """

    def __init__(
        self,
        dataset: Dataset,
        batch_size: int | None = None,
        *,
        shuffle: bool = False,
        seed: int = 0,
        drop_last: bool = False,
        rank: int | None = None,
        world: int | None = None,
        uneven: str = "keep",
        prefetch: int = 0,
    ) -> None:
        rank, world = ranked(rank, world)
        self.dataset = dataset
        self.batch_size = batch_size
        self.prefetch = prefetch
        self.order = Order(
            dataset,
            batch_size or 1,
            shuffle=shuffle,
            seed=seed,
            drop_last=drop_last,
            rank=rank,
            world=world,
            uneven=uneven,
        )

    def __iter__(self) -> Iterator[Any]:
        """Give the items of an epoch that are this worker's."""
        info = torch.utils.data.get_worker_info()
        worker, workers = (0, 1) if info is None else (info.id, info.num_workers)
        size = self.order.batch_size
        done = self.order._begin
        # Items are dealt by their number in the epoch, wherever it is gone on with.
        before = done // size
        first = before + (worker - before) % workers
        keys, run = islice(iter(self.order), first - before, None, workers), 0
        for turn, item in enumerate(ahead(self._item, keys, self.prefetch)):
            run = run or self.order._run
            self.order._count(done + (first - before + turn * workers + 1) * size, run)
            if item is not None:
                yield item

    def _item(self, keys: list[Key]) -> Any:  # noqa: ANN401
        samples = self.dataset.__getitems__(keys)
        if not samples:
            return None
        return samples[0] if self.batch_size is None else self.dataset.collate(samples)
