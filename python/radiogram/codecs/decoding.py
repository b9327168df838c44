"""From the codestream of a frame to an array."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from radiogram import _core
from radiogram.codecs.syntaxes import uid_of
from radiogram.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy.typing as npt

    from radiogram.dataset.dataset import Dataset

    Bytes = bytes | bytearray | memoryview

__all__ = ["Codestream", "decode", "describe"]


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
        Whether samples are signed; JPEG and JPEG-LS have no signed ones.
    process : str
        ``"baseline"``, ``"extended"``, ``"progressive"``, ``"lossless"`` or ``"JPEG-LS"``.
    color_model : str or None
        ``"grey"``, ``"RGB"``, ``"YCbCr"``, ``"CMYK"``, ``"YCCK"``, or ``None`` where the process knows no colours.
    is_color_stated : bool
        True where a marker says so (JFIF's or Adobe's), false where it is only what decoders make of it.
    """

    rows: int
    columns: int
    components: int
    precision: int
    is_signed: bool
    process: str
    color_model: str | None
    is_color_stated: bool


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
    rows, columns, components, precision, process, model, stated = _core.describe_frame(
        uid_of(uid), _bytes(codestream)
    )
    return Codestream(rows, columns, components, precision, False, process, model, stated)  # noqa: FBT003


def decode(
    uid: str,
    fragments: Bytes | Iterable[Bytes],
    description: Mapping[str, Any] | Dataset | None = None,
    out: npt.NDArray[Any] | None = None,
    *,
    strict: bool = False,
    to_rgb: bool = False,
) -> npt.NDArray[Any]:
    """Decode one frame.

    Samples come as the codestream has them: before colour conversion, palette and rescale. Signed samples, which only a description
    can tell, are extended from the precision of the codestream.

    Parameters
    ----------
    uid : str
        The transfer syntax by UID or keyword. JPEG of any process is read by each of its syntaxes, since files with the wrong one are common.
    fragments : bytes-like or iterable of bytes-like
        The frame, or its fragments in order (PS3.5 A.4).
    description : mapping or Dataset, optional
        ``Rows``, ``Columns``, ``SamplesPerPixel``, ``BitsAllocated``, ``PixelRepresentation`` (PS3.3 C.7.6.3). RLE and encapsulated uncompressed
        frames need the first two and ``BitsAllocated``; for the others what is there is compared with the headers.
    out : ndarray, optional
        Where to put the result: C-contiguous, of the right shape and dtype.
    strict : bool
        Raise where a fault of the codestream could be read past, such as a missing end marker.
    to_rgb : bool
        Give RGB where `describe` says ``"YCbCr"`` (ITU-T T.871); other frames stay as they are.

    Returns
    -------
    ndarray
        (rows, columns) or (rows, columns, samples), of the smallest integer type that holds the precision.

    Raises
    ------
    ArgumentError
        There is no such transfer syntax, the description lacks something, or `out` does not fit.
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
    known = _known(description)
    return _core.decode_frame(uid_of(uid), _joined(fragments), known, out, strict, to_rgb)


def _joined(fragments: Bytes | Iterable[Bytes]) -> bytes:
    """Give the bytes of a frame."""
    if isinstance(fragments, (bytes, bytearray, memoryview)):
        return _bytes(fragments)
    parts = list(fragments)
    if not all(isinstance(part, (bytes, bytearray, memoryview)) for part in parts):
        message = "fragments are bytes, or a list of bytes"
        raise ArgumentError(message)
    return _bytes(parts[0]) if len(parts) == 1 else b"".join(parts)


def _bytes(given: object) -> bytes:
    """Give bytes that nobody can change: a copy of a buffer that somebody owns."""
    if isinstance(given, bytes):
        return given
    if isinstance(given, (bytearray, memoryview)):
        return bytes(given)
    message = f"a codestream is bytes, not {type(given).__name__}"
    raise ArgumentError(message)


def _known(
    description: Mapping[str, Any] | Dataset | None,
) -> tuple[int | None, int | None, int | None, int | None, bool | None]:
    """Give what is known of a frame as the core takes it."""
    if description is None:
        return None, None, None, None, None
    found = [_number(description, name, most) for name, most in _NUMBERS.items()]
    rows, columns, samples, bits, sign = found
    return rows, columns, samples, bits, None if sign is None else bool(sign)


_NUMBERS = {
    "Rows": 2**32 - 1,
    "Columns": 2**32 - 1,
    "SamplesPerPixel": 2**16 - 1,
    "BitsAllocated": 64,
    "PixelRepresentation": 1,
}


def _number(description: Any, name: str, most: int) -> int | None:  # noqa: ANN401  # a mapping or a dataset
    value = description.get(name)
    if value is None:
        return None
    try:
        number = value.__index__()
    except AttributeError:
        number = -1
    if not 0 <= number <= most:
        message = f"{name} is a whole number from 0 to {most}"
        raise ArgumentError(message)
    return int(number)
