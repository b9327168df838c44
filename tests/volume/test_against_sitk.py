"""Series of our own writer, read by SimpleITK from the same files: the same values at the same places."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
import pytest
import radiogram as rg
from radiogram.volume.phantom import Phantom, Storage, write_series

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

sitk = pytest.importorskip("SimpleITK")

SAGITTAL = (0.0, 1.0, 0.0, 0.0, 0.0, -1.0)
CORONAL = (1.0, 0.0, 0.0, 0.0, 0.0, -1.0)
FEET_FIRST = (-1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
PRONE = (-1.0, 0.0, 0.0, 0.0, -1.0, 0.0)
OBLIQUE = (0.8, 0.6, 0.0, -0.48, 0.64, 0.6)
FLIPPED = (0.0, -0.6, 0.8, 1.0, 0.0, 0.0)


def turned(degrees: float, about: int) -> tuple[float, ...]:
    """Give an axial plane turned about x (0), y (1) or z (2)."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    turn = np.eye(3)
    first, second = (about + 1) % 3, (about + 2) % 3
    turn[[first, first, second, second], [first, second, first, second]] = cos, -sin, sin, cos
    return tuple(turn[:, 0].tolist()) + tuple(turn[:, 1].tolist())


def signed(bits: int, stored: int, slope: float = 1.0, intercept: float = 0.0) -> Storage:
    return Storage(bits_allocated=bits, bits_stored=stored, signed=True, slope=slope, intercept=intercept)


def unsigned(bits: int, stored: int, slope: float = 1.0, intercept: float = -1024.0) -> Storage:
    return Storage(bits_allocated=bits, bits_stored=stored, slope=slope, intercept=intercept)


@dataclass(frozen=True, kw_only=True)
class Series:
    """A series to write, and the type that its volume has to have."""

    dtype: str = "int16"
    phantom: dict[str, Any] = field(default_factory=dict)
    order: str = "shuffled"
    storage: Storage = field(default_factory=Storage)
    elements: dict[int, tuple[str, Any]] = field(default_factory=dict)

    def write(self, folder: Path) -> Phantom:
        options: dict[str, Any] = {"slices": 9, "rows": 14, "columns": 20, "spacing": (2.5, 0.8, 0.8)}
        phantom = Phantom(**options | self.phantom)
        write_series(folder, phantom, order=self.order, storage=self.storage, elements=self.elements)
        return phantom


def placed(**phantom: Any) -> Series:
    return Series(phantom=phantom)


def stored(storage: Storage, dtype: str, **elements: tuple[str, Any]) -> Series:
    return Series(
        storage=storage, dtype=dtype, elements={int(tag[1:], 16): one for tag, one in elements.items()}
    )


SERIES: dict[str, Series] = {
    "thorax_240": placed(slices=240, rows=64, columns=64, spacing=(1.25, 0.7, 0.7)),
    "in_order": Series(order="ascending"),
    "reversed": Series(order="descending"),
    "two_slices": placed(slices=2),
    "three_slices": placed(slices=3),
    "sagittal": placed(orientation=SAGITTAL),
    "coronal": placed(orientation=CORONAL),
    "coronal_reversed": Series(phantom={"orientation": CORONAL}, order="descending"),
    "feet_first": placed(orientation=FEET_FIRST),
    "prone": placed(orientation=PRONE),
    "oblique": placed(orientation=OBLIQUE),
    "oblique_reversed": Series(phantom={"orientation": OBLIQUE}, order="descending"),
    "flipped": placed(orientation=FLIPPED),
    "turned_1_degree": placed(orientation=turned(1.0, 0)),
    "turned_30_degrees": placed(orientation=turned(30.0, 1)),
    "turned_107_degrees": placed(orientation=turned(107.0, 0)),
    "turned_in_its_plane": placed(orientation=turned(45.0, 2)),
    "pixels_not_square": placed(spacing=(2.5, 0.4, 1.1)),
    "pixels_not_square_oblique": placed(spacing=(0.3, 1.7, 0.6), orientation=OBLIQUE),
    "two_rows": placed(rows=2, columns=40),
    "one_column": placed(rows=40, columns=1),
    "thin": placed(spacing=(0.05, 0.03, 0.03)),
    "thick": placed(spacing=(25.0, 0.9, 0.9)),
    "thirds_of_a_millimetre": placed(spacing=(1 / 3, 2 / 3, 2 / 3), orientation=turned(11.0, 2)),
    "far_away": placed(origin=(-98765.4321, 45678.9, 123456.789)),
    "far_away_oblique": placed(origin=(5000.5, -7000.25, -3000.125), orientation=OBLIQUE),
    "negative_spacing_between": Series(order="descending", elements={0x0018_0088: ("DS", -2.5)}),
    "wrong_spacing_between": Series(elements={0x0018_0088: ("DS", 7.0)}),
    "wrong_thickness": Series(elements={0x0018_0050: ("DS", 40.0)}),
    "no_rescale": stored(unsigned(16, 12, intercept=0.0), "int16"),
    "slope_2": stored(unsigned(16, 12, 2.0), "int16"),
    "slope_minus_1": stored(unsigned(16, 12, -1.0, 3071.0), "int16"),
    "slope_half": stored(unsigned(16, 13, 0.5), "float32"),
    "slope_of_pet": stored(signed(16, 16, 0.123456789, 0.25), "float32"),
    "slope_tiny": stored(unsigned(16, 16, 0.0625, -1000.5), "float32"),
    "intercept_fraction": stored(unsigned(16, 12, 1.0, -1023.75), "float32"),
    "intercept_large": stored(unsigned(16, 12, 1.0, -100000.0), "int32"),
    "signed_16": stored(signed(16, 16), "int16"),
    "signed_12": stored(signed(16, 12), "int16"),
    "signed_16_shifted": stored(signed(16, 16, 1.0, -1024.0), "int32"),
    "unsigned_16": stored(unsigned(16, 16), "int32"),
    "unsigned_16_unshifted": stored(unsigned(16, 16, intercept=0.0), "uint16"),
    "unsigned_8": stored(unsigned(8, 8, 16.0), "int16"),
    "signed_8": stored(signed(8, 8, 16.0, 1000.0), "int16"),
    "unsigned_32": stored(unsigned(32, 32, 0.001, -1024.0), "float64"),
    "signed_32": stored(signed(32, 32), "int32"),
    "signed_32_of_20_bits": stored(signed(32, 20, 0.01), "float32"),
    "padding_unsigned": stored(unsigned(16, 12), "int16", _00280120=("US", 0)),
    "padding_signed": stored(signed(16, 16), "int16", _00280120=("SS", -2000)),
}


MISREAD = {"signed_32_of_20_bits"}
"""What SimpleITK 2 gets wrong: it takes 20 bits of a 32-bit cell for 16. Only pydicom judges these."""


@pytest.mark.parametrize("name", SERIES)
def test_the_volume_is_simpleitks(name: str, tmp_path: Path) -> None:
    series = SERIES[name]
    phantom = series.write(tmp_path)
    vol = rg.read_volume(tmp_path)

    assert vol.array.dtype == series.dtype
    np.testing.assert_allclose(vol.affine, phantom.affine(), atol=1e-6)
    assert vol.spacing == pytest.approx(phantom.spacing, rel=1e-6)
    np.testing.assert_array_equal(vol.array, by_hand(vol, series.storage))

    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(vol.paths)
    image = reader.Execute()
    theirs = sitk.GetArrayFromImage(image)
    assert theirs.shape == vol.array.shape
    if name in MISREAD:
        assert not np.allclose(vol.array, theirs)
    elif np.issubdtype(vol.array.dtype, np.integer):
        np.testing.assert_array_equal(vol.array, theirs)
    else:
        np.testing.assert_allclose(vol.array, theirs, rtol=1e-6, atol=1e-9)
    # ITK rounds nothing, but says directions and spacing as numbers of their own.
    scale = max(1.0, float(np.abs(phantom.affine()).max()))
    for place in product(*((0, length - 1) for length in vol.array.shape)):
        point = image.TransformIndexToPhysicalPoint(tuple(reversed(place)))
        np.testing.assert_allclose((vol.affine @ (*place, 1))[:3], point, atol=1e-9 * scale + 1e-6)


def by_hand(vol: rg.Volume, storage: Storage) -> npt.NDArray[Any]:
    """Give the values of a volume's files by pydicom and numpy, calculated in float64."""
    samples = np.stack([pydicom.dcmread(path).pixel_array for path in vol.paths])
    return (samples.astype(np.float64) * storage.slope + storage.intercept).astype(vol.array.dtype)


def test_there_are_enough_of_them() -> None:
    assert len(SERIES) >= 30
    assert any(series.phantom.get("slices", 0) >= 200 for series in SERIES.values())


@pytest.mark.parametrize("tilt", [-20.0, -0.5, 12.5, 30.0])
def test_a_tilted_series_is_sheared_as_its_slices_stand(tilt: float, tmp_path: Path) -> None:
    """ITK has no sheared images: the place of each slice's corners is asked of the slice itself."""
    phantom = Phantom(slices=7, rows=10, columns=12, spacing=(3.0, 0.8, 0.6), tilt=tilt)
    write_series(tmp_path, phantom, order="shuffled")
    vol = rg.read_volume(tmp_path)
    assert vol.report.tilt_degrees == pytest.approx(abs(tilt), abs=1e-6)
    assert vol.spacing[0] == pytest.approx(3.0)
    assert vol.report.plane_distance == pytest.approx(3.0 * math.cos(math.radians(tilt)))
    for place, path in enumerate(vol.paths):
        image = sitk.ReadImage(path)
        np.testing.assert_array_equal(sitk.GetArrayFromImage(image)[0], vol.array[place])
        for row, column in product((0, 9), (0, 11)):
            point = image.TransformIndexToPhysicalPoint((column, row, 0))
            np.testing.assert_allclose((vol.affine @ (place, row, column, 1))[:3], point, atol=1e-6)
