"""Copies of datasets: shallow ones share the elements, deep ones nothing; pickles. Nothing recurses on the depth."""

from __future__ import annotations

import copy
from functools import partial
from typing import TYPE_CHECKING, Any

from radiogram import _core
from radiogram._core import DataElement
from radiogram.errors import DicomError, SourceChangedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from radiogram.dataset.dataset import Dataset
    from radiogram.dataset.sequence import Sequence

__all__ = ["copied_sequence", "deep", "reduced", "shallow"]

_KEPT_HERE = frozenset({"_pixels"})
"""Attributes that belong to one dataset and are made again for its copy."""


def _attributes(ds: Dataset) -> dict[str, Any]:
    return {name: held for name, held in ds.__dict__.items() if name not in _KEPT_HERE}


def shallow(ds: Dataset) -> Dataset:
    """Give a dataset with the same elements."""
    made = type(ds)(ds._node)
    made.__dict__.update(_attributes(ds))
    if ds._is_root:
        made._set_meta(ds._meta)
    return made


def deep(ds: Dataset, memo: dict[int, Any]) -> Dataset:
    """Give a dataset that shares nothing with this one but what was read and never changes."""
    copier = _Copier(memo)
    made = copier.dataset(ds)
    copier.run()
    return made


def copied_sequence(sequence: Sequence, memo: dict[int, Any]) -> Sequence:
    """Give a sequence of deep copies of the items."""
    copier = _Copier(memo)
    made = copier.sequence(sequence)
    copier.run()
    return made


class _Copier:
    """A deep copy under way: what was met has its copy at once, which is filled later."""

    def __init__(self, memo: dict[int, Any]) -> None:
        self.memo = memo
        self.waiting: list[Callable[[], None]] = []

    def run(self) -> None:
        while self.waiting:
            self.waiting.pop()()

    def _known(self, held: object) -> Any:  # noqa: ANN401
        return self.memo.get(id(held))

    def _keep(self, held: object, made: object) -> None:
        self.memo[id(held)] = made
        # As `copy` does: what was copied lives as long as its number is in the memo.
        self.memo.setdefault(id(self.memo), []).append(held)

    def dataset(self, ds: Dataset) -> Dataset:
        """Give the copy of a dataset."""
        known: Dataset | None = self._known(ds)
        if known is not None:
            return known
        made = type(ds)(ds._base)
        self._keep(ds, made)
        if ds._is_edited or ds.__dict__:
            self.waiting.append(partial(self._fill, ds, made))
        return made

    def _fill(self, ds: Dataset, made: Dataset) -> None:
        made.__dict__.update({name: copy.deepcopy(held, self.memo) for name, held in _attributes(ds).items()})
        if not ds._is_edited:
            return
        for elem in ds._shared():
            made._put(self._element(elem))
        for tag, changed in ds._changes():
            if changed is None:
                made._remove(tag)
            else:
                made._put(self._element(changed))
        for row, sequence in ds._pinned():
            made._pin(row, self.sequence(sequence))
        if ds._is_root:
            made._set_meta(self.dataset(ds._meta))

    def _element(self, elem: DataElement) -> DataElement:
        known: DataElement | None = self._known(elem)
        if known is not None:
            return known
        value = self.sequence(elem.value) if elem.VR == "SQ" else copy.deepcopy(elem.value, self.memo)
        made = DataElement(elem.tag, elem.VR, value)
        self._keep(elem, made)
        return made

    def sequence(self, sequence: Sequence) -> Sequence:
        """Give the copy of a sequence: as lazy as it is itself."""
        known: Sequence | None = self._known(sequence)
        if known is not None:
            return known
        rows = sequence._rows if sequence._is_read else None
        made = type(sequence)(rows)
        self._keep(sequence, made)
        self.waiting.append(partial(self._fill_sequence, sequence, made))
        return made

    def _fill_sequence(self, sequence: Sequence, made: Sequence) -> None:
        if sequence._is_read:
            for number, item in sequence._pinned():
                if item._is_edited or item.__dict__:
                    made._pin(number, self.dataset(item))
        else:
            made._list().extend(self.dataset(item) for item in sequence._list())


def reduced(ds: Dataset) -> tuple[Any, ...]:
    """Give what a dataset is pickled as: the place of its file, or bytes."""
    attributes = _attributes(ds) or None
    if ds._is_edited:
        return _read_again, (type(ds), ds.to_bytes()), attributes
    origin = ds._origin()
    source: Any
    if origin is None or ds._is_apart:
        source, stamp = ds._source_bytes(), None
    else:
        source, stamp = str(origin[0]), origin[1]
    place = ds._row, ds._part_tags
    return _restored, (type(ds), source, stamp, ds._options(), place), attributes


def _read_again(cls: type[Dataset], content: bytes) -> Dataset:
    """Make an edited dataset that was pickled."""
    from radiogram.dataset.reader import read

    return cls(read(content, force=True)._node)


def _restored(
    cls: type[Dataset],
    source: str | bytes,
    stamp: tuple[int, int, int, int] | None,
    options: tuple[Any, ...],
    place: tuple[int, list[int] | None],
) -> Dataset:
    """Make a dataset that was pickled: from its bytes, or from the same file in the same state."""
    force, strict, only, stop, charset, depth, inflated = options
    from pathlib import Path

    path = None if stamp is None else Path(str(source))
    try:
        root = _core.read(
            source if path is None else path,
            force=force,
            strict=strict,
            only=only,
            stop_before_pixels=stop,
            charset=charset,
            mmap=False,
            depth=depth,
            inflated=inflated,
        )
    except DicomError as error:
        if path is None:
            raise
        message = f"the file of a pickled dataset cannot be read again: {error.message}"
        raise SourceChangedError(message) from error
    origin = root._origin()
    if stamp is not None and (origin is None or origin[1] != stamp):
        message = "the file of a pickled dataset was changed"
        raise SourceChangedError(message)
    row, part = place
    found = root._at(row)
    return cls(found._node if part is None else found._part(part))
