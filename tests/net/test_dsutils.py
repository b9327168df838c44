"""Data sets as bytes and as lines, by pynetdicom's names, and what else its programs import from modules of it."""

from __future__ import annotations

import io
from typing import Any

import pytest
import radiogram as rg
from radiogram.errors import ArgumentError
from radiogram.net import register_uid, service_class, service_class_n, sop_class
from radiogram.net.dsutils import create_file_meta, decode, encode, pretty_dataset, pretty_element
from radiogram.net.utils import pretty_bytes, set_ae

_HOW = [(True, True, False), (False, True, False), (False, False, False), (False, True, True)]
_FILES = ("CT_small.dcm", "rtplan.dcm", "JPEG2000.dcm", "test-SR.dcm")


@pytest.mark.parametrize("how", _HOW, ids=["implicit", "explicit", "big endian", "deflated"])
def test_what_is_encoded_is_decoded(how: tuple[bool, bool, bool]) -> None:
    ds = rg.Dataset()
    ds.Status, ds.PatientID, ds.Rows = 0xB000, "X", 3
    data = encode(ds, *how)
    assert data is not None
    assert decode(data, *how) == decode(io.BytesIO(data), *how) == ds
    theirs = pytest.importorskip("pynetdicom.dsutils")
    assert encode(ds.to_pydicom(), *how) == data
    assert rg.Dataset.from_pydicom(theirs.decode(io.BytesIO(data), *how)) == ds


@pytest.mark.filterwarnings("ignore")
def test_what_cannot_be_encoded_is_none(caplog: pytest.LogCaptureFixture) -> None:
    """Like pynetdicom's; the log has a line without a value."""
    wrong = pytest.importorskip("pydicom").Dataset()
    wrong.add_new(0x00280010, "US", 70000)
    assert encode(wrong, is_implicit_vr=True, is_little_endian=True) is None
    assert "cannot be encoded" in caplog.text
    assert "70000" not in caplog.text
    with pytest.raises(ArgumentError, match="big endian"):
        encode(rg.Dataset(), is_implicit_vr=True, is_little_endian=False)


@pytest.mark.parametrize("name", _FILES)
def test_lines_are_those_of_pynetdicom(name: str) -> None:
    theirs = pytest.importorskip("pynetdicom.dsutils")
    pydicom = pytest.importorskip("pydicom")
    path = pytest.importorskip("pydicom.data").get_testdata_file(name)
    wanted = theirs.pretty_dataset(pydicom.dcmread(path))
    # Sequences in items are indented here.
    assert [line.strip() for line in pretty_dataset(rg.read(path))] == [line.strip() for line in wanted]


def test_lines_of_deep_and_of_wrong_elements() -> None:
    ds = rg.Dataset()
    for _ in range(3000):
        outer = rg.Dataset()
        outer.ReferencedImageSequence = [ds]
        ds = outer
    assert len(pretty_dataset(ds)) == 6000
    assert "no value available" in pretty_element(rg.DataElement("PatientID", "LO", ""))


def test_file_meta_information_says_who_makes_it() -> None:
    asked: dict[str, Any] = {
        "sop_class_uid": "1.2",
        "sop_instance_uid": "1.3",
        "transfer_syntax": "1.2.840.10008.1.2",
    }
    assert create_file_meta(**asked).ImplementationClassUID == rg.net.PYNETDICOM_IMPLEMENTATION_UID
    meta = create_file_meta(**asked, implementation_uid="1.4", implementation_version="MINE")
    assert (meta.ImplementationClassUID, meta.ImplementationVersionName) == ("1.4", "MINE")
    assert (meta.MediaStorageSOPClassUID, meta.TransferSyntaxUID) == ("1.2", "1.2.840.10008.1.2")


def test_bytes_as_lines_and_titles() -> None:
    assert pretty_bytes(io.BytesIO(bytes(17)))[1:] == ["  00"]
    assert pretty_bytes(bytes(64), max_size=32)[0] == "  Only dumping 32 bytes."
    assert (set_ae(None, "aet"), set_ae("", "aet"), set_ae("ME", "aet")) == (None, "", "ME")
    with pytest.raises(ValueError, match="'aet'"):
        set_ae("   ", "aet", allow_empty=False)
    with pytest.raises(ValueError, match="None"):
        set_ae(None, "aet", allow_none=False)


def test_service_classes_are_those_that_uids_are_registered_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sop_class, "_registered", {})
    names = {**vars(service_class), **vars(service_class_n)}
    found = {name: value for name, value in names.items() if name.endswith("ServiceClass")}
    assert set(found.values()) | {"Media Storage"} == {*sop_class._SERVICES, "Storage"}
    theirs = pytest.importorskip("pynetdicom.service_class")
    assert set(found) >= {name for name in vars(theirs) if name.endswith("ServiceClass")} - {"ServiceClass"}
    register_uid("1.2.826.0.1.3680043.8.498.9", "ThisStorage", service_class.StorageServiceClass)
    assert sop_class.service_of(sop_class.ThisStorage) == "Storage"
    assert isinstance(sop_class.ThisStorage, sop_class.SOPClass)


def test_other_modules_of_pynetdicom_have_what_programs_import() -> None:
    from radiogram.net.association import ServiceUser
    from radiogram.net.transport import AssociationServer, ThreadedAssociationServer

    assert AssociationServer is ThreadedAssociationServer
    assert ServiceUser.__name__ == "ServiceUser"
    assert rg.net.__version__ == rg.__version__
    made = pytest.importorskip("pydicom.uid").generate_uid(prefix=rg.net.PYNETDICOM_UID_PREFIX)
    assert made.is_valid
    assert made.startswith(rg.net.PYNETDICOM_IMPLEMENTATION_UID)
