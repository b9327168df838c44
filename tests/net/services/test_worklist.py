"""Modality Worklist (PS3.4 K)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import radiogram as rg
from radiogram.net.services import Worklist, WorklistFolder

from .fakes import Asked

if TYPE_CHECKING:
    from pathlib import Path

CLASS = Worklist.contexts[0]


def step(station: str, date: str, time: str) -> rg.Dataset:
    return rg.Dataset(
        {
            "ScheduledStationAETitle": station,
            "ScheduledProcedureStepStartDate": date,
            "ScheduledProcedureStepStartTime": time,
            "Modality": "CT",
        }
    )


def entries() -> list[rg.Dataset]:
    steps = [step("CT1", "20260106", "0830"), step("CT2", "20260107", "1930")]
    return [
        rg.Dataset({"PatientID": "X1", "PatientName": "Doe^Jane", "ScheduledProcedureStepSequence": steps})
    ]


def ask(source: Any, **keys: Any) -> list[Any]:
    query = rg.Dataset({"PatientID": None, "ScheduledProcedureStepSequence": [rg.Dataset(keys)]})
    return [
        found
        for status, found in Asked(Worklist(source)).ask("c_find", CLASS, identifier=query)
        if status == 0xFF00
    ]


def test_each_step_is_an_answer() -> None:
    found = ask(entries(), ScheduledStationAETitle=None)
    assert [[one.ScheduledStationAETitle for one in ds.ScheduledProcedureStepSequence] for ds in found] == [
        ["CT1"],
        ["CT2"],
    ]
    assert len(found[0].ScheduledProcedureStepSequence[0]) == 1


def test_start_dates_and_times_are_one_range() -> None:
    def starts(date: str, time: str) -> list[str]:
        found = ask(
            entries(),
            ScheduledStationAETitle=None,
            ScheduledProcedureStepStartDate=date,
            ScheduledProcedureStepStartTime=time,
        )
        return [ds.ScheduledProcedureStepSequence[0].ScheduledStationAETitle for ds in found]

    assert starts("20260106-20260107", "10-18") == []
    assert starts("20260105-20260107", "10-18") == ["CT1"]
    assert starts("20260106-20260107", "08-20") == ["CT1", "CT2"]


def test_a_folder_is_read_again_when_it_changes(tmp_path: Path) -> None:
    source = WorklistFolder(tmp_path)
    assert ask(source) == []
    entries()[0].save_as(tmp_path / "a.wl")
    (tmp_path / "wrong.wl").write_bytes(b"nothing")
    (tmp_path / "b.json").write_text(rg.Dataset({"PatientID": "X2"}).to_json())
    assert sorted(ds.PatientID for ds in ask(source)) == ["X1", "X1", "X2"]
    (tmp_path / "b.json").unlink()
    assert {ds.PatientID for ds in ask(source)} == {"X1"}


@pytest.mark.parametrize("query", [{}, {"ScheduledProcedureStepSequence": [rg.Dataset(), rg.Dataset()]}])
def test_identifiers_that_are_none(query: dict[str, Any]) -> None:
    ((answered, _),) = Asked(Worklist([])).ask("c_find", CLASS, identifier=rg.Dataset(query))
    assert answered.Status == 0xA900
