"""A contact sheet: a volume at one glance."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from radiogram.errors import ArgumentError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["contact_sheet"]


def contact_sheet(
    array: NDArray[Any],
    *,
    columns: int = 8,
    window: tuple[float, float] | None = None,
    tiles: int = 40,
    size: int = 160,
) -> NDArray[np.uint8]:
    """Lay slices of a volume side by side in one 8-bit picture.

    Parameters
    ----------
    array : numpy.ndarray
        (slice, row, column), for instance ``Volume.array``: CT in Hounsfield units, MR, PET.
    columns : int, default 8
        Tiles in a row.
    window : (float, float), optional
        Centre and width, as in WindowCenter and WindowWidth, with the LINEAR function (PS3.3 C.11.2.1.2);
        (40, 400) shows the soft tissues of a CT. Without it, from the 1st to the 99.5th percentile of the
        slices shown.
    tiles : int, default 40
        Slices to show at most, spread evenly from the first to the last.
    size : int, default 160
        Longer side of a tile at most, in pixels. A slice is made smaller by a whole number, each pixel the
        mean of a block.

    Returns
    -------
    numpy.ndarray
        (row, column), uint8.

    Raises
    ------
    ArgumentError
        The array has no three axes or is empty, or a number is not positive.

    Examples
    --------
    >>> import numpy as np
    >>> from radiogram.volume.sheet import contact_sheet
    >>> contact_sheet(np.zeros((10, 64, 64), np.int16), columns=5, window=(40, 400)).shape
    (128, 320)
    """
    import numpy as np

    if array.ndim != 3 or array.size == 0:
        message = f"a contact sheet needs an array (slice, row, column), not one of shape {array.shape}"
        raise ArgumentError(message)
    if min(columns, tiles, size) < 1 or (window is not None and not window[1] >= 1):
        message = "columns, tiles and size must be positive, and a window at least 1 wide"
        raise ArgumentError(message)
    shown = np.unique(np.linspace(0, len(array) - 1, min(tiles, len(array))).round().astype(int))
    step = math.ceil(max(array.shape[1:]) / size)
    pictures = np.stack([_smaller(array[number], step) for number in shown])
    if window is None:
        low, high = (float(edge) for edge in np.nanpercentile(pictures, (1, 99.5)))
    else:
        # PS3.3 C.11.2.1.2.1: from c - 0.5 - (w - 1) / 2 to c - 0.5 + (w - 1) / 2.
        centre, width = window
        low, high = centre - 0.5 - (width - 1) / 2, centre - 0.5 + (width - 1) / 2
    grey = (pictures - low) * (255 / (high - low) if high > low else 1.0)
    grey = np.nan_to_num(grey, nan=0.0).clip(0, 255).round().astype(np.uint8)
    count, tall, wide = grey.shape
    lines = math.ceil(count / columns)
    sheet = np.zeros((lines * columns, tall, wide), np.uint8)
    sheet[:count] = grey
    laid: NDArray[np.uint8] = sheet.reshape(lines, columns, tall, wide).swapaxes(1, 2)
    return laid.reshape(lines * tall, columns * wide)


def _smaller(image: NDArray[Any], step: int) -> NDArray[np.float32]:
    """Give the means of blocks of ``step`` by ``step``; what is left at the edges is dropped."""
    import numpy as np

    if step == 1:
        return image.astype(np.float32)
    tall, wide = (max(length // step, 1) for length in image.shape)
    down, across = min(step, image.shape[0]), min(step, image.shape[1])
    blocks = image[: tall * down, : wide * across].reshape(tall, down, wide, across)
    mean: NDArray[np.float32] = blocks.mean(axis=(1, 3), dtype=np.float32)
    return mean
