"""What something is put onto: volumes of any kind by their slices, rows and columns; nothing without a place."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from radiogram.errors import ArgumentError, GeometryError
from radiogram.volume.target import grid_of

MATRIX = np.diag([3.0, 2.0, 1.0, 1.0])


def test_axes_are_found_by_their_names() -> None:
    """Of four axes, of colour, with a shape or an array."""
    for shape, dims in (
        ((4, 5, 6), ("slice", "row", "column")),
        ((9, 4, 5, 6), ("time", "slice", "row", "column")),
        ((4, 5, 6, 3), ("slice", "row", "column", "sample")),
    ):
        for has in ({"shape": shape}, {"array": np.empty(shape, np.uint8)}):
            assert grid_of(SimpleNamespace(affine=MATRIX, dims=dims, **has)) == ((4, 5, 6), MATRIX.tolist())
    assert grid_of(((4, 5, 6), MATRIX)) == ((4, 5, 6), MATRIX.tolist())


def test_what_has_no_place_is_refused() -> None:
    """Pictures in time, a volume whose report says so, and what is no volume."""
    cine = SimpleNamespace(affine=np.eye(4), shape=(9, 5, 6), dims=("time", "row", "column"))
    nowhere = SimpleNamespace(affine=np.eye(4), shape=(9, 5, 6), report=SimpleNamespace(space="none"))
    for target in (cine, nowhere):
        with pytest.raises(GeometryError, match="no place"):
            grid_of(target)
    for target in (np.zeros((3, 4, 5)), None, ((4, 5), MATRIX), ((4, 5, 6), np.eye(3))):
        with pytest.raises(ArgumentError):
            grid_of(target)
