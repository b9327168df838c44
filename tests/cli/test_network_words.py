"""The programs of the network and what is given to them: words that cannot be, values of keys, files and folders that are not there."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
import radiogram as rg
from pydicom.data import get_testdata_file
from radiogram.cli import main
from radiogram.cli.find import show
from radiogram.cli.peer import KeyValueError, keyed
from radiogram.cli.terminal import json_line
from radiogram.net.dsutils import encode

from tests.cli.test_network import archive, rows
from tests.programs import free_port, until

if TYPE_CHECKING:
    from pathlib import Path

PEER = ["127.0.0.1", "104"]
LONG = "A" * 17
WRONG = [
    ["echo", "127.0.0.1", "99999"],
    ["echo", "127.0.0.1", "-1"],
    ["echo", *PEER, "--aec", LONG],
    ["echo", *PEER, "--aet", ""],
    ["echo", *PEER, "--aet", "A\\B"],
    ["echo", *PEER, "--timeout", "nan"],
    ["echo", *PEER, "--timeout=-1"],
    ["echo", *PEER, "--max-pdu=-5"],
    ["echo", *PEER, "--max-pdu", "4294967296"],
    ["store", *PEER, "x.dcm", "--operations", "65536"],
    ["store", *PEER, "x.dcm", "--operations=-1"],
    ["echo", *PEER, "-n", "0"],
    ["store", *PEER, "FILE", "-a", "0"],
    ["store", *PEER, "FILE", "--retry=-1"],
    ["store", *PEER, "FILE", "--pause=-1"],
    ["store", *PEER, "FILE", "--pause", "nan"],
    ["move", *PEER, "-d", LONG],
    ["move", *PEER, "-d", ""],
    ["mpps", *PEER, "create", "no UID"],
    ["commit", *PEER, "FILE", "--wait", "nan"],
    ["commit", *PEER, "FILE", "--listen", "99999"],
    ["print", *PEER, "FILE", "--copies=-1"],
    ["proxy", "127.0.0.1", "104", "--port", "99999"],
    ["echo", *PEER, "--tls-ca", "nothing.pem"],
    ["serve", "FOLDER", "--tls-certificate", "nothing.pem", "--tls-key", "nothing.pem"],
    ["serve", "FOLDER", "--port", "99999"],
    ["serve", "FOLDER", "--aet", LONG],
    ["serve", "FOLDER", "--calling", LONG],
    ["serve", "FOLDER", "--worklist", __file__],
    ["serve", "FOLDER", "--worklist", "/nothing/there"],
    ["serve", "FOLDER", "--mpps", __file__],
]


@pytest.mark.parametrize("words", WRONG, ids=" ".join)
def test_words_that_cannot_be_are_wrong_usage(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(words)
    assert "usage:" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command",
    [
        ["echo", *PEER],
        ["store", *PEER, str(get_testdata_file("CT_small.dcm"))],
        ["get", *PEER, "-o", "got"],
        ["find", *PEER],
        ["serve", "FOLDER"],
    ],
    ids=lambda command: command[0],
)
def test_papers_that_are_of_no_use_are_wrong_usage(
    command: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "nonsense.pem").write_bytes(b"nonsense")
    papers = ["--tls-certificate", "nonsense.pem", "--tls-key", "nonsense.pem"]
    assert main([*command, *papers]) == 2
    assert "nonsense.pem" in capsys.readouterr().err
    assert main([*command, "--tls-key", "nonsense.pem"]) == 2
    if command[0] != "serve":
        assert main([*command, "--tls-ca", "nonsense.pem"]) == 2
        assert "nonsense.pem" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command", [["find"], ["worklist"], ["get", "-o", "got"], ["move", "-d", "X"], ["mpps"]]
)
@pytest.mark.parametrize(
    "key", ["Rows=abc", "PixelData=1", "ReferencedStudySequence=1", "PatientName/Rows=1"]
)
def test_a_value_that_an_element_cannot_have_is_wrong_usage(
    command: list[str],
    key: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    more = ["create"] if command == ["mpps"] else []
    assert main([command[0], *PEER, *more, *command[1:], "-k", key]) == 2
    assert f"-k {key.partition('=')[0]}" in capsys.readouterr().err


def test_a_step_of_what_is_no_data_set_is_wrong_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It would be made, and have none of what the file was to say."""
    shutil.copy(str(get_testdata_file("CT_small.dcm")), tmp_path / "CT.dcm")
    whole = (tmp_path / "CT.dcm").read_bytes()
    held = {
        "text": b"PatientID: 1\n" * 20,
        "empty": b"",
        "bare": b"\0" * 128 + b"DICM",
        "cut": whole[:-100],
        "short": b"ab",
        "empty.json": b"{}",
        "list.json": b"[]",
    }
    for name, content in held.items():
        path = tmp_path / name
        path.write_bytes(content)
        for action in (["create"], ["complete", "1.2.3"]):
            assert main(["mpps", *PEER, *action, "--from", str(path), "-k", "StudyID=1"]) == 2, name
            assert str(path) in capsys.readouterr().err
    # One element alone is a data set.
    (tmp_path / "small").write_bytes(encode(rg.Dataset({"StudyID": "1"}), True, True) or b"")
    assert main(["mpps", *PEER, "create", "--from", str(tmp_path / "small")]) == 3


@pytest.mark.parametrize(
    ("words", "key"),
    [
        (["find", "-k", "StudyDate=zzz"], "StudyDate: 'zzz'"),
        (["find", "-k", "StudyDate=2026"], "StudyDate: '2026'"),
        (["find", "-k", "StudyDate=20261301-"], "StudyDate: '20261301-'"),
        (["find", "-k", "StudyDate=20260201-20260101"], "StudyDate: '20260201-20260101' ends before"),
        (["find", "-k", "StudyTime=noon"], "StudyTime: 'noon'"),
        (["find", "-k", "StudyTime=25-"], "StudyTime: '25-'"),
        (["find", "-k", "AcquisitionDateTime=today"], "AcquisitionDateTime: 'today'"),
        (["move", "-d", "X", "-k", "StudyDate=20260101\\x"], "StudyDate: 'x'"),
        (["worklist", "--date", "foo"], "ScheduledProcedureStepStartDate: 'foo' is no date: YYYYMMDD"),
        (["worklist", "--time", "-"], "ScheduledProcedureStepStartTime: '-' is no time: HHMM"),
    ],
)
def test_a_date_or_time_that_is_none_is_wrong_usage(
    words: list[str], key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It would match nothing, and look like an answer."""
    assert main([words[0], *PEER, *words[1:]]) == 2
    assert key in capsys.readouterr().err


@pytest.mark.parametrize(
    ("keyword", "given", "sent"),
    [
        ("StudyDate", "20260106", "20260106"),
        ("StudyDate", "20260106-", "20260106-"),
        ("StudyDate", "-20260106", "-20260106"),
        ("StudyDate", "2026-01-06", "20260106"),
        ("StudyDate", "2026-01-06-", "20260106-"),
        ("StudyDate", "2026-01-06-2026-02-01", "20260106-20260201"),
        ("StudyDate", '""', '""'),
        ("StudyDate", "", None),
        ("StudyTime", "10:30-12", "1030-12"),
        ("AcquisitionDateTime", "20260106-20260107", "20260106-20260107"),
        ("AcquisitionDateTime", "20260106103000+0100", "20260106103000+0100"),
    ],
)
def test_dates_and_times_of_a_query(keyword: str, given: str, sent: str | None) -> None:
    """ISO 8601's are sent as DICOM has them."""
    assert keyed(rg.Dataset(), [([keyword], given)])[keyword].value == sent


def test_a_key_that_is_no_text() -> None:
    with pytest.raises(KeyValueError, match="no text"):
        keyed(rg.Dataset(), [(["PatientName"], "\udcff")])


def test_a_name_beyond_ascii_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """PS3.3 C.12.1.1.2: the identifier says its character set."""
    ds = rg.read(get_testdata_file("CT_small.dcm"))
    ds.SpecificCharacterSet, ds.PatientName = "ISO_IR 192", "MÜLLER^李"
    (tmp_path / "in").mkdir()
    ds.save_as(tmp_path / "in" / "one.dcm")
    with archive(tmp_path / "in") as (_, place):
        assert main(["find", *place, "--json", "-k", "PatientName=MÜLLER*"]) == 0
        assert rows(capsys)[0]["00100010"]["Value"][0]["Alphabetic"] == "MÜLLER^李"
    assert keyed(rg.Dataset(), [(["PatientName"], "A")]).get("SpecificCharacterSet") is None
    own = [(["SpecificCharacterSet"], "ISO_IR 100"), (["PatientName"], "Ü")]
    assert keyed(rg.Dataset(), own).SpecificCharacterSet == "ISO_IR 100"


def test_json_is_json_whatever_stdout_can_write(monkeypatch: pytest.MonkeyPatch) -> None:
    row = {"path": os.fsdecode(b"a\xff.dcm"), "name": "Ü"}
    for encoding in ("utf-8", "ascii", "latin-1"):
        out = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
        monkeypatch.setattr(sys, "stdout", out)
        out.write(json_line(row))
        out.flush()
        assert json.loads(out.buffer.getvalue().decode(encoding)) == row  # type: ignore[attr-defined]


def test_journals_that_are_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe\0")
    for journal in ("/dev/zero", str(tmp_path), str(tmp_path / "no" / "folder"), str(tmp_path / "binary")):
        assert main(["store", *PEER, str(get_testdata_file("CT_small.dcm")), "--journal", journal]) == 2
        assert journal in capsys.readouterr().err


def test_a_file_that_is_not_there_is_no_missing_association(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["store", *PEER, str(tmp_path / "nothing"), "--retry", "0"]) == 1
    assert "No such file" in capsys.readouterr().err
    for command in ("commit", "print"):
        assert main([command, *PEER, str(tmp_path)]) == 1
        assert f"radiogram: {command}: there is no" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "advice"),
    [
        (["store", *PEER, "FILE", "--retry", "0"], ""),
        (["store", *PEER, "FILE", "--retry", "0", "--json"], ""),
        (["commit", *PEER, "FILE"], ""),
        (["print", *PEER, "FILE"], ""),
        (["dump", "FILE"], "--force reads it all the same"),
        (["diff", "FILE", "FILE"], "--force reads it all the same"),
        (["edit", "FILE", "PatientID=1", "-o", "FILE.out"], "--force reads it all the same"),
    ],
    ids=lambda given: " ".join(given[:1]) if isinstance(given, list) else None,
)
def test_advice_is_that_of_a_command_line(
    command: list[str], advice: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not that of a function of Python, and none that the program does not take."""
    place = tmp_path / "no.dcm"
    place.write_bytes(b"this is something else altogether")
    assert main([word.replace("FILE", str(place)) for word in command]) in {1, 2}
    told = capsys.readouterr()
    said = told.out + told.err
    assert "no DICM after 128 bytes" in said
    assert "force=True" not in said
    assert advice in said
    assert advice or "force" not in said


def test_get_into_what_is_no_folder(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["get", *PEER, "-o", __file__, "-k", "StudyInstanceUID=1"]) == 1
    assert __file__ in capsys.readouterr().err
    assert main(["get", *PEER, "-o", "got", "--class", "Bogus", "-k", "StudyInstanceUID=1"]) == 2


def test_each_file_of_an_instance_is_told_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in").mkdir()
    paths = [tmp_path / "in" / "one.dcm", tmp_path / "two.dcm"]
    for path in paths:
        shutil.copy(str(get_testdata_file("CT_small.dcm")), path)
    with archive(tmp_path / "in") as (_, place):
        assert main(["commit", *place, *map(str, paths), "--json", "--wait", "10"]) == 0
        assert [row["path"] for row in rows(capsys)] == [str(path) for path in paths]


def test_a_refused_query_says_its_status(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with archive(tmp_path) as (_, place):
        assert main(["find", *place, "-k", "QueryRetrieveLevel=BOGUS"]) == 1
    assert "(A900): the model has no such" in capsys.readouterr().err


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6")
def test_proxy_over_ipv6(tmp_path: Path) -> None:
    port = free_port()
    with archive(tmp_path) as (_, place):
        words = [place[0], place[1], "--port", str(port), "--listen", "::1", "-n", "1"]
        passing = threading.Thread(target=main, args=(["proxy", *words],))
        passing.start()
        until(lambda: main(["echo", "::1", str(port), "--timeout", "5"]) == 0, "it listens")
        passing.join(10)
        assert not passing.is_alive()


def test_what_could_not_be_read_of_an_answer_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    show(rg.read(b"\xff" * 99, force=True), as_json=True)
    said = capsys.readouterr()
    assert json.loads(said.out)
    assert "radiogram: answer: " in said.err


def hanging() -> tuple[socket.socket, str]:
    """Give a listener that never answers, and its port."""
    listener = socket.create_server(("127.0.0.1", 0))
    return listener, str(listener.getsockname()[1])


def test_ctrl_c_ends_a_program_whose_peer_never_answers(tmp_path: Path) -> None:
    listener, port = hanging()
    command: list[Any] = [sys.executable, "-m", "radiogram", "store", "127.0.0.1", port]
    with (
        listener,
        subprocess.Popen([*command, str(get_testdata_file("CT_small.dcm"))], cwd=tmp_path) as program,
    ):
        connection, _ = listener.accept()
        with connection:
            connection.recv(16)
            begun = time.monotonic()
            program.send_signal(signal.SIGINT)
            assert program.wait(15) == 130
            assert time.monotonic() - begun < 10


@pytest.mark.skipif(sys.platform == "win32", reason="SIGTERM")
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_a_proxy_is_ended_in_order(end: signal.Signals) -> None:
    """Also while it passes a connection on."""
    listener, port = hanging()
    command = [sys.executable, "-m", "radiogram", "proxy", "127.0.0.1", port, "--json"]
    with listener, subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        place = ("127.0.0.1", json.loads(program.stdout.readline())["port"])
        with socket.create_connection(place) as caller:
            caller.sendall(b"\x01\x00")
            connection, _ = listener.accept()
            with connection:
                assert connection.recv(1) == b"\x01"
                program.send_signal(end)
                assert program.wait(15) == 0
