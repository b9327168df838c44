"""Which transfer syntaxes have a codec here."""

from __future__ import annotations

from radiogram.registry import TransferSyntax
from radiogram.uid import (
    UID,
    EncapsulatedUncompressedExplicitVRLittleEndian,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

__all__ = ["DECODED", "ENCODED", "uid_of"]

ENCODED: tuple[UID, ...] = (
    RLELossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    EncapsulatedUncompressedExplicitVRLittleEndian,
)
"""The transfer syntaxes that `encode` writes."""

DECODED: tuple[UID, ...] = (
    *ENCODED,
    UID("1.2.840.10008.1.2.4.53"),
    UID("1.2.840.10008.1.2.4.55"),
)
"""The transfer syntaxes that `decode` reads: those of `ENCODED`, and two retired ones of progressive JPEG."""


def uid_of(syntax: str) -> str:
    """Give the UID of a transfer syntax named by UID or keyword."""
    return str(TransferSyntax(syntax).uid)
