"""Packets of an elementary stream (ISO/IEC 13818-1 2.4.3.6), which both containers of MPEG-2 are made of."""

from __future__ import annotations

__all__ = ["payload"]

_START = b"\0\0\1"


def payload(packet: bytes) -> bytes:
    """Give what a packet carries, without its header; nothing where it is none.

    Examples
    --------
    >>> payload(bytes.fromhex("000001e0 0000 8000 00") + b"picture")
    b'picture'
    """
    if not packet.startswith(_START) or len(packet) < 9:
        return b""
    if packet[6] >> 6 == 2:
        return packet[9 + packet[8] :]
    # 11172-1 2.4.3.3: stuffing, the size of a buffer, times.
    at, end = 6, min(len(packet), 6 + 16)
    while at < end and packet[at] == 0xFF:
        at += 1
    if at < len(packet) and packet[at] >> 6 == 1:
        at += 2
    if at >= len(packet):
        return b""
    return packet[at + {2: 5, 3: 10}.get(packet[at] >> 4, 1) :]
