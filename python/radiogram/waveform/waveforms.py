"""`ds.waveforms`: all groups of a dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

from radiogram.values.attribute import items_of
from radiogram.waveform.annotation import Annotation
from radiogram.waveform.group import MultiplexGroup

if TYPE_CHECKING:
    from collections.abc import Iterator

    from radiogram.dataset import Dataset

__all__ = ["Waveforms"]


class Waveforms:
    """The multiplex groups of a dataset, in the order of Waveform Sequence; none where it has no waveforms.

    Attributes
    ----------
    annotations : tuple of Annotation
        All of Waveform Annotation Sequence; a group has those that are about it.

    Examples
    --------
    >>> import radiogram as rg
    >>> from pydicom.data import get_testdata_file
    >>> ds = rg.read(get_testdata_file("waveform_ecg.dcm"))
    >>> [group.label for group in ds.waveforms]
    ['RHYTHM', 'MEDIAN BEAT']
    """

    def __init__(self, dataset: Dataset) -> None:
        self._items = items_of(dataset, "WaveformSequence")
        self.annotations = tuple(
            Annotation.of(item) for item in items_of(dataset, "WaveformAnnotationSequence")
        )

    def __len__(self) -> int:
        return len(self._items)

    @overload
    def __getitem__(self, at: int) -> MultiplexGroup: ...

    @overload
    def __getitem__(self, at: slice) -> tuple[MultiplexGroup, ...]: ...

    def __getitem__(self, at: int | slice) -> MultiplexGroup | tuple[MultiplexGroup, ...]:
        """Give a group by its place, counted from 0."""
        if isinstance(at, slice):
            return tuple(self._group(one) for one in range(*at.indices(len(self))))
        return self._group(range(len(self))[at])

    def __iter__(self) -> Iterator[MultiplexGroup]:
        return (self._group(at) for at in range(len(self)))

    def __repr__(self) -> str:
        return f"Waveforms: {', '.join(map(repr, self)) or 'none'}"

    def _group(self, at: int) -> MultiplexGroup:
        about = (
            one
            for one in self.annotations
            if not one.channels or any(group == at + 1 for group, _ in one.channels)
        )
        return MultiplexGroup(self._items[at], tuple(about))
