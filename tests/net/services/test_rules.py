"""Conditions of what a request owes, where the tables of PS3.4 state them about other elements of the same item."""

from __future__ import annotations

from typing import Any

import pytest
import radiogram as rg
from radiogram.net.services import RefusedError
from radiogram.net.services.rules import check, rules

from .test_mpps import fill

MPPS, LUT = "ModalityPerformedProcedureStep", "PresentationLUT"


def begun(**issuer: object) -> Any:
    """Give a step whose accession number has an issuer."""
    step: Any = fill(MPPS, "N-CREATE")
    step.ScheduledStepAttributesSequence[0].IssuerOfAccessionNumberSequence = [rg.Dataset(issuer)]
    return step


def lut(**attributes: object) -> rg.Dataset:
    return rg.Dataset(attributes)


TABLE = {"LUTDescriptor": [2, 0, 12], "LUTData": b"\0\1\2\3"}


@pytest.mark.parametrize(
    "issuer",
    [
        {"LocalNamespaceEntityID": "HOSPITAL"},
        {"UniversalEntityID": "1.2.3", "UniversalEntityIDType": "ISO"},
        {"LocalNamespaceEntityID": "A", "UniversalEntityID": "1.2.3", "UniversalEntityIDType": "ISO"},
    ],
)
def test_what_is_there_as_its_condition_says_is_taken(issuer: dict[str, str]) -> None:
    check(MPPS, "N-CREATE", begun(**issuer))


@pytest.mark.parametrize(
    ("issuer", "missing"),
    [
        ({}, "LocalNamespaceEntityID"),
        ({"UniversalEntityIDType": "ISO"}, "LocalNamespaceEntityID"),
        ({"UniversalEntityID": None}, "LocalNamespaceEntityID"),
        ({"UniversalEntityID": "1.2.3"}, "UniversalEntityIDType"),
        ({"LocalNamespaceEntityID": "A", "UniversalEntityID": "1.2.3"}, "UniversalEntityIDType"),
    ],
)
def test_what_a_condition_asks_for_is_missed(issuer: dict[str, str], missing: str) -> None:
    """PS3.4 table F.7.2-1: an issuer has a name of either kind, and a universal one its type."""
    with pytest.raises(RefusedError, match=f"{missing} is missing") as raised:
        check(MPPS, "N-CREATE", begun(**issuer))
    assert raised.value.status == 0x0120


def test_a_look_up_table_is_whole_and_stands_for_a_shape() -> None:
    """PS3.4 table H.4-23."""
    check(LUT, "N-CREATE", lut(PresentationLUTShape="IDENTITY"))
    check(LUT, "N-CREATE", lut(PresentationLUTSequence=[rg.Dataset(TABLE)]))
    with pytest.raises(RefusedError, match="PresentationLUT"):
        check(LUT, "N-CREATE", lut())
    with pytest.raises(RefusedError, match="LUTData is missing"):
        check(LUT, "N-CREATE", lut(PresentationLUTSequence=[rg.Dataset({"LUTDescriptor": [2, 0, 12]})]))


def test_sentences_about_the_world_are_not_looked_at() -> None:
    """Whether a character set is used, or images will be made, no table can tell."""
    owed = {rule.path: rule for rule in rules("UnifiedProcedureStep", "N-CREATE")}
    for keyword in ("SpecificCharacterSet", "StudyInstanceUID", "PatientID"):
        assert (owed[keyword].user, owed[keyword].condition) == ("1C", "")
        assert owed[keyword].owed(rg.Dataset()) == "3"
