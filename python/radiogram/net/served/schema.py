"""What the index of a served folder holds: a table a level, a column an element, and how values get in and out of them."""

from __future__ import annotations

__all__ = ["COLUMNS", "CREATE", "NAMES", "TABLES", "TAGS", "UNIQUE", "VERSION"]

VERSION = 2
"""Of the schema: an index of another one is made anew."""

COLUMNS: dict[str, tuple[str, ...]] = {
    "STUDY": (
        "StudyInstanceUID",
        "PatientName",
        "PatientID",
        "IssuerOfPatientID",
        "PatientBirthDate",
        "PatientSex",
        "StudyDate",
        "StudyTime",
        "AccessionNumber",
        "StudyID",
        "StudyDescription",
        "ReferringPhysicianName",
        "TimezoneOffsetFromUTC",
    ),
    "SERIES": (
        "SeriesInstanceUID",
        "StudyInstanceUID",
        "Modality",
        "SeriesNumber",
        "SeriesDescription",
        "SeriesDate",
        "SeriesTime",
        "BodyPartExamined",
        "StationName",
    ),
    "IMAGE": (
        "SOPInstanceUID",
        "SeriesInstanceUID",
        "SOPClassUID",
        "InstanceNumber",
        "ContentDate",
        "ContentTime",
        "NumberOfFrames",
        "Rows",
        "Columns",
    ),
}
"""The elements of each level; the first is its unique key, the second of series and instances that of what they belong to."""

TABLES = {"STUDY": "studies", "SERIES": "series", "IMAGE": "instances"}
UNIQUE = {"STUDY": "StudyInstanceUID", "SERIES": "SeriesInstanceUID", "IMAGE": "SOPInstanceUID"}

TAGS = tuple(dict.fromkeys(("SpecificCharacterSet", *(name for names in COLUMNS.values() for name in names))))
"""What is read of each instance."""

_FILES = ", TransferSyntaxUID TEXT, path TEXT NOT NULL, size INTEGER, changed INTEGER"


def _create() -> list[str]:
    made = ["CREATE TABLE about (version INTEGER)"]
    for level, table in TABLES.items():
        key, *rest = COLUMNS[level]
        columns = f"{key} TEXT PRIMARY KEY" + "".join(f", {name} TEXT" for name in rest)
        files = _FILES if level == "IMAGE" else ""
        made.append(f"CREATE TABLE {table} ({columns}{files}) WITHOUT ROWID")
    # What is of no study: palettes, protocols, templates.
    made.append(
        "CREATE TABLE objects (SOPInstanceUID TEXT PRIMARY KEY, SOPClassUID TEXT, path TEXT NOT NULL, size INTEGER, changed INTEGER)"
        " WITHOUT ROWID"
    )
    made += [
        "CREATE INDEX series_of ON series (StudyInstanceUID)",
        "CREATE INDEX instances_of ON instances (SeriesInstanceUID)",
        "CREATE INDEX instances_at ON instances (path)",
        "CREATE INDEX patients ON studies (PatientID)",
        "CREATE INDEX dates ON studies (StudyDate)",
        "CREATE INDEX numbers ON studies (AccessionNumber)",
        f"INSERT INTO about VALUES ({VERSION})",
    ]
    return ["BEGIN IMMEDIATE", *made, "COMMIT"]


_STATEMENTS = _create()

CREATE = ";\n".join(_STATEMENTS) + ";"
"""The statements that make an empty index, all of it or nothing."""

NAMES = frozenset(line.split()[2] for line in _STATEMENTS if line.startswith("CREATE"))
"""The tables and indexes that it has."""
