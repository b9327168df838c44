"""Pictures of a stream as arrays, by the optional package ``av``."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from radiogram.errors import PixelError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

__all__ = ["pictures"]


def pictures(stream: bytes) -> Iterator[npt.NDArray[Any]]:
    """Decode a stream, a picture at a time; see `Video.frames`."""
    try:
        import av
    except ImportError as error:
        message = "the pictures of video are decoded by the package av: pip install 'radiogram[video]'"
        raise UnsupportedError(message) from error
    try:
        with av.open(io.BytesIO(stream), "r") as container:
            for picture in container.decode(video=0):
                yield picture.to_ndarray(format="rgb24")
    except av.FFmpegError as error:
        message = f"the stream cannot be decoded: {type(error).__name__}"
        raise PixelError(message) from error
