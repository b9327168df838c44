"""Each series of the corpus has the verdict that its headers call for, and volumes hold pydicom's values.

The table beside this file was made by reading the headers with pydicom; its last column says why.
"""

from __future__ import annotations

import csv
import re
import warnings
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pydicom
import pytest
import radiogram as rg
from radiogram.errors import AmbiguousSeriesError

from tests.peers import corpus

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.corpus, pytest.mark.usefixtures("corpus_root")]

TABLE = Path(__file__).with_name("corpus_verdicts.tsv")
TILTED = "1.2.826.0.1.3680043.9.4245.3115138630835728997848661150714813892"
FUNCTIONAL = "1.2.840.113619.2.408.5282380.4562341.27283.1537222031.341"
ABDOMEN = "1.3.6.1.4.1.5962.1.1.0.0.0.1194734704.16302.0.6"


@pytest.fixture(scope="module")
def series() -> dict[str, list[Path]]:
    """Give the files of the corpus by Series Instance UID, ``-`` for those without."""
    found: dict[str, list[Path]] = defaultdict(list)
    for file in corpus.corpus_files():
        uid = rg.read(file.path, force=True).get("SeriesInstanceUID")
        found[str(uid or "-")].append(file.path)
    return found


def _table() -> list[dict[str, str]]:
    lines = TABLE.read_text(encoding="utf-8").splitlines()[1:]
    names = ("series_uid", "files", "verdict", "said", "why")
    return list(csv.DictReader(lines, names, delimiter="\t", quoting=csv.QUOTE_NONE))


def _verdict(paths: list[Path]) -> tuple[str, str]:
    """Read a volume and give its verdict in the words of the table."""
    try:
        volume = rg.read_volume(paths)
    except rg.DicomError as error:
        return type(error).__name__, str(error)
    assert volume.affine.shape == (4, 4)
    shape = "x".join(map(str, volume.array.shape))
    return "volume", f"{shape} {','.join(f'{length:.10g}' for length in volume.spacing)}"


def test_every_series_has_its_verdict(series: dict[str, list[Path]], note: Callable[[str], None]) -> None:
    wrong = []
    table = _table()
    for row in table:
        paths = series.get(row["series_uid"], [])
        verdict, said = _verdict(paths)
        fits = said == row["said"] if verdict == "volume" else re.search(row["said"], said)
        if (len(paths), verdict) != (int(row["files"]), row["verdict"]) or not fits:
            wrong.append(f"{row['series_uid']}: {verdict}: {said}; not {row['verdict']}: {row['said']}")
    note(f"verdicts: {len(table) - len(wrong)} of {len(table)} series of the corpus as the table says")
    assert {row["series_uid"] for row in table} == set(series)
    assert all(row["why"] for row in table)
    assert not wrong, "\n".join(wrong)


def test_volumes_hold_pydicoms_values(series: dict[str, list[Path]], note: Callable[[str], None]) -> None:
    """A loop over the files of each volume: pydicom's samples and its rescale, in the order we say."""
    slices = 0
    for row in _table():
        if row["verdict"] != "volume":
            continue
        for units in ("modality", "stored"):
            volume = rg.read_volume(series[row["series_uid"]], units=units)
            if any(volume.frames) or "SharedFunctionalGroupsSequence" in rg.read(volume.paths[0]):
                # Multi-frame objects: test_corpus_frames.py.
                continue
            flat = volume.array.reshape(len(volume.paths), *volume.array.shape[volume.dims.index("row") :])
            for path, ours in zip(volume.paths, flat, strict=True):
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    ds = pydicom.dcmread(path)
                    is_compressed = ds["PixelData"].is_undefined_length
                    if ds.file_meta.TransferSyntaxUID.is_encapsulated and not is_compressed:
                        ds.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
                    if is_compressed and not ds.file_meta.TransferSyntaxUID.is_encapsulated:
                        ds.file_meta.TransferSyntaxUID = pydicom.uid.JPEGLosslessSV1
                    try:
                        theirs = ds.pixel_array.astype(np.float64)
                    except RuntimeError:
                        # None of its plugins is installed.
                        assert is_compressed
                        continue
                # The irreversible wavelet is rounded to a neighbour here and there, by each decoder in its own way.
                apart = float(ds.file_meta.TransferSyntaxUID == pydicom.uid.JPEG2000)
                if units == "modality":
                    slope, intercept = float(ds.get("RescaleSlope", 1)), float(ds.get("RescaleIntercept", 0))
                    theirs, apart = theirs * slope + intercept, apart * abs(slope)
                np.testing.assert_allclose(ours, theirs.astype(ours.dtype), 0, apart, err_msg=str(path))
                slices += len(volume.paths)
    note(f"volumes: {slices} slices of the corpus equal pydicom's loop")
    assert slices >= 30


def test_the_tilted_series_is_two_volumes(series: dict[str, list[Path]]) -> None:
    """Slices of 4 mm up to the skull, of 7 mm above: each half is a volume, sheared by 18.5 degrees."""
    thick = defaultdict(list)
    for path in series[TILTED]:
        thick[float(rg.read(path).SliceThickness)].append(path)
    with pytest.raises(AmbiguousSeriesError) as caught:
        rg.read_volume(series[TILTED])
    assert len(caught.value.choices) == 2
    for thickness, table, distance in ((4.0, 4.22, 4.0019), (7.0, 7.38, 6.9987)):
        volume = rg.read_volume(thick[thickness])
        assert volume.array.shape == (14, 512, 512)
        assert volume.spacing == pytest.approx((table, 0.48828125, 0.48828125), abs=1e-5)
        assert volume.report.plane_distance == pytest.approx(distance, abs=1e-3)
        assert volume.report.tilt_degrees == pytest.approx(18.5, abs=0.05)
        # The table moves along z, and the planes lean.
        np.testing.assert_allclose(volume.affine[:3, 0], (0, 0, table), atol=1e-5)
        for place, path in enumerate(volume.paths):
            position = pydicom.dcmread(path, stop_before_pixels=True).ImagePositionPatient
            np.testing.assert_allclose((volume.affine @ (place, 0, 0, 1))[:3], position, atol=1e-4)


def test_one_time_point_is_a_volume(series: dict[str, list[Path]]) -> None:
    """Fifteen neighbours by Instance Number are one time point of the functional series."""
    first = [path for path in series[FUNCTIONAL] if int(rg.read(path).InstanceNumber) <= 15]
    volume = rg.read_volume(first)
    assert volume.array.shape == (15, 64, 64)
    assert volume.spacing == pytest.approx((5.0, 3.75, 3.75), abs=1e-4)
    whole = rg.read_volume(series[FUNCTIONAL])
    assert (whole.dims, whole.array.shape) == (("time", "slice", "row", "column"), (10, 15, 64, 64))
    np.testing.assert_array_equal(whole.array[0], volume.array)
    numbers = [int(rg.read(path).InstanceNumber) for path in whole.paths if path]
    assert sorted(numbers[:15]) == list(range(1, 16))
    assert sorted(numbers[-15:]) == list(range(136, 151))


def test_the_head_is_last_whatever_the_numbers_say(series: dict[str, list[Path]]) -> None:
    """Instance numbers of this series count from the head downwards; slices ascend along the normal."""
    volume = rg.read_volume(series[ABDOMEN])
    numbers = [int(rg.read(path).InstanceNumber) for path in volume.paths]
    assert numbers == [10, 9, 8, 7, 6]
    assert volume.affine[2, 0] == pytest.approx(2.5)
    np.testing.assert_allclose(volume.affine[:3, 3], (-72.2, -143.0, -1.238), atol=1e-3)
