"""What inventories list, of which scope (PS3.4 KK, PS3.3 C.38)."""

from __future__ import annotations

from typing import Any

import pytest
import radiogram as rg
from hypothesis import given
from hypothesis import strategies as st
from radiogram.net.matching import Matching
from radiogram.net.services import (
    RefusedError,
    inventory,
)
from radiogram.net.services.inventory import Inventory, Scope, record_of, scope_of

from .fakes import Repository
from .test_repository import Ordered


def test_a_scope_goes_there_and_back() -> None:
    keys = rg.Dataset(
        {
            "PatientName": "DOE*",
            "StudyDate": "20200101-20201231",
            "StudyTime": "-12",
            "StudyInstanceUID": ["1.2", "1.3"],
            "AccessionNumber": '""',
            "StudyID": None,
        }
    )
    item = scope_of(keys)
    assert [one.get("StudyTime") for one in item.RangeMatchingSequence] == [None, "12"]
    assert [one.StudyInstanceUID for one in item.ListOfUIDMatchingSequence] == ["1.2", "1.3"]
    scope = Scope.of([item])
    del keys.StudyID
    assert scope.query == keys
    assert scope.agreed == Matching(empty_values=True)
    assert Scope.of([]).query == rg.Dataset()


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("20200101120000-0500", None),
        ("2020-0500", None),
        ("20200101120000.5+0100", None),
        ("2020-2021", ("2020", "2021")),
        ("20200101-0500-", ("20200101-0500", None)),
        ("-20200101-0500", (None, "20200101-0500")),
        ("20200101-0500-20200201-0430", ("20200101-0500", "20200201-0430")),
        ("20200101+0100 - 202002", ("20200101+0100", "202002")),
    ],
)
def test_a_moment_west_of_greenwich_is_no_range(
    text: str, ends: tuple[str | None, str | None] | None
) -> None:
    item = scope_of(rg.Dataset({"AcquisitionDateTime": text}))
    found = [one.AcquisitionDateTime for one in item.get("RangeMatchingSequence") or ()]
    assert (tuple(found) or None) == ends
    assert Scope.of([item], timezone=0).query.get("AcquisitionDateTime") in (text.replace(" ", ""), None)


@given(
    dates=st.sampled_from([None, "20200101", "20200101-", "-20201231", "20200101-20201231", '""']),
    times=st.sampled_from([None, "10", "10-", "-1200", "1000-1830.5"]),
    uids=st.sampled_from([None, "1.2", ["1.2", "1.3"], ["1.2", "1.3", "1.4"]]),
    name=st.sampled_from([None, "DOE^J*", "?", '""']),
    timezone=st.sampled_from(["", "+0100", "-1130"]),
    level=st.sampled_from(["", "STUDY", "SERIES", "IMAGE"]),
)
def test_every_scope_goes_there_and_back(
    dates: str | None, times: str | None, uids: Any, name: str | None, timezone: str, level: str
) -> None:
    keys = {"StudyDate": dates, "StudyTime": times, "StudyInstanceUID": uids, "PatientName": name}
    keys = {keyword: value for keyword, value in keys.items() if value is not None}
    item = scope_of(rg.Dataset(keys), level=level, timezone=timezone)
    # As it goes over the network.
    sent = rg.Dataset({"ScopeOfInventorySequence": [item]}).to_bytes()
    scope = Scope.of(rg.read(sent, force=True).ScopeOfInventorySequence, timezone=0)
    expected = rg.Dataset({**keys, **({"TimezoneOffsetFromUTC": timezone} if timezone else {})})
    assert scope.query == expected
    assert scope.level == (level or "STUDY")
    assert scope.agreed == Matching(empty_values='""' in (dates, name), timezone=0 if timezone else None)


@pytest.mark.parametrize(
    "item",
    [
        {"ExtendedMatchingMechanisms": ["RELATIONAL", "SORCERY"], "QueryRetrieveLevel": "SERIES"},
        {"ExtendedMatchingMechanisms": "RELATIONAL", "QueryRetrieveLevel": "PLANET"},
        {"RangeMatchingSequence": [rg.Dataset({"StudyDate": "2020"})]},
    ],
)
def test_a_scope_that_is_not_understood_is_refused(item: dict[str, Any]) -> None:
    with pytest.raises(RefusedError) as refused:
        Scope.of([rg.Dataset(item)])
    assert refused.value.status == 0x0212


def test_which_studies_a_scope_means() -> None:
    def found(keys: dict[str, Any], **more: str) -> list[str]:
        scope = Scope.of([scope_of(rg.Dataset(keys), **more)])
        return [str(ds.StudyInstanceUID) for ds in scope.studies(Repository())]

    assert found({}) == ["1.1", "1.2", "1.3"]
    assert found({"StudyDate": "20200102-"}) == ["1.2", "1.3"]
    assert found({"StudyInstanceUID": ["1.3", "1.1"], "PatientID": "P*"}) == ["1.1", "1.3"]
    assert found({"Modality": "SR", "PatientID": "P2"}, level="SERIES") == ["1.2"]
    assert found({"Modality": "MR"}, level="SERIES") == []
    assert Scope.of([scope_of(rg.Dataset({"Modality": "MR"}))]).unsupported == ("Modality",)


def test_a_store_is_asked_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """No cursor stays open while production is paused."""
    monkeypatch.setattr(inventory, "_PAGE", 2)
    store = Ordered([f"1.2.{number}" for number in range(5)])
    found = [str(ds.StudyInstanceUID) for ds in Scope.of([]).studies(store)]
    assert found == sorted(store.uids)
    assert store.asked == ["", "1.2.1", "1.2.3"]


def test_records_go_down_to_the_level() -> None:
    study = Repository().all[0]
    assert "InventoriedSeriesSequence" not in record_of(Repository(), "STUDY", study, "STUDY")
    record = record_of(Repository(), "STUDY", study, "INSTANCE")
    assert [one.Modality for one in record.InventoriedSeriesSequence] == ["CT", "SR"]
    below = record.InventoriedSeriesSequence[1].InventoriedInstancesSequence
    assert [str(one.SOPInstanceUID) for one in below] == ["1.1.2.1", "1.1.2.2"]
    assert record.ItemInventoryDateTime
    assert "StudyUpdateDateTime" in record, "what is owed is there, also without a value"


def test_a_long_inventory_is_several_instances() -> None:
    made = Inventory("STUDY", most=2)
    full = [one for n in range(5) if (one := made.add(rg.Dataset({"StudyInstanceUID": f"1.{n}"})))]
    root = made.root("COMPLETE")
    assert [one.NumberOfStudyRecordsInInstance for one in full] == [2, 2]
    assert (root.NumberOfStudyRecordsInInstance, root.TotalNumberOfStudyRecords) == (1, 5)
    below = [str(one.ReferencedSOPInstanceUID) for one in root.IncorporatedInventoryInstanceSequence]
    assert below == [str(one.SOPInstanceUID) for one in full]
    again = rg.read(root.to_bytes())
    assert again.InventoriedStudiesSequence[0].StudyInstanceUID == "1.4"
