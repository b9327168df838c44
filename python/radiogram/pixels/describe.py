"""An array as the attributes of the Image Pixel module that describe it, and the bytes of its pixel data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from radiogram.errors import ArgumentError, ValueRangeError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["pixel_attributes"]

SAMPLES = {
    "MONOCHROME1": 1,
    "MONOCHROME2": 1,
    "PALETTE COLOR": 1,
    "RGB": 3,
    "YBR_FULL": 3,
    "YBR_FULL_422": 3,
    "ARGB": 4,
    "CMYK": 4,
}
"""The samples of a pixel by Photometric Interpretation (PS3.3 C.7.6.3.1.2); the last two are retired."""

FLOATS = {4: "FloatPixelData", 8: "DoubleFloatPixelData"}
"""By the bytes of a number (PS3.3 C.7.6.24, C.7.6.25)."""


class _Shape(NamedTuple):
    frames: int | None
    rows: int
    columns: int
    samples: int


def pixel_attributes(
    array: NDArray[Any],
    *,
    photometric: str | None = None,
    bits_stored: int | None = None,
    planar: int = 0,
) -> dict[str, object]:
    """Return the attributes that describe an array of pixels, and its bytes.

    Parameters
    ----------
    array : numpy.ndarray
        bool, int8 to int64, uint8 to uint64, float32 or float64, shaped (rows, columns), (frames, rows, columns),
        (rows, columns, samples) or (frames, rows, columns, samples). What is True or False is stored in one bit.
    photometric : str, optional
        The Photometric Interpretation; ``MONOCHROME2``, or ``RGB`` for four axes of which the last is 3, where it is not
        given. It is needed where three axes could be either. ``YBR_FULL_422`` halves the colour, as PS3.3 C.7.6.3.1.2 says:
        that of each second pixel is dropped.
    bits_stored : int, optional
        The bits that the samples use, by default all; every sample must fit.
    planar : {0, 1}, optional
        Where there are several samples: 0 for colour by pixel, 1 for colour by plane (PS3.3 C.7.6.3.1.3).

    Returns
    -------
    dict of str to object
        By keyword. The pixels are little endian bytes of an even number, under ``PixelData``, or for floats
        ``FloatPixelData`` or ``DoubleFloatPixelData``.

    Raises
    ------
    ArgumentError
        The type of the array cannot be stored, its shape can be read in two ways or in none, or the options contradict it.
    ValueRangeError
        A sample does not fit into ``bits_stored``, or an axis is longer than 65535.

    Examples
    --------
    >>> import numpy as np
    >>> described = pixel_attributes(np.zeros((2, 4, 6), np.int16), bits_stored=12)
    >>> described["NumberOfFrames"], described["BitsAllocated"], described["HighBit"], len(described["PixelData"])
    (2, 16, 11, 96)
    """
    import numpy as np

    array = np.asarray(array)
    _check_type(array)
    shape, photometric = _shape(array, photometric)
    if planar not in (0, 1):
        message = "Planar Configuration is 0 or 1 (PS3.3 C.7.6.3.1.3)"
        raise ArgumentError(message)
    described: dict[str, object] = {
        "SamplesPerPixel": shape.samples,
        "PhotometricInterpretation": photometric,
        "Rows": shape.rows,
        "Columns": shape.columns,
    }
    if shape.frames is not None:
        described["NumberOfFrames"] = shape.frames
    if shape.samples > 1:
        described["PlanarConfiguration"] = planar
    described |= _bits(array, bits_stored, shape, photometric)
    keyword = FLOATS[array.dtype.itemsize] if array.dtype.kind == "f" else "PixelData"
    data = _bytes(_arranged(array, shape, photometric, planar))
    # PS3.5 8.1.1: the end is padded where the number of bytes is odd.
    described[keyword] = data + bytes(len(data) % 2)
    return described


def _check_type(array: NDArray[Any]) -> None:
    kind, width = array.dtype.kind, array.dtype.itemsize
    if kind not in "biuf" or (kind == "f" and width not in FLOATS):
        message = (
            f"pixels of {array.dtype} cannot be stored: "
            "use bool, (u)int8, (u)int16, (u)int32, (u)int64, float32 or float64"
        )
        raise ArgumentError(message)
    if not array.size:
        message = f"there are no pixels in an array of shape {array.shape}"
        raise ArgumentError(message)


def _shape(array: NDArray[Any], photometric: str | None) -> tuple[_Shape, str]:
    """Say which axis is what, and the Photometric Interpretation."""
    if photometric is None:
        photometric = _guess(array)
    samples = SAMPLES.get(photometric)
    if samples is None:
        message = f"an array is stored as one of {', '.join(SAMPLES)}, not as {photometric[:32]!r}"
        raise ArgumentError(message)
    axes = list(array.shape)
    if samples > 1:
        if array.ndim not in (3, 4) or axes[-1] != samples:
            message = (
                f"{photometric} needs the shape (rows, columns, {samples}) or (frames, rows, columns, {samples}), "
                f"not {array.shape}"
            )
            raise ArgumentError(message)
        axes.pop()
    if len(axes) not in (2, 3):
        message = (
            f"{photometric} needs the shape (rows, columns) or (frames, rows, columns), not {array.shape}"
        )
        raise ArgumentError(message)
    if samples > 1 and array.dtype.kind not in "iu":
        message = (
            f"{array.dtype} has one sample a pixel (PS3.5 8.2, PS3.3 C.7.6.24), {photometric} has {samples}"
        )
        raise ArgumentError(message)
    frames = axes.pop(0) if len(axes) == 3 else None
    rows, columns = axes
    # PS3.3 C.7.6.3: Rows and Columns are US.
    if max(rows, columns) > 0xFFFF:
        message = f"Rows and Columns are at most 65535, and the shape is {array.shape}"
        raise ValueRangeError(message)
    return _Shape(frames, rows, columns, samples), photometric


def _guess(array: NDArray[Any]) -> str:
    """Give the one Photometric Interpretation that the shape leaves; refuse where it leaves two."""
    last = array.shape[-1] if array.ndim else 0
    if array.ndim == 3 and last in (3, 4) and array.dtype.kind in "iu":
        frames, rows, _ = array.shape
        colour = "'RGB'" if last == 3 else "'CMYK' or 'ARGB', both retired"
        message = (
            f"the shape {array.shape} is one picture of {last} samples a pixel or {frames} frames of "
            f"{rows} x {last} pixels: photometric={colour} for the one, 'MONOCHROME2' for the other"
        )
        raise ArgumentError(message)
    return "RGB" if array.ndim == 4 and last == 3 else "MONOCHROME2"


def _bits(array: NDArray[Any], bits_stored: int | None, shape: _Shape, photometric: str) -> dict[str, object]:
    """Give the attributes of a sample's bits."""
    kind = array.dtype.kind
    allocated = 1 if kind == "b" else 8 * array.dtype.itemsize
    stored = allocated if bits_stored is None else bits_stored
    if not 1 <= stored <= allocated or (kind == "f" and stored != allocated):
        message = f"{array.dtype} has {allocated} bits, and bits_stored is {bits_stored}"
        raise ArgumentError(message)
    if kind == "f":
        # PS3.3 C.7.6.24, C.7.6.25: the modules of floats have no other attribute of bits.
        return {"BitsAllocated": allocated}
    if photometric == "YBR_FULL_422" and (shape.columns % 2 or kind != "u"):
        message = "YBR_FULL_422 has an even number of columns and no negative samples (PS3.3 C.7.6.3.1.2)"
        raise ArgumentError(message)
    if kind != "b" and stored < allocated:
        low, high = (-(1 << stored - 1), (1 << stored - 1) - 1) if kind == "i" else (0, (1 << stored) - 1)
        if int(array.min()) < low or int(array.max()) > high:
            message = f"there are samples that do not fit into {stored} bits, {low} to {high}"
            raise ValueRangeError(message)
    return {
        "BitsAllocated": allocated,
        "BitsStored": stored,
        "HighBit": stored - 1,
        "PixelRepresentation": int(kind == "i"),
    }


def _arranged(array: NDArray[Any], shape: _Shape, photometric: str, planar: int) -> NDArray[Any]:
    """Put samples into the order in which they are stored."""
    import numpy as np

    if photometric == "YBR_FULL_422":
        if planar:
            message = "YBR_FULL_422 has its colour by pixel (PS3.3 C.7.6.3.1.2)"
            raise ArgumentError(message)
        # PS3.3 C.7.6.3.1.2: two of Y, then one of each colour, for each two pixels.
        pairs = array.reshape(-1, 2, 3)
        return np.stack([pairs[:, 0, 0], pairs[:, 1, 0], pairs[:, 0, 1], pairs[:, 0, 2]], axis=1)
    return np.moveaxis(array, -1, -3) if planar and shape.samples > 1 else array


def _bytes(array: NDArray[Any]) -> bytes:
    """Give the samples little endian, row after row; those of one bit eight to a byte."""
    import numpy as np

    if array.dtype.kind == "b":
        # PS3.5 8.1.1, D.1: the first pixel in the lowest bit, and no gap between rows or frames.
        return np.packbits(array.ravel(), bitorder="little").tobytes()
    ordered: NDArray[np.generic] = array.astype(array.dtype.newbyteorder("<"), copy=False)
    return ordered.tobytes()
