"""Tensors as the memory that decoders write into: plain, shared between processes, or pinned for a copy to a GPU."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radiogram.errors import ArgumentError, LimitError
from radiogram.interop import frameworks
from radiogram.loaders.arrays import Arrays

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["MEMORY", "Tensors"]

torch = frameworks.torch()

MEMORY = ("plain", "shared", "pinned")


class Tensors(Arrays):
    """What a dataset does with tensors.

    Parameters
    ----------
    memory : str, optional
        ``"plain"``, ``"shared"`` or ``"pinned"``; by default shared in a worker process of a ``DataLoader``, which then hands a batch over
        without a copy, else plain.
    """

    def __init__(self, memory: str | None = None) -> None:
        if memory is not None and memory not in MEMORY:
            message = f"memory is one of {', '.join(MEMORY)}"
            raise ArgumentError(message)
        if memory == "pinned" and not torch.cuda.is_available():
            message = "pinned memory is for a GPU, and there is none"
            raise ArgumentError(message)
        super().__init__()
        self.memory = memory

    def __reduce__(self) -> tuple[Any, ...]:
        return Tensors, (self.memory,)

    def empty(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> tuple[Any, NDArray[Any]]:
        """Give a tensor whose values are not set, and the same memory as an array."""
        kind = getattr(torch, dtype.name, None)
        if not isinstance(kind, torch.dtype):
            message = f"torch has no tensors of {dtype.name}"
            raise ArgumentError(message)
        memory = self.memory or ("plain" if torch.utils.data.get_worker_info() is None else "shared")
        if memory == "plain":
            array = self.room(shape, dtype)
            return torch.from_numpy(array), array
        try:
            if memory == "shared":
                # As `default_collate` does it: new pages that are shared from the beginning, not a copy of plain ones.
                count = 1
                for side in shape:
                    count *= side
                storage = torch.UntypedStorage._new_shared(count * dtype.itemsize)
                made = torch.empty(0, dtype=kind).set_(
                    torch.storage.TypedStorage(wrap_storage=storage, dtype=kind, _internal=True)
                )
                tensor = made.view(shape)
            else:
                # Torch keeps pinned memory for later by itself, and knows which copies to a GPU are under way.
                tensor = torch.empty(shape, dtype=kind, pin_memory=True)
        except (RuntimeError, MemoryError) as error:
            message = f"no {memory} memory for a batch of this size: {error}"
            raise LimitError(message) from error
        return tensor, tensor.numpy()

    def is_array(self, value: object) -> bool:
        """Tell a tensor from a number or a text."""
        return isinstance(value, torch.Tensor)

    def channels_first(self, array: Any, *, behind: bool) -> Any:  # noqa: ANN401
        """Give the axis of channels its place behind that of samples; colour stays as it lies, which torch calls channels last."""
        return array.movedim(-1, 1) if behind else array.unsqueeze(1)

    def place(self, array: Any) -> tuple[Any, ...]:  # noqa: ANN401
        """Tell where in memory a tensor lies, and how."""
        return array.data_ptr(), tuple(array.shape), array.stride(), array.dtype

    def stack(self, arrays: Sequence[Any]) -> Any:  # noqa: ANN401
        """Make one tensor of several, as torch's own collating does: in shared memory where a worker hands it over."""
        return torch.utils.data.default_collate(list(arrays))

    def numbers(self, values: Any) -> Any:  # noqa: ANN401
        """Make a tensor of numbers."""
        return torch.as_tensor(values)
