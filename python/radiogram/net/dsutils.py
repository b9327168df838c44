"""Data sets as they are in messages, and as lines to look at: what pynetdicom's programs import from its ``dsutils``."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from radiogram import _core
from radiogram.errors import ArgumentError, DicomError
from radiogram.net.answers import clean
from radiogram.net.encoding import as_dataset, decoded, encoded, meta_of
from radiogram.net.utils import pretty_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import BytesIO

    from radiogram.dataset import Dataset

__all__ = [
    "create_file_meta",
    "decode",
    "encode",
    "pretty_dataset",
    "pretty_element",
]

LOGGER = logging.getLogger("radiogram.net")

_SYNTAXES = {
    (True, True): "1.2.840.10008.1.2",
    (False, True): "1.2.840.10008.1.2.1",
    (False, False): "1.2.840.10008.1.2.2",
}
_DEFLATED = "1.2.840.10008.1.2.1.99"
_BYTES = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "UN"})
_BETWEEN = "\\"
_SHORT = 13
"""Bytes that are shown."""


def _syntax(is_implicit_vr: bool, is_little_endian: bool, deflated: bool) -> str:  # noqa: FBT001  # as they are given
    found = _DEFLATED if deflated else _SYNTAXES.get((bool(is_implicit_vr), bool(is_little_endian)))
    if found is None:
        message = "there is no transfer syntax with implicit VR in big endian (PS3.5 10)"
        raise ArgumentError(message)
    return found


def decode(
    bytestring: bytes | BytesIO,
    is_implicit_vr: bool,  # noqa: FBT001  # pynetdicom's
    is_little_endian: bool,  # noqa: FBT001  # likewise
    deflated: bool = False,  # noqa: FBT001, FBT002  # likewise
) -> Dataset:
    r"""Give the data set that some bytes are, with no file meta information in front of them.

    Parameters
    ----------
    bytestring : bytes or io.BytesIO
        What was encoded; of a stream all of it.
    is_implicit_vr, is_little_endian, deflated : bool
        How.

    Raises
    ------
    ArgumentError
        There is no such transfer syntax.
    DicomError
        It is no data set.

    Examples
    --------
    >>> from radiogram.net.dsutils import decode
    >>> decode(b"\x10\x00\x20\x00\x02\x00\x00\x00X1", True, True).PatientID
    'X1'
    """
    syntax = _syntax(is_implicit_vr, is_little_endian, deflated)
    return decoded(bytestring if isinstance(bytestring, bytes) else bytestring.getvalue(), syntax)


def encode(
    ds: Any,  # noqa: ANN401  # also pydicom's
    is_implicit_vr: bool,  # noqa: FBT001  # pynetdicom's
    is_little_endian: bool,  # noqa: FBT001  # likewise
    deflated: bool = False,  # noqa: FBT001, FBT002  # likewise
) -> bytes | None:
    r"""Give a data set as a message carries it; ``None`` where it cannot be encoded, and the log says why.

    Parameters
    ----------
    ds : Dataset
        The data set, also one of pydicom.
    is_implicit_vr, is_little_endian, deflated : bool
        How it is encoded.

    Raises
    ------
    ArgumentError
        There is no such transfer syntax.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.dsutils import encode
    >>> ds = rg.Dataset()
    >>> ds.PatientID = "X1"
    >>> encode(ds, True, True)
    b'\x10\x00 \x00\x02\x00\x00\x00X1'
    """
    syntax = _syntax(is_implicit_vr, is_little_endian, deflated)
    try:
        return encoded(ds, syntax)
    except DicomError as error:
        LOGGER.error("the data set cannot be encoded: %s", clean(str(error)))
        return None


def create_file_meta(
    *,
    sop_class_uid: str,
    sop_instance_uid: str,
    transfer_syntax: str,
    implementation_uid: str | None = None,
    implementation_version: str | None = None,
) -> Dataset:
    """Give file meta information for an instance (PS3.10 7.1), with our implementation where none is named.

    Examples
    --------
    >>> from radiogram.net.dsutils import create_file_meta
    >>> create_file_meta(sop_class_uid="1.2", sop_instance_uid="1.3", transfer_syntax="1.2.840.10008.1.2").MediaStorageSOPInstanceUID
    '1.3'
    """
    meta = meta_of(sop_class_uid, sop_instance_uid, transfer_syntax)
    ours = _core.net_implementation()
    meta.ImplementationClassUID = ours[0] if implementation_uid is None else implementation_uid
    meta.ImplementationVersionName = ours[1] if implementation_version is None else implementation_version
    return meta


def pretty_dataset(ds: Any, indent: int = 0, indent_char: str = "  ") -> list[str]:  # noqa: ANN401  # also pydicom's
    """Give a line for each element of a data set, and of its items. They hold patient data.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.dsutils import pretty_dataset
    >>> ds = rg.Dataset()
    >>> ds.Modality, ds.Rows = "CT", 512
    >>> pretty_dataset(ds)[1]
    '(0028,0010) US [512]                                    # 1 Rows'
    """
    lines: list[str] = []
    # By hand: items may nest as deep as they like.
    waiting: list[tuple[Iterator[Any], int]] = [(iter(as_dataset(ds)), indent)]
    while waiting:
        inner, depth = waiting[-1]
        found = next(inner, None)
        if found is None:
            waiting.pop()
        elif isinstance(found, tuple):
            number, item = found
            lines.append(f"{indent_char * depth}(Sequence item #{number})")
            waiting.append((iter(item), depth + 1))
        else:
            lines.append(indent_char * depth + pretty_element(found))
            if found.VR == "SQ":
                waiting.append((enumerate(found.value, 1), depth + 1))
    return lines


def pretty_element(elem: Any) -> str:  # noqa: ANN401  # also pydicom's
    """Give a line for an element: tag, VR, value, how many values, keyword. It holds patient data.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.dsutils import pretty_element
    >>> pretty_element(rg.DataElement("PixelData", "OB", bytes(4)))
    '(7FE0,0010) OB [00 00 00 00]                            # 1 PixelData'
    """
    tag = int(elem.tag)
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X}) {elem.VR} {_shown(elem): <40} # {elem.VM} {elem.keyword}"


def _shown(elem: Any) -> str:  # noqa: ANN401  # likewise
    try:
        value = elem.value
        if elem.VR == "SQ":
            return f"(Sequence with {len(value)} item{'' if len(value) == 1 else 's'})"
        if not elem.VM:
            return "(no value available)"
        if elem.VR in _BYTES and isinstance(value, (bytes, bytearray, memoryview)):
            shown = pretty_bytes(bytes(value), prefix="", delimiter=" ") if len(value) <= _SHORT else []
            return f"[{shown[0]}]" if shown else f"({len(value)} bytes of binary data)"
        return f"[{value if elem.VM == 1 else _BETWEEN.join(str(one) for one in value)}]"
    except DicomError as error:
        return f"(no value: {type(error).__name__})"
