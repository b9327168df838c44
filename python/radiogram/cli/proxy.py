"""``radiogram proxy``: stand between two peers, pass on what they say byte by byte, and explain it."""

from __future__ import annotations

import socket
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from radiogram.cli import terminal, words
from radiogram.cli.ending import until_ended

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

__all__ = ["add", "run"]

_EPILOG = """\
radiogram proxy HOST PORT --port N listens at N and calls HOST. Nothing is changed on the way, and no value of a data set is written. What is
encrypted cannot be explained. Exit codes: 0 it was ended, 1 it could not listen, 2 wrong usage."""

_CHUNK = 1 << 16


def add(subparsers: Any) -> None:  # noqa: ANN401  # argparse keeps the class to itself
    """Add the parser of this command."""
    parser = subparsers.add_parser(
        "proxy", help="pass an association on, and explain it", description=__doc__, epilog=_EPILOG
    )
    parser.add_argument("host", metavar="HOST", help="whom connections are passed on to")
    parser.add_argument("port", metavar="PORT", type=words.port, help="its port")
    parser.add_argument(
        "--port", dest="own", metavar="N", type=words.any_port, default=0, help="where to listen; any"
    )
    parser.add_argument(
        "--listen", metavar="ADDRESS", default="127.0.0.1", help="the address to listen at; 127.0.0.1"
    )
    parser.add_argument("-n", "--count", metavar="N", type=words.count, help="end after so many connections")
    parser.add_argument("--json", action="store_true", help="lines of JSON on stdout")


def run(arguments: argparse.Namespace) -> int:
    """Listen, pass on, explain."""
    try:
        listener = _listener(arguments.listen, arguments.own)
    except (OSError, UnicodeError) as error:
        terminal.complain(_place(arguments.listen, arguments.own), error)
        return 1
    port = listener.getsockname()[1]
    lines = _Lines(as_json=arguments.json)
    lines.write(
        0,
        f"listening at {_place(arguments.listen, port)} for {_place(arguments.host, arguments.port)}",
        event="listening",
        port=port,
    )
    threads: list[threading.Thread] = []
    number = 0
    listener.settimeout(0.25)
    with until_ended() as ended, listener:
        while not ended.is_set() and lines.lost is None and number != arguments.count:
            try:
                peer, address = listener.accept()
            except TimeoutError:
                continue
            except OSError as error:
                # No descriptor is left, or the caller is gone: others may be passed on later.
                terminal.complain(_place(arguments.listen, port), error)
                time.sleep(0.25)
                continue
            number += 1
            connection = _Connection(number, peer, address, (arguments.host, arguments.port), lines)
            threads = [thread for thread in threads if thread.is_alive()]
            threads.append(threading.Thread(target=connection.run, daemon=True))
            threads[-1].start()
        # Who ends it does not wait for those that are under way.
        for thread in threads:
            while thread.is_alive() and not ended.is_set():
                thread.join(0.25)
    if lines.lost is not None:
        raise lines.lost
    return 0


def _listener(address: str, port: int) -> socket.socket:
    # An address says of which family it is; one of any comes as its own socket.
    family = socket.getaddrinfo(address or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
    both = family == socket.AF_INET6 and address == "::" and socket.has_dualstack_ipv6()
    return socket.create_server((address, port), family=family, dualstack_ipv6=both)


def _place(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class _Lines:
    """What is written, a line an event.

    Attributes
    ----------
    lost : OSError or None
        Why nothing can be written any more: what is under way is passed on to its end without words.
    """

    lost: OSError | None = None

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._begun = time.monotonic()
        self._lock = threading.Lock()

    def write(self, number: int, text: str, **row: object) -> None:
        """Write one event of a connection."""
        at = time.monotonic() - self._begun
        line = (
            terminal.json_line({"at": round(at, 3), "connection": number, **row, "words": text})
            if self._as_json
            else f"{at:8.3f} [{number}] {terminal.escaped(text)}\n"
        )
        with self._lock:
            if self.lost is None:
                try:
                    sys.stdout.write(line)
                    sys.stdout.flush()
                except OSError as error:
                    self.lost = error


class _Connection:
    """One connection from its caller to whom it is passed on to."""

    def __init__(
        self,
        number: int,
        caller: socket.socket,
        address: tuple[Any, ...],
        called: tuple[str, int],
        lines: _Lines,
    ) -> None:
        self._number = number
        self._caller = caller
        self._address = address
        self._called = called
        self._lines = lines

    def _say(self, text: str, **row: object) -> None:
        self._lines.write(self._number, text, **row)

    def run(self) -> None:
        """Pass on in both directions until both are over."""
        from radiogram.net.explaining import Conversation

        self._say(
            f"connection from {_place(*self._address[:2])}",
            event="connection",
            address=self._address[:2],
        )
        try:
            called = socket.create_connection(self._called, timeout=30)
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            self._say(f"{_place(*self._called)} cannot be reached: {reason}", event="unreachable")
            self._caller.close()
            return
        called.settimeout(None)
        conversation = Conversation()
        for one in (called, self._caller):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        back = threading.Thread(
            target=self._pass, args=(called, self._caller, conversation.answered, "acceptor"), daemon=True
        )
        back.start()
        self._pass(self._caller, called, conversation.asked, "requestor")
        back.join()
        self._caller.close()
        called.close()
        for line in conversation.summary():
            self._say(line, event="summary")
        self._say("connection over", event="over")

    def _pass(
        self,
        source: socket.socket,
        target: socket.socket,
        hear: Callable[[bytes], list[tuple[str, dict[str, Any]]]],
        who: str,
    ) -> None:
        while True:
            try:
                data = source.recv(_CHUNK)
            except OSError:
                data = b""
            if not data:
                break
            # What it means is said first, so that a line stands before what follows from it.
            try:
                lines = hear(data)
            except Exception as error:  # what cannot be explained is passed on all the same
                lines = [(f"this cannot be explained: {type(error).__name__}", {"event": "unexplained"})]
            for line, row in lines:
                self._say(line, **row, by=who)
            try:
                target.sendall(data)
            except OSError:
                break
        try:
            target.shutdown(socket.SHUT_WR)
        except OSError:
            self._say(f"the {who} is gone", event="gone", by=who)
