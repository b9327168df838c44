"""The arrays that batches are made in: numpy's here; `radiogram.torch` has tensors in their place."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from radiogram import _core

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["KEPT", "Arrays"]

KEPT = 256 << 20
"""Bytes of batches that were, kept for those to come."""

_SMALL = 64 << 10
"""Arrays of fewer bytes are new ones."""


class Arrays:
    """What a dataset and `collate` do with arrays, whatever library they are of.

    Memory of batches is used again: when the last array that looks at a batch is gone, the next batch of that size lies there. As long as
    anything looks at it, nothing else does.
    """

    def __init__(self) -> None:
        self._rooms = _core.Rooms(KEPT)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), ()

    def empty(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> tuple[Any, NDArray[Any]]:
        """Give an array whose values are not set, and the same memory as numpy's, for the decoders."""
        array = self.room(shape, dtype)
        return array, array

    def room(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
        """Give an array of memory that nothing looks at.

        Raises
        ------
        LimitError
            There is no memory for it.
        """
        import numpy as np

        size = prod(shape) * dtype.itemsize
        if size < _SMALL:
            return np.empty(shape, dtype)
        room: Any = self._rooms.take(size)  # a buffer, which numpy's types do not know of
        return np.ndarray(shape, dtype, room)

    def is_array(self, value: object) -> bool:
        """Tell an array from a number or a text."""
        import numpy as np

        return isinstance(value, np.ndarray)

    def channels_first(self, array: Any, *, behind: bool) -> Any:  # noqa: ANN401
        """Give the axis of channels its place behind that of samples: it is the last one, or there is none yet."""
        import numpy as np

        return np.moveaxis(array, -1, 1) if behind else array[:, None]

    def place(self, array: Any) -> tuple[Any, ...]:  # noqa: ANN401
        """Tell where in memory an array lies, and how."""
        return array.__array_interface__["data"][0], array.shape, array.strides, array.dtype

    def stack(self, arrays: Sequence[Any]) -> Any:  # noqa: ANN401
        """Make one array of several, which is a copy."""
        import numpy as np

        return np.stack(list(arrays))

    def numbers(self, values: Sequence[Any] | NDArray[Any]) -> Any:  # noqa: ANN401
        """Make an array of numbers."""
        import numpy as np

        return np.asarray(values)
