"""Associations that are awaited, and handlers that are."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
import radiogram as rg
from radiogram.errors import (
    AssociationOverError,
    AssociationRejectedError,
    MissingSourceError,
    NetworkError,
    NotADatasetError,
)
from radiogram.net import build_role, evt

from tests.net.pair import CT, FIND, GET, MPPS, Log, entity, image, query, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from radiogram.net.asynchronous import AsyncAssociation
    from radiogram.net.event import Event
    from radiogram.net.sending import Sent
    from radiogram.net.server import AssociationServer


@asynccontextmanager
async def both(
    handlers: list[Any] | None = None, asking: dict[str, Any] | None = None, **options: Any
) -> AsyncIterator[tuple[AssociationServer, AsyncAssociation]]:
    """Give a server and an association with it, both on the loop that runs."""
    ae = entity()
    async with ae.serve_async(("127.0.0.1", 0), evt_handlers=handlers or [], **options) as server:
        roles = [build_role(CT, scu_role=True, scp_role=True)]
        async with ae.associate_async(*server.address, **{"ext_neg": roles, **(asking or {})}) as assoc:
            yield server, assoc


def test_operations_are_awaited(tmp_path: Path) -> None:
    def find(_event: Event) -> Any:
        for number in range(5):
            yield 0xFF00, query(PatientID=f"P{number}")

    handlers = [
        (evt.EVT_C_STORE, lambda _: 0),
        (evt.EVT_C_FIND, find),
        (evt.EVT_N_CREATE, lambda event: (0x0000, event.attribute_list)),
    ]
    paths = []
    for number in range(3):
        paths.append(tmp_path / f"{number}.dcm")
        image(number).save_as(paths[-1], enforce_file_format=True)

    async def main() -> None:
        async with both(handlers) as (_, assoc):
            assert assoc.is_established
            assert (await assoc.echo()).Status == 0
            assert (await assoc.store(image())).Status == 0
            assert (await assoc.store(paths[0])).Status == 0
            assert [sent.status.Status async for sent in assoc.store_many(paths)] == [0, 0, 0]
            found = [match.PatientID async for _, match in assoc.find(query(), FIND) if match is not None]
            assert found == [f"P{number}" for number in range(5)]
            status, _ = await assoc.normalized("create", query(), MPPS, "1.2.3")
            assert status.Status == 0
            assert assoc.accepted_contexts
        assert assoc.is_released

    asyncio.run(main())


def test_asynchronous_handlers_run_on_their_loop() -> None:
    seen: Log = Log()

    async def main() -> None:
        loop = asyncio.get_running_loop()

        async def store(event: Event) -> int:
            await asyncio.sleep(0)
            seen.add((asyncio.get_running_loop() is loop, event.dataset.PatientID))
            return 0xB000

        async def find(_event: Event) -> AsyncIterator[Any]:
            for number in range(3):
                await asyncio.sleep(0)
                yield 0xFF00, query(PatientID=f"P{number}")

        async def get(_event: Event) -> AsyncIterator[Any]:
            yield 1
            yield 0xFF00, image(1)

        handlers = [(evt.EVT_C_STORE, store), (evt.EVT_C_FIND, find), (evt.EVT_C_GET, get)]
        asking = {"evt_handlers": [(evt.EVT_C_STORE, store)]}
        async with both(handlers, asking) as (_, assoc):
            assert (await assoc.store(image())).Status == 0xB000
            assert len([1 async for _ in assoc.find(query(), FIND)]) == 4
            assert [status.Status async for status, _ in assoc.get(query(), GET)] == [0xFF00, 0xB000]

    asyncio.run(main())
    assert list(seen) == [(True, "P1"), (True, "P1")]


def test_an_asynchronous_handler_that_raises_is_answered_for() -> None:
    async def main() -> None:
        async def store(_event: Event) -> int:
            raise ValueError

        async with both([(evt.EVT_C_STORE, store)]) as (_, assoc):
            assert (await assoc.store(image())).Status == 0xC211

    asyncio.run(main())


def test_many_at_once_on_one_loop() -> None:
    async def main() -> None:
        ae = entity()

        async def store(_event: Event) -> int:
            await asyncio.sleep(0.01)
            return 0x0000

        async with ae.serve_async(("127.0.0.1", 0), evt_handlers=[(evt.EVT_C_STORE, store)]) as server:

            async def one(number: int) -> int:
                async with ae.associate_async(*server.address) as assoc:
                    return int((await assoc.store(image(number))).Status)

            assert await asyncio.gather(*(one(number) for number in range(1, 31))) == [0] * 30

    asyncio.run(main())


def test_cancelling_a_task_cancels_what_it_has_asked_for() -> None:
    closed: Log = Log()

    def find(_event: Event) -> Any:
        try:
            for number in range(1_000_000):
                yield 0xFF00, query(PatientID=f"P{number}")
        finally:
            closed.add(True)

    async def main() -> None:
        async with both([(evt.EVT_C_FIND, find)]) as (_, assoc):
            begun = asyncio.Event()

            async def listen() -> None:
                async for _ in assoc.find(query(), FIND):
                    begun.set()

            task = asyncio.create_task(listen())
            await asyncio.wait_for(begun.wait(), 60)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await asyncio.to_thread(until, lambda: closed)
            assert (await assoc.echo()).Status == 0

    asyncio.run(main())


def test_nothing_that_waits_for_a_peer_holds_a_thread(tmp_path: Path) -> None:
    """Handlers that pass on what they receive, more of them than the loop has threads, and each of the kinds that are sent."""
    path = tmp_path / "1.dcm"
    image().save_as(path, enforce_file_format=True)

    async def main() -> None:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
        async with both([(evt.EVT_C_STORE, lambda _: 0), (evt.EVT_N_CREATE, lambda _: (0, None))]) as (
            _,
            further,
        ):

            async def store(event: Event) -> int:
                await further.store(event.dataset)
                return int((await further.store(path)).Status)

            async def create(event: Event) -> Any:
                return (await further.normalized("create", event.attribute_list, MPPS, "1.2"))[0], None

            async with both([(evt.EVT_C_STORE, store), (evt.EVT_N_CREATE, create)]) as (_, assoc):
                stores = [assoc.store(path if number % 2 else image(number)) for number in range(8)]
                creates = [assoc.normalized("create", query(), MPPS, f"1.2.{number}") for number in range(8)]
                stored = await asyncio.wait_for(asyncio.gather(*stores), 20)
                assert [status.Status for status in stored] == [0] * 8
                created = await asyncio.wait_for(asyncio.gather(*creates), 20)
                assert [(status.Status, len(made)) for status, made in created] == [(0, 0)] * 8

    asyncio.run(main())


def test_who_cancels_a_sending_sends_no_more(tmp_path: Path) -> None:
    received: Log = Log()
    paths = [tmp_path / f"{number}.dcm" for number in range(60)]
    for number, path in enumerate(paths):
        image(number).save_as(path, enforce_file_format=True)

    async def main() -> None:
        gate = asyncio.Event()

        async def store(_event: Event) -> int:
            received.add(True)
            await gate.wait()
            return 0x0000

        async with both([(evt.EVT_C_STORE, store)]) as (_, assoc):

            async def send() -> None:
                async for sent in assoc.store_many(paths):
                    raise AssertionError(sent)

            task = asyncio.create_task(send())
            await asyncio.to_thread(until, lambda: received)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            gate.set()
            assert (await assoc.echo()).Status == 0
            await asyncio.sleep(0.3)
            assert len(received) <= 16
            gate.set()
            # And who leaves the loop.
            async for sent in assoc.store_many(paths):
                assert sent.status.Status == 0
                break
            assert (await assoc.echo()).Status == 0
            await asyncio.sleep(0.3)
            assert len(received) < 60

    asyncio.run(main())


def test_what_is_sent_one_after_the_other_says_the_same_as_without_asyncio(tmp_path: Path) -> None:
    path = tmp_path / "1.dcm"
    image(7).save_as(path, enforce_file_format=True)
    sources = [image(1), None, path, tmp_path / "none.dcm", image(2)]

    def kinds(sent: list[Sent]) -> list[Any]:
        return [one.status.get("Status") if one.error is None else type(one.error) for one in sent]

    async def main() -> None:
        async with both([(evt.EVT_C_STORE, lambda _: 0)]) as (server, assoc):
            sent = kinds([one async for one in assoc.store_many(sources)])
            assert sent == [0, NotADatasetError, 0, MissingSourceError, 0]
            assert sent == kinds(list(assoc.association.send_many(sources)))
            ending = assoc.store_many(sources)
            assert (await anext(ending)).status.Status == 0
            server.shutdown()
            await asyncio.to_thread(until, lambda: not assoc.is_established)
            assert kinds([one async for one in ending]) == [AssociationOverError] * 4

    asyncio.run(main())


def test_no_more_is_cancelled_than_may_be() -> None:
    """PS3.7 9.3.2.3: a C-CANCEL is for C-FIND, C-GET and C-MOVE."""
    heard: Log = Log()
    gate = threading.Event()

    def told(event: Event) -> None:
        heard.add(event.message.command_set.CommandField)

    def held(_event: Event) -> Any:
        gate.wait(60)
        return 0x0000, None

    handlers = [
        (evt.EVT_DIMSE_RECV, told),
        (evt.EVT_C_STORE, lambda event: held(event)[0]),
        (evt.EVT_N_DELETE, lambda event: held(event)[0]),
    ]

    async def main() -> None:
        async with both(handlers) as (server, assoc):
            for asked in (assoc.store(image()), assoc.normalized("delete", MPPS, "1.2")):
                before = server.metrics()["bytes_in"]
                task = asyncio.create_task(asked)
                await asyncio.to_thread(until, lambda before=before: server.metrics()["bytes_in"] > before)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
            gate.set()
            assert (await assoc.echo()).Status == 0
            assert (await assoc.normalized("delete", MPPS, "1.2")).Status == 0
        assert list(heard) == [0x0001, 0x0150, 0x0030, 0x0150]

    asyncio.run(main())


def test_a_handler_whose_peer_has_gone_is_cancelled() -> None:
    cancelled: Log = Log()

    async def main() -> None:
        begun = asyncio.Event()

        async def store(_event: Event) -> int:
            begun.set()
            try:
                await asyncio.sleep(120)
            except asyncio.CancelledError:
                cancelled.add(True)
                raise
            return 0x0000

        async with both([(evt.EVT_C_STORE, store)]) as (_, assoc):
            task = asyncio.create_task(assoc.store(image()))
            await asyncio.wait_for(begun.wait(), 60)
            assoc.abort()
            with pytest.raises(AssociationOverError):
                await task
            await asyncio.to_thread(until, lambda: cancelled)

    asyncio.run(main())


def test_no_association_is_an_exception_that_says_why() -> None:
    async def main() -> None:
        ae = entity()
        ae.require_called_aet = True
        async with ae.serve_async(("127.0.0.1", 0)) as server:
            address = server.address
            with pytest.raises(AssociationRejectedError):
                await ae.associate_async(*address, ae_title="SOMEBODY")
            assoc = await ae.associate_async(*address, ae_title="TEST")
            await assoc.release()
        with pytest.raises(NetworkError):
            async with ae.associate_async(*address):
                pass

    asyncio.run(main())


def test_an_exception_in_the_block_aborts() -> None:
    ended: Log = Log()

    async def main() -> None:
        ae = entity()
        async with ae.serve_async(("127.0.0.1", 0), evt_handlers=[(evt.EVT_ABORTED, ended.add)]) as server:
            with pytest.raises(ZeroDivisionError):
                async with ae.associate_async(*server.address):
                    _ = 1 / 0
            await asyncio.to_thread(until, lambda: ended)

    asyncio.run(main())


def test_a_failed_instance_raises() -> None:
    async def main() -> None:
        async with both([(evt.EVT_C_STORE, lambda _: 0)]) as (_, assoc):
            with pytest.raises(rg.DicomError):
                await assoc.store(rg.Dataset())
            assert (await assoc.store(image())).Status == 0

    asyncio.run(main())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
def test_a_forked_child_asks_for_itself() -> None:
    """What the parent has is not the child's; a new association is, from the same AE."""
    program = """
import asyncio, os
from radiogram.net import AE, evt
ae = AE()
ae.add_supported_context("1.2.840.10008.1.1"); ae.add_requested_context("1.2.840.10008.1.1")
server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_ECHO, lambda e: 0)])

async def ask():
    async with ae.associate_async(*server.address, evt_handlers=[(evt.EVT_RELEASED, lambda e: None)]) as assoc:
        return (await assoc.echo()).Status

assert asyncio.run(ask()) == 0
address = server.address
child = os.fork()
if not child:
    with ae.associate(*address, evt_handlers=[(evt.EVT_RELEASED, lambda e: None)]) as assoc:
        os._exit(assoc.send_c_echo().Status)
assert os.waitpid(child, 0)[1] == 0
print("done")
server.shutdown()
"""
    said = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (said.returncode, said.stdout, said.stderr) == (0, "done\n", "")


def test_an_association_whose_task_was_cancelled_ends() -> None:
    """Whenever that was: what was agreed on meanwhile has nobody who would release it."""

    async def main() -> None:
        ae = entity()
        async with ae.serve_async(("127.0.0.1", 0)) as server:
            for pause in (0.0, 0.0005, 0.001, 0.002, 0.004):
                task = asyncio.ensure_future(ae.associate_async(*server.address))
                await asyncio.sleep(pause)
                task.cancel()
                await asyncio.wait([task])
                if not task.cancelled():
                    task.result().abort()
            # Behind this one all of them have been heard.
            async with ae.associate_async(*server.address):
                pass
            await asyncio.to_thread(until, lambda: server.metrics()["associations"] == 0, 5.0)

    asyncio.run(main())


def test_a_peer_whose_answer_nobody_waits_for_is_told_at_once() -> None:
    """It has not answered yet, and may never."""

    async def main(port: int) -> None:
        task = asyncio.ensure_future(entity().associate_async("127.0.0.1", port))
        connection, _ = await asyncio.to_thread(listener.accept)
        with connection:
            connection.settimeout(10)
            heard = await asyncio.to_thread(connection.recv, 1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            # A-ABORT (PS3.8 9.3.8) behind the request.
            while heard[-10:-4] != b"\x07\x00\x00\x00\x00\x04":
                heard += await asyncio.to_thread(connection.recv, 4096)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)
        asyncio.run(main(listener.getsockname()[1]))
