"""Pictures in the formats that Pillow writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

from radiogram.errors import ArgumentError, UnsupportedError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["write_picture"]


def write_picture(file: BinaryIO, image: NDArray[Any], suffix: str) -> None:
    """Write an image in the format of a file's suffix.

    Parameters
    ----------
    file : binary file
        Open for writing.
    image : numpy.ndarray
        uint8 or uint16, (row, column), (row, column, 3) or (row, column, 4).
    suffix : str
        Such as ``".jpg"``.

    Raises
    ------
    ArgumentError
        There is no such format, or it has no place for the image.
    UnsupportedError
        Pillow is not there.

    Examples
    --------
    >>> import io
    >>> import numpy as np
    >>> from radiogram.interop.pillow import write_picture
    >>> file = io.BytesIO()
    >>> write_picture(file, np.zeros((2, 3), np.uint8), ".bmp")
    >>> file.getvalue()[:2]
    b'BM'
    """
    try:
        from PIL import Image
    except ImportError as error:
        message = f"writing {suffix} needs Pillow: pip install 'radiogram[image]'; .png needs nothing"
        raise UnsupportedError(message) from error
    kind = Image.registered_extensions().get(suffix.lower())
    if kind is None or kind not in Image.SAVE:
        message = f"{suffix} is no format that Pillow writes"
        raise ArgumentError(message)
    try:
        Image.fromarray(image).save(file, format=kind)
    except (OSError, TypeError, ValueError) as error:
        message = f"{kind} has no place for {image.dtype} {image.shape}"
        raise ArgumentError(message) from error
