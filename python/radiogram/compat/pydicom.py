"""Our decoders and encoders in pydicom 3: ``ds.pixel_array`` and ``ds.compress`` of pydicom use them.

Examples
--------
>>> import pydicom
>>> from pydicom.data import get_testdata_file
>>> from radiogram.compat.pydicom import register, unregister
>>> register()
>>> pydicom.dcmread(get_testdata_file("JPGExtended.dcm")).pixel_array.shape
(1024, 256)
>>> unregister()
"""

from __future__ import annotations

import operator
import warnings
from typing import TYPE_CHECKING, Any

from radiogram.codecs import DECODED, ENCODED, decode, describe, encode
from radiogram.codecs.encoding import options_of
from radiogram.errors import ArgumentError, UnsupportedError
from radiogram.interop.pydicom_coders import decoder_of, encoder_of, forget_encoder

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["register", "unregister"]

LABEL = "radiogram"
"""The name of our plugins, for ``decoding_plugin=`` and ``encoding_plugin=``."""

DECODER_DEPENDENCIES: dict[str, tuple[str, ...]] = {str(uid): () for uid in DECODED}
ENCODER_DEPENDENCIES: dict[str, tuple[str, ...]] = {
    # Part 2 of JPEG 2000 is nothing to pydicom, which could not read what it wrote.
    str(uid): ()
    for uid in ENCODED
    if not uid.endswith((".4.92", ".4.93"))
}
# The names that pydicom asks a plugin's module for.

_JPEG_LS = ("1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81")
_JPEG_2000 = tuple(f"1.2.840.10008.1.2.4.{number}" for number in (90, 91, 201, 202, 203))
_TRANSFORMED = {"YBR_RCT", "YBR_ICT"}
_DCT = ("1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51")


def register() -> None:
    """Put our codecs into pydicom, before its own plugins, which stay and can be asked for by name.

    pydicom gains encoders for JPEG baseline, extended and lossless, which it has none for. Its results do not change, but where
    its plugins were wrong or refused a file. Registering again does no harm.

    Raises
    ------
    UnsupportedError
        There is no pydicom, or one before version 3.

    Examples
    --------
    >>> from pydicom import dcmread
    >>> from pydicom.data import get_testdata_file
    >>> from radiogram.compat.pydicom import register, unregister
    >>> register()
    >>> ds = dcmread(get_testdata_file("CT_small.dcm"))
    >>> ds.compress("1.2.840.10008.1.2.4.70")
    >>> ds.file_meta.TransferSyntaxUID.name[:13], int(ds.pixel_array.max())
    ('JPEG Lossless', 2191)
    >>> unregister()
    """
    for uid in ENCODER_DEPENDENCIES:
        _put_first(encoder_of(uid), "encode_frame")
    for uid in DECODED:
        _put_first(decoder_of(str(uid)), "decode_frame")


def unregister() -> None:
    """Take our codecs out of pydicom again.

    Examples
    --------
    >>> from radiogram.compat.pydicom import register, unregister
    >>> register()
    >>> unregister()
    """
    for uid in ENCODER_DEPENDENCIES:
        _take_out(encoder_of(uid))
        forget_encoder(uid)
    for uid in DECODED:
        _take_out(decoder_of(str(uid)))


def _put_first(coder: Any, function: str) -> None:  # noqa: ANN401  # pydicom's class
    """Enter a plugin, and let it be tried before the others: pydicom takes them in the order of its table."""
    if coder is None or LABEL in coder.available_plugins:
        return
    coder.add_plugin(LABEL, (__name__, function))
    others = {name: plugin for name, plugin in coder._available.items() if name != LABEL}
    for name in others:
        del coder._available[name]
    coder._available.update(others)


def _take_out(coder: Any) -> None:  # noqa: ANN401
    if coder is not None and LABEL in coder.available_plugins:
        coder.remove_plugin(LABEL)


def is_available(uid: str) -> bool:
    """Say whether there is a codec for a transfer syntax; pydicom asks this."""
    return str(uid) in DECODER_DEPENDENCIES


def decode_frame(src: bytes, runner: Any) -> bytearray:  # noqa: ANN401  # pydicom's DecodeRunner
    """Decode a frame for pydicom, which corrects signs and converts colours itself."""
    uid = str(runner.transfer_syntax)
    if runner.get_option("rle_segment_order", ">") != ">":
        message = "RLE segments have the most significant byte first (PS3.5 G.2)"
        raise UnsupportedError(message)
    known = {
        "Rows": runner.rows,
        "Columns": runner.columns,
        "SamplesPerPixel": runner.samples_per_pixel,
        "BitsAllocated": runner.bits_allocated,
    }
    to_rgb = uid in _DCT and _says_rgb_but_is_not(uid, src, runner)
    faults: list[str] = []
    array = decode(uid, src, known, to_rgb=to_rgb, faults=faults)
    for fault in faults:
        # As pydicom tells of what it reads past.
        warnings.warn(f"radiogram: {fault}", UserWarning, stacklevel=2)
    if runner.samples_per_pixel > 1:
        runner.set_option("planar_configuration", 0)
    if str(runner.photometric_interpretation) in _TRANSFORMED:
        # What the codestream transforms is given as it was before.
        runner.set_option("photometric_interpretation", "RGB")
    if array.dtype.itemsize * 8 != runner.bits_allocated:
        runner.set_option("bits_allocated", array.dtype.itemsize * 8)
    return bytearray(array.data.cast("B"))


def _says_rgb_but_is_not(uid: str, src: bytes, runner: Any) -> bool:  # noqa: ANN401
    """Whether Adobe's marker tells that RGB was coded as YCbCr; pydicom sees to JFIF itself."""
    if runner.samples_per_pixel != 3 or runner.photometric_interpretation != "RGB":
        return False
    found = describe(uid, src)
    return found.is_color_stated and found.color_model == "YCbCr"


def encode_frame(src: bytes, runner: Any) -> bytes:  # noqa: ANN401  # pydicom's EncodeRunner
    """Encode a frame for pydicom: samples of the fewest bytes that hold Bits Stored, the lowest first."""
    uid = str(runner.transfer_syntax)
    if runner.get_option("byteorder", "<") == ">":
        message = "unsupported option: byteorder = '>'"
        raise ArgumentError(message)
    array = _array(src, runner, is_planar=_is_planar(uid, runner))
    options = {
        name: runner.get_option(name) for name in options_of(uid) if runner.get_option(name) is not None
    }
    error = runner.get_option("jls_error", 0)
    if error and uid == _JPEG_LS[0]:
        message = "an error is allowed in JPEG-LS Near Lossless, not in JPEG-LS Lossless"
        raise ArgumentError(message)
    if error:
        options["near"] = int(error)
    if uid in _DCT and array.ndim == 3:
        # pydicom describes samples as they are: RGB stays RGB, and YBR is YBR already.
        photometric = str(runner.photometric_interpretation)
        options.setdefault("conversion", "RGB" if photometric == "RGB" else "YBR")
        if photometric == "YBR_FULL_422":
            options.setdefault("subsampling", "422")
    if uid in _JPEG_2000:
        options |= _of_jpeg_2000(array, runner)
    if uid not in ENCODER_DEPENDENCIES or not _needs_bits(uid):
        return encode(uid, array, **options)
    return encode(uid, array, bits_stored=operator.index(runner.bits_stored), **options)


def _of_jpeg_2000(array: npt.NDArray[np.integer[Any]], runner: Any) -> dict[str, Any]:  # noqa: ANN401
    """Give the options of JPEG 2000 as pydicom names them, and whether colours are transformed."""
    named = {"rate": runner.get_option("j2k_cr", None), "quality": runner.get_option("j2k_psnr", None)}
    options: dict[str, Any] = {name: value for name, value in named.items() if value}
    if array.ndim == 3:
        # PS3.5 8.2.4: YBR_RCT and YBR_ICT are transformed RGB. pydicom gives it as RGB, and RGB, described so, is left as it is.
        options["mct"] = str(runner.photometric_interpretation) in _TRANSFORMED
    return options


def _needs_bits(uid: str) -> bool:
    return uid.startswith("1.2.840.10008.1.2.4.")


def _is_planar(uid: str, runner: Any) -> bool:  # noqa: ANN401
    """Whether the samples come colour by colour: of arrays, pydicom turns only those for JPEG-LS."""
    if runner.samples_per_pixel == 1 or runner.get_option("planar_configuration", 0) != 1:
        return False
    return not runner.is_array or uid in _JPEG_LS


def _array(src: bytes, runner: Any, *, is_planar: bool) -> npt.NDArray[np.integer[Any]]:  # noqa: ANN401
    """Give a frame as an array, of the type that Bits Allocated asks for where whole bytes are encoded."""
    import numpy as np

    stored = operator.index(runner.bits_stored)
    size = next(size for size in (1, 2, 4, 8) if stored <= 8 * size)
    kind = "i" if runner.pixel_representation == 1 else "u"
    shape: tuple[int, ...] = (runner.rows, runner.columns)
    if runner.samples_per_pixel > 1:
        samples = (runner.samples_per_pixel,)
        shape = (*samples, *shape) if is_planar else (*shape, *samples)
    array: npt.NDArray[np.integer[Any]] = np.frombuffer(src, f"<{kind}{size}", count=int(np.prod(shape)))
    array = array.reshape(shape)
    if is_planar:
        array = array.transpose(1, 2, 0)
    if not _needs_bits(str(runner.transfer_syntax)):
        return array.astype(f"{kind}{runner.bits_allocated // 8}")
    unused = size * 8 - stored
    # What lies above Bits Stored is no part of a sample (PS3.5 8.1.1).
    return (array << unused) >> unused if unused else array
