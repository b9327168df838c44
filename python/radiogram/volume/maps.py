"""A parametric map of a slide, made of arrays so that every value of it is known: for examples, tests and measurements."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from radiogram.dataset import Dataset
from radiogram.errors import ArgumentError
from radiogram.uid import generate_uid
from radiogram.volume.tiling import Tiles

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from radiogram.volume.tiling import Place

__all__ = ["write_map"]

# Element, VR and bits of each type that a map may have (PS3.3 A.75).
_FORMS = {
    "float32": (0x7FE0_0008, "OF", 32),
    "float64": (0x7FE0_0009, "OD", 64),
    "uint16": (0x7FE0_0010, "OW", 16),
    "int16": (0x7FE0_0010, "OW", 16),
    "uint8": (0x7FE0_0010, "OB", 8),
}

# What the third dimension index points to, where there are several channels.
_POINTERS = {
    "mapping": (0x0040_9210, 0x0040_9096),
    "path": (0x0048_0106, 0x0048_0207),
    "time": (0x0020_9128, 0x0020_9111),
}


def write_map(
    path: str | os.PathLike[str],
    array: NDArray[Any],
    *,
    labels: Sequence[str] | None = None,
    lines: Sequence[tuple[float, float]] | None = None,
    tile: tuple[int, int] = (16, 16),
    sparse: bool = True,
    left_out: Sequence[int] = (),
    by: str = "mapping",
    spacing: float = 0.001,
    transfer_syntax: str = "ExplicitVRLittleEndian",
) -> Path:
    """Write arrays of measured values as a parametric map that is tiled on a slide (PS3.3 A.75, C.7.6.17.3).

    Parameters
    ----------
    path : str or Path
        Where to.
    array : numpy.ndarray
        (row, column), (channel, row, column) or (channel, focal plane, row, column) of float32, float64, uint8, uint16 or int16.
    labels : sequence of str, optional
        LUT Label of the real world value mapping of each channel.
    lines : sequence of (float, float), optional
        Slope and intercept of each mapping; (1, 0).
    tile : tuple of int
        Rows and columns of a tile.
    sparse : bool
        Tiles say where they are (TILED_SPARSE), and come in no order; else TILED_FULL, in the order of the standard.
    left_out : sequence of int
        Tiles that are left out of a sparse one, by their place in that order.
    by : {"mapping", "path", "time"}
        What channels are told apart by: their real world value mappings, optical paths, or a dimension that counts.
    spacing : float
        Distance of pixels, millimetres.
    transfer_syntax : str
        How pixels are stored.

    Returns
    -------
    Path

    Examples
    --------
    >>> import numpy as np, tempfile, radiogram as rg
    >>> from radiogram.volume.maps import write_map
    >>> values = np.linspace(0, 1, 40 * 50, dtype=np.float32).reshape(40, 50)
    >>> path = write_map(tempfile.mkdtemp() + "/map.dcm", values, labels=["density"])
    >>> level = rg.read_slide(path).levels[0]
    >>> level.channels, level.dtype, bool((level[10:20, 5:45] == values[10:20, 5:45]).all())
    (('density',), 'float32', True)
    """
    if array.dtype.name not in _FORMS or by not in {"mapping", "path", "time"}:
        message = "a map is of float32, float64, uint8, uint16 or int16, by mapping, path or time"
        raise ArgumentError(message)
    layers = array if array.ndim > 2 else array[None]
    layers = layers if layers.ndim > 3 else layers[:, None]
    count = len(layers)
    labels = [f"map {number}" for number in range(count)] if labels is None else list(labels)
    lines = [(1.0, 0.0)] * count if lines is None else list(lines)
    tiles = Tiles(layers=layers, tile=tile, spacing=spacing)
    gone = set(left_out)
    places = tiles.places((lambda number, _: number not in gone) if sparse else None)
    tag, vr, bits = _FORMS[array.dtype.name]
    ds = _head(array, bits, by, count)
    ds.NumberOfFrames = len(places)
    shared = tiles.describe(ds, sparse=sparse)
    mappings = [_mapping(label, line, array.dtype) for label, line in zip(labels, lines, strict=True)]
    if count == 1 or by != "mapping":
        shared.RealWorldValueMappingSequence = [mappings[0]]
    if sparse or (count > 1 and by != "path"):
        ds.PerFrameFunctionalGroupsSequence = [_group(tiles, place, by, mappings) for place in places]
    data = b"".join(tiles[place].astype(array.dtype.newbyteorder("<")).tobytes() for place in places)
    ds.add_new(tag, vr, data + b"\0" * (len(data) % 2))
    ds.save_as(path, transfer_syntax=transfer_syntax)
    return Path(path)


def _head(array: NDArray[Any], bits: int, by: str, count: int) -> Dataset:
    ds = Dataset()
    ds.SOPClassUID, ds.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.30", generate_uid()
    ds.StudyInstanceUID, ds.SeriesInstanceUID = generate_uid(), generate_uid()
    ds.FrameOfReferenceUID, ds.Modality = generate_uid(), "SM"
    ds.PatientName, ds.PatientID = "Phantom^Radiogram", "PHANTOM"
    ds.ImageType = ["DERIVED", "PRIMARY", "VOLUME", "QUANTITY"]
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated = bits
    if array.dtype.kind != "f":
        ds.BitsStored, ds.HighBit, ds.PixelRepresentation = bits, bits - 1, int(array.dtype.kind == "i")
    if by == "path":
        ds.OpticalPathSequence = [Dataset({"OpticalPathIdentifier": str(path)}) for path in range(count)]
    pointers = [(0x0048_021F, 0x0048_021A), (0x0048_021E, 0x0048_021A)]
    if count > 1:
        pointers.append(_POINTERS[by])
    ds.DimensionIndexSequence = [
        Dataset({"DimensionIndexPointer": pointer, "FunctionalGroupPointer": group})
        for pointer, group in pointers
    ]
    return ds


def _mapping(label: str, line: tuple[float, float], dtype: np.dtype[Any]) -> Dataset:
    """Give an item of Real World Value Mapping Sequence (PS3.3 C.7.6.16.2.11)."""
    import numpy as np

    slope, intercept = line
    item = Dataset({"LUTExplanation": label, "LUTLabel": label})
    item.RealWorldValueSlope, item.RealWorldValueIntercept = slope, intercept
    if dtype.kind == "f":
        limits = np.finfo(dtype)
        item.DoubleFloatRealWorldValueFirstValueMapped = float(limits.min)
        item.DoubleFloatRealWorldValueLastValueMapped = float(limits.max)
    else:
        whole, vr = np.iinfo(dtype), "SS" if dtype.kind == "i" else "US"
        item.add_new(0x0040_9216, vr, int(whole.min))
        item.add_new(0x0040_9211, vr, int(whole.max))
    item.MeasurementUnitsCodeSequence = [
        Dataset({"CodeValue": "1", "CodingSchemeDesignator": "UCUM", "CodeMeaning": "no units"})
    ]
    return item


def _group(tiles: Tiles, place: Place, by: str, mappings: list[Dataset]) -> Dataset:
    """Give the functional groups of a tile."""
    channel, _, down, across = place
    (height, width), count = tiles.tile, len(mappings)
    indices = [down * height + 1, across * width + 1, *([channel + 1] if count > 1 else [])]
    item = tiles.group(place)
    item.FrameContentSequence = [Dataset({"DimensionIndexValues": indices})]
    if by == "path":
        path = Dataset({"OpticalPathIdentifier": str(channel)})
        item.OpticalPathIdentificationSequence = [path]
    elif by == "mapping" and count > 1:
        item.RealWorldValueMappingSequence = [mappings[channel]]
    return item
