"""Series of single-frame files with more than three axes: what tells images apart, by the standard and by vendors."""

from __future__ import annotations

import itertools
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import radiogram as rg
from radiogram.volume.phantom import Phantom, write_series

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Elements = dict[int, tuple[str, Any]]

MR: Elements = {0x0008_0016: ("UI", "1.2.840.10008.5.1.4.1.1.4"), 0x0008_0060: ("CS", "MR")}
OBLIQUE = (0.8, 0.6, 0.0, -0.48, 0.64, 0.6)
GRADIENTS = np.array([[np.nan] * 3, [1, 0, 0], [0, 0.6, 0.8], [-0.48, 0.64, 0.6]])
B_VALUES = np.array([0.0, 700.0, 700.0, 1400.0])


def phantom(**options: Any) -> Phantom:
    return Phantom(**{"slices": 3, "rows": 6, "columns": 8, "spacing": (3.0, 0.8, 0.6), **options})


def write(folder: Path, volumes: Sequence[Elements], **options: Any) -> Path:
    """Write the phantom once for each volume, brighter by 100 each, numbered on."""
    number = itertools.count(1)
    for place, elements in enumerate(volumes):
        stored: Elements = {0x0028_1052: ("DS", -1024.0 + 100 * place)}
        for path in write_series(
            folder / f"{place:03}", phantom(**options), elements={**MR, **stored, **elements}
        ):
            ds = rg.read(path)
            ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = rg.uid()
            ds.InstanceNumber = next(number)
            ds.save_as(path)
    return folder


def check(volume: rg.Volume, order: Sequence[int], **options: Any) -> None:
    """Compare each volume with the phantom that was written for it."""
    flat = volume.array.reshape(len(order), *volume.array.shape[-3:])
    for part, place in zip(flat, order, strict=True):
        np.testing.assert_array_equal(part, phantom(**options).array().astype(int) + 100 * place)
    np.testing.assert_allclose(volume.affine, phantom(**options).affine(), atol=1e-6)


def standard(b_value: float, gradient: np.ndarray) -> Elements:
    made: Elements = {0x0018_9087: ("FD", b_value)}
    if not np.isnan(gradient).any():
        made[0x0018_9089] = ("FD", gradient.tolist())
    return made


def siemens(b_value: float, gradient: np.ndarray) -> Elements:
    made: Elements = {
        0x0008_0070: ("LO", "SIEMENS"),
        0x0019_0010: ("LO", "SIEMENS MR HEADER"),
        0x0019_100C: ("IS", int(b_value)),
    }
    if not np.isnan(gradient).any():
        made[0x0019_100E] = ("FD", gradient.tolist())
    return made


def philips(b_value: float, gradient: np.ndarray) -> Elements:
    parts = np.nan_to_num(gradient).tolist()
    return {
        0x0008_0070: ("LO", "Philips Medical Systems"),
        0x2001_0010: ("LO", "Philips Imaging DD 001"),
        0x2001_1003: ("FL", b_value),
        0x2005_0010: ("LO", "Philips MR Imaging DD 001"),
        **{0x2005_10B0 + axis: ("FL", part) for axis, part in enumerate(parts)},
    }


def united_imaging(b_value: float, gradient: np.ndarray) -> Elements:
    made: Elements = {
        0x0008_0070: ("LO", "UIH"),
        0x0065_0010: ("LO", "Image Private Header"),
        0x0065_1009: ("FD", b_value),
    }
    if not np.isnan(gradient).any():
        made[0x0065_1037] = ("FD", gradient.tolist())
    return made


def unnamed(b_value: float, gradient: np.ndarray) -> Elements:
    """Philips' elements whose VR a gateway has lost."""
    held = philips(b_value, gradient)
    return {
        tag: ("UN", struct.pack("<f", value)) if vr == "FL" else (vr, value)
        for tag, (vr, value) in held.items()
    }


@pytest.mark.parametrize("vendor", [standard, siemens, philips, united_imaging, unnamed])
def test_diffusion_is_an_axis_with_its_gradients(tmp_path: Path, vendor: Any) -> None:
    """Directions of the patient, at b = 0 none."""
    volumes = [vendor(b, g) for b, g in zip(B_VALUES, GRADIENTS, strict=True)]
    volume = rg.read_volume(write(tmp_path, volumes, orientation=OBLIQUE))
    assert volume.dims == ("b_value", "slice", "row", "column")
    np.testing.assert_allclose(volume.coords["b_value"], B_VALUES)
    np.testing.assert_allclose(volume.coords["gradient"], GRADIENTS, atol=1e-6)
    assert volume.units["b_value"] == "s/mm2"
    check(volume, range(4), orientation=OBLIQUE)


@pytest.mark.parametrize("is_by_column", [True, False])
def test_directions_of_ge_are_those_of_the_plane(tmp_path: Path, *, is_by_column: bool) -> None:
    """An axial plane: right, front and head; by rows frequency and phase change places. Flags are above the b-value."""
    raw = np.array([0.48, -0.64, 0.6])
    turned = raw if is_by_column else np.array([raw[1], -raw[0], raw[2]])
    volumes: list[Elements] = [
        {
            0x0008_0070: ("LO", "GE MEDICAL SYSTEMS"),
            0x0018_1312: ("CS", "COL" if is_by_column else "ROW"),
            0x0018_5100: ("CS", "HFS"),
            0x0019_0010: ("LO", "GEMS_ACQU_01"),
            **{
                0x0019_10BB + axis: ("DS", part if b_value else 0.0) for axis, part in enumerate(raw.tolist())
            },
            0x0043_0010: ("LO", "GEMS_PARM_01"),
            0x0043_1039: ("IS", [1_000_000_000 + b_value if b_value else 0, 8, 0, 0]),
        }
        for b_value in (0, 900)
    ]
    volume = rg.read_volume(write(tmp_path, volumes))
    np.testing.assert_allclose(volume.coords["b_value"], [0, 900])
    np.testing.assert_allclose(volume.coords["gradient"][1], turned * (-1, -1, 1), atol=1e-9)


def test_averages_over_directions_have_none(tmp_path: Path) -> None:
    volumes = [
        philips(0.0, GRADIENTS[0]),
        philips(1000.0, GRADIENTS[1]),
        {**philips(1000.0, GRADIENTS[2]), 0x2001_1004: ("CS", "I")},
    ]
    volume = rg.read_volume(write(tmp_path, volumes))
    np.testing.assert_allclose(volume.coords["b_value"], [0, 1000, 1000])
    assert np.isnan(volume.coords["gradient"][[0, 2]]).all()
    with pytest.warns(UserWarning, match="1 of 3 images have a b-value and no direction"):
        volume.to_nifti(tmp_path / "a.nii")
    assert np.loadtxt(tmp_path / "a.bvec")[:, 2].tolist() == [0, 0, 0]


def test_repeated_images_of_a_direction_keep_their_order(tmp_path: Path) -> None:
    order = [0, 1, 0, 2, 0]
    volumes = [standard(B_VALUES[place], GRADIENTS[place]) for place in order]
    volume = rg.read_volume(write(tmp_path, volumes))
    np.testing.assert_allclose(volume.coords["b_value"], B_VALUES[order])
    check(volume, range(5))


def both(echo: float, component: str) -> Elements:
    return {0x0018_0081: ("DS", echo), 0x0008_0008: ("CS", ["ORIGINAL", "PRIMARY", component, "ND"])}


ONE_AXIS: list[tuple[str, str, list[Elements], Any]] = [
    ("time", "time", [{0x0020_0100: ("IS", n)} for n in (1, 2, 3)], [1, 2, 3]),
    ("echo", "echo_time", [{0x0018_0081: ("DS", time)} for time in (4.6, 9.2)], [4.6, 9.2]),
    ("phase", "trigger_time", [{0x0018_1060: ("DS", time)} for time in (0.0, 45.5, 91.0)], [0, 45.5, 91]),
    ("phase", "phase", [{0x0020_9241: ("FL", part)} for part in (0.0, 40.0, 75.0)], [0, 40, 75]),
    ("time", "acquisition_time", [{0x0008_0032: ("TM", f"12000{n}.5")} for n in (0, 4)], [0, 4]),
    ("time", "time", [{0x0054_1300: ("DS", time)} for time in (500.0, 2500.0)], [0.5, 2.5]),
    ("inversion_time", "inversion_time", [{0x0018_0082: ("DS", time)} for time in (50.0, 400.0)], [50, 400]),
    ("flip_angle", "flip_angle", [{0x0018_1314: ("DS", angle)} for angle in (4.0, 18.0)], [4, 18]),
    ("kernel", "kernel", [{0x0018_1210: ("SH", name)} for name in ("B30f", "B70f")], ["B30f", "B70f"]),
    ("tube_voltage", "tube_voltage", [{0x0018_0060: ("DS", kv)} for kv in (80.0, 140.0)], [80, 140]),
    ("contrast", "contrast", [{0x0018_0010: ("LO", name)} for name in ("", "GD")], ["", "GD"]),
    (
        "image_type",
        "image_type",
        [both(5.0, "M"), both(5.0, "P")],
        ["ORIGINAL\\PRIMARY\\M\\ND", "ORIGINAL\\PRIMARY\\P\\ND"],
    ),
    ("acquisition", "acquisition", [{0x0020_0012: ("IS", n)} for n in (3, 7)], [3, 7]),
]


@pytest.mark.parametrize(
    ("axis", "name", "volumes", "expected"), ONE_AXIS, ids=[f"{row[0]}-{row[1]}" for row in ONE_AXIS]
)
def test_what_varies_names_the_axis(
    tmp_path: Path, axis: str, name: str, volumes: list[Elements], expected: Any
) -> None:
    volume = rg.read_volume(write(tmp_path, volumes))
    assert volume.dims == (axis, "slice", "row", "column")
    assert volume.coord_dims[name] == axis
    assert (
        volume.coords[name].tolist() == pytest.approx(expected)
        if isinstance(expected[0], float)
        else expected
    )
    check(volume, range(len(volumes)))


def test_five_axes(tmp_path: Path) -> None:
    """Magnitude and phase of two echoes."""
    volumes = [both(echo, component) for echo in (4.6, 9.2) for component in ("M", "P")]
    volume = rg.read_volume(write(tmp_path, volumes))
    assert volume.dims == ("echo", "image_type", "slice", "row", "column") or volume.dims[:2] == (
        "image_type",
        "echo",
    )
    places = [0, 1, 2, 3] if volume.dims[0] == "echo" else [0, 2, 1, 3]
    check(volume, places)
    assert volume.paths[0] is not None
    assert len(volume.paths) == 12


def test_components_of_ge_stand_in_a_private_element(tmp_path: Path) -> None:
    volumes: list[Elements] = [
        {
            0x0008_0070: ("LO", "GE MEDICAL SYSTEMS"),
            0x0043_0010: ("LO", "GEMS_PARM_01"),
            0x0043_102F: ("SS", number),
        }
        for number in (0, 1, 2, 3)
    ]
    volume = rg.read_volume(write(tmp_path, volumes))
    assert volume.dims[0] == "component"
    assert volume.coords["component"].tolist() == ["magnitude", "phase", "real", "imaginary"]


def test_the_order_of_files_does_not_matter(tmp_path: Path) -> None:
    volumes = [standard(b, g) for b, g in zip(B_VALUES, GRADIENTS, strict=True)]
    paths = sorted(write(tmp_path, volumes).rglob("*.dcm"))
    first = rg.read_volume(paths)
    again = rg.read_volume(paths[::-1])
    np.testing.assert_array_equal(first.array, again.array)
    np.testing.assert_array_equal(first.coords["b_value"], again.coords["b_value"])


def test_instance_numbers_are_time_where_the_header_says_so(tmp_path: Path) -> None:
    """As GE's functional series are, of which nothing else tells the volumes apart."""
    said: Elements = {0x0020_0105: ("IS", 3), 0x0020_1002: ("IS", 3), 0x0018_0080: ("DS", 2500.0)}
    folder = write(tmp_path, [said] * 3)
    volume = rg.read_volume(folder)
    assert volume.dims == ("time", "slice", "row", "column")
    check(volume, range(3))
    for path in folder.rglob("*.dcm"):
        ds = rg.read(path)
        del ds.NumberOfTemporalPositions, ds.ImagesInAcquisition
        ds.save_as(path)
    with pytest.raises(rg.errors.GeometryError, match="3 at each"):
        rg.read_volume(folder)


def test_a_missing_image_is_missing_at_its_place(tmp_path: Path) -> None:
    volumes: list[Elements] = [{0x0020_0100: ("IS", n)} for n in (1, 2, 3)]
    folder = write(tmp_path, volumes)
    sorted((folder / "001").iterdir())[1].unlink()
    with pytest.raises(rg.errors.MissingSliceError, match="1 of 9"):
        rg.read_volume(folder)
    filled = rg.read_volume(folder, missing="fill")
    assert filled.report.missing == ((1, 1),)
    assert (filled.array[1, 1] == filled.report.fill).all()
