"""Associations that are kept and lent."""

from __future__ import annotations

import multiprocessing
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import radiogram as rg
from radiogram.errors import (
    ArgumentError,
    AssociationOverError,
    AssociationRejectedError,
    NetworkError,
    NetworkTimeoutError,
    NotDicomError,
)
from radiogram.net import AssociationPool, evt

from tests.net.pair import Log, entity, image, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from radiogram.net.server import AssociationServer


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    made = [tmp_path / f"{number}.dcm" for number in range(1, 41)]
    for number, path in enumerate(made, 1):
        image(number).save_as(path, enforce_file_format=True)
    return made


@pytest.fixture
def seen() -> Log:
    """The ports of the peers that instances came from, with their numbers."""
    return Log()


@pytest.fixture
def server(seen: Log) -> Iterator[AssociationServer]:
    def handler(event: evt.Event) -> int:
        time.sleep(0.005)
        number = int(event.request.AffectedSOPInstanceUID.rsplit(".", 1)[1])
        seen.add((event.assoc.remote["port"], number))
        return 0xB007 if number == 7 else 0x0000

    with entity().start_server(
        ("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, handler)]
    ) as made:
        yield made


def test_files_go_over_all_of_them_and_each_has_its_own_answer(
    paths: list[Path], server: AssociationServer, seen: Log, tmp_path: Path
) -> None:
    (tmp_path / "no.txt").write_bytes(b"no DICOM")
    sources = [*paths[:20], tmp_path / "no.txt", image(99), *paths[20:]]
    with AssociationPool(entity(), *server.address, size=3) as pool:
        sent = list(pool.send_many(sources))
    files = {Path(one.source): one for one in sent if not isinstance(one.source, rg.Dataset)}
    assert len(sent) == len(sources)
    assert set(files) == {*paths, tmp_path / "no.txt"}
    assert type(files[tmp_path / "no.txt"].error) is NotDicomError
    assert [path for path, one in files.items() if one.status.get("Status") == 0xB007] == [paths[6]]
    assert sorted(number for _, number in seen) == [*range(1, 41), 99]
    assert len({port for port, _ in seen}) == 3


def test_they_are_kept(paths: list[Path], server: AssociationServer, seen: Log) -> None:
    with AssociationPool(entity(), *server.address, size=2) as pool:
        for _ in range(3):
            assert len(list(pool.send_many(paths[:4]))) == 4
        with pool.association() as assoc:
            assert assoc.send_c_echo().Status == 0
        assert len(server.active_associations) == 2
    assert len({port for port, _ in seen}) == 2
    until(lambda: not server.active_associations)


def test_one_that_has_ended_is_replaced(server: AssociationServer) -> None:
    with AssociationPool(entity(), *server.address, size=1) as pool:
        with pool.association() as first:
            pass
        server.active_associations[0].abort()
        until(lambda: not first.is_established)
        with pool.association() as second:
            assert second is not first
            assert second.send_c_echo().Status == 0


@pytest.mark.parametrize("operations", [1, 8])
def test_where_one_ends_the_others_go_on(paths: list[Path], seen: Log, operations: int) -> None:
    def handler(event: evt.Event) -> int:
        number = int(event.request.AffectedSOPInstanceUID.rsplit(".", 1)[1])
        if number == 5:
            event.assoc.abort()
        seen.add(number)
        return 0x0000

    with (
        entity().start_server(
            ("127.0.0.1", 0),
            block=False,
            evt_handlers=[(evt.EVT_C_STORE, handler)],
            operations_window=(1, operations),
        ) as server,
        AssociationPool(entity(), *server.address, size=3) as pool,
    ):
        sent = {Path(one.source): one for one in pool.send_many(paths)}
        lost = [path for path, one in sent.items() if one.error is not None]
        # With it those behind it on its association that were under way: whether they were kept is not known.
        assert paths[4] in lost
        assert len(lost) <= operations
        assert all(type(sent[path].error) is AssociationOverError for path in lost)
        assert len(sent) == len(paths)
        assert [one.status.Status for one in pool.send_many(paths[:1])] == [0]


def test_what_one_has_not_begun_when_it_ends_goes_over_another_that_has_nothing_left(
    paths: list[Path], seen: Log
) -> None:
    def handler(event: evt.Event) -> int:
        seen.add(event.assoc)
        if event.assoc is seen[0]:
            # The other one has sent its own by then, and this one has read one ahead.
            until(lambda: len(seen) == 3)
            time.sleep(0.2)
            event.assoc.abort()
        return 0x0000

    with (
        entity().start_server(
            ("127.0.0.1", 0),
            block=False,
            evt_handlers=[(evt.EVT_C_STORE, handler)],
            operations_window=(1, 1),
        ) as server,
        AssociationPool(entity(), *server.address, size=2) as pool,
    ):
        sent = list(pool.send_many(paths[:4]))
    assert sorted(type(one.error).__name__ for one in sent) == ["AssociationOverError", *["NoneType"] * 3]


def test_a_peer_that_takes_fewer(paths: list[Path]) -> None:
    station = entity()
    station.maximum_associations = 2
    with (
        station.start_server(
            ("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, lambda _: 0)]
        ) as server,
        AssociationPool(entity(), *server.address, size=8) as pool,
    ):
        assert [one.status.Status for one in pool.send_many(paths)] == [0] * 40
        assert len(server.active_associations) == 2
        two = (pool.association(), pool.association())
        with two[0], two[1], pytest.raises(AssociationRejectedError), pool.association():
            pytest.fail("a third one")


def test_where_there_is_nobody(paths: list[Path], server: AssociationServer) -> None:
    address = server.address
    server.shutdown()
    with AssociationPool(entity(), *address, size=2) as pool:
        for _ in range(4):  # places of those that could not be opened are free again
            with pytest.raises(NetworkError), pool.association():
                pytest.fail("nobody listens")
        with pytest.raises(NetworkError):
            list(pool.send_many(paths))


def test_who_waits_for_one(server: AssociationServer) -> None:
    with AssociationPool(entity(), *server.address, size=1) as pool:
        with pool.association():
            begun = time.monotonic()
            with pytest.raises(NetworkTimeoutError), pool.association(timeout=0.05):
                pytest.fail("it is lent")
            assert time.monotonic() - begun >= 0.05
        got: list[Any] = []

        def use() -> None:
            with pool.association() as assoc:
                got.append((assoc.send_c_echo().Status, assoc))

        threads = [threading.Thread(target=use) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [status for status, _ in got] == [0] * 8
        assert len({id(assoc) for _, assoc in got}) == 1


def test_one_over_which_a_block_failed_is_not_lent_again(server: AssociationServer) -> None:
    with AssociationPool(entity(), *server.address, size=1) as pool:
        with pytest.raises(ZeroDivisionError), pool.association() as first:
            _ = 1 / 0
        with pool.association() as second:
            assert second is not first
        until(lambda: first.is_aborted)


def test_a_closed_pool(server: AssociationServer) -> None:
    pool = AssociationPool(entity(), *server.address, size=2)
    with pool.association() as lent:
        pool.close()
        assert lent.send_c_echo().Status == 0
    assert lent.is_released
    with pytest.raises(AssociationOverError), pool.association():
        pytest.fail("it is closed")


@pytest.mark.parametrize("size", [0, -1, True, 1.5])
def test_sizes_that_cannot_be(size: Any) -> None:
    with pytest.raises(ArgumentError):
        AssociationPool(entity(), "127.0.0.1", 104, size=size)


def _echo(pool: AssociationPool) -> None:
    with pool.association() as assoc:
        assert assoc.send_c_echo().Status == 0


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="this system has no fork")
def test_a_child_has_associations_of_its_own(server: AssociationServer) -> None:
    with AssociationPool(entity(), *server.address, size=1) as pool:
        with pool.association():
            # Lent in the parent, as the child begins.
            child = multiprocessing.get_context("fork").Process(target=_echo, args=(pool,))
            child.start()
            child.join(60)
            assert child.exitcode == 0
        with pool.association() as assoc:
            assert assoc.send_c_echo().Status == 0
