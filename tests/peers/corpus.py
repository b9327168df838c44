"""Finds real files: the corpus where there is one, else those that pydicom and pydicom-data carry."""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from pathlib import Path

import pydicom.data

FILES = 543
"""How many DICOM files the corpus holds."""


@dataclass(frozen=True)
class RealFile:
    """One file and what the manifest says of it; empty strings where there is no manifest."""

    path: Path
    name: str
    transfer_syntax: str = ""
    sop_class: str = ""
    pixel_sha256: str = ""
    pixel_shape: str = ""
    pixel_dtype: str = ""
    agreement: str = ""

    @property
    def is_native(self) -> bool:
        """Whether the samples are not compressed (PS3.5 A.1, A.2, A.3, A.5)."""
        return self.transfer_syntax in {
            "1.2.840.10008.1.2",
            "1.2.840.10008.1.2.1",
            "1.2.840.10008.1.2.1.99",
            "1.2.840.10008.1.2.2",
        }


def _manifest(root: Path) -> list[RealFile]:
    columns = ("transfer_syntax", "sop_class", "pixel_sha256", "pixel_shape", "pixel_dtype", "agreement")
    with (root / "manifest.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["file"].startswith("dicom/")]
    return [RealFile(root / row["file"], row["file"], **{c: row[c] for c in columns}) for row in rows]


def packaged_files() -> list[RealFile]:
    """List the files that the installed packages pydicom and pydicom-data carry: nothing is downloaded."""
    roots = [Path(pydicom.data.__file__).parent]
    try:
        import data_store
    except ImportError:
        pass
    else:
        roots.append(Path(next(iter(data_store.__path__))))
    files = []
    for root in roots:
        files += [
            RealFile(path, f"{root.name}/{path.relative_to(root).as_posix()}")
            for path in sorted(root.rglob("*"))
            if path.is_file() and _looks_like_dicom(path)
        ]
    return files


def _looks_like_dicom(path: Path) -> bool:
    if path.suffix in {
        ".py",
        ".pyc",
        ".json",
        ".txt",
        ".md",
        ".zip",
        ".xml",
        ".csv",
        ".pyi",
        ".jls",
        ".jpg",
        ".png",
    }:
        return False
    with path.open("rb") as file:
        head = file.read(132)
    return head[128:] == b"DICM" or path.suffix == ".dcm"


def corpus_files() -> list[RealFile]:
    """List the DICOM rows of the corpus; empty where RADIOGRAM_CORPUS is not set."""
    root = os.environ.get("RADIOGRAM_CORPUS")
    return _manifest(Path(root).resolve()) if root else []


def real_files() -> list[RealFile]:
    """List the corpus where there is one, else the packaged files."""
    return corpus_files() or packaged_files()
