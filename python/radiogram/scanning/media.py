"""Lists of files: the directory of a file-set (DICOMDIR, PS3.10 8) and manifests."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from radiogram.dataset import read
from radiogram.errors import DicomError, source_error

if TYPE_CHECKING:
    from collections.abc import Iterator

    from radiogram.scanning.sources import Load

__all__ = ["is_dicomdir", "listed", "referenced"]


def is_dicomdir(path: str) -> bool:
    """Tell a DICOMDIR by its name (PS3.10 8.6)."""
    return os.path.basename(path).upper() == "DICOMDIR" and os.path.isfile(path)  # noqa: PTH113, PTH119


def referenced(path: str) -> Iterator[Load]:
    """Give the files that a DICOMDIR refers to, in its order; where it cannot be read, itself with the error.

    A file of that name without a directory in it is a file like others.
    """
    try:
        directory = read(path)
        if "DirectoryRecordSequence" not in directory:
            yield path
            return
        records = directory.get("DirectoryRecordSequence") or []
        names = [record.get("ReferencedFileID") for record in records]
    except DicomError as error:
        yield path, None, None, f"{type(error).__name__}: {error}"
        return
    folder = Path(path).parent
    for name in names:
        if not name:
            continue
        # PS3.10 8.2: components of a file ID are folders and the file, in capitals; many systems copy them in small letters.
        parts = [name] if isinstance(name, str) else [str(part) for part in name]
        if any(part in {"..", "."} or "/" in part or os.sep in part for part in parts):
            yield path, None, None, "a record refers to a file outside of the file-set"
            continue
        plain = folder.joinpath(*parts)
        lower = folder.joinpath(*(part.lower() for part in parts))
        yield str(lower if not plain.exists() and lower.exists() else plain)


def listed(manifest: Path) -> Iterator[str]:
    """Give what a manifest names: a source a line, from the manifest's folder; empty lines and those with ``#`` say nothing.

    It is UTF-8, with a byte order mark or without.

    Raises
    ------
    SourceError
        It cannot be read.
    """
    try:
        text = manifest.read_text(encoding="utf-8-sig", errors="surrogateescape")
    except OSError as error:
        message = f"{manifest}: {error.strerror}"
        raise source_error(message, error.errno or 0) from error
    for line in text.splitlines():
        name = line.strip()
        if name and not name.startswith("#"):
            yield name if "://" in name else str(manifest.parent / name)
