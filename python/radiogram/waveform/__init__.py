"""Waveforms: the multiplex groups of a dataset as arrays with their units (PS3.3 C.10.9)."""

from __future__ import annotations

from radiogram.waveform.annotation import Annotation
from radiogram.waveform.channel import Channel
from radiogram.waveform.group import MultiplexGroup
from radiogram.waveform.waveforms import Waveforms

__all__ = ["Annotation", "Channel", "MultiplexGroup", "Waveforms"]
