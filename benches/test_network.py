"""Receiving over the network: the same neutral client, which shares no code with any peer, against each of them in turns.

The client and our server are programs of Rust that are built beforehand; without them the rows are left out::

    cargo build --release -p radiogram-engine --examples
    cargo build --release --manifest-path benches/network/Cargo.toml
"""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benches.conftest import keep
from benches.interleave import Gate, Row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_benchmark.fixture import BenchmarkFixture

ROOT = Path(__file__).parents[1]
_TARGET = os.environ.get("CARGO_TARGET_DIR")
SERVE = Path(_TARGET or ROOT / "target") / "release" / "examples" / "serve"
NEUTRAL = Path(_TARGET or ROOT / "benches" / "network" / "target") / "release" / "neutral"
MEMORY = Path("/dev/shm")

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
ae.supported_contexts = AllStoragePresentationContexts
ae.add_supported_context(Verification)
ae.start_server(("127.0.0.1", int(sys.argv[1])), evt_handlers=[(evt.EVT_C_STORE, handle)])
"""


@dataclass
class Peer:
    """A server that runs, and the folder that it writes to."""

    name: str
    port: int
    folder: Path
    process: subprocess.Popen[bytes]


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def _commands(port: int, folder: Path) -> dict[str, list[str]]:
    commands = {"radiogram": [str(SERVE), f"127.0.0.1:{port}", "PEER", str(folder), "process"]}
    if shutil.which("storescp"):
        commands["storescp +B"] = ["storescp", "+B", "--fork", "-aet", "PEER", "-od", str(folder), str(port)]
    if find_spec("pynetdicom"):
        commands["pynetdicom"] = [sys.executable, "-c", PYNETDICOM, str(port), str(folder)]
    return commands


@pytest.fixture(scope="module")
def peers() -> Iterator[list[Peer]]:
    """Start every peer that is there, on memory rather than a disk."""
    if not SERVE.exists() or not NEUTRAL.exists():
        pytest.skip("the programs are not built")
    running: list[Peer] = []
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as memory:
        for name in _commands(0, Path(memory)):
            folder = Path(memory) / name.replace(" ", "_")
            folder.mkdir()
            port = _free_port()
            # Without it DCMTK waits for acknowledgements, and is many times slower.
            process = subprocess.Popen(
                _commands(port, folder)[name],
                env={**os.environ, "TCP_NODELAY": "1"},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            running.append(Peer(name, port, folder, process))
        for peer in running:
            _wait(peer)
        yield running
        for peer in running:
            peer.process.kill()
            peer.process.wait()


def _wait(peer: Peer) -> None:
    for _ in range(200):
        with socket.socket() as one:
            if not one.connect_ex(("127.0.0.1", peer.port)):
                return
        time.sleep(0.05)
    pytest.fail(f"{peer.name} does not listen")


def _run(peer: Peer, *arguments: str) -> float:
    command = [str(NEUTRAL), arguments[0], f"127.0.0.1:{peer.port}", "PEER", *arguments[1:]]
    return float(subprocess.run(command, capture_output=True, check=True, text=True).stdout)


def _has(peer: Peer, seed: int, count: int, size: int) -> bool:
    """Whether the peer holds each instance, with the pixel data that were sent; and nothing of them afterwards."""
    found = 0
    for path in peer.folder.iterdir():
        number = path.name.removesuffix(".dcm").rpartition(".")[2]
        if f"1.2.826.0.1.{seed}." in path.name:
            pixels = bytes((at * 7 + at // 251 + int(number)) & 0xFF for at in range(size))
            held = path.read_bytes()[-size:]
            found += hashlib.sha256(held).digest() == hashlib.sha256(pixels).digest()
        path.unlink()
    return found == count


def _clear(peer: Peer) -> None:
    for path in peer.folder.iterdir():
        path.unlink()


def _row(benchmark: BenchmarkFixture, row: Row, seconds: dict[str, list[float]], per: int) -> None:
    row.figures = {name: statistics.median(taken) * 1e6 / per for name, taken in seconds.items()}
    benchmark.pedantic(lambda: None, rounds=1)
    keep(row, benchmark)
    assert row.correct[Row.OURS], f"{row.case}: another answer than expected"


@pytest.mark.parametrize(
    ("case", "count", "size", "parallel", "gate"),
    [
        ("C-STORE in, 524 kB", 100, 524_288, 1, Gate("storescp +B", 1.0)),
        ("C-STORE in, 9.4 kB", 400, 9_400, 1, Gate("storescp +B", 0.5)),
        ("C-STORE in, 524 kB, 8 associations", 160, 524_288, 8, Gate("storescp +B", 1.0)),
    ],
)
def test_store(
    case: str,
    count: int,
    size: int,
    parallel: int,
    gate: Gate,
    peers: list[Peer],
    benchmark: BenchmarkFixture,
) -> None:
    """Instances to files, acknowledged when they survive the end of the process."""
    row = Row(case, "µs an instance", gate)
    seconds: dict[str, list[float]] = {peer.name: [] for peer in peers}
    for peer in peers:
        _run(peer, "store", "10", str(size), str(parallel), "1")
        row.correct[peer.name] = _has(peer, 1, 10, size)
    for turn in range(1 if benchmark.disabled else 7):
        for peer in peers:
            if peer.name == "pynetdicom" and turn:
                continue
            seconds[peer.name].append(_run(peer, "store", str(count), str(size), str(parallel), "2"))
            _clear(peer)
    _row(benchmark, row, seconds, count)


@pytest.mark.parametrize(
    ("what", "count", "gate"),
    [("echo", 4000, Gate("storescp +B", 1.0)), ("associate", 400, Gate(absolute=400.0))],
)
def test_messages(what: str, count: int, gate: Gate, peers: list[Peer], benchmark: BenchmarkFixture) -> None:
    """Echoes on one association; associations one after the other, each with its release."""
    row = Row({"echo": "C-ECHO", "associate": "associate and release"}[what], "µs", gate)
    row.correct = {peer.name: _run(peer, what, "5") > 0 for peer in peers}
    seconds: dict[str, list[float]] = {peer.name: [] for peer in peers}
    for turn in range(1 if benchmark.disabled else 7):
        for peer in peers:
            if peer.name != "pynetdicom" or not turn:
                some = count // 10 if peer.name == "pynetdicom" else count
                seconds[peer.name].append(_run(peer, what, str(some)) * count / some)
    _row(benchmark, row, seconds, count)
