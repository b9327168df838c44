"""Streams made bit by bit: headers as the standards have them, pictures that are headers alone."""

from __future__ import annotations

import struct


class BitWriter:
    """Bits, most significant first, with the numbers of H.264 9.1."""

    def __init__(self) -> None:
        self.bits = ""

    def put(self, count: int, value: int) -> BitWriter:
        self.bits += f"{value:0{count}b}" if count else ""
        return self

    def unsigned(self, *values: int) -> BitWriter:
        for value in values:
            text = f"{value + 1:b}"
            self.bits += "0" * (len(text) - 1) + text
        return self

    def bytes(self) -> bytes:
        text = self.bits + "1"
        text += "0" * (-len(text) % 8)
        return bytes(int(text[at : at + 8], 2) for at in range(0, len(text), 8))


def protect(unit: bytes) -> bytes:
    """Keep a unit from looking like a start (H.264 7.4.1)."""
    out = bytearray()
    for byte in unit:
        if out[-2:] == b"\0\0" and byte <= 3:
            out.append(3)
        out.append(byte)
    return bytes(out)


def h264_sps(
    *,
    profile: int = 100,
    level: int = 41,
    size: tuple[int, int] = (640, 360),
    rate: tuple[int, int] | None = (50, 1),
    constraints: int = 0,
    interlaced: bool = False,
    ratio: bool = False,
) -> bytes:
    """Give a set of parameters: `rate` is scale and units of a tick, of which a picture has two."""
    width, height = size
    bits = BitWriter().put(8, profile).put(8, constraints).put(8, level).unsigned(0)
    if profile in {100, 110, 122, 128}:
        bits.unsigned(1, 0, 0).put(1, 0).put(1, 0)
    step = 32 if interlaced else 16
    columns, rows = -(-width // 16), -(-height // step)
    bits.unsigned(0, 2, 1).put(1, 0).unsigned(columns - 1, rows - 1)
    bits.put(1, not interlaced)
    if interlaced:
        bits.put(1, 0)
    bits.put(1, 1)
    right, bottom = columns * 16 - width, rows * step - height
    if right or bottom:
        bits.put(1, 1).unsigned(0, right // 2, 0, bottom // (4 if interlaced else 2))
    else:
        bits.put(1, 0)
    bits.put(1, rate is not None)
    if rate is not None:
        bits.put(1, ratio)
        if ratio:
            bits.put(8, 255).put(32, 0x00010001)
        bits.put(3, 0).put(1, 1).put(32, rate[1]).put(32, rate[0]).put(1, 1).put(5, 0)
    return b"\x67" + protect(bits.bytes())


def h264_picture(*, first: bool = True, field: bool | None = None) -> bytes:
    """Give the header of a slice: `field` for streams with fields."""
    bits = BitWriter().unsigned(0 if first else 40, 7, 0).put(4, 0)
    if field is not None:
        bits.put(1, field)
    return b"\x65" + protect(bits.bytes() + b"\xab\xcd")


def hevc_sps(
    *,
    profile: int = 1,
    level: int = 120,
    size: tuple[int, int] = (640, 360),
    rate: tuple[int, int] = (25, 1),
    depth: int = 8,
) -> bytes:
    """Give a set of parameters of one layer."""
    bits = BitWriter().put(4, 0).put(3, 0).put(1, 1)
    bits.put(3, 0).put(5, profile).put(32, 1 << 31 - profile).put(48, 0).put(8, level)
    bits.unsigned(0, 1, *size).put(1, 0).unsigned(depth - 8, depth - 8, 4).put(1, 1).unsigned(4, 2, 4)
    bits.unsigned(0, 3, 0, 3, 1, 1).put(1, 0).put(2, 0).put(1, 0)
    # Two sets of pictures, the second one from the first.
    bits.unsigned(2).unsigned(1, 0).unsigned(0).put(1, 1).put(1, 1).put(1, 0).unsigned(0).put(1, 1).put(1, 1)
    bits.put(1, 0).put(2, 0).put(1, 1)
    bits.put(4, 0).put(3, 0).put(1, 0).put(1, 1).put(32, rate[1]).put(32, rate[0]).put(8, 0)
    return b"\x42\x01" + protect(bits.bytes())


def hevc_picture(*, first: bool = True) -> bytes:
    return b"\x26\x01" + (b"\xaf" if first else b"\x2f") + b"\xab\xcd"


def annex_b(*units: bytes) -> bytes:
    """Give units with start codes."""
    return b"".join(b"\0\0\0\1" + unit for unit in units)


def mpeg2(
    *,
    size: tuple[int, int] = (720, 576),
    rate: int = 3,
    profile: int = 4,
    level: int = 8,
    pictures: int = 3,
    fields: bool = False,
    chroma: int = 1,
) -> bytes:
    """Give headers of a sequence and of its pictures (H.262 6.2.2)."""
    head = (
        BitWriter()
        .put(12, size[0] & 0xFFF)
        .put(12, size[1] & 0xFFF)
        .put(4, 2)
        .put(4, rate)
        .put(18, 1000)
        .put(1, 1)
        .put(10, 20)
    )
    head = head.put(3, 0).bytes()[:8]
    more = BitWriter().put(4, 1).put(1, 0).put(3, profile).put(4, level).put(1, not fields).put(2, chroma)
    more = (
        more.put(2, size[0] >> 12)
        .put(2, size[1] >> 12)
        .put(12, 0)
        .put(1, 1)
        .put(8, 0)
        .put(1, 0)
        .put(2, 0)
        .put(5, 0)
        .bytes()[:6]
    )
    made = b"\0\0\1\xb3" + head + b"\0\0\1\xb5" + more
    for number in range(pictures * (2 if fields else 1)):
        structure = (1 + number % 2) if fields else 3
        made += (
            b"\0\0\1\0"
            + b"\0\x0f\xff\xf8"
            + b"\0\0\1\xb5"
            + bytes([0x8F, 0xFF, 0xF0 | structure, 0x80, 0x80])
            + b"\0\0\1\1"
            + b"\x1b\xad"
        )
    return made + b"\0\0\1\xb7"


def box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I4s", len(body) + 8, kind) + body


def mp4(entry: bytes, *, samples: int = 50, time: int = 512, scale: int = 12800, pieces: int = 0) -> bytes:
    """Give a file with one track whose samples are described alone; `pieces` of it where the track is divided."""
    count = 0 if pieces else samples
    table = box(
        b"stbl",
        box(b"stsd", bytes(4), struct.pack(">I", 1), entry),
        box(b"stts", bytes(4), struct.pack(">III", 1, count, time) if count else bytes(4)),
    )
    media = box(
        b"mdia",
        box(b"mdhd", bytes(12), struct.pack(">II", scale, samples * time), bytes(4)),
        box(b"hdlr", bytes(8), b"vide", bytes(13)),
        box(b"minf", table),
    )
    track = box(b"trak", box(b"tkhd", bytes(12), struct.pack(">I", 1), bytes(68)), media)
    extends = box(b"mvex", box(b"trex", bytes(4), struct.pack(">5I", 1, 1, time, 0, 0))) if pieces else b""
    made = box(b"ftyp", b"isom", bytes(4), b"isom") + box(b"moov", box(b"mvhd", bytes(100)), track, extends)
    for _ in range(pieces):
        run = box(b"trun", struct.pack(">II", 0x000200, samples // pieces), bytes(4 * (samples // pieces)))
        made += box(b"moof", box(b"traf", box(b"tfhd", struct.pack(">II", 0, 1)), run)) + box(
            b"mdat", b"pictures"
        )
    return made + box(b"mdat", b"pictures")


def avc1(sps: bytes, kind: bytes = b"avc1") -> bytes:
    config = b"\1" + sps[1:4] + b"\xff\xe1" + struct.pack(">H", len(sps)) + sps + b"\1\0\1\x68"
    return box(kind, bytes(78), box(b"avcC", config))


def hvc1(sps: bytes) -> bytes:
    config = bytes(22) + b"\1" + b"\x21" + struct.pack(">HH", 1, len(sps)) + sps
    return box(b"hvc1", bytes(78), box(b"hvcC", config))


def pes(data: bytes, code: int = 0xE0) -> bytes:
    return (
        b"\0\0\1"
        + bytes([code])
        + struct.pack(">H", (len(data) + 3) & 0xFFFF if len(data) < 65000 else 0)
        + b"\x80\0\0"
        + data
    )


def transport(kind: int, data: bytes, size: int = 188) -> bytes:
    """Give a transport stream of one program with one stream (13818-1 2.4)."""

    def packet(pid: int, content: bytes, *, start: bool) -> bytes:
        free = 184 - len(content)
        head = bytes([0x47, (0x40 if start else 0) | pid >> 8, pid & 0xFF])
        stuffing = (
            b"" if not free else bytes([free - 1]) + (b"\0" + b"\xff" * (free - 2) if free > 1 else b"")
        )
        return bytes(size - 188) + head + bytes([0x30 if free else 0x10]) + stuffing + content

    def section(table: int, body: bytes) -> bytes:
        length = len(body) + 5 + 4
        return b"\0" + bytes([table, 0xB0 | length >> 8, length & 0xFF]) + b"\0\1\xc1\0\0" + body + bytes(4)

    def padded(content: bytes) -> bytes:
        return content.ljust(184, b"\xff")

    made = packet(0, padded(section(0, b"\0\1\xe1\0")), start=True)
    made += packet(
        0x100, padded(section(2, b"\xe1\x01\xf0\0" + bytes([kind]) + b"\xe1\x01\xf0\0")), start=True
    )
    data = pes(data)
    for at in range(0, len(data), 184):
        made += packet(0x101, data[at : at + 184], start=at == 0)
    return made


def program(data: bytes) -> bytes:
    """Give a program stream of one video (13818-1 2.5)."""
    pack = b"\0\0\1\xba" + b"\x44\0\4\0\4\1\x01\x89\xc3\xf8"
    made, size = pack, 500
    for at in range(0, len(data), size):
        made += pes(data[at : at + size]) + pes(b"sound", 0xC0)
    return made + b"\0\0\1\xb9"
