"""Queries over the index: what of a query SQL can say is said in SQL, and what it gives is more than what matches, never less.

Elements that the index does not hold are read from a file of the entity, so that every key is matched and returned.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from radiogram.dataset import Dataset
from radiogram.dataset.reader import read
from radiogram.dataset.writer import data_set_alone
from radiogram.dictionary import dictionary_VR, tag_for_keyword
from radiogram.errors import DicomError
from radiogram.net.encoding import IS_IN_UTF8
from radiogram.net.matching import Matching
from radiogram.net.served.schema import COLUMNS, TABLES, UNIQUE
from radiogram.net.services.query import Found, unique_keys

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

    from radiogram.dataset import DataElement

__all__ = ["UID", "candidates", "instances", "is_plain", "only_columns", "put", "selection"]

_FROM = {
    "PATIENT": "studies",
    "STUDY": "studies",
    "SERIES": "series JOIN studies USING (StudyInstanceUID)",
    "IMAGE": "instances JOIN series USING (SeriesInstanceUID) JOIN studies USING (StudyInstanceUID)",
}
_LEVELS = {
    "PATIENT": ("STUDY",),
    "STUDY": ("STUDY",),
    "SERIES": ("STUDY", "SERIES"),
    "IMAGE": ("STUDY", "SERIES", "IMAGE"),
}
_OF_PATIENTS = tuple(name for name in COLUMNS["STUDY"] if "Patient" in name)
_SAME_PATIENT = (
    "x.PatientID IS studies.PatientID AND x.IssuerOfPatientID IS studies.IssuerOfPatientID"
    " AND (studies.PatientID <> '' OR x.PatientName IS studies.PatientName)"
)
"""Who has no Patient ID is known by name."""
_PATIENT = "PatientID, IssuerOfPatientID, CASE WHEN PatientID <> '' THEN '' ELSE PatientName END"
_OF_STUDY = "FROM series AS s WHERE s.StudyInstanceUID = studies.StudyInstanceUID"
_IMAGES_OF_STUDY = "FROM instances AS i JOIN series AS s USING (SeriesInstanceUID) WHERE s.StudyInstanceUID = studies.StudyInstanceUID"
_OF_PATIENT = f"FROM studies AS x JOIN series AS s USING (StudyInstanceUID) WHERE {_SAME_PATIENT}"
_COMPUTED: dict[str, str] = {
    "ModalitiesInStudy": f"(SELECT group_concat(m, '\\') FROM (SELECT DISTINCT s.Modality AS m {_OF_STUDY} ORDER BY 1))",
    "SOPClassesInStudy": f"(SELECT group_concat(c, '\\') FROM (SELECT DISTINCT i.SOPClassUID AS c {_IMAGES_OF_STUDY} ORDER BY 1))",
    "NumberOfStudyRelatedSeries": f"(SELECT count(*) {_OF_STUDY})",
    "NumberOfStudyRelatedInstances": f"(SELECT count(*) {_IMAGES_OF_STUDY})",
    "NumberOfPatientRelatedStudies": f"(SELECT count(*) FROM studies AS x WHERE {_SAME_PATIENT})",
    "NumberOfPatientRelatedSeries": f"(SELECT count(*) {_OF_PATIENT})",
    "NumberOfPatientRelatedInstances": (
        "(SELECT count(*) FROM instances AS i JOIN series AS s USING (SeriesInstanceUID) JOIN studies AS x"
        f" USING (StudyInstanceUID) WHERE {_SAME_PATIENT})"
    ),
    "NumberOfSeriesRelatedInstances": "(SELECT count(*) FROM instances AS i WHERE i.SeriesInstanceUID = series.SeriesInstanceUID)",
}
"""Elements that are counted or collected (PS3.4 C.3)."""

_FILE = {
    "PATIENT": "(SELECT min(i.path) FROM instances AS i JOIN series AS s USING (SeriesInstanceUID)"
    " WHERE s.StudyInstanceUID = studies.StudyInstanceUID)",
    "STUDY": f"(SELECT min(i.path) {_IMAGES_OF_STUDY})",
    "SERIES": "(SELECT min(i.path) FROM instances AS i WHERE i.SeriesInstanceUID = series.SeriesInstanceUID)",
    "IMAGE": "instances.path",
}
"""A file that stands for an entity."""

UID = re.compile(r"(?=.{1,64}\Z)(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))*", re.ASCII)
"""PS3.5 9.1."""

_EXPLICIT = "1.2.840.10008.1.2.1"
_PLAIN = {
    "UI": UID.fullmatch,
    "IS": re.compile(r"0|-?[1-9][0-9]{0,8}", re.ASCII).fullmatch,
    "CS": re.compile(r"[A-Z0-9_]{1,16}").fullmatch,
    "SH": re.compile(r"(?=.{1,16}\Z)[\w.-]+(?: [\w.-]+)*").fullmatch,
    "LO": re.compile(r"(?=.{1,64}\Z)[\w.-]+(?: [\w.-]+)*").fullmatch,
    "PN": re.compile(r"(?=.{1,64}\Z)[\w.-]+(?:[ ^][\w.-]+)*").fullmatch,
}
_MOST_CHOICES, _MOST_ASTERISKS = 50, 3

_ABOUT = ("SpecificCharacterSet", "QueryRetrieveLevel", "TimezoneOffsetFromUTC", "QueryRetrieveView")


def candidates(
    database: sqlite3.Connection,
    folder: Path,
    level: str,
    query: Dataset,
    agreed: Matching | None = None,
    *,
    after: str | None = None,
) -> Iterator[Dataset]:
    """Yield entities of a level, with what the query names; all that match are among them.

    With `after` they come in the order of their unique keys, and begin behind that one.
    """
    agreed = Matching() if agreed is None else agreed
    columns = {name: _column(level, name) for key in query if (name := key.keyword) and name not in _ABOUT}
    held = {name: column for name, column in columns.items() if column is not None}
    if agreed.timezone is not None:
        held["TimezoneOffsetFromUTC"] = "studies.TimezoneOffsetFromUTC"
    others = [
        int(key.tag)
        for key in query
        if key.keyword not in held and key.keyword not in _ABOUT and key.tag & 0xFFFF
    ]
    if agreed.timezone is not None:
        # What is shifted needs both halves.
        for name in filter(None, map(_other_half, query)):
            column = _column(level, name)
            if column is not None:
                held.setdefault(name, column)
            elif (tag := tag_for_keyword(name)) is not None and tag not in others:
                others.append(tag)
    statement, values, _ = selection(
        level, query, held, agreed, also=f"{_FILE[level]} AS a_file" if others else "", after=after
    )
    for row in database.execute(statement, values):
        made = Dataset()
        made.SpecificCharacterSet = IS_IN_UTF8
        for name in held:
            put(made, name, row[name])
        if others:
            _put_others(made, folder / (row["a_file"] or ""), others)
        yield made


def _other_half(key: DataElement) -> str | None:
    """Give the keyword of the time that belongs to a date, and of the date to a time."""
    own, other = {"DA": ("Date", "Time"), "TM": ("Time", "Date")}.get(key.VR, ("", ""))
    return key.keyword.removesuffix(own) + other if own and key.keyword.endswith(own) else None


def only_columns(level: str, query: Dataset) -> dict[str, str] | None:
    """Give where the elements of a query are; `None` where some are not in the index."""
    columns = {}
    for key in query:
        if key.keyword in _ABOUT or not key.tag & 0xFFFF:
            continue
        column = _column(level, key.keyword)
        if column is None:
            return None
        columns[key.keyword] = column
    return columns


def selection(
    level: str,
    query: Dataset,
    held: dict[str, str],
    agreed: Matching,
    also: str = "",
    *,
    after: str | None = None,
) -> tuple[str, list[object], set[str]]:
    """Give a statement that finds all that matches, its values, and the keys that it decides on for good.

    With `after` what it finds is in the order of unique keys, and begins behind that one.
    """
    where, values, decided = _conditions(query, held, agreed)
    if after is not None:
        where.append(f"{TABLES[level]}.{UNIQUE[level]} > ?")
        values.append(after)
    picked = [f"{column} AS {name}" for name, column in held.items()] + [also] * bool(also)
    statement = f"SELECT {', '.join(picked) or '1'} FROM {_FROM[level]}"
    statement += f" WHERE {' AND '.join(where)}" if where else ""
    if level == "PATIENT":
        statement += f" GROUP BY {_PATIENT}"
    if after is not None:
        statement += f" ORDER BY {TABLES[level]}.{UNIQUE[level]}"
    return statement, values, decided


def _column(level: str, name: str) -> str | None:
    """Give where an element of an entity is: at its level or above it."""
    if level == "PATIENT":
        known = name in _OF_PATIENTS or (name in _COMPUTED and "Patient" in name)
        return (_COMPUTED.get(name) or f"studies.{name}") if known else None
    for one in reversed(_LEVELS[level]):
        if name in COLUMNS[one]:
            return f"{TABLES[one]}.{name}"
    computed = _COMPUTED.get(name)
    return computed if computed and (level != "STUDY" or "series.SeriesInstanceUID" not in computed) else None


def put(made: Dataset, name: str, text: Any) -> None:  # noqa: ANN401  # a value of SQLite
    """Give an entity the value of a column."""
    # What is wrong in one file does not end the answers about others.
    setattr(made, name, _several(text) if text is None or _can_be_said(name, text) else None)


def _several(text: Any) -> Any:  # noqa: ANN401
    return text.split("\\") if isinstance(text, str) and "\\" in text else text


@lru_cache(maxsize=4096)
def _can_be_said(name: str, text: Any) -> bool:  # noqa: ANN401
    """Whether what a file says can be said in an answer."""
    if isinstance(text, str) and is_plain(name, text):
        return True
    made = Dataset({"SpecificCharacterSet": IS_IN_UTF8})
    try:
        setattr(made, name, _several(text))
        data_set_alone(made, _EXPLICIT)
    except (DicomError, ValueError):
        return False
    return True


def is_plain(name: str, text: str) -> bool:
    """Whether a value is written as it is, padded to an even length; what becomes of another one is for the writer to say."""
    tag = tag_for_keyword(name)
    plain = None if tag is None else _PLAIN.get(dictionary_VR(tag))
    return plain is not None and plain(text) is not None


def _put_others(made: Dataset, path: Path, tags: list[int]) -> None:
    try:
        ds = read(path, specific_tags=tags)
    except (DicomError, OSError):
        return
    for element in ds:
        if element.tag in tags:
            made.add_new(element.tag, element.VR, element.value)


def _conditions(
    query: Dataset, held: dict[str, str], agreed: Matching
) -> tuple[list[str], list[object], set[str]]:
    where: list[str] = []
    decided: set[str] = set()
    values: list[object] = []
    for key in query:
        column = held.get(key.keyword)
        texts = _texts(key)
        if key.keyword in _ABOUT or column is None or not texts or column.startswith("(") or '""' in texts:
            continue
        if key.VR == "UI":
            where.append(_is_one_of(column))
            values.append(json.dumps(texts))
            # A UID is the same or it is not (PS3.4 C.2.2.2.2); what is none is for the matching function to judge.
            if all(map(UID.fullmatch, texts)):
                decided.add(key.keyword)
            continue
        if len(texts) > _MOST_CHOICES:
            # The matching function has no bound on them, and SQL has.
            continue
        found = [_condition(key.VR, column, text, agreed) for text in texts]
        if all(condition is not None for condition in found):
            where.append(
                "(" + " OR ".join(condition[0] for condition in found if condition is not None) + ")"
            )
            values += [value for condition in found if condition is not None for value in condition[1]]
    return where, values, decided


def _is_one_of(column: str) -> str:
    """Give the condition of a list, which is one value as JSON: a statement has a bound on how many values it has, a list has none."""
    return f"{column} IN (SELECT value FROM json_each(?))"


def _condition(vr: str, column: str, text: str, agreed: Matching) -> tuple[str, list[object]] | None:
    """Give what one value of a key asks for, or something wider; `None` where SQL cannot say it."""
    if vr == "DA":
        ends = re.fullmatch(r"(\d{8})?-(\d{8})?|(\d{8})", text)
        if ends is None or agreed.timezone is not None:
            return None
        low, high = (ends[3], ends[3]) if ends[3] else (ends[1] or "", ends[2] or "99999999")
        # Dates of before 1993 have dots.
        return f"({column} BETWEEN ? AND ? OR length({column}) <> 8)", [low, high]
    if vr == "PN":
        # Any group may be meant, in capitals or not; what is in front of the first wild card or mark is in the name.
        run = re.match(r"[A-Za-z0-9]*", text)
        known = run[0] if run and not agreed.fuzzy else ""
        return (f"{column} LIKE ?", [f"%{known}%"]) if known else None
    if vr in ("LO", "SH", "CS", "AE", "LT", "ST", "UT", "UC"):
        # Many asterisks would take LIKE for ever: what is in front of the first one is in the value.
        known = text if text.count("*") <= _MOST_ASTERISKS else text[: text.index("*") + 1]
        escaped = re.sub(r"([%_\\])", r"\\\1", known).replace("*", "%").replace("?", "_")
        several = f"instr({column}, '\\') > 0"
        is_all = not text.strip("*")
        return None if is_all else (f"({column} LIKE ? ESCAPE '\\' OR {several})", [escaped])
    return None


def _texts(key: DataElement) -> list[str]:
    value: Any = key.value
    if key.VR in ("SQ", "OB", "OW", "UN") or value is None or (hasattr(value, "__len__") and len(value) == 0):
        return []
    several = (
        [value] if isinstance(value, str) or not hasattr(value, "__iter__") or key.VR == "PN" else list(value)
    )
    if key.VR == "PN" and not isinstance(value, str) and getattr(value, "VM", 1) != 1:
        several = list(value)
    return [str(one).strip() for one in several]


def instances(database: sqlite3.Connection, folder: Path, query: Dataset) -> Iterator[Found]:
    """Yield the instances of what the unique keys of a retrieval say."""
    keys = unique_keys(query)
    where, values = [], []
    for keyword, texts in keys.items():
        table = next((TABLES[one] for one, unique in UNIQUE.items() if unique == keyword), "studies")
        where.append(_is_one_of(f"{table}.{keyword}"))
        values.append(json.dumps(texts))
    if not where:
        return
    rows = database.execute(
        f"SELECT path, SOPClassUID, SOPInstanceUID, TransferSyntaxUID, size, changed FROM {_FROM['IMAGE']}"
        f" WHERE {' AND '.join(where)} ORDER BY series.SeriesInstanceUID, CAST(InstanceNumber AS INTEGER)",
        values,
    )
    for row in rows:
        what = (row["SOPClassUID"], row["SOPInstanceUID"], row["TransferSyntaxUID"] or "")
        yield Found(folder / row["path"], *what, row["size"], row["changed"])
