"""Instances without their bulk data (PS3.4 Annex Z)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from radiogram.dataset import Dataset

__all__ = ["WITHOUT_BULK_DATA", "without_bulk_data"]

WITHOUT_BULK_DATA = "1.2.840.10008.5.1.4.1.2.5.3"
"""Composite Instance Retrieve Without Bulk Data - GET."""

_ELEMENTS = (
    "PixelData",
    "FloatPixelData",
    "DoubleFloatPixelData",
    "PixelDataProviderURL",
    "SpectroscopyData",
    "EncapsulatedDocument",
)
_REPEATED = {(0x5000, 0x200C), (0x5000, 0x3000), (0x6000, 0x3000)}
"""Audio Sample Data, Curve Data, Overlay Data, in any group of theirs."""


def without_bulk_data(ds: Dataset) -> Dataset:
    """Give a data set without its bulk data (PS3.4 Z.1.3); the one that is given stays as it is.

    Examples
    --------
    >>> import radiogram as rg
    >>> from pydicom.data import get_testdata_file
    >>> ds = rg.read(get_testdata_file("CT_small.dcm"))
    >>> "PixelData" in without_bulk_data(ds), "PixelData" in ds
    (False, True)
    """
    from copy import deepcopy

    made = deepcopy(ds)
    for keyword in _ELEMENTS:
        if keyword in made:
            del made[keyword]
    for tag in [tag for tag in list(made.keys()) if (tag >> 16 & 0xFF00, tag & 0xFFFF) in _REPEATED]:
        del made[tag]
    for item in made.get("WaveformSequence") or ():
        if "WaveformData" in item:
            del item["WaveformData"]
    return made
