"""What was acknowledged is there: after SIGKILL, after a power cut, on a full disk, after an aborted re-send, and when many send at once.

`RADIOGRAM_SOAK=1` makes each of them long.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.hostile.serving import IS_LONG, TITLE, Server, served
from tests.peers.net.instances import data_set
from tests.programs import until
from tests.wire import ROOM, ct_data_set, fragment, pdu, store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="mounts, and reads /proc")

KILLS = 50 if IS_LONG else 3
CUTS = 50 if IS_LONG else 3
ASSOCIATIONS, EACH = (200, 100) if IS_LONG else (24, 10)


def pixels(uid: str, size: int) -> bytes:
    """Give pixel data that follow from the UID."""
    return (hashlib.sha256(uid.encode()).digest() * (size // 32 + 1))[:size]


def is_whole(path: Path, size: int) -> bool:
    """Say whether a file is the instance that its name says, with each of its bytes."""
    uid = path.name.removesuffix(".dcm")
    try:
        return data_set(path) == ct_data_set(uid, pixels(uid, size))
    except (AssertionError, OSError, struct.error):
        return False


class Sender(threading.Thread):
    """Sends instances until it cannot any more, and remembers which were acknowledged."""

    def __init__(self, server: Server, number: int, size: int, most: int = 1 << 30) -> None:
        super().__init__(daemon=True)
        self.server, self.number, self.size, self.most = server, number, size, most
        self.acknowledged: list[str] = []
        self.statuses: list[int | None] = []
        self.stopping = threading.Event()

    def run(self) -> None:
        """Send."""
        with contextlib.suppress(OSError, AssertionError), self.server.associate(30) as wire:
            for count in range(self.most):
                if self.stopping.is_set():
                    break
                uid = f"1.2.826.0.1.90.{self.number}.{count}"
                status = wire.store(uid, ct_data_set(uid, pixels(uid, self.size)), count)
                self.statuses.append(status)
                if status is None:
                    return
                if status == 0:
                    self.acknowledged.append(uid)
            wire.release()


def started(server: Server, count: int, size: int, most: int = 1 << 30) -> list[Sender]:
    """Send by so many associations at once."""
    senders = [Sender(server, number, size, most) for number in range(count)]
    for one in senders:
        one.start()
    return senders


def are_acknowledged(senders: list[Sender], count: int) -> None:
    """Wait for more acknowledgements than that."""
    until(lambda: sum(len(one.acknowledged) for one in senders) > count, "some are acknowledged", 60)


def test_kill(tmp_path: Path, note: Callable[[str], None]) -> None:
    """SIGKILL at any moment, durability `os`: what was acknowledged is whole, and what is left after the next start is whole too."""
    chance, counted = random.Random("kill"), 0
    for number in range(KILLS):
        folder = tmp_path / str(number)
        with served(folder, "os") as server:
            senders = started(server, 3, 150_000)
            are_acknowledged(senders, 5)
            time.sleep(chance.random() * 0.3)
            server.program.stop(signal.SIGKILL)
            for one in senders:
                one.join(30)
            acknowledged = [uid for one in senders for uid in one.acknowledged]
        lost = [uid for uid in acknowledged if not is_whole(folder / f"{uid}.dcm", 150_000)]
        assert not lost
        with served(folder, "os") as server:
            assert server.echoes()
        assert all(is_whole(path, 150_000) for path in folder.iterdir()), sorted(folder.iterdir())
        counted += len(acknowledged)
        shutil.rmtree(folder)
    note(f"durability: killed {KILLS} times, {counted} acknowledged instances, none lost")


@contextlib.contextmanager
def mounted(place: Path, *options: str | Path) -> Iterator[Path]:
    """Mount something; skip where that is not allowed."""
    place.mkdir(parents=True, exist_ok=True)
    if os.getuid() or shutil.which("mount") is None:
        pytest.skip("mounts are not allowed here: not root")
    done = subprocess.run(
        ["mount", *map(str, options), str(place)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"mounts are not allowed here: {done.stderr.strip()}")
    try:
        yield place
    finally:
        until(
            lambda: subprocess.run(["umount", str(place)], capture_output=True, check=False).returncode == 0,
            "the mount is given up",
        )


def test_power_cut(tmp_path: Path, note: Callable[[str], None]) -> None:
    """What a disk holds at a moment while three senders store: durability `fsync` has there all that was acknowledged before."""
    if shutil.which("mkfs.ext4", path=f"{os.environ['PATH']}:/usr/sbin:/sbin") is None:
        pytest.skip("not installed: mkfs.ext4")
    memory = Path("/dev/shm") if Path("/dev/shm").is_dir() else tmp_path
    image, copy = memory / f"radiogram-{os.getpid()}.img", memory / f"radiogram-{os.getpid()}.copy"
    size, counted, after = 60_000, 0, 0
    try:
        with image.open("wb") as file:
            file.truncate(192 << 20)
        subprocess.run(
            [*("mkfs.ext4", "-q", "-J", "size=32"), str(image)],
            check=True,
            env={**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"},
        )
        with mounted(tmp_path / "disk", "-o", "loop", image) as disk:
            for number in range(CUTS):
                folder = disk / f"kept{number}"
                with served(folder, "fsync", place=tmp_path / "server") as server:
                    senders = started(server, 3, size)
                    are_acknowledged(senders, 30 + 7 * (number % 5))
                    acknowledged = [uid for one in senders for uid in list(one.acknowledged)]
                    # The disk as it is now: what the system has not written yet is lost with the power.
                    shutil.copyfile(image, copy)
                    later = sum(len(one.acknowledged) for one in senders)
                    for one in senders:
                        one.stopping.set()
                    for one in senders:
                        one.join(30)
                with mounted(tmp_path / "restored", "-o", "loop", copy) as restored:
                    kept = restored / folder.name
                    lost = [uid for uid in acknowledged if not is_whole(kept / f"{uid}.dcm", size)]
                    assert not lost, f"round {number}: {len(lost)} of {len(acknowledged)} are lost"
                counted, after = counted + len(acknowledged), after + later - len(acknowledged)
                shutil.rmtree(folder)
    finally:
        image.unlink(missing_ok=True)
        copy.unlink(missing_ok=True)
    note(
        f"durability: {CUTS} power cuts, {counted} acknowledged before them, none lost; {after} more meanwhile"
    )


def test_full_disk(tmp_path: Path) -> None:
    """A7xx when there is no room, nothing half written; and on it goes when there is room again."""
    with (
        mounted(tmp_path / "small", "-t", "tmpfs", "-o", "size=4m", "none") as small,
        served(small / "kept", "fsync", place=tmp_path / "server") as server,
    ):
        size, acknowledged, refused = 500_000, [], []
        with server.associate() as wire:
            for number in range(20):
                uid = f"1.2.826.0.1.91.{number}"
                status = wire.store(uid, ct_data_set(uid, pixels(uid, size)), number)
                assert status is not None, "the association is lost"
                (refused if status else acknowledged).append((uid, status))
            assert refused
            assert acknowledged
            assert {status & 0xFF00 for _, status in refused} == {0xA700}
            assert server.names() == sorted(f"{uid}.dcm" for uid, _ in acknowledged)
            assert all(is_whole(path, size) for path in server.folder.iterdir())
            for path in list(server.folder.iterdir())[:3]:
                path.unlink()
            uid = "1.2.826.0.1.91.100"
            assert wire.store(uid, ct_data_set(uid, pixels(uid, size))) == 0
            assert is_whole(server.folder / f"{uid}.dcm", size)
            assert wire.release()


@pytest.mark.parametrize("durability", ["fsync", "os", "none"])
def test_a_broken_resend_leaves_the_good_copy(durability: str, tmp_path: Path) -> None:
    """Aborted, reset, or with data of another instance: the copy that was acknowledged stays as it was."""
    uid, size = "1.2.826.0.1.92", 300_000
    good, path = ct_data_set(uid, pixels(uid, size)), tmp_path / "kept" / f"{uid}.dcm"
    with served(tmp_path / "kept", durability) as server:
        with server.associate() as wire:
            assert wire.store(uid, good) == 0
            assert wire.release()
        until(path.exists, "it is there")
        held = path.read_bytes()
        other = ct_data_set(uid, bytes(size))
        begun = fragment(3, 3, store(uid)) + b"".join(
            fragment(3, 0, other[at : at + ROOM]) for at in range(0, ROOM * 6, ROOM)
        )
        for end in ("abort", "reset", "close", "nonsense"):
            wire = server.associate()
            wire.send(begun)
            if end == "abort":
                wire.send(pdu(7, bytes(4)))
            elif end == "nonsense":
                wire.send(b"\xff" * 100)
            if end == "reset":
                wire.reset()
            else:
                wire.socket.close()
            assert server.echoes()
            until(lambda: server.names() == [path.name], "nothing else is there")
            assert path.read_bytes() == held, end


@pytest.mark.parametrize("durability", ["fsync", "os"])
def test_eight_senders_of_one_instance(durability: str, tmp_path: Path) -> None:
    """One of the eight is there, as a whole."""
    uid = "1.2.826.0.1.93"
    data = [ct_data_set(uid, bytes([number]) * 400_000) for number in range(8)]
    with served(tmp_path / "kept", durability) as server:
        for _ in range(20 if IS_LONG else 3):
            statuses: list[int | None] = []
            gate = threading.Barrier(8)

            def send(
                one: bytes, gate: threading.Barrier = gate, statuses: list[int | None] = statuses
            ) -> None:
                with server.associate(30) as wire:
                    gate.wait()
                    statuses.append(wire.store(uid, one))
                    wire.release()

            threads = [threading.Thread(target=send, args=(one,)) for one in data]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert len(statuses) == 8
            assert 0 in statuses
            assert server.names() == [f"{uid}.dcm"]
            assert data_set(server.folder / f"{uid}.dcm") in data


def test_soak(tmp_path: Path, note: Callable[[str], None]) -> None:
    """Many associations at once, each with many instances: nothing is lost, nothing doubled, nothing left."""
    size = 20_000
    with served(tmp_path / "kept", "os") as server:
        before, begin = server.resident(), time.monotonic()
        senders = started(server, ASSOCIATIONS, size, EACH)
        for one in senders:
            one.join(600)
        taken = time.monotonic() - begin
        assert [one.statuses for one in senders] == [[0] * EACH] * ASSOCIATIONS
        names = server.names()
        assert len(names) == ASSOCIATIONS * EACH
        assert set(names) == {f"{uid}.dcm" for one in senders for uid in one.acknowledged}
        assert all(is_whole(server.folder / name, size) for name in names)
        grown = (server.resident() - before) >> 20
    note(f"durability: {ASSOCIATIONS} associations of {EACH} instances in {taken:.1f} s, {grown} MB grown")
    assert TITLE
