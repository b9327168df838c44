"""What H.264 and H.265 say of how pictures are shown begins alike (H.264 E.1.1, H.265 E.2.1)."""

from __future__ import annotations

# `typing` costs more to import than this package.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from radiogram.video.bits import Bits

__all__ = ["pass_over_look"]

_ANY_RATIO = 255
"""The ratio of a pixel's sides is told by two numbers (H.264 table E-1, H.265 table E.1)."""


def pass_over_look(bits: Bits) -> None:
    """Pass over the shape of pixels, overscan, colours, and where chrominance lies."""
    if bits.flag() and bits.take(8) == _ANY_RATIO:
        bits.skip(32)
    if bits.flag():
        bits.skip(1)
    if bits.flag():
        bits.skip(4)
        if bits.flag():
            bits.skip(24)
    if bits.flag():
        bits.unsigned()
        bits.unsigned()
