"""`Services.loopback`: both sides in one process."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import radiogram as rg
from radiogram.net.services import (
    PerformedSteps,
    QueryRetrieve,
    Reports,
    Services,
    UnifiedSteps,
    Worklist,
    find_worklist,
    uids,
)

from .fakes import Asked, Repository


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


def test_a_sop_class_has_its_own_services_alone() -> None:
    asked = Asked(QueryRetrieve(Repository()), UnifiedSteps())
    query = rg.Dataset({"QueryRetrieveLevel": "STUDY", "StudyInstanceUID": "1.1"})
    find, move, get = uids(
        *(f"StudyRootQueryRetrieveInformationModel{kind}" for kind in ("Find", "Move", "Get"))
    )
    assert [int(status) for status, _ in asked.ask("c_find", find, identifier=query)] == [0xFF00]
    for method, uid in (("c_find", move), ("c_find", get), ("c_get", find), ("c_move", get)):
        ((status, _),) = asked.ask(method, uid, identifier=query, move_destination="X")
        assert status.Status == 0x0122, method
    push, watch, pull, *_ = UnifiedSteps.contexts
    assert asked.ask("c_find", pull, identifier=rg.Dataset({"PatientID": None})) == []
    # PS3.7 9.1.2.1.3: a query is of the class that its context is for; who asks for steps may name the class of their instances.
    over = SimpleNamespace(abstract_syntax=pull)
    assert asked.ask("c_find", push, identifier=rg.Dataset({"PatientID": None}), context=over) == []
    for uid in (find, watch):
        ((status, _),) = asked.ask("c_find", uid, identifier=query, context=over)
        assert status.Status == 0x0122
    assert asked.status("n_get", watch, "1.2", attribute_identifiers=[], context=over) == 0xC307
    assert asked.status("n_get", push, "1.2", attribute_identifiers=[]) == 0xC307


def test_steps_are_not_made_by_the_classes_that_retrieve_them_and_tell_of_them() -> None:
    asked = Asked(PerformedSteps(strict=False))
    begun = rg.Dataset({"PerformedProcedureStepStatus": "IN PROGRESS"})
    performed, retrieve, notification = PerformedSteps.contexts
    for uid, status in ((retrieve, 0x0211), (notification, 0x0211), ("1.2.3", 0x0122), (performed, 0)):
        assert asked.status("n_create", uid, "1.2", attribute_list=begun) == status
    assert asked.status("n_set", retrieve, "1.2", modification_list=begun) == 0x0211
    assert asked.status("n_get", retrieve, "1.2", attribute_identifiers=[]) == 0
