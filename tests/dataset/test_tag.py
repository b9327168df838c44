"""Tags: every form that they are written in, and what they are compared with."""

from __future__ import annotations

import copy
import pickle

import pydicom.tag
import pytest
from hypothesis import given
from hypothesis import strategies as st
from radiogram import Tag
from radiogram.errors import InvalidValueError, ValueRangeError


@pytest.mark.parametrize(
    "form",
    [
        (0x00100020,),
        (0x0010, 0x0020),
        ((0x0010, 0x0020),),
        ([0x0010, 0x0020],),
        (("0010", "0020"),),
        ("0x0010", "0x0020"),
        ("00100020",),
        ("0x00100020",),
        ("(0010,0020)",),
        ("PatientID",),
        (Tag(0x00100020),),
    ],
)
def test_every_form_is_the_same_tag(form: tuple[object, ...]) -> None:
    """What pydicom's function takes, the class takes."""
    made = Tag(*form)  # type: ignore[arg-type]
    assert made == 0x00100020
    assert (type(made), repr(made), made.group, made.elem) == (Tag, "(0010,0020)", 0x10, 0x20)


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ((0x1_0000_0000,), OverflowError),
        ((-1,), ValueError),
        ((0x1_0000, 0), OverflowError),
        (((0, 0x1_0000),), OverflowError),
        (((1, 2, 3),), ValueError),
        (("NoSuchKeyword",), ValueError),
        (("0010", 0x20), TypeError),
        ((None,), TypeError),
    ],
)
def test_what_is_no_tag_is_refused_as_pydicom_does(form: tuple[object, ...], error: type[Exception]) -> None:
    """The exceptions are those that scripts catch."""
    with pytest.raises(error):
        Tag(*form)  # type: ignore[arg-type]
    with pytest.raises(error):
        pydicom.tag.Tag(*form)


def test_the_exceptions_are_of_the_family() -> None:
    """A number is out of range, a text is no value."""
    with pytest.raises(ValueRangeError):
        Tag(0x1_0000_0000)
    with pytest.raises(InvalidValueError):
        Tag("NoSuchKeyword")


@given(st.integers(0, 0xFFFFFFFF), st.integers(0, 0xFFFF), st.integers(0, 0xFFFF))
def test_comparisons_are_those_of_numbers(number: int, group: int, element: int) -> None:
    """A pair is the tag that it stands for."""
    tag, other = Tag(number), group << 16 | element
    for right in (other, (group, element), Tag(other), f"{other:08X}"):
        assert (tag == right, tag != right) == (number == other, number != other)
        assert (tag < right, tag <= right) == (number < other, number <= other)
        assert (tag > right, tag >= right) == (number > other, number >= other)
    assert hash(tag) == hash(number)


def test_what_is_no_tag_is_not_equal_and_has_no_order() -> None:
    """As with numbers."""
    tag = Tag(0x00100020)
    assert tag != "eggs"
    assert tag != (1, 2, 3)
    assert tag != None  # noqa: E711  # the operator is what is tested
    with pytest.raises(TypeError):
        _ = tag < "eggs"
    with pytest.raises(TypeError):
        _ = tag > None


def test_the_creator_of_a_private_element() -> None:
    """PS3.5 7.8.1: the block number names it."""
    assert Tag(0x00091234).private_creator == (0x0009, 0x0012)
    assert Tag(0x00090012).is_private_creator


def test_tags_go_through_pickle_and_copy() -> None:
    """The class stays."""
    tag = Tag("PatientID")
    for other in (pickle.loads(pickle.dumps(tag)), copy.copy(tag), copy.deepcopy(tag)):
        assert (other, type(other)) == (tag, Tag)
