"""Slices that make a regular grid together and are pieces of several pictures; errors that name the file they are about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import radiogram as rg
from radiogram import errors

from tests.volume.series import Series, check

if TYPE_CHECKING:
    from pathlib import Path

EVEN, ODD = range(0, 10, 2), range(1, 10, 2)


@pytest.mark.parametrize(
    ("keyword", "values", "name"),
    [
        ("EchoTime", (4.6, 92.0), "Echo Time"),
        ("DiffusionBValue", (0.0, 1000.0), "Diffusion b-value"),
    ],
)
@pytest.mark.parametrize("pieces", [(EVEN, ODD), (range(5), range(5, 10))])
def test_pieces_of_several_pictures_are_no_volume(
    tmp_path: Path, keyword: str, values: tuple[float, float], name: str, pieces: tuple[range, range]
) -> None:
    """As where half of the files of each echo were lost."""
    series = Series.write(tmp_path)
    for places, value in zip(pieces, values, strict=True):
        series.set(places, **{keyword: value})
    with pytest.raises(errors.AmbiguousSeriesError, match=f"{name} differs between its slices; 2 parts"):
        rg.read_volume(tmp_path)
    one = rg.read_volume([series.paths[place] for place in pieces[1]])
    check(one, list(pieces[1]))


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"TemporalPositionIdentifier": 2}, "Temporal Position"),
        ({"ConvolutionKernel": "B70"}, "Convolution Kernel"),
        ({"SliceThickness": 1.5}, "Slice Thickness"),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "AXIAL", "P"]}, "Image Type"),
    ],
)
def test_what_may_differ_within_a_volume_is_noted(tmp_path: Path, values: dict[str, Any], name: str) -> None:
    series = Series.write(tmp_path)
    series.set(range(5), **values)
    vol = rg.read_volume(tmp_path)
    check(vol)
    assert f"{name} differs between slices of one volume" in vol.report.notes


def test_instances_of_one_name_are_noted(tmp_path: Path) -> None:
    series = Series.write(tmp_path)
    series.set(range(10), SOPInstanceUID="1.2.3")
    vol = rg.read_volume(tmp_path)
    check(vol)
    assert vol.report.notes == ("9 of 10 files have the SOP Instance UID of another",)


def test_a_refusal_names_the_first_file_that_it_is_about(tmp_path: Path) -> None:
    series = Series.write(tmp_path)
    series.set([4], RescaleSlope=0)
    with pytest.raises(errors.PixelError, match=r"its slope is 0 \(.*CT\d+\.dcm\)$") as caught:
        rg.read_volume(tmp_path)
    assert str(series.paths[4]) in str(caught.value)
    series.edit([4, 7], lambda ds: ds.pop("ImagePositionPatient"))
    with pytest.raises(errors.GeometryError, match=r"2 of 10 images .* and 1 more\)$"):
        rg.read_volume(tmp_path)
    with pytest.raises(errors.GeometryError, match=r"CT\d+\.dcm: 1 of 1 images have no usable"):
        rg.read_volume(series.paths[4])
