"""The programs of the network, against a served folder in this process."""

from __future__ import annotations

import json
import shutil
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import radiogram as rg
from pydicom.data import get_testdata_file
from radiogram.cli import main
from radiogram.cli.peer import keyed
from radiogram.cli.serve import Pages, tell_watchers
from radiogram.net import AE, evt, sop_class
from radiogram.net.served import serve
from radiogram.net.services import PerformedSteps, Printing, Shelf, UnifiedSteps, Worklist
from radiogram.net.services.subscriptions import GLOBAL
from radiogram.net.sub_operations import Counts

from tests.net.services.test_mpps import ending, fill
from tests.net.services.test_worklist import entries
from tests.programs import free_port, is_listening, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from radiogram.net.event import Event

NAMES = ("CT_small.dcm", "MR_small.dcm", "SC_rgb_rle.dcm", "rtplan.dcm")
CT = rg.read(get_testdata_file("CT_small.dcm"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with some instances."""
    (tmp_path / "in").mkdir()
    for name in NAMES:
        shutil.copy(str(get_testdata_file(name)), tmp_path / "in" / name)
    return tmp_path / "in"


@contextmanager
def archive(folder: Path, **options: Any) -> Iterator[tuple[Any, list[str]]]:
    """Give a served folder, and its place for a command line."""
    served, server = serve(folder, ("127.0.0.1", 0), title="ARCHIVE", durability="os", **options)
    try:
        yield served, ["127.0.0.1", str(server.address[1])]
    finally:
        server.shutdown()
        served.close()


@contextmanager
def finder(
    model: str, find: Callable[[Event], Iterator[tuple[int, rg.Dataset | None]]], told: list[object]
) -> Iterator[list[str]]:
    """Give the place of an entity that answers queries, for a command line; it tells of C-CANCEL, final statuses and the association's end."""

    def heard(event: Event) -> None:
        field = event.message.command_set.CommandField
        if field == 0x0FFF:
            told.append("cancel")
        elif field == 0x8020 and event.message.command_set.Status != 0xFF00:
            told.append(event.message.command_set.Status)

    entity = AE("ARCHIVE")
    entity.add_supported_context(model)
    handlers = [
        (evt.EVT_C_FIND, find),
        (evt.EVT_DIMSE_RECV, heard),
        (evt.EVT_DIMSE_SENT, heard),
        (evt.EVT_RELEASED, lambda _: told.append("released")),
        (evt.EVT_ABORTED, lambda _: told.append("aborted")),
    ]
    with entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers) as server:
        yield ["127.0.0.1", str(server.address[1])]


def rows(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_echo(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with archive(tmp_path) as (_, place):
        assert main(["echo", *place, "--json", "-n", "2"]) == 0
        assert [row["status"] for row in rows(capsys)] == [0, 0]
    port = free_port()
    assert main(["echo", "127.0.0.1", str(port)]) == 3
    said = capsys.readouterr().err
    assert said.startswith(f"radiogram: 127.0.0.1:{port}: ")
    assert said.count("127.0.0.1") == 1


def test_a_rejection_is_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with archive(tmp_path, require_called=True) as (_, place):
        assert main(["echo", *place, "--aec", "WRONG"]) == 3
        said = capsys.readouterr().err
        assert "called AE title" in said
        assert "WRONG (--aec)" in said
        assert main(["echo", *place, "--aec", "ARCHIVE"]) == 0


def test_store_and_what_was_taken_before(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "text").write_text("no instance")
    journal = str(tmp_path / "journal")
    with archive(tmp_path / "archive") as (served, place):
        command = ["store", *place, str(folder), "--aec", "ARCHIVE", "-a", "2", "--journal", journal]
        assert main(command) == 1
        said = capsys.readouterr()
        assert said.out == "4 sent, 1 not taken\n"
        assert "text" in said.err
        assert len(list(served.folder.glob("*.dcm"))) == 4
        (folder / "text").unlink()
        shutil.copy(folder / NAMES[0], folder / "new.dcm")
        assert main(command) == 0
        assert capsys.readouterr().out == "1 sent, 0 not taken, 4 taken before\n"
    assert main(["store", "127.0.0.1", str(free_port()), str(folder), "--retry", "0"]) == 3


def test_store_tells_what_it_did(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    entity = AE("PLAIN")
    entity.add_supported_context(str(CT.SOPClassUID), "1.2.840.10008.1.2")
    with entity.start_server(
        ("127.0.0.1", 0), block=False, store=tmp_path / "plain", durability="none"
    ) as server:
        code = main(["store", "127.0.0.1", str(server.address[1]), str(folder), "--json", "--retry", "0"])
    found = {Path(row["path"]).name: row for row in rows(capsys)}
    assert code == 1
    assert found["CT_small.dcm"]["status"] == 0
    assert found["MR_small.dcm"]["status"] is None
    assert "MR" in found["MR_small.dcm"]["message"]


def test_a_file_that_was_cut_off_is_not_sent(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in NAMES:
        path = folder / name
        path.write_bytes(path.read_bytes()[:-300])
    with archive(tmp_path / "there") as (served, place):
        assert main(["store", *place, str(folder), "--json"]) == 1
        assert len(served.index) == 0
    assert [("cut off" in row["message"], row["status"]) for row in rows(capsys)] == [(True, None)] * len(
        NAMES
    )


def test_a_limit_ends_the_query_before_the_association(capsys: pytest.CaptureFixture[str]) -> None:
    """PS3.4 C.4.1.2.2: C-CANCEL, and the answer to it, before the release."""
    model = sop_class.StudyRootQueryRetrieveInformationModelFind
    told: list[object] = []

    def find(event: Event) -> Iterator[tuple[int, rg.Dataset | None]]:
        for number in range(100_000):
            if event.is_cancelled:
                yield 0xFE00, None
                return
            match = rg.Dataset()
            match.QueryRetrieveLevel, match.PatientID = "STUDY", str(number)
            yield 0xFF00, match

    with finder(model, find, told) as place:
        assert main(["find", *place, "--json", "-k", "PatientID", "--limit", "3"]) == 0
        assert [row["00100020"]["Value"] for row in rows(capsys)] == [["0"], ["1"], ["2"]]
        until(lambda: "released" in told, "the release")
    assert told == ["cancel", 0xFE00, "released"]


def test_a_limit_ends_a_paged_query_before_the_association(capsys: pytest.CaptureFixture[str]) -> None:
    """PS3.4 C.6.4.5: what is left is asked for, and a peer that gives more is told to stop, and heard to its end."""
    model = sop_class.RepositoryQuery
    told: list[object] = []

    def find(event: Event) -> Iterator[tuple[int, rg.Dataset | None]]:
        most, prior = event.identifier.MaximumNumberOfRecords, event.identifier.get("PriorRecordKey")
        told.append(most)
        first = int(bytes(prior).rstrip(b"\0").decode()) + 1 if prior else 1
        for number in range(first, 100_000):
            if event.is_cancelled:
                yield 0xFE00, None
                return
            # The last query is answered by one that does not count.
            if not prior and number > most:
                yield 0xB001, None
                return
            yield 0xFF00, rg.Dataset({"PatientID": str(number), "RecordKey": str(number).encode()})

    with finder(model, find, told) as place:
        assert main(["find", *place, "--json", "-k", "PatientID", "--at-a-time", "2", "--limit", "3"]) == 0
        assert [row["00100020"]["Value"] for row in rows(capsys)] == [["1"], ["2"], ["3"]]
        until(lambda: "released" in told, "the release")
    assert told == [2, 0xB001, 1, "cancel", 0xFE00, "released"]


def test_what_is_no_limit() -> None:
    place = ["127.0.0.1", "104"]
    for wrong in ("0", "-1", "some"):
        with pytest.raises(SystemExit):
            main(["find", *place, f"--limit={wrong}"])


def test_find_get_and_move(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = AE("OTHER")
    with other.start_server(
        ("127.0.0.1", 0), block=False, store=tmp_path / "moved", durability="os", any_storage=True
    ) as third:
        peers = {"OTHER": ("127.0.0.1", third.address[1])}
        with archive(folder, peers=peers) as (_, place):
            assert (
                main(["find", *place, "--json", "-k", "PatientName=compressed*", "-k", "ModalitiesInStudy"])
                == 0
            )
            assert sorted(row["00080061"]["Value"][0] for row in rows(capsys)) == ["CT", "MR"]
            assert main(["find", *place, "--json", "--at-a-time", "1"]) == 0
            assert len(rows(capsys)) == len(NAMES), "a study each"
            with pytest.raises(SystemExit, match="2"):
                main(["find", *place, "--at-a-time", "0"])
            assert main(["find", *place, "--at-a-time", "1", "--model", "patient", "--level", "PATIENT"]) == 2
            capsys.readouterr()
            assert main(["find", *place, "--level", "SERIES"]) == 1
            assert "StudyInstanceUID is missing" in capsys.readouterr().err
            assert (
                main(["find", *place, "--level", "SERIES", "--relational", "--json", "-k", "Modality=MR"])
                == 0
            )
            assert len(rows(capsys)) == 1
            wanted = f"StudyInstanceUID={CT.StudyInstanceUID}"
            assert main(["get", *place, "-o", str(tmp_path / "got"), "-k", wanted, "--json"]) == 0
            assert rows(capsys)[0]["completed"] == 1
            (path,) = (tmp_path / "got").glob("*.dcm")
            assert rg.read(path) == CT
            rle = rg.read(folder / "SC_rgb_rle.dcm")
            as_it_is = ["-s", "RLELossless", "-k", f"StudyInstanceUID={rle.StudyInstanceUID}"]
            assert main(["get", *place, "-o", str(tmp_path / "rle"), *as_it_is]) == 0
            (path,) = (tmp_path / "rle").glob("*.dcm")
            assert rg.read(path).file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.5"
            named = ["--class", "SecondaryCaptureImageStorage", *as_it_is[2:]]
            assert main(["get", *place, "-o", str(tmp_path / "named"), *named]) == 0
            (path,) = (tmp_path / "named").glob("*.dcm")
            assert rg.read(path) == rle
            assert rg.read(path).file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.5"
            capsys.readouterr()
            assert main(["move", *place, "-d", "OTHER", "-k", wanted]) == 0
            assert "0000" in capsys.readouterr().out
            (path,) = (tmp_path / "moved").glob("*.dcm")
            assert rg.read(path) == CT
            assert main(["move", *place, "-d", "NOBODY", "-k", wanted]) == 1
            assert "A801" in capsys.readouterr().out


@pytest.mark.parametrize("lie", [2, -1])
def test_get_counts_what_has_come(
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    lie: int,
) -> None:
    """What the peer says of its sub-operations is its word alone."""
    truth = Counts.fields

    def said(self: Any, *, with_remaining: bool) -> dict[str, int]:
        fields = truth(self, with_remaining=with_remaining)
        return {**fields, "NumberOfCompletedSuboperations": self.completed + lie}

    monkeypatch.setattr(Counts, "fields", said)
    with archive(folder) as (_, place):
        got = ["get", *place, "-o", str(tmp_path / "got"), "-k", f"StudyInstanceUID={CT.StudyInstanceUID}"]
        assert main([*got, "--json"]) == (1 if lie > 0 else 0)
        told = capsys.readouterr()
    (row,) = [json.loads(line) for line in told.out.splitlines()]
    assert (row["status"], row["completed"], row["failed"]) == (0, 1, max(lie, 0))
    assert ("3 were sent" in told.err) is (lie > 0)
    assert len(list((tmp_path / "got").glob("*.dcm"))) == 1


def test_get_says_what_came_before_the_association_was_lost(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def two(event: Event) -> Iterator[Any]:
        yield 2
        yield 0xFF00, CT
        event.assoc.abort()
        yield 0xFF00, CT

    entity = AE("ARCHIVE")
    entity.add_supported_context(sop_class.StudyRootQueryRetrieveInformationModelGet)
    entity.add_supported_context(sop_class.CTImageStorage, scu_role=False, scp_role=True)
    with entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_GET, two)]) as server:
        place = ["127.0.0.1", str(server.address[1])]
        assert main(["get", *place, "-o", str(tmp_path / "got"), "--json"]) == 1
    told = capsys.readouterr()
    (row,) = [json.loads(line) for line in told.out.splitlines()]
    assert (row["status"], row["completed"]) == (None, 1)
    assert "lost" in told.err


def test_worklist(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with archive(tmp_path, also=[Worklist(entries())]) as (_, place):
        assert main(["worklist", *place, "--json", "--station", "CT1", "--date", "20260101-"]) == 0
        (row,) = rows(capsys)
    assert row["00100020"]["Value"] == ["X1"]


def test_steps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    step = fill("ModalityPerformedProcedureStep", "N-CREATE")
    step.PerformedProcedureStepStatus, step.PerformedSeriesSequence = "IN PROGRESS", []
    (tmp_path / "begin.json").write_text(step.to_json())
    (tmp_path / "end.json").write_text(ending().to_json())
    with archive(tmp_path / "archive", also=[PerformedSteps()]) as (_, place):
        assert main(["mpps", *place, "create", "--from", str(tmp_path / "begin.json")]) == 0
        uid = capsys.readouterr().out.strip()
        assert main(["mpps", *place, "complete", uid, "--from", str(tmp_path / "end.json")]) == 0
        assert main(["mpps", *place, "set", uid, "-k", "StudyID=1"]) == 1
        assert "0110" in capsys.readouterr().err
        assert main(["mpps", *place, "get", uid, "--json"]) == 0
        assert rows(capsys)[0]["00400252"]["Value"] == ["COMPLETED"]
        named = ["-k", "PerformedProcedureStepStatus", "-k", "PerformedSeriesSequence/ProtocolName"]
        assert main(["mpps", *place, "get", uid, "--json", *named]) == 0
        assert list(rows(capsys)[0]) == ["00400252", "00400340"]
        assert main(["mpps", *place, "set"]) == 2


def test_commit(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stranger = tmp_path / "other.dcm"
    shutil.copy(str(get_testdata_file("JPEG2000.dcm")), stranger)
    with archive(folder) as (_, place):
        assert main(["commit", *place, str(folder / NAMES[0]), "--wait", "10"]) == 0
        assert main(["commit", *place, str(folder / NAMES[0]), str(stranger), "--json", "--wait", "10"]) == 1
        found = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    assert {Path(row["path"]).name: row["kept"] for row in found} == {NAMES[0]: True, "other.dcm": False}


def test_print(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pages: list[Any] = []
    printing = Printing(pages.append, dots=20)
    with archive(tmp_path / "archive", also=[printing]) as (_, place):
        files = [str(folder / name) for name in NAMES[:3]]
        assert main(["print", *place, *files, "--format", "STANDARD\\2,1", "--film-size", "8INX10IN"]) == 0
        printing.jobs.close()
    assert "film 2 accepted" in capsys.readouterr().out
    assert len(pages) == 2
    assert pages[0].array.max() > 0


def test_print_with_texts_and_a_presentation_lut(folder: Path, tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    pages.mkdir()
    printing = Printing(Pages(str(pages)), dots=20)
    with archive(tmp_path / "archive", also=[printing]) as (_, place):
        asked = ["print", *place, str(folder / NAMES[0]), "--film-size", "8INX10IN"]
        assert main([*asked, "--lut", "LIN OD", "--annotate", "2=LEFT", "--annotation-format", "LABEL"]) == 0
        assert main([*asked, "--annotate", "LEFT"]) == 2
        assert main([*asked, "--annotate", "1=LEFT"]) == 1, "without a format there are no annotation boxes"
        printing.jobs.close()
    assert sorted(path.name for path in pages.iterdir()) == ["page-000001.json", "page-000001.png"]
    assert json.loads((pages / "page-000001.json").read_text()) == {"annotations": {"2": "LEFT"}}


def test_who_watches_steps_is_told_that_they_are_served_again(tmp_path: Path) -> None:
    told: list[tuple[Any, ...]] = []
    steps = UnifiedSteps(Shelf(tmp_path / "steps"), peers={"WATCHER": ("h", 1)})
    steps.events.send = lambda *said: told.append(said)
    steps.events.subscriptions.subscribe("WATCHER", GLOBAL, lock=False, steps={})
    with archive(tmp_path / "archive", also=[steps]) as (served, _):
        tell_watchers(served)
    ((title, said, event, uid),) = told
    assert (title, event, uid, said.SCPStatus) == ("WATCHER", 4, GLOBAL, "RESTARTED")


def test_serve_until_it_is_ended(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    port = free_port()
    ended = threading.Event()
    code: list[int] = []

    def wait(_event: Any, timeout: float | None = None) -> bool:
        return ended.wait(timeout)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("radiogram.cli.serve._waited", wait)
        command = [
            "serve",
            str(folder),
            "--port",
            str(port),
            "--host",
            "127.0.0.1",
            "--durability",
            "none",
            "--json",
        ]
        thread = threading.Thread(target=lambda: code.append(main(command)))
        thread.start()
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and main(["echo", "127.0.0.1", str(port)]) != 0:
            time.sleep(0.05)
        ended.set()
        thread.join(20)
    assert code == [0]
    assert '"instances": 4' in capsys.readouterr().out


def test_proxy_explains(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with archive(tmp_path, require_called=True) as (_, place):
        port = free_port()
        thread = threading.Thread(
            target=main, args=(["proxy", *place, "--port", str(port), "-n", "2", "--json"],)
        )
        thread.start()
        until(lambda: is_listening(port), "it listens")
        code = main(["echo", "127.0.0.1", str(port), "--aec", "ARCHIVE", "--json"])
        assert code == 0
        assert main(["echo", "127.0.0.1", str(port), "--aec", "WRONG"]) == 3
        thread.join(20)
    said = [row for row in rows(capsys) if "event" in row]
    names = [row["event"] for row in said if row["connection"] == 1]
    assert names[:4] == ["connection", "associate-rq", "proposed", "associate-ac"]
    assert {"request", "response", "release-rq", "release-rp", "summary", "over"} <= set(names)
    words = [row["words"].strip() for row in said if row["connection"] == 2]
    assert "the acceptor is not called WRONG: call it by its own AE title" in words


def test_keys_of_a_command_line() -> None:
    made = keyed(
        rg.Dataset(), [(["ScheduledProcedureStepSequence", "Modality"], "CT\\MR"), (["PatientID"], None)]
    )
    assert list(made.ScheduledProcedureStepSequence[0].Modality) == ["CT", "MR"]
    assert "PatientID" in made
    for wrong in ("Nothing=1", "0010,00=1"):
        with pytest.raises(SystemExit):
            main(["find", "host", "104", "-k", wrong])
