"""Servers: where they listen, how they stop."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
import radiogram as rg
from radiogram.errors import NetworkError
from radiogram.net import AE, _config, build_context, evt, sop_class

from tests.net.pair import CT, FIND, GET, Log, entity, image, pair, query, until
from tests.wire import Wire, ct_data_set

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from radiogram.net.event import Event


def test_it_says_where_it_listens_and_what_it_has_counted() -> None:
    with pair() as (server, assoc):
        assoc.send_c_echo()
        assert server.address[1] > 0
        assert server.server_address == server.address
        assert len(server.active_associations) == 1
        assert server.metrics()["associations"] == 1
        assert "radiogram" in server.prometheus()
        assert "TEST" in repr(server)


def test_a_place_that_is_taken_is_an_error() -> None:
    with pair() as (server, _), pytest.raises(NetworkError):
        server.ae.start_server(server.address, block=False)


def test_associations_end_with_it() -> None:
    with pair() as (server, assoc):
        server.shutdown()
        until(lambda: not assoc.is_alive())
        assert assoc.is_aborted
        server.shutdown()
        assert not server.ae.associate(*server.address).is_established


def test_it_waits_for_associations_with_patience() -> None:
    with pair() as (server, assoc):
        stopping = threading.Thread(target=server.shutdown, args=(20.0,))
        stopping.start()
        assert assoc.send_c_echo().Status == 0x0000
        assoc.release()
        stopping.join()
        assert assoc.is_released


def test_an_ae_shuts_all_its_servers_down() -> None:
    ae = entity()
    servers = [ae.start_server(("127.0.0.1", 0), block=False) for _ in range(3)]
    assert len({server.address for server in servers}) == 3
    assoc = ae.associate(*servers[0].address)
    assert ae.active_associations
    ae.shutdown()
    until(lambda: not assoc.is_alive())
    assert not any(ae.associate(*server.address).is_established for server in servers)


def test_more_than_may_be_are_rejected() -> None:
    ae = entity()
    ae.maximum_associations = 2
    with ae.start_server(("127.0.0.1", 0), block=False) as server:
        standing = [ae.associate(*server.address) for _ in range(3)]
        assert [assoc.is_established for assoc in standing] == [True, True, False]
        assert standing[2].is_rejected
        standing[0].release()
        until(lambda: ae.associate(*server.address).is_established)


def test_rules_choose_where_an_instance_goes(tmp_path: Path) -> None:
    rules = [
        {"sop_instance": "*.1", "sink": ("discard",)},
        {"sop_instance": "*.2", "sink": ("refuse", 0xA701, "not today")},
        {"sop_instance": "*.3", "sink": ("memory", 1 << 20)},
    ]
    seen: Log = Log()

    def handler(event: evt.Event) -> int:
        uid = event.request.AffectedSOPInstanceUID[-1]
        seen.add((uid, event.path.name if uid == "4" else event.dataset.PatientID if uid == "3" else None))
        return 0x0000

    with pair([(evt.EVT_C_STORE, handler)], rules=rules, store=tmp_path) as (_, assoc):
        statuses = [assoc.send_c_store(image(number)) for number in (1, 2, 3, 4)]
    assert [status.Status for status in statuses] == [0, 0xA701, 0, 0]
    assert statuses[1].ErrorComment == "not today"
    assert ("3", "P3") in seen
    assert [rg.read(path).PatientID for path in tmp_path.iterdir()] == ["P4"]


def test_tags_of_a_rule_are_there_without_the_data_set(tmp_path: Path) -> None:
    seen: Log = Log()

    def handler(event: evt.Event) -> int:
        seen.add((event.index.PatientID, "SeriesInstanceUID" in event.index, event.path.exists()))
        return 0x0000

    rules = [{"sink": ("file", str(tmp_path), "{sop_instance}", "os"), "tags": ["PatientID", 0x0020000D]}]
    with pair([(evt.EVT_C_STORE, handler)], rules=rules) as (_, assoc):
        assert assoc.send_c_store(image(5)).Status == 0x0000
    assert list(seen) == [("P5", False, True)]


def test_blocking_ends_by_ctrl_c() -> None:
    program = (
        "from radiogram.net import AE\n"
        "from radiogram.net.server import AssociationServer\n"
        "wait = AssociationServer.wait\n"
        "def told(self):\n"
        "    print('listens', flush=True)\n"
        "    return wait(self)\n"
        "AssociationServer.wait = told\n"
        "ae = AE()\n"
        "ae.add_supported_context('1.2.840.10008.1.1')\n"
        "ae.start_server(('127.0.0.1', 0))\n"
        "print('stopped', flush=True)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "listens\n"
        child.send_signal(signal.SIGINT)
        try:
            assert child.communicate(timeout=60)[0] == "stopped\n"
        finally:
            child.kill()
        assert child.returncode == 0


def test_a_program_with_a_server_ends_when_it_is_done() -> None:
    """Neither the server nor its handlers' threads hold a program that has nothing more to do."""
    program = (
        "from radiogram.net import AE, evt\n"
        "ae = AE()\n"
        "ae.add_supported_context('1.2.840.10008.1.1'); ae.add_requested_context('1.2.840.10008.1.1')\n"
        "server = ae.start_server(('127.0.0.1', 0), block=False, evt_handlers=[(evt.EVT_C_ECHO, lambda e: 0)])\n"
        "assoc = ae.associate(*server.address, evt_handlers=[(evt.EVT_RELEASED, print)])\n"
        "print(assoc.send_c_echo().Status)\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert said.stdout == "0\n"
    assert said.stderr == ""


SECOND = """
import sys
from radiogram.net import AE
with AE().start_server(("127.0.0.1", 0), block=False, any_storage=True, store=sys.argv[1]):
    pass
"""


@pytest.mark.parametrize("where", ["here", "in another process", "in another container"])
def test_a_second_server_leaves_what_the_first_one_is_writing(tmp_path: Path, where: str) -> None:
    ae = entity(classes=(CT,))
    data = ct_data_set("1.2.3", b"\x01" * 8_000_000)
    with (
        ae.start_server(("127.0.0.1", 0), block=False, store=tmp_path) as server,
        Wire(server.address[1]) as wire,
    ):
        wire.associate("TEST")
        message = Wire.message("1.2.3", data)
        wire.send(message[:4_000_000])
        # It is begun under another name where a server swept it before it was locked: by its first byte it is.
        until(lambda: any(part.stat().st_size for part in tmp_path.rglob("*.part")))
        (part,) = tmp_path.rglob("*.part")
        left = part.with_name(f".other.dcm.{os.getpid()}-99999.part")
        left.write_bytes(b"of a run that was killed")
        if where == "here":
            ae.start_server(("127.0.0.1", 0), block=False, any_storage=True, store=tmp_path).shutdown()
        else:
            # Numbers of processes repeat from one container to the next: ours stands for nobody there.
            own = ["unshare", "--pid", "--fork"] if where == "in another container" else []
            if own and subprocess.run([*own, "true"], capture_output=True, check=False).returncode:
                pytest.skip("processes cannot be numbered anew here")
            subprocess.run([*own, sys.executable, "-c", SECOND, str(tmp_path)], check=True)
        assert part.exists()
        assert left.exists() is (where == "in another process")
        wire.send(message[4_000_000:])
        assert wire.status() == 0x0000
    (path,) = tmp_path.rglob("*.dcm")
    assert path.read_bytes().endswith(data)


def test_what_waits_in_a_spool_is_not_swept(tmp_path: Path) -> None:
    ae, going, seen = entity(classes=(CT,)), threading.Event(), []

    def look(event: Event) -> int:
        seen.append(event.path)
        going.wait(20)
        return 0x0000 if event.path.exists() else 0xA700

    rules = [{"sink": ("spool", tmp_path, 0, 1 << 30)}]
    with (
        ae.start_server(
            ("127.0.0.1", 0), block=False, rules=rules, evt_handlers=[(evt.EVT_C_STORE, look)]
        ) as server,
        Wire(server.address[1]) as wire,
    ):
        wire.associate("TEST")
        wire.send(Wire.message("1.2.3", ct_data_set("1.2.3", b"\x01" * 10_000)))
        until(lambda: seen)
        ae.start_server(("127.0.0.1", 0), block=False, rules=rules).shutdown()
        going.set()
        assert wire.status() == 0x0000
    until(lambda: not list(tmp_path.iterdir()))


def test_all_events_of_an_association_have_the_same_one() -> None:
    """Programs keep what belongs to it by it, and put it away with the last event."""
    ae, seen = entity(), Log()
    kinds = (evt.EVT_CONN_OPEN, evt.EVT_REQUESTED, evt.EVT_ESTABLISHED, evt.EVT_RELEASED, evt.EVT_CONN_CLOSE)
    handlers = [(kind, lambda event: seen.add((event.event.name, event.assoc))) for kind in kinds]
    with ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers) as server:
        ae.associate(*server.address).release()
        until(lambda: len(seen) == 5)
        assert [name for name, _ in seen] == [kind.name for kind in kinds]
        assert len({id(assoc) for _, assoc in seen}) == 1
        until(lambda: not server._faces)


def test_connections_that_ask_for_nothing_leave_nothing() -> None:
    """A probe that opens and closes a connection, where somebody hears of connections."""
    ae, seen = entity(), Log()
    with ae.start_server(
        ("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_CONN_OPEN, seen.add)]
    ) as server:
        for _ in range(20):
            socket.create_connection(server.address).close()
        until(lambda: len(seen) == 20)
        until(lambda: not server._faces)


def test_an_association_has_handlers_of_its_own_where_its_server_has_none() -> None:
    ae, seen = entity(), Log()
    with ae.start_server(("127.0.0.1", 0), block=False) as server:
        assoc = ae.associate(*server.address)
        there = server.active_associations[0]
        there.bind(evt.EVT_C_ECHO, lambda _: 0x0122)
        there.bind(evt.EVT_RELEASED, lambda event: seen.add(event.assoc))
        assert server.active_associations == [there]
        assert assoc.send_c_echo().Status == 0x0122
        assoc.release()
        until(lambda: seen == [there])
        until(lambda: not server._faces)


def test_an_association_is_active_until_its_handlers_have_heard_of_its_end() -> None:
    """Who waits until there are none looks at what they have done."""
    ae, may_end, done = entity(), threading.Event(), Log()

    def ended(event: Event) -> None:
        may_end.wait(20)
        done.add(event)

    with ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_RELEASED, ended)]) as server:
        assoc = ae.associate(*server.address)
        there = server.active_associations[0]
        assoc.release()
        until(lambda: there.is_released)
        assert server.active_associations == [there]
        may_end.set()
        until(lambda: not server.active_associations)
        assert len(done) == 1


def _one(_event: Event) -> Iterator[Any]:
    yield 1
    yield 0xFF00, image()


def _keeping(seen: Log) -> Callable[[Event], int]:
    def store(event: Event) -> int:
        seen.add(event.dataset.PatientID)
        return 0x0000

    return store


def test_a_handler_of_instances_may_come_and_go() -> None:
    """Without one an instance that is kept nowhere is refused, whenever that is: none is acknowledged and lost."""
    ae, seen = entity(), Log()
    store = _keeping(seen)
    with (
        ae.start_server(("127.0.0.1", 0), block=False) as server,
        ae.associate(*server.address) as assoc,
    ):
        assert assoc.send_c_store(image(1)).Status == 0xC211
        server.bind(evt.EVT_C_STORE, store)
        assert assoc.send_c_store(image(2)).Status == 0x0000
        server.unbind(evt.EVT_C_STORE, store)
        assert assoc.send_c_store(image(3)).Status == 0xC211
    assert seen == ["P2"]


def test_who_takes_the_instances_of_an_association_may_come_and_go() -> None:
    seen = Log()
    store = _keeping(seen)
    with pair([(evt.EVT_C_GET, _one)]) as (_, assoc):

        def failed() -> int:
            *_, (status, _) = assoc.send_c_get(query(), GET)
            return int(status.NumberOfFailedSuboperations)

        assert failed() == 1
        assoc.bind(evt.EVT_C_STORE, store)
        assert failed() == 0
        assoc.unbind(evt.EVT_C_STORE, store)
        assert failed() == 1
    assert seen == ["P1"]


def test_who_takes_instances_may_be_bound_when_the_association_stands() -> None:
    """However long that takes: what comes meanwhile waits for it."""
    seen = Log()

    def established(event: Event) -> None:
        time.sleep(0.05)
        event.assoc.bind(evt.EVT_C_STORE, _keeping(seen))

    for number in range(5):
        with pair([(evt.EVT_ESTABLISHED, established)]) as (_, assoc):
            assert assoc.send_c_store(image(number)).Status == 0x0000
    assert len(seen) == 5


def test_rules_without_handlers_keep_what_they_keep(tmp_path: Path) -> None:
    """A file is a file, what is discarded was meant to be; what is in memory alone is nobody's; Python hears of none of them."""
    rules = [
        {"sop_instance": "*.1", "sink": ("file", str(tmp_path), "{sop_instance}", "os")},
        {"sop_instance": "*.2", "sink": ("discard",)},
        {"sop_instance": "*.3", "sink": ("memory", 1 << 20)},
        {
            "sop_instance": "*.4",
            "sink": ("tee", [("memory", 1 << 20), ("file", str(tmp_path), "{sop_instance}", "os")]),
        },
    ]
    with pair(rules=rules) as (server, assoc):
        statuses = [assoc.send_c_store(image(number)).Status for number in (1, 2, 3, 4)]
        assert server._pool.inbox.taken == 0
    assert statuses == [0x0000, 0x0000, 0xC211, 0x0000]
    assert len(list(tmp_path.iterdir())) == 2


def test_instances_are_files_where_pynetdicom_makes_them_such(monkeypatch: pytest.MonkeyPatch) -> None:
    """``STORE_RECV_CHUNKED_DATASET``: the file is whole, and there as long as the handler."""
    monkeypatch.setattr(_config, "STORE_RECV_CHUNKED_DATASET", True)
    seen: list[Path] = []

    def store(event: Event) -> int:
        seen.append(event.dataset_path)
        assert rg.read(event.dataset_path) == event.dataset == image()
        assert event.dataset_path.read_bytes() == event.encoded_dataset()
        return 0x0000

    with pair([(evt.EVT_C_STORE, store)]) as (_, assoc):
        assert assoc.send_c_store(image()).Status == 0x0000
        until(lambda: not seen[0].exists())


def test_any_storage_is_also_that_which_the_standard_does_not_have() -> None:
    """Private classes and those of later editions, and no other service."""
    private, later = "1.2.826.0.1.3680043.8.498.77", "1.2.840.10008.5.1.4.1.1.9999"
    ae, seen = entity(), Log()
    handlers = [(evt.EVT_C_STORE, lambda event: seen.add(event.dataset.SOPClassUID) or 0)]
    with AE().start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers, any_storage=True) as server:
        contexts = [build_context(uid) for uid in (private, later, sop_class.Verification, FIND)]
        with ae.associate(*server.address, contexts) as assoc:
            assert [one.abstract_syntax for one in assoc.rejected_contexts] == [sop_class.Verification, FIND]
            for uid in (private, later):
                ds = image()
                ds.SOPClassUID = uid
                assert assoc.send_c_store(ds).Status == 0x0000
    assert seen == [private, later]
