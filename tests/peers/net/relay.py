"""Passes on what two peers say to each other, and keeps the bytes of each side."""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["Conversation", "Relay"]


@dataclass
class Conversation:
    """What each side of one connection has sent."""

    requestor: bytearray = field(default_factory=bytearray)
    acceptor: bytearray = field(default_factory=bytearray)


class Relay:
    """Listens at a port of its own, for as long as the `with` block, in front of a server of this machine."""

    def __init__(self, server: int) -> None:
        self.server = server
        self.conversations: list[Conversation] = []
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        """Listen."""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Listen no more, and wait for what is under way."""
        # A thread that waits in `accept` does not see the descriptor closed.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for one in self._threads:
            one.join(10)

    def _start(self, target: object, *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.server))
            for one in (client, server):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            conversation = Conversation()
            self.conversations.append(conversation)
            self._start(self._copy, client.dup(), server.dup(), conversation.requestor)
            self._start(self._copy, server, client, conversation.acceptor)

    @staticmethod
    def _copy(source: socket.socket, target: socket.socket, kept: bytearray) -> None:
        """Each direction has descriptors of its own, and closes them."""
        with source, target, contextlib.suppress(OSError):
            while piece := source.recv(65536):
                kept += piece
                target.sendall(piece)
            target.shutdown(socket.SHUT_WR)
