"""Which transfer syntaxes have a codec here."""

from __future__ import annotations

from radiogram import _core
from radiogram.uid import UID

__all__ = ["DECODED", "ENCODED"]

_decoded, _encoded = _core.codec_syntaxes()

ENCODED: tuple[UID, ...] = tuple(map(UID, _encoded))
"""The transfer syntaxes that `encode` writes."""

DECODED: tuple[UID, ...] = tuple(map(UID, _decoded))
"""The transfer syntaxes that `decode` reads: those of `ENCODED`, and two retired ones of progressive JPEG."""
