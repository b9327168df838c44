"""From arrays to the codestreams of frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radiogram import _core
from radiogram.codecs.syntaxes import uid_of
from radiogram.errors import ArgumentError, UnsupportedError

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["encode", "encode_frames"]

_DEFAULTS: dict[str, Any] = {
    "predictor": 1,
    "point_transform": 0,
    "restart_rows": 0,
    "near": 0,
    "interleave": "sample",
    "quality": 90,
    "subsampling": "444",
    "conversion": "RGB to YBR",
    "restart_interval": 0,
    "optimal": False,
}

_LOSSLESS = ("predictor", "point_transform", "restart_rows")
_DCT = ("quality", "subsampling", "conversion", "restart_interval", "optimal")
_OPTIONS: dict[str, tuple[str, ...]] = {
    "1.2.840.10008.1.2.4.50": _DCT,
    "1.2.840.10008.1.2.4.51": _DCT,
    "1.2.840.10008.1.2.4.57": _LOSSLESS,
    "1.2.840.10008.1.2.4.70": ("point_transform", "restart_rows"),
    "1.2.840.10008.1.2.4.80": ("interleave", "restart_rows"),
    "1.2.840.10008.1.2.4.81": ("near", "interleave", "restart_rows"),
}
"""The options that the encoder of a transfer syntax has."""

_WIDEST = {
    "1.2.840.10008.1.2.4.50": 8,
    "1.2.840.10008.1.2.4.51": 12,
    "1.2.840.10008.1.2.4.57": 16,
    "1.2.840.10008.1.2.4.70": 16,
    "1.2.840.10008.1.2.4.80": 16,
    "1.2.840.10008.1.2.4.81": 16,
}
"""The most bits a sample (PS3.5 8.2.1, 8.2.3)."""

_WHOLE = {"1.2.840.10008.1.2.5", "1.2.840.10008.1.2.1.98"}
"""The transfer syntaxes whose codestreams hold whole bytes of samples, whatever Bits Stored says."""


def encode(uid: str, array: npt.NDArray[Any], *, bits_stored: int | None = None, **options: Any) -> bytes:  # noqa: ANN401
    """Encode one frame.

    Parameters
    ----------
    uid : str
        The transfer syntax by UID or keyword.
    array : ndarray
        (rows, columns) or (rows, columns, samples) of integers: 8 bits for JPEG baseline, 8 and 12 for JPEG extended, 2 to 16 for JPEG lossless
        and JPEG-LS, 8, 16, 32 and 64 for RLE.
    bits_stored : int, optional
        How many bits of each sample mean something; all of the type's, 12 for JPEG extended. Signed samples are written as the low bits of
        their two's complement, because JPEG has no signed ones.
    **options
        JPEG lossless ``.57``: ``predictor`` (1 to 7); ``.57`` and ``.70``: ``point_transform`` (low bits that are dropped, 0 is lossless),
        ``restart_rows``. JPEG-LS: ``interleave`` (``"sample"``, ``"line"``, ``"none"``), ``restart_rows``; ``.81``: ``near`` (by how much a sample may
        differ). JPEG baseline and extended: ``quality`` (1 to 100), ``subsampling`` (``"444"``, ``"422"``, ``"420"``), ``conversion``
        (``"RGB to YBR"``, ``"YBR"`` where the array is that already, ``"RGB"`` to leave it as it is), ``restart_interval``, ``optimal`` tables.

    Returns
    -------
    bytes
        The codestream; one of an odd length is padded when it becomes a fragment (PS3.5 A.4).

    Raises
    ------
    ArgumentError
        The array or an option is none that the codec has, or a sample has more bits than `bits_stored`.
    UnsupportedError
        There is no encoder for the transfer syntax.

    Examples
    --------
    >>> import numpy as np
    >>> from radiogram import codecs
    >>> image = np.add.outer(np.arange(64), np.arange(64)).astype(np.uint8)
    >>> near = codecs.encode("JPEGLSNearLossless", image, near=2)
    >>> int(abs(codecs.decode("JPEGLSNearLossless", near).astype(int) - image).max()) <= 2
    True
    """
    import numpy as np

    array = np.asarray(array)
    if array.ndim not in (2, 3):
        message = "a frame has the shape (rows, columns) or (rows, columns, samples)"
        raise ArgumentError(message)
    return encode_frames(uid, array[None], bits_stored=bits_stored, **options)[0]


def encode_frames(
    uid: str,
    array: npt.NDArray[Any],
    *,
    bits_stored: int | None = None,
    threads: int | None = None,
    **options: Any,  # noqa: ANN401
) -> list[bytes]:
    """Encode frames of one size, side by side.

    Parameters
    ----------
    uid : str
        The transfer syntax by UID or keyword.
    array : ndarray
        (frames, rows, columns) or (frames, rows, columns, samples).
    bits_stored, **options
        As in `encode`.
    threads : int, optional
        How many threads; one for each processor.

    Returns
    -------
    list of bytes
        A codestream a frame.

    Raises
    ------
    ArgumentError, UnsupportedError
        As `encode`.

    Examples
    --------
    >>> import numpy as np
    >>> from radiogram import codecs
    >>> [len(frame) for frame in codecs.encode_frames("RLELossless", np.zeros((2, 8, 8), np.uint8))]
    [80, 80]
    """
    import numpy as np

    syntax = uid_of(uid)
    array = np.asarray(array)
    if array.ndim not in (3, 4):
        message = "frames have the shape (frames, rows, columns) or (frames, rows, columns, samples)"
        raise ArgumentError(message)
    if array.dtype.kind not in "iu" or array.dtype.itemsize > 8:
        message = f"samples are integers, not {array.dtype}"
        raise ArgumentError(message)
    bits = _bits(syntax, array.dtype, bits_stored)
    encoding = _encoding(syntax, options)
    # The codecs take the bytes of this machine, and of as many as the bits need.
    cell = array.dtype.itemsize if syntax in _WHOLE else 1 if bits <= 8 else 2
    if cell != array.dtype.itemsize:
        _refuse_wide(array, bits)
    native = np.ascontiguousarray(array, dtype=f"={array.dtype.kind}{cell}")
    if syntax not in _WHOLE:
        _refuse_wide(native, bits)
    if native.dtype.kind == "i" and encoding["near"]:
        _refuse_wrapping(native, bits, encoding["near"])
    count, rows, columns, *samples = native.shape
    image = (rows, columns, samples[0] if samples else 1, bits, native.dtype.kind == "i")
    if max(rows, columns) >= 2**32 or image[2] >= 2**16:
        message = "a frame of too many rows, columns or samples"
        raise ArgumentError(message)
    return _core.encode_frames(syntax, native.reshape(-1).view(np.uint8), count, image, encoding, threads)


def options_of(uid: str) -> tuple[str, ...]:
    """Name the options that the encoder of a transfer syntax has, given by its UID."""
    return _OPTIONS.get(uid, ())


def _bits(syntax: str, dtype: Any, stored: int | None) -> int:  # noqa: ANN401
    """Give the bits a sample that are encoded."""
    own = int(dtype.itemsize) * 8
    _core.codec_name(syntax)
    if syntax in _WHOLE:
        return own
    if syntax not in _WIDEST:
        message = f"there is no encoder for the transfer syntax {syntax}"
        raise UnsupportedError(message)
    widest = _WIDEST[syntax]
    if stored is None:
        stored = min(own, 12) if widest == 12 else own
    if not isinstance(stored, int) or not 1 <= stored <= min(own, widest):
        message = f"samples of 1 to {min(own, widest)} bits can be encoded, not of {stored}"
        raise ArgumentError(message)
    return stored


def _encoding(syntax: str, options: dict[str, Any]) -> dict[str, Any]:
    """Give every option, with its default where none was chosen."""
    known = _OPTIONS.get(syntax, ())
    for name in options:
        if name not in known:
            has = ", ".join(known) or "no options"
            message = f"the codec has no option {name!r}: {has}"
            raise ArgumentError(message)
    for name, value in options.items():
        default = _DEFAULTS[name]
        most = 65535 if name in ("restart_rows", "restart_interval") else 255
        fits = type(value) is type(default) and (type(value) is not int or 0 <= value <= most)
        if not fits:
            message = f"{name} is like {default!r}, not {value!r}"
            raise ArgumentError(message)
    return {**_DEFAULTS, **options}


def _refuse_wide(array: Any, bits: int) -> None:  # noqa: ANN401
    """Raise where a sample needs more bits than are encoded: cut off, it would be another one."""
    if bits >= array.dtype.itemsize * 8 or not array.size:
        return
    is_signed = array.dtype.kind == "i"
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if is_signed else (0, (1 << bits) - 1)
    if int(array.min()) < low or int(array.max()) > high:
        message = f"a sample has more than {bits} bits"
        raise ArgumentError(message)


def _refuse_wrapping(array: Any, bits: int, near: int) -> None:  # noqa: ANN401
    """Raise where the error that is allowed would make the least of signed samples of the greatest: JPEG-LS knows no signs."""
    if not array.size:
        return
    low, high = near - (1 << bits - 1), (1 << bits - 1) - 1 - near
    if int(array.min()) < low or int(array.max()) > high:
        message = f"signed samples that may differ by {near} lie from {low} to {high}"
        raise ArgumentError(message)
