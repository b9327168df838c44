"""Lists of values, against pydicom's class and a plain list."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import MutableSequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.multival import MultiValue as Theirs
from pydicom.valuerep import DSfloat as TheirDSfloat
from radiogram.values import DSfloat, MultiValue

WRITES = st.one_of(
    st.tuples(st.just("append"), st.integers()),
    st.tuples(st.just("extend"), st.lists(st.integers(), max_size=3)),
    st.tuples(st.just("insert"), st.integers(-3, 3), st.integers()),
    st.tuples(st.just("pop")),
    st.tuples(st.just("pop"), st.integers(-2, 2)),
    st.tuples(st.just("remove"), st.integers(0, 3)),
    st.tuples(st.just("reverse")),
    st.tuples(st.just("clear")),
    st.tuples(st.just("sort")),
    st.tuples(st.just("__setitem__"), st.integers(-2, 2), st.integers()),
    st.tuples(st.just("__setitem__"), st.just(slice(0, 2)), st.lists(st.integers(), max_size=3)),
    st.tuples(st.just("__delitem__"), st.integers(-2, 2)),
    st.tuples(st.just("__iadd__"), st.lists(st.integers(), max_size=3)),
)


def attempt(values: MutableSequence[int], name: str, *arguments: Any) -> Any:
    """Carry out one write; the class of its error where it has one."""
    try:
        result = getattr(values, name)(*arguments)
    except (IndexError, ValueError) as error:
        return type(error)
    return None if result is values else result


@given(st.lists(st.integers(0, 3), max_size=4), st.lists(WRITES, max_size=8))
def test_writes_do_what_they_do_to_pydicoms_and_tell_the_owner(
    start: list[int], writes: list[tuple[Any, ...]]
) -> None:
    ours, theirs = MultiValue(int, start), Theirs(int, start)
    told: list[list[int]] = []
    ours.owner = lambda values: told.append(list(values))
    for name, *arguments in writes:
        before = len(told)
        outcome = attempt(ours, name, *arguments)
        assert outcome == attempt(theirs, name, *arguments)
        assert ours == list(theirs)
        assert (str(ours), repr(ours)) == (str(theirs), repr(theirs) or "[]")
        assert len(told) == before + (outcome not in (IndexError, ValueError))
        assert not told or told[-1] == ours


def test_items_go_through_the_constructor() -> None:
    ours, theirs = MultiValue(DSfloat, ["1", "2.50"]), Theirs(TheirDSfloat, ["1", "2.50"])
    assert str(ours) == str(theirs) == "[1, 2.50]"
    ours[0] = "3.0"
    ours += ["4"]
    ours[1:2] = ["7", "8"]
    assert repr(ours) == "[3.0, 7, 8, 4]"
    assert all(type(item) is DSfloat for item in ours)
    with pytest.raises(ValueError, match="could not convert"):
        ours.extend(["5", "x"])
    assert len(ours) == 4
    assert str(MultiValue(str, ["a", "b"])) == str(Theirs(str, ["a", "b"])) == "['a', 'b']"


def test_it_is_a_list() -> None:
    values = MultiValue(int, [1, 2, 3])
    assert isinstance(values, MutableSequence)
    assert type(values[:2]) is list
    assert values == [1, 2, 3]
    assert values != (1, 2, 3)
    assert json.dumps(values) == "[1, 2, 3]"
    values *= 2
    assert (values.count(1), values.index(2)) == (2, 1)
    with pytest.raises(TypeError, match="unhashable"):
        hash(values)


def test_copies_have_no_owner() -> None:
    values = MultiValue(int, [1, 2])
    values.owner = lambda _: pytest.fail("a copy told the owner of its original")
    twins = [pickle.loads(pickle.dumps(values, protocol)) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)]
    for twin in (*twins, copy.copy(values), copy.deepcopy(values), values.copy()):
        assert twin == [1, 2]
        twin.append("3")
        assert twin == [1, 2, 3]
        assert twin.owner is None


def test_the_reader_makes_one_without_the_constructor() -> None:
    values: MultiValue[int] = list.__new__(MultiValue)
    list.extend(values, [1, 2])
    values.append(3)
    assert repr(values) == "[1, 2, 3]"
    assert copy.deepcopy(values) == values
