"""Batches of tensors, read by threads of this process or by worker processes, with a state that is exact in both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radiogram import loaders
from radiogram.errors import ArgumentError
from radiogram.interop import frameworks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from radiogram.loaders.dataset import Dataset
    from radiogram.loaders.order import Key

__all__ = ["Loader", "ranked"]

torch = frameworks.torch()


def ranked(rank: int | None, world: int | None) -> tuple[int, int]:
    """Give rank and number of ranks: those given, those of ``torch.distributed`` where it is in use, or the only one."""
    shared = torch.distributed
    if (rank is None) != (world is None):
        message = "rank and world are given together"
        raise ArgumentError(message)
    if rank is not None and world is not None:
        return rank, world
    if shared.is_available() and shared.is_initialized():
        return shared.get_rank(), shared.get_world_size()
    return 0, 1


class _Filled:
    """Makes batches in a worker, of samples that there are: where none of a batch could be read, there is none."""

    def __init__(self, collate: Callable[[Sequence[Any]], Any]) -> None:
        self.collate = collate

    def __call__(self, samples: Sequence[Any]) -> Any:  # noqa: ANN401
        return self.collate(samples) if samples else None


class Loader(loaders.Loader):
    """Batches of a dataset, epoch after epoch.

    The order depends on seed and epoch alone: it is the same for any number of workers of any kind. Each iteration is an epoch, the next
    one each time. The state is that of the batches which the caller got, whatever was read ahead.

    Parameters
    ----------
    dataset : Dataset
        `SliceDataset`, `VolumeDataset` or `PatchDataset`.
    batch_size, shuffle, seed, drop_last, uneven, prefetch, collate
        As for `radiogram.loaders.Loader`.
    rank, world : int, optional
        Which part of how many; those of ``torch.distributed`` by default.
    workers : int
        Worker processes of a ``DataLoader``. By default none: threads of this process read ahead, and their decoders use all processors.
        Worth their cost where transforms hold the interpreter.
    context : str, optional
        How worker processes are started: ``"fork"``, ``"spawn"`` or ``"forkserver"``.
    persistent : bool
        Workers stay from epoch to epoch.
    timeout : float
        Seconds after which a batch that does not come from a worker is an error; 0 waits.
    pin : bool
        Batches of workers are copied to pinned memory. Without workers, ``memory="pinned"`` of the dataset decodes there at once.
    """

    def __init__(
        self,
        dataset: Dataset,
        batch_size: int = 1,
        *,
        shuffle: bool = False,
        seed: int = 0,
        drop_last: bool = False,
        rank: int | None = None,
        world: int | None = None,
        uneven: str = "keep",
        prefetch: int = 2,
        collate: Callable[[Sequence[Any]], Any] | None = None,
        workers: int = 0,
        context: str | None = None,
        persistent: bool = True,
        timeout: float = 0,
        pin: bool = False,
    ) -> None:
        rank, world = ranked(rank, world)
        super().__init__(
            dataset,
            batch_size,
            shuffle=shuffle,
            seed=seed,
            drop_last=drop_last,
            rank=rank,
            world=world,
            uneven=uneven,
            prefetch=prefetch,
            collate=collate,
        )
        self._loader: Any = None
        if workers:
            self._loader = torch.utils.data.DataLoader(
                dataset,
                batch_sampler=self.order,
                num_workers=workers,
                collate_fn=_Filled(self.collate),
                multiprocessing_context=context,
                persistent_workers=persistent,
                prefetch_factor=max(prefetch, 1),
                timeout=timeout,
                pin_memory=pin,
            )
        elif context is not None or pin:
            message = "context and pin are for worker processes"
            raise ArgumentError(message)

    def _batches(self, order: Iterable[list[Key]]) -> Iterator[Any]:
        return super()._batches(order) if self._loader is None else iter(self._loader)
