"""Multi-frame objects beside CT, MR and PET, made by ourselves: the macros that each kind has, and what becomes of its frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import radiogram as rg
from radiogram.errors import GeometryError
from radiogram.volume.multiframe import write_multiframe
from radiogram.volume.phantom import Phantom

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SMALL = Phantom(slices=5, rows=12, columns=14, spacing=(2.5, 0.75, 0.5))
ORDER = [3, 0, 4, 2, 1]
BREAST_TOMOSYNTHESIS = "1.2.840.10008.5.1.4.1.1.13.1.3"
BREAST_PROJECTION = "1.2.840.10008.5.1.4.1.1.13.1.4"
XRAY_3D_ANGIO = "1.2.840.10008.5.1.4.1.1.13.1.1"
XRAY_3D_CRANIOFACIAL = "1.2.840.10008.5.1.4.1.1.13.1.2"
ULTRASOUND_VOLUME = "1.2.840.10008.5.1.4.1.1.6.2"
EYE_TOMOGRAPHY = "1.2.840.10008.5.1.4.1.1.77.1.5.4"
VESSEL_TOMOGRAPHY = "1.2.840.10008.5.1.4.1.1.14.1"
MR_COLOUR = "1.2.840.10008.5.1.4.1.1.4.3"


def written(
    path: Path,
    sop_class: str,
    modality: str,
    *,
    frame: Callable[[int, rg.Dataset], None] | None = None,
    whole: Callable[[rg.Dataset], None] | None = None,
    **options: Any,
) -> Path:
    """Write the phantom as another kind; `frame` and `whole` change the groups of each frame, and the data set."""
    write_multiframe(path, SMALL, **options)
    ds = rg.read(path)
    ds.SOPClassUID, ds.Modality = sop_class, modality
    for number, group in enumerate(ds.PerFrameFunctionalGroupsSequence):
        del group.CTImageFrameTypeSequence
        if frame is not None:
            frame(number, group)
    if whole is not None:
        whole(ds)
    ds.save_as(path)
    return path


def _item(**elements: Any) -> list[rg.Dataset]:
    return [rg.Dataset(elements)]


@pytest.mark.parametrize(
    ("sop_class", "modality"),
    [(BREAST_TOMOSYNTHESIS, "MG"), (XRAY_3D_ANGIO, "XA"), (XRAY_3D_CRANIOFACIAL, "DX")],
)
def test_x_rays_in_three_dimensions_are_volumes(tmp_path: Path, sop_class: str, modality: str) -> None:
    """Breast tomosynthesis, angiography, the skull: planes with a place each (PS3.3 A.47, A.53, A.55)."""

    def frame(_: int, group: rg.Dataset) -> None:
        group.XRay3DFrameTypeSequence = _item(
            FrameType=["DERIVED", "PRIMARY", "TOMOSYNTHESIS", "NONE"], ReconstructionIndex=1
        )

    path = written(tmp_path / "a.dcm", sop_class, modality, frame=frame, order=ORDER)
    vol = rg.read_volume(path)
    assert (vol.dims, vol.report.modality, vol.report.space) == (
        ("slice", "row", "column"),
        modality,
        "patient",
    )
    np.testing.assert_array_equal(vol.array, SMALL.array())
    np.testing.assert_allclose(vol.affine, SMALL.affine(), atol=1e-6)


@pytest.mark.parametrize("sop_class", [BREAST_TOMOSYNTHESIS, XRAY_3D_ANGIO, ULTRASOUND_VOLUME, MR_COLOUR])
def test_planes_that_do_not_say_where_they_are_are_refused(tmp_path: Path, sop_class: str) -> None:
    def frame(_: int, group: rg.Dataset) -> None:
        del group.PlanePositionSequence

    path = written(tmp_path / "a.dcm", sop_class, "OT", frame=frame)
    with pytest.raises(GeometryError):
        rg.read_volume(path)


def test_tissue_and_flow_of_ultrasound_are_an_axis(tmp_path: Path) -> None:
    """Frames of one plane and time are told apart by their data type; times and planes stay what they are (PS3.3 A.59)."""
    kinds = ("TISSUE_INTENSITY", "FLOW_VELOCITY")

    def frame(_: int, group: rg.Dataset) -> None:
        number = group.FrameContentSequence[0].DimensionIndexValues[0] - 1
        place = group.PlanePositionSequence[0].ImagePositionPatient
        group.PlanePositionVolumeSequence = _item(ImagePositionVolume=[float(part) for part in place])
        group.ImageDataTypeSequence = _item(DataType=kinds[number % 2], AliasedDataType="NO")
        group.TemporalPositionSequence = _item(TemporalPositionTimeOffset=float(number // 2) * 0.04)
        del group.PlanePositionSequence, group.MREchoSequence

    def whole(ds: rg.Dataset) -> None:
        shared = ds.SharedFunctionalGroupsSequence[0]
        shared.PlaneOrientationVolumeSequence = _item(ImageOrientationVolume=[1.0, 0.0, 0.0, 0.0, 1.0, 0.0])
        del shared.PlaneOrientationSequence, ds.DimensionIndexSequence

    order = [int(one) for one in np.random.default_rng(2).permutation(20)]
    path = written(
        tmp_path / "a.dcm",
        ULTRASOUND_VOLUME,
        "US",
        frame=frame,
        whole=whole,
        axes={"echo": [1, 2, 3, 4]},
        order=order,
    )
    vol = rg.read_volume(path)
    assert (vol.dims, vol.report.space) == (("time", "data_type", "slice", "row", "column"), "volume")
    assert sorted(vol.coords["data_type"].tolist()) == sorted(kinds)
    np.testing.assert_allclose(vol.coords["time"], [0.0, 0.04])
    for time in range(2):
        for at, kind in enumerate(vol.coords["data_type"].tolist()):
            number = time * 2 + kinds.index(kind)
            np.testing.assert_array_equal(vol.array[time, at], SMALL.array() + number)
    np.testing.assert_allclose(vol.affine, SMALL.affine(), atol=1e-6)


def test_an_eye_is_a_volume_where_its_scans_have_places(tmp_path: Path) -> None:
    """Ophthalmic tomography, volumetric: positions in the patient; else pictures, one after another (PS3.3 A.52)."""

    def located(number: int, group: rg.Dataset) -> None:
        group.OphthalmicFrameLocationSequence = _item(
            ReferenceCoordinates=[float(number), 0.0, float(number), 99.0],
            OphthalmicImageOrientation="LINEAR",
        )

    path = written(tmp_path / "volume.dcm", EYE_TOMOGRAPHY, "OPT", frame=located, order=ORDER)
    np.testing.assert_array_equal(rg.read_volume(path).array, SMALL.array())

    def nowhere(number: int, group: rg.Dataset) -> None:
        located(number, group)
        del group.PlanePositionSequence

    path = written(tmp_path / "pictures.dcm", EYE_TOMOGRAPHY, "OPT", frame=nowhere)
    vol = rg.read_volume(path)
    assert (vol.dims, vol.report.space) == (("frame", "row", "column"), "none")
    np.testing.assert_array_equal(vol.array, SMALL.array())


def test_a_vessel_is_pictures_along_a_catheter(tmp_path: Path) -> None:
    """Intravascular tomography has no place in the patient, but how far the catheter was pulled back (PS3.3 A.66)."""

    def frame(number: int, group: rg.Dataset) -> None:
        group.IntravascularFrameContentSequence = _item(IntravascularLongitudinalDistance=0.2 * ORDER[number])
        del group.PlanePositionSequence

    def whole(ds: rg.Dataset) -> None:
        del ds.SharedFunctionalGroupsSequence[0].PlaneOrientationSequence

    path = written(tmp_path / "a.dcm", VESSEL_TOMOGRAPHY, "IVOCT", frame=frame, whole=whole, order=ORDER)
    vol = rg.read_volume(path)
    assert (vol.dims, vol.report.space, vol.units["distance"]) == (
        ("distance", "row", "column"),
        "none",
        "mm",
    )
    np.testing.assert_allclose(vol.coords["distance"], np.arange(5) * 0.2)
    np.testing.assert_array_equal(vol.array, SMALL.array())


def test_projections_of_a_breast_are_pictures(tmp_path: Path) -> None:
    """What tomosynthesis is made of: one picture a position of the tube (PS3.3 A.70, C.8.21)."""

    def frame(number: int, group: rg.Dataset) -> None:
        group.PositionerPositionSequence = _item(PositionerPrimaryAngle=float(number - 2) * 5.0)
        del group.PlanePositionSequence

    path = written(tmp_path / "a.dcm", BREAST_PROJECTION, "MG", frame=frame)
    vol = rg.read_volume(path)
    assert (vol.dims[1:], vol.report.space) == (("row", "column"), "none")
    np.testing.assert_array_equal(vol.array, SMALL.array())


def test_colours_of_enhanced_mr_are_samples(tmp_path: Path) -> None:
    """Enhanced MR Color: a place for each frame, three samples a pixel (PS3.3 A.36.4)."""
    colours = np.random.default_rng(1).integers(0, 256, (5, 12, 14, 3)).astype(np.uint8)

    def whole(ds: rg.Dataset) -> None:
        ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.PlanarConfiguration = 3, "RGB", 0
        ds.BitsAllocated = ds.BitsStored = 8
        ds.HighBit, ds.PixelRepresentation = 7, 0
        del ds.SharedFunctionalGroupsSequence[0].PixelValueTransformationSequence
        ds.add_new(0x7FE0_0010, "OB", colours.tobytes())

    path = written(tmp_path / "a.dcm", MR_COLOUR, "MR", whole=whole)
    vol = rg.read_volume(path)
    assert vol.dims == ("slice", "row", "column", "sample")
    np.testing.assert_array_equal(vol.array, colours)
    np.testing.assert_allclose(vol.affine, SMALL.affine(), atol=1e-6)
