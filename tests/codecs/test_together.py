"""JPEG 2000 part 2: samples that are transformed together (T.801 Annex J)."""

from __future__ import annotations

import numpy as np
import pytest
from radiogram import codecs
from radiogram.errors import ArgumentError


def volume(count: int, dtype: str, bits: int, size: tuple[int, int] = (40, 53)) -> np.ndarray:
    """Give (rows, columns, samples): samples that are about alike."""
    rng = np.random.default_rng(count * bits)
    rows, columns = np.indices(size)
    base = np.sin(rows / 7) * np.cos(columns / 9) * 0.4 + 0.5
    grain = rng.normal(0, 0.01, (*size, 1)) + rng.normal(0, 0.002, (*size, count))
    shade = np.linspace(0.7, 1, count)
    values = np.clip(base[..., None] * shade + grain, 0, 1) * ((1 << bits) - 1)
    if dtype.startswith("i"):
        values -= 1 << (bits - 1)
    return np.round(values).astype(dtype)


@pytest.mark.parametrize(
    ("dtype", "bits"), [("u1", 1), ("u1", 8), ("u2", 12), ("i2", 16), ("u4", 30), ("i1", 7)]
)
@pytest.mark.parametrize("count", [1, 2, 3, 7, 40])
def test_what_loses_nothing_comes_back(dtype: str, bits: int, count: int) -> None:
    array = volume(count, dtype, bits)
    array = array if count > 1 else array[..., 0]
    for syntax in ("JPEG2000MCLossless", "JPEG2000MC"):
        for options in ({}, {"components": "differences"}, {"components": "apart"}):
            made = codecs.encode(syntax, array, bits_stored=bits, **options)
            back = codecs.decode(syntax, made)
            assert back.dtype == array.dtype
            np.testing.assert_array_equal(back, array)


def test_reversible_steps_are_a_matrix_of_whole_numbers() -> None:
    array = volume(3, "u2", 12)
    # The last from the others, the next from its neighbours, the first from both; and none once more.
    steps = np.array([[1, 1, 2, 0], [1, 2, 1, 0], [2, 1, 1, 1]])
    made = codecs.encode("JPEG2000MCLossless", array, bits_stored=12, matrix=steps)
    np.testing.assert_array_equal(codecs.decode("JPEG2000MCLossless", made), array)
    assert made != codecs.encode("JPEG2000MCLossless", array, bits_stored=12)


@pytest.mark.parametrize(("dtype", "bits"), [("u1", 8), ("u2", 12), ("i2", 16)])
def test_loss_is_as_asked_for(dtype: str, bits: int) -> None:
    """Principal axes of samples that are alike say the same with less."""
    array = volume(8, dtype, bits, (150, 170))
    peak = (1 << bits) - 1
    lengths = {}
    for components in ("principal", "apart"):
        made = codecs.encode("JPEG2000MC", array, bits_stored=bits, quality=45, components=components)
        error = codecs.decode("JPEG2000MC", made).astype(float) - array
        assert abs(10 * np.log10(peak**2 / np.mean(error**2)) - 45) < 3
        lengths[components] = len(made)
    assert lengths["principal"] < 0.8 * lengths["apart"]
    assert len(codecs.encode("JPEG2000MC", array, bits_stored=bits, quality=45)) == lengths["principal"]
    # Sums and differences of neighbours.
    matrix = np.kron(np.eye(4), [[0.5, 0.5], [1, -1]])
    made = codecs.encode("JPEG2000MC", array, bits_stored=bits, quality=45, matrix=matrix)
    error = codecs.decode("JPEG2000MC", made).astype(float) - array
    assert abs(10 * np.log10(peak**2 / np.mean(error**2)) - 45) < 3
    assert len(made) < lengths["apart"]


@pytest.mark.parametrize(
    ("syntax", "options"),
    [
        ("JPEG2000MCLossless", {"components": "principal"}),
        ("JPEG2000MCLossless", {"quality": 40}),
        ("JPEG2000MC", {"quality": 40, "components": "differences"}),
        ("JPEG2000MC", {"quality": 40, "matrix": [[1.0, 2.0], [2.0, 4.0]]}),
        ("JPEG2000MC", {"quality": 40, "matrix": [1.0, 2.0]}),
        ("JPEG2000MC", {"quality": 40, "matrix": "identity"}),
        ("JPEG2000MC", {"quality": 40, "matrix": [[1, 0], [0, 1]], "components": "principal"}),
        ("JPEG2000MCLossless", {"matrix": [[0.5, 1, 1], [1, 1, 1]]}),
        ("JPEG2000MCLossless", {"matrix": [[1, 1, 1], [3, 1, 1]]}),
        ("JPEG2000Lossless", {"components": "differences"}),
    ],
)
def test_transforms_that_cannot_be(syntax: str, options: dict[str, object]) -> None:
    with pytest.raises(ArgumentError):
        codecs.encode(syntax, np.zeros((8, 8, 2), np.uint8), **options)
