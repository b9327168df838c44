"""Peers that lie, stop half way, say nothing or never listen: everybody else is served, nothing grows, and nothing is written elsewhere."""

from __future__ import annotations

import contextlib
import random
import re
import socket
import struct
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.hostile.serving import IS_LONG, TITLE, Server, served
from tests.programs import until
from tests.wire import (
    CT,
    ECHO,
    EXPLICIT,
    IMPLICIT,
    VERIFICATION,
    Wire,
    command,
    ct_data_set,
    fragment,
    item,
    pdu,
    pdv,
    request,
    store,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")

LATE = 0.5
"""Seconds in which a new association and an echo are answered, whatever somebody else does."""
HOLD = 1000 if IS_LONG else 150
MUTATIONS = 3000 if IS_LONG else 300
CONNECTIONS = 100_000 if IS_LONG else 4_000

ASKED = request(TITLE)
ODD = tuple(range(1, 256, 2))
NESTED = struct.pack("<HHIHHI", 0x0040, 0xA730, 0xFFFFFFFF, 0xFFFE, 0xE000, 0xFFFFFFFF)

FIRST: dict[str, bytes] = {
    "another protocol": b"GET / HTTP/1.1\r\nHost: here\r\n\r\n",
    "the hello of TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(300),
    "zeros": bytes(2000),
    "ones": b"\xff" * 2000,
    "a length of 4 GB": struct.pack(">BBI", 1, 0, 0xFFFFFFFF) + bytes(100),
    "a length of nothing": pdu(1, b""),
    "a length that is too short": ASKED[:2] + struct.pack(">I", 40) + ASKED[6:],
    "a length that is too long": ASKED[:2] + struct.pack(">I", len(ASKED) + 60) + ASKED[6:],
    **{f"a PDU of type {kind:02x}": pdu(kind, bytes(4)) for kind in (0, 2, 3, 4, 5, 6, 7, 8, 0x7F, 0xFF)},
    "no version": request(TITLE, version=0),
    "versions of the future": request(TITLE, version=0xFFFE),
    "another application context": request(TITLE, application="9.9.9"),
    "a title that is nobody's": request("NOBODY"),
    "titles of blanks": request(" ", " "),
    "a title with control characters": request(TITLE, "\x1b[31m\r\nLOG x\0"),
    "a title that is a path": request(TITLE, "../../../tmp/x"),
    "as many contexts as there are": request(
        TITLE, contexts=tuple((one, VERIFICATION, (IMPLICIT,)) for one in ODD)
    ),
    "contexts with the same identifiers": request(TITLE, contexts=((1, CT, (IMPLICIT,)),) * 900),
    "a context with an even identifier": request(TITLE, contexts=((2, VERIFICATION, (IMPLICIT,)),)),
    "no context": request(TITLE, contexts=()),
    "a context without a transfer syntax": request(TITLE, contexts=((1, VERIFICATION, ()),)),
    "a context with two thousand": request(TITLE, contexts=((1, VERIFICATION, (IMPLICIT,) * 2000),)),
    "a UID of 40,000 characters": request(TITLE, contexts=((1, "1." * 20_000, (IMPLICIT,)),)),
    "a UID that is none": request(TITLE, contexts=((1, "1.2.\0\x7f\xff", (IMPLICIT,)),)),
    "PDUs of any length": request(TITLE, maximum=0),
    "PDUs of one byte": request(TITLE, maximum=1),
    "PDUs of 4 GB": request(TITLE, maximum=0xFFFFFFFF),
    "an identity of 30,000 bytes": request(
        TITLE, user=item(0x58, b"\2\1" + struct.pack(">H", 30_000) + b"A" * 30_000 + bytes(2))
    ),
    "an identity that lies": request(TITLE, user=item(0x58, b"\2\1\xff\xff" + b"A" * 10)),
    "items that lie": request(
        TITLE,
        user=item(0x54, b"\xff\xff") + item(0x56, b"\xff\xff1.2") + item(0x53, b"") + item(0x57, b"\xff" * 4),
    ),
    "an item that is longer than its PDU": ASKED[:-30] + b"\x51\0\xff\xff" + bytes(26),
}
"""What is sent before anything else."""

AFTER: dict[str, bytes] = {
    "another request": ASKED,
    "a release that was not asked for": pdu(6, bytes(4)),
    "a release of a megabyte": pdu(5, bytes(1 << 20)),
    "an abort": pdu(7, bytes(4)),
    "data of 4 GB": struct.pack(">BBI", 4, 0, 0xFFFFFFFF) + bytes(100),
    "a value of nothing": pdu(4, struct.pack(">I", 0)),
    "a value of one byte": pdu(4, struct.pack(">IB", 1, 1)),
    "fifty empty values": pdu(4, pdv(1, 0, b"") * 50 + pdv(1, 3, ECHO)),
    "a value of 4 GB": pdu(4, pdv(1, 3, ECHO, 0xFFFFFFFF)),
    "a value that is longer than its PDU": pdu(4, pdv(1, 3, ECHO, len(ECHO) + 90)),
    "a context that was not agreed on": fragment(77, 3, ECHO),
    "flags that are none": fragment(1, 0xFF, ECHO),
    "a byte a PDU": b"".join(
        fragment(1, 3 if at == len(ECHO) - 1 else 1, ECHO[at : at + 1]) for at in range(len(ECHO))
    ),
    "data before a command": fragment(3, 2, bytes(100)),
    "data of another context": fragment(3, 3, store("1.2.3")) + fragment(1, 2, bytes(10)),
    "two commands in one another": pdu(
        4, pdv(1, 1, ECHO[:20]) + pdv(3, 1, store("1.2.3")[:20]) + pdv(1, 3, ECHO[20:])
    ),
    "an instance without data": fragment(3, 3, store("1.2.3")),
    "a command of a megabyte": b"".join(fragment(1, 1, bytes(16_000)) for _ in range(66)),
    "a command that is none": fragment(1, 3, bytes(range(256))),
    "a command whose element has 4 GB": fragment(1, 3, struct.pack("<HHI", 0, 0x100, 0xFFFFFFFF) + bytes(8)),
    "no command field": fragment(1, 3, command({0x0002: VERIFICATION, 0x0110: 1, 0x0800: 0x0101})),
    "a command field that is none": fragment(
        1, 3, command({0x0002: VERIFICATION, 0x0100: 0x7777, 0x0110: 1, 0x0800: 0x0101})
    ),
    "an answer that was not asked for": fragment(
        1, 3, command({0x0002: VERIFICATION, 0x0100: 0x8030, 0x0120: 9, 0x0800: 0x0101, 0x0900: 0})
    ),
    "a cancellation of nothing": fragment(1, 3, command({0x0100: 0x0FFF, 0x0120: 9, 0x0800: 0x0101})),
    "an instance of no class": fragment(3, 3, store("1.2.3", sop_class="\xff" * 64)) + fragment(3, 2, b""),
    "an instance without a UID": fragment(3, 3, store("")) + fragment(3, 2, ct_data_set("", b"")),
    "an instance whose data are noise": fragment(3, 3, store("1.2.3"))
    + fragment(3, 2, random.Random(7).randbytes(4000)),
    "an instance whose element has 4 GB": fragment(3, 3, store("1.2.3"))
    + fragment(3, 2, struct.pack("<HHI", 0x7FE0, 0x10, 0xFFFFFFFE) + bytes(100)),
    "ten thousand sequences in one another": fragment(3, 3, store("1.2.3"))
    + b"".join(fragment(3, 0, NESTED * 500) for _ in range(20))
    + fragment(3, 2, b""),
}
"""What is sent once an association stands."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serve all attacks by one process, with a handler that looks into what comes."""
    folder = tmp_path_factory.mktemp("attacked") / "deep" / "kept"
    with served(folder, flags=("--handler", "--find", "20000")) as running:
        yield running


def is_served(server: Server) -> bool:
    """Say whether a new association is answered in time; a second look is allowed, for the machine is shared."""
    for _ in range(3):
        begin = time.monotonic()
        # Who is not answered at all is looked at again as well.
        with contextlib.suppress(TimeoutError):
            if server.echoes() and time.monotonic() - begin <= LATE:
                return True
    return False


def drained(wire: Wire) -> None:
    """Read what the server says, until it says nothing more."""
    wire.socket.settimeout(0.3)
    with contextlib.suppress(TimeoutError):
        while wire.receive():
            pass


@pytest.mark.parametrize("attack", FIRST)
def test_what_is_sent_first(attack: str, server: Server) -> None:
    """Another peer is served while the connection is open, and afterwards."""
    with Wire(server.port) as wire:
        with contextlib.suppress(ConnectionError):
            wire.send(FIRST[attack])
        drained(wire)
        assert is_served(server)
    assert is_served(server)
    assert server.is_alive()


@pytest.mark.parametrize("attack", AFTER)
def test_what_is_sent_on_an_association(attack: str, server: Server) -> None:
    """As before, behind an accepted association."""
    with server.associate() as wire:
        with contextlib.suppress(ConnectionError):
            wire.send(AFTER[attack])
        drained(wire)
        assert is_served(server)
    assert is_served(server)
    assert server.is_alive()


def test_damaged_conversations(server: Server) -> None:
    """Bytes of a whole conversation changed, put in and taken out anywhere; a sound one is served in between."""
    chance = random.Random("radiogram network")
    sound = (
        ASKED + Wire.message("1.2.826.0.1.96", ct_data_set("1.2.826.0.1.96", bytes(300))) + pdu(5, bytes(4))
    )
    for number in range(MUTATIONS):
        content = bytearray(sound)
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(content))
            match chance.randrange(4):
                case 0:
                    content[at] = chance.randrange(256)
                case 1:
                    del content[at : at + chance.randint(1, 8)]
                case 2:
                    content[at:at] = chance.randbytes(chance.randint(1, 8))
                case _:
                    content[at : at + 4] = b"\xff\xff\xff\xff"
        with Wire(server.port) as wire, contextlib.suppress(ConnectionError):
            wire.send(bytes(content))
            wire.reset()
        if number % 50 == 0:
            assert is_served(server), number
    assert is_served(server)


@pytest.mark.parametrize("bytes_sent", [0, 20, len(ASKED)], ids=["silent", "half a request", "idle"])
def test_many_that_are_held(bytes_sent: int, server: Server, note: Callable[[str], None]) -> None:
    """Connections that say nothing, half a request, or nothing behind an association, are no trouble to others; nor are they threads."""
    threads, before = server.threads(), server.resident()
    held = []
    try:
        for _ in range(HOLD):
            wire = Wire(server.port)
            held.append(wire)
            wire.send(ASKED[:bytes_sent])
            if bytes_sent == len(ASKED):
                answer = wire.receive()
                assert answer is not None
                assert answer[0] == 2
        assert is_served(server)
        assert server.threads() <= threads + 4
        grown = (server.resident() - before) / HOLD / 1024
        note(f"network, {HOLD} connections held after {bytes_sent} bytes: {grown:.1f} KB each")
    finally:
        for wire in held:
            wire.reset()
    assert is_served(server)


def test_storms(server: Server) -> None:
    """Connections that are closed, reset and aborted at once, again and again."""
    for number in range(300):
        with Wire(server.port) as wire:
            if number % 3:
                wire.send(ASKED)
            if number % 3 == 1:
                wire.receive()
                wire.send(pdu(7, bytes(4)))
            elif number % 3 == 2:
                wire.reset()
    assert is_served(server)


def test_connections_leave_nothing_behind(server: Server, note: Callable[[str], None]) -> None:
    """Memory and threads after thousands of connections, from many addresses, are what they were after the first ones."""

    def open_and_close(count: int) -> None:
        for number in range(count):
            with socket.socket() as one:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                one.bind((f"127.{number >> 8 & 0x3F}.{number & 0xFF}.{1 + number % 200}", 0))
                one.connect(("127.0.0.1", server.port))
                if number % 2:
                    one.sendall(ASKED)
                    if number % 4 == 3:
                        one.recv(4096)

    open_and_close(CONNECTIONS // 4)
    assert is_served(server)
    before, threads = server.resident(), server.threads()
    open_and_close(CONNECTIONS)
    assert is_served(server)
    grown = server.resident() - before
    note(f"network: {CONNECTIONS} connections and {grown / 1024:.0f} KB grown")
    assert grown < (4 << 20), "bytes that no connection gives back"
    # Those that wait for disks end when they have had nothing to do for a while.
    until(lambda: server.threads() <= threads, "threads are as many as after the first ones")


def test_a_peer_that_never_reads(server: Server) -> None:
    """Answers wait for it in a bounded place: twenty thousand to each of ten queries."""
    query = (
        struct.pack("<HHI", 0x0008, 0x0052, 6)
        + b"STUDY "
        + struct.pack("<HHI", 0x0010, 0x0020, 64)
        + b"x" * 64
    )
    model = "1.2.840.10008.5.1.4.1.2.2.1"
    asked = command({0x0002: model, 0x0100: 0x20, 0x0110: 1, 0x0700: 0, 0x0800: 1})
    before, held = server.resident(), []
    try:
        for _ in range(10):
            wire = Wire(server.port)
            wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            held.append(wire)
            wire.send(request(TITLE, contexts=((1, model, (IMPLICIT,)),)))
            answer = wire.receive()
            assert answer is not None
            assert answer[0] == 2
            wire.send(fragment(1, 3, asked) + fragment(1, 2, query))
        time.sleep(1.0)
        assert is_served(server)
        assert server.resident() - before < (32 << 20)
    finally:
        for wire in held:
            wire.reset()
    until(lambda: is_served(server), "it serves")


def test_slow_peers_are_ended(tmp_path: pytest.TempPathFactory) -> None:
    """ARTIM runs for a request that comes byte by byte (PS3.8 9.1.5), and the network's time-out for an association that is silent."""
    with served(tmp_path / "quick", acse_timeout=1) as server, Wire(server.port, 60) as wire:
        begin = time.monotonic()
        sent = 0
        with contextlib.suppress(ConnectionError):
            for one in ASKED[:-1]:
                wire.send(bytes([one]))
                sent += 1
                time.sleep(0.1)
        assert wire.receive() is None
        # Long before all of it has come.
        assert sent < len(ASKED) / 2, time.monotonic() - begin
    with served(tmp_path / "kept", network_timeout=2, dimse_timeout=2) as server:
        for said in (fragment(3, 3, store("1.2.3")), b""):
            # Its time does not begin before the association does, and ours begins no later.
            begin = time.monotonic()
            with server.associate(60) as wire:
                wire.send(said)
                answer = wire.receive()
                assert answer is None or answer[0] == 7
                assert 1 <= time.monotonic() - begin < 8
        assert is_served(server)


WICKED = (
    "../../../escaped",
    "/tmp/radiogram-escaped",
    "..",
    ".",
    "",
    "a/b",
    "1.2\0.3",
    "CON",
    "1.2\r\n3",
    "x" * 64,
)


@pytest.mark.parametrize("title", ["../../escaped", "/", "..", "\x1b[31m\r\nLOG"])
def test_nothing_outside_of_the_folder(title: str, server: Server) -> None:
    """Neither a title nor a UID of the command or the data set chooses where a file is."""
    above = server.folder.parents[1]
    before = {path for path in above.rglob("*") if server.folder not in path.parents}
    for uid in WICKED:
        with Wire(server.port) as wire:
            wire.send(request(TITLE, title))
            answer = wire.receive()
            if answer is None or answer[0] != 2:
                continue
            wire.store(uid, ct_data_set(uid, bytes(20)))
    after = {path for path in above.rglob("*") if server.folder not in path.parents}
    assert after == before
    assert not [name for name in server.names() if not re.fullmatch(r"[0-9.]+\.dcm", name)], server.names()
    assert is_served(server)


def test_the_log_is_ours(server: Server) -> None:
    """Each line of it begins as its format says and has no control character; what a peer says of patients is not in it."""
    secret = "SECRET-4711^PATIENT"
    data = ct_data_set("1.2.826.0.1.95", bytes(20)).replace(b"P1", secret.encode()[:2])
    with Wire(server.port) as wire:
        wire.send(request(TITLE, "\x1b[31m\r\nFAKE"))
        if wire.receive():
            wire.store("1.2.826.0.1.95", data)
            query = struct.pack("<HHI", 0x0010, 0x0010, 20) + (secret + " ").encode()
            wire.store("1.2.826.0.1.95\r\nFAKE", query + data)
    assert is_served(server)
    said = server.program.said()
    assert secret not in said
    lines = [line for line in said.split("\n") if line]
    assert not [line for line in lines if line != "ready" and not line.startswith("LOG ")][:5]
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", said)
    assert EXPLICIT
