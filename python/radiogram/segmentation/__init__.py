"""Segmentations: binary, fractional and label maps, as arrays in the patient's coordinates.

Where frames stand, and what their samples mean, is the core's; this room says it in the field's words.
"""

from __future__ import annotations

from radiogram.segmentation.matrix import TotalPixelMatrix
from radiogram.segmentation.result import SegmentVolume
from radiogram.segmentation.segment import Segment
from radiogram.segmentation.segmentation import Segmentation, read_segmentation

__all__ = ["Segment", "SegmentVolume", "Segmentation", "TotalPixelMatrix", "read_segmentation"]
