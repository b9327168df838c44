"""Statuses in words."""

from __future__ import annotations

import pytest
from radiogram.errors import ArgumentError
from radiogram.net import status


@pytest.mark.parametrize(
    ("code", "service", "sop_class", "category", "words"),
    [
        (0x0000, None, None, "Success", "Success"),
        (0xA700, "C-STORE", None, "Failure", "Out of Resources"),
        (0xA77F, "C-STORE", None, "Failure", "Out of Resources"),
        (0xA801, "C-MOVE", None, "Failure", "Move Destination unknown"),
        (0xFE00, "C-FIND", None, "Cancel", "Cancel request"),
        (0xC307, "N-ACTION", "UnifiedProcedureStepPush", "Failure", ""),
        (0xC616, "N-CREATE", "BasicFilmBox", "Failure", "Film Box"),
        (0xC616, "N-CREATE", None, "Failure", ""),
        (0x0122, "N-GET", None, "Failure", "SOP Class not supported"),
        (0x1234, "C-STORE", None, "Unknown", ""),
    ],
)
def test_a_status_is_explained_by_its_service(
    code: int, service: str, sop_class: str, category: str, words: str
) -> None:
    found = status.explain(code, service, sop_class)
    assert found.category == category
    assert words in found.description


def test_the_nearest_row_wins() -> None:
    """A code of the service comes before the general one, one of the class before both."""
    general, of_service = status.explain(0x0000), status.explain(0x0000, "C-MOVE")
    assert general.description != of_service.description
    of_class = status.explain(0x0000, "N-CREATE", "BasicFilmBox")
    assert of_class.description == "Film Box successfully created"
    assert status.explain(0x0000, "N-CREATE", "1.2.840.10008.5.1.1.2") == of_class


def test_every_code_has_a_category() -> None:
    categories = {status.explain(code, "C-STORE").category for code in range(0x10000)}
    assert categories == {"Success", "Pending", "Cancel", "Warning", "Failure", "Unknown"}


def test_tables_and_categories_are_pynetdicoms() -> None:
    theirs = pytest.importorskip("pynetdicom.status")
    for code in range(0, 0x10000, 7):
        assert status.code_to_category(code) == theirs.code_to_category(code), hex(code)
    for name in ("STORAGE", "QR_FIND", "QR_MOVE", "QR_GET"):
        table = f"{name}_SERVICE_CLASS_STATUS"
        ours, other = getattr(status, table), getattr(theirs, table)
        for code, (category, _) in other.items():
            if code in ours:
                assert ours[code][0] == category, (table, hex(code))
    assert {name for name in theirs.__all__ if name.endswith("STATUS")} <= set(dir(status))


def test_a_status_is_a_data_set() -> None:
    assert status.code_to_status(0xA700).Status == 0xA700
    for wrong in (-1, "0"):
        with pytest.raises(ArgumentError):
            status.code_to_status(wrong)  # type: ignore[arg-type]


def test_names_of_statuses() -> None:
    status.Status.add("UNABLE_TO_PROCESS", 0xC000)
    assert status.Status.UNABLE_TO_PROCESS == 0xC000  # type: ignore[attr-defined]
    assert status.Status(0xFF00) is status.Status.PENDING
