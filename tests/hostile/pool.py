"""Runs files through child processes that may die: a child works through many files, a death is a result."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

ADDRESS_SPACE = 4 << 30
SECONDS = 10.0


@dataclass(frozen=True)
class Outcome:
    """What became of one file: the child's answer, or how the child died."""

    file: Path
    answer: dict[str, Any] = field(default_factory=dict)
    death: str = ""


class Child:
    """One child process on one side (`worker.SIDES`), started again after each death."""

    def __init__(self, side: str, seconds: float, complaints: IO[str]) -> None:
        self._command = [sys.executable, "-m", "tests.hostile.worker", side, str(ADDRESS_SPACE)]
        self._seconds = seconds
        self._complaints = complaints
        self._process: subprocess.Popen[bytes] | None = None

    def _start(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._complaints, bufsize=0
        )
        if self._line(process, 120.0) != b"ready\n":
            process.kill()
            message = f"the child did not start: {' '.join(self._command)}"
            raise RuntimeError(message)
        return process

    def _line(self, process: subprocess.Popen[bytes], seconds: float) -> bytes | None:
        """Read a line; `None` when time is up, something without an end of line when the child died."""
        assert process.stdout is not None
        said = b""
        while not said.endswith(b"\n"):
            if not select.select([process.stdout], [], [], seconds)[0]:
                return None
            part = os.read(process.stdout.fileno(), 1 << 16)
            if not part:
                break
            said += part
        return said

    def run(self, file: Path) -> Outcome:
        """Send one file through the child."""
        if self._process is None:
            self._process = self._start()
        process = self._process
        assert process.stdin is not None
        try:
            process.stdin.write(os.fsencode(file) + b"\n")
            said = self._line(process, self._seconds)
        except BrokenPipeError:
            said = b""
        if said is not None and said.endswith(b"\n"):
            return Outcome(file, json.loads(said))
        process.kill()
        status = self.close()
        return Outcome(file, death="out of time" if said is None else f"died with status {status}")

    def close(self) -> int:
        """End the child and its pipes, and give its status; it ends by itself when its input does."""
        if self._process is None:
            return 0
        with self._process as process:
            self._process = None
        return process.returncode


def run_all(
    side: str, files: Iterable[Path], children: int = 2, seconds: float = SECONDS
) -> tuple[list[Outcome], str]:
    """Send all files through the children; give the outcomes in their order, and what was said on stderr."""
    waiting: Iterator[tuple[int, Path]] = iter(enumerate(files))
    lock, outcomes, failures = threading.Lock(), dict[int, Outcome](), list[BaseException]()

    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as complaints:

        def work() -> None:
            child = Child(side, seconds, complaints)
            try:
                while True:
                    with lock:
                        turn = next(waiting, None)
                    if turn is None:
                        break
                    outcomes[turn[0]] = child.run(turn[1])
            except Exception as error:
                failures.append(error)
            finally:
                child.close()

        threads = [threading.Thread(target=work) for _ in range(children)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        complaints.seek(0)
        said = complaints.read()
    if failures:
        raise failures[0]
    return [outcomes[number] for number in sorted(outcomes)], said
