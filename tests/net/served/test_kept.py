"""Inventories that peers ask a served folder for: so many are kept, and so many bytes; above that a peer is told so."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
import radiogram as rg
from radiogram.cli import main
from radiogram.errors import ArgumentError
from radiogram.net import AE, build_context
from radiogram.net.served import serve
from radiogram.net.served.kept import KeptInventories
from radiogram.net.services import Inventories, InventoryCreation, RefusedError, request_inventory, uids

from tests.net.services.fakes import Asked, Repository
from tests.net.services.test_inventories import CLASS, INSTANCE, asked_for
from tests.programs import until

if TYPE_CHECKING:
    from pathlib import Path

    from radiogram.net.services.inventory_user import Progress


def inventory(uid: str, *, size: int = 0) -> rg.Dataset:
    ds = rg.Dataset({"SOPClassUID": uids("InventoryStorage")[0], "SOPInstanceUID": uid})
    if size:
        ds.add_new(0x00420011, "OB", bytes(size))
    return ds


def requested(server: Any, count: int) -> tuple[list[Progress], int]:
    """Ask for so many inventories, one after the other; give their ends, and the status of one that is refused."""
    reports, ended = Inventories(), []
    contexts = [build_context(uids("InventoryCreation")[0])]
    with AE("ASKER").associate(
        *server.address, contexts=contexts, evt_handlers=reports.handlers()
    ) as association:
        for _ in range(count):
            try:
                transaction = request_inventory(association)
            except RefusedError as refused:
                return ended, refused.status
            end = reports.wait(transaction, 20)
            assert end is not None
            ended.append(end)
    return ended, 0


def test_so_many_are_kept(tmp_path: Path) -> None:
    served, server = serve(tmp_path, ("127.0.0.1", 0), inventories=2)
    try:
        ended, status = requested(server, 3)
        assert ([one.status for one in ended], status) == (["COMPLETE"] * 2, 0x0213)
        assert sorted(path.stem for path in served.inventories.paths()) == sorted(
            one.instance for one in ended
        )
        served.inventories.drop(ended[0].instance)
        ended, status = requested(server, 2)
        assert ([one.status for one in ended], status) == (["COMPLETE"], 0x0213)
        # Whoever looks after the folder makes room as well.
        served.inventories.paths()[0].unlink()
        assert requested(server, 1)[1] == 0
    finally:
        server.shutdown()
        served.close()


def test_those_of_earlier_times_count(tmp_path: Path) -> None:
    for status in (0, 0x0213):
        served, server = serve(tmp_path, ("127.0.0.1", 0), inventories=1)
        assert requested(server, 1)[1] == status
        server.shutdown()
        served.close()


def test_so_many_bytes_are_kept(tmp_path: Path) -> None:
    for size, status in ((0, 0x0213), (100, 0)):
        served, server = serve(tmp_path, ("127.0.0.1", 0), inventory_size=size)
        ended, said = requested(server, 1)
        server.shutdown()
        served.close()
        assert said == status
        assert [(one.status, one.comment, one.instance) for one in ended] == [
            ("FAILURE", "there is no room for more inventories", "")
        ] * (not status)
        assert served.inventories.paths() == []


def test_one_that_does_not_fit_leaves_nothing(tmp_path: Path) -> None:
    kept = KeptInventories(tmp_path / "inventories", instances=2)
    provider = InventoryCreation(
        Repository(), kept.keep, studies=1, drop=kept.drop, room=kept.check_room, most=8
    )
    asked = Asked(provider)
    assert asked.status("n_action", CLASS, INSTANCE, action_type=11, action_information=asked_for()) == 0
    until(lambda: any(event == 13 for _, event, *_ in asked.association.reports), "the end")
    assert (provider.state("1.9"), kept.paths()) == ("FAILURE", [])
    # Of one that has ended it is kept how, and nothing that the peer has said.
    (held,) = provider._held.values()
    until(lambda: len(held.scope.query) == 0, "nothing more of it")
    provider.close()
    kept.check_room()


def test_an_inventory_of_many_records_is_several_instances() -> None:
    """Three studies of two series of two instances: seven records each."""
    kept: list[rg.Dataset] = []
    provider = InventoryCreation(Repository(), kept.append, records=10)
    asked = Asked(provider)
    going = asked_for(InventoryLevel="INSTANCE")
    asked.ask("n_action", CLASS, INSTANCE, action_type=11, action_information=going)
    until(lambda: provider.state("1.9") == "COMPLETE", "the end")
    provider.close()
    assert [len(ds.InventoriedStudiesSequence) for ds in kept] == [2, 1]
    assert [ds.TotalNumberOfStudyRecords for ds in kept] == [2, 3]


def test_the_bytes_are_those_of_the_files(tmp_path: Path) -> None:
    kept = KeptInventories(tmp_path, size=10_000)
    kept.keep(inventory("1.1", size=4000))
    (path,) = kept.paths()
    left = 10_000 - path.stat().st_size
    empty = path.stat().st_size - 4000
    with pytest.raises(RefusedError) as refused:
        kept.keep(inventory("1.2", size=left - empty + 2))
    assert (refused.value.status, len(kept.paths())) == (0x0213, 1)
    kept.keep(inventory("1.2", size=left - empty))
    assert sum(path.stat().st_size for path in kept.paths()) == 10_000


def test_many_at_once_are_no_more(tmp_path: Path) -> None:
    kept, refused = KeptInventories(tmp_path, instances=5), []

    def keep(number: int) -> None:
        try:
            kept.keep(inventory(f"1.2.{number}"))
        except RefusedError:
            refused.append(number)

    threads = [threading.Thread(target=keep, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(kept.paths()), len(refused)) == (5, 7)


def test_what_cannot_be_written_takes_no_room(tmp_path: Path) -> None:
    (tmp_path / "1.1.dcm").mkdir()
    kept = KeptInventories(tmp_path / "inner", instances=1)
    (tmp_path / "inner").write_bytes(b"no folder")
    with pytest.raises(OSError, match="inner"):
        kept.keep(inventory("1.1"))
    (tmp_path / "inner").unlink()
    kept.keep(inventory("1.1"))


@pytest.mark.parametrize("bounds", [{"inventories": -1}, {"inventory_size": True}, {"inventories": 1.5}])
def test_bounds_that_are_none(tmp_path: Path, bounds: Any) -> None:
    with pytest.raises(ArgumentError, match="0 for none"):
        serve(tmp_path, ("127.0.0.1", 0), **bounds)


def test_the_program_says_how_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: dict[str, Any] = {}

    def begin(_folder: str, _address: Any, **options: Any) -> Any:
        told.clear()
        told.update(options)
        raise OSError

    monkeypatch.setattr("radiogram.net.served.serve", begin)
    assert main(["serve", str(tmp_path), "--inventories", "3", "--inventory-size", "4096"]) == 1
    assert (told["inventories"], told["inventory_size"]) == (3, 4096)
    assert main(["serve", str(tmp_path)]) == 1
    assert "inventories" not in told
    monkeypatch.undo()
    assert main(["serve", str(tmp_path), "--port", "0", "--inventories", "-1"]) == 1
