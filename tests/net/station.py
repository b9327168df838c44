"""A server and who asks it, over the core alone: dicts, bytes and an inbox that threads take from."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any

from radiogram import _core

from tests import build

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

VERIFICATION = "1.2.840.10008.1.1"
CT = "1.2.840.10008.5.1.4.1.1.2"
FIND = "1.2.840.10008.5.1.4.1.2.1.1"
COMMITMENT = "1.2.840.10008.1.20.1"
CONTEXTS = [(1, VERIFICATION, [build.IMPLICIT]), (3, CT, [build.EXPLICIT]), (5, FIND, [build.EXPLICIT])]
OFFERS = [(uid, list[str](), True, True) for uid in (VERIFICATION, CT, FIND, COMMITMENT)]
ECHO = {"CommandField": 0x30, "AffectedSOPClassUID": VERIFICATION}
QUERY = {"CommandField": 0x20, "AffectedSOPClassUID": FIND, "Priority": 0}


def store(uid: str) -> dict[str, object]:
    """Give the command that stores an instance."""
    return {"CommandField": 1, "AffectedSOPClassUID": CT, "AffectedSOPInstanceUID": uid, "Priority": 0}


def instance(uid: str, more: bytes = b"") -> bytes:
    """Give a data set of explicit VR that names itself."""
    return build.element(0x00080016, "UI", CT) + build.element(0x00080018, "UI", uid) + more


def file(uid: str, syntax: str = build.EXPLICIT) -> bytes:
    """Give a file of the instance, whose file meta information names it too."""
    meta = build.element(0x00020001, "OB", b"\0\1")
    for tag, value in ((0x00020002, CT), (0x00020003, uid), (0x00020010, syntax), (0x00020012, "1.2.3.4")):
        meta += build.element(tag, "UI", value)
    length = build.element(0x00020000, "UL", len(meta).to_bytes(4, "little"))
    return bytes(128) + b"DICM" + length + meta + instance(uid)


def associate(address: tuple[str, int], **options: Any) -> _core.NetAssociation:
    """Ask for an association with all the contexts."""
    given: dict[str, Any] = {"calling": "ASKER", "called": "STATION", "contexts": CONTEXTS, **options}
    asked = _core.net_associate(*address, **given)
    assert isinstance(asked, _core.NetAssociation)
    return asked


def answer(
    association: _core.NetAssociation, context: int, command: dict[str, Any], data: bytes | None = None
) -> int:
    """Send a request and give the last status."""
    exchange = association.send(context, command, data)
    status = -1
    while (said := exchange.next(30)) is not None:
        status = said[0]["Status"]
    return status


@contextlib.contextmanager
def serving(
    serve: Callable[[_core.NetWork], object] | None = None,
    *,
    threads: int = 1,
    capacity: int = 256,
    **options: Any,
) -> Iterator[_core.NetServer]:
    """Run a server, and threads that serve what comes into its inbox."""
    inbox = _core.NetInbox(capacity)
    failed: list[BaseException] = []

    def work() -> None:
        while (taken := inbox.take()) is not None:
            try:
                if serve is not None:
                    serve(taken)
            except BaseException as raised:  # it is told at the end
                failed.append(raised)
            # Who holds a work may still answer it.
            del taken

    given: dict[str, Any] = {"aet": "STATION", "contexts": OFFERS, "inbox": inbox, **options}
    server = _core.NetServer("127.0.0.1", 0, **given)
    workers = [threading.Thread(target=work) for _ in range(threads if serve else 0)]
    for worker in workers:
        worker.start()
    try:
        yield server
    finally:
        server.stop(0)
        inbox.close()
        for worker in workers:
            worker.join()
    assert not failed, failed
