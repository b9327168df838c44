"""Senders whose associations cannot be opened, by what nobody foresaw, or that nobody waits for any more."""

from __future__ import annotations

import time
from typing import Any

import pytest
from pydicom.data import get_testdata_file
from radiogram.errors import ArgumentError
from radiogram.net.services.sender import send_files

PATH = str(get_testdata_file("CT_small.dcm"))


def test_what_opening_raises_reaches_who_waits() -> None:
    def opened(_: object) -> Any:
        message = "no port"
        raise OverflowError(message)

    with pytest.raises(OverflowError, match="no port"):
        list(send_files([PATH], opened))


@pytest.mark.parametrize("options", [{"pause": -1.0}, {"pause": float("nan")}, {"retry": -1}])
def test_numbers_that_cannot_be(options: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError):
        next(send_files([PATH], lambda _: None, **options))


def test_a_pause_ends_with_its_sender() -> None:
    def opened(_: object) -> Any:
        message = "nobody listens"
        raise ConnectionRefusedError(message)

    begun = time.monotonic()
    sending = send_files([PATH, PATH + ".none"], opened, pause=60.0)
    assert next(sending).path == PATH + ".none"
    sending.close()
    assert time.monotonic() - begun < 10
