"""`StructureSet.mask` holds what it says: a centre is in where a ray crosses the outline an odd number of times."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import radiogram as rg
from hypothesis import given, settings
from hypothesis import strategies as st
from radiogram.errors import ArgumentError, GeometryError
from radiogram.structures.phantom import circle, write_structures
from radiogram.volume.phantom import Phantom, write_series

from tests.segmentation.made import AXIAL, oblique

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SHAPE = (4, 12, 15)


def _points(affine: NDArray[np.float64], place: float, outline: Any) -> NDArray[np.float64]:
    """Give points in the patient of (row, column) in a slice."""
    index = np.array([[place, row, column, 1] for row, column in outline]).T
    found: NDArray[np.float64] = (affine @ index)[:3].T
    return found


def _inside(outline: list[tuple[Fraction, Fraction]], row: int, column: int) -> bool:
    """Count crossings at or before a centre, in exact numbers."""
    crossings = 0
    for one, other in zip(outline, outline[1:] + outline[:1], strict=True):
        (r0, c0), (r1, c1) = sorted((one, other), key=lambda point: point[0])
        if r0 <= row < r1 and c0 + (row - r0) * (c1 - c0) / (r1 - r0) <= column:
            crossings += 1
    return crossings % 2 == 1


def _oracle(outlines: list[list[tuple[Fraction, Fraction]]]) -> NDArray[np.bool_]:
    return np.array(
        [
            [sum(_inside(one, row, column) for one in outlines) % 2 == 1 for column in range(SHAPE[2])]
            for row in range(SHAPE[1])
        ]
    )


def _mask(tmp_path: Path, contours: list[Any], affine: NDArray[np.float64], **options: Any) -> Any:
    path = write_structures(tmp_path / "rs.dcm", {"a": contours})
    return rg.read_structures(path).mask((SHAPE, affine), "a", **options)


corner = st.tuples(st.integers(-16, 8 * 13), st.integers(-16, 8 * 16)).map(
    lambda point: (Fraction(point[0], 8), Fraction(point[1], 8))
)


@settings(max_examples=60, deadline=None)
@given(
    outlines=st.lists(st.lists(corner, min_size=3, max_size=9), min_size=1, max_size=3, unique_by=tuple),
    plane=st.sampled_from(["axial", "oblique", "tilted"]),
)
def test_masks_are_what_exact_numbers_say(
    tmp_path_factory: pytest.TempPathFactory, outlines: list[list[tuple[Fraction, Fraction]]], plane: str
) -> None:
    """Polygons of any kind, that cross themselves and each other, with corners and edges on centres."""
    affine = {"axial": AXIAL, "oblique": oblique(), "tilted": oblique(12.0)}[plane]
    contours = [_points(affine, 2, [(float(r), float(c)) for r, c in outline]) for outline in outlines]
    found = _mask(tmp_path_factory.mktemp("law"), contours, affine)
    np.testing.assert_array_equal(found.array[2], _oracle(outlines))
    assert not found.array[[0, 1, 3]].any()


def test_neighbours_share_no_voxel_and_leave_none_out(tmp_path: Path) -> None:
    """Regions that tile the plane with common edges have each voxel once."""
    random = np.random.default_rng(5)
    rows, columns = np.arange(-1.0, 14.0, 3.5), np.arange(-1.0, 17.0, 4.25)
    knots = (
        np.array([[(row, column) for column in columns] for row in rows])
        + random.integers(-8, 9, (5, 5, 2)) / 8
    )
    knots[0, :, 0], knots[-1, :, 0], knots[:, 0, 1], knots[:, -1, 1] = -1, 13, -1, 16
    total = np.zeros(SHAPE, int)
    for row in range(4):
        for column in range(4):
            outline = [
                knots[row, column],
                knots[row, column + 1],
                knots[row + 1, column + 1],
                knots[row + 1, column],
            ]
            total += _mask(tmp_path, [_points(AXIAL, 1, outline)], AXIAL).array
    assert (total[1] == 1).all()


def test_holes_and_keyholes(tmp_path: Path) -> None:
    """A contour within another is a hole; a bridge that is gone over there and back encloses nothing."""
    outer, inner = [(1, 1), (1, 13), (10, 13), (10, 1)], [(3, 4), (3, 9), (7, 9), (7, 4)]
    expected = _oracle([outer]) & ~_oracle([inner])  # type: ignore[list-item]
    two = [_points(AXIAL, 1, outer), _points(AXIAL, 1, inner)]
    np.testing.assert_array_equal(_mask(tmp_path, two, AXIAL).array[1], expected)
    keyhole = [*outer, outer[0], *inner, inner[0], outer[0]]
    np.testing.assert_array_equal(_mask(tmp_path, [_points(AXIAL, 1, keyhole)], AXIAL).array[1], expected)
    union = _mask(tmp_path, two, AXIAL, combine="union").array[1]
    np.testing.assert_array_equal(union, _oracle([outer]))  # type: ignore[list-item]
    with pytest.raises(ArgumentError):
        _mask(tmp_path, two, AXIAL, combine="all")


def test_slices_without_a_contour_stay_empty(tmp_path: Path) -> None:
    """Nothing is interpolated; the gaps are named."""
    found = _mask(tmp_path, [circle(AXIAL, place, (6, 7), 4) for place in (0, 3)], AXIAL)
    assert (found.slices, found.gaps, found.contours) == (2, (1, 2), 2)
    assert found.array.any(axis=(1, 2)).tolist() == [True, False, False, True]
    assert repr(found) == "RegionMask: 4 x 12 x 15, 2 contours in 2 slices, 2 slices between are empty"
    np.testing.assert_array_equal(np.asarray(found), found.array)


def test_gaps_are_interpolated_where_that_is_asked_for(tmp_path: Path) -> None:
    """Up to so many slices, by the shape of the neighbours: a ball that shrinks, shrinks on."""
    contours = [
        circle(AXIAL, place, (30, 35), radius, points=200) for place, radius in ((0, 26.0), (3, 11.0))
    ]
    structures = rg.read_structures(write_structures(tmp_path / "rs.dcm", {"a": contours}))
    grid = ((4, 60, 70), AXIAL)
    assert structures.mask(grid, "a", interpolate=1).gaps == (1, 2)
    found = structures.mask(grid, "a", interpolate=2)
    assert (found.gaps, found.interpolated, found.slices) == ((), 2, 2)
    areas = found.array.sum(axis=(1, 2))
    for place, radius in enumerate((26.0, 21.0, 16.0, 11.0)):
        assert areas[place] == pytest.approx(np.pi * radius**2, rel=0.05)
    with pytest.raises(ArgumentError):
        structures.mask(grid, "a", interpolate=-1)


def test_contours_off_their_plane(tmp_path: Path) -> None:
    """Within a tenth of the distance they are the slice's; farther off it is said what becomes of them."""
    near, far = [circle(AXIAL, place, (6, 7), 4) for place in (1.09, 1.4)]
    assert _mask(tmp_path, [near], AXIAL).deviation == pytest.approx(0.09 * 2.5)
    with pytest.raises(GeometryError, match=r"contour 2: it lies 1\.0000 mm beside"):
        _mask(tmp_path, [near, far], AXIAL)
    assert _mask(tmp_path, [near, far], AXIAL, off_plane="skip").off_plane == 1
    nearest = _mask(tmp_path, [far], AXIAL, off_plane="nearest")
    np.testing.assert_array_equal(nearest.array, _mask(tmp_path, [near], AXIAL).array)
    assert _mask(tmp_path, [far], AXIAL, tolerance=1.1).contours == 1
    for wrong in (
        {"off_plane": "no"},
        {"tolerance": -1.0},
        {"tolerance": float("nan")},
        {"open_contours": "no"},
    ):
        with pytest.raises(ArgumentError):
            _mask(tmp_path, [near], AXIAL, **wrong)


def test_contours_across_the_slices_are_refused(tmp_path: Path) -> None:
    """Those of axial planes make no mask of oblique ones."""
    with pytest.raises(GeometryError, match="lies in no slice's plane"):
        _mask(tmp_path, [circle(AXIAL, 1, (6, 7), 4)], oblique())


def test_contours_outside_are_told(tmp_path: Path) -> None:
    """In front of and behind the volume; all of them outside is another volume."""
    contours = [circle(AXIAL, place, (6, 7), 4) for place in (-2, 1, 5)]
    assert _mask(tmp_path, contours, AXIAL).outside == 2
    with pytest.raises(GeometryError, match="outside of the volume"):
        _mask(tmp_path, contours[::2], AXIAL)


def test_points_and_lines(tmp_path: Path) -> None:
    """A point is the voxel it lies in; lines enclose nothing and are refused or left out."""
    point, line = _points(AXIAL, 1.3, [(5.4, 6.6)]), circle(AXIAL, 1, (6, 7), 4)
    found = _mask(tmp_path, [("POINT", point), ("OPEN_PLANAR", line)], AXIAL, open_contours="skip")
    assert np.argwhere(found.array).tolist() == [[1, 5, 7]]
    assert found.open == 1
    with pytest.raises(ArgumentError, match="contour 1: it is not closed"):
        _mask(tmp_path, [("OPEN_NONPLANAR", line)], AXIAL)
    with pytest.raises(GeometryError, match="geometric type"):
        _mask(tmp_path, [("CURLY", line)], AXIAL)
    np.testing.assert_array_equal(
        _mask(tmp_path, [("CLOSEDPLANAR_XOR", line)], AXIAL).array, _mask(tmp_path, [line], AXIAL).array
    )


def test_a_mask_lies_on_the_volume(tmp_path: Path) -> None:
    """On a series of files: the region is where its points say, and as large."""
    phantom = Phantom(slices=6, rows=64, columns=80, spacing=(3.0, 1.5, 1.25))
    write_series(tmp_path / "ct", phantom)
    vol = rg.read_volume(tmp_path / "ct")
    rois = {"ball": [circle(vol.affine, place, (30.2, 41.7), 20, points=400) for place in (1, 2, 3)]}
    uid = vol.report.frame_of_reference_uid
    path = write_structures(tmp_path / "rs.dcm", rois, frame_of_reference_uid=uid)
    found = rg.read_structures(path).mask(vol, "ball")
    assert found.array.shape == vol.array.shape
    assert found.array.sum() == pytest.approx(3 * np.pi * 20**2, rel=5e-3)
    centre = np.argwhere(found.array).mean(axis=0)
    np.testing.assert_allclose(centre, (2, 30.2, 41.7), atol=0.1)


def test_a_region_of_another_frame_of_reference_is_not_put_on_the_volume(tmp_path: Path) -> None:
    """Its numbers would fall somewhere in the volume, and nothing says that they belong there."""
    write_series(tmp_path / "ct", Phantom(slices=6, rows=64, columns=80))
    vol = rg.read_volume(tmp_path / "ct")
    structures = rg.read_structures(
        write_structures(tmp_path / "rs.dcm", {"ball": [circle(vol.affine, 2, (30, 40), 20)]})
    )
    for volume in (vol, rg.open_volume(tmp_path / "ct")):
        with pytest.raises(GeometryError, match="another Frame of Reference UID"):
            structures.mask(volume, "ball")
    assert structures.mask((vol.array.shape, vol.affine), "ball").array.any()


@pytest.mark.parametrize("peer", ["SimpleITK", "skimage", "PIL"])
def test_against_other_rasterisers(tmp_path: Path, peer: str) -> None:
    """They differ from us along the outline alone, where each has its own rule."""
    pytest.importorskip(peer)
    points = _points(AXIAL, 1, circle(np.eye(4), 0, (60.3, 80.1), 50.5, points=300)[:, 1:])
    path = write_structures(tmp_path / "rs.dcm", {"a": [points]})
    ours = rg.read_structures(path).mask(((4, 128, 160), AXIAL), "a").array[1]
    outline = (np.linalg.inv(AXIAL) @ np.c_[points, np.ones(len(points))].T)[1:3].T
    if peer == "skimage":
        from skimage.draw import polygon2mask

        theirs = polygon2mask((128, 160), outline)
    elif peer == "PIL":
        from PIL import Image, ImageDraw

        image = Image.new("1", (160, 128))
        ImageDraw.Draw(image).polygon([(column, row) for row, column in outline], fill=1)
        theirs = np.array(image)
    else:
        import SimpleITK

        # An image of the signed distance to the circle that the polygon follows.
        grid = SimpleITK.GaussianSource(
            SimpleITK.sitkFloat64, size=[160, 128], sigma=[40, 40], mean=[80.1, 60.3], scale=1.0
        )
        array = SimpleITK.GetArrayFromImage(grid)
        theirs = array >= np.exp(-(50.5**2) / (2 * 40**2))
    differing = np.argwhere(ours != theirs)
    off = np.abs(np.hypot(*(differing - (60.3, 80.1)).T) - 50.5)
    assert off.max(initial=0) < 1.5
    assert len(differing) < 2 * np.pi * 50.5
