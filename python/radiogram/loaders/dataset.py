"""What datasets of slices, volumes and patches share: keys, policies for what cannot be read, transforms."""

from __future__ import annotations

import logging
import multiprocessing
import operator
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from radiogram.errors import ArgumentError, DicomError
from radiogram.loaders.arrays import Arrays
from radiogram.loaders.cache import Cache
from radiogram.loaders.collating import Samples, collate
from radiogram.loaders.making import index_of

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import numpy as np
    from numpy.typing import DTypeLike, NDArray

    from radiogram.loaders.collating import Sample
    from radiogram.loaders.index import Index
    from radiogram.loaders.making import Left, Source
    from radiogram.loaders.order import Key

__all__ = ["Dataset", "Failures", "Labels", "Policy"]

_LOG = logging.getLogger("radiogram.loaders")

Labels = "Sequence[str] | Mapping[str, Mapping[Any, int] | None]"
Policy = "str | Callable[[DicomError, int], Sample | None]"

Failures = dict[int, DicomError]
"""What went wrong, by the place of the sample in its batch."""


class Dataset(ABC):
    """Samples by number, read when they are asked for; `SliceDataset`, `VolumeDataset` and `PatchDataset` are such.

    A pickle holds the path and hash of the index file, and the options. Reading releases the interpreter.
    """

    is_random = False
    kind: ClassVar[str] = ""
    arrays: Arrays

    def __init__(
        self,
        source: Source,
        *,
        make: Callable[[Source, Sequence[str], Left, dict[str, Any]], Iterator[list[Any]]],
        index: str | os.PathLike[str] | None,
        labels: Sequence[str] | Mapping[str, Mapping[Any, int] | None],
        dtype: DTypeLike | None,
        transform: Callable[[Sample], Any] | None,
        errors: str | Callable[[DicomError, int], Sample | None],
        cache: int,
        threads: int | None,
    ) -> None:
        if not callable(errors) and errors not in ("raise", "skip"):
            message = 'errors is "raise", "skip" or something to call'
            raise ArgumentError(message)
        names = [labels] if isinstance(labels, str) else list(labels)
        self._codes = dict(labels) if hasattr(labels, "keys") else {}
        self.labels = tuple(names)
        self.arrays = self._library()
        self.dtype = _dtype(dtype)
        self.transform = transform
        self.errors = errors
        self.cache = Cache(cache)
        self.threads = threads
        self.index: Index = index_of(source, names, self.kind, index, make)

    @property
    def left_out(self) -> int:
        """How many files of the source are no samples; `left` names some of them with the reason."""
        return int(self.index.about["left_out"])

    @property
    def left(self) -> list[tuple[str, str]]:
        """Some of the files that are no samples, each with the reason."""
        return [(path, reason) for path, reason in self.index.about["left"]]

    def __len__(self) -> int:
        """Give the number of samples."""
        return len(self.index)

    def __getitem__(self, key: Key) -> Any:  # noqa: ANN401
        """Give a sample, by its number, or by its number and the epoch.

        Raises
        ------
        DicomError
            It cannot be read, and `errors` is no function that has something in its place.
        """
        samples = self._given([key], skipping=False)
        return samples[0] if samples else None

    def __getitems__(self, keys: Sequence[Key]) -> Samples:
        """Give several samples, decoded side by side into one array where their shapes agree.

        With ``errors="skip"`` those that cannot be read are left out.
        """
        return self._given(list(keys), skipping=self.errors == "skip")

    def collate(self, samples: Sequence[Sample]) -> dict[str, Any]:
        """Make a batch; see `radiogram.loaders.collate`."""
        return collate(samples, self.arrays)

    # -- the way of a batch ------------------------------------------------------------------------

    def _given(self, keys: list[Key], *, skipping: bool) -> Samples:
        named = [self._named(key) for key in keys]
        numbers, epochs = [number for number, _ in named], [epoch for _, epoch in named]
        samples, wholes, failures = self._read(numbers, epochs)
        kept = []
        for at, sample in enumerate(samples):
            if at not in failures:
                kept.append(sample)
                continue
            error = failures[at]
            if callable(self.errors):
                instead = self.errors(error, numbers[at])
                if instead is not None:
                    kept.append(instead)
                continue
            if not skipping:
                raise error
            _LOG.warning("sample %d is skipped: %s", numbers[at], type(error).__name__)
        if self.transform is not None:
            kept = [self.transform(sample) for sample in kept]
        return Samples(kept, {} if failures else wholes)

    def _named(self, key: Key) -> tuple[int, int]:
        """Give the number of a sample, counted from the front, and its epoch."""
        number, epoch = key if isinstance(key, tuple) else (key, 0)
        number, count = operator.index(number), len(self)
        if not -count <= number < count:
            message = f"there is no sample {number} of {count}"
            raise IndexError(message)
        return number % count, operator.index(epoch)

    @abstractmethod
    def _read(self, numbers: list[int], epochs: list[int]) -> tuple[list[Sample], dict[str, Any], Failures]:
        """Read samples: each, the arrays that they are parts of, and what went wrong."""

    def _threads(self) -> int | None:
        """How many threads decode: one in a worker process, which has others beside it, else all."""
        if self.threads is None and multiprocessing.parent_process() is not None:
            return 1
        return self.threads

    def _told(self, number: int, values: Sequence[Any]) -> Sample:
        """Give what a sample has beside its image."""
        told: Sample = {"index": number}
        there = self.index.about["labels"]
        for name in self.labels:
            value = values[there.index(name)]
            codes = self._codes.get(name)
            if codes is not None:
                if value not in codes:
                    message = f"{name}: a value of sample {number} has no code"
                    raise ArgumentError(message)
                value = codes[value]
            told[name] = value
        return told

    def _library(self) -> Arrays:
        """Give the library whose arrays batches are made of."""
        return Arrays()

    def _split(self, whole: Any, count: int) -> list[Any]:  # noqa: ANN401
        return [whole[at] for at in range(count)]

    def _empty(self, shape: tuple[int, ...]) -> tuple[Any, NDArray[Any]]:
        return self.arrays.empty(shape, self.dtype)


def _dtype(given: DTypeLike | None) -> np.dtype[Any]:
    """Take a type of numpy's, or of another library by its name."""
    import numpy as np

    if given is None:
        return np.dtype(np.float32)
    if type(given).__module__ == "torch":
        return np.dtype(str(given).rpartition(".")[2])
    return np.dtype(given)
