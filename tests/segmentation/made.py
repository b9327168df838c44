"""Segments of known voxels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

AXIAL = np.array([[0, 0, 0.75, -9.0], [0, 0.5, 0, -8.0], [2.5, 0, 0, 40.0], [0, 0, 0, 1]])


def oblique(tilt: float = 0.0) -> NDArray[np.float64]:
    """Give the matrix of slices that are parallel to no axis, sheared by `tilt` degrees."""
    a, b = np.deg2rad(20), np.deg2rad(-35)
    about_z = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    about_x = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    turn = about_z @ about_x
    row, column, normal = turn.T
    matrix = np.eye(4)
    matrix[:3, 0] = 3.0 * (normal + np.tan(np.deg2rad(tilt)) * column)
    matrix[:3, 1], matrix[:3, 2], matrix[:3, 3] = 0.6 * column, 0.8 * row, (-12.5, 30.25, 7.125)
    return matrix


def disjoint(count: int, shape: tuple[int, int, int], seed: int = 7) -> NDArray[np.bool_]:
    """Give so many masks of which no two share a voxel; each has one in the first and in the last slice."""
    random = np.random.default_rng(seed)
    of = random.integers(0, count + 2, shape)
    of[0].flat[:count] = of[-1].flat[:count] = np.arange(count)
    return np.stack([of == segment for segment in range(count)])


def labelled(masks: NDArray[Any], numbers: list[int] | None = None) -> NDArray[Any]:
    """Give the map of disjoint masks."""
    numbers = numbers or list(range(1, len(masks) + 1))
    return np.sum(
        [mask.astype(np.int64) * number for mask, number in zip(masks, numbers, strict=True)], axis=0
    )
