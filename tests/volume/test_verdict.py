"""What a volume says of itself, and where it goes."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from typing import TYPE_CHECKING

import numpy as np
import pytest
from radiogram.volume import MissingSliceWarning, Volume, VolumeReport
from radiogram.volume.phantom import Phantom

if TYPE_CHECKING:
    from pathlib import Path

PHANTOM = Phantom(slices=4, rows=5, columns=6, spacing=(3.0, 0.5, 0.5))

REPORT = VolumeReport(
    series_uid="1.2.3",
    modality="CT",
    present=4,
    missing=(),
    spacing=(3.0, 0.5, 0.5),
    spacing_source="positions",
    plane_distance=3.0,
    tilt_degrees=0.0,
    tolerance=0.1,
    deviation=0.0,
    set_aside=(),
    dtype="int16",
    dtype_reason="whole numbers from -1024 to 3071",
    rescale=(1.0, -1024.0),
    padding=None,
    fill=None,
    transfer_syntaxes=("1.2.840.10008.1.2.1",),
    notes=(),
)


def volume(**changes: object) -> Volume:
    report = dataclasses.replace(REPORT, **changes)
    paths = tuple(f"{number}.dcm" for number in range(4))
    return Volume(array=PHANTOM.array(), affine=PHANTOM.affine(), paths=paths, report=report)


def test_the_repr_is_one_line_that_a_person_can_read() -> None:
    assert repr(volume()) == "Volume: CT, 4 x 5 x 6 int16, 3 x 0.5 x 0.5 mm"
    full = volume(tilt_degrees=12.5, missing=(2,), set_aside=(("scout.dcm", "a localizer"),), modality="")
    assert repr(full) == (
        "Volume: images, 4 x 5 x 6 int16, 3 x 0.5 x 0.5 mm, tilted 12.5 degrees, 1 missing slice filled, "
        "1 file set aside"
    )


def test_the_report_tells_everything_but_paths() -> None:
    text = str(
        dataclasses.replace(
            REPORT,
            missing=tuple(range(20)),
            set_aside=(("/data/doe.dcm", "a localizer"), ("b", "a localizer"), ("c", "no pixel data")),
            rescale="per slice",
            notes=("one note",),
        )
    )
    assert "20 missing at 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, …" in text
    assert "3: 2 a localizer, 1 no pixel data" in text
    assert "per slice" in text
    assert "one note" in text
    assert "doe" not in text
    assert "value * 1 - 1024" in str(REPORT)


def test_a_volume_is_frozen_and_goes_through_pickle() -> None:
    first = volume()
    with pytest.raises(dataclasses.FrozenInstanceError):
        first.paths = ()
    for other in (pickle.loads(pickle.dumps(first)), copy.deepcopy(first)):
        np.testing.assert_array_equal(other.array, first.array)
        assert other.report == first.report
    assert first.spacing == (3.0, 0.5, 0.5)


def test_the_ways_out(tmp_path: Path) -> None:
    first = volume()
    nibabel = pytest.importorskip("nibabel")
    first.to_nifti(tmp_path / "a.nii.gz")
    assert nibabel.load(tmp_path / "a.nii.gz").shape == (6, 5, 4)
    pytest.importorskip("SimpleITK")
    assert first.to_sitk().GetSize() == (6, 5, 4)


def test_the_way_to_xarray() -> None:
    pytest.importorskip("xarray")
    labelled = volume().to_xarray()
    assert labelled.attrs["modality"] == "CT"
    assert labelled.sizes == {"slice": 4, "row": 5, "column": 6}


def test_a_warning_of_missing_slices_is_a_user_warning() -> None:
    assert issubclass(MissingSliceWarning, UserWarning)
