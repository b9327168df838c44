"""Copies and pickles: by value from memory, by place from a file, in every kind of child process."""

from __future__ import annotations

import copy
import multiprocessing
import os
import pickle
import shutil
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING

import pytest
import radiogram as rg
from pydicom.data import get_testdata_file
from radiogram.errors import (
    DicomError,
    LimitError,
    MalformedError,
    SourceChangedError,
)

from tests import build

if TYPE_CHECKING:
    from pathlib import Path

    from radiogram import Dataset

NESTED = build.file(
    build.element(0x00080005, "CS", "ISO_IR 192")
    + build.sequence(
        0x00081140, build.item(build.element(0x00100010, "PN", "Ä^B".encode()) + build.nested(2))
    )
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give a file larger than its pickle."""
    path = tmp_path / "a.dcm"
    path.write_bytes(NESTED + build.element(0x7FE00010, "OW", bytes(1 << 20)))
    return path


def _bottom(ds: Dataset) -> Dataset:
    return ds.ReferencedImageSequence[0].ReferencedImageSequence[0]


@pytest.mark.parametrize(
    "make", [copy.copy, copy.deepcopy, lambda ds: ds.copy(), lambda ds: pickle.loads(pickle.dumps(ds))]
)
def test_a_copy_is_equal_and_another_object(make: object, path: Path) -> None:
    """Of a root, of an item, of file meta information; with what Python code has put on it."""
    assert callable(make)
    for source in (NESTED, path):
        root = rg.read(source)
        for ds in (root, _bottom(root), root.file_meta):
            ds.note = ["mine"]  # type: ignore[attr-defined]
            made = make(ds)
            assert made == ds
            assert made is not ds
            assert made.note == ["mine"]
            assert made.problems == ds.problems
            assert repr(made) == repr(ds)


def test_deep_copies_copy_what_was_put_on_them() -> None:
    """A shallow copy shares it."""
    ds = rg.read(NESTED)
    ds.note = []  # type: ignore[attr-defined]
    assert copy.copy(ds).note is ds.note  # type: ignore[attr-defined]
    assert copy.deepcopy(ds).note is not ds.note  # type: ignore[attr-defined]


def test_the_deepest_nesting_is_copied() -> None:
    """Without recursion, the innermost item too."""
    ds = rg.read(build.file(build.nested(256)))
    item = ds
    for _ in range(256):
        item = item.ReferencedImageSequence[0]
    for one in (ds, item):
        assert copy.deepcopy(one) == one == pickle.loads(pickle.dumps(one))


def test_options_are_kept() -> None:
    """What was read with options is read again with the same ones."""
    latin = build.file(build.element(0x00100010, "PN", "Ä".encode()) + build.element(0x7FE00010, "OW", b"12"))
    ds = rg.read(latin, charset="ISO_IR 192", stop_before_pixels=True)
    again = pickle.loads(pickle.dumps(ds))
    assert again.PatientName == "Ä"
    assert "PixelData" not in again
    only = pickle.loads(pickle.dumps(rg.read(latin, specific_tags=["PixelData"])))
    assert only.keys() == [0x7FE00010]
    strict = pickle.loads(
        pickle.dumps(rg.read(build.file(build.element(0x00080018, "UI", "no")), strict=True))
    )
    with pytest.raises(DicomError):
        _ = strict.SOPInstanceUID


def test_a_file_is_pickled_by_its_place(path: Path) -> None:
    """Few bytes, until `load` makes it self-contained."""
    ds = rg.read(path)
    assert len(pickle.dumps(ds)) < 1000
    ds.load()
    carried = pickle.dumps(ds)
    assert len(carried) > 1 << 20
    path.unlink()
    assert len(pickle.loads(carried).PixelData) == 1 << 20
    assert len(ds.PixelData) == 1 << 20


def test_a_pickle_of_another_file_is_refused(path: Path) -> None:
    """Changed, replaced or gone: `SourceChangedError`, never other values."""
    carried = pickle.dumps(rg.read(path))
    content = path.read_bytes()
    path.write_bytes(content.replace(b"deep", b"DEEP"))
    with pytest.raises(SourceChangedError):
        pickle.loads(carried)
    path.unlink()
    with pytest.raises(SourceChangedError) as caught:
        pickle.loads(carried)
    assert isinstance(caught.value, OSError)


def test_exceptions_pickle() -> None:
    """With their place, so that they cross from a child process."""
    with pytest.raises(MalformedError) as caught:
        rg.read(
            build.file(build.element(0x00100020, "LO", "1") + build.element(0x00080060, "CS", "CT")),
            strict=True,
        )
    again = pickle.loads(pickle.dumps(caught.value))
    assert (type(again), str(again), again.offset, again.path, again.kind) == (
        type(caught.value),
        str(caught.value),
        caught.value.offset,
        caught.value.path,
        "malformed",
    )


def _look(ds: Dataset) -> tuple[str, int]:
    return str(ds.get("PatientID", "")), os.getpid()


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_children_of_every_kind_read_what_was_sent(method: str, path: Path) -> None:
    """Roots and items, from memory, from a file, loaded."""
    shutil.copy(get_testdata_file("CT_small.dcm"), path.parent / "ct.dcm")
    file = rg.read(path.parent / "ct.dcm")
    item = rg.read(path).ReferencedImageSequence[0].ReferencedImageSequence[0].ReferencedImageSequence[0]
    sent = [file, rg.read(build.file(build.PLAIN)), item, rg.read(path.parent / "ct.dcm").load()]
    context = multiprocessing.get_context(method)
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        back = list(pool.map(_look, sent))
    assert [text for text, _ in back] == ["1CT1", "1", "deep", "1CT1"]
    assert all(pid != os.getpid() for _, pid in back)


def test_a_deep_copy_of_what_was_changed_is_another_dataset() -> None:
    """Elements, lists, items and file meta information; an item that is in two places stays one."""
    ds = rg.read(NESTED)
    inner = rg.Dataset()
    inner.PatientID = "shared"
    ds.ReferencedStudySequence = [inner, inner]
    _bottom(ds).PatientName = "Changed"
    ds.ImageType = ["A", "B"]
    ds.file_meta.ImplementationVersionName = "MINE"
    made = copy.deepcopy(ds)
    assert made == ds
    assert made.file_meta == ds.file_meta
    made.ReferencedStudySequence[0].PatientID = "other"
    made.ImageType[0] = "C"
    made.file_meta.ImplementationVersionName = "YOURS"
    _bottom(made).PatientName = "Again"
    assert made.ReferencedStudySequence[1].PatientID == "other"
    assert (inner.PatientID, ds.ImageType, _bottom(ds).PatientName) == ("shared", ["A", "B"], "Changed")
    assert ds.file_meta.ImplementationVersionName == "MINE"


def test_a_copy_of_what_was_read_is_not_edited() -> None:
    """It has the same file meta information, and goes through a pickle."""
    for made in (copy.copy(rg.read(NESTED)), copy.deepcopy(rg.read(NESTED))):
        assert not made._is_edited
        assert pickle.loads(pickle.dumps(made)) == made
    other = rg.read(NESTED)
    other.file_meta = rg.read(get_testdata_file("CT_small.dcm")).file_meta
    assert other._is_edited
    assert copy.deepcopy(other).file_meta == other.file_meta


def test_an_edited_dataset_is_pickled_with_its_edits() -> None:
    """As the bytes that it would be saved as; an element of it by itself."""
    ds = rg.read(NESTED)
    ds.PatientName = "Changed"
    made = pickle.loads(pickle.dumps(ds))
    assert made == ds
    assert made.PatientName == "Changed"
    assert not made._is_edited
    elem = pickle.loads(pickle.dumps(ds["PatientName"]))
    assert (elem.value, elem) == ("Changed", ds["PatientName"])


def test_nothing_recurses_on_the_depth_of_what_was_changed() -> None:
    """256 levels are copied, compared, printed and walked; a dataset within itself is an error or is cut short."""
    top = bottom = rg.Dataset()
    for _ in range(256):
        inner = rg.Dataset()
        bottom.ReferencedImageSequence = [inner]
        bottom = inner
    bottom.PatientID = "deep"
    made = copy.deepcopy(top)
    assert made == top
    assert repr(made) == repr(top)
    assert [elem.keyword for elem in made.iterall()][-1] == "PatientID"
    bottom.ReferencedImageSequence = [top]
    again = copy.deepcopy(top)
    assert again == top
    assert "…" in repr(again)
    with pytest.raises(LimitError):
        list(top.iterall())


def test_a_pickle_after_saving_onto_its_own_file_has_what_was_read(tmp_path: Path) -> None:
    """The path leads to another file then, even where its bytes are the same."""
    path = tmp_path / "a.dcm"
    shutil.copyfile(get_testdata_file("CT_small.dcm"), path)
    ds = rg.read(path)
    ds.save_as(path)
    again = pickle.loads(pickle.dumps(ds))
    assert again == rg.read(path)
    assert again.PixelData == ds.PixelData
