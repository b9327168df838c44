"""What `debug_logger` makes the log tell."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from radiogram import net
from radiogram.net import evt, narrating

from tests.net.pair import FIND, image, pair, query

if TYPE_CHECKING:
    import pytest


def test_associations_and_messages_are_told_once_asked_for(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(narrating, "_begun", [])
    logger = logging.getLogger("radiogram.net")
    monkeypatch.setattr(logger, "handlers", [])
    monkeypatch.setattr(logger, "level", logger.level)
    caplog.set_level(logging.DEBUG)
    handlers = [
        (evt.EVT_C_STORE, lambda _: 0),
        (evt.EVT_C_FIND, lambda _: [(0xFF00, query(PatientID="SECRET"))]),
    ]
    with pair(handlers) as (_, assoc):
        assoc.send_c_echo()
    assert not caplog.records
    net.debug_logger()
    with pair(handlers) as (server, assoc):
        assoc.send_c_store(image(7))
        list(assoc.send_c_find(query(PatientID="SECRET"), FIND))
        server.ae.require_called_aet = True
        server.ae.associate(*server.address, ae_title="WRONG")
    lines = [record.getMessage() for record in caplog.records]
    for told in (
        "requesting an association with ANY-SCP",
        "the association was accepted",
        "sending a C-STORE request, message 1",
        "TEST of 127.0.0.1 has sent a C-STORE request, message 1",
        "the answer to message 1: status 0000",
        "an answer to message 1: status FF00",
        "no association",
        "the association is over: released",
    ):
        assert [line for line in lines if told in line], (told, lines)
    assert not [line for line in lines if "SECRET" in line or "P7" in line]


def test_a_line_is_one_line(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(narrating, "_begun", [True])
    with caplog.at_level(logging.DEBUG):
        narrating.narrate("a title of %s", "A\r\nE: forged")
    assert [record.getMessage() for record in caplog.records] == [r"a title of A\r\nE: forged"]
