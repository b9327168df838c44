"""Our server as a process, for tests that attack it or take its ground away; and what is seen of it from outside."""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.programs import Program, free_port, until
from tests.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["IS_LONG", "TITLE", "Server", "served"]

IS_LONG = bool(os.environ.get("RADIOGRAM_SOAK"))
"""Whether tests that can take long take long."""
TITLE = "RADIOGRAM"
CHILD = Path(__file__).parents[1] / "serving.py"


@dataclass(frozen=True)
class Server:
    """One that runs."""

    program: Program
    port: int
    folder: Path

    def resident(self) -> int:
        """Give the bytes of memory that it holds."""
        return self._status("VmRSS") << 10

    def threads(self) -> int:
        """Give how many threads it has."""
        return self._status("Threads")

    def _status(self, name: str) -> int:
        lines = Path(f"/proc/{self.program.process.pid}/status").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(name))

    def is_alive(self) -> bool:
        """Say whether the process lives."""
        return self.program.process.poll() is None

    def associate(self, seconds: float = 10.0) -> Wire:
        """Open an association."""
        return Wire(self.port, seconds).associate(TITLE)

    def echoes(self, seconds: float = 5.0) -> bool:
        """Say whether a new association is served."""
        with Wire(self.port, seconds) as wire:
            return wire.associate(TITLE, "HEALTH").echo() == 0 and wire.release()

    def names(self) -> list[str]:
        """List what is in its folder."""
        return sorted(path.name for path in self.folder.iterdir())


@contextmanager
def served(
    folder: Path,
    durability: str = "os",
    *,
    place: Path | None = None,
    flags: tuple[str, ...] = (),
    **options: Any,
) -> Iterator[Server]:
    """Serve into a folder; `place` is where it runs and what it says is kept."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    command = [sys.executable, CHILD, port, folder, "--aet", TITLE, "--durability", durability, *flags]
    if options:
        command += ["--options", json.dumps(options)]
    with Program(command, place or folder.parent, port, is_asked=True) as program:
        until(lambda: "ready" in program.said(), "it is ready")
        yield Server(program, port, folder)
