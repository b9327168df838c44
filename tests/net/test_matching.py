"""Matching of data sets: what was agreed on, together (PS3.4 C.2.2.2, C.5)."""

from __future__ import annotations

from typing import Any

import pytest
import radiogram as rg
from radiogram.net.matching import Matching, matches

EVENING = {"StudyDate": "20200101", "StudyTime": "2330"}


def is_match(query: dict[str, Any], ds: dict[str, Any], **agreed: Any) -> bool:
    return matches(rg.Dataset(query), rg.Dataset(ds), Matching(empty_values=True, **agreed))


@pytest.mark.parametrize("agreed", [{}, {"combined_date_time": True}, {"timezone": 0}])
def test_a_date_or_a_time_without_a_value_is_found_whatever_else_was_agreed_on(
    agreed: dict[str, Any],
) -> None:
    zone = {"TimezoneOffsetFromUTC": "+0100"}
    for keyword, other in (("StudyDate", "StudyTime"), ("StudyTime", "StudyDate")):
        asked = {keyword: '""', **zone}
        assert is_match(asked, {other: EVENING[other]}, **agreed)
        assert is_match(asked, {keyword: "", other: EVENING[other]}, **agreed)
        assert is_match({keyword: '""', other: EVENING[other]}, {other: EVENING[other]}, **agreed)
        assert not is_match(asked, EVENING, **agreed)
    assert not is_match(
        {"StudyDate": "20200102-20200103", "StudyTime": '""'}, {"StudyDate": "20200101"}, **agreed
    )


def test_what_is_matched_stays_as_it_is() -> None:
    query, ds = rg.Dataset({"PatientName": "Ж*"}), rg.Dataset({"SpecificCharacterSet": "ISO_IR 100"})
    ds.PatientName = "Жук"
    assert matches(query, ds)
    assert (ds.SpecificCharacterSet, len(query)) == ("ISO_IR 100", 1)


def test_names_whose_components_are_left_out() -> None:
    for key in ("Doe^*", "*^*", "Doe^*^*=*", "^", "*=*=*"):
        assert is_match({"PatientName": key}, {"PatientName": "Doe"}), key
    for key in ("Doe^?*", "Doe^J*", "Doe^*^M"):
        assert not is_match({"PatientName": key}, {"PatientName": "Doe"}), key
    assert is_match({"PatientName": "*^*"}, {})
    assert is_match({"PatientName": "^^"}, {"PatientName": "Doe^John"})
    assert not is_match({"PatientName": "?^*"}, {})
