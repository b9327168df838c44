"""New instances. A dataset of pydicom's stands in for ours, whose editing is tested in its own place."""

from __future__ import annotations

import copy
import io
from typing import Any

import numpy as np
import pydicom
import pytest
import radiogram as rg
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian
from radiogram._tables.modules import MODULES
from radiogram.dataset import new as room
from radiogram.dataset.new import fill
from radiogram.errors import ArgumentError, UnknownKeywordError
from radiogram.uid import UID, CTImageStorage, SecondaryCaptureImageStorage

CT = "CT_small.dcm"


def like(**elements: Any) -> Dataset:
    ds = pydicom.dcmread(get_testdata_file(CT))
    for keyword, value in elements.items():
        setattr(ds, keyword, value)
    return ds


@pytest.mark.parametrize(
    "word",
    ["1.2.840.10008.5.1.4.1.1.2", "CTImageStorage", "CT Image Storage", "ct image storage", CTImageStorage],
)
def test_a_sop_class_by_uid_keyword_or_name(word: str) -> None:
    assert fill(Dataset(), word).SOPClassUID == CTImageStorage


def test_a_private_sop_class() -> None:
    assert fill(Dataset(), "1.2.3.4").SOPClassUID == "1.2.3.4"


@pytest.mark.parametrize(
    "word", ["", "CT", "1.2.840.10008.1.2.1", "ExplicitVRLittleEndian", "1.02", "Patient's Name"]
)
def test_what_is_no_sop_class(word: str) -> None:
    with pytest.raises(ArgumentError, match="no SOP class"):
        fill(Dataset(), word)


def test_uids_are_new_and_the_study_is_the_same() -> None:
    old = like()
    one, other = (fill(Dataset(), CTImageStorage, old) for _ in range(2))
    assert one.StudyInstanceUID == other.StudyInstanceUID == old.StudyInstanceUID
    for keyword in ("SOPInstanceUID", "SeriesInstanceUID"):
        assert len({ds[keyword].value for ds in (old, one, other)}) == 3
        assert UID(one[keyword].value).is_valid
    assert "FrameOfReferenceUID" not in one
    assert "Modality" not in one
    assert fill(Dataset(), CTImageStorage, old, prefix="1.2.3.").SOPInstanceUID.startswith("1.2.3.")


def test_patient_and_study_are_copied_and_nothing_else() -> None:
    old = like(
        PatientComments="A", PatientWeight="70", ClinicalTrialSponsorName="B", TimezoneOffsetFromUTC="+0100"
    )
    old.OtherPatientIDsSequence = [Dataset()]
    old.OtherPatientIDsSequence[0].PatientID = "C"
    made = fill(Dataset(), SecondaryCaptureImageStorage, old)
    for keyword in ("PatientName", "PatientID", "PatientBirthDate", "StudyDate", "StudyTime", "PatientAge"):
        assert made[keyword].value == old[keyword].value, keyword
    assert (made.PatientComments, made.PatientWeight, made.ClinicalTrialSponsorName) == ("A", 70, "B")
    assert made.TimezoneOffsetFromUTC == "+0100"
    allowed = {
        keyword for part in ("patient", "study") for name in room._PARTS[part] for keyword, _ in MODULES[name]
    }
    allowed |= {
        "SpecificCharacterSet",
        "SOPClassUID",
        "SOPInstanceUID",
        "SeriesInstanceUID",
        "SeriesNumber",
        "TimezoneOffsetFromUTC",
    }
    assert set(made.dir()) <= allowed
    assert made.SpecificCharacterSet == "ISO_IR 192"


def test_what_is_copied_is_a_copy() -> None:
    old = like(OtherPatientNames=["A^B", "C^D"])
    old.OtherPatientIDsSequence = [Dataset()]
    old.OtherPatientIDsSequence[0].PatientID = "C"
    kept = copy.deepcopy(old)
    made = fill(Dataset(), CTImageStorage, old)
    made.OtherPatientIDsSequence[0].PatientID = "D"
    made.OtherPatientNames[0] = "E^F"
    assert old == kept


def test_series_frame_of_reference_and_equipment_on_request() -> None:
    old = like(PixelPaddingValue=7, LargestPixelValueInSeries=9)
    parts = ("patient", "study", "series", "frame_of_reference", "equipment")
    made = fill(Dataset(), CTImageStorage, old, copy=parts)
    for keyword in ("SeriesInstanceUID", "FrameOfReferenceUID", "Manufacturer", "Modality", "StationName"):
        assert made[keyword].value == old[keyword].value, keyword
    # They say something of pixels, which are not copied.
    assert "PixelPaddingValue" not in made
    assert "LargestPixelValueInSeries" not in made
    assert "Rows" not in made
    for wrong, words in ((("series",), "copy both"), (("study",), "copy both"), (("pixels",), "some of")):
        with pytest.raises(ArgumentError, match=words):
            fill(Dataset(), CTImageStorage, old, copy=wrong)


def test_what_is_required_and_unknown_is_empty() -> None:
    made = fill(Dataset(), CTImageStorage)
    wanted = {
        "PatientName",
        "PatientID",
        "PatientBirthDate",
        "PatientSex",
        "StudyDate",
        "StudyTime",
        "StudyID",
    }
    wanted |= {"AccessionNumber", "ReferringPhysicianName", "SeriesNumber"}
    assert {element.keyword for element in made if element.VM == 0} == wanted
    assert UID(made.StudyInstanceUID).is_valid
    bare = Dataset()
    bare.PatientID = "X"
    copied = fill(Dataset(), CTImageStorage, bare, copy=("patient", "study", "equipment"))
    assert copied.PatientID == "X"
    assert copied["Manufacturer"].VM == 0
    assert UID(copied.StudyInstanceUID).is_valid


def test_elements_of_the_caller_win() -> None:
    made = fill(
        Dataset(),
        CTImageStorage,
        like(),
        PatientID="Y",
        Modality="CT",
        ContentDate="20240229",
        StudyInstanceUID="1.2",
    )
    assert (made.PatientID, made.Modality, made.ContentDate, made.StudyInstanceUID) == (
        "Y",
        "CT",
        "20240229",
        "1.2",
    )
    with pytest.raises(UnknownKeywordError, match="PatientID"):
        fill(Dataset(), CTImageStorage, PatientId="Y")


@pytest.mark.parametrize("kind", ["?", "u1", "i2", "f4"])
def test_pixels_come_back(kind: str) -> None:
    array = np.arange(30).reshape(2, 3, 5).astype(kind)
    made = fill(Dataset(), SecondaryCaptureImageStorage, like(), pixels=array, Modality="OT")
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    file = io.BytesIO()
    made.save_as(file, enforce_file_format=True)
    assert (pydicom.dcmread(io.BytesIO(file.getvalue())).pixel_array == array).all()
    assert made.NumberOfFrames == 2
    colour = fill(
        Dataset(), SecondaryCaptureImageStorage, pixels=np.zeros((3, 4, 3), "u1"), photometric="RGB", planar=1
    )
    assert (colour.SamplesPerPixel, colour.PlanarConfiguration) == (3, 1)
    with pytest.raises(ArgumentError, match="photometric"):
        fill(Dataset(), SecondaryCaptureImageStorage, pixels=np.zeros((3, 4, 3), "u1"))


def test_the_table_is_of_known_elements_and_names_no_pixels() -> None:
    assert {name for names in room._PARTS.values() for name in names} == set(MODULES)
    assert set(room._ALWAYS) <= set(MODULES)
    keywords = [keyword for rows in MODULES.values() for keyword, _ in rows]
    assert len(keywords) == len(set(keywords)) > 140
    assert all(pydicom.datadict.tag_for_keyword(keyword) for keyword in keywords)
    assert not [keyword for keyword in keywords if "Pixel" in keyword]
    assert {kind for rows in MODULES.values() for _, kind in rows} == {"1", "1C", "2", "2C", "3"}


@pytest.mark.parametrize("sop_class", ["CTImageStorage", "SecondaryCaptureImageStorage"])
@pytest.mark.parametrize("kind", ["?", "u1", "i1", "u2", "i2", "f4", "rgb"])
def test_a_new_instance_is_read_by_pydicom_and_here(sop_class: str, kind: str) -> None:
    """Its pixels, its classes and its patient, and nothing departs from the standard."""
    random = np.random.default_rng(7)
    shape = (6, 5, 3) if kind == "rgb" else (6, 5)
    array = random.integers(0, 2 if kind == "?" else 120, shape).astype("u1" if kind == "rgb" else kind)
    old = rg.read(get_testdata_file(CT))
    ds = rg.Dataset.new(
        sop_class, old, pixels=array, photometric="RGB" if kind == "rgb" else None, Modality="OT"
    )
    content = ds.to_bytes()
    theirs, ours = pydicom.dcmread(io.BytesIO(content)), rg.read(content)
    for read in (theirs, ours):
        assert np.array_equal(read.pixel_array, array)
        assert read.SOPClassUID.keyword == read.file_meta.MediaStorageSOPClassUID.keyword == sop_class
        assert read.file_meta.MediaStorageSOPInstanceUID == read.SOPInstanceUID == ds.SOPInstanceUID
        assert (read.PatientName, read.StudyInstanceUID) == (old.PatientName, old.StudyInstanceUID)
        assert read.SeriesInstanceUID != old.SeriesInstanceUID
    assert ours.check() == ()
    assert pydicom.dcmread(io.BytesIO(content)) == ds.to_pydicom()


def test_new_is_called_on_the_class_or_a_dataset() -> None:
    """And gives the caller's own class."""

    class Mine(rg.Dataset):
        pass

    assert type(Mine.new("CTImageStorage")) is Mine
    made = rg.read(get_testdata_file(CT)).new("CTImageStorage")
    assert (made.SOPClassUID, made["PatientName"].is_empty) == (CTImageStorage, True)
    assert type(room.new("CTImageStorage")) is rg.Dataset


def test_uid_is_a_module_and_a_function() -> None:
    """`rg.uid()` is a new UID, `rg.uid.UID` the class."""
    one, other = rg.uid(), rg.uid("1.2.3.")
    assert isinstance(one, rg.uid.UID)
    assert one.is_valid
    assert one != rg.uid()
    assert other.startswith("1.2.3.")
    assert rg.uid.CTImageStorage == CTImageStorage
