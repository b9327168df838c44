"""A CT series as a scanner writes it: 258 elements a file, sequences and private blocks among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydicom.dataset import Dataset

from benches import data
from benches.data import CT, code, identity, items, kept, reference, save, uid

if TYPE_CHECKING:
    from pathlib import Path

    from benches.data import Size


def ct_header() -> Dataset:
    """Build a header as a scanner writes it: 258 elements, sequences and private blocks among them."""
    ds = Dataset()
    identity(ds, CT, "CT", 0)
    values = {
        "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL", "CT_SOM5 SPI"],
        "AcquisitionDate": "20240105",
        "AcquisitionTime": "101501.221000",
        "ScanOptions": "HELICAL MODE",
        "SliceThickness": "1",
        "KVP": "120",
        "DataCollectionDiameter": "500",
        "ReconstructionDiameter": "380",
        "DistanceSourceToDetector": "1040",
        "DistanceSourceToPatient": "570",
        "GantryDetectorTilt": "0",
        "TableHeight": "138",
        "RotationDirection": "CW",
        "ExposureTime": "500",
        "XRayTubeCurrent": "210",
        "Exposure": "105",
        "FilterType": "0",
        "GeneratorPower": "25",
        "FocalSpots": "1.2",
        "DateOfLastCalibration": "20240104",
        "TimeOfLastCalibration": "073015.000000",
        "ConvolutionKernel": "B31f",
        "PatientPosition": "HFS",
        "SingleCollimationWidth": 0.6,
        "TotalCollimationWidth": 19.2,
        "TableSpeed": 42.6,
        "TableFeedPerRotation": 21.3,
        "SpiralPitchFactor": 1.1,
        "CTDIvol": 7.08,
        "AcquisitionNumber": "4",
        "ImagePositionPatient": ["-189.62890625", "-327.62890625", "-500.5"],
        "ImageOrientationPatient": ["1", "0", "0", "0", "1", "0"],
        "SliceLocation": "-500.5",
        "ImageComments": "",
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "Rows": 512,
        "Columns": 512,
        "PixelSpacing": ["0.7421875", "0.7421875"],
        "BitsAllocated": 16,
        "BitsStored": 12,
        "HighBit": 11,
        "PixelRepresentation": 0,
        "SmallestImagePixelValue": 0,
        "LargestImagePixelValue": 4095,
        "WindowCenter": ["50", "-600"],
        "WindowWidth": ["350", "1200"],
        "RescaleIntercept": "-1024",
        "RescaleSlope": "1",
        "RescaleType": "HU",
        "WindowCenterWidthExplanation": ["WINDOW1", "WINDOW2"],
        "PerformedProcedureStepStartDate": "20240105",
        "PerformedProcedureStepStartTime": "100011.120000",
        "PerformedProcedureStepID": "PPS1",
        "RequestedProcedureID": "RP1",
    }
    for keyword, value in values.items():
        setattr(ds, keyword, value)
    ds.ReferencedStudySequence = items(reference("1.2.840.10008.3.1.2.3.1", 1))
    ds.ReferencedImageSequence = items(reference(CT, 3, 900_001), reference(CT, 3, 900_002))
    ds.SourceImageSequence = items(reference(CT, 3, 900_003))
    ds.RequestAttributesSequence = items(Dataset())
    item = ds.RequestAttributesSequence[0]
    item.RequestedProcedureDescription, item.ScheduledProcedureStepID, item.RequestedProcedureID = (
        "Thorax",
        "S1",
        "RP1",
    )
    item.ScheduledProtocolCodeSequence = items(code("P5-08000", "SRT", "Computed Tomography"))
    ds.ProcedureCodeSequence = items(code("CTTH", "99LOCAL", "CT Thorax"))
    _private(ds, 258 - 1 - sum(1 for _ in ds.iterall()))
    return ds


def _private(ds: Dataset, count: int) -> None:
    """Fill up with private elements of the kinds that scanners write, in four blocks."""
    blocks = [
        (0x0019, "SIEMENS CT VA0  COAD"),
        (0x0021, "SIEMENS MED"),
        (0x0029, "SIEMENS CSA HEADER"),
        (0x0043, "GEMS_PARM_01"),
    ]
    kinds: list[tuple[str, object]] = [
        ("DS", "12.375"),
        ("IS", "140"),
        ("LO", "SPIRAL"),
        ("US", 7),
        ("FD", 0.25),
        ("SL", -3),
        ("FL", 1.5),
        ("SH", "v1"),
        ("DS", ["0.5", "1.25", "-3"]),
        ("OB", b"\1\2\3\4\5\6\7\x08"),
    ]
    blocks_of = {group: ds.private_block(group, name, create=True) for group, name in blocks}
    for number in range(count - len(blocks)):
        group = blocks[number % len(blocks)][0]
        vr, value = kinds[number % len(kinds)]
        blocks_of[group].add_new(0x10 + number // len(blocks), vr, value)


def _slice_pixels(random: np.random.Generator, number: int) -> bytes:
    """Give a round body in air with noise: 12 bits stored."""
    grid = np.arange(512) - 255.5
    radius = 180 + 40 * np.sin(number / 80)
    body = (grid[:, None] ** 2 + grid[None, :] ** 2) < radius**2
    noise = random.integers(0, 60, (512, 512), dtype=np.uint16)
    return (noise + np.where(body, 1024, 0).astype(np.uint16)).tobytes()


def ct_series(size: Size) -> list[Path]:
    """Make a CT series of 530 kB files, 258 elements each; the names are in no order of position."""

    def make(part: Path) -> None:
        part.mkdir()
        ds = ct_header()
        random = np.random.default_rng(1895)
        order = random.permutation(size.slices)
        for number in range(size.slices):
            z = -500.5 + number
            ds.SOPInstanceUID = uid(3, number)
            ds.InstanceNumber = str(number + 1)
            ds.ImagePositionPatient = ["-189.62890625", "-327.62890625", f"{z:g}"]
            ds.SliceLocation = f"{z:g}"
            ds.PixelData = _slice_pixels(random, number)
            ds["PixelData"].VR = "OW"
            save(ds, part / f"IM{order[number]:05d}.dcm")

    return sorted(kept(data.folder(size) / "ct", make).iterdir())
