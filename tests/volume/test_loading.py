"""Loading a volume in a real process: memory, Ctrl-C, progress, the GIL, fork, workers of every kind."""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import radiogram as rg
from radiogram.volume.phantom import Phantom, write_series

from tests.volume.series import Series

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder of 160 slices of 512 x 512: 80 MiB."""
    folder = tmp_path_factory.mktemp("large")
    write_series(folder, Phantom(slices=160))
    return folder


def child(code: str, *arguments: object, seconds: float = 60) -> Any:
    """Run code in a process of its own and give what it says as JSON."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, timeout=seconds, check=False, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


MEMORY = """
import gc, json, sys
from pathlib import Path
import numpy as np
import radiogram as rg

def level(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) * 1024

rg.read_volume(sorted(Path(sys.argv[1]).iterdir())[:2])
gc.collect()
Path("/proc/self/clear_refs").write_text("5")
before = level("VmRSS")
volume = rg.read_volume(sys.argv[1])
print(json.dumps([level("VmHWM") - before, volume.array.nbytes]))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks /proc")
def test_the_peak_is_the_result_and_little_more(large: Path) -> None:
    grown, size = child(MEMORY, large)
    assert size == 160 * 512 * 512 * 2
    assert size * 0.9 < grown <= 1.2 * size


INTERRUPT = """
import json, os, signal, sys, threading, time
from pathlib import Path
import radiogram as rg

paths = sorted(Path(sys.argv[1]).iterdir())
sent = []
def interrupt():
    time.sleep(0.4)
    sent.append(time.perf_counter())
    os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=interrupt).start()
begin = time.perf_counter()
try:
    rg.read_volume(paths * int(sys.argv[2]), threads=1)
except KeyboardInterrupt:
    took = time.perf_counter() - sent[0]
else:
    took = None
volume = rg.read_volume(paths)
print(json.dumps([took, volume.array.shape[0]]))
"""


def _best(code: str, *arguments: object) -> float | None:
    """Give how soon an interrupt was answered, at best: the machine may be busy. Each time the volume is loaded afterwards."""
    answers: list[float] = []
    for _ in range(5):
        took, slices = child(code, *arguments)
        assert slices == 160
        answers += [] if took is None else [took]
        if answers and min(answers) < 0.2:
            break
    return min(answers, default=None)


def test_an_interrupt_ends_a_long_load(large: Path) -> None:
    """Far more headers than can be read in the time; the same process then loads the volume."""
    took = _best(INTERRUPT, large, 1000)
    assert took is not None, "the load ended before the interrupt: it is no long one"
    assert took < 0.2


INTERRUPT_PIXELS = """
import json, os, signal, sys, threading, time
import numpy as np
import radiogram as rg

reached = threading.Event()
sent = []
def interrupt():
    reached.wait()
    sent.append(time.perf_counter())
    os.kill(os.getpid(), signal.SIGINT)
def progress(done, total):
    if done > total // 2 + 2:
        reached.set()
threading.Thread(target=interrupt, daemon=True).start()
took = None
for attempt in range(20):
    try:
        rg.read_volume(sys.argv[1], threads=1, dtype="float64", progress=progress)
    except KeyboardInterrupt:
        took = time.perf_counter() - sent[0]
        break
volume = rg.read_volume(sys.argv[1])
print(json.dumps([took, volume.array.shape[0]]))
"""


def test_an_interrupt_ends_the_reading_of_pixels(large: Path) -> None:
    took = _best(INTERRUPT_PIXELS, large)
    assert took is not None
    assert took < 0.2


def test_progress_is_told_and_its_exception_ends_the_load(large: Path) -> None:
    told: list[tuple[int, int]] = []
    for _ in range(20):
        rg.read_volume(large, dtype="float64", threads=1, progress=lambda *steps: told.append(steps))
        if told:
            break
    assert told
    assert all(0 <= done <= total == 320 for done, total in told)

    def refuse(done: int, total: int) -> None:
        message = f"enough at {done} of {total}"
        raise LookupError(message)

    with pytest.raises(LookupError, match="enough at"):  # noqa: PT012
        for _ in range(20):
            rg.read_volume(large, dtype="float64", threads=1, progress=refuse)


def test_progress_can_be_printed(large: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for _ in range(20):
        rg.read_volume(large, dtype="float64", threads=1, progress=True)
        said = capfd.readouterr().err
        if said:
            break
    assert "of 320 steps" in said


COUNTING = """
import json, sys, threading, time
from pathlib import Path
import radiogram as rg

paths = sorted(Path(sys.argv[1]).iterdir()) * 100
stop, longest, ready = False, 0.0, threading.Event()
def count():
    global longest
    last = time.perf_counter()
    while not stop:
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
        ready.set()
thread = threading.Thread(target=count)
thread.start()
ready.wait()
begin = time.perf_counter()
rg.read_volume(paths, threads=1)
took = time.perf_counter() - begin
stop = True
thread.join()
print(json.dumps([longest, took]))
"""


def test_other_threads_run_during_a_load(large: Path) -> None:
    """A thread looks at the clock while 16,000 headers are read; without the gate's detach it stands still."""
    shares = []
    for _ in range(5):
        longest, took = child(COUNTING, large)
        assert took > 0.3
        shares.append(longest / took)
        if shares[-1] < 1 / 4:
            break
    assert min(shares) < 1 / 4


FORK = """
import json, os, signal, sys
import radiogram as rg

parent = rg.read_volume(sys.argv[1]).array
end, start = os.pipe()
child = os.fork()
if child == 0:
    signal.alarm(20)
    arrays = [rg.read_volume(sys.argv[1], threads=count).array for count in (None, 1, 3)]
    same = [bool((array == parent).all()) for array in arrays]
    ds = rg.read(rg.read_volume(sys.argv[1]).paths[0])
    same.append(ds.pixels.array(threads=2).shape == parent.shape[1:])
    os.write(start, json.dumps(same).encode())
    os._exit(0)
os.close(start)
said = b""
while part := os.read(end, 4096):
    said += part
_, status = os.waitpid(child, 0)
again = bool((rg.read_volume(sys.argv[1]).array == parent).all())
print(json.dumps([status, json.loads(said or b"null"), again]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_loads_after_the_parent_did(tmp_path: Path) -> None:
    Series.write(tmp_path)
    status, same, again = child(FORK, tmp_path)
    assert status == 0
    assert same == [True] * 4
    assert again


def load(folder: Path) -> tuple[float, str]:
    """Read a volume in a worker."""
    volume = rg.read_volume(folder, threads=2)
    return float(volume.array.sum()), repr(volume)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_workers_load(method: str, tmp_path: Path) -> None:
    """Also under fork, after this process has used its pool."""
    folders = [tmp_path / str(number) for number in range(4)]
    for number, folder in enumerate(folders):
        Series.write(folder, seed=number)
    expected = [load(folder) for folder in folders]
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(method)) as workers:
        assert list(workers.map(load, folders, timeout=60)) == expected


def test_threads_load_side_by_side(tmp_path: Path) -> None:
    """Many loads at once, with pools of several sizes."""
    from concurrent.futures import ThreadPoolExecutor

    Series.write(tmp_path)
    expected = rg.read_volume(tmp_path).array
    with ThreadPoolExecutor(6) as workers:
        loads = [workers.submit(rg.read_volume, tmp_path, threads=1 + number % 4) for number in range(60)]
        for each in loads:
            np.testing.assert_array_equal(each.result(timeout=60).array, expected)
