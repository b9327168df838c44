"""The network: one neutral peer, which shares no code with anybody, against each server and at the far end of each client, in turns.

It is a program of Rust that is built beforehand; without it the rows are left out::

    cargo build --release --manifest-path benches/network/Cargo.toml

Our side is always started by Python. What arrives is compared with what was sent, at the far end.
"""

from __future__ import annotations

import itertools
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benches import network_peers
from benches.conftest import keep
from benches.interleave import Gate, Row
from benches.network_peers import ENVIRONMENT, MEMORY, NEUTRAL, TITLE, Peer, free_port, holds
from tests.certificates import identity
from tests.programs import found

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_benchmark.fixture import BenchmarkFixture

CT, SMALL = 524_288, 9_400
_SEEDS = itertools.count(10_000)
SLOW = {"pynetdicom"}
"""Those that take part in one turn, with a tenth of the work at most, and of no more than `SOME` instances."""
SOME = 32
MANY = 16
"""Operations under way at once on an association, where both sides have agreed on that (PS3.7 D.3.3.3); where not, it is one."""

pytestmark = pytest.mark.skipif(not NEUTRAL.exists(), reason="the neutral peer is not built")


@pytest.fixture
def memory() -> Iterator[Path]:
    """Give a folder in memory."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        yield Path(folder)


@contextmanager
def running(peers: list[Peer]) -> Iterator[list[Peer]]:
    """Run all of them for the length of a `with` block."""
    with ExitStack() as stack:
        yield [stack.enter_context(peer) for peer in peers]


@pytest.fixture(scope="module")
def receivers() -> Iterator[list[Peer]]:
    """Start every server of instances."""
    with (
        tempfile.TemporaryDirectory(dir=MEMORY) as folder,
        running(network_peers.receivers(Path(folder))) as peers,
    ):
        yield peers


def few_of(count: int) -> int:
    """Give how many the slow ones take part with."""
    return max(min(count // 10, SOME), 8)


def measured(
    benchmark: BenchmarkFixture,
    row: Row,
    work: dict[str, Callable[[int], float]],
    count: int,
    *,
    turns: int = 7,
    scale: float = 1e6,
) -> Row:
    """Have each do its work in turns, in another order each time; `work` takes a count and gives seconds.

    The first turn is not counted: memory for files is the system's for the first time then, and whoever comes first pays for it.
    """
    seconds: dict[str, list[float]] = {name: [] for name in work}
    count = min(count, 10) if benchmark.disabled else count
    order = random.Random(7)
    for turn in range(1 if benchmark.disabled else turns + 1):
        for name in order.sample(sorted(work), len(work)):
            if name in SLOW and turn > 1:
                continue
            some = few_of(count) if name in SLOW else count
            taken = work[name](some) / some
            if turn or benchmark.disabled:
                seconds[name].append(taken)
    row.figures = {name: statistics.median(taken) * scale for name, taken in seconds.items()}
    benchmark.pedantic(lambda: None, rounds=1)
    keep(row, benchmark)
    assert row.correct[Row.OURS], f"{row.case}: another answer than expected"
    return row


def storing(peer: Peer, size: int, parallel: int, operations: int = 1) -> Callable[[int], float]:
    """Give what sends so many instances to a peer, and empties its folder afterwards."""
    seeds = itertools.count(100)

    def run(count: int) -> float:
        # An archive that has an instance may leave it as it is: each turn sends others.
        taken = peer.run(
            "store", str(count), str(size), str(parallel), str(next(seeds)), operations=operations
        )
        peer.clear()
        return taken

    return run


def is_kept(peer: Peer, size: int, parallel: int, operations: int = 1) -> bool:
    """Send some instances, and compare what the peer has with what was sent."""
    peer.run("store", "10", str(size), str(min(parallel, 10)), str(next(_SEEDS)), operations=operations)
    is_right = peer.keeps(10, size)
    peer.clear()
    return is_right


@pytest.mark.parametrize(
    ("case", "count", "size", "parallel", "operations", "gate"),
    [
        ("C-STORE in, 524 kB", 200, CT, 1, 1, Gate("storescp +B", 1.0)),
        ("C-STORE in, 9.4 kB", 1000, SMALL, 1, 1, Gate("storescp +B", 0.5)),
        (f"C-STORE in, 9.4 kB, {MANY} proposed at once", 1000, SMALL, 1, MANY, Gate("storescp +B", 0.5)),
        ("C-STORE in, 524 kB, 8 associations", 320, CT, 8, 1, Gate("storescp +B", 1.0)),
        # Twenty an association, as many as with 8 and more: what is measured is receiving, and not how associations begin.
        ("C-STORE in, 524 kB, 64 associations", 1280, CT, 64, 1, Gate("storescp +B", 1.0)),
    ],
)
def test_store(
    case: str,
    count: int,
    size: int,
    parallel: int,
    operations: int,
    gate: Gate,
    receivers: list[Peer],
    benchmark: BenchmarkFixture,
) -> None:
    """Instances to files, acknowledged when they survive the end of the process."""
    row = Row(case, "µs an instance", gate)
    parallel = min(parallel, 16) if benchmark.disabled else parallel
    for peer in receivers:
        row.correct[peer.name] = is_kept(peer, size, parallel, operations)
    work = {peer.name: storing(peer, size, parallel, operations) for peer in receivers}
    if parallel > 8:
        (ours,) = (peer for peer in receivers if peer.name == Row.OURS)
        work[f"{Row.OURS} with 8 associations"] = storing(ours, size, 8)
    # A small one takes what it takes by where the system has the two run: that is another matter in each turn.
    measured(benchmark, row, work, count, turns=21 if size == SMALL else 7)


def test_durable(benchmark: BenchmarkFixture) -> None:
    """Archives with their indexes, on a disk: what is acknowledged survives a power cut."""
    row = Row(
        "C-STORE in to a disk, durable, indexed, 524 kB, 8 associations",
        "µs an instance",
        Gate("Orthanc", 1.0),
    )
    with tempfile.TemporaryDirectory() as disk:
        peers = [network_peers.archive(Path(disk) / "radiogram", free_port(), "fsync")]
        if found("Orthanc"):
            peers.append(network_peers.orthanc(Path(disk) / "orthanc", free_port()))
        with running(peers):
            row.correct = {peer.name: is_kept(peer, CT, 8) for peer in peers}
            measured(benchmark, row, {peer.name: storing(peer, CT, 8) for peer in peers}, 160, turns=5)


@pytest.mark.parametrize(
    ("case", "count", "size", "gate"),
    [
        ("C-STORE in with a handler of Python, 524 kB", 200, CT, Gate("pynetdicom", 1 / 5)),
        ("C-STORE in with a handler of Python, 9.4 kB", 1000, SMALL, Gate("pynetdicom", 1 / 30)),
    ],
)
def test_handler(
    case: str, count: int, size: int, gate: Gate, memory: Path, benchmark: BenchmarkFixture
) -> None:
    """A function of Python is asked for each instance, and the files are there when it has answered."""
    row = Row(case, "µs an instance", gate)
    # The others ask nobody, and are no peers here.
    peers = [
        peer for peer in network_peers.receivers(memory, "handler") if peer.name in (Row.OURS, "pynetdicom")
    ]
    with running(peers):
        for peer in peers:
            row.correct[peer.name] = is_kept(peer, size, 1)
        measured(benchmark, row, {peer.name: storing(peer, size, 1) for peer in peers}, count)


@pytest.mark.parametrize(
    ("what", "count", "gate"),
    [("echo", 4000, Gate("storescp +B", 1.0)), ("associate", 400, Gate(absolute=400.0))],
)
def test_messages(
    what: str, count: int, gate: Gate, receivers: list[Peer], benchmark: BenchmarkFixture
) -> None:
    """Echoes on one association; associations one after the other, each with its release."""
    row = Row({"echo": "C-ECHO", "associate": "associate and release"}[what], "µs", gate)
    row.correct = {peer.name: peer.run(what, "5") > 0 for peer in receivers}

    def asking(peer: Peer) -> Callable[[int], float]:
        return lambda count: peer.run(what, str(count))

    measured(benchmark, row, {peer.name: asking(peer) for peer in receivers}, count)


def files(folder: Path, count: int, size: int) -> list[Path]:
    """Make files to send: what the neutral peer sends, kept by our server."""
    with network_peers.ours(folder, "file") as peer:
        peer.run("store", str(count), str(size), "1", "3")
    return sorted(folder.iterdir())


SEND = """
import sys, time
from pathlib import Path
from radiogram import net
paths = sorted(map(str, Path(sys.argv[2]).iterdir()))
ae = net.AE("SENDER")
ae.add_requested_context("1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.2.1")
ae.associate("127.0.0.1", int(sys.argv[1]), ae_title="PEER").release()
begin = time.perf_counter()
assoc = ae.associate("127.0.0.1", int(sys.argv[1]), ae_title="PEER")
statuses = [sent.status for sent in assoc.send_many(paths)]
assoc.release()
taken = time.perf_counter() - begin
assert len(statuses) == len(paths) and all(one.Status == 0 for one in statuses), statuses[:3]
print(taken)
"""

SEND_BY_POOL = (
    SEND.replace("assoc = ae.associate(", "assoc = net.AssociationPool(ae, ")
    .replace('"PEER")\nstatuses', '"PEER", size=4)\nstatuses')
    .replace("assoc.release()", "assoc.close()")
)

SEND_PYNETDICOM = SEND.replace("from radiogram import net", "import pynetdicom as net").replace(
    "[sent.status for sent in assoc.send_many(paths)]", "[assoc.send_c_store(path) for path in paths]"
)


POOL = "C-STORE out by a pool of 4 associations"


def by_python(text: str, port: int, folder: Path) -> float:
    """Have a program of Python send a folder; what it needs to start is not counted."""
    command = [sys.executable, "-c", text, str(port), str(folder)]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return float(done.stdout.split()[-1])


def by_program(command: list[str]) -> float:
    """Have a program send; what it needs to start is taken off."""

    def run(*arguments: str) -> float:
        begin = time.perf_counter()
        program = found(arguments[0]) or arguments[0]
        subprocess.run([program, *arguments[1:]], env=ENVIRONMENT, check=True, capture_output=True)
        return time.perf_counter() - begin

    return run(*command) - run(command[0], "--version")


@pytest.mark.parametrize(
    ("case", "text", "count", "size", "operations", "gate"),
    [
        ("C-STORE out, 524 kB", SEND, 200, CT, 1, Gate("dcmsend", 1 / 1.2)),
        ("C-STORE out, 9.4 kB", SEND, 1000, SMALL, 1, Gate("storescu", 1 / 5)),
        (f"C-STORE out, 9.4 kB, {MANY} agreed at once", SEND, 1000, SMALL, MANY, Gate("storescu", 1 / 5)),
        (f"{POOL}, 9.4 kB", SEND_BY_POOL, 1000, SMALL, 1, Gate("storescu", 1 / 5)),
        (f"{POOL}, 9.4 kB, {MANY} agreed at once", SEND_BY_POOL, 1000, SMALL, MANY, Gate("storescu", 1 / 5)),
    ],
)
def test_send(
    case: str,
    text: str,
    count: int,
    size: int,
    operations: int,
    gate: Gate,
    memory: Path,
    benchmark: BenchmarkFixture,
) -> None:
    """Files of a folder, to a server that keeps their data sets in memory; the others have one association each.

    The server agrees to so many operations at once of those that a client proposes; the other clients propose none.
    """
    row = Row(case, "µs an instance", gate)
    count = min(count, 10) if benchmark.disabled else count
    paths = files(memory / "files", count, size)
    few = memory / "few"
    few.mkdir()
    for path in paths[: few_of(count)]:
        shutil.copy(path, few)
    received, port = memory / "received", free_port()
    received.mkdir()
    command = [str(NEUTRAL), "serve", str(port), str(received), str(operations)]
    with Peer("neutral", command, port, received):
        address = ["-aec", TITLE, "127.0.0.1", str(port)]
        work: dict[str, Callable[[], float]] = {
            "radiogram": lambda: by_python(text, port, memory / "files"),
        }
        if found("dcmsend"):
            work["dcmsend"] = lambda: by_program(["dcmsend", *address, *map(str, paths)])
            work["storescu"] = lambda: by_program(["storescu", *address, *map(str, paths)])
        if find_spec("pynetdicom"):
            work["pynetdicom"] = lambda: by_python(SEND_PYNETDICOM, port, few)

        def sending(name: str) -> Callable[[int], float]:
            def run(_count: int) -> float:
                taken = work[name]()
                some = len(list(few.iterdir())) if name in SLOW else count
                row.correct[name] = row.correct.get(name, True) and holds(received, "3", some, size)
                return taken

            return run

        for name in work:
            sending(name)(count)
        measured(benchmark, row, {name: sending(name) for name in work}, count)
    assert row.correct["radiogram"]


def test_idle(memory: Path, benchmark: BenchmarkFixture) -> None:
    """Memory of an association that is silent: 5,000 of ours, 200 of those that have a process or threads for each."""
    row = Row("an idle association", "KB", Gate(absolute=24.0))
    with running(network_peers.receivers(memory)) as peers:
        for peer in peers:
            count = 5000 if peer.name == Row.OURS else 90 if peer.name == "pynetdicom" else 200
            count = min(count, 20) if benchmark.disabled else count
            peer.run("associate", "20")
            before, threads = peer.memory(), peer.threads()
            address = f"127.0.0.1:{peer.port}"
            with subprocess.Popen(
                [str(NEUTRAL), "hold", address, TITLE, str(count)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            ) as held:
                assert held.stdout is not None
                assert held.stdin is not None
                is_held = held.stdout.readline() == b"held\n"
                row.figures[peer.name] = (peer.memory() - before) / count / 1024
                more = peer.threads() - threads
                held.stdin.close()
                row.correct[peer.name] = is_held and held.wait() == 0
            if peer.name == Row.OURS:
                row.correct[peer.name] &= more <= 4
    benchmark.pedantic(lambda: None, rounds=1)
    keep(row, benchmark)
    assert row.correct[Row.OURS]


def test_large(memory: Path, benchmark: BenchmarkFixture) -> None:
    """Memory above what it holds at rest while an instance of 2 GB comes in."""
    size = (50 << 20) if benchmark.disabled else 0x7FFF_0000
    if shutil.disk_usage(memory).free < 3 * size:
        pytest.skip("no room for an instance of 2 GB")
    row = Row("peak of memory for an instance of 2 GB", "MB", Gate(absolute=16.0))
    for peer in network_peers.receivers(memory):
        if peer.name not in (Row.OURS, "storescp +B"):
            row.absent[peer.name] = "holds all of it"
            continue
        with peer:
            peer.run("store", "5", str(CT), "1", "1")
            peer.clear()
            before = peer.memory()
            peer.run("large", str(size), "4")
            row.figures[peer.name] = max(peer.peak() - before, 0) / (1 << 20)
            (path,) = peer.folder.iterdir()
            row.correct[peer.name] = path.stat().st_size > size
            path.unlink()
    benchmark.pedantic(lambda: None, rounds=1)
    keep(row, benchmark)
    assert row.correct[Row.OURS]


@pytest.fixture(scope="module")
def stocked() -> Iterator[tuple[list[Peer], int, Path]]:
    """Start every archive, with a thousand small instances and two hundred large ones."""
    third = free_port()
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        received = Path(folder) / "received"
        received.mkdir()
        with running(network_peers.archives(Path(folder), third)) as peers:
            yield peers, third, received


def _stock(peers: list[Peer], count: int, size: int, seed: str) -> None:
    for peer in peers:
        peer.run("store", str(count), str(size), "1", seed)


def test_find(stocked: tuple[list[Peer], int, Path], memory: Path, benchmark: BenchmarkFixture) -> None:
    """Answers of a query for the instances of a series: of archives, and of a function of Python."""
    peers, _, _ = stocked
    count = 10 if benchmark.disabled else 1000
    _stock(peers, count, 100, "5")
    row = Row("C-FIND answers", "µs an answer", Gate("dcmqrscp", 1.0))
    with network_peers.ours(memory / "kept", "find", name="a handler of Python") as handler:

        def asking(peer: Peer) -> Callable[[int], float]:
            many = 1000 if peer is handler else count
            return lambda _count: peer.run("find", str(many), "5") * count / many

        work = {peer.name: asking(peer) for peer in [*peers, handler]}
        row.correct = {name: run(count) > 0 for name, run in work.items()}
        measured(benchmark, row, work, count)


@pytest.mark.parametrize("what", ["get", "move"])
def test_retrieve(what: str, stocked: tuple[list[Peer], int, Path], benchmark: BenchmarkFixture) -> None:
    """A study of CT images, on the same association or on one that the archive opens."""
    peers, third, received = stocked
    count = 10 if benchmark.disabled else 200
    _stock(peers, count, CT, "6")
    row = Row(f"C-{what.upper()}, 524 kB", "µs an instance", Gate("dcmqrscp", 1.0))
    more = ["THIRD", str(third)] if what == "move" else []

    def retrieving(peer: Peer) -> Callable[[int], float]:
        def run(_count: int) -> float:
            taken = peer.run(what, str(count), "6", str(received), *more)
            row.correct[peer.name] = row.correct.get(peer.name, True) and holds(received, "6", count, CT)
            return taken

        return run

    measured(benchmark, row, {peer.name: retrieving(peer) for peer in peers}, count)
    assert row.correct[Row.OURS]


def test_tls(memory: Path, benchmark: BenchmarkFixture) -> None:
    """As C-STORE in, by TLS with mutual authentication; DCMTK's by TLS, and ours without beside them."""
    if found("openssl") is None:
        pytest.skip("not installed: openssl")
    place = memory / "certificates"
    made = identity(place)
    authority, certificate, key = str(made.authority), str(made.certificate), str(made.key)
    peers = [
        network_peers.ours(memory / "tls", "tls", str(place)),
        network_peers.ours(memory / "plain", "file", name="radiogram without TLS"),
    ]
    if found("storescp"):
        options = ("+tls", key, certificate, "+cf", authority)
        peers.append(network_peers.storescp(memory / "storescp", *options, name="storescp +B +tls"))
    row = Row("C-STORE in by TLS, 524 kB", "µs an instance", Gate("storescp +B +tls", 1.0))
    with running(peers):
        for peer in peers:
            if "without" not in peer.name:
                peer.tls = ("--tls", authority, certificate, key)
            row.correct[peer.name] = is_kept(peer, CT, 1)
        measured(benchmark, row, {peer.name: storing(peer, CT, 1) for peer in peers}, 200)
