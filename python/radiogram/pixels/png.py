"""PNG files of grey, RGB and RGBA images of 8 and 16 bits (ISO/IEC 15948), with zlib alone."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

from radiogram.errors import ArgumentError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Image = NDArray[np.uint8] | NDArray[np.uint16]

__all__ = ["encode_png"]

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOUR = {1: 0, 3: 2, 4: 6}
"""Colour type by samples: grey, RGB, RGBA."""
_UP = 2


def encode_png(image: Image, *, compression: int = 6) -> bytes:
    r"""Encode an image as PNG.

    Parameters
    ----------
    image : numpy.ndarray
        uint8 or uint16, (row, column) grey, (row, column, 3) RGB or (row, column, 4) RGBA.
    compression : int, default 6
        Level of zlib from 0 to 9.

    Returns
    -------
    bytes
        The file.

    Raises
    ------
    ArgumentError
        The image is of another type or shape, or empty.

    Examples
    --------
    >>> import numpy as np
    >>> from radiogram.pixels.png import encode_png
    >>> encode_png(np.zeros((2, 3), np.uint8))[:8]
    b'\x89PNG\r\n\x1a\n'
    """
    import numpy as np

    samples = 1 if image.ndim == 2 else image.shape[2] if image.ndim == 3 and image.shape[2] in (3, 4) else 0
    if image.dtype not in (np.uint8, np.uint16) or image.size == 0 or not samples:
        message = f"a PNG needs uint8 or uint16 (row, column[, 3 or 4]), not {image.dtype} {image.shape}"
        raise ArgumentError(message)
    rows, columns = image.shape[:2]
    depth = 8 * image.dtype.itemsize
    # The highest byte first (7.1).
    lines = np.ascontiguousarray(image, f">u{depth // 8}").view(np.uint8).reshape(rows, -1)
    # Each line begins with its filter: Up, the difference to the line above, suits pictures and costs one
    # subtraction.
    filtered = np.empty((rows, lines.shape[1] + 1), np.uint8)
    filtered[:, 0] = _UP
    filtered[0, 1:] = lines[0]
    np.subtract(lines[1:], lines[:-1], out=filtered[1:, 1:])
    head = struct.pack(">2I5B", columns, rows, depth, _COLOUR[samples], 0, 0, 0)
    packed = zlib.compress(filtered.data, compression)
    return b"".join((_SIGNATURE, _chunk(b"IHDR", head), _chunk(b"IDAT", packed), _chunk(b"IEND", b"")))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
