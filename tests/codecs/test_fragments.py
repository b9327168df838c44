"""Frames in fragments, as pydicom takes them apart."""

from __future__ import annotations

import pydicom.encaps
import pytest
from radiogram.codecs import fragments as room
from radiogram.errors import LimitError

FRAMES = [b"one", b"four", b"fifth", b"x" * 1001]


def test_basic_table() -> None:
    """One fragment a frame, each even, and where each begins (PS3.5 A.4)."""
    made = room.encapsulate(FRAMES)
    assert made == (pydicom.encaps.encapsulate(FRAMES), None, None)


def test_extended_table() -> None:
    assert tuple(room.encapsulate(FRAMES, extended=True)) == pydicom.encaps.encapsulate_extended(FRAMES)


def test_the_extended_one_only_where_offsets_do_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last frame begins at byte 38: with less than that to say it, the basic table is empty."""
    monkeypatch.setattr(room, "_FARTHEST", 38)
    assert room.encapsulate(FRAMES).offsets is None
    monkeypatch.setattr(room, "_FARTHEST", 37)
    made = room.encapsulate(FRAMES)
    assert made.offsets is not None
    assert made.data[:8].hex() == "feff00e000000000"


def test_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_LONGEST", 1000)
    with pytest.raises(LimitError):
        room.encapsulate(FRAMES)
