"""Threads, forks, interrupts and the end of the interpreter, with a network that runs."""

from __future__ import annotations

import copy
import ctypes
import gc
import os
import pickle
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import weakref
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from radiogram import _core, errors
from radiogram.net import AssociationPool

from tests.net import station
from tests.net.pair import entity, pair, printed, until
from tests.net.station import associate, serving

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
needs_proc = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")
LOOPS = int(os.environ.get("RADIOGRAM_LOOPS", "400"))
"""Associations that are opened and closed to see that nothing is left of them; a long run sets a million."""


ENOUGH = 30.0
"""Seconds after which a wait that nobody can end comes to its own end."""


def _ended_by_another(wait: Callable[[], object], end: Callable[[], object]) -> bool:
    """Say whether another thread, that runs Python for a while first, could end a wait of `ENOUGH` seconds."""
    go = threading.Event()

    def run() -> None:
        assert go.wait(60)
        for _ in range(20):
            time.sleep(0.001)
        end()

    thread = threading.Thread(target=run)
    thread.start()
    began = time.monotonic()
    go.set()
    wait()
    passed = time.monotonic() - began
    thread.join()
    return passed < ENOUGH


def test_others_run_while_one_waits() -> None:
    """What ends the wait is a thread that needs the interpreter for that."""
    inbox = _core.NetInbox()
    assert _ended_by_another(lambda: inbox.take(ENOUGH), inbox.close)
    answered = threading.Event()

    def serve(work: _core.NetWork) -> None:
        if work.kind == "request":
            assert answered.wait(60)
            work.respond({"Status": 0})

    with serving(serve, wants={"request"}) as server:
        association = associate(server.address)
        exchange = association.send(5, station.QUERY, b"")
        assert _ended_by_another(lambda: exchange.next(ENOUGH), answered.set)


@pytest.mark.skipif(
    not getattr(sys, "_is_gil_enabled", lambda: True)(), reason="there is nothing that could be held"
)
def test_a_wait_that_holds_the_interpreter_would_be_seen() -> None:
    """The same with a wait of C that does not release it: nobody can end that."""
    reading, writing = os.pipe()
    polled = (ctypes.c_int * 2)(reading, select.POLLIN)
    interval = sys.getswitchinterval()
    # Who runs is not asked to let others run, before the wait begins and after it.
    sys.setswitchinterval(60)
    try:
        heard: list[int] = []
        wait = ctypes.PyDLL(None).poll
        _ended_by_another(
            lambda: heard.append(wait(polled, ctypes.c_ulong(1), 300)), lambda: os.write(writing, b"x")
        )
        assert heard == [0]
    finally:
        sys.setswitchinterval(interval)
        os.close(reading)
        os.close(writing)


@pytest.mark.parametrize("what", ["take", "next", "release"])
def test_an_interrupt_ends_the_waiting(what: str) -> None:
    inbox = _core.NetInbox()
    held = threading.Event()
    with serving(
        lambda work: held.wait(120) if work.kind == "request" else None, wants={"request"}
    ) as server:
        association = associate(server.address)
        exchange = association.send(5, station.QUERY, b"")
        waits = {"take": inbox.take, "next": exchange.next, "release": lambda: association.ended()}
        pressed = [0.0]

        def press() -> None:
            time.sleep(0.2)
            pressed[0] = time.monotonic()
            os.kill(os.getpid(), signal.SIGINT)

        heard = []
        # It is always heard; how soon is the best of five, for the machine may be busy.
        for _ in range(5):
            thread = threading.Thread(target=press)
            with pytest.raises(KeyboardInterrupt):  # noqa: PT012
                thread.start()
                waits[what]()
            heard.append(time.monotonic() - pressed[0])
            thread.join()
            if heard[-1] < 0.25:
                break
        held.set()
        assert min(heard) < 0.25, "it is looked for every 50 ms"


@needs_fork
def test_a_child_cannot_use_what_it_inherited_and_opens_its_own() -> None:
    with serving() as server:
        association = associate(server.address)
        exchange = association.send(1, station.ECHO)
        inbox = _core.NetInbox()
        address = server.address
        for _ in range(5):
            child = os.fork()
            if child == 0:
                # Whatever happens here must not return into pytest.
                signal.alarm(30)
                status = 1
                try:
                    uses: list[Callable[[], object]] = [
                        lambda: association.send(1, station.ECHO),
                        lambda: association.contexts,
                        lambda: exchange.next(1),
                        lambda: inbox.take(1),
                        lambda: server.associations,
                        lambda: server.stop(0),
                    ]
                    refused = 0
                    for use in uses:
                        try:
                            use()
                        except errors.ForkedError:
                            refused += 1
                    own = associate(address)
                    answered = station.answer(own, 1, station.ECHO)
                    mine = _core.NetServer("127.0.0.1", 0, aet="CHILD", contexts=station.OFFERS)
                    inner = associate(mine.address)
                    answered += station.answer(inner, 1, station.ECHO)
                    own.release()
                    mine.stop(0)
                    del association, exchange, inbox, server
                    gc.collect()
                    status = 0 if (refused, answered) == (len(uses), 0) else 2
                finally:
                    os._exit(status)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert exchange.next(10)[0]["Status"] == 0
        assert station.answer(association, 1, station.ECHO) == 0, "the parent goes on"
        association.release()


@needs_fork
def test_a_child_holds_no_peer_and_no_port() -> None:
    """It has copies of all sockets and lives on; what the parent closes is closed all the same."""
    with socket.create_server(("127.0.0.1", 0)) as peer, serving() as server:
        associate(server.address)
        asking = threading.Thread(target=_refused, args=(peer.getsockname(),))
        asking.start()
        heard, _ = peer.accept()
        heard.settimeout(10)
        assert heard.recv(4096).startswith(b"\x01")
        host, port = server.address
        child = os.fork()
        if child == 0:
            signal.alarm(60)
            time.sleep(60)
            os._exit(0)
        try:
            heard.sendall(bytes.fromhex("03000000000400010103"))
            assert heard.recv(4096) == b"", "the end of the connection is heard"
            asking.join()
            server.stop(0)
            again = _core.NetServer(host, port, aet="AGAIN", contexts=station.OFFERS)
            assert station.answer(associate((host, port)), 1, station.ECHO) == 0
            again.stop(0)
        finally:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            heard.close()


def _refused(address: tuple[str, int]) -> None:
    with pytest.raises(errors.AssociationRejectedError):
        associate(address)


OPEN = """
import sys, threading
from radiogram import _core, errors

def heard():
    try:
        exchange.next()
    except errors.AssociationAbortedError:
        # Whoever drops the server, as one of the ends does, ends its associations: perhaps while there is an interpreter to say so.
        assert server is None

inbox = _core.NetInbox()
offers = [("1.2.840.10008.1.1", [], True, False)]
server = _core.NetServer("127.0.0.1", 0, aet="S", contexts=offers, inbox=inbox, wants={"echo"})
contexts = [(1, "1.2.840.10008.1.1", ["1.2.840.10008.1.2"])]
association = _core.net_associate(*server.address, calling="A", called="S", contexts=contexts)
exchange = association.send(1, {"CommandField": 0x30, "AffectedSOPClassUID": "1.2.840.10008.1.1"})
for daemon in (True, False):
    threading.Thread(target=inbox.take, daemon=daemon).start()
threading.Thread(target=heard, daemon=True).start()
threading.Thread(target=association.ended, daemon=True).start()
"""


@pytest.mark.parametrize("end", ["", "raise SystemExit(0)", "inbox = server = association = exchange = None"])
def test_the_interpreter_ends_with_an_open_server(end: str) -> None:
    """No hang, no crash, no word: threads wait in every way there is."""
    began = time.monotonic()
    program = f"{OPEN}\nprint('up', flush=True)\n{end}\n"
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "up\n", "")
    assert time.monotonic() - began < 20


WORK = """
import sys, threading, time
from concurrent.futures import ThreadPoolExecutor
from radiogram.net import AE, evt, sop_class

gate = threading.Event()
ae = AE()
ae.add_supported_context(sop_class.Verification)
ae.add_requested_context(sop_class.Verification)

def handle(event):
    begun.set()
    if sys.argv[2] == "held":
        gate.wait()
    time.sleep(0.02)
    return 0x0000

def work():
    answered = []
    try:
        with ae.associate(*server.address) as assoc:
            for _ in range(20):
                answered.append(assoc.send_c_echo().get("Status"))
    finally:
        print(answered.count(0), flush=True)
        gate.set()

def follow():
    threading.main_thread().join()
    work()

begun = threading.Event()
server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_ECHO, handle)])
if sys.argv[1] == "executor":
    ThreadPoolExecutor(2).submit(work)
else:
    threading.Thread(target={"thread": work, "follower": follow}[sys.argv[1]]).start()
if sys.argv[1] != "follower":
    begun.wait()
print("up", flush=True)
"""


@pytest.mark.parametrize("who", ["thread", "executor", "follower"])
def test_the_network_ends_behind_what_the_program_does_with_it(who: str) -> None:
    """The main thread is over; the interpreter waits for the others, and so does the network."""
    ended = subprocess.run(
        [sys.executable, "-c", WORK, who, "free"], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "up\n20\n", "")


def test_an_interrupt_at_the_end_ends_the_network() -> None:
    """Who waits for an answer that does not come hears of it, and the handler that gives none is let go."""
    command = [sys.executable, "-c", WORK, "thread", "held"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as held:
        assert held.stdout is not None
        assert held.stdout.readline() == "up\n"
        time.sleep(0.5)
        assert held.poll() is None
        held.send_signal(signal.SIGINT)
        said, _ = held.communicate(timeout=60)
    assert said == "0\n"


def test_nothing_starts_with_the_import() -> None:
    program = "import os, radiogram, radiogram._core; print(len(os.listdir('/proc/self/task')))"
    if Path("/proc/self/task").exists():
        ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert ended.stdout == "1\n"


def _threads() -> int:
    return len(list(Path("/proc/self/task").iterdir()))


@needs_proc
def test_hundreds_of_associations_have_no_threads() -> None:
    """Five hundred of them, each with a request that waits for Python, from both ends."""
    inbox = _core.NetInbox(1000)
    with serving() as warm:
        associate(warm.address).release()
    before = _threads()
    results = _core.NetInbox(1000)
    server = _core.NetServer(
        "127.0.0.1", 0, aet="S", contexts=station.OFFERS, inbox=inbox, wants={"request"}, dimse_timeout=120
    )
    options = {"calling": "A", "called": "S", "contexts": station.CONTEXTS}
    for number in range(500):
        _core.net_associate(*server.address, to=results, token=number, **options)  # type: ignore[arg-type]
    associations = []
    for _ in range(500):
        work = results.take(60)
        assert work is not None
        associations.append(work.details["value"])
    for association in associations:
        association.send(5, station.QUERY, b"", to=results)
    exchanges = []
    for _ in range(500):
        work = results.take(60)
        assert work is not None
        exchanges.append(work.details["value"])
    for exchange in exchanges:
        exchange.next(to=results)
    assert _threads() <= before + 2
    assert len(server.associations) == 500
    for _ in range(500):
        work = inbox.take(60)
        assert work is not None
        work.respond({"Status": 0})
    statuses = []
    for _ in range(500):
        work = results.take(60)
        assert work is not None
        statuses.append(work.details["value"][0]["Status"])
    assert statuses == [0] * 500
    assert results.take(0.1) is None
    server.stop(0)


@needs_proc
def test_nothing_is_left_of_what_was_closed() -> None:
    with serving(
        lambda work: work.respond({"Status": 0}) if work.kind == "request" else None, wants={"echo"}
    ) as server:

        def once() -> None:
            association = associate(server.address)
            assert station.answer(association, 1, station.ECHO) == 0
            association.release()

        def files() -> int:
            return len(list(Path("/proc/self/fd").iterdir()))

        def resident() -> int:
            gc.collect()
            until(lambda: not server.metrics()["associations"])
            return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

        for _ in range(LOOPS // 2):
            once()
        memory, opened = resident(), files()
        grown = []
        # What is left of each would be left of those of the next round too; what else is in this process comes and goes.
        for _ in range(3):
            for _ in range(LOOPS):
                once()
            memory, before = resident(), memory
            grown.append(memory - before)
            if grown[-1] < 4 << 20:
                break
        until(lambda: files() <= opened + 1)
        assert min(grown) < 4 << 20


LEFT = """
import os, sys
from radiogram.errors import ForkedError
from radiogram.net import AE, AssociationPool, evt, sop_class

ae = AE()
ae.add_supported_context(sop_class.Verification)
ae.add_requested_context(sop_class.Verification)
ended = [(evt.EVT_CONN_CLOSE, lambda event: None)]
server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_ECHO, lambda event: 0)])
pool = AssociationPool(ae, *server.address, size=2)
own = None
try:
    with ae, server, ae.associate(*server.address, evt_handlers=ended) as assoc, pool, pool.association() as lent:
        child = os.fork()
        if not child:
            for one in (assoc, lent):
                try:
                    one.send_c_echo()
                except ForkedError as error:
                    print(type(error).__name__, one.is_established, one)
            print(server, ae.active_associations)
            assoc.release()
            assoc.abort()
            server.shutdown()
            own = ae.start_server(("127.0.0.1", 0), block=False)
            address = own.address
            with pool.association() as one, ae.associate(*address) as another:
                print(one.send_c_echo().Status, another.send_c_echo().Status, flush=True)
            sys.exit(7)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        print(code, assoc.send_c_echo().Status, lent.send_c_echo().Status, len(server.active_associations))
except SystemExit:
    print(ae.associate(*address).is_established, flush=True)
    raise
"""


@needs_fork
def test_a_child_leaves_the_blocks_of_its_parent_and_ends_nothing_of_it() -> None:
    """What it leaves them with is what comes out: an exit code, an exception. Its own server is shut down with the AE."""
    said = printed(LEFT).splitlines()
    assert said[:2] == ["ForkedError False <Association requestor of another process>"] * 2
    assert said[2:] == [
        "<AssociationServer RADIOGRAM of another process> []",
        "0 0",
        "False",
        "7 0 0 2",
    ]


def test_a_server_that_nobody_holds_goes_on_until_the_end() -> None:
    """Whether it has handlers or not; and the interpreter ends with it."""
    program = """
import gc
from radiogram.net import AE, evt, sop_class

def start(handlers):
    ae = AE()
    ae.add_supported_context(sop_class.Verification)
    return ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers).address

ae = AE()
ae.add_requested_context(sop_class.Verification)
addresses = [start(None), start([(evt.EVT_C_ECHO, lambda event: 0)])]
gc.collect()
for address in addresses:
    with ae.associate(*address) as assoc:
        print(assoc.send_c_echo().Status)
"""
    assert printed(program) == "0\n0\n"


def test_a_server_that_was_shut_down_is_kept_no_longer() -> None:
    ae = entity()
    server = ae.start_server(("127.0.0.1", 0), block=False)
    left = weakref.ref(server)
    server.shutdown()
    del server
    gc.collect()
    assert left() is None


@pytest.mark.parametrize("take", [pickle.dumps, copy.copy, copy.deepcopy])
def test_what_is_of_this_process_says_so(take: Callable[[object], object]) -> None:
    with pair() as (server, assoc), AssociationPool(server.ae, *server.address) as pool:
        for one in (server.ae, server, assoc, pool, server.active_associations[0]):
            with pytest.raises(TypeError, match="of this process: it cannot be pickled or copied"):
                take(one)
