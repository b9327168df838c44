"""Instances as the network engine has them: where rules place them, and what is sent of files, by the core alone."""

from __future__ import annotations

import io
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
import radiogram as rg
from radiogram import _core, errors

from tests import build
from tests.net import station
from tests.net.pair import until
from tests.net.station import CT, associate, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MEMORY = {"sink": ("memory", 1 << 20)}


def test_instances_come_whole() -> None:
    """In memory as a file, from whoever sent it; the status is Python's."""
    seen: list[_core.NetWork] = []

    def serve(work: _core.NetWork) -> None:
        if work.kind == "instance":
            seen.append(work)
            work.respond({"Status": 0xB000, "ErrorComment": "coerced"})

    with serving(serve, wants={"instance"}, rules=[MEMORY]) as server:
        association = associate(server.address)
        exchange = association.send(3, station.store("1.2.3"), station.instance("1.2.3"))
        said, data = exchange.next(10)
        assert (said["Status"], said["ErrorComment"], data) == (0xB000, "coerced", None)
        assert exchange.next(10) is None
        (work,) = seen
        assert work.data is not None
        assert rg.read(work.data).SOPInstanceUID == "1.2.3"
        assert rg.read(io.BytesIO(work.data)).file_meta.SourceApplicationEntityTitle == "ASKER"
        assert work.path is None
        assert work.command is not None
        assert work.command["AffectedSOPInstanceUID"] == "1.2.3"
        assert work.context == (3, CT, build.EXPLICIT)


def test_rules_place_instances(tmp_path: Path) -> None:
    """The first rule that fits: by title, class, syntax and instance."""
    rules = [
        {"calling": "NOBODY*", "sink": ("refuse", 0xA700, "not from you")},
        {"sop_instance": "9.*", "sink": ("discard",)},
        {
            "sop_class": CT,
            "transfer_syntax": "*.1.2.1",
            "sink": ("file", str(tmp_path), "{calling}/{sop_instance}.dcm", "os"),
        },
    ]
    paths: list[str | None] = []

    def serve(work: _core.NetWork) -> None:
        if work.kind == "instance":
            paths.append(work.path)
            work.respond({"Status": 0})

    with serving(serve, wants={"instance"}, rules=rules) as server:
        association = associate(server.address)
        for uid in ("1.2.3", "9.9"):
            assert station.answer(association, 3, station.store(uid), station.instance(uid)) == 0
        assert station.answer(association, 3, station.store("1.2.4"), station.instance("1.2.5")) == 0xA900
        other = associate(server.address, calling="NOBODY1")
        assert station.answer(other, 3, station.store("1.2.6"), station.instance("1.2.6")) == 0xA700
    assert paths == [str(tmp_path / "ASKER" / "1.2.3.dcm"), None]
    assert rg.read(tmp_path / "ASKER" / "1.2.3.dcm").SOPInstanceUID == "1.2.3"
    assert [path.name for path in tmp_path.rglob("*.dcm")] == ["1.2.3.dcm"]


def test_an_instance_goes_several_ways(tmp_path: Path) -> None:
    """Into a file, a spool and memory at once, and what an index wants is taken out on the way."""
    file = ("file", str(tmp_path / "in"), "{sop_instance}.dcm", "fsync")
    spool = ("spool", str(tmp_path / "spool"), 100, 1 << 20)
    rule = {
        "sop_class": ["1.2.9*", CT],
        "sink": ("tee", [file, spool, ("optional", ("memory", 10))]),
        "tags": [0x00100020, 0x00080018],
    }
    works: list[_core.NetWork] = []

    def serve(work: _core.NetWork) -> None:
        if work.kind == "instance":
            works.append(work)
            work.respond({"Status": 0})

    with serving(serve, wants={"instance"}, rules=[rule]) as server:
        association = associate(server.address)
        dataset = station.instance(
            "1.2.3", build.element(0x00100020, "LO", "ID7") + build.element(0x7FE00010, "OB", bytes(500))
        )
        assert station.answer(association, 3, station.store("1.2.3"), dataset) == 0
        work = works.pop()
        assert [one[0] for one in work.kept] == ["file", "spool", "failed"]
        assert work.path == str(tmp_path / "in" / "1.2.3.dcm")
        spooled = work.kept[1][1]
        assert rg.read(spooled).PatientID == "ID7"
        assert work.index is not None
        index = rg.read(work.index)
        assert (index.PatientID, index.SOPInstanceUID, "PixelData" in index) == ("ID7", "1.2.3", False)
        assert work.index_complete
        del work
        deadline = time.monotonic() + 60
        while list((tmp_path / "spool").iterdir()) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert list((tmp_path / "spool").iterdir()) == [], "it lived as long as the work"


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"sink": ("nowhere",)},
        {"sink": "discard"},
        {"sink": ("memory",)},
        {"sink": ("tee", [("tee", [("tee", [("tee", [("tee", [])])])])])},
        {"sink": ("discard",), "calling": []},
        {"sink": ("discard",), "tags": [0]},
        {"sink": ("discard",), "colour": "red"},
        {"sink": ("file", "/tmp", "{nothing}", "os")},
        {"sink": ("file", "/tmp", "x", "perhaps")},
    ],
)
def test_a_rule_that_means_nothing_is_refused(rule: dict[str, Any]) -> None:
    with pytest.raises(errors.ArgumentError):
        _core.NetServer("127.0.0.1", 0, aet="A", contexts=[], rules=[rule])


def test_files_are_sent_by_the_engine(tmp_path: Path) -> None:
    """By their paths or as bytes; each has its status, or the reason why it was not sent."""
    path = tmp_path / "a.dcm"
    path.write_bytes(station.file("1.2.3"))
    whole = station.file("1.2.4")
    other = station.file("1.2.5", build.RLE)
    with serving(rules=[{"sink": ("discard",)}]) as server:
        association = associate(server.address)
        rows = association.store([str(path), whole, other, str(tmp_path / "none.dcm")])
        assert [status for status, _, _ in rows] == [0, 0, None, None]
        assert str(rows[2][2]).startswith("no context:")
        assert "cannot be read" in str(rows[3][2])
        assert association.store([]) == []
        assert server.metrics()["stored"] == 2


def taken(sending: _core.NetSending) -> Iterator[tuple[int, int | None, str, str | None, str | None]]:
    while rows := sending.take(30):
        yield from rows
    assert sending.has_ended


def test_several_associations_share_what_is_sent() -> None:
    sources = [station.file(f"1.2.{number}") for number in range(600)]
    with serving(rules=[{"sink": ("discard",)}]) as server:
        associations = [associate(server.address) for _ in range(3)]
        rows = sorted(taken(_core.NetSending(associations, sources)))
        assert rows == [(place, 0, "", None, None) for place in range(600)]
        assert server.metrics()["stored"] == 600
        associations[0].release()
        assert len({row[0] for row in taken(_core.NetSending(associations[1:], sources))}) == 600
        (late,) = taken(_core.NetSending(associations[:1], sources[:1]))
        assert (late[0], late[1], late[4]) == (0, None, "ended")
        assert list(taken(_core.NetSending(associations[1:], []))) == []
    with pytest.raises(errors.ArgumentError):
        _core.NetSending([], sources)


def _is_taken(sending: _core.NetSending) -> bool:
    try:
        return bool(sending.take(0.001))
    except errors.ArgumentError as error:
        return "another thread" in str(error)


def _taken_alone(sending: _core.NetSending) -> None:
    with suppress(errors.ArgumentError):
        sending.take()
        return
    _taken_alone(sending)


def test_what_is_sent_as_it_comes() -> None:
    with serving(rules=[{"sink": ("discard",)}]) as server:
        association = associate(server.address)
        sending = _core.NetSending([association], priority=1, originator=("WHO", 5))
        assert (sending.take(0.01), sending.has_ended) == ([], False)
        for number in range(3):
            assert sending.push(station.file(f"1.2.{number}")) == number
            assert sending.take(30) == [(number, 0, "", None, None)]
        assert sending.take_back() == []
        with pytest.raises(TypeError):
            sending.push(5)  # type: ignore[arg-type]
        waiting = threading.Thread(target=_taken_alone, args=(sending,))
        waiting.start()
        until(lambda: _is_taken(sending))
        sending.close()
        waiting.join()
        sending.close()
        assert (sending.take(), sending.has_ended) == ([], True)
        with pytest.raises(errors.ArgumentError, match="no more"):
            sending.push(station.file("1.2.4"))
        with pytest.raises(errors.ArgumentError):
            _core.NetSending([association], priority=3)
        assert server.metrics()["stored"] == 3
