"""From scans, Parquet files, folders and lists to the same index."""

from __future__ import annotations

import gc
import os
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest
import radiogram as rg
from radiogram.errors import ArgumentError
from radiogram.loaders import TAGS, Index, PatchDataset, SliceDataset, VolumeDataset

from tests.loaders.conftest import SLICES, Series, series
from tests.pixels.datasets import picture, written


def test_all_ways_lead_to_one_index(ct: Series, tmp_path: Path) -> None:
    parquet, kept = tmp_path / "meta.parquet", tmp_path / "kept.rgindex"
    rg.scan(ct.folder, tags=[*TAGS, "Modality"]).write_parquet(parquet)
    ways = {
        "scan": rg.scan(ct.folder, tags=["Rows"]),
        "parquet": parquet,
        "folder": ct.folder,
        "pattern": f"{ct.folder}/*.dcm",
        "list": [str(path) for path in ct.paths],
    }
    digests = set()
    for source in ways.values():
        made = SliceDataset(source, labels=["Modality"], index=kept)
        digests.add(made.index.digest)
        assert len(made) == SLICES
        assert made.left_out == 0
    assert len(digests) == 1
    assert SliceDataset(kept, labels=["Modality"]).index.digest in digests
    assert SliceDataset(Index(kept)).index.digest in digests


def test_a_parquet_file_without_what_is_needed_is_completed(ct: Series, tmp_path: Path) -> None:
    rg.scan(ct.folder, tags=["Modality"]).write_parquet(tmp_path / "meta.parquet")
    made = SliceDataset(tmp_path / "meta.parquet", labels=["PatientID"])
    np.testing.assert_array_equal(made[3]["image"], ct.image(3))
    assert made[3]["PatientID"] == "PHANTOM"


def test_conditions_of_a_scan_choose_the_samples(ct: Series) -> None:
    made = SliceDataset(
        rg.scan(ct.folder, tags=TAGS).filter(rg.col("InstanceNumber") <= 4), labels=["InstanceNumber"]
    )
    assert [made[number]["InstanceNumber"] for number in range(len(made))] == [1, 2, 3, 4]


def test_a_pickle_is_small_whatever_the_number_of_files(tmp_path: Path) -> None:
    """Path and hash of the index, never the list: under 1 kB for 100,000 files."""
    rows = ([f"/a/folder/of/some/length/{number:08}.dcm", 1, 2, 0, 8, 8, 1, 0] for number in range(100_000))
    index = Index.write(
        tmp_path / "many.rgindex", rows, {"kind": "slices", "labels": [], "left": [], "left_out": 0}
    )
    made = SliceDataset(index)
    assert len(made) == 100_000
    assert len(pickle.dumps(made)) < 1000
    again = pickle.loads(pickle.dumps(made))
    assert (len(again), again.index.row(99_999)[0]) == (100_000, "/a/folder/of/some/length/00099999.dcm")


def test_a_pickle_of_patches_is_small_too(ct: Series) -> None:
    made = PatchDataset(ct.folder, size=(2, 8, 8), cache=10**6, labels={"Modality": {"CT": 0}})
    made[0]
    assert len(pickle.dumps(made)) < 1000
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(made))[0]["image"], made[0]["image"])


def test_what_is_no_picture_is_left_out_with_its_reason(ct: Series, tmp_path: Path) -> None:
    for path in ct.paths[:3]:
        shutil.copy(path, tmp_path)
    (tmp_path / "z.txt").write_text("not DICOM")
    report = rg.read(ct.paths[0]).load()
    for keyword in ("PixelData", "Rows", "Columns"):
        delattr(report, keyword)
    report.save_as(tmp_path / "y.dcm")
    made = SliceDataset(tmp_path)
    assert (len(made), made.left_out) == (3, 2)
    assert [Path(path).name for path, _ in made.left] == ["y.dcm", "z.txt"]
    assert "no picture" in made.left[0][1]
    assert "NotDicomError" in made.left[1][1] or "DICOM" in made.left[1][1]


def test_members_of_archives_are_left_out(ct: Series, tmp_path: Path) -> None:
    archive = shutil.make_archive(str(tmp_path / "ct"), "zip", ct.folder)
    with pytest.raises(ArgumentError, match="members of archives"):
        SliceDataset(archive)


def test_nothing_at_all_is_an_error(tmp_path: Path, ct: Series) -> None:
    with pytest.raises(ArgumentError, match="there are no slices"):
        SliceDataset(tmp_path)
    with pytest.raises(ArgumentError, match="no such file"):
        SliceDataset(tmp_path / "absent")
    with pytest.raises(ArgumentError, match="as large as a patch"):
        PatchDataset(ct.folder, size=(100, 8, 8))


def test_frames_of_a_file_are_samples_each(tmp_path: Path) -> None:
    frames = np.random.default_rng(4).integers(0, 4096, (5, 6, 7), np.uint16)
    (tmp_path / "a.dcm").write_bytes(written(picture(frames, shape=(5, 6, 7, 1))))
    made = SliceDataset(tmp_path, units="stored", dtype=np.uint16)
    assert len(made) == 5
    for number in range(5):
        np.testing.assert_array_equal(made[number]["image"][0], frames[number])


def test_a_header_may_say_any_number_of_frames(tmp_path: Path) -> None:
    """There was a row for each in the index: two thousand million, of a file of some hundred bytes."""
    frames = np.random.default_rng(4).integers(0, 255, (1200, 3, 2), np.uint8)
    (tmp_path / "a.dcm").write_bytes(written(picture(frames, shape=(1200, 3, 2, 1), bits=8)))
    ds = rg.read(tmp_path / "a.dcm").load()
    ds.NumberOfFrames = (1 << 31) - 1
    ds.save_as(tmp_path / "b.dcm")
    made = SliceDataset(tmp_path, units="stored", dtype=np.uint8)
    assert (len(made), made.left_out) == (1200, 1)
    assert made.left[0][0].endswith("b.dcm")
    np.testing.assert_array_equal(made[1100]["image"][0], frames[1100])


def test_series_that_are_no_volume_are_left_out(tmp_path: Path) -> None:
    whole = series(tmp_path / "whole", slices=4)
    gaps = series(tmp_path / "gaps", slices=6, seed=9)
    gaps.paths[2].unlink()
    made = VolumeDataset(tmp_path)
    assert (len(made), made.left_out) == (1, 5)
    assert "no volume" in made.left[0][1]
    assert made.shapes == [(4, 24, 40)]
    assert made.paths(0) == [str(path) for path in whole.paths]


def test_labels_of_volumes_and_codes(tmp_path: Path) -> None:
    series(tmp_path, slices=3)
    made = VolumeDataset(tmp_path, labels={"Modality": {"CT": 7}, "StudyDate": None})
    assert (made[0]["Modality"], made[0]["StudyDate"]) == (7, "2020-01-01")
    with pytest.raises(ArgumentError, match="no code"):
        VolumeDataset(tmp_path, labels={"Modality": {"MR": 0}})[0]


def test_an_index_of_another_kind_is_refused(ct: Series, tmp_path: Path) -> None:
    SliceDataset(ct.folder, index=tmp_path / "slices.rgindex")
    with pytest.raises(ArgumentError, match="an index of slices"):
        VolumeDataset(tmp_path / "slices.rgindex")
    with pytest.raises(ArgumentError, match="without the label"):
        SliceDataset(tmp_path / "slices.rgindex", labels=["Modality"])


def test_a_temporary_index_goes_with_its_dataset(ct: Series) -> None:
    made = SliceDataset(ct.folder)
    path = Path(made.index.path)
    assert path.exists()
    del made
    gc.collect()
    assert not path.parent.exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_does_not_take_it_away(ct: Series) -> None:
    made = SliceDataset(ct.folder)
    child = os.fork()
    if child == 0:
        path = made.index.path
        del made
        gc.collect()
        os._exit(0 if Path(path).exists() else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert made[0]["image"].shape == (1, 24, 40)
