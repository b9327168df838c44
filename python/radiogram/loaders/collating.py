"""From samples to a batch, without a copy where they were decoded into one array."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radiogram.errors import ArgumentError
from radiogram.loaders.arrays import Arrays

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Sample", "Samples", "collate"]

Sample = dict[str, Any]
"""What a dataset gives: ``"image"``, ``"index"``, labels by their names."""


class Samples(list[Any]):
    """Samples that were read together, and the arrays that several of them are parts of, by name."""

    def __init__(self, samples: Sequence[Any] = (), wholes: dict[str, Any] | None = None) -> None:
        super().__init__(samples)
        self.wholes = wholes or {}


def collate(samples: Sequence[Sample], arrays: Arrays | None = None) -> dict[str, Any]:
    """Make a batch of samples: arrays with an axis in front, numbers as arrays, everything else as lists.

    Where the samples are as they were decoded, one behind the other, the batch is that memory and nothing is copied.

    Parameters
    ----------
    samples : sequence of dict
        What a dataset gave for a list of numbers.
    arrays : Arrays, optional
        Of which library the arrays are; numpy.

    Returns
    -------
    dict
        Empty where there are no samples, as when none of a batch could be read.

    Raises
    ------
    ArgumentError
        Images of several shapes or types: a transform has to make them alike.

    Examples
    --------
    >>> import numpy as np
    >>> from radiogram.loaders import collate
    >>> batch = collate([{"image": np.zeros((1, 4, 4)), "index": 3, "Modality": "CT"}] * 2)
    >>> batch["image"].shape, batch["index"], batch["Modality"]
    ((2, 1, 4, 4), array([3, 3]), ['CT', 'CT'])
    """
    arrays = arrays or Arrays()
    if not samples:
        return {}
    wholes = getattr(samples, "wholes", {})
    batch: dict[str, Any] = {}
    for name in samples[0]:
        values = [sample[name] for sample in samples]
        if all(arrays.is_array(value) for value in values):
            batch[name] = _joined(name, values, wholes.get(name), arrays)
        elif all(isinstance(value, (int, float)) for value in values):
            batch[name] = arrays.numbers(values)
        else:
            batch[name] = values
    return batch


def _joined(name: str, values: list[Any], whole: Any, arrays: Arrays) -> Any:  # noqa: ANN401
    if whole is not None and len(whole) == len(values):
        parts = zip(values, whole, strict=True)
        if all(value is part or arrays.place(value) == arrays.place(part) for value, part in parts):
            return whole
    if len({tuple(value.shape) for value in values}) > 1 or len({str(value.dtype) for value in values}) > 1:
        message = f"{name}: of several shapes or types in one batch: a transform has to make them alike"
        raise ArgumentError(message)
    return arrays.stack(values)
