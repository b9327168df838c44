"""Sequences: the same objects each time, as lists are used."""

from __future__ import annotations

import gc
import weakref

import pytest
import radiogram as rg

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
