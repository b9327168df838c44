"""Drafts: what is to be written of an edited dataset, and nothing that was not changed."""

from __future__ import annotations

import numpy as np
import pytest
import radiogram as rg
from radiogram.errors import InvalidValueError, LimitError

from tests import build
from tests.build import element, item, sequence

CONTENT = build.file(
    element(0x00080008, "CS", "ORIGINAL\\PRIMARY")
    + sequence(0x00081140, item(element(0x00081155, "UI", "1.2.3")), item(build.nested(2)))
    + element(0x00100010, "PN", "Doe^Jane")
    + element(0x00280030, "DS", "0.50\\1.0")
    + element(0x7FE00010, "OW", b"\1\0\2\0")
)


@pytest.fixture
def ds() -> rg.Dataset:
    return rg.read(CONTENT)


def drafted(ds: rg.Dataset) -> dict[str, str]:
    return dict(ds._drafted()[0])


def test_what_was_read_has_an_empty_draft(ds: rg.Dataset) -> None:
    """Touched or not."""
    for elem in ds.iterall():
        _ = elem.value
    assert not ds._is_edited
    assert ds._drafted() == ([], [])


def test_each_change_is_in_it(ds: rg.Dataset) -> None:
    """At any depth; the ways down are in it too, and their neighbours are not."""
    ds.ReferencedImageSequence[1].ReferencedImageSequence[0].PatientID = "X"
    ds.ImageType[1] = "DERIVED"
    del ds.PatientName
    ds.Rows = 3
    ds.file_meta.ImplementationVersionName = "MINE"
    assert drafted(ds) == {
        "(0008,0008)": "CS text ORIGINAL\\DERIVED",
        "(0008,1140)": "2 items",
        "(0008,1140)[1].(0008,1140)": "1 items",
        "(0008,1140)[1].(0008,1140)[0].(0010,0020)": "LO text X",
        "(0010,0010)": "remove",
        "(0028,0010)": "US integers [3]",
    }
    assert ds._drafted()[1] == [("(0002,0013)", "SH text MINE")]


def test_a_change_that_was_taken_back_is_not_in_it(ds: rg.Dataset) -> None:
    """The element itself, put where it was."""
    gone = ds.pop("PatientName")
    ds["PatientName"] = gone
    ds.Rows = 3
    del ds.Rows
    assert not ds._is_edited
    assert drafted(ds) == {}


def test_values_are_what_the_vr_stores(ds: rg.Dataset) -> None:
    """Numbers keep their text where they have one."""
    made = rg.Dataset()
    made.PixelSpacing = ["0.50", 1 / 3]
    made.InstanceNumber = "007"
    made.PatientName = "Yamada^Tarou=山田"
    made.StudyDate = ""
    made.PatientWeight = None
    made.OtherPatientNames = ["A", "B"]
    made.RecommendedDisplayFrameRateInFloat = 1
    made.FrameIncrementPointer = 0x00181063
    made.PixelData = np.array([1, 2], "u2")
    made.SmallestImagePixelValue = -4
    made["PixelSpacing"].value.append(ds.PixelSpacing[0])
    assert drafted(made)["(0028,0030)"] == "DS text 0.50\\0.33333333333333\\0.50"
    assert drafted(made)["(0020,0013)"] == "IS text 007"
    assert drafted(made)["(0010,0010)"] == "PN text Yamada^Tarou=山田"
    assert drafted(made)["(0008,0020)"] == "DA empty"
    assert drafted(made)["(0010,1030)"] == "DS empty"
    assert drafted(made)["(0010,1001)"] == "PN text A\\B"
    assert drafted(made)["(0008,9459)"] == "FL floats [1.0]"
    assert drafted(made)["(0028,0009)"] == "AT integers [1577059]"
    assert drafted(made)["(7FE0,0010)"] == "OB or OW 4 bytes"
    assert drafted(made)["(0028,0106)"] == "US or SS integers [-4]"


def test_elements_of_another_dataset_bring_their_bytes(ds: rg.Dataset) -> None:
    """Blocks, text in its own character set, sequences with what was changed in them."""
    other = rg.Dataset()
    for key in ("PixelData", "PatientName", "ReferencedImageSequence"):
        other[key] = ds[key]
    ds.ReferencedImageSequence[0].PatientID = "X"
    assert drafted(other) == {
        "(0008,1140)": "2 items",
        "(0008,1140)[0].(0010,0020)": "LO text X",
        "(0010,0010)": "PN text Doe^Jane",
        "(7FE0,0010)": "OW 4 bytes",
    }
    assert drafted(ds) == {"(0008,1140)": "2 items", "(0008,1140)[0].(0010,0020)": "LO text X"}


def test_slices_and_copies_have_what_was_changed_in_the_whole(ds: rg.Dataset) -> None:
    """Their elements are the same."""
    part, copied = ds[0x00100000:], ds.copy()
    ds.PatientName = "Shared"
    for one in (part, copied):
        assert one._is_edited
        assert drafted(one) == {"(0010,0010)": "PN text Shared"}
    del part.PatientName
    assert drafted(part) == {"(0010,0010)": "remove"}


def test_values_that_do_not_fit_say_where(ds: rg.Dataset) -> None:
    """The path of the element, and never the value."""
    ds.ReferencedImageSequence[1].Rows = 3
    ds.ReferencedImageSequence[1]["Rows"].VR = "OB"
    with pytest.raises(InvalidValueError, match="not bytes") as caught:
        ds._drafted()
    assert caught.value.path == "(0008,1140)[1].(0028,0010)"
    other = rg.Dataset({"PatientID": "secret"})
    other["PatientID"].VR = "US"
    with pytest.raises(InvalidValueError) as caught:
        other._drafted()
    assert caught.value.path == "(0010,0020)"
    assert "secret" not in str(caught.value)
    with pytest.raises(InvalidValueError) as caught:
        other.add_new("Rows", "US", "secret")
    assert "secret" not in str(caught.value)


def test_cycles_and_depth_are_bounded(ds: rg.Dataset) -> None:
    """256 levels are well, more are not, and a dataset within itself is endlessly many."""
    top = bottom = rg.Dataset()
    for _ in range(256):
        inner = rg.Dataset()
        bottom.ReferencedImageSequence = [inner]
        bottom = inner
    assert len(drafted(top)) == 256
    bottom.ReferencedImageSequence = [rg.Dataset()]
    with pytest.raises(LimitError):
        top._drafted()
    ds.ReferencedImageSequence.append(ds)
    assert ds._is_edited
    with pytest.raises(LimitError):
        ds._drafted()
