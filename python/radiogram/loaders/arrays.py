"""The arrays that batches are made in: numpy's here; `radiogram.torch` has tensors in their place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radiogram.errors import LimitError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Arrays"]


class Arrays:
    """What a dataset and `collate` do with arrays, whatever library they are of."""

    def empty(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> tuple[Any, NDArray[Any]]:
        """Give an array whose values are not set, and the same memory as numpy's, for the decoders."""
        import numpy as np

        try:
            array = np.empty(shape, dtype)
        except MemoryError as error:
            message = "no memory for a batch of this size"
            raise LimitError(message) from error
        return array, array

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
