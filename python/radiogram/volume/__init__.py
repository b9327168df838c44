"""Volumes of single-frame series: slices in their places, with a verdict."""

from __future__ import annotations

from radiogram.volume.report import MissingSliceWarning, VolumeReport
from radiogram.volume.volume import Volume

__all__ = ["MissingSliceWarning", "Volume", "VolumeReport"]
