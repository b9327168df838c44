"""Queries whose peer does not keep to the rules."""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING, Any

import pytest
import radiogram as rg
from radiogram.net.services import find
from radiogram.net.services.answers import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator


class Endless:
    """An association with a peer that never hears of a C-CANCEL."""

    dimse_timeout = 0.2

    def __init__(self) -> None:
        self.told: list[str] = []

    def send_c_find(self, *_: Any, **__: Any) -> Iterator[tuple[rg.Dataset, rg.Dataset]]:
        for number in itertools.count():
            time.sleep(0.01)
            yield rg.Dataset({"Status": 0xFF00}), rg.Dataset({"PatientID": str(number)})

    def send_c_cancel(self, *_: Any, **__: Any) -> None:
        self.told.append("cancel")

    def abort(self) -> None:
        self.told.append("abort")


def test_a_peer_that_does_not_hear_of_a_cancellation_is_left() -> None:
    association = Endless()
    found = find(association, rg.Dataset({"PatientID": None}), "1.2", limit=2)
    assert [next(found).PatientID, next(found).PatientID] == ["0", "1"]
    # Who looks at what was found takes no time from the peer.
    time.sleep(0.4)
    begun = time.monotonic()
    with pytest.raises(RefusedError, match="though they were cancelled"):
        next(found)
    assert time.monotonic() - begun >= 0.2
    assert association.told == ["cancel", "abort"]
