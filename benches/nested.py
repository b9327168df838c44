"""Objects of many nested elements: a structure set, an enhanced MR, a structured report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.tag import Tag

from benches import data
from benches.data import CT, ENHANCED_MR, RTSTRUCT, SR, code, identity, items, kept, reference, save, uid

if TYPE_CHECKING:
    from pathlib import Path

    from benches.data import Size


def rtstruct(size: Size) -> Path:
    """Make a structure set: 20,000 contours of 90 points, 7 elements a contour, 45 MB."""

    def contour(random: np.random.Generator, number: int) -> Dataset:
        item = Dataset()
        item.ContourImageSequence = items(reference(CT, 3, number % 1000))
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
        identity(ds, RTSTRUCT, "RTSTRUCT", 0)
        ds.StructureSetLabel = "MEASURED"
        random = np.random.default_rng(1895)
        rois, names = [], []
        for roi in range(30):
            name = Dataset()
            name.ROINumber, name.ReferencedFrameOfReferenceUID = str(roi), uid(4)
            name.ROIName, name.ROIGenerationAlgorithm = f"ROI {roi}", "AUTOMATIC"
            names.append(name)
            item = Dataset()
            item.ROIDisplayColor, item.ReferencedROINumber = ["255", "0", str(roi)], str(roi)
            item.ContourSequence = Sequence([contour(random, n) for n in range(size.contours // 30)])
            rois.append(item)
        ds.StructureSetROISequence = Sequence(names)
        ds.ROIContourSequence = Sequence(rois)
        save(ds, part)

    return kept(data.folder(size) / "rtstruct.dcm", make)


def _one(item: Dataset, keyword: str, **values: object) -> None:
    """Put a functional group of one item, with undefined lengths as scanners write them."""
    group = Dataset()
    for name, value in values.items():
        setattr(group, name, value)
    group.is_undefined_length_sequence_item = True
    setattr(item, keyword, items(group))
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
    outer.add_new(0x0F, "SQ", items(private))
    item[outer.get_tag(0x0F)].is_undefined_length = True
    return item


def enhanced_mr(size: Size) -> Path:
    """Make an enhanced MR of 2,000 frames, 73 elements in the functional groups of each."""

    def make(part: Path) -> None:
        ds = Dataset()
        identity(ds, ENHANCED_MR, "MR", 0)
        ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
        ds.NumberOfFrames = str(size.frames)
        ds.Rows = ds.Columns = 32
        ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 12, 11, 0
        ds.PerFrameFunctionalGroupsSequence = Sequence([_frame(number) for number in range(size.frames)])
        ds["PerFrameFunctionalGroupsSequence"].is_undefined_length = True
        random = np.random.default_rng(1895)
        ds.PixelData = random.integers(0, 4096, size.frames * 32 * 32, dtype=np.uint16).tobytes()
        ds["PixelData"].VR = "OW"
        save(ds, part)

    return kept(data.folder(size) / "enhanced_mr.dcm", make)


def _content(number: int, depth: int) -> Dataset:
    """Build a content item (PS3.3 C.17.3): containers to the sixth level, measurements and texts below."""
    item = Dataset()
    item.RelationshipType = "CONTAINS"
    item.ConceptNameCodeSequence = items(code(f"{number:06d}", "DCM", f"Concept {number}"))
    if depth < 6:
        item.ValueType, item.ContinuityOfContent = "CONTAINER", "SEPARATE"
        item.ContentSequence = Sequence([_content(number * 4 + child, depth + 1) for child in range(4)])
    elif number % 5:
        item.ValueType = "NUM"
        measured = Dataset()
        measured.NumericValue = f"{number / 7:.6g}"
        measured.MeasurementUnitsCodeSequence = items(code("mm", "UCUM", "millimeter"))
        item.MeasuredValueSequence = items(measured)
    else:
        item.ValueType, item.TextValue = "TEXT", "Nothing to be seen, and nothing to be measured."
    return item


def deep_sr(size: Size) -> Path:
    """Make a structured report of 80,000 elements, content nested seven deep."""

    def make(part: Path) -> None:
        ds = Dataset()
        identity(ds, SR, "SR", 0)
        ds.ValueType, ds.ContinuityOfContent = "CONTAINER", "SEPARATE"
        ds.CompletionFlag, ds.VerificationFlag = "COMPLETE", "UNVERIFIED"
        ds.ConceptNameCodeSequence = items(code("121111", "DCM", "Summary"))
        ds.ContentSequence = Sequence([_content(number + 1, 1) for number in range(size.branches)])
        save(ds, part)

    return kept(data.folder(size) / "deep_sr.dcm", make)
