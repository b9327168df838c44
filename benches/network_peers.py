"""Servers that are measured, each started as its users start it, on memory rather than a disk; and what one sees of them from outside."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tests.programs import found

if TYPE_CHECKING:
    from types import TracebackType

ROOT = Path(__file__).parents[1]
_TARGET = os.environ.get("CARGO_TARGET_DIR")
NEUTRAL = Path(_TARGET or ROOT / "benches" / "network" / "target") / "release" / "neutral"
MEMORY = Path("/dev/shm") if Path("/dev/shm").is_dir() else None
TITLE = "PEER"
ENVIRONMENT = {**os.environ, "TCP_NODELAY": "1", "PYTHONPATH": str(ROOT)}
"""Without the first DCMTK and Orthanc wait for acknowledgements, and are many times slower."""

PYNETDICOM = """
import sys
from pathlib import Path
from pynetdicom import AE, AllStoragePresentationContexts, evt
from pynetdicom.sop_class import Verification

def handle(event):
    path = Path(sys.argv[2]) / event.request.AffectedSOPInstanceUID
    path.write_bytes(event.encoded_dataset())
    return 0

ae = AE("PEER")
ae.maximum_pdu_size = 131072
ae.maximum_associations = 100
ae.supported_contexts = AllStoragePresentationContexts
ae.add_supported_context(Verification)
ae.start_server(("127.0.0.1", int(sys.argv[1])), evt_handlers=[(evt.EVT_C_STORE, handle)])
"""


def free_port() -> int:
    """Give a port that was free a moment ago."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@dataclass
class Peer:
    """A server, and the folder that it writes to."""

    name: str
    command: list[str]
    port: int
    folder: Path
    tls: tuple[str, ...] = ()
    is_archive: bool = False
    process: subprocess.Popen[bytes] = field(init=False)

    def __enter__(self) -> Self:
        """Start it, and wait until it listens."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.process = subprocess.Popen(
            [found(self.command[0]) or self.command[0], *self.command[1:]],
            env=ENVIRONMENT,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        for _ in range(600):
            with socket.socket() as one:
                if not one.connect_ex(("127.0.0.1", self.port)):
                    return self
            time.sleep(0.05)
        self.__exit__(None, None, None)
        message = f"{self.name} does not listen"
        raise AssertionError(message)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it, with the processes that it has started."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        if self.process.stdin:
            self.process.stdin.close()

    def run(self, *arguments: str, operations: int = 1) -> float:
        """Have the neutral client do something, proposing so many operations at once, and give its seconds."""
        front = [*self.tls, "--operations", str(operations)]
        return neutral(*front, arguments[0], f"127.0.0.1:{self.port}", TITLE, *arguments[1:])

    def memory(self) -> int:
        """Give the bytes that its processes hold together, what they share counted once."""
        held = 0
        for process in [self.process.pid, *_children(self.process.pid)]:
            try:
                text = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii")
            except (FileNotFoundError, ProcessLookupError):
                continue
            held += next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
        return held << 10

    def threads(self) -> int:
        """Give how many threads its processes have."""
        return sum(
            len(list(Path(f"/proc/{process}/task").iterdir()))
            for process in [self.process.pid, *_children(self.process.pid)]
        )

    def peak(self) -> int:
        """Give the most that its process or one of its children has held."""
        most = 0
        for process in [self.process.pid, *_children(self.process.pid)]:
            try:
                lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
            except (FileNotFoundError, ProcessLookupError):
                # It has ended in this moment.
                continue
            most = max(most, *(int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM")))
        return most

    def has(self, seed: str, count: int, size: int) -> bool:
        """Say whether it holds each instance with the pixel data that were sent; and nothing of them afterwards."""
        return holds(self.folder, seed, count, size)

    def keeps(self, count: int, size: int) -> bool:
        """Say whether it has so many instances with the pixel data that were sent, however it names its files."""
        wanted = {_expected(number & 0xFF, size) for number in range(count)}
        kept = (path for path in self.folder.rglob("*") if path.is_file() and path.stat().st_size >= size)
        return wanted <= {hashlib.sha256(path.read_bytes()[-size:]).digest() for path in kept}

    def clear(self) -> None:
        """Remove what it has kept; an archive keeps it, and is sent other instances."""
        if not self.is_archive:
            for path in self.folder.iterdir():
                path.unlink()


def _children(process: int) -> list[int]:
    found, waiting = [], [process]
    while waiting:
        try:
            text = Path(f"/proc/{waiting[-1]}/task/{waiting.pop()}/children").read_text(encoding="ascii")
        except FileNotFoundError:
            continue
        more = [int(one) for one in text.split()]
        found += more
        waiting += more
    return found


def holds(folder: Path, seed: str, count: int, size: int) -> bool:
    """Say whether a folder has each instance with its pixel data, and empty it."""
    found = 0
    for path in folder.iterdir():
        number = path.name.removesuffix(".dcm").rpartition(".")[2]
        if f"1.2.826.0.1.{seed}." in path.name:
            held = path.read_bytes()[-size:]
            found += hashlib.sha256(held).digest() == _expected(int(number) & 0xFF, size)
        path.unlink()
    return found == count


_DIGESTS: dict[tuple[int, int], bytes] = {}


def _expected(number: int, size: int) -> bytes:
    if (number, size) not in _DIGESTS:
        pixels = bytes((at * 7 + at // 251 + number) & 0xFF for at in range(size))
        _DIGESTS[number, size] = hashlib.sha256(pixels).digest()
    return _DIGESTS[number, size]


def neutral(*arguments: str) -> float:
    """Run the neutral peer, and give the seconds that it has measured."""
    done = subprocess.run([str(NEUTRAL), *arguments], capture_output=True, check=False, text=True)
    assert done.returncode == 0, f"{' '.join(arguments)}: {done.stderr}"
    return float(done.stdout.split()[-1])


def ours(folder: Path, kind: str, *more: str, name: str = "radiogram") -> Peer:
    """Our server, started by Python."""
    port = free_port()
    command = [sys.executable, "-m", "benches.network_server", str(port), str(folder), kind, *more]
    return Peer(name, command, port, folder)


def storescp(folder: Path, *options: str, name: str = "storescp +B") -> Peer:
    """DCMTK's, that writes what comes as it comes."""
    port = free_port()
    command = ["storescp", "+B", "--fork", "-aet", TITLE, "-od", str(folder), *options, str(port)]
    return Peer(name, command, port, folder)


def pynetdicom(folder: Path) -> Peer:
    """pynetdicom's, with a handler that writes what comes as it comes."""
    port = free_port()
    return Peer("pynetdicom", [sys.executable, "-c", PYNETDICOM, str(port), str(folder)], port, folder)


def receivers(folder: Path, kind: str = "file") -> list[Peer]:
    """Every server of instances that is here."""
    peers = [ours(folder / "radiogram", kind)]
    if found("storescp"):
        peers.append(storescp(folder / "storescp"))
    if found("Orthanc"):
        peers.append(orthanc(folder / "orthanc", free_port()))
    if find_spec("pynetdicom"):
        peers.append(pynetdicom(folder / "pynetdicom"))
    return peers


def dcmqrscp(folder: Path, third: int) -> Peer:
    """DCMTK's archive."""
    kept, port = folder / "kept", free_port()
    kept.mkdir(parents=True)
    (folder / "dcmqrscp.cfg").write_text(
        f"NetworkTCPPort = {port}\nMaxPDUSize = 131072\nMaxAssociations = 32\n"
        f"HostTable BEGIN\nthird = (THIRD, 127.0.0.1, {third})\nHostTable END\nVendorTable BEGIN\nVendorTable END\n"
        f"AETable BEGIN\n{TITLE} {kept} RW (200, 100000mb) ANY\nAETable END\n",
        encoding="ascii",
    )
    command = ["dcmqrscp", "-dhl", "+B", "-c", str(folder / "dcmqrscp.cfg"), str(port)]
    return Peer("dcmqrscp", command, port, kept, is_archive=True)


def orthanc(folder: Path, third: int) -> Peer:
    """Orthanc, as it is set up by default, without authentication and without checks of titles."""
    folder.mkdir(parents=True)
    port, http = free_port(), free_port()
    settings: dict[str, Any] = {
        "StorageDirectory": str(folder / "storage"),
        "IndexDirectory": str(folder / "storage"),
        "DicomAet": TITLE,
        "DicomPort": port,
        "HttpPort": http,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "DicomCheckCalledAet": False,
        "DicomAlwaysAllowEcho": True,
        "DicomAlwaysAllowStore": True,
        "DicomAlwaysAllowFind": True,
        "DicomAlwaysAllowGet": True,
        "DicomAlwaysAllowMove": True,
        "DicomModalities": {"third": ["THIRD", "127.0.0.1", third]},
        "Plugins": [],
    }
    (folder / "orthanc.json").write_text(json.dumps(settings), encoding="utf-8")
    return Peer(
        "Orthanc", ["Orthanc", str(folder / "orthanc.json")], port, folder / "storage", is_archive=True
    )


def archive(folder: Path, third: int, durability: str = "os") -> Peer:
    """Our program that serves a folder, with its index."""
    port = free_port()
    command = [sys.executable, "-m", "radiogram", "serve", str(folder), "--port", str(port), "--aet", TITLE]
    command += ["--durability", durability, f"--peer=THIRD=127.0.0.1:{third}"]
    return Peer("radiogram", command, port, folder, is_archive=True)


def archives(folder: Path, third: int) -> list[Peer]:
    """Every archive that is here."""
    peers = [archive(folder / "radiogram", third)]
    if found("dcmqrscp"):
        peers.append(dcmqrscp(folder / "dcmqrscp", third))
    if found("Orthanc"):
        peers.append(orthanc(folder / "orthanc", third))
    return peers
