"""Mosaics as Siemens' scanners write them: all slices of a phantom in one picture, with the private headers that say how."""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import radiogram as rg
from radiogram.volume.phantom import Phantom, write_series

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MR = "1.2.840.10008.5.1.4.1.1.4"
IMAGE_TYPE = ["ORIGINAL", "PRIMARY", "M", "ND", "MOSAIC"]


def csa(entries: dict[str, Iterable[object]], *, version: int = 2) -> bytes:
    """Give a CSA header: version 1, or 2 with its ``SV10``."""
    made = b"SV10\4\3\2\1" if version == 2 else b""
    made += struct.pack("<2I", len(entries), 77)
    for name, values in entries.items():
        texts = [f"{value:.8f}" if isinstance(value, float) else str(value) for value in values]
        places = max(6, len(texts))
        made += name.encode().ljust(64, b"\0") + struct.pack("<I4s3I", len(texts), b"FD", 4, places, 77)
        for text in [*texts, *[""] * (places - len(texts))]:
            held = text.encode() + b"\0" if text else b""
            # The first form writes lengths that are larger by the places of its first entry.
            said = len(held) + (max(6, len(list(next(iter(entries.values()))))) if version == 1 else 0)
            made += struct.pack("<4I", said, len(held), 77, len(held)) + held.ljust(
                -(-len(held) // 4) * 4, b"\0"
            )
    return made


def tiled(slices: np.ndarray) -> np.ndarray:
    """Lay slices in a square, row by row."""
    count, rows, columns = slices.shape
    side = math.ceil(math.sqrt(count))
    square = np.zeros((side * side, rows, columns), slices.dtype)
    square[:count] = slices
    return square.reshape(side, side, rows, columns).swapaxes(1, 2).reshape(side * rows, side * columns)


def write_mosaics(
    folder: Path,
    phantom: Phantom,
    *,
    times: int = 1,
    is_reversed: bool = False,
    version: int = 2,
    entries: dict[str, Iterable[object]] | None = None,
    elements: dict[int, tuple[str, Any]] | None = None,
) -> list[Path]:
    """Write the phantom as a mosaic for each time, whose values are larger by 1,000 each.

    ``is_reversed``: the scanner counts its slices against the normal of the orientation. ``entries`` and ``elements`` stand
    in the place of those that are written, or take them away where they are None.
    """
    volume = phantom.array().astype(np.int64) + 1024
    affine = phantom.affine()
    side = math.ceil(math.sqrt(phantom.slices))
    rows, columns = phantom.rows * side, phantom.columns * side
    across, down = affine[:3, 2], affine[:3, 1]
    first = affine[:3, 3] + (phantom.slices - 1) * affine[:3, 0] * is_reversed
    corner = first - across * (columns - phantom.columns) / 2 - down * (rows - phantom.rows) / 2
    normal = affine[:3, 0] / np.linalg.norm(affine[:3, 0]) * (-1 if is_reversed else 1)
    tall = Phantom(
        slices=1, rows=rows, columns=columns, spacing=phantom.spacing, orientation=phantom.orientation
    )
    (model,) = write_series(folder / "model", tall)
    written = []
    for time in range(times):
        ds = rg.read(model)
        picture = tiled(volume[::-1] if is_reversed else volume) + 1000 * time
        ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = MR
        ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = rg.uid()
        ds.Modality, ds.ImageType, ds.Manufacturer = "MR", IMAGE_TYPE, "SIEMENS"
        ds.InstanceNumber = ds.AcquisitionNumber = time + 1
        ds.AcquisitionTime = f"1000{2 * time:02}.5"
        ds.ImagePositionPatient = [round(float(part), 9) for part in corner]
        ds.RescaleIntercept = -1024
        ds.BitsStored, ds.HighBit = 16, 15
        ds.PixelData = picture.astype("<u2").tobytes()
        said = {
            "EchoLinePosition": [32],
            "NumberOfImagesInMosaic": [phantom.slices],
            "SliceNormalVector": [float(part) for part in normal],
            "MosaicRefAcqTimes": [100.0 * number for number in range(phantom.slices)],
            **(entries or {}),
        }
        private = {
            0x0019_0010: ("LO", "SIEMENS MR HEADER"),
            0x0019_100A: ("US", phantom.slices),
            0x0029_0010: ("LO", "SIEMENS CSA HEADER"),
            0x0029_1010: ("OB", csa({k: v for k, v in said.items() if v is not None}, version=version)),
            **(elements or {}),
        }
        for tag, element in private.items():
            if element is not None:
                ds.add_new(tag, *element)
        written.append(folder / f"MR{time:04}.IMA")
        ds.save_as(written[-1])
    model.unlink()
    return written
