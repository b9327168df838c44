"""Patches: parts of volumes, of which only the slices that they span are read."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from math import prod
from typing import TYPE_CHECKING, Any

from radiogram.errors import ArgumentError, DicomError
from radiogram.loaders.cache import state_of
from radiogram.loaders.frames import Frames
from radiogram.loaders.opened import Opened
from radiogram.loaders.order import drawn
from radiogram.loaders.volumes import Stack, StackDataset, check_unchanged

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import DTypeLike, NDArray

    from radiogram.loaders.collating import Sample
    from radiogram.loaders.dataset import Failures
    from radiogram.loaders.making import Source
    from radiogram.loaders.order import Key

__all__ = ["PatchDataset"]

Place = tuple[int, ...]
"""A whole number for each axis: (slice, row, column), behind those of axes like time."""


class PatchDataset(StackDataset):
    """Patches of the volumes of a scan.

    A sample is a dict of ``"image"`` (channels, slices, rows, columns), ``"start"``, the first (slice, row, column) of the patch,
    ``"index"`` and labels. Patches of volumes with axes in front of their slices, as time, have these axes in image and start, too.

    Only the files of the slices that a patch spans are opened. Of uncompressed ones no more is read than the rows of the patch, once
    their headers are known; of JPEG 2000 and HTJ2K no more is decoded than its region, of RLE no more than down to its last row. Other
    codecs decode whole frames. Of volumes in files of many frames, each patch is what `open_volume` gives of them.

    Parameters
    ----------
    source, index, labels, transform, errors, changed, threads, mmap
        As for `SliceDataset`; labels are those of a volume's first slice.
    size : tuple of int
        (slices, rows, columns) of a patch; (times, slices, rows, columns) and the like of volumes with axes in front of their slices.
        Volumes that are smaller, or have another number of axes, have none.
    per_volume : int
        Random patches a volume, drawn anew in each epoch from seed, epoch and the number of the sample.
    stride : tuple of int, optional
        Not random but in a grid, so many voxels apart; the last ones end where the volume does.
    seed : int
        Of the random patches.
    units, dtype
        As for `VolumeDataset`.
    cache : int
        Bytes of whole decoded slices that are kept, in each process. With it whole frames are read.

    Examples
    --------
    >>> from radiogram.loaders import PatchDataset
    >>> from radiogram.volume.phantom import Phantom, write_series
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = write_series(folder, Phantom(slices=6, rows=32, columns=48))
    ...     patches = PatchDataset(folder, size=(2, 16, 16), stride=(2, 16, 16))
    ...     sample = patches[10]
    >>> len(patches), sample["image"].shape, sample["start"]
    (18, (1, 2, 16, 16), (2, 16, 16))
    """

    def __init__(
        self,
        source: Source,
        *,
        size: Place,
        per_volume: int = 1,
        stride: Place | None = None,
        seed: int = 0,
        index: str | os.PathLike[str] | None = None,
        labels: Sequence[str] | Mapping[str, Mapping[Any, int] | None] = (),
        units: str = "modality",
        dtype: DTypeLike | None = None,
        transform: Callable[[Sample], Any] | None = None,
        errors: str | Callable[[DicomError, int], Sample | None] = "raise",
        changed: str = "error",
        cache: int = 0,
        threads: int | None = None,
        mmap: bool = False,
    ) -> None:
        sides = (*size, *(stride or ()))
        if len(size) < 3 or len(stride or size) != len(size) or min(sides) < 1 or per_volume < 1 or seed < 0:
            message = "a patch and a stride are three whole numbers from 1 or as many as volumes have axes, and a seed is not negative"
            raise ArgumentError(message)
        self.size = tuple(map(int, size))
        self.per_volume = per_volume
        self.stride = None if stride is None else tuple(map(int, stride))
        self.seed = seed
        self.is_random = stride is None
        super().__init__(
            source,
            index=index,
            labels=labels,
            units=units,
            dtype=dtype,
            transform=transform,
            errors=errors,
            changed=changed,
            cache=cache,
            threads=threads,
        )
        self.frames = Frames(self.dtype, units, mmap=mmap)
        self._opened = Opened(units, self.dtype.name)
        self._ends: list[int] | None = None
        self._shapes: list[tuple[int, ...]] = []
        self._framed: frozenset[int] = frozenset()
        if not len(self):
            axes = sorted({len(shape) for shape in self._shapes} - {len(self.size)})
            others = f", and some have {' or '.join(map(str, axes))} axes" if axes else ""
            message = f"none of {len(self.index)} volumes is as large as a patch{others}"
            raise ArgumentError(message)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_ends": None, "_shapes": [], "_framed": frozenset()}

    # -- where patches are -------------------------------------------------------------------------

    def __len__(self) -> int:
        """Give the number of patches in an epoch."""
        return self._counted()[-1] if self._counted() else 0

    def place(self, key: Key) -> tuple[int, Place]:
        """Give the number of the volume of a patch, and its first (slice, row, column), behind the places along axes like time.

        Raises
        ------
        IndexError
            There is no such patch.
        """
        number, epoch = self._named(key)
        ends = self._counted()
        volume = bisect_right(ends, number)
        within = number - (ends[volume - 1] if volume else 0)
        shape = self._shapes[volume]
        if self.is_random:
            bounds = tuple(side - part + 1 for side, part in zip(shape, self.size, strict=True))
            return volume, drawn(self.seed, epoch, number, bounds)
        start: list[int] = []
        for axis in reversed(range(len(shape))):
            places = self._along(axis, shape[axis])
            within, at = divmod(within, len(places))
            start.insert(0, places[at])
        return volume, tuple(start)

    def _counted(self) -> list[int]:
        """Give the number of the first patch behind each volume."""
        if self._ends is None:
            self._shapes, self._framed = self.shapes, frozenset(self.index.about.get("framed", ()))
            self._ends = list(accumulate(self._count(shape) for shape in self._shapes))
        return self._ends

    def _count(self, shape: tuple[int, ...]) -> int:
        if len(shape) != len(self.size) or any(
            side < part for side, part in zip(shape, self.size, strict=True)
        ):
            return 0
        if self.is_random:
            return self.per_volume
        return prod(len(self._along(axis, side)) for axis, side in enumerate(shape))

    def _along(self, axis: int, side: int) -> list[int]:
        """Give the starts of a grid on an axis."""
        assert self.stride is not None
        last = side - self.size[axis]
        starts = list(range(0, last + 1, self.stride[axis]))
        return starts if starts[-1] == last else [*starts, last]

    # -- reading -----------------------------------------------------------------------------------

    def _read(self, numbers: list[int], epochs: list[int]) -> tuple[list[Sample], dict[str, Any], Failures]:
        places = [self.place(key) for key in zip(numbers, epochs, strict=True)]
        stacks = {volume: self._stack(volume) for volume in {volume for volume, _ in places}}
        kinds = {stack.samples for stack in stacks.values()}
        if len(kinds) > 1:
            message = "patches of one and of several samples a pixel in one batch"
            raise ArgumentError(message)
        samples = kinds.pop()
        inner = self.size if samples == 1 else (*self.size, samples)
        array, memory = self._empty((len(numbers), *inner))
        frames = memory.reshape(len(numbers) * self.size[0], *inner[1:])
        framed = {volume for volume in stacks if self._is_framed(volume, stacks[volume])}
        slabs = [(stacks[volume], start) for volume, start in places]
        fill = self._from_cache if self.cache else self._from_files
        depth = self.size[0]
        failures: Failures = {}
        if not framed:
            failed = fill(slabs, frames)
            for at in sorted(failed):
                failures.setdefault(at // depth, failed[at])
        for at, (slab, (volume, _)) in enumerate(zip(slabs, places, strict=True) if framed else ()):
            part = frames[at * depth : (at + 1) * depth]
            failed = self._from_volume(slab, part) if volume in framed else fill([slab], part)
            failures.update((at, failed[first]) for first in sorted(failed)[:1])
        images = self.arrays.channels_first(array, behind=samples > 1)
        made: list[Sample] = []
        for number, (volume, start), image in zip(
            numbers, places, self._split(images, len(numbers)), strict=True
        ):
            told = self._told(volume, stacks[volume].told)
            made.append({"image": image, "start": start, "volume": volume, **told, "index": number})
        return made, {"image": images}, failures

    def _is_framed(self, volume: int, stack: Stack) -> bool:
        """Tell volumes whose slices are no files of their own: the number of a slice is none of a file there."""
        return volume in self._framed or len(stack.shape) > 3 or len(stack.paths) != stack.shape[0]

    def _from_volume(self, slab: tuple[Stack, Place], frames: NDArray[Any]) -> Failures:
        """Read a part of a volume."""
        stack, start = slab
        try:
            if self.changed == "error":
                check_unchanged(stack.paths, stack.seen)
            spans = (slice(at, at + side) for at, side in zip(start, self.size, strict=True))
            frames[...] = self._opened.volume(stack.paths, self._threads())[tuple(spans)]
        except DicomError as error:
            return {0: error}
        return {}

    def _from_files(self, slabs: list[tuple[Stack, Place]], frames: NDArray[Any]) -> Failures:
        """Read the region of each slice into its place."""
        depth, rows, columns = self.size
        paths, seen, regions = [], [], []
        for stack, (first, row, column) in slabs:
            paths += stack.paths[first : first + depth]
            seen += stack.seen[first : first + depth]
            regions += [(row, column, rows, columns)] * depth
        return self._frames(paths, seen, regions, frames)

    def _from_cache(self, slabs: list[tuple[Stack, Place]], frames: NDArray[Any]) -> Failures:
        """Cut the regions out of whole slices, and read those that are not kept."""
        import numpy as np

        depth, rows, columns = self.size
        failures: Failures = {}
        for at, (stack, (first, row, column)) in enumerate(slabs):
            cut = np.s_[row : row + rows, column : column + columns]
            absent = []
            # Before anything is read: what changes meanwhile has another state when it is asked for again.
            span = slice(first, first + depth)
            states = list(map(state_of, stack.paths[span], stack.seen[span]))
            for place, state in enumerate(states):
                seen = stack.seen[first + place]
                is_same = self.changed != "error" or None in seen or state == seen
                kept = self.cache.get((stack.paths[first + place], state)) if is_same else None
                if kept is None:
                    absent.append(place)
                else:
                    frames[at * depth + place] = kept[cut]
            if not absent:
                continue
            whole = np.empty((len(absent), *stack.shape[1:], *frames.shape[3:]), frames.dtype)
            failed = self._frames(
                [stack.paths[first + place] for place in absent],
                [stack.seen[first + place] for place in absent],
                None,
                whole,
            )
            for number, place in enumerate(absent):
                if number in failed:
                    failures[at * depth + place] = failed[number]
                    continue
                frames[at * depth + place] = whole[number][cut]
                self.cache.put((stack.paths[first + place], states[place]), whole[number].copy())
        return failures

    def _frames(
        self,
        paths: list[str],
        seen: list[tuple[int, int]],
        regions: list[tuple[int, int, int, int]] | None,
        memory: NDArray[Any],
    ) -> Failures:
        stamps = seen if self.changed == "error" else [None] * len(paths)
        return self.frames.read(paths, stamps, [0] * len(paths), regions, memory, self._threads())
