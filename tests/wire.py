"""PDUs and messages byte by byte, and a client of plain sockets: what is wrong on purpose, and what shares no code with ours.

PS3.8 9.3 and PS3.7 9.3; lengths are what the caller says where it says any.
"""

from __future__ import annotations

import socket
import struct
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

__all__ = [
    "CT",
    "ECHO",
    "EXPLICIT",
    "IMPLICIT",
    "VERIFICATION",
    "Wire",
    "command",
    "ct_data_set",
    "fragment",
    "item",
    "pdu",
    "request",
    "store",
]

APPLICATION = "1.2.840.10008.3.1.1.1"
VERIFICATION = "1.2.840.10008.1.1"
CT = "1.2.840.10008.5.1.4.1.1.2"
IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
ROOM = 16_378
"""Bytes of content of a PDU that every peer takes."""


def item(kind: int, content: bytes, length: int | None = None) -> bytes:
    """Give a sub-item of an association PDU."""
    return struct.pack(">BBH", kind, 0, len(content) if length is None else length) + content


def pdu(kind: int, content: bytes, length: int | None = None) -> bytes:
    """Give a PDU."""
    return struct.pack(">BBI", kind, 0, len(content) if length is None else length) + content


def request(
    called: str,
    calling: str = "WIRE",
    *,
    contexts: tuple[tuple[int, str, tuple[str, ...]], ...] = (
        (1, VERIFICATION, (IMPLICIT,)),
        (3, CT, (EXPLICIT,)),
    ),
    maximum: int = 16384,
    version: int = 1,
    application: str = APPLICATION,
    user: bytes = b"",
) -> bytes:
    """Give an A-ASSOCIATE-RQ."""
    parts = [
        struct.pack(">HH", version, 0),
        called.ljust(16).encode("latin-1")[:16],
        calling.ljust(16).encode("latin-1")[:16],
        bytes(32),
        item(0x10, application.encode()),
        *(
            item(
                0x20,
                bytes([number & 0xFF, 0, 0, 0])
                + item(0x30, abstract.encode("latin-1"))
                + b"".join(item(0x40, one.encode()) for one in syntaxes),
            )
            for number, abstract, syntaxes in contexts
        ),
        item(
            0x50,
            item(0x51, struct.pack(">I", maximum)) + item(0x52, b"1.2.3.4") + item(0x55, b"WIRE") + user,
        ),
    ]
    return pdu(1, b"".join(parts))


def element(tag: int, value: bytes) -> bytes:
    """Give an element in Implicit VR Little Endian, padded to an even length."""
    value += bytes(len(value) % 2)
    return struct.pack("<HHI", tag >> 16, tag & 0xFFFF, len(value)) + value


def command(elements: dict[int, bytes | int | str]) -> bytes:
    """Give a command set with its group length; a number is a US."""
    content = b""
    for number, value in sorted(elements.items()):
        held = struct.pack("<H", value) if isinstance(value, int) else value
        content += element(number, held.encode("latin-1") if isinstance(held, str) else held)
    return element(0, struct.pack("<I", len(content))) + content


def fragment(context: int, flags: int, content: bytes, length: int | None = None) -> bytes:
    """Give a P-DATA-TF PDU with one PDV: 1 is a command, 2 the last of one or of a data set."""
    return pdu(4, pdv(context, flags, content, length))


def pdv(context: int, flags: int, content: bytes, length: int | None = None) -> bytes:
    """Give a presentation data value."""
    return struct.pack(">IBB", len(content) + 2 if length is None else length, context, flags) + content


ECHO = command({0x0002: VERIFICATION, 0x0100: 0x30, 0x0110: 1, 0x0800: 0x0101})
"""A C-ECHO-RQ."""


def store(uid: str, number: int = 7, sop_class: str = CT) -> bytes:
    """Give a C-STORE-RQ."""
    return command({0x0002: sop_class, 0x0100: 1, 0x0110: number & 0xFFFF, 0x0700: 0, 0x0800: 1, 0x1000: uid})


def ct_data_set(uid: str, pixels: bytes) -> bytes:
    """Give a data set in Explicit VR Little Endian, as small as servers of other makes take."""

    def explicit(tag: int, vr: bytes, value: bytes) -> bytes:
        value += (b"\0" if vr == b"UI" else b" ") * (len(value) % 2)
        return struct.pack("<HH2sH", tag >> 16, tag & 0xFFFF, vr, len(value)) + value

    return (
        explicit(0x0008_0016, b"UI", CT.encode())
        + explicit(0x0008_0018, b"UI", uid.encode())
        + explicit(0x0008_0060, b"CS", b"CT")
        + explicit(0x0010_0020, b"LO", b"P1")
        + explicit(0x0020_000D, b"UI", b"1.2.826.0.1.97.1")
        + explicit(0x0020_000E, b"UI", b"1.2.826.0.1.97.2")
        + struct.pack("<HH2sHI", 0x7FE0, 0x0010, b"OW", 0, len(pixels))
        + pixels
    )


class Wire:
    """A connection to a server on this machine, with an association once one was asked for."""

    def __init__(self, port: int, seconds: float = 10.0, host: str = "127.0.0.1") -> None:
        self.socket = socket.create_connection((host, port), timeout=seconds)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection."""
        self.socket.close()

    def send(self, content: bytes) -> None:
        """Send bytes."""
        self.socket.sendall(content)

    def receive(self) -> tuple[int, bytes] | None:
        """Give the type and content of the next PDU; `None` where the connection was closed."""
        head = self._exactly(6)
        if head is None:
            return None
        content = self._exactly(int.from_bytes(head[2:6], "big"))
        return None if content is None else (head[0], content)

    def _exactly(self, count: int) -> bytes | None:
        held = bytearray()
        while len(held) < count:
            try:
                piece = self.socket.recv(count - len(held))
            except ConnectionError:
                return None
            if not piece:
                return None
            held += piece
        return bytes(held)

    def associate(self, called: str, calling: str = "WIRE") -> Self:
        """Ask for an association, and expect that it is accepted."""
        self.send(request(called, calling))
        answer = self.receive()
        assert answer is not None, "the connection was closed"
        assert answer[0] == 2, f"the association was answered by a PDU of type {answer[0]}: {answer[1]!r}"
        return self

    def status(self) -> int | None:
        """Give the status of the next response; `None` where the association is over."""
        answer = self.receive()
        if answer is None or answer[0] != 4:
            return None
        at, content = 6, answer[1]
        while at + 8 <= len(content):
            group, number, length = struct.unpack_from("<HHI", content, at)
            if (group, number) == (0, 0x0900):
                return int.from_bytes(content[at + 8 : at + 8 + length], "little")
            at += 8 + length
        return None

    def echo(self) -> int | None:
        """Send a C-ECHO and give its status."""
        self.send(fragment(1, 3, ECHO))
        return self.status()

    def store(self, uid: str, data: bytes, number: int = 7) -> int | None:
        """Send an instance and give its status."""
        self.send(self.message(uid, data, number))
        return self.status()

    @staticmethod
    def message(uid: str, data: bytes, number: int = 7) -> bytes:
        """Give a whole C-STORE."""
        parts = [fragment(3, 3, store(uid, number))]
        parts += [
            fragment(3, 2 if at + ROOM >= len(data) else 0, data[at : at + ROOM])
            for at in range(0, max(len(data), 1), ROOM)
        ]
        return b"".join(parts)

    def release(self) -> bool:
        """Ask for the end, and say whether it was agreed to."""
        self.send(pdu(5, bytes(4)))
        answer = self.receive()
        return answer is not None and answer[0] == 6

    def reset(self) -> None:
        """Close the connection at once, without a farewell and without a wait for the port."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()
