"""Every real file: samples are the frames that `ds.pixels` gives, or both are errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import radiogram as rg
from radiogram.errors import DicomError
from radiogram.loaders import SliceDataset

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.corpus

FRAMES = 3
"""Frames of a file that are looked at, at most."""


def test_samples_are_the_frames(corpus_root: Path, note: Callable[[str], None]) -> None:
    compared = refused = 0
    wrong = []
    for units in ("modality", "color"):
        made = SliceDataset(corpus_root, units=units, changed="read", strict=False)
        read: dict[str, int] = {}
        for number in range(len(made)):
            path, frame = made.index.row(number)[0], made.index.row(number)[3]
            if frame >= FRAMES:
                continue
            expected: Any
            try:
                expected = rg.read(path).pixels.array(units=units, dtype="float32", frames=frame)
            except DicomError as error:
                expected = type(error)
            try:
                image = made[number]["image"]
            except DicomError as error:
                refused += 1
                if type(error) is not expected:
                    wrong.append((path, frame, units, str(error), str(expected)[:80]))
                continue
            read[path] = frame
            if isinstance(expected, type):
                wrong.append((path, frame, units, "read", expected.__name__))
                continue
            given = image[0] if expected.ndim == 2 else np.moveaxis(image, 0, -1)
            compared += 1
            if not np.array_equal(given, expected, equal_nan=True):
                wrong.append((path, frame, units, "other values", ""))
    assert not wrong, "\n".join(map(str, wrong))
    note(f"loaders: {compared} frames of real files equal to ds.pixels, {refused} refused by both")
    assert compared > 500
