"""Datasets with pictures, made by pydicom, read by both."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import numpy.typing as npt
import pydicom
import radiogram as rg
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    SecondaryCaptureImageStorage,
)

SYNTAXES = {
    "explicit": ExplicitVRLittleEndian,
    "implicit": ImplicitVRLittleEndian,
    "big": ExplicitVRBigEndian,
}


def picture(
    samples: npt.NDArray[Any] | bytes,
    *,
    shape: tuple[int, ...],
    bits: int = 16,
    stored: int | None = None,
    high: int | None = None,
    signed: bool = False,
    syntax: str = "explicit",
    vr: str | None = None,
    **elements: Any,
) -> Dataset:
    """Make a dataset: `shape` is (frames, rows, columns, samples); the bytes are those of `samples`."""
    frames, rows, columns, colours = shape
    order = ">" if syntax == "big" else "<"
    if not isinstance(samples, bytes):
        samples = samples.astype(samples.dtype.newbyteorder(order)).tobytes()
    ds = Dataset()
    ds.SOPClassUID, ds.SOPInstanceUID = SecondaryCaptureImageStorage, "1.2.3"
    ds.Rows, ds.Columns, ds.SamplesPerPixel = rows, columns, colours
    if frames > 1:
        ds.NumberOfFrames = frames
    ds.PhotometricInterpretation = "MONOCHROME2" if colours == 1 else "RGB"
    if colours > 1:
        ds.PlanarConfiguration = 0
    ds.BitsAllocated, ds.BitsStored = bits, stored or bits
    ds.HighBit = ds.BitsStored - 1 if high is None else high
    ds.PixelRepresentation = int(signed)
    ds.add_new("PixelData", vr or ("OW" if bits > 8 else "OB"), samples + b"\0" * (len(samples) % 2))
    for keyword, value in elements.items():
        setattr(ds, keyword, value)
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = SYNTAXES[syntax]
    return ds


def written(ds: Dataset) -> bytes:
    """Give the bytes of the file."""
    buffer = io.BytesIO()
    pydicom.dcmwrite(buffer, ds, enforce_file_format=True)
    return buffer.getvalue()


def both(ds: Dataset) -> tuple[rg.Dataset, Dataset]:
    """Read the file as ours and as pydicom's."""
    content = written(ds)
    return rg.read(content), pydicom.dcmread(io.BytesIO(content))


def table(name: str, first: int, entries: list[int] | npt.NDArray[Any], bits: int = 16) -> Dataset:
    """Make an item of a LUT sequence (PS3.3 C.11.1.1)."""
    item = Dataset()
    item.add_new("LUTDescriptor", "SS" if first < 0 else "US", [len(entries) % 65536, first, bits])
    if name == "ModalityLUTSequence":
        item.ModalityLUTType = "US"
    if len(entries) < 32768:
        item.add_new("LUTData", "US", [int(entry) for entry in entries])
    else:
        # A value of US has no room for more in its length of 16 bits.
        item.add_new("LUTData", "OW", np.asarray(entries, "<u2").tobytes())
    return item


def noise(
    shape: tuple[int, ...], dtype: npt.DTypeLike, low: int, high: int, seed: int = 1
) -> npt.NDArray[Any]:
    """Give random whole numbers, the ends among them."""
    made = np.random.default_rng(seed).integers(low, high, shape, dtype, endpoint=True)
    made.flat[0], made.flat[1] = low, high
    return made
