"""Slices: one frame of a file a sample."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from radiogram.errors import ArgumentError, LimitError
from radiogram.loaders import making
from radiogram.loaders.cache import state_of
from radiogram.loaders.dataset import Dataset
from radiogram.loaders.frames import Frames

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import DTypeLike, NDArray

    from radiogram.errors import DicomError
    from radiogram.loaders.cache import State
    from radiogram.loaders.collating import Sample
    from radiogram.loaders.dataset import Failures
    from radiogram.loaders.making import Source

__all__ = ["UNITS", "SliceDataset"]

UNITS = ("stored", "color", "modality", "real_world", "display")
_COLOUR = ("color", "display")


class SliceDataset(Dataset):
    """Frames of the files of a scan: a sample is a dict of ``"image"`` (channels, rows, columns), ``"index"`` and labels.

    Parameters
    ----------
    source : ScanTable, path, or list of paths
        A scan; the Parquet file of one; an index file; or what is scanned now. Files that cannot be read or have no picture are left
        out (`left`). A scan that asks for `TAGS` and the labels is enough by itself.
    index : path, optional
        Where the index file is written; by default a temporary one, which goes with the dataset.
    labels : list of str, or dict
        Columns of the scan that become part of samples. A dict may give each value a number:
        ``{"Modality": {"CT": 0, "MR": 1}}``.
    units : str
        What the values are; see `Pixels.array`.
    dtype : dtype
        The type of all images; float32 by default.
    window, mapping
        As for `Pixels.array`.
    transform : callable, optional
        Takes a sample and gives what becomes of it. What it does in place costs no copy.
    errors : str or callable
        What becomes of a sample that cannot be read: ``"raise"``; ``"skip"`` leaves it out of its batch and logs it; or something that
        takes the error and the number, and gives a sample in its place, or None to leave it out.
    changed : str
        ``"error"`` where a file has another size or time of change than in the scan, which may make its labels wrong; or ``"read"``.
    strict : bool, optional
        True: whatever pixel data have against the standard and is read past elsewhere is an error. By default that is only a
        codestream that was cut off and holds less than the picture; False reads that, too.
    cache : int
        Bytes of decoded images that are kept, in each process. What is kept of a file that was changed since is not given.
    threads : int, optional
        How many threads decode a batch; one in worker processes, else one for each processor.
    mmap : bool
        Map files into memory and leave them there, up to 16,384 of them: what the system holds already is then neither opened nor
        read again, which spares native images, and those of quick codecs, a part of their time. A file that is replaced is mapped anew; one that is *cut short in place* while it is
        read kills the process, as with every map. Only for files that nobody rewrites.

    Raises
    ------
    ArgumentError
        There is no picture in the source, or an option is none.

    Examples
    --------
    >>> from radiogram.loaders import SliceDataset
    >>> from radiogram.volume.phantom import Phantom, write_series
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = write_series(folder, Phantom(slices=4, rows=32, columns=48))
    ...     slices = SliceDataset(folder, labels=["Modality"])
    ...     sample = slices[1]
    ...     batch = slices.collate(slices.__getitems__([2, 0]))
    >>> len(slices), sample["image"].shape, sample["image"].dtype, sample["Modality"]
    (4, (1, 32, 48), dtype('float32'), 'CT')
    >>> batch["image"].shape, batch["index"]
    ((2, 1, 32, 48), array([2, 0]))
    """

    kind: ClassVar[str] = "slices"

    def __init__(
        self,
        source: Source,
        *,
        index: str | os.PathLike[str] | None = None,
        labels: Sequence[str] | Mapping[str, Mapping[Any, int] | None] = (),
        units: str = "modality",
        dtype: DTypeLike | None = None,
        window: int | tuple[float, float] = 0,
        mapping: int = 0,
        transform: Callable[[Sample], Any] | None = None,
        errors: str | Callable[[DicomError, int], Sample | None] = "raise",
        changed: str = "error",
        strict: bool | None = None,
        cache: int = 0,
        threads: int | None = None,
        mmap: bool = False,
    ) -> None:
        if units not in UNITS or changed not in ("error", "read"):
            message = f'units is one of {", ".join(UNITS)}, changed is "error" or "read"'
            raise ArgumentError(message)
        self.units = units
        self.window = (float(window[0]), float(window[1])) if isinstance(window, tuple) else int(window)
        self.mapping = mapping
        self.changed = changed
        self.strict = strict
        super().__init__(
            source,
            make=making.slices,
            index=index,
            labels=labels,
            dtype=dtype,
            transform=transform,
            errors=errors,
            cache=cache,
            threads=threads,
        )
        self.frames = Frames(self.dtype, units, self.window, mapping, strict, mmap)

    def _read(self, numbers: list[int], epochs: list[int]) -> tuple[list[Sample], dict[str, Any], Failures]:
        del epochs
        rows = [self.index.row(number) for number in numbers]
        samples = [self._told(number, row[8:]) for number, row in zip(numbers, rows, strict=True)]
        groups: dict[tuple[int, ...], list[int]] = {}
        for at, row in enumerate(rows):
            groups.setdefault(self._shape(row), []).append(at)
        failures: Failures = {}
        images: Any = None
        for shape, places in groups.items():
            try:
                array, memory = self._empty((len(places), *shape))
            except LimitError as error:
                # A header may say any size: the samples that it is of are an error, and no others.
                failures.update(dict.fromkeys(places, error))
                continue
            failed = self._fill([numbers[at] for at in places], [rows[at] for at in places], memory)
            failures.update((places[at], error) for at, error in failed.items())
            images = self.arrays.channels_first(array, behind=len(shape) == 3)
            for at, image in zip(places, self._split(images, len(places)), strict=True):
                samples[at] = {"image": image, **samples[at]}
        return samples, {"image": images} if len(groups) == 1 else {}, failures

    def _shape(self, row: list[Any]) -> tuple[int, ...]:
        rows, columns, samples, is_palette = row[4:8]
        channels = 3 if self.units in _COLOUR and (is_palette or samples == 4) else samples
        return (rows, columns) if channels == 1 else (rows, columns, channels)

    def _fill(self, numbers: list[int], rows: list[list[Any]], memory: NDArray[Any]) -> Failures:
        """Decode images into their places, or copy those that are kept."""
        import numpy as np

        if not self.cache:
            return self._decode(rows, memory)
        # Before anything is read: what changes meanwhile has another state when it is asked for again.
        states = {row[0]: (row[1], row[2]) for row in rows}
        states = {path: state_of(path, seen) for path, seen in states.items()}
        names = [(number, states[row[0]]) for number, row in zip(numbers, rows, strict=True)]
        kept = [
            self.cache.get(name) if self._is_as_scanned(row, name[1]) else None
            for name, row in zip(names, rows, strict=True)
        ]
        there = [at for at, image in enumerate(kept) if image is not None]
        for at in there:
            memory[at] = kept[at]
        absent = [at for at, image in enumerate(kept) if image is None]
        if not absent:
            return {}
        part = memory if not there else np.empty((len(absent), *memory.shape[1:]), memory.dtype)
        failed = self._decode([rows[at] for at in absent], part)
        for place, at in enumerate(absent):
            if place not in failed:
                if there:
                    memory[at] = part[place]
                self.cache.put(names[at], memory[at].copy())
        return {absent[place]: error for place, error in failed.items()}

    def _is_as_scanned(self, row: list[Any], state: State) -> bool:
        """Tell whether what is kept of a file may be given; where not, reading it says what is wrong."""
        return self.changed != "error" or None in row[1:3] or state == (row[1], row[2])

    def _decode(self, rows: list[list[Any]], memory: NDArray[Any]) -> Failures:
        seen = [(row[1], row[2]) if self.changed == "error" else None for row in rows]
        return self.frames.read(
            [row[0] for row in rows], seen, [row[3] for row in rows], None, memory, self._threads()
        )
