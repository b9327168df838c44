"""Contact sheets: which slices, where, how grey."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from radiogram.errors import ArgumentError
from radiogram.volume.sheet import contact_sheet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def constant(
    values: Sequence[float], shape: tuple[int, ...] = (4, 6), dtype: np.typing.DTypeLike = np.int16
) -> NDArray[Any]:
    """Give a volume whose slices are one value each."""
    return np.ones((len(values), *shape), dtype) * np.array(values, dtype)[:, None, None]


def test_slices_stand_row_by_row() -> None:
    sheet = contact_sheet(constant(range(5)), columns=3, window=(2.5, 5))
    assert sheet.shape == (8, 18)
    assert sheet.dtype == np.uint8
    tiles = sheet.reshape(2, 4, 3, 6).swapaxes(1, 2).reshape(6, 4, 6)
    assert [tile.min() == tile.max() for tile in tiles] == [True] * 6
    assert [int(tile[0, 0]) for tile in tiles] == [0, 64, 128, 191, 255, 0]


def test_the_window_is_the_linear_function_of_the_standard() -> None:
    # PS3.3 C.11.2.1.2.1: centre 40, width 400 goes from -160 to 239.
    values = [-1000, -160, 40, 239, 240, 3000]
    sheet = contact_sheet(constant(values, (1, 1)), columns=6, window=(40, 400))
    expected = [0, 0, round(((40 - 39.5) / 399 + 0.5) * 255), 255, 255, 255]
    assert sheet[0].tolist() == expected


def test_many_slices_are_spread_from_the_first_to_the_last() -> None:
    sheet = contact_sheet(constant(range(101), (1, 1)), columns=5, tiles=5, window=(50.5, 101))
    assert sheet.tolist() == [[0, 64, 128, 191, 255]]


def test_large_slices_become_means_of_blocks() -> None:
    array = np.zeros((1, 6, 9), np.int16)
    array[0, :3, :3] = [[0, 9, 0], [0, 9, 0], [0, 9, 0]]
    sheet = contact_sheet(array, size=3, window=(128.0, 256.0), columns=1)
    assert sheet.shape == (2, 3)
    assert sheet.tolist() == [[3, 0, 0], [0, 0, 0]]


def test_without_a_window_the_percentiles_decide() -> None:
    array = np.arange(10_000, dtype=np.float32).reshape(1, 100, 100)
    sheet = contact_sheet(array, columns=1)
    assert (sheet[0, 0], sheet[-1, -1]) == (0, 255)
    assert (sheet == 0).sum() == pytest.approx(100, abs=25)
    assert (sheet == 255).sum() == pytest.approx(50, abs=25)


def test_flat_and_absent_values_do_no_harm() -> None:
    assert contact_sheet(constant([7])).max() == 0
    array = constant([1.0, 2.0], dtype=np.float32)
    array[0, 0, 0] = np.nan
    assert contact_sheet(array, columns=2, window=(1.5, 2))[0, 0] == 0


@pytest.mark.parametrize(
    ("shape", "options"),
    [
        ((4, 6), {}),
        ((0, 4, 6), {}),
        ((2, 4, 6), {"columns": 0}),
        ((2, 4, 6), {"tiles": 0}),
        ((2, 4, 6), {"size": 0}),
        ((2, 4, 6), {"window": (40, 0)}),
        ((2, 4, 6), {"window": (40, float("nan"))}),
    ],
)
def test_what_makes_no_sheet_is_refused(shape: tuple[int, ...], options: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError):
        contact_sheet(np.zeros(shape), **options)
