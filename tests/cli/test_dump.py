"""``radiogram dump``: its lines, its options, its complaints and exit codes."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import radiogram as rg
from pydicom.data import get_testdata_file
from radiogram.cli import COMMANDS, main

from tests import build

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = (sys.executable, "-m", "radiogram")


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """Give a file with a few elements and nested sequences."""
    inner = build.sequence(0x00081199, build.item(build.element(0x00081155, "UI", "1.2.9")))
    images = build.sequence(
        0x00081140, build.item(build.element(0x00081150, "UI", "1.2.8") + inner), build.item(b"")
    )
    path = tmp_path / "plain.dcm"
    path.write_bytes(
        build.file(
            build.element(0x00080005, "CS", "ISO_IR 100")
            + build.element(0x00080060, "CS", "CT")
            + images
            + build.element(0x00100010, "PN", "Doe^Jane")
            + build.element(0x00100020, "LO", "1")
            + build.element(0x00280010, "US", b"\2\1")
            + build.element(0x7FE00010, "OB", bytes(300))
        )
    )
    return path


def _lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().out.splitlines()


def test_each_element_is_a_line(plain: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The head says what it is; elements follow, items are numbered, large bytes are counted."""
    assert main(["dump", str(plain)]) == 0
    lines = _lines(capsys)
    assert lines[0] == f"# {plain}: Explicit VR Little Endian"
    assert "(0010,0010) PN PatientName                         Doe^Jane" in lines
    at = lines.index("(0008,1140) SQ ReferencedImageSequence             2 items")
    assert [line.split()[0] for line in lines[at + 1 : at + 6]] == [
        "item",
        "(0008,1150)",
        "(0008,1199)",
        "item",
        "(0008,1155)",
    ]
    assert lines[at + 5].startswith("    (0008,1155)")
    assert lines[-1] == "(7FE0,0010) OB PixelData                           <300 bytes>"
    assert any(line.endswith("Rows                                258") for line in lines)
    assert not any("problem" in line for line in lines)


def test_depth_and_tags(plain: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Sequences open as far as asked; what leads to a wanted element is shown with it."""
    main(["dump", "--depth", "0", str(plain)])
    assert not any(line.lstrip().startswith("item") for line in _lines(capsys))
    main(["dump", "--tags", "ReferencedSOPInstanceUID,00100020", str(plain)])
    shown = [line.strip()[:11] for line in _lines(capsys)[1:]]
    assert shown == ["(0008,1140)", "item 0", "(0008,1199)", "item 0", "(0008,1155)", "(0010,0020)"]
    main(["dump", "--tags", "ReferencedSOPInstanceUID", "--depth", "1", str(plain)])
    assert len(_lines(capsys)) == 1


def test_offsets_are_where_values_begin(plain: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The number in front of a line is the value's place in the file."""
    main(["dump", "--offsets", "--tags", "PatientID", str(plain)])
    offset = int(_lines(capsys)[1].split()[0])
    assert plain.read_bytes()[offset : offset + 2] == b"1 "


def test_width(plain: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No line is longer than asked, and without a limit none is cut."""
    main(["dump", "--max-width", "60", str(plain)])
    lines = _lines(capsys)[1:]
    assert max(map(len, lines)) == 60
    assert any(line.endswith("…") for line in lines)
    main(["dump", "--max-width", "0", str(plain)])
    assert not any("…" in line for line in _lines(capsys))


def test_problems_stand_at_the_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Those of the structure always, those of values with ``--problems``, which shows nothing else."""
    path = tmp_path / "a.dcm"
    path.write_bytes(build.file(build.PLAIN + build.element(0x00080020, "DA", "nonsense")))
    main(["dump", str(path)])
    lines = _lines(capsys)
    assert lines[-1].startswith("! unsorted_tags (0008,0020), byte ")
    main(["dump", "--problems", str(path)])
    lines = _lines(capsys)
    kinds = [line.split()[1] for line in lines[2:]]
    assert lines[1] == f"# {len(kinds)} problems"
    assert kinds[0] == "unsorted_tags"
    assert "bad_date_time" in kinds[1:]


def test_no_value_controls_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Escape sequences, line ends and characters that turn the direction of writing are shown as numbers."""
    path = tmp_path / "a\x1b[31m.dcm"
    hostile = "\x1b]0;x\x07\r\n\x9b2J\u202e\u2028ä b"
    path.write_bytes(
        build.file(
            build.element(0x00080005, "CS", "ISO_IR 192")
            + build.element(0x00080060, "CS", "C\x1b[2JT\n")
            + build.element(0x00090010, "LO", "OWN\x1b[1m")
            + build.element(0x00100010, "PN", hostile.encode())
            + build.element(0x00104000, "LT", hostile.encode() * 30)
        )
    )
    main(["dump", "--max-width", "0", str(path)])
    out = capsys.readouterr().out
    assert all(c.isprintable() or c == "\n" for c in out)
    assert "ä b" in out
    assert "\\x1b[2J" in out
    shown = [line for line in out.splitlines() if line[0] == "("]
    assert len(shown) == len(rg.read(path).file_meta) + 5


def test_deferred_values_are_not_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Pixel data that is not there any more is no obstacle to showing that it was there."""
    path = tmp_path / "a.dcm"
    path.write_bytes(build.file(build.PLAIN + build.element(0x7FE00010, "OB", bytes(5_000_000))))
    assert main(["dump", str(path)]) == 0
    assert _lines(capsys)[-1].endswith("<5,000,000 bytes>")


def test_a_bad_file_is_a_complaint_and_the_next_is_shown(
    plain: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line on stderr names the file; the exit code says that something failed."""
    missing, other = str(plain.parent / "missing"), plain.parent / "text\n.txt"
    other.write_text("not DICOM")
    assert main(["dump", missing, str(other), str(plain.parent), str(plain)]) == 1
    out, err = capsys.readouterr()
    assert out.startswith(f"# {plain}:")
    assert err.splitlines()[0] == f"radiogram: {missing}: No such file or directory"
    assert err.splitlines()[1].startswith(f"radiogram: {plain.parent}/text\\n.txt: no DICM")
    assert len(err.splitlines()) == 3
    assert main(["dump", "--force", str(other)]) in {0, 1}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "COMMAND"),
        (["dump"], "FILE"),
        (["dump", "--depth", "-1", "x"], "whole number"),
        (["dump", "--tags", "PatientNam", "x"], "PatientName"),
        (["nothing"], "invalid choice"),
    ],
)
def test_wrong_usage_ends_with_2(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What is wrong is said, with the nearest keywords."""
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert says in capsys.readouterr().err


def test_colours(plain: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Into a pipe only when asked; on a terminal unless NO_COLOR or ``--no-color`` says no."""
    main(["dump", "--color", str(plain)])
    coloured = capsys.readouterr().out
    main(["dump", str(plain)])
    bare = capsys.readouterr().out
    assert "\x1b" not in bare
    assert "\x1b[" in coloured
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert "\x1b[" in _on_a_terminal("dump", str(plain))
    assert "\x1b[" not in _on_a_terminal("dump", "--no-color", str(plain))
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in _on_a_terminal("dump", str(plain))


def _on_a_terminal(*arguments: str) -> str:
    ours, theirs = pty.openpty()
    with subprocess.Popen([*PROGRAM, *arguments], stdout=theirs, stderr=theirs) as child:
        os.close(theirs)
        said = b""
        while True:
            try:
                part = os.read(ours, 1 << 16)
            except OSError:  # Linux says so when the other end is closed
                break
            if not part:
                break
            said += part
        os.close(ours)
        assert child.wait() == 0
    return said.decode()


def test_a_closed_pipe_ends_it_quietly(tmp_path: Path) -> None:
    """`radiogram dump | head` is no error."""
    path = tmp_path / "a.dcm"
    items = [build.item(build.element(0x00081155, "UI", "1.2.9"))] * 30_000
    path.write_bytes(build.file(build.sequence(0x00081140, *items)))
    with subprocess.Popen(
        [*PROGRAM, "dump", str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.readline()
        child.stdout.close()
        assert child.stderr.read() == b""
        assert child.wait() == 0


def test_stdin_and_a_terminal_without_the_characters() -> None:
    """``-`` is the standard input; ASCII output shows numbers instead of ending."""
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    content = build.file(
        build.element(0x00080005, "CS", "ISO_IR 100") + build.element(0x00100010, "PN", "\xc4")
    )
    done = subprocess.run(
        [*PROGRAM, "dump", "-"], input=content, capture_output=True, env=environment, check=True
    )
    assert done.stdout.splitlines()[-1].endswith(b"\\xc4")


def test_many_elements_are_quick(tmp_path: Path) -> None:
    """A structure set of 146,000 elements in about a second of processor time; three are allowed on a busy machine."""
    contour = build.item(
        build.element(0x30060042, "CS", "CLOSED_PLANAR")
        + build.element(0x30060046, "IS", "8")
        + build.element(0x30060050, "DS", "\\".join(["12.5"] * 24))
    )
    regions = [build.item(build.sequence(0x30060040, *[contour] * 1200)) for _ in range(40)]
    path = tmp_path / "a.dcm"
    path.write_bytes(build.file(build.sequence(0x30060039, *regions)))
    before = os.times()
    done = subprocess.run([*PROGRAM, "dump", str(path)], capture_output=True, check=True)
    after = os.times()
    assert done.stdout.count(b"\n") > 144_000
    assert after.children_user - before.children_user < 3


def test_each_command_is_a_module_with_help(capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever is in the list can be asked for its help."""
    for command in COMMANDS:
        with pytest.raises(SystemExit) as caught:
            main([command, "--help"])
        assert caught.value.code == 0
        assert f"radiogram {command}" in capsys.readouterr().out
    done = subprocess.run([*PROGRAM, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("radiogram ")


def test_a_real_file(capsys: pytest.CaptureFixture[str]) -> None:
    """Private elements have the names of the private dictionary."""
    assert main(["dump", get_testdata_file("CT_small.dcm")]) == 0
    assert "(0009,1001) LO [Full fidelity]                     GE_GENESIS_FF" in _lines(capsys)
