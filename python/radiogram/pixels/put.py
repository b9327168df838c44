"""Other pixels for a data set: what describes them is set, and what described the old ones goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radiogram.pixels.describe import FLOATS, pixel_attributes
from radiogram.uid import ExplicitVRLittleEndian, generate_uid

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from radiogram.dataset.dataset import Dataset

__all__ = ["set_pixel_data", "set_pixels"]

_PIXELS = {"PixelData": 0x7FE00010, "FloatPixelData": 0x7FE00008, "DoubleFloatPixelData": 0x7FE00009}

# What said something of the old pixels alone. What says something of the picture stays: window and rescale, which the
# caller knows; overlays; Lossy Image Compression, since what was lost once is lost (PS3.3 C.7.6.1.1.5).
_STALE = (
    # PS3.3 C.7.6.3, C.7.6.24, C.7.6.25: an image has its pixels in one place, and these are described anew.
    *_PIXELS,
    "PixelDataProviderURL",
    "NumberOfFrames",
    "PlanarConfiguration",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    # PS3.3 C.7.6.3.1.8: where the fragments of encapsulated frames are.
    "ExtendedOffsetTable",
    "ExtendedOffsetTableLengths",
    "EncapsulatedPixelDataValueTotalLength",
    # PS3.3 C.7.6.3: the least and the greatest sample that is there.
    "SmallestImagePixelValue",
    "LargestImagePixelValue",
    "SmallestPixelValueInSeries",
    "LargestPixelValueInSeries",
)
# PS3.3 C.7.6.3.1.5: colours for stored values; with other values they colour what they were not made for.
_PALETTE = (
    "PaletteColorLookupTableUID",
    *(
        f"{segmented}{colour}PaletteColorLookupTable{part}"
        for colour in ("Red", "Green", "Blue", "Alpha")
        for segmented, part in (("", "Descriptor"), ("", "Data"), ("Segmented", "Data"))
    ),
)
# PS3.3 C.7.5.1.1.2, C.7.6.24.1.1: a stored value, of whole numbers or of floats.
_PADDING = {
    "PixelData": ("PixelPaddingValue", "PixelPaddingRangeLimit"),
    "FloatPixelData": ("FloatPixelPaddingValue", "FloatPixelPaddingRangeLimit"),
    "DoubleFloatPixelData": ("DoubleFloatPixelPaddingValue", "DoubleFloatPixelPaddingRangeLimit"),
}


def set_pixels(
    ds: Dataset,
    array: NDArray[Any],
    *,
    photometric: str | None = None,
    bits_stored: int | None = None,
    planar: int = 0,
) -> None:
    """Give a data set other pixels, with every attribute that describes them.

    What describes the old pixels alone goes: other pixel data elements, offset tables, smallest and largest values, a padding
    value of another kind of number, and the palette, unless the new pixels are ``PALETTE COLOR``. An encapsulated transfer
    syntax becomes Explicit VR Little Endian. Rescale, window and Lossy Image Compression stay.

    Parameters
    ----------
    ds : Dataset
        The data set that is changed; it is not where an error is raised.
    array, photometric, bits_stored, planar
        As in `radiogram.pixels.describe.pixel_attributes`.

    Raises
    ------
    ArgumentError, ValueRangeError
        As there.

    Examples
    --------
    >>> import numpy as np
    >>> from radiogram import Dataset
    >>> ds = Dataset()
    >>> set_pixels(ds, np.eye(4, dtype=np.uint8))
    >>> ds.Rows, ds.PhotometricInterpretation, ds["PixelData"].VR
    (4, 'MONOCHROME2', 'OB')
    """
    # Its elements are set by keywords that are only known here.
    target: Any = ds
    described = pixel_attributes(array, photometric=photometric, bits_stored=bits_stored, planar=planar)
    keyword = next(one for one in _PIXELS if one in described)
    stale = [*_STALE, *(name for kind, names in _PADDING.items() if kind != keyword for name in names)]
    if described["PhotometricInterpretation"] != "PALETTE COLOR":
        stale += _PALETTE
    for name in stale:
        if name not in described and name in target:
            del target[name]
    data = described.pop(keyword)
    for name, value in described.items():
        setattr(target, name, value)
    target.add_new(_PIXELS[keyword], _vr(keyword, described["BitsAllocated"]), data)
    _make_native(target)


def set_pixel_data(
    ds: Dataset,
    arr: NDArray[Any],
    photometric_interpretation: str,
    bits_stored: int,
    *,
    generate_instance_uid: bool = True,
) -> None:
    """Give a data set other pixels, as pydicom's function of this name does; see `set_pixels`.

    Parameters
    ----------
    ds : Dataset
        The data set that is changed.
    arr : numpy.ndarray
        The pixels.
    photometric_interpretation : str
        The Photometric Interpretation.
    bits_stored : int
        The bits that the samples use.
    generate_instance_uid : bool, optional
        Give the data set a new SOP Instance UID, since another picture is another instance.

    Raises
    ------
    ArgumentError, ValueRangeError
        As `set_pixels`; both are `ValueError`.
    """
    set_pixels(ds, arr, photometric=photometric_interpretation, bits_stored=bits_stored)
    if generate_instance_uid:
        uid = generate_uid()
        ds.SOPInstanceUID = uid
        meta = getattr(ds, "file_meta", None)
        if meta is not None:
            meta.MediaStorageSOPInstanceUID = uid


def _vr(keyword: str, allocated: object) -> str:
    """Give the VR of native pixels in explicit syntaxes (PS3.5 A.2)."""
    if keyword in FLOATS.values():
        return "OF" if keyword == "FloatPixelData" else "OD"
    return "OB" if isinstance(allocated, int) and allocated <= 8 else "OW"


def _make_native(ds: Any) -> None:  # noqa: ANN401  # as above
    """Leave no encapsulated transfer syntax behind (PS3.5 A.4)."""
    meta = getattr(ds, "file_meta", None)
    if meta is None:
        return
    syntax = meta.get("TransferSyntaxUID")
    if syntax and syntax.is_transfer_syntax and syntax.is_encapsulated:
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
