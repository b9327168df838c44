"""`Services.loopback`: both sides in one process."""

from __future__ import annotations

import pytest
import radiogram as rg
from radiogram.net.services import Reports, Services, Worklist, find_worklist


class _Closed(Worklist):
    closed = 0

    def close(self) -> None:
        self.closed += 1
        super().close()


def test_both_sides_end_with_the_block() -> None:
    """Also where what is in it fails."""
    worklist = _Closed([rg.Dataset({"PatientID": "P1"})])
    heard = Reports()
    with Services(worklist).loopback(evt_handlers=heard.handlers()) as association:
        assert [found.PatientID for found in find_worklist(association)] == ["P1"]
    assert association.is_released
    assert worklist.closed == 1

    def fails() -> None:
        with Services(worklist).loopback():
            message = "of the test"
            raise LookupError(message)

    with pytest.raises(LookupError, match="of the test"):
        fails()
    assert worklist.closed == 2
