"""Saving: what is asked for by options, and what by attributes of the dataset."""

from __future__ import annotations

import copy
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING

import pydicom
import pytest
import radiogram as rg
from radiogram.errors import ArgumentError, MissingElementError

from tests import build

if TYPE_CHECKING:
    from pathlib import Path

PREAMBLE = bytes(range(128))
CONTENT = PREAMBLE + build.file(build.PLAIN)[128:]


def test_a_preamble_that_was_taken_out_is_not_written() -> None:
    """`del ds.preamble` and `None` alike: zeros are in its place."""
    ds = rg.read(CONTENT)
    del ds.preamble
    assert ds.preamble is None
    assert ds.to_bytes() == bytes(128) + CONTENT[128:]
    ds.preamble = PREAMBLE
    assert ds.to_bytes() == CONTENT
    ds.preamble = None
    assert ds.to_bytes()[:132] == bytes(128) + b"DICM"
    assert rg.read(CONTENT).to_bytes(zero_preamble=True)[:128] == bytes(128)


@pytest.mark.parametrize("missing", ["SOPClassUID", "SOPInstanceUID"])
@pytest.mark.parametrize("how", ["deleted", "empty"])
def test_a_file_of_no_instance_is_refused(missing: str, how: str, tmp_path: Path) -> None:
    """Where a whole file is asked for; pydicom raises an AttributeError too. Otherwise it is written as it is."""
    ds, theirs = rg.Dataset(), pydicom.Dataset()
    for made in (ds, theirs):
        made.SOPClassUID, made.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7", "1.2.3"
        if how == "deleted":
            delattr(made, missing)
        else:
            setattr(made, missing, "")
    path = tmp_path / "a.dcm"
    with pytest.raises(AttributeError):
        theirs.save_as(path, implicit_vr=False, little_endian=True, enforce_file_format=True)
    path.unlink(missing_ok=True)
    for save in (
        lambda: ds.save_as(path, enforce_file_format=True),
        lambda: ds.save_as(path, False),
        lambda: ds.to_bytes(enforce_file_format=True),
        lambda: rg.dcmwrite(path, ds, enforce_file_format=True),
    ):
        with pytest.raises(MissingElementError, match=missing):
            save()
    assert not path.exists()
    ds.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    ds.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    assert ds.to_bytes(enforce_file_format=True)
    del ds.file_meta.MediaStorageSOPInstanceUID
    assert ds.to_bytes()


def test_a_file_says_which_instance_it_is() -> None:
    """PS3.10 7.1: what the file meta information lacks is the data set's, if a whole file is asked for."""
    ds = rg.Dataset()
    ds.SOPClassUID, ds.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7", "1.2.3"
    ds = rg.read(ds.to_bytes())
    for keyword in ("MediaStorageSOPClassUID", "MediaStorageSOPInstanceUID"):
        setattr(ds.file_meta, keyword, None)
    again = rg.read(ds.to_bytes(enforce_file_format=True))
    assert again.file_meta.MediaStorageSOPClassUID == "1.2.840.10008.5.1.4.1.1.7"
    assert again.file_meta.MediaStorageSOPInstanceUID == "1.2.3"
    assert not again.check()
    assert (
        rg.read(ds.to_bytes()).file_meta.MediaStorageSOPInstanceUID is None
        or not ds.file_meta[0x00020003].value
    )


def test_a_name_can_be_given(tmp_path: Path) -> None:
    """As pydicom's datasets take one; copies keep it."""
    path = tmp_path / "a.dcm"
    path.write_bytes(CONTENT)
    ds = rg.read(path)
    assert ds.filename == str(path)
    ds.filename = tmp_path / "b.dcm"
    assert ds.filename == str(tmp_path / "b.dcm") == copy.deepcopy(ds).filename
    ds.filename = None
    assert ds.filename is None
    assert ds.to_bytes() == CONTENT


def test_values_left_in_a_file_outlive_it(tmp_path: Path) -> None:
    """Saved onto its own source, again and again, and edited between: what was never touched is still there."""
    path, samples = tmp_path / "a.dcm", bytes(range(256)) * 1000
    path.write_bytes(build.file(build.PLAIN + build.element(0x7FE00010, "OW", samples)))
    ds, other = rg.read(path), rg.read(path)
    for number in range(5):
        ds.PatientID = f"{number}"
        ds.save_as(path)
        assert rg.read(path).PatientID == f"{number}"
    assert ds.PixelData == rg.read(path).PixelData == samples
    with pytest.raises(rg.errors.SourceChangedError):
        _ = other.PixelData


def test_what_is_no_place_to_write_to() -> None:
    """Neither a path nor a file."""
    with pytest.raises(ArgumentError):
        rg.read(CONTENT).save_as(None)  # type: ignore[arg-type]


def _told(ds: rg.Dataset) -> tuple[str, str, int, bytes]:
    return str(ds.PatientName), ds.ReferencedImageSequence[1].PatientID, len(ds), ds.to_bytes()


@pytest.mark.parametrize("source", ["path", "bytes", "nothing"])
def test_edited_datasets_go_to_other_processes(tmp_path: Path, source: str) -> None:
    """A process that was started anew has what is here, and sends its own edits back."""
    path = tmp_path / "a.dcm"
    path.write_bytes(CONTENT)
    ds = rg.Dataset() if source == "nothing" else rg.read(path if source == "path" else CONTENT)
    ds.SpecificCharacterSet, ds.PatientName = "ISO_IR 192", "王^小東"
    ds.ReferencedImageSequence = [rg.Dataset(), rg.Dataset({"PatientID": "nested"})]
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert pool.submit(_told, ds).result() == _told(ds)
        assert pool.submit(copy.deepcopy, ds).result() == ds
