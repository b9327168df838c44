"""Volumes as objects of SimpleITK and xarray."""

from __future__ import annotations

import numpy as np
import pytest
from radiogram.errors import GeometryError
from radiogram.interop.volumes import to_sitk, to_xarray
from radiogram.volume.phantom import Phantom

OBLIQUE = (0.8, 0.6, 0.0, -0.48, 0.64, 0.6)


def phantom(**options: object) -> Phantom:
    return Phantom(slices=5, rows=7, columns=9, spacing=(2.5, 0.75, 0.5), **options)


@pytest.mark.parametrize("orientation", [(1.0, 0.0, 0.0, 0.0, 1.0, 0.0), OBLIQUE])
def test_simpleitk_maps_indices_as_the_affine_does(orientation: tuple[float, ...]) -> None:
    pytest.importorskip("SimpleITK")
    volume = phantom(orientation=orientation)
    image = to_sitk(volume.array(), volume.affine())
    assert image.GetSize() == (9, 7, 5)
    for index in ((0, 0, 0), (8, 6, 4), (3, 0, 2)):
        place = volume.affine() @ (*index[::-1], 1)
        np.testing.assert_allclose(image.TransformIndexToPhysicalPoint(index), place[:3], atol=1e-6)
        assert image[index] == volume.array()[index[::-1]]


def test_colour_has_its_samples_in_the_pixel() -> None:
    pytest.importorskip("SimpleITK")
    array = np.arange(2 * 3 * 4 * 3, dtype=np.uint8).reshape(2, 3, 4, 3)
    image = to_sitk(array, np.eye(4)[:, [2, 1, 0, 3]])
    assert image.GetSize() == (4, 3, 2)
    assert image[3, 2, 1] == tuple(array[1, 2, 3].tolist())


def test_simpleitk_cannot_be_sheared() -> None:
    pytest.importorskip("SimpleITK")
    with pytest.raises(GeometryError, match="sheared"):
        to_sitk(phantom(tilt=5.0).array(), phantom(tilt=5.0).affine())


def test_xarray_shares_the_memory_and_knows_millimetres() -> None:
    pytest.importorskip("xarray")
    volume = phantom()
    array = volume.array()
    labelled = to_xarray(array, volume.affine(), modality="CT")
    assert labelled.dims == ("slice", "row", "column")
    assert np.shares_memory(labelled.values, array)
    np.testing.assert_allclose(labelled.coords["slice"], [0, 2.5, 5, 7.5, 10])
    np.testing.assert_allclose(labelled.coords["column"][:3], [0, 0.5, 1])
    np.testing.assert_array_equal(labelled.attrs["affine"], volume.affine())
    assert labelled.attrs["modality"] == "CT"
