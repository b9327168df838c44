"""Servers and clients of other makes, and our own, as children of a test: on a free port, waited for, ended, and all they say is kept."""

from __future__ import annotations

import contextlib
import itertools
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType

__all__ = ["NODELAY", "STARTED", "Program", "Said", "found", "free_port", "require", "run", "until"]

NODELAY = {"TCP_NODELAY": "1"}
"""Without it DCMTK and Orthanc wait for acknowledgements with each message."""
STARTED: list[Program | Said] = []
"""What the test that runs now has started; what they said is shown where it fails."""
T = TypeVar("T")
_PORTS = itertools.count(random.SystemRandom().randrange(11_000, 24_000))


class Said:
    """What a program said that has ended."""

    def __init__(self, command: list[str], code: int, text: str) -> None:
        self.command, self.code, self.text = command, code, text

    def show(self) -> str:
        """Give it for a report."""
        return f"{' '.join(self.command)}\nended with {self.code}\n{self.text[-6000:]}"


def until(answered: Callable[[], T], what: str, seconds: float = 60.0) -> T:
    """Ask again and again, and give the first answer that is true."""
    end, wait = time.monotonic() + seconds, 0.002
    while not (answer := answered()):
        assert time.monotonic() < end, f"{what}: not within {seconds:g} s"
        time.sleep(wait)
        wait = min(wait * 1.5, 0.1)
    return answer


def free_port() -> int:
    """Give a port of 127.0.0.1 that nobody listens at, outside of those that systems choose for clients."""
    for port in _PORTS:
        with socket.socket() as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                one.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError


def require(*names: str) -> None:
    """Skip where one of these programs is missing; the marker `peer` makes that an error where they were installed."""
    missing = [name for name in names if found(name) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")


def found(name: str) -> str | None:
    """Give where a program is: not beside the interpreter, where pynetdicom puts programs with the names of DCMTK's."""
    if Path(name).is_absolute():
        return name if Path(name).exists() else None
    beside = Path(sys.executable).parent
    places = [place for place in os.environ["PATH"].split(os.pathsep) if Path(place) != beside]
    # Debian puts servers where only root looks for them.
    return shutil.which(name, path=os.pathsep.join([*places, "/usr/sbin"]))


def is_listening(port: int) -> bool:
    """Say whether somebody listens, by a look that a server does not notice."""
    if not sys.platform.startswith("linux"):
        with socket.socket() as one:
            return not one.connect_ex(("127.0.0.1", port))
    wanted = f":{port:04X}"
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        if not Path(table).exists():
            continue  # a system without IPv6
        for line in Path(table).read_text(encoding="ascii").splitlines()[1:]:
            fields = line.split()
            if fields[1].endswith(wanted) and fields[3] == "0A":
                return True
    return False


def run(
    name: str,
    *arguments: str | Path | int,
    code: int | None = 0,
    folder: Path | None = None,
    seconds: float = 120,
) -> Said:
    """Run a program to its end, and expect its exit code; `None` expects nothing."""
    program = found(name)
    assert program is not None, f"{name} is not installed"
    command = [program, *map(str, arguments)]
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=folder,
        env={**os.environ, **NODELAY},
        timeout=seconds,
        check=False,
    )
    said = Said([name, *map(str, arguments)], done.returncode, done.stdout.decode("utf-8", "replace"))
    STARTED.append(said)
    assert code is None or done.returncode == code, said.show()
    return said


class Program:
    """A server that runs as long as the `with` block, and listens before that begins.

    Parameters
    ----------
    command : iterable
        The program and its arguments.
    folder : Path
        Where it runs, and where what it says is written.
    port : int, optional
        Where it will listen; without one it is not waited for.
    """

    def __init__(
        self,
        command: Iterable[str | Path | int],
        folder: Path,
        port: int = 0,
        *,
        env: dict[str, str] | None = None,
        is_asked: bool = False,
    ) -> None:
        name, *rest = map(str, command)
        place = found(name)
        assert place is not None, f"{name} is not installed"
        self.command = [place, *rest]
        self.folder, self.port = folder, port
        self._env = {**os.environ, **NODELAY, **(env or {})}
        self._stdin = subprocess.PIPE if is_asked else subprocess.DEVNULL
        self.log = folder / f"said-by-{Path(name).name}-{port}.txt"

    def __enter__(self) -> Self:
        """Start it, and wait until it listens."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdin=self._stdin,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env=self._env,
                start_new_session=True,
            )
        STARTED.append(self)
        try:
            if self.port:
                until(self._listens, f"{self.command[0]} listens", 60)
        except AssertionError:
            self.stop()
            raise AssertionError(self.show()) from None
        return self

    def _listens(self) -> bool:
        assert self.process.poll() is None, "it has ended"
        return is_listening(self.port)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it and the processes that it has started."""
        self.stop()

    def stop(self, how: signal.Signals = signal.SIGKILL) -> None:
        """End it, with what it has started: they are a session of their own."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, how)
        self.process.wait()
        if self.process.stdin:
            self.process.stdin.close()

    def said(self) -> str:
        """Give what it has said so far."""
        return self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""

    def show(self) -> str:
        """Give it for a report."""
        return f"{' '.join(self.command)}\nended with {self.process.poll()}\n{self.said()[-6000:]}"
