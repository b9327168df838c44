"""What foreign clients said to our server, recorded on the way, and said again in pieces of any size: our server answers the same each time."""

from __future__ import annotations

import importlib.util
import random
import struct
import sys
from typing import TYPE_CHECKING

import pytest

from tests.peers.net.instances import digests
from tests.peers.net.ours import US, Kept, serving
from tests.peers.net.relay import Conversation, Relay
from tests.peers.net.test_other_clients import ODIL_STORE, debian_python
from tests.programs import require, run
from tests.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PYNETDICOM = """
import sys
from pynetdicom import AE
ae = AE("PYNETDICOM")
ae.add_requested_context("1.2.840.10008.1.1")
ae.add_requested_context("1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.2.1")
assoc = ae.associate("127.0.0.1", int(sys.argv[1]), ae_title="RADIOGRAM")
assert assoc.send_c_echo().Status == 0
for path in sys.argv[2:]:
    assert assoc.send_c_store(path).Status == 0
assoc.release()
"""


def pdus(stream: bytes) -> Iterator[tuple[int, bytes]]:
    """Give the type and content of each PDU."""
    at = 0
    while at < len(stream):
        kind, length = struct.unpack_from(">BxI", stream, at)
        yield kind, stream[at + 6 : at + 6 + length]
        at += 6 + length
    assert at == len(stream)


def said_again(port: int, stream: bytes, pieces: Iterator[int], count: int) -> list[tuple[int, bytes]]:
    """Say a conversation once more, and give the answers. The release is asked for when all else is answered."""
    answers, at = [], 0
    end, release = len(stream) - 10, stream[-10:]
    with Wire(port, 20) as wire:
        while at < end:
            piece = stream[at : min(at + next(pieces), end)]
            wire.send(piece)
            at += len(piece)
        while len(answers) < count - 1:
            answer = wire.receive()
            assert answer is not None
            answers.append(answer)
        wire.send(release)
        answer = wire.receive()
        assert answer is not None
        answers.append(answer)
    return answers


@pytest.mark.parametrize("client", ["storescu", "pynetdicom", "odil"])
def test_said_again_in_pieces(client: str, archive: list[Path], tmp_path: Path) -> None:
    """One byte at a time, seven, any, and all at once."""
    kept = Kept()
    paths = archive[:2]
    with serving(kept.handlers) as port, Relay(port) as relay:
        if client == "storescu":
            require("storescu")
            run("storescu", "-aec", US, "127.0.0.1", relay.port, *paths)
        elif client == "pynetdicom":
            if not importlib.util.find_spec("pynetdicom"):
                pytest.skip("not installed: pynetdicom")
            run(sys.executable, "-c", PYNETDICOM, relay.port, *paths)
        else:
            run(debian_python(), "-c", ODIL_STORE, relay.port, *paths, folder=tmp_path)
        (recorded,) = relay.conversations
        assert isinstance(recorded, Conversation)
        stream, answers = bytes(recorded.requestor), list(pdus(bytes(recorded.acceptor)))
        first = digests(kept.files.values())
        chance = random.Random(client)
        for pieces in (
            iter(lambda: 1, 0),
            iter(lambda: 7, 0),
            iter(lambda: chance.randint(1, 3000), 0),
            iter(lambda: len(stream), 0),
        ):
            kept.files.clear()
            again = said_again(port, stream, pieces, len(answers))
            assert [kind for kind, _ in again] == [kind for kind, _ in answers]
            assert again == answers
            assert digests(kept.files.values()) == first
    assert len(first) == 2
