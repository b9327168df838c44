"""Private blocks, against pydicom's."""

from __future__ import annotations

import pydicom
import pytest
import radiogram as rg
from pydicom.data import get_testdata_file
from radiogram.errors import ArgumentError, UnknownTagError

from tests import build

CT = get_testdata_file("CT_small.dcm")


def test_blocks_are_pydicoms() -> None:
    """Each creator of a real file: the same block, the same elements."""
    ds, theirs = rg.read(CT), pydicom.dcmread(CT)
    found = 0
    for group in sorted({elem.tag >> 16 for elem in ds if elem.is_private}):
        assert ds.private_creators(group) == theirs.private_creators(group)
        for creator in ds.private_creators(group):
            ours, block = ds.private_block(group, creator), theirs.private_block(group, creator)
            for offset in range(256):
                assert (offset in ours) == (offset in block)
                if offset in ours:
                    assert ours[offset].tag == block[offset].tag == ours.get_tag(offset)
                    assert ours[offset].private_creator == creator
                    found += 1
    assert found > 10


def test_two_blocks_of_one_group() -> None:
    """A creator's elements are found wherever its block lies."""
    content = build.file(
        build.element(0x00290010, "LO", "A")
        + build.element(0x00290011, "LO", "B")
        + build.element(0x00291001, "LO", "of A")
        + build.element(0x00291101, "LO", "of B")
    )
    ds = rg.read(content)
    assert ds.private_block(0x0029, "B")[1].value == "of B"
    assert ds[0x00291001].private_creator == "A"
    assert ds.private_creators(0x0029) == ["A", "B"]


def test_what_is_not_there() -> None:
    """No creator, no element, an even group, an offset that is none, a block to be made."""
    ds = rg.read(CT)
    with pytest.raises(UnknownTagError):
        ds.private_block(0x0009, "NOBODY")
    block = ds.private_block(0x0009, "GEMS_IDEN_01")
    with pytest.raises(UnknownTagError):
        _ = block[0x77]
    for wrong in (-1, 256):
        with pytest.raises(ArgumentError):
            block.get_tag(wrong)
    with pytest.raises(ArgumentError):
        ds.private_block(0x0010, "X")
    with pytest.raises(ArgumentError):
        ds.private_creators(0x0010)
