"""What handlers are called with: nothing is read, and no data set is built, before it is asked for."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
import radiogram as rg
from radiogram.net import event as module
from radiogram.net import evt

from tests.net.pair import CT, EXPLICIT, MPPS, Log, image, pair, query

if TYPE_CHECKING:
    from pathlib import Path

    from radiogram.net.event import Event


def _with(handler: Any, **options: Any) -> None:
    with pair([(evt.EVT_C_STORE, handler)], **options) as (_, assoc):
        assert assoc.send_c_store(image(), msg_id=11).Status == 0x0000


def test_of_a_c_store() -> None:
    seen: Log = Log()

    def handler(event: Event) -> int:
        seen.add(event)
        assert event.message_id == 11
        assert event.context == (event.context.context_id, CT, EXPLICIT)
        assert event.request.AffectedSOPClassUID.name == "CT Image Storage"
        assert event.request.MoveOriginatorMessageID is None
        assert event.request.DataSet.getvalue() == event.encoded_dataset(include_meta=False)
        assert event.dataset is event.dataset
        assert event.file_meta.MediaStorageSOPInstanceUID == event.dataset.SOPInstanceUID
        assert event.file_meta.TransferSyntaxUID == EXPLICIT
        assert not event.is_cancelled
        assert event.timestamp.tzinfo is None
        assert abs((event.timestamp - datetime.now()).total_seconds()) < 60  # noqa: DTZ005  # as it is
        assert event.memoryview().readonly
        assert event.assoc.is_acceptor
        with pytest.raises(AttributeError, match="memory"):
            _ = event.path
        assert event.dataset_path is None
        for name in ("identifier", "attribute_list", "action_type", "move_destination", "nothing"):
            with pytest.raises(AttributeError):
                getattr(event, name)
        with pytest.raises(AttributeError):
            _ = event.request.NoSuchField
        return 0x0000

    _with(handler)
    # What it holds can be used after it was answered.
    assert seen[0].dataset.PatientID == "P1"


def test_a_file_is_there_when_its_handler_is_called(tmp_path: Path) -> None:
    seen: Log = Log()

    def handler(event: Event) -> int:
        seen.add(
            (event.path, rg.read(event.path).PatientID, event.dataset.PatientID, event.encoded_dataset())
        )
        return 0x0000

    _with(handler, store=tmp_path, durability="os")
    ((path, first, second, data),) = seen
    assert (path.parent, first, second) == (tmp_path, "P1", "P1")
    assert path.read_bytes() == data


def test_nothing_is_built_before_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what a handler does not touch, no data set is read and no bytes are made."""

    def never(*_arguments: object) -> None:
        message = "nobody has asked for it"
        raise AssertionError(message)

    for name in ("read", "decoded", "data_of", "stored_file", "meta_of", "primitive_of"):
        monkeypatch.setattr(module, name, never)
    _with(lambda event: 0x0000 if event.message_id == 11 else 0xC000)


def test_a_damaged_data_set_is_a_failure_of_who_reads_it() -> None:
    def handler(event: Event) -> int:
        return 0x0000 if len(event.identifier) == 0 else 0xA900

    with pair([(evt.EVT_C_FIND, handler)]) as (_, assoc):
        # A handler that is no generator is one that fails.
        assert [status.Status for status, _ in assoc.send_c_find(query(), pair_find())] == [0xC311]


def pair_find() -> str:
    """Give the query model of the tests."""
    from tests.net.pair import FIND

    return FIND


def test_arguments_of_a_handler() -> None:
    seen: Log = Log()

    def handler(_event: Event, first: str, second: int) -> int:
        seen.add((first, second))
        return 0x0000

    with pair([(evt.EVT_C_ECHO, handler, ["x", 2])]) as (_, assoc):
        assoc.send_c_echo()
    assert list(seen) == [("x", 2)]


def test_the_steps_of_the_documentation_of_pynetdicom() -> None:
    """Its N-SET handler asks for the Attribute List: that of the response, which is empty; an N-GET has one too, other requests have none."""
    kept: dict[str, rg.Dataset] = {}
    seen: Log = Log()

    def create(event: Event) -> tuple[int, rg.Dataset | None]:
        req = event.request
        if req.AffectedSOPInstanceUID in kept:
            return 0x0111, None
        attr_list = event.attribute_list
        if attr_list.PerformedProcedureStepStatus.upper() != "IN PROGRESS":
            return 0x0106, None
        ds = rg.Dataset()
        ds.SOPClassUID, ds.SOPInstanceUID = MPPS, req.AffectedSOPInstanceUID
        ds.update(attr_list)
        kept[ds.SOPInstanceUID] = ds
        return 0x0000, ds

    def change(event: Event) -> tuple[int, rg.Dataset | None]:
        req = event.request
        if req.RequestedSOPInstanceUID not in kept:
            return 0x0112, None
        ds = kept[req.RequestedSOPInstanceUID]
        mod_list = event.attribute_list
        seen.add((len(mod_list), event.modification_list.PerformedProcedureStepStatus))
        ds.update(mod_list)
        return 0x0000, ds

    def get(event: Event) -> tuple[int, rg.Dataset]:
        assert len(event.attribute_list) == 0
        with pytest.raises(AttributeError, match="N-SET"):
            _ = event.modification_list
        return 0x0000, rg.Dataset()

    def action(event: Event) -> tuple[int, None]:
        with pytest.raises(AttributeError, match="N-CREATE"):
            _ = event.attribute_list
        return 0x0000, None

    step = rg.Dataset({"PerformedProcedureStepStatus": "IN PROGRESS", "PatientName": "Doe"})
    done = rg.Dataset({"PerformedProcedureStepStatus": "COMPLETED"})
    handlers = [
        (evt.EVT_N_CREATE, create),
        (evt.EVT_N_SET, change),
        (evt.EVT_N_GET, get),
        (evt.EVT_N_ACTION, action),
    ]
    with pair(handlers) as (_, assoc):
        status, answer = assoc.send_n_create(step, MPPS, "1.2.3")
        assert (status.Status, answer.PatientName) == (0x0000, "Doe")
        assert assoc.send_n_set(done, MPPS, "1.2.3")[0].Status == 0x0000
        assert assoc.send_n_set(done, MPPS, "1.2.4")[0].Status == 0x0112
        assert assoc.send_n_get([], MPPS, "1.2.3")[0].Status == 0x0000
        assert assoc.send_n_action(done, 1, MPPS, "1.2.3")[0].Status == 0x0000
    assert list(seen) == [(0, "COMPLETED")]
