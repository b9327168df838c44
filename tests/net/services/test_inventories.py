"""How the production of inventories is asked for, paused, resumed, cancelled and told of (PS3.4 KK)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
import radiogram as rg
from radiogram.net import AE
from radiogram.net.handlers import answering
from radiogram.net.services import (
    Inventories,
    InventoryCreation,
    ObjectQueries,
    RefusedError,
    UnmatchedKeysWarning,
    request_inventory,
)
from radiogram.net.services.inventories import ACTIONS, INSTANCE
from radiogram.net.services.inventory import scope_of
from radiogram.net.services.inventory_user import (
    cancel_inventory,
    pause_inventory,
    request_inventory_status,
    resume_inventory,
)
from radiogram.net.services.rules import rules
from radiogram.net.services.states import step

from tests.programs import until

from .fakes import Asked, Halting, Repository
from .test_over_a_network import called, served

if TYPE_CHECKING:
    from collections.abc import Iterator

(CLASS,) = InventoryCreation.contexts


# -- how it is asked for -----------------------------------------------------------------------------------------


def asked_for(transaction: str = "1.9", **more: Any) -> rg.Dataset:
    return rg.Dataset(
        {"TransactionUID": transaction, "InventoryLevel": "STUDY", "ScopeOfInventorySequence": [], **more}
    )


def test_what_is_refused() -> None:
    provider = InventoryCreation(Repository(), lambda _ds: None)
    asked = Asked(provider)

    def status(name: str, ds: rg.Dataset, uid: str = INSTANCE) -> int:
        return asked.status("n_action", CLASS, uid, action_type=ACTIONS.get(name, 1), action_information=ds)

    assert status("storage commitment", asked_for()) == 0x0123
    assert status("initiate", asked_for(), "1.2.3") == 0x0112
    assert status("initiate", rg.Dataset({"TransactionUID": "1.9"})) == 0x0115
    assert status("initiate", asked_for(InventoryLevel="PATIENT")) == 0x0212
    assert status("pause", rg.Dataset({"TransactionUID": "1.9"})) == 0x0115, "there is no such transaction"
    assert status("initiate", asked_for()) == 0
    assert status("initiate", asked_for()) == 0x0115, "a transaction is begun once"
    provider.close()
    assert status("resume", rg.Dataset({"TransactionUID": "1.9"})) == 0x0110
    assert status("request status", rg.Dataset({"TransactionUID": "1.9"})) == 0
    provider.close()


def test_keys_that_are_not_matched_are_told() -> None:
    hears = Inventories()
    asked = asked_for(ScopeOfInventorySequence=[scope_of(rg.Dataset({"Modality": "CT"}))])
    with (
        served(InventoryCreation(Repository(), lambda _ds: None)) as server,
        called(server, CLASS, evt_handlers=hears.handlers()) as association,
    ):
        status, _ = association.send_n_action(asked, 11, CLASS, INSTANCE)
        ended = hears.wait("1.9", 20)
    assert (status.Status, int(status.AttributeIdentifierList)) == (0xB010, 0x00080060)
    assert ended is not None
    assert ended.studies == 3, "they are passed over"


def test_who_asks_is_warned_of_keys_that_are_not_matched() -> None:
    scope = rg.Dataset({"Modality": "CT", "SeriesNumber": 1, "StudyDate": "20200102-"})
    with (
        served(InventoryCreation(Repository(), lambda _ds: None)) as server,
        called(server, CLASS, evt_handlers=Inventories().handlers()) as association,
        pytest.warns(UnmatchedKeysWarning, match="Modality, SeriesNumber") as warned,
    ):
        assert request_inventory(association, scope, transaction="1.9") == "1.9"
    assert [one.message.keywords for one in warned] == [("Modality", "SeriesNumber")]


def test_so_many_reports_are_kept() -> None:
    hears = Inventories()

    def told(transaction: str, event: int = 13) -> int:
        said = rg.Dataset({"TransactionUID": transaction, "TransactionStatus": "COMPLETE"})
        return Asked(hears).status(
            "n_event_report", CLASS, INSTANCE, event_type=event, event_information=said
        )

    for n in range(256):
        assert told(f"1.{n}") == 0
    for _ in range(300):
        told("1.7", 12)
    assert len(hears.reports("1.7")) == 256
    assert hears.wait("1.9", 0) is not None
    told("2.1")
    assert (hears.reports("1.9"), len(hears.reports("1.0"))) == ([], 1), "first what was waited for"
    told("2.2")
    assert (hears.reports("1.0"), len(hears.reports("1.1"))) == ([], 1), "then the oldest"


def test_nothing_is_produced_before_the_request_is_answered() -> None:
    provider = InventoryCreation(Repository(), lambda _ds: None)
    asked = Asked(provider)
    with answering():
        asked.ask("n_action", CLASS, INSTANCE, action_type=11, action_information=asked_for())
        time.sleep(0.05)
        assert (provider.state("1.9"), asked.association.reports) == ("PROCESSING", [])
        provider.close()
    assert (provider.state("1.9"), asked.association.reports) == ("CANCELED", [])
    with answering():
        asked.ask("n_action", CLASS, INSTANCE, action_type=11, action_information=asked_for("1.10"))
    provider.close()
    assert asked.association.reports


def test_so_many_at_a_time() -> None:
    repository = Halting()
    provider = InventoryCreation(repository, lambda _ds: None, most=1)
    asked = Asked(provider)
    begin = {"action_type": 11}
    going = asked_for("1.8", InventoryLevel="SERIES")
    assert asked.status("n_action", CLASS, INSTANCE, action_information=going, **begin) == 0
    assert asked.status("n_action", CLASS, INSTANCE, action_information=asked_for("1.9"), **begin) == 0x0213
    repository.going.release(9)
    provider.close()


def test_the_state_table_has_every_event_in_every_state() -> None:
    states = ("", "PROCESSING", "PAUSED", "COMPLETE", "FAILURE", "CANCELED")
    for name in ACTIONS:
        for state in states:
            taken = step("Inventory", name, state)
            assert taken.status or taken.state, (name, state)
            # What is refused changes nothing.
            assert not taken.status or taken.state == state


def owed(event: int, ds: rg.Dataset) -> list[str]:
    return [
        path
        for path, _, provider, _ in rules("InventoryCreation", f"N-EVENT-REPORT {event}")
        if provider == "1" and ds.get(path) is None
    ]


def test_reports_have_what_they_owe() -> None:
    provider = InventoryCreation(Repository(), lambda _ds: None)
    asked = Asked(provider)
    asked.ask("n_action", CLASS, INSTANCE, action_type=11, action_information=asked_for())
    provider.close()
    reports = [(event, ds) for ds, event, *_ in asked.association.reports]
    assert [event for event, _ in reports][-1] in (11, 13)
    assert [owed(event, ds) for event, ds in reports] == [[] for _ in reports]


def test_a_repository_that_fails() -> None:
    class Broken(Repository):
        def candidates(self, *_: Any) -> Iterator[rg.Dataset]:
            raise OSError

    provider = InventoryCreation(Broken(), lambda _ds: None)
    asked = Asked(provider)
    asked.ask("n_action", CLASS, INSTANCE, action_type=11, action_information=asked_for())
    deadline = time.monotonic() + 20
    while not any(event == 13 for _, event, *_ in asked.association.reports) and time.monotonic() < deadline:
        time.sleep(0.01)
    provider.close()
    *_, (last, event, _, uid, _) = asked.association.reports
    assert (event, last.TransactionStatus, uid) == (13, "FAILURE", INSTANCE)
    assert "instance" not in str(last.TransactionStatusComment)


# -- over a network ----------------------------------------------------------------------------------------------


def test_an_inventory_from_the_request_to_its_retrieval() -> None:
    kept: list[rg.Dataset] = []
    hears = Inventories()
    find, get = ObjectQueries([], "Inventory").contexts[0], ObjectQueries([], "Inventory").contexts[2]
    providers = (
        InventoryCreation(Repository(), kept.append, title="ARCHIVE", studies=2),
        ObjectQueries(lambda: kept, "Inventory"),
    )
    with (
        served(*providers) as server,
        called(server, CLASS, find, get, evt_handlers=hears.handlers()) as association,
    ):
        transaction = request_inventory(association, level="INSTANCE", purpose="migration")
        ended = hears.wait(transaction, 20)
        assert ended is not None
        assert (ended.status, ended.studies, ended.title) == ("COMPLETE", 3, "ARCHIVE")
        wanted = rg.Dataset({"SOPInstanceUID": ended.instance, "TotalNumberOfStudyRecords": None})
        (_, found), _ = association.send_c_find(wanted, find)
        assert found.TotalNumberOfStudyRecords == 3
        with pytest.raises(RefusedError) as refused:
            pause_inventory(association, transaction)
        assert refused.value.status == 0x0110
    assert [one.status for one in hears.reports(transaction)] == ["COMPLETE", "COMPLETE"]
    assert [len(ds.InventoriedStudiesSequence) for ds in kept] == [2, 1]
    assert (kept[-1].TransactionUID, kept[-1].InventoryPurpose) == (transaction, "migration")


def test_production_is_paused_resumed_and_cancelled() -> None:
    kept: list[rg.Dataset] = []
    repository, hears = Halting(), Inventories()
    with (
        served(InventoryCreation(repository, kept.append)) as server,
        called(server, CLASS, evt_handlers=hears.handlers()) as association,
    ):
        transaction = request_inventory(association, level="SERIES")
        pause_inventory(association, transaction)
        assert hears.wait(transaction, 20, status="PAUSED") is not None
        repository.going.release()
        request_inventory_status(association, transaction)
        resume_inventory(association, transaction)
        assert hears.wait(transaction, 20, status="PROCESSING") is not None
        cancel_inventory(association, transaction, retain=True)
        repository.going.release(9)
        ended = hears.wait(transaction, 20)
    assert ended is not None
    assert (ended.status, ended.instance) == ("CANCELED", str(kept[0].SOPInstanceUID))
    assert (kept[0].InventoryCompletionStatus, len(kept)) == ("PARTIAL", 1)
    assert kept[0].TotalNumberOfStudyRecords < 3


def test_what_is_cancelled_without_being_wanted_leaves_nothing() -> None:
    kept: list[rg.Dataset] = []
    repository, hears = Halting(), Inventories()
    with (
        served(InventoryCreation(repository, kept.append)) as server,
        called(server, CLASS, evt_handlers=hears.handlers()) as association,
    ):
        transaction = request_inventory(association, level="SERIES")
        cancel_inventory(association, transaction)
        repository.going.release(9)
        ended = hears.wait(transaction, 20)
    assert ended is not None
    assert (ended.status, ended.instance, kept) == ("CANCELED", "", [])


@pytest.mark.parametrize("fails", [False, True])
def test_parts_that_no_root_refers_to_are_deleted(fails: bool) -> None:
    class Failing(Halting):
        def candidates(self, level: str, query: rg.Dataset, agreed: Any) -> Iterator[rg.Dataset]:
            if level == "SERIES" and fails and query.StudyInstanceUID == "1.3":
                raise OSError
            yield from super().candidates(level, query, agreed)

    kept: list[str] = []
    dropped: list[str] = []
    repository = Failing()
    provider = InventoryCreation(
        repository, lambda ds: kept.append(str(ds.SOPInstanceUID)), studies=1, drop=dropped.append
    )
    asked = Asked(provider)
    going = asked_for(InventoryLevel="SERIES")
    asked.ask("n_action", CLASS, INSTANCE, action_type=11, action_information=going)
    repository.going.release(2)
    until(lambda: len(kept) == 2, "two parts")
    if not fails:
        said = rg.Dataset({"TransactionUID": "1.9", "RetainInstances": "N"})
        assert (
            asked.status("n_action", CLASS, INSTANCE, action_type=ACTIONS["cancel"], action_information=said)
            == 0
        )
        repository.going.release(9)
    until(lambda: any(event == 13 for _, event, *_ in asked.association.reports), "the end")
    provider.close()
    assert kept == dropped


def test_a_pause_has_an_end() -> None:
    repository, hears = Halting(), Inventories()
    with (
        served(InventoryCreation(repository, lambda _ds: None, most=1, pause=0.05)) as server,
        called(server, CLASS, evt_handlers=hears.handlers()) as association,
    ):
        transaction = request_inventory(association, level="SERIES")
        pause_inventory(association, transaction)
        repository.going.release(9)
        ended = hears.wait(transaction, 20)
        assert ended is not None
        assert (ended.status, ended.comment) == ("CANCELED", "the inventory was paused for too long")
        assert hears.wait(request_inventory(association), 20) is not None, "its place is another's"


def test_progress_is_told_at_the_interval_that_was_asked_for() -> None:
    repository, hears = Halting(), Inventories()
    with (
        served(InventoryCreation(repository, lambda _ds: None, unit=0.001)) as server,
        called(server, CLASS, evt_handlers=hears.handlers()) as association,
    ):
        transaction = request_inventory(association, level="SERIES", interval=1)
        time.sleep(0.01)
        repository.going.release(9)
        assert hears.wait(transaction, 20) is not None
    assert any(one.status == "PROCESSING" for one in hears.reports(transaction))


def test_it_is_told_over_a_new_association_where_the_first_one_is_over() -> None:
    repository, hears = Halting(), Inventories()
    listening = AE(ae_title="SCU")
    listening.add_supported_context(CLASS, scu_role=True, scp_role=True)
    with listening.start_server(("127.0.0.1", 0), block=False, evt_handlers=hears.handlers()) as back:
        provider = InventoryCreation(
            repository, lambda _ds: None, peers={"SCU": ("127.0.0.1", back.address[1])}
        )
        with served(provider) as server:
            with called(server, CLASS) as association:
                transaction = request_inventory(association, level="SERIES")
            repository.going.release(9)
            ended = hears.wait(transaction, 20)
    assert ended is not None
    assert ended.status == "COMPLETE"
