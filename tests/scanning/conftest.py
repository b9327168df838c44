"""What the tests of scans share: files that pydicom carries, a folder of them, and a column."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pydicom.data import get_testdata_file

if TYPE_CHECKING:
    import radiogram as rg

TAGS = ["Modality", "Rows", "PixelSpacing", "StudyDate"]


def carried(name: str) -> Path:
    """Give the path of a file of pydicom's."""
    return Path(str(get_testdata_file(name)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with two images, one of them in a folder below, and a text."""
    (tmp_path / "in" / "below").mkdir(parents=True)
    shutil.copy(carried("CT_small.dcm"), tmp_path / "in" / "a.dcm")
    shutil.copy(carried("MR_small.dcm"), tmp_path / "in" / "below" / "b.dcm")
    (tmp_path / "in" / "notes.txt").write_text("nothing of DICOM")
    return tmp_path / "in"


def modalities(table: rg.ScanTable) -> list[Any]:
    """Give the column Modality."""
    return table.to_arrow().column("Modality").to_pylist()
