"""Files sorted into series: the verdicts are those of `read_volume`."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
import radiogram as rg
from pydicom.data import get_testdata_file
from radiogram.errors import DicomError, GeometryError
from radiogram.volume.phantom import Phantom, write_series

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a whole series, one with a gap, a picture without a place, and a text."""
    for name in ("whole", "gap"):
        write_series(tmp_path / name, Phantom(slices=6, rows=16, columns=24))
    for path in sorted((tmp_path / "gap").iterdir())[3:4]:
        path.unlink()
    for path in (tmp_path / "gap").iterdir():
        ds = rg.read(path)
        ds.SeriesInstanceUID = "1.2.3"
        ds.save_as(path)
    shutil.copy(str(get_testdata_file("JPEG2000.dcm")), tmp_path / "other.dcm")
    (tmp_path / "notes.txt").write_text("no picture")
    return tmp_path


def test_each_series_has_its_verdict(folder: Path) -> None:
    found = rg.scan(folder).series()
    verdicts = {one.series_uid: one for one in found}
    assert len(verdicts) == len(found) == 3
    assert [path.rsplit("/")[-1] for path, _ in found.failed] == ["notes.txt"]
    gap = verdicts.pop("1.2.3")
    assert (gap.verdict, gap.shape, len(gap.missing), len(gap.paths)) == ("gaps", (6, 16, 24), 1, 5)
    whole = next(one for one in verdicts.values() if one.is_volume)
    volume = rg.read_volume(folder / "whole")
    assert whole.shape == volume.array.shape
    assert whole.spacing == volume.report.spacing
    assert whole.paths == volume.paths
    assert rg.scan(folder).filter(rg.col("SeriesInstanceUID") == "1.2.3").series()[0].verdict == "gaps"


def test_files_of_several_frames_have_the_verdict_of_their_volume(tmp_path: Path) -> None:
    shutil.copy(str(get_testdata_file("rtdose.dcm")), tmp_path / "dose.dcm")
    shutil.copy(str(get_testdata_file("emri_small.dcm")), tmp_path / "placeless.dcm")
    found = {one.modality: one for one in rg.scan(tmp_path).series()}
    dose = rg.read_volume(tmp_path / "dose.dcm")
    assert (found["RTDOSE"].verdict, found["RTDOSE"].shape) == ("volume", dose.array.shape)
    assert found["RTDOSE"].paths == (str(tmp_path / "dose.dcm"),)
    with pytest.raises(GeometryError):
        rg.read_volume(tmp_path / "placeless.dcm")
    assert found["MR"].verdict == GeometryError.kind


def _said(paths: list[str]) -> tuple[str, ...]:
    """Give the verdicts that agree with `read_volume`: its pixels may have a fault that headers do not show."""
    try:
        rg.read_volume(paths, missing="fill")
    except DicomError as error:
        return error.kind, "volume", "gaps"
    return "volume", "gaps"


@pytest.mark.corpus
def test_verdicts_of_the_corpus_are_those_of_read_volume(
    corpus_root: Path, note: Callable[[str], None]
) -> None:
    found = rg.scan(corpus_root / "dicom").series()
    kinds: dict[str, int] = {}
    for one in found:
        kinds[one.verdict] = kinds.get(one.verdict, 0) + 1
        assert one.verdict in _said([*one.paths, *(path for path, _ in one.set_aside)]), one
    note(f"scan: {len(found)} series of the corpus, {kinds}")
    assert kinds["volume"] > 10
