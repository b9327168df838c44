"""What is committed to of a served folder (PS3.4 J): files that are there as they were indexed, and on the disk whatever they came with."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["reasons"]

_PROCESSING_FAILURE, _NO_SUCH_INSTANCE, _CLASS_CONFLICT = 0x0110, 0x0112, 0x0119
"""Failure Reasons (PS3.3 C.14.1.1)."""

_IS_WINDOWS = os.name == "nt"
_FLAGS = os.O_RDWR if _IS_WINDOWS else os.O_RDONLY
"""Windows writes out what may be written to."""


def reasons(
    database: sqlite3.Connection, folder: Path, pairs: list[tuple[str, str]], *, is_durable: bool = False
) -> list[int]:
    """Give for each instance 0 where its file is there as it was indexed, else a Failure Reason.

    What was received with durability ``os`` or ``none`` is written out now, so that what is committed to survives a power cut; with
    `is_durable` it was when it came, and that takes some milliseconds each.
    """
    paths: list[Path | None] = []
    said = []
    for sop_class, instance in pairs:
        row = database.execute(
            "SELECT SOPClassUID, path, size FROM instances WHERE SOPInstanceUID = ?1"
            " UNION ALL SELECT SOPClassUID, path, size FROM objects WHERE SOPInstanceUID = ?1",
            [instance],
        ).fetchone()
        path = None
        if row is None:
            reason = _NO_SUCH_INSTANCE
        elif row["SOPClassUID"] != sop_class:
            reason = _CLASS_CONFLICT
        else:
            path = folder / row["path"]
            is_there = _is_written(path, row["size"], is_durable=is_durable)
            reason = 0 if is_there else _PROCESSING_FAILURE
        said.append(reason)
        paths.append(path)
    held = [path for path, reason in zip(paths, said, strict=True) if path is not None and not reason]
    if not is_durable and not _are_written(folder, held):
        return [reason or _PROCESSING_FAILURE for reason in said]
    return said


def _is_written(path: Path, size: int | None, *, is_durable: bool) -> bool:
    try:
        found = path.stat().st_size if is_durable else _write_out(path, _FLAGS)
    except OSError:
        return False
    return size in (None, found)


def _are_written(folder: Path, paths: Iterable[Path]) -> bool:
    """Write out the names of files: their folders, up to the one that is served."""
    if _IS_WINDOWS:
        return True
    above = {one for path in paths for one in path.parents if one == folder or folder in one.parents}
    try:
        for one in above:
            _write_out(one)
    except OSError:
        return False
    return True


def _write_out(path: Path, flags: int = os.O_RDONLY) -> int:
    """Bring a file, or the names in a folder, to the disk, and give its size."""
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
        return os.fstat(descriptor).st_size
    finally:
        os.close(descriptor)
