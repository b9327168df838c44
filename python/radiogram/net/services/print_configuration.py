"""What a printer can do, as Printer Configuration Retrieval says it (PS3.4 H.4.11, table H.4-26), and what a film box is without being told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radiogram.dataset import Dataset
from radiogram.net.services.answers import INVALID_VALUE, RefusedError
from radiogram.net.services.pages import layout

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["DENSITIES", "FILM_BOX", "MOST_FILMS", "Configuration", "checked_lut", "settled"]

DENSITIES = (0, 400)
"""The least and the greatest density that is printed, in hundredths of OD."""

MOST_FILMS = 256
"""Film boxes of a session, and presentation LUTs of an association."""

FILM_BOX = {
    "FilmOrientation": "PORTRAIT",
    "FilmSizeID": "14INX17IN",
    "MagnificationType": "CUBIC",
    "MaxDensity": 300,
    "ConfigurationInformation": None,
}
"""What a provider settles of a film box where its user did not (PS3.4 table H.4-7)."""

_OUTSIDE = 0xB605
_MM_AN_INCH = 25.4
_MEDIA, _SIZES = ("BLUE FILM", "CLEAR FILM", "PAPER"), ("8INX10IN", "10INX12IN", "14INX17IN", "A4", "A3")
_FORMATS = (
    "STANDARD\\1,1",
    "STANDARD\\1,2",
    "STANDARD\\2,2",
    "STANDARD\\2,3",
    "STANDARD\\3,4",
    "STANDARD\\4,5",
)
_RESOLUTION = "STANDARD"
_SHAPES = ("IDENTITY", "LIN OD")
"""Presentation LUT Shape in printing (PS3.3 C.11.4)."""


class Configuration:
    """The configuration of a printer.

    Parameters
    ----------
    name : str
        Printer Name.
    dots : float
        Dots an inch.
    metas : iterable of str
        The meta SOP classes and others that it supports.

    Examples
    --------
    >>> from radiogram.net.services.print_configuration import Configuration
    >>> Configuration("P", 150, []).to_dataset().PrinterConfigurationSequence[0].PrinterName
    'P'
    """

    def __init__(self, name: str, dots: float, metas: Iterable[str]) -> None:
        self._name = name
        self._dots = dots
        self._metas = list(metas)

    def to_dataset(self) -> Dataset:
        """Give what an N-GET answers."""
        item: Any = Dataset()
        item.SOPClassesSupported = self._metas
        item.MaximumMemoryAllocation = 0
        item.MemoryBitDepth = item.PrintingBitDepth = 16
        item.MediaInstalledSequence = [
            _medium(_MEDIA[0], size, number) for number, size in enumerate(_SIZES, start=1)
        ]
        item.OtherMediaAvailableSequence = [_medium(kind, size) for kind in _MEDIA[1:] for size in _SIZES]
        item.SupportedImageDisplayFormatsSequence = [self._format(form) for form in _FORMATS]
        item.DefaultPrinterResolutionID = _RESOLUTION
        item.DefaultMagnificationType = FILM_BOX["MagnificationType"]
        item.OtherMagnificationTypesAvailable = ["NONE", "REPLICATE", "BILINEAR"]
        item.DefaultSmoothingType = item.OtherSmoothingTypesAvailable = "NONE"
        item.ConfigurationInformationDescription = "none"
        item.MaximumCollatedFilms = MOST_FILMS
        item.DecimateCropResult = "DEF DECIMATE"
        item.Manufacturer, item.ManufacturerModelName = "radiogram", "radiogram"
        item.PrinterName = self._name
        return Dataset({"PrinterConfigurationSequence": [item]})

    def _format(self, form: str) -> Dataset:
        made: Any = Dataset({"ImageDisplayFormat": form, "FilmOrientation": "PORTRAIT"})
        made.FilmSizeID, made.PrinterResolutionID = FILM_BOX["FilmSizeID"], _RESOLUTION
        box = layout(form)[0]
        # Pixels of a box on a film of this size (14 by 17 inches).
        made.Rows, made.Columns = round(17 * self._dots * box.height), round(14 * self._dots * box.width)
        made.PrinterPixelSpacing = [f"{_MM_AN_INCH / self._dots:.6g}"] * 2
        made.RequestedImageSizeFlag = "YES"
        return made  # type: ignore[no-any-return]  # a data set


def _medium(kind: str, size: str, number: int | None = None) -> Dataset:
    made: Any = Dataset({"MediumType": kind, "FilmSizeID": size})
    if number is not None:
        made.ItemNumber = number
    made.MinDensity, made.MaxDensity = DENSITIES
    return made  # type: ignore[no-any-return]  # a data set


def settled(attributes: Any, *, with_defaults: bool = False) -> int:  # noqa: ANN401  # a data set
    """Bring densities into what the printer has, and settle the rest where that is asked for; give the status (PS3.4 table H.4.2.2.1.2-1).

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.services.print_configuration import settled
    >>> box = rg.Dataset({"MaxDensity": 900})
    >>> hex(settled(box)), box.MaxDensity
    ('0xb605', 400)
    """
    status = 0
    for keyword in ("MinDensity", "MaxDensity"):
        said = attributes.get(keyword)
        if said is None:
            continue
        if not isinstance(said, int):
            message = f"{keyword} is one number"
            raise RefusedError(message, INVALID_VALUE, [keyword])
        if not DENSITIES[0] <= said <= DENSITIES[1]:
            setattr(attributes, keyword, min(max(said, DENSITIES[0]), DENSITIES[1]))
            status = _OUTSIDE
    for keyword, value in FILM_BOX.items() if with_defaults else ():
        if not attributes.get(keyword):
            # What is there may have another VR.
            if keyword in attributes:
                delattr(attributes, keyword)
            setattr(attributes, keyword, value)
    return status


def checked_lut(lut: Any) -> None:  # noqa: ANN401  # a data set
    """Refuse a presentation LUT that has both a shape and a table or neither, or a shape that printing has not (PS3.4 table H.4-23).

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.services.print_configuration import checked_lut
    >>> checked_lut(rg.Dataset({"PresentationLUTShape": "LIN OD"}))
    """
    if ("PresentationLUTSequence" in lut) == ("PresentationLUTShape" in lut):
        message = "a presentation LUT has a shape or a table"
        raise RefusedError(message, 0x0120, ["PresentationLUTShape"])
    if "PresentationLUTShape" in lut:
        if str(lut.PresentationLUTShape or "").strip() not in _SHAPES:
            message = "the shape of the presentation LUT is none of printing"
            raise RefusedError(message, INVALID_VALUE, ["PresentationLUTShape"])
        return
    items = list(lut.PresentationLUTSequence)
    if len(items) != 1 or "LUTDescriptor" not in items[0] or "LUTData" not in items[0]:
        message = "a presentation LUT has one table, with descriptor and data"
        raise RefusedError(message, 0x0120, ["PresentationLUTSequence"])
