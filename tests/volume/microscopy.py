"""What highdicom wants of a slide that it makes segmentations and maps of, beside what a reader needs."""

from __future__ import annotations

from typing import Any


def for_highdicom(source: Any) -> Any:
    """Give a data set of pydicom's with the attributes of the patient, the study and the specimen."""
    for name, value in (
        ("StudyID", "1"), ("SeriesNumber", 1), ("InstanceNumber", 1), ("PatientID", "P"), ("PatientName", "A^B"),
        ("PatientBirthDate", ""), ("PatientSex", "O"), ("StudyDate", ""), ("StudyTime", ""), ("AccessionNumber", ""),
        ("ReferringPhysicianName", ""), ("FrameOfReferenceUID", "1.2.3"), ("PositionReferenceIndicator", "SLIDE_CORNER"),
        ("ContainerIdentifier", "1"), ("IssuerOfTheContainerIdentifierSequence", []),
        ("SpecimenDescriptionSequence", []), ("ContainerTypeCodeSequence", []),
    ):  # fmt: skip
        setattr(source, name, value)
    return source
