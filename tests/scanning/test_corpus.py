"""A scan says what a loop over pydicom says."""

from __future__ import annotations

import datetime as dt
import warnings
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pydicom
import pytest
import radiogram as rg
from pydicom.datadict import dictionary_VM, dictionary_VR, tag_for_keyword

from tests.peers.corpus import RealFile, packaged_files, real_files

if TYPE_CHECKING:
    from collections.abc import Callable

TAGS = (
    "InstanceNumber",
    "Modality",
    "PixelSpacing",
    "ReferencedImageSequence/0/ReferencedSOPInstanceUID",
    "Rows",
    "SOPClassUID",
    "SeriesInstanceUID",
    "StudyDate",
    "StudyTime",
    "WindowCenter",
)
"""What is asked for where not everything is."""

NO_COLUMN = {"SQ", "OB", "OW", "OD", "OF", "OL", "OV", "UN", "OB or OW", "US or OW", "US or SS or OW"}
"""VRs without a column, or whose columns are bytes, which other tests compare."""

SKIP = object()


def _pydicom_value(ds: pydicom.Dataset, name: str) -> Any:
    """Give pydicom's value as the column has it; SKIP where it is none of the column's type, which our null says too."""
    at: Any = ds
    *downs, leaf = name.split("/")
    for sequence, item in zip(downs[::2], downs[1::2], strict=True):
        items = at.get(sequence)
        if not items or len(items) <= int(item):
            return None
        at = items[int(item)]
    value = at.get(leaf)
    if value is None or value == "" or (isinstance(value, list | pydicom.multival.MultiValue) and not value):
        return None
    many = list(value) if isinstance(value, list | pydicom.multival.MultiValue) else [value]
    is_list = dictionary_VM(leaf) != "1"
    if not is_list and len(many) > 1:
        return None
    try:
        converted = [_plain(one, dictionary_VR(leaf)) for one in many]
    except (AttributeError, TypeError, ValueError, OverflowError):
        return SKIP
    return converted if is_list else converted[0]


def _plain(value: Any, vr: str) -> Any:
    if vr == "DA":
        text = str(value).replace(".", "")
        return dt.datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007
    if vr == "TM":
        text = str(value).rstrip()
        form = {2: "%H", 4: "%H%M", 6: "%H%M%S"}.get(len(text), "%H%M%S.%f")
        return dt.datetime.strptime(text, form).time()  # noqa: DTZ007
    if vr == "DT":
        # What the clock said; a day alone is no moment.
        text = str(value).rstrip().partition("+")[0].partition("-")[0]
        if len(text) < len("2024010100"):
            message = "no moment"
            raise ValueError(message)
        form = {10: "%Y%m%d%H", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}.get(len(text), "%Y%m%d%H%M%S.%f")
        return dt.datetime.strptime(text, form)  # noqa: DTZ007
    if vr in ("DS", "FD", "FL"):
        return None if value == "" else float(value)
    if vr in ("IS", "US", "SS", "UL", "SL", "UV", "SV", "US or SS"):
        return int(value)
    if vr == "AT":
        return str(pydicom.tag.Tag(value)).replace(" ", "").upper()
    return str(value)


def _read(file: RealFile) -> pydicom.Dataset | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ds = pydicom.dcmread(file.path, stop_before_pixels=True)
            # Values become Python's when they are looked at, or not at all.
            for elem in ds:
                _ = elem.value
        except Exception:  # pydicom gives up on it
            return None
    return ds


def _agree(files: list[RealFile]) -> tuple[int, int, list[str]]:
    """Compare a scan for every keyword that occurs in the root of any file with what pydicom says of each."""
    # A DICOMDIR stands for the files it refers to.
    files = [file for file in files if file.path.name != "DICOMDIR"]
    keywords: set[str] = set()
    known: dict[str, set[str]] = {}
    for file in files:
        ds = _read(file)
        if ds is not None:
            known[file.name] = {
                elem.keyword
                for elem in ds
                if elem.keyword and elem.tag < PIXELS and dictionary_VR(elem.keyword) not in NO_COLUMN
            }
            keywords |= known[file.name]
    names = [*sorted(keywords), *(name for name in TAGS if "/" in name)]
    table = rg.scan([file.path for file in files], names).to_arrow()
    assert table.column("path").to_pylist() == [str(file.path) for file in files]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _compared(files, names, table.to_pylist())


def _compared(
    files: list[RealFile], names: list[str], rows: list[dict[str, Any]]
) -> tuple[int, int, list[str]]:
    compared, wrong = 0, []
    for file, row in zip(files, rows, strict=True):
        ds = _read(file)
        if ds is None:
            continue
        if row["error"] is not None:
            wrong.append(f"{file.name}: {row['error']}")
            continue
        for name in names:
            expected = _pydicom_value(ds, name)
            found = row[name]
            compared += 1
            if expected is SKIP:
                expected = None
            if (file.path.name, name) in ACCEPTED or _are_one(found, expected):
                continue
            is_said = any(_tag(name) in problem for problem in row["problems"] or ())
            if not (is_said and found is None):
                wrong.append(f"{file.name} {name}: {found!r}, pydicom {expected!r}")
    return compared, len(names), wrong


def _tag(name: str) -> str:
    tag = tag_for_keyword(name.split("/")[-1]) or 0
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"


def _are_one(found: Any, expected: Any) -> bool:
    if isinstance(found, list) and isinstance(expected, list):
        return len(found) == len(expected) and all(map(_are_one, found, expected))
    # A column of single precision, and NaN.
    return bool(found == expected or (found != found and expected != expected))


PIXELS = 0x7FE00008

ACCEPTED = {
    # A name in GB 2312 whose components each begin with the escape sequence, which pydicom leaves in the text.
    ("chrGB2312.dcm", "PatientName"),
}
"""Values that differ from pydicom's, and why."""


def test_packaged_files_are_as_pydicom_reads_them(note: Callable[[str], None]) -> None:
    compared, names, wrong = _agree(packaged_files())
    note(
        f"scan: {compared} values of {names} keywords in packaged files compared with pydicom, {len(wrong)} differ"
    )
    assert not wrong, "\n".join(wrong)


@pytest.mark.corpus
def test_the_corpus_is_as_pydicom_reads_it(note: Callable[[str], None], corpus_root: Any) -> None:
    del corpus_root
    compared, names, wrong = _agree(real_files())
    note(
        f"scan: {compared} values of {names} keywords in the corpus compared with pydicom, {len(wrong)} differ"
    )
    assert not wrong, "\n".join(wrong)


@pytest.mark.corpus
def test_every_type_is_that_of_the_dictionary(corpus_root: Any) -> None:
    table = rg.scan(corpus_root / "dicom", TAGS).to_arrow()
    types = {field.name: field.type for field in table.schema}
    code = pa.dictionary(pa.int32(), pa.string())
    assert types["Modality"] == types["SOPClassUID"] == code
    assert types["StudyDate"] == pa.date32()
    assert types["StudyTime"] == pa.time64("us")
    assert types["PixelSpacing"] == types["WindowCenter"] == pa.list_(pa.field("item", pa.float64()))
    assert types["Rows"] == pa.uint16()
    assert types["InstanceNumber"] == pa.int64()
    assert types["mtime"] == pa.timestamp("ns", "UTC")
    assert all(tag_for_keyword(name.split("/")[-1]) for name in TAGS)
