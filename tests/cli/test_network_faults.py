"""The programs of the network where something breaks: their output, a folder, a file that changes while it is sent."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from itertools import chain, repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import radiogram as rg
from radiogram.cli import main
from radiogram.cli.peer import files_of
from radiogram.net import AE, evt
from radiogram.net.services import PerformedSteps, Shelf, Worklist, WorklistFolder

from tests.cli.test_network import CT, archive, folder, rows
from tests.programs import free_port, is_listening, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from radiogram.net.event import Event

__all__ = ["folder"]

RADIOGRAM = [sys.executable, "-m", "radiogram"]
FULL = Path("/dev/full")


@contextmanager
def begun(*words: str, **options: Any) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen([*RADIOGRAM, *words], stderr=subprocess.PIPE, text=True, **options) as program:
        try:
            yield program
        finally:
            program.kill()


def test_store_ends_where_nobody_reads_what_it_says(folder: Path, tmp_path: Path) -> None:
    with archive(tmp_path / "there") as (_, place):
        reader, writer = os.pipe()
        os.close(reader)
        with begun("store", *place, str(folder), "--json", stdout=writer) as program:
            os.close(writer)
            # Not all was sent, and none of it was said.
            assert program.wait(30) == 1
            assert program.stderr is not None
            assert program.stderr.read() == ""


@pytest.mark.skipif(not FULL.exists(), reason="no /dev/full")
@pytest.mark.parametrize("command", [["echo"], ["store", "FOLDER"], ["store", "FOLDER", "--json"], ["find"]])
def test_no_room_for_what_is_said(command: list[str], folder: Path) -> None:
    words = [str(folder) if word == "FOLDER" else word for word in command[1:]]
    with (
        archive(folder) as (_, place),
        FULL.open("w") as full,
        begun(command[0], *place, *words, stdout=full) as program,
    ):
        assert program.wait(30) == 1
        assert program.stderr is not None
        assert program.stderr.read() == f"radiogram: {command[0]}: [Errno 28] No space left on device\n"


def test_a_proxy_whose_output_is_gone_passes_on_what_is_under_way(tmp_path: Path) -> None:
    port = free_port()
    with archive(tmp_path) as (_, place):
        reader, writer = os.pipe()
        with begun("proxy", *place, "--port", str(port), stdout=writer) as program:
            os.close(writer)
            assert b"listening" in os.read(reader, 1 << 16)
            os.close(reader)
            assert main(["echo", "127.0.0.1", str(port), "--timeout", "5"]) == 0
            assert program.wait(10) == 0
            assert program.stderr is not None
            assert program.stderr.read() == ""


def test_what_cannot_be_looked_at_is_not_passed_over(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "locked").mkdir()
    (folder / "gone.dcm").symlink_to("nothing")
    scandir = os.scandir

    def guarded(path: Any) -> Any:
        if Path(path).name == "locked":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    assert list(files_of([str(folder)]))[-1] == str(folder / "locked")
    with archive(tmp_path / "there") as (_, place):
        assert main(["store", *place, str(folder), "--json"]) == 1
    found = {Path(row["path"]).name: row["status"] for row in rows(capsys)}
    assert {name for name, status in found.items() if status is None} == {"locked", "gone.dcm"}
    assert len(found) == 6


def test_a_file_that_is_changed_while_it_is_sent_is_sent_again(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = folder / "CT_small.dcm"
    ae = AE()
    ae.add_supported_context(str(CT.SOPClassUID))

    def change(_: Event) -> int:
        if path.stat().st_mtime_ns != 1:
            path.write_bytes(path.read_bytes().replace(b"1CT1", b"2CT2"))
            os.utime(path, ns=(1, 1))
        return 0x0000

    with ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, change)]) as server:
        command = [
            "store",
            "127.0.0.1",
            str(server.address[1]),
            str(path),
            "--journal",
            str(tmp_path / "notes"),
        ]
        said = [(main(command), capsys.readouterr().out) for _ in range(3)]
    assert said == [
        (0, "1 sent, 0 not taken\n"),
        (0, "1 sent, 0 not taken\n"),
        (0, "0 sent, 0 not taken, 1 taken before\n"),
    ]


def test_what_one_peer_took_is_sent_to_another(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A journal says who took a file: host, port and called title."""
    journal = tmp_path / "notes"

    def stored(place: list[str], called: str) -> str:
        command = ["store", *place, str(folder / "CT_small.dcm"), "--aec", called, "--journal", str(journal)]
        assert main(command) == 0
        return capsys.readouterr().out

    sent, before = "1 sent, 0 not taken\n", "0 sent, 0 not taken, 1 taken before\n"
    with archive(tmp_path / "one") as (_, one), archive(tmp_path / "other") as (other, place):
        assert [stored(one, "ONE"), stored(one, "ONE")] == [sent, before]
        assert [stored(place, "ONE"), stored(place, "ONE")] == [sent, before]
        assert [stored(one, "TWO"), stored(one, "TWO"), stored(one, "ONE")] == [sent, before, before]
        assert len(list(other.folder.glob("*.dcm"))) == 1
        # Lines of before peers were noted.
        lines = [json.loads(line) for line in journal.read_text().splitlines() if line]
        for line in lines:
            del line["host"], line["port"], line["called"]
        journal.write_text("".join(json.dumps(line) + "\n" for line in lines))
        assert stored(one, "ONE") == sent


def test_a_file_of_no_class_takes_no_other_with_it(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody accepts an association that proposes what is no UID."""
    whole = (folder / "CT_small.dcm").read_bytes()
    for number, wrong in enumerate((b"1.2.840.10008.5.1.4.1.1.x", b"1.2.840.10008.1.2.y")):
        right = b"1.2.840.10008.5.1.4.1.1.2" if not number else b"1.2.840.10008.1.2.1"
        (folder / f"wrong{number}.dcm").write_bytes(whole.replace(right, wrong))
    with archive(tmp_path / "there") as (_, place):
        assert main(["store", *place, str(folder), "--json", "--retry", "0"]) == 1
    found = {Path(row["path"]).name: row["status"] for row in rows(capsys)}
    assert {name for name, status in found.items() if status != 0} == {"wrong0.dcm", "wrong1.dcm"}
    assert len(found) == 6


@pytest.mark.parametrize("command", ["echo", "find", "get", "move", "mpps", "worklist", "commit"])
def test_an_association_that_ends_before_the_request(
    command: str,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The program says so, in a line, and no more is lost."""
    words = {
        "get": ["-o", str(tmp_path / "out")],
        "move": ["-d", "ARCHIVE"],
        "mpps": ["create"],
        "commit": [str(folder / "CT_small.dcm")],
    }
    associate = AE.associate

    def ending(self: AE, *args: Any, **options: Any) -> Any:
        association = associate(self, *args, **options)
        association.accepted_contexts  # noqa: B018  # they are known, and then it is over
        monkeypatch.setattr(type(association), "is_established", property(lambda _: next(states)))
        return association

    steps = Shelf(tmp_path / "steps")
    providers = [PerformedSteps(steps), Worklist(WorklistFolder(tmp_path))]
    with archive(tmp_path / "there", also=providers) as (_, place):
        # It stands when it is opened, and not when the request is to be sent.
        states = chain([True], repeat(False))
        monkeypatch.setattr(AE, "associate", ending)
        assert main([command, *place, *words.get(command, [])]) == 1
        monkeypatch.undo()
    said = capsys.readouterr().err
    assert said.startswith("radiogram: 127.0.0.1:")
    assert "the association must be established" in said


@pytest.mark.skipif(sys.platform == "win32", reason="SIGTERM")
def test_serve_lets_what_is_under_way_come_to_its_end(folder: Path, tmp_path: Path) -> None:
    """After SIGTERM an association goes on, a new one is not accepted, and the program ends with the last of them."""
    port = free_port()
    ae = AE("SENDER")
    files = sorted(folder.glob("*.dcm"))[:2]
    for path in files:
        ds = rg.read(path)
        ae.add_requested_context(ds.SOPClassUID, ds.file_meta.TransferSyntaxUID)
    words = ["serve", str(tmp_path), "--port", str(port), "--host", "127.0.0.1", "--drain", "60"]
    with begun(*words, stdout=subprocess.PIPE) as program:
        until(lambda: is_listening(port), "it listens")
        assoc = ae.associate("127.0.0.1", port)
        assert assoc.send_c_store(files[0]).Status == 0
        program.send_signal(signal.SIGTERM)

        def is_closing() -> bool:
            # One that was accepted before the signal had come is waited for as well.
            with ae.associate("127.0.0.1", port) as late:
                return late.is_rejected

        until(is_closing, "no new ones are accepted")
        assert assoc.send_c_store(files[1]).Status == 0
        assert program.poll() is None
        assoc.release()
        assert program.wait(30) == 0
    assert len(list(tmp_path.glob("*.dcm"))) == 2
