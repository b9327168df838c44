"""Sub-operations of instances that were found: the next ones are begun while one is answered, and none is lost or counted twice by that.

Seen to fail: with `_AHEAD` 1 nothing is asked for early; without `take_back` in `cancel` what was not begun is sent all the same.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from radiogram.net import AE, build_context, evt
from radiogram.net.found import Found
from radiogram.net.service_user import ServiceUser
from radiogram.net.sub_operations import SubOperations

from tests.net.pair import CT, EXPLICIT, IMPLICIT, MOVE, Log, entity, image, pair, query, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import radiogram as rg
    from radiogram.net.event import Event
    from radiogram.net.server import AssociationServer

COUNT = 12


class Destination:
    """Where instances go, one at a time: it answers once it may."""

    def __init__(self, syntax: str = EXPLICIT) -> None:
        self.seen: Log = Log()
        self.may_answer = threading.Event()
        ae = AE("DEST")
        ae.operations_window = (1, 1)
        ae.add_supported_context(CT, syntax)
        self.server: AssociationServer = ae.start_server(
            ("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, self.store)]
        )

    @property
    def place(self) -> tuple[Any, ...]:
        """Give it as a handler yields it."""
        return (*self.server.address, {"contexts": [build_context(CT, [EXPLICIT, IMPLICIT])]})

    def store(self, event: Event) -> int:
        """Keep who it is of."""
        request = event.request
        self.seen.add((event.dataset.PatientID, request.MoveOriginatorApplicationEntityTitle))
        assert self.may_answer.wait(60)
        return 0x0000


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"{number}.dcm" for number in range(1, COUNT + 1)]
    for number, path in enumerate(paths, 1):
        image(number).save_as(path, enforce_file_format=True)
    return paths


def found(path: Path) -> Found:
    state = path.stat()
    uid = str(image(int(path.stem)).SOPInstanceUID)
    return Found(path, CT, uid, EXPLICIT, state.st_size, state.st_mtime_ns)


def moving(
    there: Destination, files: list[Path], asked: Log, as_source: Callable[[Path], Any] = found
) -> Callable[[Event], Iterator[Any]]:
    def move(_event: Event) -> Iterator[Any]:
        yield there.place
        yield len(files)
        for path in files:
            asked.add(path.stem)
            yield 0xFF00, as_source(path)

    return move


@pytest.fixture
def taken_back(monkeypatch: pytest.MonkeyPatch) -> Log:
    """What was taken back from the engine."""
    seen: Log = Log()
    take_back = SubOperations._take_back

    def watched(self: SubOperations) -> None:
        before = len(self._under_way)
        take_back(self)
        seen.add(before - len(self._under_way))

    monkeypatch.setattr(SubOperations, "_take_back", watched)
    return seen


def counts(status: rg.Dataset) -> tuple[Any, ...]:
    names = ("Remaining", "Completed", "Failed")
    return tuple(status.get(f"NumberOf{name}Suboperations") for name in names)


def test_what_is_found_is_asked_for_ahead(files: list[Path]) -> None:
    for as_source, ahead in ((found, 3), (str, 1)):
        there, asked = Destination(), Log()
        with (
            there.server,
            pair([(evt.EVT_C_MOVE, moving(there, files, asked, as_source))]) as (_, assoc),
        ):
            results = assoc.send_c_move(query(), "DEST", MOVE)
            until(lambda: there.seen and len(asked) == ahead)  # noqa: B023  # it is called here
            assert len(there.seen) == 1
            there.may_answer.set()
            got = [(status.Status, counts(status)) for status, _ in results]
        pending = [(0xFF00, (COUNT - done, done, 0)) for done in range(1, COUNT + 1)]
        assert got == [*pending, (0x0000, (None, COUNT, 0))]
        assert list(there.seen) == [(f"P{number}", "TEST") for number in range(1, COUNT + 1)]


def test_cancelled_while_some_are_under_way(files: list[Path], taken_back: Log) -> None:
    there, asked = Destination(), Log()
    with there.server, pair([(evt.EVT_C_MOVE, moving(there, files, asked))]) as (_, assoc):
        results = assoc.send_c_move(query(), "DEST", MOVE, msg_id=7)
        until(lambda: there.seen and len(asked) == 3)
        assoc.send_c_cancel(7, query_model=MOVE)
        until(lambda: taken_back)
        there.may_answer.set()
        *_, (last, listed) = results
    remaining, completed, failed = counts(last)
    assert (last.Status, failed) == (0xFE00, 0)
    assert (remaining, completed, len(there.seen)) == (COUNT - 1, 1, 1)
    assert listed is not None
    assert not listed.get("FailedSOPInstanceUIDList")


def test_the_last_ones_can_be_cancelled_as_well(files: list[Path], taken_back: Log) -> None:
    """All of them are asked for by then."""
    there, asked = Destination(), Log()
    with there.server, pair([(evt.EVT_C_MOVE, moving(there, files[:3], asked))]) as (_, assoc):
        results = assoc.send_c_move(query(), "DEST", MOVE, msg_id=7)
        until(lambda: there.seen and len(asked) == 3)
        assoc.send_c_cancel(7, query_model=MOVE)
        until(lambda: taken_back)
        there.may_answer.set()
        *_, (last, _) = results
    assert (last.Status, counts(last), len(there.seen)) == (0xFE00, (2, 1, 0), 1)


def test_cancelled_while_the_handler_is_asked_for_more(files: list[Path], taken_back: Log) -> None:
    there, asked = Destination(), Log()

    def move(event: Event) -> Iterator[Any]:
        yield there.place
        yield 3
        for path in files[:3]:
            if path is files[2]:
                # The destination is held up by its first one; nothing is told of the others before that.
                until(lambda: event.is_cancelled)
            asked.add(path)
            yield 0xFF00, found(path)

    with there.server, pair([(evt.EVT_C_MOVE, move)]) as (_, assoc):
        results = assoc.send_c_move(query(), "DEST", MOVE, msg_id=7)
        until(lambda: there.seen and asked)
        assoc.send_c_cancel(7, query_model=MOVE)
        until(lambda: taken_back)
        there.may_answer.set()
        *_, (last, _) = results
    assert (last.Status, counts(last), list(taken_back)) == (0xFE00, (2, 1, 0), [1, 0])


def test_what_cannot_go_as_it_is_goes_in_its_turn(files: list[Path]) -> None:
    """Its file has changed, or its transfer syntax was not accepted."""
    there = Destination(IMPLICIT)
    there.may_answer.set()

    def source(path: Path) -> Any:
        if path.stem == "5":
            path.write_bytes(path.read_bytes()[:-7])
            return found(path)._replace(changed=1)
        return found(path) if int(path.stem) % 2 else found(path)._replace(source=image(int(path.stem)))

    with there.server, pair([(evt.EVT_C_MOVE, moving(there, files, Log(), source))]) as (_, assoc):
        *told, (last, listed) = assoc.send_c_move(query(), "DEST", MOVE)
    assert [counts(status)[0] for status, _ in told] == list(range(COUNT - 1, -1, -1))
    assert (last.Status, counts(last)) == (0xB000, (None, COUNT - 1, 1))
    assert listed is not None
    assert listed.FailedSOPInstanceUIDList == image(5).SOPInstanceUID
    patients = [f"P{number}" for number in range(1, COUNT + 1) if number != 5]
    assert list(there.seen) == [(patient, "TEST") for patient in patients]


def test_where_the_destination_goes_the_rest_fails(
    files: list[Path], caplog: pytest.LogCaptureFixture
) -> None:
    def store(event: Event) -> int:
        if event.dataset.PatientID == "P4":
            event.assoc.abort()
        return 0x0000

    ae = entity("DEST")
    with ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, store)]) as server:
        there = Destination()
        there.server.shutdown()
        there.server = server
        with pair([(evt.EVT_C_MOVE, moving(there, files, Log()))]) as (_, assoc):
            *told, (last, listed) = assoc.send_c_move(query(), "DEST", MOVE)
    assert len(told) == COUNT
    assert (last.Status, counts(last)) == (0xB000, (None, 3, COUNT - 3))
    assert listed is not None
    uids = [image(number).SOPInstanceUID for number in range(4, COUNT + 1)]
    assert listed.FailedSOPInstanceUIDList == uids
    assert caplog.text.count("a sub-operation failed") == COUNT - 3


def test_the_log_names_the_instance_that_was_not_sent(
    files: list[Path], caplog: pytest.LogCaptureFixture
) -> None:
    """By its UID alone, and not where that is none."""
    files[0].write_bytes(files[0].read_bytes()[:-4])
    odd = image(2)
    odd.SOPInstanceUID = "Doe^Jane"
    odd.save_as(files[1], enforce_file_format=True)
    files[1].write_bytes(files[1].read_bytes()[:-4])
    there = Destination()
    with there.server, pair([(evt.EVT_C_MOVE, moving(there, files[:2], Log(), str))]) as (_, assoc):
        *_, (last, _) = assoc.send_c_move(query(), "DEST", MOVE)
    assert counts(last) == (None, 0, 2)
    said = [one.getMessage() for one in caplog.records if "a sub-operation failed" in one.getMessage()]
    assert said == [
        f"a sub-operation failed: TruncatedError (instance {image(1).SOPInstanceUID})",
        "a sub-operation failed: TruncatedError",
    ]


def test_where_the_handler_raises_those_under_way_are_counted(files: list[Path]) -> None:
    there = Destination()
    there.may_answer.set()

    def move(_event: Event) -> Iterator[Any]:
        yield there.place
        yield 5
        yield 0xFF00, found(files[0])
        yield 0xFF00, found(files[1])
        message = "nothing to be told"
        raise RuntimeError(message)

    with there.server, pair([(evt.EVT_C_MOVE, move)]) as (_, assoc):
        got = [(status.Status, counts(status)) for status, _ in assoc.send_c_move(query(), "DEST", MOVE)]
    assert got == [(0xFF00, (4, 1, 0)), (0xFF00, (3, 2, 0)), (0xC511, (None, 2, 3))]


def test_what_the_handler_says_after_a_cancellation_is_said(files: list[Path]) -> None:
    """It has seen it first, and knows more of it."""
    errors: Log = Log()
    ae = entity()
    ae.handler_error = lambda _, error: errors.add(str(error))
    for is_raised, status in ((False, 0xA701), (True, 0xC511)):
        there = Destination()

        def move(event: Event) -> Iterator[Any]:
            yield there.place  # noqa: B023  # it is called here
            yield 5
            yield 0xFF00, found(files[0])
            until(lambda: event.is_cancelled)
            there.may_answer.set()  # noqa: B023
            if is_raised:  # noqa: B023
                message = "cancelled"
                raise RuntimeError(message)
            yield 0xA701, None

        with there.server, pair([(evt.EVT_C_MOVE, move)], ae=ae) as (_, assoc):
            results = assoc.send_c_move(query(), "DEST", MOVE, msg_id=7)
            until(lambda: there.seen)  # noqa: B023
            assoc.send_c_cancel(7, query_model=MOVE)
            *_, (last, _) = results
        assert (last.Status, counts(last)) == (status, (None, 1, 4))
    assert list(errors) == ["cancelled"]


def test_instances_of_an_asker_without_a_proper_title_arrive(
    files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A title of other letters than ASCII is heard, and cannot be said to the destination (PS3.7 9.1.1.1.7)."""
    there = Destination()
    there.may_answer.set()
    with there.server, pair([(evt.EVT_C_MOVE, moving(there, files, Log()))]) as (_, assoc):
        monkeypatch.setattr(
            ServiceUser, "ae_title", property(lambda _: "M\xdcLLER", lambda *_: None), raising=False
        )
        *_, (last, _) = assoc.send_c_move(query(), "DEST", MOVE)
    assert (last.Status, counts(last)) == (0x0000, (None, COUNT, 0))
    assert {title for _, title in there.seen} == {None}


def test_an_exception_is_told_also_where_the_asker_is_gone(files: list[Path]) -> None:
    there, errors = Destination(), Log()
    ae = entity()
    ae.handler_error = lambda _, error: errors.add(str(error))

    def move(event: Event) -> Iterator[Any]:
        yield there.place
        yield 5
        yield 0xFF00, found(files[0])
        until(lambda: not event.assoc.is_established)
        there.may_answer.set()
        message = "nobody hears this"
        raise RuntimeError(message)

    with there.server, pair([(evt.EVT_C_MOVE, move)], ae=ae) as (_, assoc):
        _results = assoc.send_c_move(query(), "DEST", MOVE)
        until(lambda: there.seen)
        assoc.abort()
        until(lambda: errors)
    assert list(errors) == ["nobody hears this"]
