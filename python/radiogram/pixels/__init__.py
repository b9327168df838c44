"""Pixels: from pixel data to arrays, frame by frame, in the units that are asked for.

The arithmetic is the core's; this room chooses shapes, keeps what may be kept, and answers in numpy's words.
"""

from radiogram.pixels.overlay import Overlay
from radiogram.pixels.pixels import Pixels

__all__ = ["Overlay", "Pixels"]
