"""The files that are measured: the same ones every time, written by pydicom, kept between runs.

They lie in the folder that ``RADIOGRAM_BENCH_DATA`` names, else in the system's temporary one, under a name
that changes whenever one of the modules that make them does.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pydicom.data
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import UID, ExplicitVRLittleEndian

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


MAKERS = ("data", "series", "nested", "large", "pictures", "test_compressed_volume", "test_segments")
"""The modules of this package that make files."""

FULL = Size(slices=1000, contours=20_000, frames=2_000, branches=6)
SMOKE = Size(slices=24, contours=300, frames=30, branches=1)


def folder(size: Size) -> Path:
    """Name the folder that holds the files of a size."""
    here = Path(__file__)
    made = b"".join(here.with_name(f"{name}.py").read_bytes() for name in MAKERS)
    key = hashlib.sha256(made + repr(size).encode()).hexdigest()[:12]
    base = os.environ.get("RADIOGRAM_BENCH_DATA")
    return (Path(base) if base else Path(tempfile.gettempdir()) / "radiogram-bench") / key


def kept(path: Path, make: Callable[[Path], None]) -> Path:
    """Make a file or folder once; a half-made one does not stay."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + ".part")
        shutil.rmtree(part, ignore_errors=True)
        make(part)
        part.rename(path)
    return path


def uid(*numbers: int) -> str:
    """Give a UID of ours."""
    return ".".join([ROOT_UID, *map(str, numbers)])


def save(dataset: Dataset, path: Path, syntax: str = ExplicitVRLittleEndian) -> None:
    """Write a file, its meta information made from the dataset."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = UID(syntax)
    dataset.file_meta = meta
    dataset.save_as(path, enforce_file_format=True)


def items(*items: Dataset) -> Sequence:
    """Give a sequence."""
    return Sequence(items)


def code(value: str, scheme: str, meaning: str) -> Dataset:
    """Give the item of a coded concept (PS3.3 8.8)."""
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def reference(sop_class: str, *numbers: int) -> Dataset:
    """Give the item of a reference to an instance (PS3.3 10.8)."""
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = sop_class, uid(*numbers)
    return item


def identity(dataset: Dataset, sop_class: str, modality: str, instance: int) -> None:
    """Write what every object has (PS3.3 C.7.1.1, C.7.2.1, C.7.3.1, C.12.1)."""
    values = {
        "SpecificCharacterSet": "ISO_IR 100",
        "InstanceCreationDate": "20240105",
        "InstanceCreationTime": "101523.450000",
        "SOPClassUID": sop_class,
        "SOPInstanceUID": uid(3, instance),
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
        "StudyInstanceUID": uid(1),
        "SeriesInstanceUID": uid(2, instance // 100_000),
        "StudyID": "1",
        "SeriesNumber": "5",
        "InstanceNumber": str(instance % 100_000),
        "FrameOfReferenceUID": uid(4),
        "PositionReferenceIndicator": "SN",
    }
    for keyword, value in values.items():
        setattr(dataset, keyword, value)


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
