"""The table of pynetdicom's names is up to date, and whatever is absent has a reason."""

from __future__ import annotations

import csv
import importlib.util
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.peers.net import pynetdicom_names

if TYPE_CHECKING:
    from collections.abc import Callable


def test_table_is_up_to_date(note: Callable[[str], None]) -> None:
    """`python -m tests.peers.net.pynetdicom_names` changes nothing."""
    if not importlib.util.find_spec("pynetdicom"):
        pytest.skip("not installed: pynetdicom")
    import pynetdicom

    stored = pynetdicom_names.TABLE.read_text(encoding="utf-8")
    rows = list(csv.DictReader(stored.splitlines()[1:], delimiter="\t"))
    note(f"names of pynetdicom {pynetdicom.__version__}: {dict(Counter(row['status'] for row in rows))}")
    assert not [row["pynetdicom"] for row in rows if row["status"] == "absent" and not row["reason"]]
    # Made from another version, it says nothing of this one.
    assert f"pynetdicom {pynetdicom.__version__}\n" not in stored or pynetdicom_names.table() == stored
