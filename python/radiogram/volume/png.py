"""PNG files of 8-bit grey and RGB images (ISO/IEC 15948), with zlib alone."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

from radiogram.errors import ArgumentError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["encode_png"]

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GREY, _RGB = 0, 2
_UP = 2


def encode_png(image: NDArray[np.uint8], *, compression: int = 6) -> bytes:
    r"""Encode an image as PNG.

    Parameters
    ----------
    image : numpy.ndarray
        uint8, (row, column) grey or (row, column, 3) RGB.
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
    >>> from radiogram.volume.png import encode_png
    >>> encode_png(np.zeros((2, 3), np.uint8))[:8]
    b'\x89PNG\r\n\x1a\n'
    """
    import numpy as np

    is_grey, is_rgb = image.ndim == 2, image.ndim == 3 and image.shape[2] == 3
    if image.dtype != np.uint8 or image.size == 0 or not (is_grey or is_rgb):
        message = f"a PNG needs uint8 (row, column) or (row, column, 3), not {image.dtype} {image.shape}"
        raise ArgumentError(message)
    rows, columns = image.shape[:2]
    lines = image.reshape(rows, -1)
    # Each line begins with its filter: Up, the difference to the line above, suits pictures and costs one
    # subtraction.
    filtered = np.empty((rows, lines.shape[1] + 1), np.uint8)
    filtered[:, 0] = _UP
    filtered[0, 1:] = lines[0]
    np.subtract(lines[1:], lines[:-1], out=filtered[1:, 1:])
    head = struct.pack(">2I5B", columns, rows, 8, _GREY if is_grey else _RGB, 0, 0, 0)
    packed = zlib.compress(filtered.data, compression)
    return b"".join((_SIGNATURE, _chunk(b"IHDR", head), _chunk(b"IDAT", packed), _chunk(b"IEND", b"")))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
