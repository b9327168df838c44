"""Volumes: one series a sample."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from radiogram.errors import ArgumentError, DicomError, LimitError, SourceChangedError, source_error
from radiogram.loaders import making
from radiogram.loaders.cache import state_of
from radiogram.loaders.dataset import Dataset
from radiogram.volume import read_volume

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import numpy as np
    from numpy.typing import DTypeLike, NDArray

    from radiogram.loaders.collating import Sample
    from radiogram.loaders.dataset import Failures
    from radiogram.loaders.making import Source

__all__ = ["Stack", "StackDataset", "VolumeDataset"]


class Stack(NamedTuple):
    """The files of a volume, in the order of its slices; one of many frames is there once."""

    paths: list[str]
    seen: list[tuple[int, int]]
    shape: tuple[int, ...]
    samples: int
    told: list[Any]

    @classmethod
    def of(cls, row: list[Any]) -> Stack:
        """Take a row of an index."""
        base, ends, sizes, times, shape, samples, *told = row
        paths = [base + end for end in ends]
        return cls(paths, list(zip(sizes, times, strict=True)), tuple(shape), samples, told)


class StackDataset(Dataset):
    """What datasets of series share."""

    kind: ClassVar[str] = "volumes"

    def __init__(
        self,
        source: Source,
        *,
        index: str | os.PathLike[str] | None = None,
        labels: Sequence[str] | Mapping[str, Mapping[Any, int] | None] = (),
        units: str = "modality",
        dtype: DTypeLike | None = None,
        transform: Callable[[Sample], Any] | None = None,
        errors: str | Callable[[DicomError, int], Sample | None] = "raise",
        changed: str = "error",
        cache: int = 0,
        threads: int | None = None,
    ) -> None:
        if units not in ("stored", "modality") or changed not in ("error", "read"):
            message = 'units is "stored" or "modality", changed is "error" or "read"'
            raise ArgumentError(message)
        self.units = units
        self.changed = changed
        super().__init__(
            source,
            make=making.stacks,
            index=index,
            labels=labels,
            dtype=dtype,
            transform=transform,
            errors=errors,
            cache=cache,
            threads=threads,
        )

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        """(slices, rows, columns) of each volume, behind those of axes like time where it has such."""
        return [tuple(shape) for shape in self.index.about["shapes"]]

    def paths(self, number: int) -> list[str]:
        """Give the files of a volume, in the order of its slices."""
        return self._stack(number).paths

    def _stack(self, number: int) -> Stack:
        return Stack.of(self.index.row(number))


class VolumeDataset(StackDataset):
    """Series of a scan as volumes.

    A sample is a dict of ``"image"`` (channels, slices, rows, columns), ``"affine"``, ``"index"`` and labels. ``"affine"`` is that of
    `Volume`: it takes (slice, row, column, 1) to the patient's millimetres, LPS. Volumes that differ by time, b-value, echo and the like
    are one sample, as they are one `Volume`: the axes in front of its slices are behind the channels. Pictures in time without a place in the
    patient are of one slice.

    Series that make no volume are left out, each file with the reason in `left`.

    Parameters
    ----------
    source, index, transform, errors, changed, cache, threads
        As for `SliceDataset`.
    labels
        As for `SliceDataset`; the values are those of a volume's first slice.
    units : str
        ``"modality"`` or ``"stored"``.
    dtype : dtype
        The type of all volumes; float32 by default.

    Examples
    --------
    >>> from radiogram.loaders import VolumeDataset
    >>> from radiogram.volume.phantom import Phantom, write_series
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = write_series(folder, Phantom(slices=4, rows=32, columns=48))
    ...     sample = VolumeDataset(folder)[0]
    >>> sample["image"].shape, sample["affine"].shape
    ((1, 4, 32, 48), (4, 4))
    """

    def _read(self, numbers: list[int], epochs: list[int]) -> tuple[list[Sample], dict[str, Any], Failures]:
        del epochs
        stacks = [self._stack(number) for number in numbers]
        samples = [self._told(number, stack.told) for number, stack in zip(numbers, stacks, strict=True)]
        groups: dict[tuple[tuple[int, ...], int], list[int]] = {}
        for at, stack in enumerate(stacks):
            groups.setdefault((stack.shape, stack.samples), []).append(at)
        failures: Failures = {}
        images: Any = None
        for (shape, channels), places in groups.items():
            is_colour = channels > 1
            try:
                array, memory = self._empty((len(places), *shape, *([channels] if is_colour else [])))
            except LimitError as error:
                failures.update(dict.fromkeys(places, error))
                continue
            images = self.arrays.channels_first(array, behind=is_colour)
            for at, part, image in zip(places, memory, self._split(images, len(places)), strict=True):
                try:
                    affine = self._fill(numbers[at], stacks[at], part)
                except DicomError as error:
                    failures[at] = error
                    continue
                samples[at] = {"image": image, "affine": self.arrays.numbers(affine), **samples[at]}
        return samples, {"image": images} if len(groups) == 1 else {}, failures

    def _fill(self, number: int, stack: Stack, out: NDArray[Any]) -> NDArray[np.float64]:
        if self.changed == "error":
            check_unchanged(stack.paths, stack.seen)
        # Before anything is read: what changes meanwhile has another state when it is asked for again.
        name = (number, tuple(map(state_of, stack.paths, stack.seen)) if self.cache else ())
        kept, affine = self.cache.get((*name, "image")), self.cache.get((*name, "affine"))
        if kept is not None and affine is not None:
            out[...] = kept
            return affine.copy()
        volume = read_volume(
            stack.paths, units=self.units, dtype=self.dtype, out=out, threads=self._threads()
        )
        if self.cache:
            self.cache.put((*name, "affine"), volume.affine.copy())
            self.cache.put((*name, "image"), out.copy())
        return volume.affine


def check_unchanged(paths: Sequence[str], seen: Sequence[tuple[int, int]]) -> None:
    """Refuse files that are not as they were when they were scanned.

    Raises
    ------
    SourceChangedError, SourceError
        One has another size or time of change, or is not there any more.
    """
    for path, state in _stamps(paths):
        expected = seen[state[2]]
        if None not in expected and expected != state[:2]:
            message = f"{path}: the file was changed after it was scanned"
            raise SourceChangedError(message)


def _stamps(paths: Sequence[str]) -> Iterator[tuple[str, tuple[int, int, int]]]:
    for number, path in enumerate(paths):
        try:
            found = os.stat(path)  # noqa: PTH116  # pathlib's is dearer
        except OSError as error:
            message = f"{path}: {error.strerror}"
            raise source_error(message, error.errno or 0) from error
        yield path, (found.st_size, found.st_mtime_ns, number)
