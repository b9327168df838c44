"""Slices whose codestreams are damaged or end early: no volume has a slice of which a part is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import radiogram as rg
from pydicom.encaps import encapsulate, generate_frames
from radiogram.errors import PixelError

from tests.volume.series import Series, phantom

if TYPE_CHECKING:
    from pathlib import Path

    import pydicom

SYNTAXES = ("JPEG2000Lossless", "HTJ2KLossless", "JPEG2000MCLossless")
"""Those whose decoder gives what there is of a picture."""


def series(folder: Path, syntax: str, keep: int | None, **options: Any) -> Series:
    """Write a series whose fifth slice has so many bytes of its codestream."""
    made = Series.write(folder, rows=40, columns=50)
    for path in made.paths:
        ds: Any = rg.read(path)
        ds.compress(syntax, **options)
        ds.save_as(path)

    def cut(ds: pydicom.Dataset) -> None:
        frame = next(generate_frames(ds.PixelData, number_of_frames=1)).rstrip(b"\0")[:keep]
        ds.PixelData = encapsulate([frame + b"\0" * (len(frame) % 2)])

    made.edit([4], cut)
    return made


@pytest.mark.parametrize("options", [{}, {"tile": 16}])
@pytest.mark.parametrize("syntax", SYNTAXES)
def test_half_a_slice_is_an_error(tmp_path: Path, syntax: str, options: dict[str, Any]) -> None:
    """It was a slice as any other, and nothing told that its lower bits, or half of its tiles, were made up."""
    made = series(tmp_path, syntax, 700, **options)
    with pytest.raises(PixelError, match=f"{made.paths[4].name}.*a part of the picture is missing"):
        rg.read_volume(tmp_path)
    lazy = rg.open_volume(tmp_path)
    with pytest.raises(PixelError, match="a part of the picture is missing"):
        _ = lazy[:, 3:9, 4:20]
    np.testing.assert_array_equal(lazy[:4], phantom(rows=40, columns=50).array()[:4])


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_a_slice_without_its_end_marker_is_whole(tmp_path: Path, syntax: str) -> None:
    series(tmp_path, syntax, -2)
    np.testing.assert_array_equal(rg.read_volume(tmp_path).array, phantom(rows=40, columns=50).array())
