"""Builds small DICOM files byte by byte, so that a test can break exactly one rule."""

from __future__ import annotations

import struct

EXPLICIT = "1.2.840.10008.1.2.1"
IMPLICIT = "1.2.840.10008.1.2"
BIG_ENDIAN = "1.2.840.10008.1.2.2"
DEFLATED = "1.2.840.10008.1.2.1.99"
JPEG = "1.2.840.10008.1.2.4.50"
HEVC = "1.2.840.10008.1.2.4.107"
RLE = "1.2.840.10008.1.2.5"
UNDEFINED = 0xFFFFFFFF
LONG = {"OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"}
ITEM_END = struct.pack("<HHI", 0xFFFE, 0xE00D, 0)
SEQUENCE_END = struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)


def padded(value: bytes | str, vr: str = "") -> bytes:
    """Give the bytes of a value, made even as its VR wants."""
    held = value.encode("latin-1") if isinstance(value, str) else value
    return held + (b"\0" if vr in {"UI", "OB", "UN"} else b" ") * (len(held) % 2)


def element(
    tag: int, vr: str, value: bytes | str = b"", length: int | None = None, order: str = "<"
) -> bytes:
    """Give an element with explicit VR; `length` is what the header says, if it is not the truth."""
    held = padded(value, vr)
    said = len(held) if length is None else length
    head = struct.pack(order + "HH2s", tag >> 16, tag & 0xFFFF, vr.encode("latin-1"))
    tail = struct.pack(order + "HI", 0, said) if vr in LONG else struct.pack(order + "H", said)
    return head + tail + held


def implicit(tag: int, value: bytes | str = b"", length: int | None = None, vr: str = "") -> bytes:
    """Give an element without VR."""
    held = padded(value, vr)
    return struct.pack("<HHI", tag >> 16, tag & 0xFFFF, len(held) if length is None else length) + held


def item(content: bytes, length: int | None = None) -> bytes:
    """Give an item; with `UNDEFINED` it has its delimiter."""
    said = len(content) if length is None else length
    return struct.pack("<HHI", 0xFFFE, 0xE000, said) + content + (ITEM_END if said == UNDEFINED else b"")


def sequence(tag: int, *items: bytes, length: int | None = None) -> bytes:
    """Give a sequence of defined length, or whatever `length` says."""
    return element(tag, "SQ", b"".join(items), length)


def nested(depth: int, tag: int = 0x00081140, *, undefined: bool = False) -> bytes:
    """Give sequences in sequences, `depth` of them, with an element at the bottom."""
    content = element(0x00100020, "LO", "deep")
    for _ in range(depth):
        if undefined:
            content = sequence(tag, item(content, UNDEFINED), SEQUENCE_END, length=UNDEFINED)
        else:
            content = sequence(tag, item(content))
    return content


def meta(syntax: str = EXPLICIT, extra: bytes = b"", group_length: int | None = None) -> bytes:
    """Give file meta information that is right unless `group_length` says otherwise."""
    content = element(0x00020001, "OB", b"\0\1")
    content += element(0x00020002, "UI", "1.2.840.10008.5.1.4.1.1.7") + element(0x00020003, "UI", "1.2.3")
    content += (element(0x00020010, "UI", syntax) if syntax else b"") + element(0x00020012, "UI", "1.2.3.4")
    content += extra
    said = len(content) if group_length is None else group_length
    return element(0x00020000, "UL", struct.pack("<I", said)) + content


def file(dataset: bytes, syntax: str = EXPLICIT) -> bytes:
    """Give a whole file."""
    return bytes(128) + b"DICM" + meta(syntax) + dataset


PLAIN = (
    element(0x00080005, "CS", "ISO_IR 100")
    + element(0x00080060, "CS", "CT")
    + element(0x00100010, "PN", "Doe^Jane")
    + element(0x00100020, "LO", "1")
)
"""A few elements with nothing wrong."""
