"""What peers create is held no further than a shelf is large."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import radiogram as rg
from radiogram.net.services import PerformedSteps, Services, Shelf, UnifiedSteps
from radiogram.net.services.answers import RefusedError
from radiogram.net.services.ups import PUSH

from tests.net.pair import MPPS
from tests.net.services.fakes import Asked
from tests.net.services.test_mpps import begun

if TYPE_CHECKING:
    from pathlib import Path


__all__ = ["begun"]


def _ds(length: int) -> rg.Dataset:
    return rg.Dataset({"PatientComments": "x" * length})


@pytest.mark.parametrize("is_on_disk", [False, True])
def test_so_many_bytes_are_held(tmp_path: Path, is_on_disk: bool) -> None:
    folder = tmp_path if is_on_disk else None
    shelf = Shelf(folder, size=12_000)
    shelf.add("1.2.1", _ds(4000))
    shelf.add("1.2.2", _ds(4000))
    with pytest.raises(RefusedError) as refused:
        shelf.add("1.2.3", _ds(4000))
    assert refused.value.status == 0x0213
    shelf.modify("1.2.1", _ds(8000))
    shelf.modify("1.2.2", _ds(8000))
    with pytest.raises(RefusedError) as refused:
        shelf.modify("1.2.1", _ds(8000))
    assert (refused.value.status, len(shelf)) == (0x0213, 2)
    shelf.change("1.2.1", _ds(9000))
    assert len(shelf.get("1.2.1").PatientComments) == 9000, "a service changes what it has to"
    shelf.change("1.2.1", _ds(1000))
    shelf.remove("1.2.2")
    shelf.add("1.2.2", _ds(7000))
    assert sorted(uid for uid, _ in shelf) == ["1.2.1", "1.2.2"]
    if is_on_disk:
        again = Shelf(folder, size=5000)
        assert len(again) == 2, "what is there is there"
        with pytest.raises(RefusedError):
            again.add("1.2.4", _ds(1))


@pytest.mark.parametrize("is_on_disk", [False, True])
def test_a_character_set_without_all_of_the_text_is_not_kept(tmp_path: Path, *, is_on_disk: bool) -> None:
    shelf = Shelf(tmp_path if is_on_disk else None, size=12_000)
    given = rg.Dataset({"SpecificCharacterSet": "ISO_IR 192", "PatientName": "日本"})
    shelf.add("1.2", given)
    assert shelf.get("1.2") is given
    now = shelf.modify("1.2", rg.Dataset({"SpecificCharacterSet": "ISO_IR 100", "PatientID": "Ü"}))
    assert now is shelf.get("1.2")
    assert (now.SpecificCharacterSet, now.PatientName, now.PatientID) == ("ISO_IR 192", "日本", "Ü")
    assert len(given) == 2
    bare = rg.Dataset({"PatientName": "日本"})
    shelf.add("1.3", bare)
    assert "SpecificCharacterSet" not in bare
    if is_on_disk:
        assert [ds.PatientName for _, ds in Shelf(tmp_path)] == ["日本", "日本"]


def test_a_step_that_is_refused_is_not_there() -> None:
    """Its UID, where it has none, is counted as well."""
    provider = UnifiedSteps(Shelf(size=3000), strict=False)
    asked = Asked(provider)
    step = rg.Dataset({"ProcedureStepState": "SCHEDULED", "PatientComments": "x" * 900})
    statuses = [asked.status("n_create", PUSH, f"1.2.{number}", attribute_list=step) for number in (1, 2)]
    assert statuses == [0x0000, 0x0213]
    assert [uid for uid, _ in provider.shelf] == ["1.2.1"]
    assert provider.shelf.get("1.2.1").SOPInstanceUID == "1.2.1"


def test_a_peer_is_told(begun: tuple[Asked, rg.Dataset]) -> None:
    step = begun[1]
    with Services(PerformedSteps(Shelf(size=20_000))).loopback() as assoc:
        statuses = [assoc.send_n_create(step, MPPS, f"1.2.{number}")[0].Status for number in range(30)]
    assert (statuses[0], statuses[-1], sorted(statuses) == statuses) == (0x0000, 0x0213, True)
