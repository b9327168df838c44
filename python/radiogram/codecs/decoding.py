"""From the codestream of a frame to an array."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from radiogram import _core

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy.typing as npt

    from radiogram.dataset.dataset import Dataset

    Bytes = bytes | bytearray | memoryview

__all__ = ["Codestream", "decode", "describe", "reconstruct_jpeg"]


class Codestream(NamedTuple):
    """What the headers of a codestream say of its image.

    Attributes
    ----------
    rows, columns : int
        The size in pixels.
    components : int
        Samples a pixel.
    precision : int
        Bits a sample.
    is_signed : bool
        Whether samples are signed; of JPEG 2000 alone: the others have no signed ones.
    process : str
        ``"baseline"``, ``"extended"``, ``"progressive"``, ``"lossless"``, ``"JPEG-LS"``, ``"JPEG 2000"``, ``"HTJ2K"`` or ``"JPEG XL"``.
    color_model : str or None
        ``"grey"``, ``"RGB"``, ``"YCbCr"``, ``"CMYK"``, ``"YCCK"``, or ``None`` where the process knows no colours.
    is_color_stated : bool
        True where a marker says so (JFIF's or Adobe's, the transformation of JPEG 2000), false where it is only what decoders make of it.
    levels : int or None
        How often the size can be halved (``reduce`` of `decode`); ``None`` where the codec knows no resolutions.
    layers : int or None
        How many quality layers there are; ``None`` where the codec knows none.
    """

    rows: int
    columns: int
    components: int
    precision: int
    is_signed: bool
    process: str
    color_model: str | None
    is_color_stated: bool
    levels: int | None = None
    layers: int | None = None


def describe(uid: str, codestream: Bytes) -> Codestream:
    """Read the headers of a frame's codestream; nothing is decoded.

    Parameters
    ----------
    uid : str
        The transfer syntax by UID or keyword.
    codestream : bytes-like
        The frame.

    Returns
    -------
    Codestream
        What they say.

    Raises
    ------
    ArgumentError
        There is no such transfer syntax, or its pixel data are not compressed.
    PixelError
        The headers break their rules; ``offset`` is the byte.
    UnsupportedError
        There is no codec for the transfer syntax, the process of the codestream is not supported, or there are no headers: RLE (PS3.5 Annex G)
        and encapsulated uncompressed frames are described by the dataset alone.

    Examples
    --------
    >>> import numpy as np
    >>> from radiogram import codecs
    >>> found = codecs.describe("JPEGBaseline8Bit", codecs.encode("JPEGBaseline8Bit", np.zeros((4, 6, 3), np.uint8)))
    >>> found.rows, found.columns, found.components, found.process, found.color_model
    (4, 6, 3, 'baseline', 'YCbCr')
    """
    return Codestream(*_core.describe_frame(uid, codestream))


def decode(
    uid: str,
    fragments: Bytes | Iterable[Bytes],
    description: Mapping[str, Any] | Dataset | None = None,
    out: npt.NDArray[Any] | None = None,
    *,
    strict: bool = False,
    to_rgb: bool = False,
    reduce: int = 0,
    region: tuple[int, int, int, int] | None = None,
    layers: int | None = None,
    threads: int | None = 1,
    faults: list[str] | None = None,
) -> npt.NDArray[Any]:
    """Decode one frame.

    Samples come as the codestream has them: before colour conversion, palette and rescale. Signed samples, which only a description
    can tell, are extended from the precision of the codestream.

    Parameters
    ----------
    uid : str
        The transfer syntax by UID or keyword. Codestreams that describe themselves are read as what they are, since files with another
        transfer syntax are common.
    fragments : bytes-like or iterable of bytes-like
        The frame, or its fragments in order (PS3.5 A.4).
    description : mapping or Dataset, optional
        ``Rows``, ``Columns``, ``SamplesPerPixel``, ``BitsAllocated``, ``PixelRepresentation`` (PS3.3 C.7.6.3). RLE, deflated and encapsulated
        uncompressed frames need the first two and ``BitsAllocated``, which is 1 where eight pixels are in a byte; for the others what is there is compared with the headers.
    out : ndarray, optional
        Where to put the result: C-contiguous, of the right shape and dtype.
    strict : bool
        Raise where a fault of the codestream could be read past, such as a missing end marker or the missing rest of a picture, or where it is
        another one than the transfer syntax says.
    to_rgb : bool
        Give RGB where `describe` says ``"YCbCr"`` (ITU-T T.871); other frames stay as they are. The transformation that JPEG 2000 has of its
        own is undone in any case.
    reduce : int
        How often rows and columns are halved: JPEG 2000 and HTJ2K.
    region : tuple of int, optional
        (row, column, rows, columns), in pixels of the full size; see `radiogram.pixels.Pixels.frame`.
    layers : int, optional
        How many quality layers are used: JPEG 2000.
    threads : int, optional
        How many threads decode a frame of JPEG 2000, ``None`` for one for each processor. Other frames are decoded by one.
    faults : list of str, optional
        Where to put what was read past, in words; a picture that is not all there is one of them.

    Returns
    -------
    ndarray
        (rows, columns) or (rows, columns, samples), of the smallest integer type that holds the precision.

    Raises
    ------
    ArgumentError
        There is no such transfer syntax, the description lacks something, `out` does not fit, or the frame has no such part.
    LimitError
        The headers claim more than so few bytes can hold.
    PixelError
        The codestream breaks its rules or ends early, or is another image than the one described; ``offset`` is the byte.
    UnsupportedError
        There is no codec for the transfer syntax, or none for this kind of codestream.

    Examples
    --------
    >>> import numpy as np
    >>> from radiogram import codecs
    >>> image = np.array([[-5, 1], [2, 3]], np.int16)
    >>> frame = codecs.encode("RLELossless", image)
    >>> known = {"Rows": 2, "Columns": 2, "BitsAllocated": 16, "PixelRepresentation": 1}
    >>> codecs.decode("RLELossless", frame, known).tolist()
    [[-5, 1], [2, 3]]
    """
    return _core.decode_frame(
        uid, fragments, description, out, strict, to_rgb, reduce, region, layers, threads, faults
    )


def reconstruct_jpeg(codestream: Bytes | Iterable[Bytes]) -> bytes:
    """Give the JPEG that a codestream of JPEG XL was made from, byte for byte (ISO/IEC 18181-2, PS3.5 8.2.15).

    Parameters
    ----------
    codestream : bytes or iterable of bytes
        A frame of JPEG XL JPEG Recompression, or its fragments in order.

    Raises
    ------
    UnsupportedError
        It was not made from a JPEG, or does not hold what is needed for one.
    PixelError, LimitError
        It is damaged, or claims too much.

    Examples
    --------
    >>> import numpy as np
    >>> from radiogram import codecs
    >>> frame = codecs.encode("JPEGXLLossless", np.eye(8, dtype=np.uint8))
    >>> codecs.reconstruct_jpeg(frame)
    Traceback (most recent call last):
    ...
    radiogram.errors.UnsupportedError: JPEG XL: not made from a JPEG
    """
    return _core.reconstruct_jpeg(codestream)
