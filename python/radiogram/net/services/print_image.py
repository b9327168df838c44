"""The picture of an image box: from its samples by polarity and presentation LUT to what is seen on the film (PS3.3 C.11.6, C.13.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radiogram.errors import DicomError
from radiogram.net.services.answers import RefusedError

if TYPE_CHECKING:
    import numpy.typing as npt

    from radiogram.dataset import Dataset

__all__ = ["SEQUENCES", "picture"]

_NARROWEST = 64
"""Pixel Aspect Ratio of what is printed: rows and columns are repeated by it."""

SEQUENCES = ("BasicGrayscaleImageSequence", "BasicColorImageSequence")
_KINDS = dict(zip(SEQUENCES, (("MONOCHROME1", "MONOCHROME2"), ("RGB",)), strict=True))
"""What is printed, and its Photometric Interpretation."""


def picture(
    image_box: Dataset, lut: Dataset | None = None, densities: tuple[float, float] = (0.0, 300.0)
) -> npt.NDArray[Any]:
    """Give the samples of an image box as 16 bits, white being the greatest.

    Parameters
    ----------
    image_box : Dataset
        With Basic Grayscale or Basic Color Image Sequence.
    lut : Dataset, optional
        The presentation LUT: its shape, or a table.
    densities : (float, float)
        The least and the greatest density, in hundredths of OD.

    Returns
    -------
    ndarray of uint16
        (row, column), of colour images (row, column, 3).

    Raises
    ------
    RefusedError
        The pixels are not what their description says.

    Examples
    --------
    >>> import numpy as np, radiogram as rg
    >>> from radiogram.net.services.print_image import picture
    >>> item = rg.Dataset.new("SecondaryCaptureImageStorage", pixels=np.array([[0, 255]], np.uint8))
    >>> picture(rg.Dataset({"BasicGrayscaleImageSequence": [item]})).tolist()
    [[0, 65535]]
    """
    import numpy as np

    name = next((name for name in SEQUENCES if image_box.get(name)), None)
    if name is None:
        message = "the image box has no image"
        raise RefusedError(message, 0x0120, [SEQUENCES[0]])
    item: Any = image_box[name].value[0]
    _check_kind(item, name)
    try:
        samples = np.asarray(item.pixels.array(units="stored"))
    except (DicomError, ValueError):
        message = "the pixels are not what their description says"
        raise RefusedError(message, 0xC605) from None
    greatest = (1 << int(item.BitsStored)) - 1
    values = samples.astype(np.float64) / greatest
    if values.ndim == 2 or values.shape[-1] == 1:
        values = values.reshape(samples.shape[:2])
        # Stored black is that of MONOCHROME2; the polarity turns it round (PS3.3 C.13.5).
        if str(item.PhotometricInterpretation).strip() == "MONOCHROME1":
            values = 1 - values
    if str(image_box.get("Polarity") or "NORMAL").strip() == "REVERSE":
        values = 1 - values
    if lut is not None:
        values = _presented(values, lut, (densities[1] - densities[0]) / 100)
    aspect = item.get("PixelAspectRatio")
    made = np.rint(np.clip(values, 0, 1) * 65535).astype(np.uint16)
    return made if not aspect else _squared(made, [int(one) for one in aspect])


def _check_kind(item: Any, name: str) -> None:  # noqa: ANN401  # an item
    """Refuse an image that would be drawn as what it is not (PS3.3 C.13.5: enumerated values)."""
    said = {
        "PhotometricInterpretation": str(item.get("PhotometricInterpretation") or "").strip() in _KINDS[name],
        "PixelRepresentation": item.get("PixelRepresentation") in (None, 0),
        "HighBit": item.get("HighBit") in (None, (item.get("BitsStored") or 0) - 1),
    }
    for keyword, is_right in said.items():
        if not is_right:
            message = f"{keyword} is none of images that are printed"
            raise RefusedError(message, 0x0106, [keyword])


def _presented(values: npt.NDArray[Any], lut: Dataset, span: float) -> npt.NDArray[Any]:
    """Go through a presentation LUT (PS3.3 C.11.4, C.11.6); densities span so many OD."""
    import numpy as np

    shape = str(lut.get("PresentationLUTShape") or "IDENTITY").strip()
    table: Any = (lut.get("PresentationLUTSequence") or [None])[0]
    if table is not None:
        count, first, bits = (int(one) for one in table.LUTDescriptor)
        entries = np.asarray(table["LUTData"].array, np.float64).reshape(-1)
        count = count or 65536
        if first or len(entries) < count or not 8 <= bits <= 16:
            message = "the presentation LUT is not what its descriptor says"
            raise RefusedError(message, 0x0106, ["LUTDescriptor"])
        place = np.clip(np.rint(values * (count - 1)), 0, count - 1).astype(np.intp)
        return np.asarray(entries[place] / ((1 << bits) - 1))
    if shape == "LIN OD":
        # A density that falls in a line from the greatest: the luminance is its power of ten.
        density, least = (1 - values) * span, 10.0**-span
        return np.asarray((10**-density - least) / (1 - least))
    return values


def _squared(made: npt.NDArray[Any], aspect: list[int]) -> npt.NDArray[Any]:
    """Repeat rows or columns until pixels are square (PS3.3 C.7.6.3.1.7: vertical to horizontal)."""
    import numpy as np

    if len(aspect) != 2 or min(aspect) < 1 or aspect[0] == aspect[1]:
        return made
    if max(aspect) > _NARROWEST * min(aspect):
        message = "pixels are too far from being square"
        raise RefusedError(message, 0x0106, ["PixelAspectRatio"])
    rows, columns = made.shape[:2]
    if aspect[0] > aspect[1]:
        tall: npt.NDArray[Any] = made[np.arange(rows * aspect[0] // aspect[1]) * aspect[1] // aspect[0]]
        return tall
    wide: npt.NDArray[Any] = made[:, np.arange(columns * aspect[1] // aspect[0]) * aspect[0] // aspect[1]]
    return wide
