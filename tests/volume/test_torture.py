"""Broken series on disk: each has the verdict it must have, in words that help."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
import pytest
import radiogram as rg
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import HEVCMP51, RLELossless
from radiogram import errors
from radiogram.volume.phantom import Storage

from tests.volume.series import SLICES, STEP, Series, check, edit, phantom, raw

if TYPE_CHECKING:
    from collections.abc import Callable


ALL = range(SLICES)
EVEN, ODD = range(0, SLICES, 2), range(1, SLICES, 2)
SAGITTAL = [0, 1, 0, 0, 0, -1]


@pytest.fixture
def series(tmp_path: Path) -> Series:
    """Give a sound series of ten slices."""
    return Series.write(tmp_path / "series")


@dataclass(frozen=True)
class Refused:
    """What breaks a series, and what is said of it."""

    error: type[rg.DicomError]
    says: str
    breaks: Callable[[Series], object]


def leaning(degrees: float) -> list[float]:
    """Give a plane that is turned about the x axis."""
    return [1, 0, 0, 0, round(math.cos(math.radians(degrees)), 9), round(math.sin(math.radians(degrees)), 9)]


def moved(series: Series, place: int, *, right: float = 0.0, up: float = 0.0) -> None:
    """Move a slice away from its place."""

    def change(ds: pydicom.Dataset) -> None:
        x, y, z = map(float, ds.ImagePositionPatient)
        ds.ImagePositionPatient = [round(x + right, 6), y, round(z + up, 6)]

    series.edit([place], change)


def sized(series: Series, places: range | list[int]) -> None:
    """Cut slices to 10 rows."""

    def change(ds: pydicom.Dataset) -> None:
        ds.PixelData = ds.pixel_array[:10].tobytes()
        ds.Rows = 10

    series.edit(places, change)


def truncated(series: Series) -> None:
    """Cut the last bytes off a file."""
    path = series.paths[3]
    path.write_bytes(path.read_bytes()[:-100])


def shortened(series: Series) -> None:
    """Leave fewer samples in a file than its rows and columns ask for."""

    def change(ds: pydicom.Dataset) -> None:
        ds.PixelData = ds.PixelData[:-100]

    series.edit([3], change)


def compressed(series: Series, places: range | list[int], syntax: str = RLELossless) -> None:
    """Compress slices as RLE, and say that they are in another syntax."""

    def change(ds: pydicom.Dataset) -> None:
        ds.compress(RLELossless)
        ds.file_meta.TransferSyntaxUID = syntax

    series.edit(places, change)


def cut_short(series: Series, places: range | list[int]) -> None:
    """Compress slices, and lose the end of each."""

    def change(ds: pydicom.Dataset) -> None:
        ds.compress(RLELossless)
        (frame,) = generate_frames(ds.PixelData, number_of_frames=1)
        ds.PixelData = encapsulate([frame[: len(frame) // 4 * 2]])

    series.edit(places, change)


def twice(series: Series, **values: Any) -> None:
    """Write every slice a second time, as other instances with other values."""
    for place in ALL:
        series.copy(place, f"again{place:02}.dcm", **values, InstanceNumber=place + 101)


def several_frames(series: Series) -> None:
    """Give one file two frames."""

    def change(ds: pydicom.Dataset) -> None:
        ds.NumberOfFrames = 2
        ds.PixelData = ds.PixelData * 2

    series.edit([5], change)


GONE, CROWD = errors.MissingSliceError, errors.AmbiguousSeriesError
GEOMETRY, PIXEL = errors.GeometryError, errors.PixelError

REFUSED: dict[str, Refused] = {
    "gap": Refused(GONE, r"1 of 10 slices are missing, 3\.0000 mm apart, at 4;", lambda s: s.remove(4)),
    "gaps": Refused(GONE, r"3 of 10 slices are missing.* at 2, 3, 7;", lambda s: s.remove(2, 3, 7)),
    "gap_every_third": Refused(GONE, r"3 of 10 .* at 2, 5, 8;", lambda s: s.remove(2, 5, 8)),
    "gaps_all_but_four": Refused(
        GEOMETRY, r"more slices are missing than present", lambda s: s.remove(1, 2, 3, 5, 6, 8)
    ),
    "gap_in_a_tilt": Refused(GONE, r"at 6;", lambda s: _tilt(s) or s.remove(6)),
    "slice_twice": Refused(
        GEOMETRY, r"11 slices at 10 positions", lambda s: s.copy(4, "x.dcm", InstanceNumber=99)
    ),
    "slice_almost_twice": Refused(
        GEOMETRY,
        r"11 slices at 10 positions",
        lambda s: (s.copy(4, "x.dcm", InstanceNumber=99), _shift_copy(s)),
    ),
    "series_twice": Refused(GEOMETRY, r"20 slices at 10 positions, 2 at each.*Instance Number", twice),
    "acquisitions_overlap": Refused(
        GEOMETRY,
        r"13 slices at 10 positions; .*Acquisition Number",
        lambda s: [s.copy(p, f"x{p}.dcm", AcquisitionNumber=2, InstanceNumber=50 + p) for p in (4, 5, 6)],
    ),
    "one_smaller": Refused(GEOMETRY, r"size differs.*9, 1 slices", lambda s: sized(s, [2])),
    "half_smaller": Refused(CROWD, r"size differs.*5, 5 slices", lambda s: sized(s, range(5))),
    "one_leans": Refused(
        GEOMETRY, r"Image Orientation .* differs", lambda s: s.set([2], ImageOrientationPatient=leaning(10))
    ),
    "half_leans": Refused(
        CROWD, r"Image Orientation .* differs", lambda s: s.set(range(5), ImageOrientationPatient=leaning(10))
    ),
    "two_localizers_unnamed": Refused(
        CROWD, r"Image Orientation .* differs", lambda s: s.set([0, 1], ImageOrientationPatient=SAGITTAL)
    ),
    "two_mirrored": Refused(
        CROWD,
        r"Image Orientation .* differs",
        lambda s: s.set([2, 3], ImageOrientationPatient=[-1, 0, 0, 0, -1, 0]),
    ),
    "one_of_other_pixels": Refused(
        GEOMETRY, r"Pixel Spacing differs", lambda s: s.set([2], PixelSpacing=[0.9, 0.8])
    ),
    "rows_for_columns": Refused(
        CROWD,
        r"Pixel Spacing differs",
        lambda s: (s.set(EVEN, PixelSpacing=[0.7, 0.9]), s.set(ODD, PixelSpacing=[0.9, 0.7])),
    ),
    "two_series": Refused(
        CROWD, r"2 series; choose one by series_uid", lambda s: s.set(ODD, SeriesInstanceUID="1.2.3")
    ),
    "two_frames_of_reference": Refused(
        CROWD, r"Frame of Reference differs", lambda s: s.set(ODD, FrameOfReferenceUID="1.2.3")
    ),
    "uneven": Refused(
        GEOMETRY, r"uneven: steps from 2\.3000 to 3\.7000 mm, mostly 3", lambda s: moved(s, 4, up=0.7)
    ),
    "growing_steps": Refused(
        GEOMETRY, r"uneven", lambda s: [moved(s, place, up=0.2 * place * place) for place in ALL]
    ),
    "one_shifted": Refused(GEOMETRY, r"shifted against each other", lambda s: moved(s, 4, right=2.0)),
    "beside_each_other": Refused(
        GEOMETRY,
        r"degrees off their normal",
        lambda s: [moved(s, place, right=20.0 * place) for place in ALL],
    ),
    "no_position": Refused(
        GEOMETRY, r"1 of 10 images have no usable Image Position", lambda s: s.edit([4], _unplaced)
    ),
    "empty_position": Refused(
        GEOMETRY, r"1 of 10 images have no", lambda s: s.set([4], ImagePositionPatient=None)
    ),
    "two_numbers_for_a_position": Refused(
        GEOMETRY,
        r"1 of 10 images have no",
        lambda s: s.edit([4], lambda ds: ds.update(raw("ImagePositionPatient", "DS", rb"1\2"))),
    ),
    "position_nan": Refused(
        GEOMETRY,
        r"1 of 10 images have no",
        lambda s: s.edit([4], lambda ds: ds.update(raw("ImagePositionPatient", "DS", rb"0\0\NaN"))),
    ),
    "position_infinite": Refused(
        GEOMETRY,
        r"1 of 10 images have no",
        lambda s: s.edit([4], lambda ds: ds.update(raw("ImagePositionPatient", "DS", rb"0\0\1e999"))),
    ),
    "no_orientation": Refused(
        GEOMETRY, r"Image Orientation", lambda s: s.edit([4], lambda ds: ds.pop("ImageOrientationPatient"))
    ),
    "no_direction": Refused(
        GEOMETRY, r"Image Orientation", lambda s: s.set(ALL, ImageOrientationPatient=[0] * 6)
    ),
    "no_spacing": Refused(
        GEOMETRY, r"Pixel Spacing", lambda s: s.edit([4], lambda ds: ds.pop("PixelSpacing"))
    ),
    "spacing_zero": Refused(GEOMETRY, r"Pixel Spacing", lambda s: s.set(ALL, PixelSpacing=[0, 0.8])),
    "spacing_negative": Refused(GEOMETRY, r"Pixel Spacing", lambda s: s.set(ALL, PixelSpacing=[-0.8, 0.8])),
    "truncated": Refused(PIXEL, r"CT0004\.dcm: .*bytes of pixel data", truncated),
    "short": Refused(
        PIXEL, r"CT0004\.dcm: 284 bytes of pixel data where the attributes ask for 384", shortened
    ),
    "no_rows": Refused(PIXEL, r"no Rows or Columns", lambda s: s.edit([4], lambda ds: ds.pop("Rows"))),
    "slope_0": Refused(PIXEL, r"slope is 0", lambda s: s.set([4], RescaleSlope=0)),
    "several_frames": Refused(GEOMETRY, r"2 of 11 images have no usable Image Position", several_frames),
    "one_cut_short": Refused(PIXEL, r"CT0004\.dcm: .*RLE", lambda s: cut_short(s, [3])),
    "one_not_read": Refused(
        errors.UnsupportedError, r"CT0004\.dcm: .*HEVC", lambda s: compressed(s, [3], HEVCMP51)
    ),
    "only_reports": Refused(
        errors.NoPixelDataError,
        r"none of 10 files has pixels",
        lambda s: s.edit(ALL, lambda ds: ds.pop("PixelData")),
    ),
}


def _tilt(series: Series) -> None:
    """Move every slice sideways in proportion to its height, as a tilted gantry does."""
    for place in ALL:
        moved(series, place, right=0.5 * place)


def _shift_copy(series: Series) -> None:
    def change(ds: pydicom.Dataset) -> None:
        ds.ImagePositionPatient[2] += 0.01

    edit(series.folder / "x.dcm", change)


def _unplaced(ds: pydicom.Dataset) -> None:
    del ds.ImagePositionPatient


@pytest.mark.parametrize("name", REFUSED)
def test_a_broken_series_is_refused_with_the_reason(name: str, series: Series) -> None:
    case = REFUSED[name]
    case.breaks(series)
    with pytest.raises(case.error, match=case.says) as caught:
        rg.read_volume(series.folder)
    assert type(caught.value) is case.error
    if case.error is CROWD:
        assert len(caught.value.choices) == 2
    # The same whatever the order of the files.
    files = sorted(series.folder.iterdir(), reverse=True)
    with pytest.raises(case.error, match=case.says):
        rg.read_volume(files, threads=1)


def aside(volume: rg.Volume) -> dict[str, str]:
    return {Path(path).name: reason for path, reason in volume.report.set_aside}


def test_a_sound_series_is_the_phantom(series: Series) -> None:
    volume = rg.read_volume(series.folder)
    check(volume)
    assert volume.report.missing == volume.report.set_aside == volume.report.notes == ()
    assert volume.paths == tuple(map(str, series.paths))
    assert volume.report.deviation < 1e-6


@pytest.mark.parametrize("places", [[3], ALL])
def test_compressed_slices_are_the_phantom(places: range | list[int], series: Series) -> None:
    compressed(series, places)
    for threads in (1, 2):
        check(rg.read_volume(series.folder, threads=threads))


@pytest.mark.parametrize(
    ("name", "values", "dim", "coordinate"),
    [
        ("TemporalPositionIdentifier", (1, 2), "time", "time"),
        ("EchoTime", (2.3, 4.6), "echo", "echo_time"),
        ("DiffusionBValue", (0.0, 1000.0), "b_value", "b_value"),
        ("TriggerTime", (0.0, 410.5), "phase", "trigger_time"),
    ],
)
def test_two_volumes_in_a_series_are_an_axis(
    name: str, values: tuple[float, float], dim: str, coordinate: str, series: Series
) -> None:
    """Were four axes an error, a series of time points could not be read; were they mixed, it would be wrong."""
    series.set(ALL, **{name: values[0]})
    twice(series, **{name: values[1]})
    vol = rg.read_volume(series.folder)
    assert vol.dims == (dim, "slice", "row", "column")
    assert vol.coords[coordinate].tolist() == list(values)
    assert np.array_equal(vol.array, np.stack([phantom().array()] * 2))
    assert vol.paths[:SLICES] == tuple(map(str, series.paths))
    series.remove(4)
    with pytest.raises(errors.MissingSliceError, match="1 of 20 slices are missing"):
        rg.read_volume(series.folder)


def test_missing_ends_are_no_gap(series: Series) -> None:
    series.remove(0, 8, 9)
    check(rg.read_volume(series.folder), range(1, 8))


def test_every_second_slice_missing_is_said(series: Series) -> None:
    """No position shows it; the thickness of the slices does."""
    series.remove(*ODD)
    volume = rg.read_volume(series.folder)
    check(volume, EVEN)
    assert volume.spacing[0] == pytest.approx(2 * STEP)
    assert any(
        "Spacing Between Slices says 3.0000 mm, the positions 6.0000" in note for note in volume.report.notes
    )
    series.edit(EVEN, lambda ds: ds.pop("SpacingBetweenSlices"))
    (note,) = rg.read_volume(series.folder).report.notes
    assert "Slice Thickness says 3.0000 mm, the positions 6.0000" in note


@pytest.mark.parametrize("order", ["descending", "shuffled"])
def test_names_and_numbers_are_no_order(tmp_path: Path, order: str) -> None:
    from radiogram.volume.phantom import write_series

    write_series(tmp_path, phantom(), order=order)
    check(rg.read_volume(tmp_path))


def test_two_slices_are_a_volume(series: Series) -> None:
    check(rg.read_volume(series.paths[3:5]), [3, 4])


def test_one_slice_takes_its_thickness_from_the_header(series: Series) -> None:
    one = series.paths[6]
    volume = rg.read_volume(one)
    check(volume, [6])
    assert volume.report.spacing_source == "Spacing Between Slices"
    edit(one, lambda ds: (ds.pop("SpacingBetweenSlices"), ds.update({0x0018_0050: ds["SliceThickness"]})))
    volume = rg.read_volume([one])
    assert (volume.report.spacing_source, volume.spacing[0]) == ("Slice Thickness", STEP)
    edit(one, lambda ds: ds.pop("SliceThickness"))
    with pytest.raises(GEOMETRY, match="one slice alone"):
        rg.read_volume([one])


def test_a_tilted_gantry_is_a_sheared_matrix(series: Series) -> None:
    _tilt(series)
    volume = rg.read_volume(series.folder)
    assert volume.report.tilt_degrees == pytest.approx(math.degrees(math.atan2(0.5, STEP)))
    np.testing.assert_allclose(volume.affine[:3, 0], (0.5, 0, STEP), atol=1e-9)
    assert volume.spacing[0] == pytest.approx(math.hypot(0.5, STEP))
    assert volume.report.plane_distance == pytest.approx(STEP)
    np.testing.assert_array_equal(volume.array, phantom().array())


def test_numbers_of_too_many_characters_are_numbers(series: Series) -> None:
    """DS has 16 characters (PS3.5 6.2); many writers print a double in full."""

    def change(ds: pydicom.Dataset) -> None:
        position = "\\".join(f"{float(value):.17f}" for value in ds.ImagePositionPatient)
        ds.update(raw("ImagePositionPatient", "DS", position.encode()))
        ds.update(raw("PixelSpacing", "DS", rb"0.80000000000000004\0.80000000000000004"))
        ds.update(raw("ImageOrientationPatient", "DS", rb"1.0000000000000000\0\0\0\1.00000000000000000\0"))

    series.edit(ALL, change)
    check(rg.read_volume(series.folder))


def test_rounded_positions_are_a_grid(series: Series) -> None:
    """One decimal moves slices by up to 0.05 mm: the matrix is within that of each."""
    for place in ALL:
        moved(series, place, up=(0.04, -0.04, 0.03)[place % 3])
    volume = rg.read_volume(series.folder)
    np.testing.assert_array_equal(volume.array, phantom().array())
    assert 0.01 < volume.report.deviation <= volume.report.tolerance == pytest.approx(0.1)
    for place, path in enumerate(volume.paths):
        position = pydicom.dcmread(path).ImagePositionPatient
        off = np.linalg.norm((volume.affine @ (place, 0, 0, 1))[:3] - np.array(position, float))
        assert off <= volume.report.deviation + 1e-9


def test_strangers_are_set_aside_with_the_reason(series: Series) -> None:
    (series.folder / "notes.txt").write_text("no picture", encoding="utf-8")
    (series.folder / "empty").write_bytes(b"")
    series.copy(4, "copy.dcm")
    report = series.copy(0, "report.dcm", Modality="SR", SOPClassUID="1.2.840.10008.5.1.4.1.1.88.11")
    edit(report, lambda ds: ds.pop("PixelData"))
    localizer = {"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"], "ImageOrientationPatient": SAGITTAL}
    series.copy(1, "localizer.dcm", **localizer, InstanceNumber=0)
    screenshot = series.copy(2, "screen.dcm", SOPClassUID="1.2.840.10008.5.1.4.1.1.7", InstanceNumber=77)
    edit(screenshot, lambda ds: (_unplaced(ds), ds.pop("ImageOrientationPatient")))
    volume = rg.read_volume(series.folder)
    assert aside(volume) == {
        "copy.dcm": "a copy of another file",
        "empty": "not DICOM",
        "localizer.dcm": "a localizer",
        "notes.txt": "not DICOM",
        "report.dcm": "no pixel data",
        "screen.dcm": "another kind of object, without a position",
    }
    np.testing.assert_array_equal(volume.array, phantom().array())


def test_a_localizer_without_the_name_is_seen_by_its_plane(series: Series) -> None:
    series.copy(1, "x.dcm", ImageOrientationPatient=SAGITTAL, InstanceNumber=0)
    volume = rg.read_volume(series.folder)
    check(volume)
    assert aside(volume) == {"x.dcm": "in a plane unlike all others"}


def test_one_of_two_series_can_be_chosen(series: Series) -> None:
    other = Series.write(series.folder / "other", seed=8)
    uid = {name: str(rg.read(one.paths[0]).SeriesInstanceUID) for name, one in (("a", series), ("b", other))}
    with pytest.raises(CROWD) as caught:
        rg.read_volume(series.folder)
    assert all(any(one in choice for choice in caught.value.choices) for one in uid.values())
    volume = rg.read_volume(series.folder, series_uid=uid["b"])
    np.testing.assert_array_equal(volume.array, phantom(seed=8).array())
    assert volume.report.series_uid == uid["b"]
    assert set(aside(volume).values()) == {"another series"}
    with pytest.raises(errors.ArgumentError, match="no image belongs to the series"):
        rg.read_volume(series.folder, series_uid="1.2.3.4")


def test_each_slice_has_its_own_rescale(series: Series) -> None:
    """PET scanners scale every slice: the values are those of its own slope."""
    for place in ALL:
        series.set([place], RescaleSlope=1 + place / 8, RescaleIntercept=place)
    volume = rg.read_volume(series.folder)
    assert (volume.report.rescale, volume.array.dtype) == ("per slice", np.float32)
    stored = phantom().array().astype(float) + 1024
    for place in ALL:
        np.testing.assert_array_equal(
            volume.array[place], (stored[place] * (1 + place / 8) + place).astype("f4")
        )


def test_signed_and_unsigned_slices_mix(series: Series) -> None:
    """The bits are the same, what they mean is not: values decide, the type holds both."""
    signed = Series.write(
        series.folder / "signed", storage=Storage(bits_stored=16, signed=True, intercept=0.0)
    )
    mixed = [signed.paths[place] if place in ODD else series.paths[place] for place in ALL]
    volume = rg.read_volume(mixed)
    check(volume)
    assert volume.array.dtype == np.int16
    assert "Bits Stored or Pixel Representation differs between slices" in volume.report.notes
    wide = Series.write(series.folder / "wide", storage=Storage(bits_stored=16, intercept=-1024.0))
    volume = rg.read_volume([wide.paths[place] if place in ODD else signed.paths[place] for place in ALL])
    check(volume)
    assert volume.array.dtype == np.int32


def test_bits_above_the_stored_ones_are_no_values(series: Series) -> None:
    """Overlays lived there once: what is above Bits Stored is masked (PS3.5 8.1.1)."""

    def change(ds: pydicom.Dataset) -> None:
        ds.PixelData = (ds.pixel_array | 0xA000).tobytes()

    series.edit(EVEN, change)
    check(rg.read_volume(series.folder))
