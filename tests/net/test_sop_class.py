"""SOP classes by keyword and by service class."""

from __future__ import annotations

import pytest
from radiogram import _core
from radiogram.errors import ArgumentError
from radiogram.net import sop_class


def test_every_sop_class_of_the_register_is_a_name() -> None:
    rows = [row for keyword in _core.uid_keywords() if (row := _core.uid_by_keyword(keyword))]
    classes = [row for row in rows if row[3] in {"SOP Class", "Meta SOP Class"}]
    assert len(classes) > 300
    assert all(getattr(sop_class, row[2]) == row[0] for row in classes)
    assert {row[2] for row in classes} <= set(dir(sop_class))


def test_what_is_no_sop_class_is_no_name() -> None:
    for name in ("ImplicitVRLittleEndian", "NoSuchStorage", "_hidden"):
        with pytest.raises(AttributeError):
            getattr(sop_class, name)


def test_services_have_the_classes_that_pynetdicom_gives_them() -> None:
    theirs = pytest.importorskip("pynetdicom.sop_class")
    pairs = {
        "_QR_CLASSES": "Query/Retrieve",
        "_STORAGE_CLASSES": "Storage",
        "_PRINT_MANAGEMENT_CLASSES": "Print Management",
        "_UNIFIED_PROCEDURE_STEP_CLASSES": "Unified Procedure Step",
        "_NON_PATIENT_OBJECT_CLASSES": "Non-Patient Object Storage",
        "_IMPLANT_TEMPLATE_CLASSES": "Implant Template Query/Retrieve",
        "_PROCEDURE_STEP_CLASSES": "Modality Performed Procedure Step",
        "_APPLICATION_EVENT_CLASSES": "Application Event Logging",
        "_SUBSTANCE_ADMINISTRATION_CLASSES": "Substance Administration Query",
        "_RELEVANT_PATIENT_QUERY_CLASSES": "Relevant Patient Information Query",
        "_RT_MACHINE_VERIFICATION_CLASSES": "RT Machine Verification",
        "_INVENTORY_CLASSES": "Inventory Query/Retrieve",
    }
    for table, service in pairs.items():
        assert set(sop_class.uids_of(service)) >= set(getattr(theirs, table).values()), service
        assert all(getattr(sop_class, name) == uid for name, uid in getattr(theirs, table).items())


def test_a_class_knows_its_service() -> None:
    assert sop_class.service_of(sop_class.CTImageStorage) == "Storage"
    assert sop_class.service_of(sop_class.HangingProtocolStorage) == "Non-Patient Object Storage"
    assert sop_class.service_of("1.2.3") == ""
    with pytest.raises(ArgumentError):
        sop_class.uids_of("Teleportation")


def test_a_private_class_is_registered() -> None:
    sop_class.register_uid("1.2.826.0.1.3680043.8.498.77", "PrivateTestStorage")
    assert sop_class.PrivateTestStorage == "1.2.826.0.1.3680043.8.498.77"
    assert sop_class.service_of("1.2.826.0.1.3680043.8.498.77") == "Storage"
    for keyword in ("class", "not a name"):
        with pytest.raises(ArgumentError):
            sop_class.register_uid("1.2.3", keyword)


def test_a_star_gives_every_class() -> None:
    given: dict[str, object] = {}
    exec("from radiogram.net.sop_class import *", given)  # nowhere else can a star stand
    assert given["CTImageStorage"] == "1.2.840.10008.5.1.4.1.1.2"
    assert {"uid_to_service_class", "register_uid", "ColorPaletteInformationModelFind"} <= set(given)
    assert {name for name in given if not name[0].isupper() and name != "__builtins__"} <= {
        *("register_uid", "service_of", "uid_to_service_class", "uid_to_sop_class", "uids_of")
    }
    assert sop_class.uid_to_service_class("1.2.840.10008.5.1.1.16") == "Print Management"
