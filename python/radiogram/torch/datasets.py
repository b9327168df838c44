"""The datasets of `radiogram.loaders` with tensors: for a ``DataLoader``, and for `Loader`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radiogram import loaders
from radiogram.interop import frameworks
from radiogram.loaders.dataset import Dataset
from radiogram.torch.tensors import Tensors

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import DTypeLike

    from radiogram.errors import DicomError
    from radiogram.loaders.collating import Sample
    from radiogram.loaders.making import Source
    from radiogram.loaders.patches import Place

    class _Map:
        """What torch calls a dataset."""

else:
    _Map = frameworks.torch_data().Dataset

__all__ = ["PatchDataset", "SliceDataset", "VolumeDataset", "collate"]

torch = frameworks.torch()


def collate(samples: Sequence[Sample]) -> dict[str, Any]:
    """Make a batch of samples for a ``DataLoader``: ``collate_fn=rg.torch.collate``.

    Tensors get an axis in front, numbers become tensors, everything else lists. Where samples were decoded into one tensor and are still
    as they were, the batch is that tensor: nothing is copied, and a worker hands it over as it is.

    Parameters
    ----------
    samples : sequence of dict
        What a dataset gave for a list of numbers.

    Returns
    -------
    dict
        Empty where none of the batch could be read.

    Raises
    ------
    ArgumentError
        Images of several shapes or types: a transform has to make them alike.
    """
    return loaders.collate(samples, Tensors())


class _OfTensors(Dataset):
    """What makes tensors of arrays."""

    def __init__(self, *arguments: Any, memory: str | None = None, **options: Any) -> None:  # noqa: ANN401
        self.memory = memory
        super().__init__(*arguments, **options)

    def _library(self) -> Tensors:
        return Tensors(self.memory)

    def _threads(self) -> int | None:
        if self.threads is None and torch.utils.data.get_worker_info() is not None:
            return 1
        return super()._threads()

    def _split(self, whole: Any, count: int) -> list[Any]:  # noqa: ANN401
        return list(whole.unbind(0)) if count else []


class SliceDataset(_OfTensors, loaders.SliceDataset, _Map):
    """Frames of the files of a scan as tensors: a map-style dataset.

    A sample is a dict of ``"image"``, a tensor (channels, rows, columns), ``"index"`` and labels. A ``DataLoader`` asks for whole batches,
    which are decoded side by side into one tensor; with ``collate_fn=rg.torch.collate`` that tensor is the batch.

    Parameters
    ----------
    memory : str, optional
        ``"plain"``, ``"shared"`` or ``"pinned"``: where images are decoded. By default shared in worker processes, else plain.
    source, index, labels, units, dtype, window, mapping, transform, errors, changed, strict, cache, threads, mmap
        As for `radiogram.loaders.SliceDataset`; `dtype` may be one of torch's.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.volume.phantom import Phantom, write_series
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = write_series(folder, Phantom(slices=4, rows=32, columns=48))
    ...     sample = rg.torch.SliceDataset(folder, labels=["Modality"])[1]
    >>> tuple(sample["image"].shape), str(sample["image"].dtype), sample["Modality"]
    ((1, 32, 48), 'torch.float32', 'CT')
    """

    if TYPE_CHECKING:

        def __init__(
            self,
            source: Source,
            *,
            memory: str | None = None,
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
        ) -> None: ...


class VolumeDataset(_OfTensors, loaders.VolumeDataset, _Map):
    """Series of a scan as tensors: a map-style dataset.

    A sample is a dict of ``"image"``, a tensor (channels, slices, rows, columns), ``"affine"``, ``"index"`` and labels.

    Parameters
    ----------
    memory : str, optional
        As for `SliceDataset`.
    source, index, labels, units, dtype, transform, errors, changed, cache, threads
        As for `radiogram.loaders.VolumeDataset`.
    """

    if TYPE_CHECKING:

        def __init__(
            self,
            source: Source,
            *,
            memory: str | None = None,
            index: str | os.PathLike[str] | None = None,
            labels: Sequence[str] | Mapping[str, Mapping[Any, int] | None] = (),
            units: str = "modality",
            dtype: DTypeLike | None = None,
            transform: Callable[[Sample], Any] | None = None,
            errors: str | Callable[[DicomError, int], Sample | None] = "raise",
            changed: str = "error",
            cache: int = 0,
            threads: int | None = None,
        ) -> None: ...


class PatchDataset(_OfTensors, loaders.PatchDataset, _Map):
    """Patches of the volumes of a scan as tensors: a map-style dataset.

    A sample is a dict of ``"image"``, a tensor (channels, slices, rows, columns), ``"start"``, ``"volume"``, ``"index"`` and labels. With
    the `Order` of a `Loader` random patches are others in each epoch; a plain number is a patch of the first one.

    Parameters
    ----------
    memory : str, optional
        As for `SliceDataset`.
    source, size, per_volume, stride, seed, index, labels, units, dtype, transform, errors, changed, cache, threads, mmap
        As for `radiogram.loaders.PatchDataset`.
    """

    if TYPE_CHECKING:

        def __init__(
            self,
            source: Source,
            *,
            size: Place,
            per_volume: int = 1,
            stride: Place | None = None,
            seed: int = 0,
            memory: str | None = None,
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
        ) -> None: ...
