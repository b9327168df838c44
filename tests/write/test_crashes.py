"""Whatever happens while a file is saved, the file there is the old one or the new one, and nothing else is left.

Seen to fail: with `NewFile` changed to write under the final name at once, without a file beside it and a rename, six of
these tests fail: killed, no space, no file so long, interrupted, the disk refuses (durable), and file then name then folder.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import radiogram as rg

from tests.write.child import FSYNC, content, number_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
OLD = content(1, 1000)
LARGE = 24 << 20
KILLS = 40

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and limits of POSIX")


@contextmanager
def child(what: str, *arguments: object, before: tuple[str, ...] = ()) -> Iterator[subprocess.Popen[str]]:
    """Run `tests.write.child` until it is about to save."""
    command = [*before, sys.executable, "-m", "tests.write.child", what, *map(str, arguments)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            said = process.stdout.readline()
            assert said == "ready\n", process.stderr.read()
            yield process
        finally:
            process.kill()


def outcome(process: subprocess.Popen[str]) -> list[str]:
    """Wait for what a child says at last."""
    assert process.stdout is not None
    assert process.stderr is not None
    said, complaints = process.stdout.read(), process.stderr.read()
    assert process.wait(60) == 0, complaints
    return said.split()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Give the path of a file that is there."""
    path = tmp_path / "a.dcm"
    path.write_bytes(OLD)
    return path


def is_untouched(path: Path) -> bool:
    """Tell whether the old file is there, and nothing else beside it."""
    return path.read_bytes() == OLD and [found.name for found in path.parent.iterdir()] == [path.name]


def test_killed_while_saving(tmp_path: Path, note: Callable[[str], None]) -> None:
    """`kill -9` at random moments: the file is whole each time, an old or a new one; a `.part` may be left."""
    path, moments = tmp_path / "a.dcm", random.Random(1895)
    path.write_bytes(content(1, LARGE))
    last, saved, parts, kills = 1, 0, 0, 0
    # As often as it takes for enough of the moments to be within a saving, which chance and the machine decide.
    while kills < KILLS or ((parts < KILLS // 4 or saved < KILLS // 4) and kills < 10 * KILLS):
        kills += 1
        with child("again_and_again", path, LARGE, last + 1) as process:
            time.sleep(moments.uniform(0, 0.1))
            # Some come to their end first, however slow the disk is.
            before, end = path.stat().st_ino, time.monotonic() + 30 * (moments.randrange(4) == 0)
            while time.monotonic() < end and path.stat().st_ino == before:
                time.sleep(0.001)
            # Most of the time is between two savings: half of the moments are within one.
            end = time.monotonic() + 10 * moments.randrange(2)
            while time.monotonic() < end and not any(tmp_path.glob(".*.part")):
                pass
            time.sleep(moments.uniform(0, 0.01))
            process.send_signal(signal.SIGKILL)
            process.wait()
        number = number_in(path.read_bytes(), LARGE)
        assert number is not None, "the file is torn"
        assert number >= last, "an older file came back"
        saved += number > last
        last = number
        for found in set(tmp_path.iterdir()) - {path}:
            assert (found.name[0], found.suffix) == (".", ".part")
            found.unlink()
            parts += 1
    note(
        f"killed while saving {LARGE >> 20} MB: {kills} times, {parts} in the middle, the file was whole each time"
    )
    assert parts >= KILLS // 4, "killed too early or too late to say anything"
    assert saved >= KILLS // 4, "killed before anything was saved"


def test_no_space_on_the_disk(tmp_path: Path) -> None:
    """A file system of 8 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount")
    command = [mount or "mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)]
    if mount is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a file system can be mounted by root alone")
    try:
        path = disk / "a.dcm"
        path.write_bytes(OLD)
        source = tmp_path / "large.dcm"
        source.write_bytes(content(2, LARGE))
        for ds in (rg.read(source.read_bytes()), rg.read(source)):
            with pytest.raises(OSError, match="No space left") as caught:
                ds.save_as(path)
            assert isinstance(caught.value, rg.errors.SourceError)
            assert is_untouched(path)
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_no_file_may_be_so_long(target: Path) -> None:
    """RLIMIT_FSIZE, which everybody can set."""
    with child("limited", target, LARGE, 1 << 20) as process:
        said = outcome(process)
    assert {"SourceError", "OSError", f"errno={27}"} <= set(said)
    assert is_untouched(target)


def test_a_folder_that_is_read_only(tmp_path: Path) -> None:
    """For a user who is not root, to whom nothing is read-only."""
    base = Path("/tmp" if os.getuid() == 0 else tmp_path, f"radiogram-{os.getpid()}-{tmp_path.name}")
    closed, free = base / "closed", base / "open"
    for folder in (base, closed, free):
        folder.mkdir()
    try:
        path = closed / "a.dcm"
        path.write_bytes(OLD)
        base.chmod(0o755)
        free.chmod(0o777)
        closed.chmod(0o555)
        with child("as_nobody", free / "b.dcm", path) as process:
            said = outcome(process)
        assert {"SourceError", "PermissionError"} <= set(said)
        assert is_untouched(path)
        assert (free / "b.dcm").exists()
    finally:
        closed.chmod(0o755)
        shutil.rmtree(base)


def test_no_folder_and_a_folder_for_a_file(target: Path) -> None:
    """Both are what Python calls them."""
    ds = rg.read(OLD)
    with pytest.raises(FileNotFoundError):
        ds.save_as(target.parent / "nowhere" / "a.dcm")
    folder = target.parent / "folder"
    (folder / "inner").mkdir(parents=True)
    with pytest.raises(IsADirectoryError):
        ds.save_as(folder)
    assert [found.name for found in folder.iterdir()] == ["inner"]
    shutil.rmtree(folder)
    assert is_untouched(target)


def test_a_file_that_is_to_stay(target: Path) -> None:
    """It is an error that Python has a name for."""
    with pytest.raises(FileExistsError) as caught:
        rg.read(content(2, 1000)).save_as(target, overwrite=False)
    assert isinstance(caught.value, rg.errors.SourceError)
    assert is_untouched(target)


@pytest.mark.parametrize("overwrite", [True, False])
def test_a_value_that_cannot_be_written(target: Path, overwrite: bool) -> None:
    """It is found out before anything is there."""
    ds = rg.read(OLD)
    ds.SpecificCharacterSet, ds.PatientName = "ISO_IR 100", "Διονυσιος"
    with pytest.raises(rg.errors.InvalidValueError):
        ds.save_as(target, overwrite=overwrite)
    assert is_untouched(target)


def test_interrupted(target: Path) -> None:
    """Ctrl-C in the midst of a long save ends it soon."""
    with child("deflating", target, 300 << 20) as process:
        begin = time.monotonic()
        while not any(found.stat().st_size for found in target.parent.glob(".*.part")):
            assert time.monotonic() < begin + 30, "it does not begin"
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        begin = time.monotonic()
        said = outcome(process)
    assert "KeyboardInterrupt" in said
    assert time.monotonic() < begin + 5
    assert is_untouched(target)


def test_the_object_that_is_written_to_raises(target: Path) -> None:
    """The exception is the object's own, and says nothing of ours."""

    class Full:
        def write(self, _: bytes) -> int:
            raise BlockingIOError(11, "later")

    with pytest.raises(BlockingIOError, match="later"):
        rg.read(OLD).save_as(Full())  # type: ignore[arg-type]
    assert is_untouched(target)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs seccomp")
@pytest.mark.parametrize("how", ["durable", "plain"])
def test_the_disk_refuses(target: Path, how: str) -> None:
    """Where `fsync` fails a durable save fails; another one does not call it."""
    assert os.uname().machine in FSYNC
    with child("without_fsync", target, how) as process:
        said = outcome(process)
    if how == "durable":
        assert {"SourceError", "OSError", f"errno={5}"} <= set(said)
        assert is_untouched(target)
    else:
        assert said == ["saved"]
        assert number_in(target.read_bytes(), 1000) == 2


def test_durable_means_file_then_name_then_folder(target: Path) -> None:
    """The bytes are on the disk before the name, and the name before the call returns (fsync(2))."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed")
    log = target.parent.parent / f"{target.parent.name}.strace"
    calls = "trace=fsync,fdatasync,rename,renameat,renameat2"
    with child("durable", target, before=(strace, "-f", "-y", "-e", calls, "-o", str(log))) as process:
        assert outcome(process) == ["saved"]
    lines = [line for line in log.read_text(encoding="utf-8").splitlines() if str(target.parent) in line]
    said = [line.split(maxsplit=1)[1] for line in lines]
    assert [line.partition("(")[0].replace("fdatasync", "fsync")[:6] for line in said] == [
        "fsync",
        "rename",
        "fsync",
    ]
    assert ".part>" in said[0]
    assert said[2].partition("<")[2].startswith(f"{target.parent}>")
