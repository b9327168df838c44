"""Makes the files that are measured: the same ones every time, written by pydicom, kept between runs.

They lie in the folder that ``RADIOGRAM_BENCH_DATA`` names, else in the system's temporary one, under a name
that changes whenever this module does.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pydicom.data
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.tag import Tag
from pydicom.uid import ExplicitVRLittleEndian

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT_UID = "1.2.826.0.1.3680043.10.1490"
CT, ENHANCED_MR, RTSTRUCT, SR = (
    f"1.2.840.10008.5.1.4.1.1.{end}" for end in ("2", "4.1", "481.3", "88.33")
)  # fmt: skip

TAGS = (
    "SOPClassUID",
    "SOPInstanceUID",
    "Modality",
    "SeriesDescription",
    "PatientID",
    "SliceThickness",
    "KVP",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "InstanceNumber",
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "Rows",
    "Columns",
    "PixelSpacing",
)
"""What a scan asks for."""


@dataclass(frozen=True)
class Size:
    """How much is made: the figures of the yardsticks, or next to nothing to try the rows out."""

    slices: int
    contours: int
    frames: int
    branches: int


FULL = Size(slices=1000, contours=20_000, frames=2_000, branches=6)
SMOKE = Size(slices=24, contours=300, frames=30, branches=1)


def folder(size: Size) -> Path:
    """Name the folder that holds the files of a size."""
    key = hashlib.sha256(Path(__file__).read_bytes() + repr(size).encode()).hexdigest()[:12]
    base = os.environ.get("RADIOGRAM_BENCH_DATA")
    return (Path(base) if base else Path(tempfile.gettempdir()) / "radiogram-bench") / key


def _kept(path: Path, make: Callable[[Path], None]) -> Path:
    """Make a file or folder once; a half-made one does not stay."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + ".part")
        shutil.rmtree(part, ignore_errors=True)
        make(part)
        part.rename(path)
    return path


def _uid(*numbers: int) -> str:
    return ".".join([ROOT_UID, *map(str, numbers)])


def _save(dataset: Dataset, path: Path) -> None:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta = meta
    dataset.save_as(path, enforce_file_format=True)


def _items(*items: Dataset) -> Sequence:
    return Sequence(items)


def _code(value: str, scheme: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def _reference(sop_class: str, *numbers: int) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = sop_class, _uid(*numbers)
    return item


def _identity(dataset: Dataset, sop_class: str, modality: str, instance: int) -> None:
    """Write what every object has (PS3.3 C.7.1.1, C.7.2.1, C.7.3.1, C.12.1)."""
    values = {
        "SpecificCharacterSet": "ISO_IR 100",
        "InstanceCreationDate": "20240105",
        "InstanceCreationTime": "101523.450000",
        "SOPClassUID": sop_class,
        "SOPInstanceUID": _uid(3, instance),
        "StudyDate": "20240105",
        "SeriesDate": "20240105",
        "ContentDate": "20240105",
        "StudyTime": "100011.120000",
        "SeriesTime": "101100.003000",
        "ContentTime": "101523.449000",
        "AccessionNumber": "A0001234",
        "Modality": modality,
        "Manufacturer": "SIEMENS",
        "InstitutionName": "Hospital of the Measured Phantom",
        "InstitutionAddress": "Street of Light 1, Würzburg",
        "ReferringPhysicianName": "Ref^Erring^^Dr.",
        "StationName": "CT64001",
        "StudyDescription": "Thorax^Routine (Adult)",
        "SeriesDescription": "Thorax 1.0 B31f",
        "InstitutionalDepartmentName": "Radiology",
        "PerformingPhysicianName": "Per^Forming",
        "OperatorsName": "OPE",
        "ManufacturerModelName": "Sensation 64",
        "PatientName": "Phantom^Head",
        "PatientID": "PH-000042",
        "PatientBirthDate": "19700101",
        "PatientSex": "O",
        "PatientAge": "053Y",
        "PatientSize": "1.75",
        "PatientWeight": "72",
        "BodyPartExamined": "CHEST",
        "DeviceSerialNumber": "55123",
        "SoftwareVersions": "syngo CT 2007C",
        "ProtocolName": "ThoraxRoutine",
        "StudyInstanceUID": _uid(1),
        "SeriesInstanceUID": _uid(2, instance // 100_000),
        "StudyID": "1",
        "SeriesNumber": "5",
        "InstanceNumber": str(instance % 100_000),
        "FrameOfReferenceUID": _uid(4),
        "PositionReferenceIndicator": "SN",
    }
    for keyword, value in values.items():
        setattr(dataset, keyword, value)


def _ct_header() -> Dataset:
    """Build a header as a scanner writes it: 258 elements, sequences and private blocks among them."""
    ds = Dataset()
    _identity(ds, CT, "CT", 0)
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
    ds.ReferencedStudySequence = _items(_reference("1.2.840.10008.3.1.2.3.1", 1))
    ds.ReferencedImageSequence = _items(_reference(CT, 3, 900_001), _reference(CT, 3, 900_002))
    ds.SourceImageSequence = _items(_reference(CT, 3, 900_003))
    ds.RequestAttributesSequence = _items(Dataset())
    item = ds.RequestAttributesSequence[0]
    item.RequestedProcedureDescription, item.ScheduledProcedureStepID, item.RequestedProcedureID = (
        "Thorax",
        "S1",
        "RP1",
    )
    item.ScheduledProtocolCodeSequence = _items(_code("P5-08000", "SRT", "Computed Tomography"))
    ds.ProcedureCodeSequence = _items(_code("CTTH", "99LOCAL", "CT Thorax"))
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
        ds = _ct_header()
        random = np.random.default_rng(1895)
        order = random.permutation(size.slices)
        for number in range(size.slices):
            z = -500.5 + number
            ds.SOPInstanceUID = _uid(3, number)
            ds.InstanceNumber = str(number + 1)
            ds.ImagePositionPatient = ["-189.62890625", "-327.62890625", f"{z:g}"]
            ds.SliceLocation = f"{z:g}"
            ds.PixelData = _slice_pixels(random, number)
            ds["PixelData"].VR = "OW"
            _save(ds, part / f"IM{order[number]:05d}.dcm")

    return sorted(_kept(folder(size) / "ct", make).iterdir())


def rtstruct(size: Size) -> Path:
    """Make a structure set: 20,000 contours of 90 points, 7 elements a contour, 45 MB."""

    def contour(random: np.random.Generator, number: int) -> Dataset:
        item = Dataset()
        item.ContourImageSequence = _items(_reference(CT, 3, number % 1000))
        item.ContourGeometricType = "CLOSED_PLANAR"
        item.NumberOfContourPoints = "90"
        item.ContourNumber = str(number)
        text = "\\".join(["%.3f"] * 270) % tuple(random.uniform(-199, 199, 270).tolist())
        raw = (text + " " * (len(text) % 2)).encode()
        tag = Tag("ContourData")
        item[tag] = RawDataElement(tag, "DS", len(raw), raw, 0, False, True)  # noqa: FBT003 (pydicom's own order)
        return item

    def make(part: Path) -> None:
        ds = Dataset()
        _identity(ds, RTSTRUCT, "RTSTRUCT", 0)
        ds.StructureSetLabel = "MEASURED"
        random = np.random.default_rng(1895)
        rois, names = [], []
        for roi in range(30):
            name = Dataset()
            name.ROINumber, name.ReferencedFrameOfReferenceUID = str(roi), _uid(4)
            name.ROIName, name.ROIGenerationAlgorithm = f"ROI {roi}", "AUTOMATIC"
            names.append(name)
            item = Dataset()
            item.ROIDisplayColor, item.ReferencedROINumber = ["255", "0", str(roi)], str(roi)
            item.ContourSequence = Sequence([contour(random, n) for n in range(size.contours // 30)])
            rois.append(item)
        ds.StructureSetROISequence = Sequence(names)
        ds.ROIContourSequence = Sequence(rois)
        _save(ds, part)

    return _kept(folder(size) / "rtstruct.dcm", make)


def _one(item: Dataset, keyword: str, **values: object) -> None:
    """Put a functional group of one item, with undefined lengths as scanners write them."""
    group = Dataset()
    for name, value in values.items():
        setattr(group, name, value)
    group.is_undefined_length_sequence_item = True
    setattr(item, keyword, _items(group))
    item[keyword].is_undefined_length = True


def _frame(number: int) -> Dataset:
    item = Dataset()
    item.is_undefined_length_sequence_item = True
    _one(
        item,
        "FrameContentSequence",
        FrameReferenceDateTime="20240105101523.44",
        FrameAcquisitionDateTime="20240105101523.44",
        FrameAcquisitionDuration=3000.0,
        FrameAcquisitionNumber=1,
        DimensionIndexValues=[1, number + 1, number // 40],
        StackID="1",
        InStackPositionNumber=number % 40 + 1,
        TemporalPositionIndex=number // 40 + 1,
    )
    _one(item, "PlanePositionSequence", ImagePositionPatient=[f"{-120.5 + number:.6g}", "-100.25", "3.5"])
    _one(
        item,
        "PlaneOrientationSequence",
        ImageOrientationPatient=["1", "0", "0", "0", "0.996195", "-0.087156"],
    )
    _one(
        item,
        "PixelMeasuresSequence",
        SliceThickness="4",
        PixelSpacing=["1.796875", "1.796875"],
        SpacingBetweenSlices="4.4",
    )
    _one(
        item,
        "FrameVOILUTSequence",
        WindowCenter="512",
        WindowWidth="1024",
        WindowCenterWidthExplanation="AUTO",
    )
    _one(
        item,
        "PixelValueTransformationSequence",
        RescaleIntercept="0",
        RescaleSlope="2.4420024",
        RescaleType="US",
    )
    _one(
        item,
        "MRImageFrameTypeSequence",
        FrameType=["ORIGINAL", "PRIMARY", "M", "FFE"],
        PixelPresentation="MONOCHROME",
        VolumetricProperties="VOLUME",
        VolumeBasedCalculationTechnique="NONE",
        ComplexImageComponent="MAGNITUDE",
        AcquisitionContrast="T2_STAR",
    )
    _one(item, "MREchoSequence", EffectiveEchoTime=35.0)
    _one(item, "MRAveragesSequence", NumberOfAverages="1")
    _one(
        item,
        "MRImagingModifierSequence",
        MagnetizationTransfer="NONE",
        BloodSignalNulling="NO",
        Tagging="NONE",
    )
    _one(
        item,
        "MRTimingAndRelatedParametersSequence",
        RepetitionTime="3000",
        FlipAngle="90",
        EchoTrainLength="1",
        RFEchoTrainLength=0,
        GradientEchoTrainLength=37,
    )
    private = Dataset()
    block = private.private_block(0x2005, "Philips MR Imaging DD 001", create=True)
    for offset in range(24):
        vr, value = [
            ("FL", 0.5 * offset),
            ("CS", "NO"),
            ("SS", offset),
            ("IS", str(number)),
            ("LO", "UNDEF"),
        ][offset % 5]
        block.add_new(offset, vr, value)
    private.is_undefined_length_sequence_item = True
    outer = item.private_block(0x2005, "Philips MR Imaging DD 005", create=True)
    outer.add_new(0x0F, "SQ", _items(private))
    item[outer.get_tag(0x0F)].is_undefined_length = True
    return item


def enhanced_mr(size: Size) -> Path:
    """Make an enhanced MR of 2,000 frames, 73 elements in the functional groups of each."""

    def make(part: Path) -> None:
        ds = Dataset()
        _identity(ds, ENHANCED_MR, "MR", 0)
        ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
        ds.NumberOfFrames = str(size.frames)
        ds.Rows = ds.Columns = 32
        ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 12, 11, 0
        ds.PerFrameFunctionalGroupsSequence = Sequence([_frame(number) for number in range(size.frames)])
        ds["PerFrameFunctionalGroupsSequence"].is_undefined_length = True
        random = np.random.default_rng(1895)
        ds.PixelData = random.integers(0, 4096, size.frames * 32 * 32, dtype=np.uint16).tobytes()
        ds["PixelData"].VR = "OW"
        _save(ds, part)

    return _kept(folder(size) / "enhanced_mr.dcm", make)


def _content(number: int, depth: int) -> Dataset:
    """Build a content item (PS3.3 C.17.3): containers to the sixth level, measurements and texts below."""
    item = Dataset()
    item.RelationshipType = "CONTAINS"
    item.ConceptNameCodeSequence = _items(_code(f"{number:06d}", "DCM", f"Concept {number}"))
    if depth < 6:
        item.ValueType, item.ContinuityOfContent = "CONTAINER", "SEPARATE"
        item.ContentSequence = Sequence([_content(number * 4 + child, depth + 1) for child in range(4)])
    elif number % 5:
        item.ValueType = "NUM"
        measured = Dataset()
        measured.NumericValue = f"{number / 7:.6g}"
        measured.MeasurementUnitsCodeSequence = _items(_code("mm", "UCUM", "millimeter"))
        item.MeasuredValueSequence = _items(measured)
    else:
        item.ValueType, item.TextValue = "TEXT", "Nothing to be seen, and nothing to be measured."
    return item


def deep_sr(size: Size) -> Path:
    """Make a structured report of 80,000 elements, content nested seven deep."""

    def make(part: Path) -> None:
        ds = Dataset()
        _identity(ds, SR, "SR", 0)
        ds.ValueType, ds.ContinuityOfContent = "CONTAINER", "SEPARATE"
        ds.CompletionFlag, ds.VerificationFlag = "COMPLETE", "UNVERIFIED"
        ds.ConceptNameCodeSequence = _items(_code("121111", "DCM", "Summary"))
        ds.ContentSequence = Sequence([_content(number + 1, 1) for number in range(size.branches)])
        _save(ds, part)

    return _kept(folder(size) / "deep_sr.dcm", make)


REAL = {
    "CT": "CT_small.dcm",
    "MR": "MR_small.dcm",
    "RTSTRUCT": "rtstruct.dcm",
    "RTPLAN": "rtplan.dcm",
    "SR": "test-SR.dcm",
    "enhanced MR": "emri_small.dcm",
}
"""One file of each kind that a scanner or a planning system wrote: from pydicom and pydicom-data."""


def real(kind: str) -> Path:
    """Give the real file of a kind."""
    return Path(str(pydicom.data.get_testdata_file(REAL[kind], download=False)))
