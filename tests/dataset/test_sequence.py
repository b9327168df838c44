"""Sequences: the same objects each time, as lists are used."""

from __future__ import annotations

import copy
import gc
import weakref

import pytest
import radiogram as rg
from radiogram.errors import NotADatasetError

from tests import build

CONTENT = build.file(
    build.sequence(0x00081140, *[build.item(build.element(0x00081155, "UI", f"1.2.{n}")) for n in range(5)])
)


def test_objects_are_the_same_each_time() -> None:
    """The sequence and each item."""
    ds = rg.read(CONTENT)
    items = ds.ReferencedImageSequence
    assert items is ds["ReferencedImageSequence"].value is ds[0x00081140].value
    assert items[2] is items[2] is list(items)[2] is items[-3]


def test_a_note_on_an_item_is_still_there_after_collecting() -> None:
    """Items are pinned in their parent, and freed with it."""
    ds = rg.read(CONTENT)
    ds.ReferencedImageSequence[1].note = "mine"  # type: ignore[attr-defined]
    gc.collect()
    assert ds.ReferencedImageSequence[1].note == "mine"  # type: ignore[attr-defined]
    item = weakref.ref(ds.ReferencedImageSequence[1])
    del ds
    gc.collect()
    assert item() is None


def test_it_is_a_sequence_of_python() -> None:
    """Length, indices, slices, iteration, membership, reversal."""
    items = rg.read(CONTENT).ReferencedImageSequence
    assert len(items) == 5
    assert [item.ReferencedSOPInstanceUID for item in items] == [f"1.2.{n}" for n in range(5)]
    assert items[1:3] == [items[1], items[2]]
    assert items[::-1] == list(reversed(items))
    assert items[3] in items
    assert items.index(items[3]) == 3
    for wrong in (5, -6, 1 << 70):
        with pytest.raises(IndexError):
            _ = items[wrong]
    assert repr(items) == "<Sequence, length 5>"


def test_an_item_outlives_its_parent() -> None:
    """Who holds an item needs nothing else."""
    item = rg.read(CONTENT).ReferencedImageSequence[4]
    gc.collect()
    assert item.ReferencedSOPInstanceUID == "1.2.4"


def test_empty_sequences_and_items() -> None:
    """No items, and an item without elements."""
    ds = rg.read(build.file(build.sequence(0x00081140) + build.sequence(0x00081199, build.item(b""))))
    assert len(ds.ReferencedImageSequence) == 0
    assert list(ds.ReferencedImageSequence) == []
    assert not ds.ReferencedImageSequence
    assert len(ds.ReferencedSOPSequence[0]) == 0


def test_it_is_changed_as_a_list_is() -> None:
    """Each way, beside a list of the same items."""
    ds = rg.read(CONTENT)
    items, model = ds.ReferencedImageSequence, list(ds.ReferencedImageSequence)
    new = [rg.Dataset() for _ in range(4)]
    for one in (items, model):
        one.append(new[0])
        one.insert(1, new[1])
        one.extend(new[2:])
        del one[0]
        one[2] = new[0]
        one[3:5] = [new[1]]
        one += [new[3]]
        one.reverse()
        one.pop()
        one.pop(0)
        one.remove(one[1])
        one.sort(key=lambda item: item.get("ReferencedSOPInstanceUID", ""))
    assert len(items) == len(model)
    assert all(one is other for one, other in zip(items, model, strict=True))
    assert ds.ReferencedImageSequence is items
    assert ds._is_edited
    items.clear()
    assert len(ds.ReferencedImageSequence) == 0


def test_only_datasets_go_in() -> None:
    """And where one is refused, none does."""
    items = rg.read(CONTENT).ReferencedImageSequence
    inner = rg.Dataset()
    for wrong in (lambda: items.append(3), lambda: items.extend([inner, 3]), lambda: items.extend(inner)):
        with pytest.raises(NotADatasetError):
            wrong()
    with pytest.raises(NotADatasetError):
        items[0] = 3  # type: ignore[assignment]
    with pytest.raises(TypeError):
        rg.Sequence(inner)
    assert len(items) == 5


def test_items_are_shared_until_a_deep_copy() -> None:
    """One dataset in two sequences is one; a deep copy keeps that, and shares nothing else."""
    ds, inner = rg.read(CONTENT), rg.Dataset()
    ds.ReferencedImageSequence.append(inner)
    ds.ReferencedStudySequence = [inner, inner]
    inner.PatientID = "X"
    assert ds.ReferencedStudySequence[1].PatientID == "X"
    made = copy.deepcopy(ds)
    made.ReferencedStudySequence[0].PatientID = "Y"
    assert made.ReferencedImageSequence[5].PatientID == "Y"
    assert inner.PatientID == "X"
    assert copy.copy(ds.ReferencedStudySequence)[0] is inner


def test_the_structure_stays_as_it_was_read_until_it_is_changed() -> None:
    """Changing an item leaves its sequence lazy: its neighbours are not made."""
    ds = rg.read(CONTENT)
    ds.ReferencedImageSequence[1].PatientID = "X"
    assert ds.ReferencedImageSequence._is_read
    assert len(ds.ReferencedImageSequence._pinned()) == 1
    assert copy.deepcopy(ds) == ds
