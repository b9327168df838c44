"""Equality: the same elements with the same values, at any depth."""

from __future__ import annotations

import copy
import struct

import pytest
import radiogram as rg
from pydicom.data import get_testdata_file

from tests import build

NAN = build.element(0x00189087, "FD", struct.pack("<d", float("nan")))


def test_the_same_file_read_twice_is_equal() -> None:
    """From memory, from a path, in another encoding of the same values."""
    content = build.file(build.PLAIN)
    assert rg.read(content) == rg.read(content)
    assert rg.read(get_testdata_file("rtplan.dcm")) == rg.read(get_testdata_file("rtplan.dcm"))
    implicit = build.implicit(0x00080060, "CT") + build.implicit(0x00100020, "1")
    explicit = build.element(0x00080060, "CS", "CT") + build.element(0x00100020, "LO", "1")
    assert rg.read(build.file(implicit, build.IMPLICIT)) == rg.read(build.file(explicit))


@pytest.mark.parametrize(
    "other",
    [
        build.element(0x00100020, "LO", "2"),
        build.element(0x00100020, "SH", "1"),
        build.element(0x00100021, "LO", "1"),
        build.element(0x00100020, "LO", "1\\1"),
        build.element(0x00100020, "LO", "1") + build.element(0x00100040, "CS", "O"),
        b"",
    ],
)
def test_one_difference_is_enough(other: bytes) -> None:
    """A value, a VR, a tag, a count, one more, none."""
    one = build.element(0x00100020, "LO", "1")
    assert rg.read(build.file(one)) != rg.read(build.file(other))
    first, second = (
        rg.read(build.file(build.sequence(0x00081140, build.item(content)))) for content in (one, other)
    )
    assert first != second
    assert first[0x00081140] != second[0x00081140]


def test_numbers_of_items_count() -> None:
    """Two empty items are not one."""
    one, two = (rg.read(build.file(build.sequence(0x00081140, *[build.item(b"")] * n))) for n in (1, 2))
    assert one != two
    assert one.ReferencedImageSequence != two.ReferencedImageSequence
    assert one.ReferencedImageSequence == list(two.ReferencedImageSequence)[:1]


def test_nan_equals_nan_in_the_same_place() -> None:
    """So that a dataset equals its copy."""
    content = build.file(NAN + build.element(0x00189089, "FD", struct.pack("<3d", 1, float("nan"), 3)))
    ds = rg.read(content)
    assert ds == rg.read(content) == copy.deepcopy(ds)
    assert ds[0x00189087] == rg.read(content)[0x00189087]
    assert ds != rg.read(build.file(NAN))


def test_other_kinds_of_objects_are_not_equal() -> None:
    """And datasets, elements and sequences have no hash: their values may change one day."""
    ds = rg.read(build.file(build.sequence(0x00081140, build.item(b""))))
    elem = ds[0x00081140]
    assert ds != 1
    assert elem != 1
    assert elem.value != 1
    for one in (ds, elem, elem.value):
        with pytest.raises(TypeError, match="unhashable"):
            hash(one)


def test_the_deepest_nesting_is_compared() -> None:
    """Without recursion."""
    content = build.file(build.nested(256))
    assert rg.read(content) == rg.read(content)
    assert rg.read(content) != rg.read(content.replace(b"deep", b"DEEP"))
