"""Volumes of series and of multi-frame images: slices in their places, with a verdict.

The geometry is the core's; this room takes paths, keeps the report, and draws. It stands on datasets and
pixels and hands what it made to `radiogram.interop` for other libraries' formats.
"""

from __future__ import annotations

from radiogram.volume.lazy import LazyVolume, open_volume
from radiogram.volume.read import read_volume
from radiogram.volume.report import MissingSliceWarning, VolumeReport
from radiogram.volume.slide import Slide, SlideLevel, read_slide
from radiogram.volume.volume import Volume

__all__ = [
    "LazyVolume",
    "MissingSliceWarning",
    "Slide",
    "SlideLevel",
    "Volume",
    "VolumeReport",
    "open_volume",
    "read_slide",
    "read_volume",
]
