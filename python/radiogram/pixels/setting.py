"""Pixel data from an array, with the elements that describe it (PS3.3 C.7.6.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radiogram import _core
from radiogram.errors import ArgumentError, UnsupportedError
from radiogram.registry import TransferSyntax

if TYPE_CHECKING:
    import numpy.typing as npt

    from radiogram.dataset.dataset import Dataset

__all__ = ["set_pixel_data"]

_SAMPLES = {
    "MONOCHROME1": 1,
    "MONOCHROME2": 1,
    "PALETTE COLOR": 1,
    "RGB": 3,
    "YBR_FULL": 3,
    "YBR_FULL_422": 3,
}
_EXPLICIT = "1.2.840.10008.1.2.1"


def set_pixel_data(
    ds: Dataset,
    arr: npt.NDArray[Any],
    photometric_interpretation: str,
    bits_stored: int,
    *,
    generate_instance_uid: bool = True,
) -> None:
    """Set the pixel data of a dataset and its description (see `radiogram.Dataset.set_pixel_data`)."""
    if "FloatPixelData" in ds or "DoubleFloatPixelData" in ds:
        message = "the dataset has pixel data of floats, and can have no others"
        raise ArgumentError(message)
    named = ds.file_meta.get("TransferSyntaxUID")
    syntax = TransferSyntax(named) if named and _core.syntax_lookup(named) else None
    if syntax is not None and not syntax.is_little_endian:
        message = "pixel data are set in little endian order, and the transfer syntax is big endian"
        raise UnsupportedError(message)
    # All is checked before anything is changed.
    described = _described(arr, photometric_interpretation, bits_stored)
    content = _downsampled(arr) if photometric_interpretation == "YBR_FULL_422" else arr
    held = content.astype(content.dtype.newbyteorder("<"), copy=False).tobytes()
    for keyword, value in described.items():
        if value is not None:
            setattr(ds, keyword, value)
        elif keyword in ds:
            delattr(ds, keyword)
    ds.PixelData = held + bytes(len(held) & 1)
    ds["PixelData"].VR = "OB" if arr.dtype.itemsize == 1 else "OW"
    if syntax is None or syntax.is_encapsulated:
        ds.file_meta.TransferSyntaxUID = _EXPLICIT
    if generate_instance_uid:
        from radiogram.uid import uid

        ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = uid()


def _described(arr: npt.NDArray[Any], interpretation: str, bits_stored: int) -> dict[str, Any]:
    """Give the elements that describe an array; ``None`` for one that must not be there."""
    if arr.dtype.kind not in "ui" or arr.dtype.itemsize > 2:
        message = f"pixels are whole numbers of 8 or 16 bits, not {arr.dtype}"
        raise ArgumentError(message)
    samples = _SAMPLES.get(interpretation)
    if samples is None:
        message = "this photometric interpretation is not one of native pixel data"
        raise ArgumentError(message)
    shape = arr.shape if samples == 1 else arr.shape[:-1]
    if len(shape) not in {2, 3} or arr.size == 0 or (samples > 1 and arr.shape[-1] != samples):
        wanted = "rows, columns" + (", 3" if samples > 1 else "")
        message = f"the array is of shape ({wanted}) or (frames, {wanted}), and not empty"
        raise ArgumentError(message)
    if interpretation == "YBR_FULL_422" and shape[-1] % 2:
        message = "YBR_FULL_422 has an even number of columns (PS3.3 C.7.6.3.1.2)"
        raise ArgumentError(message)
    bits, is_signed = arr.dtype.itemsize * 8, arr.dtype.kind == "i"
    if not 0 < bits_stored <= bits:
        message = f"the number of bits stored is 1 to {bits}"
        raise ArgumentError(message)
    low, high = (
        (-(1 << bits_stored - 1), (1 << bits_stored - 1) - 1) if is_signed else (0, (1 << bits_stored) - 1)
    )
    if int(arr.min()) < low or int(arr.max()) > high:
        message = f"there are values outside of {bits_stored} bits"
        raise ArgumentError(message)
    return {
        "SamplesPerPixel": samples,
        "PhotometricInterpretation": interpretation,
        "PlanarConfiguration": 0 if samples > 1 else None,
        "NumberOfFrames": shape[0] if len(shape) == 3 else None,
        "Rows": shape[-2],
        "Columns": shape[-1],
        "BitsAllocated": bits,
        "BitsStored": bits_stored,
        "HighBit": bits_stored - 1,
        "PixelRepresentation": int(is_signed),
    }


def _downsampled(arr: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Keep the colour of each second pixel (PS3.3 C.7.6.3.1.2): Y1 Y2 B R."""
    import numpy as np

    flat = arr.ravel()
    made = np.empty(flat.size // 3 * 2, flat.dtype)
    for place, source in enumerate((0, 3, 1, 2)):
        made[place::4] = flat[source::6]
    return made
