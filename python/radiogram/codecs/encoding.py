"""From arrays to the codestreams of frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radiogram import _core

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["encode", "encode_frames"]


def encode(uid: str, array: npt.NDArray[Any], *, bits_stored: int | None = None, **options: Any) -> bytes:  # noqa: ANN401
    """Encode one frame.

    Parameters
    ----------
    uid : str
        The transfer syntax by UID or keyword.
    array : ndarray
        (rows, columns) or (rows, columns, samples) of integers: 8 bits for JPEG baseline, 8 and 12 for JPEG extended, 2 to 16 for JPEG lossless
        and JPEG-LS, up to 34 for JPEG 2000 and HTJ2K, 1 to 16 for JPEG XL, 8, 16, 32 and 64 for RLE, deflated and encapsulated uncompressed frames;
        or of bool for these three, which then hold eight pixels a byte (PS3.5 8.1.1), and for JPEG 2000, as samples of one bit.
    bits_stored : int, optional
        How many bits of each sample mean something; all of the type's, 12 for JPEG extended. Signed samples are written as the low bits of
        their two's complement, because JPEG and JPEG XL have no signed ones; JPEG 2000 has.
    **options
        JPEG lossless ``.57``: ``predictor`` (1 to 7); ``.57`` and ``.70``: ``point_transform`` (low bits that are dropped, 0 is lossless),
        ``restart_rows``. JPEG-LS: ``interleave`` (``"sample"``, ``"line"``, ``"none"``), ``restart_rows``; ``.81``: ``near`` (by how much a sample may
        differ). JPEG baseline and extended: ``quality`` (1 to 100), ``subsampling`` (``"444"``, ``"422"``, ``"420"``), ``conversion``
        (``"RGB to YBR"``, ``"YBR"`` where the array is that already, ``"RGB"`` to leave it as it is), ``restart_interval``, ``optimal`` tables.

        JPEG 2000 and HTJ2K lose nothing, unless it is asked for: ``.91``: ``rate`` (how many times smaller a frame becomes) or
        ``quality`` (the peak signal-to-noise ratio in decibels), several of them for as many layers, rates falling and qualities rising; ``.203``:
        one ``quality``. ``.92`` and ``.93`` transform samples that are no colours together: ``components`` says how, ``"differences"`` from
        one to the next, which lose nothing, ``"principal"`` axes of the samples (Karhunen-Loève), which need a ``rate`` or a ``quality``, or
        ``"apart"``; or a ``matrix`` does: with loss a row for each component that is coded, without loss the whole numbers of reversible
        steps, a column more than rows (T.801 J.2). All of them: ``levels`` (how often the size is halved), ``order`` (``"LRCP"``, ``"RLCP"``, ``"RPCL"``, ``"PCRL"``,
        ``"CPRL"``), ``tile`` (rows and columns of a tile, 0 for none), ``mct`` (whether three samples are transformed as RGB), ``tlm`` and
        ``plt`` (tables of lengths). ``.202`` is as PS3.5 10.18 asks: ``"RPCL"``, ``tlm``, and levels down to a side of 64 pixels.

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
    return _core.encode_frames(uid, array, True, bits_stored, options, 1)[0]  # noqa: FBT003


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
    return _core.encode_frames(uid, array, False, bits_stored, options, threads)  # noqa: FBT003


def options_of(uid: str) -> tuple[str, ...]:
    """Name the options that the encoder of a transfer syntax has."""
    return tuple(_core.codec_options(uid))
