"""Associations in words."""

from __future__ import annotations

import random
import socket
import threading
from typing import Any

import pytest
from radiogram import _core
from radiogram.net import AE, build_context
from radiogram.net.explaining import Conversation, refusal


def recorded(entity: AE, **options: Any) -> tuple[bytes, bytes]:
    """Give the bytes of both directions of an association with an echo."""
    heard: tuple[list[bytes], list[bytes]] = ([], [])
    server = entity.start_server(("127.0.0.1", 0), block=False)
    with server, socket.create_server(("127.0.0.1", 0)) as between:

        def relay(source: socket.socket, target: socket.socket, kept: list[bytes]) -> None:
            while data := source.recv(1 << 16):
                kept.append(data)
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)

        def run() -> None:
            caller, _ = between.accept()
            with caller, socket.create_connection(server.address[:2]) as called:
                back = threading.Thread(target=relay, args=(called, caller, heard[1]))
                back.start()
                relay(caller, called, heard[0])
                back.join()

        thread = threading.Thread(target=run)
        thread.start()
        contexts = [
            build_context("1.2.840.10008.1.1"),
            build_context("1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.2.4.50"),
        ]
        association = AE("ME").associate(
            "127.0.0.1", between.getsockname()[1], contexts=contexts, ae_title="YOU", **options
        )
        if association.is_established:
            association.send_c_echo()
            association.release()
        thread.join(20)
    return b"".join(heard[0]), b"".join(heard[1])


@pytest.fixture(scope="module")
def echo() -> tuple[bytes, bytes]:
    entity = AE("YOU")
    entity.add_supported_context("1.2.840.10008.1.1")
    return recorded(entity)


def told(bytes_of: tuple[bytes, bytes], size: int) -> list[str]:
    conversation = Conversation()
    asked = [conversation.asked(bytes_of[0][at : at + size]) for at in range(0, len(bytes_of[0]), size)]
    answered = [conversation.answered(bytes_of[1][at : at + size]) for at in range(0, len(bytes_of[1]), size)]
    return [line for lines in (*asked, *answered) for line, _ in lines]


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_who_proposed_what_and_what_came_of_it(echo: tuple[bytes, bytes], size: int) -> None:
    lines = told(echo, size)
    assert lines[0].startswith("ME (")
    assert "asks YOU for an association" in lines[0]
    assert "  proposes 3: CT Image Storage in JPEG Baseline (Process 1)" in lines
    refused = "  refuses 3: CT Image Storage: the abstract syntax is not supported: the acceptor does not have this SOP class, or not for this caller"
    assert refused in lines
    assert any(line.startswith("C-ECHO request") for line in lines)
    assert any(line.endswith("0000 Success") for line in lines)


def test_why_it_was_rejected() -> None:
    entity = AE("OTHER")
    entity.add_supported_context("1.2.840.10008.1.1")
    entity.require_called_aet = True
    lines = told(recorded(entity), 100)
    assert lines[-1] == "  the acceptor is not called YOU: call it by its own AE title"
    for source, reason in ((1, 1), (1, 2), (1, 3), (1, 7), (2, 1), (2, 2), (3, 1), (3, 2), (9, 9)):
        words = refusal(2, source, reason, "ME", "YOU")
        assert words.endswith("(for now)")
        # PS3.8 9.3.4: all but the last are the standard's.
        assert ("the standard does not have" in words) == ((source, reason) == (9, 9))


def test_what_is_no_dicom_is_said_once(echo: tuple[bytes, bytes]) -> None:
    conversation = Conversation()
    lines = conversation.asked(b"GET / HTTP/1.1\r\n\r\n") + conversation.asked(b"more of it")
    assert len(lines) == 1
    assert "no DICOM" in lines[0][0]
    chance = random.Random(7)
    for _ in range(300):
        data = bytearray(echo[0])
        for _ in range(chance.randrange(1, 8)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        for name, said in _core.NetTap().feed(bytes(data)):
            assert isinstance(name, str)
            assert isinstance(said, dict)
        told((bytes(data), echo[1]), 64)
