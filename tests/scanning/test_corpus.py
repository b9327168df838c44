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
    "AcquisitionDateTime",
    "BitsStored",
    "Columns",
    "EchoTime",
    "FrameIncrementPointer",
    "ImageOrientationPatient",
    "ImageType",
    "InstanceNumber",
    "KVP",
    "Modality",
    "NumberOfFrames",
    "PatientAge",
    "PatientBirthDate",
    "PatientID",
    "PatientName",
    "PixelSpacing",
    "ReferencedImageSequence/0/ReferencedSOPInstanceUID",
    "RescaleSlope",
    "Rows",
    "SOPClassUID",
    "SOPInstanceUID",
    "SeriesDescription",
    "SliceThickness",
    "StudyDate",
    "StudyTime",
    "TransferSyntaxUID",
    "WindowCenter",
)
SKIP = object()


def _pydicom_value(ds: pydicom.Dataset, name: str) -> Any:
    """Give pydicom's value as the column has it; SKIP where it is none of the column's type, which our null says too."""
    at: Any = ds.file_meta if name == "TransferSyntaxUID" else ds
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
    except (TypeError, ValueError, OverflowError):
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
    if vr in ("DS", "FD", "FL"):
        return None if value == "" else float(value)
    if vr in ("IS", "US", "SS", "UL", "SL"):
        return int(value)
    if vr == "AT":
        return str(pydicom.tag.Tag(value)).replace(" ", "").upper()
    return str(value)


def _agree(files: list[RealFile]) -> tuple[int, list[str]]:
    # A DICOMDIR stands for the files it refers to.
    files = [file for file in files if file.path.name != "DICOMDIR"]
    paths = [file.path for file in files]
    table = rg.scan(paths, TAGS).to_arrow()
    assert table.column("path").to_pylist() == [str(path) for path in paths]
    compared, wrong = 0, []
    for file, row in zip(files, table.to_pylist(), strict=True):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                ds = pydicom.dcmread(file.path, stop_before_pixels=True)
                values = {name: _pydicom_value(ds, name) for name in TAGS}
            except Exception:  # pydicom gives up on it
                continue
        if row["error"] is not None:
            wrong.append(f"{file.name}: {row['error']}")
            continue
        for name, expected in values.items():
            found = row[name]
            compared += 1
            if expected is SKIP:
                expected = None
            if (file.path.name, name) in ACCEPTED:
                continue
            if found != expected and not (row["problems"] and found is None):
                wrong.append(f"{file.name} {name}: {found!r}, pydicom {expected!r}")
    return compared, wrong


ACCEPTED = {
    # A name in GB 2312 whose components each begin with the escape sequence, which pydicom leaves in the text.
    ("chrGB2312.dcm", "PatientName"),
    # A broken sequence spills its items over the data set: KVP stands behind elements with larger tags, and a scan reads no further
    # than the largest tag that was asked for.
    ("FreezePattern.dcm", "KVP"),
}
"""Values that differ from pydicom's, and why."""


def test_packaged_files_are_as_pydicom_reads_them(note: Callable[[str], None]) -> None:
    compared, wrong = _agree(packaged_files())
    note(f"scan: {compared} values of packaged files compared with pydicom, {len(wrong)} differ")
    assert not wrong, "\n".join(wrong)


@pytest.mark.corpus
def test_the_corpus_is_as_pydicom_reads_it(note: Callable[[str], None], corpus_root: Any) -> None:
    del corpus_root
    compared, wrong = _agree(real_files())
    note(f"scan: {compared} values of the corpus compared with pydicom, {len(wrong)} differ")
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
