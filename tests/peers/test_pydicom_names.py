"""The table of pydicom's names is up to date, and whatever is absent or differs has a reason."""

from __future__ import annotations

import csv
from collections import Counter
from typing import TYPE_CHECKING

import pydicom
import pytest

from tests.peers import pydicom_names

if TYPE_CHECKING:
    from collections.abc import Callable


def test_table_is_up_to_date(note: Callable[[str], None]) -> None:
    """`python -m tests.peers.pydicom_names` changes nothing."""
    stored = pydicom_names.TABLE.read_text(encoding="utf-8")
    if f"pydicom {pydicom.__version__}\n" not in stored:
        pytest.skip("the table was made from another version of pydicom")
    made = pydicom_names.table()
    rows = list(csv.DictReader(made.splitlines()[1:], delimiter="\t"))
    note(f"names of pydicom {pydicom.__version__}: {dict(Counter(row['status'] for row in rows))}")
    assert made == stored


def test_each_name_that_is_not_the_same_has_a_reason() -> None:
    """Nothing is left out without a word."""
    without = [
        name
        for name, theirs in pydicom_names.public_names()
        if (made := pydicom_names.row(name, theirs))[2] != "same" and not made[3]
    ]
    assert not without


def test_the_rules_name_what_exists() -> None:
    """Each place, difference and reason is about a name that pydicom has."""
    names = {name for name, _ in pydicom_names.public_names()} | {
        "pydicom",
        "pydicom.datadict",
        "pydicom.errors",
        "pydicom.uid",
    }
    assert not set(pydicom_names.DIFFERS) - names
    assert not set(pydicom_names.PLACES) - names
    assert not [rule for rule in pydicom_names.ABSENT if not any(name.startswith(rule) for name in names)]
