"""From the files of a served folder to the rows of its index."""

from __future__ import annotations

import logging
import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radiogram.dataset.reader import read
from radiogram.errors import DicomError
from radiogram.net.served.schema import TAGS, UNIQUE
from radiogram.net.services.objects import models, storage_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from radiogram.dataset import Dataset

__all__ = ["Row", "files", "is_object", "row_of", "scanned", "text_of"]

_LOG = logging.getLogger("radiogram.net")

Row = dict[str, Any]
"""Values of `TAGS` as text, with ``path``, ``size``, ``changed`` and ``TransferSyntaxUID``."""


def files(folder: Path) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield the files of a folder, relative to it, with size and time of change; none that arrives, and none of our own.

    A sub-folder that may not be read, as that of a file system for what it has found, is passed over, and so is what is in one that may only be
    listed, and a file whose name is no text: the log says so.
    """
    waiting = [folder]
    while waiting:
        place = waiting.pop()
        try:
            entries = os.scandir(place)
        except PermissionError:
            if place == folder:
                raise
            _LOG.warning("a sub-folder may not be read, and is not served: %r", str(place))
            continue
        except FileNotFoundError:
            if place == folder:
                raise
            continue
        with entries:
            for entry in entries:
                if entry.name.startswith(".") or entry.name.endswith(".part"):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(Path(entry.path))
                elif entry.is_file(follow_symlinks=False):
                    yield from _stamped(folder, entry)


def _stamped(folder: Path, entry: os.DirEntry[str]) -> Iterator[tuple[str, tuple[int, int]]]:
    path = os.path.relpath(entry.path, folder)
    try:
        path.encode()
        said = entry.stat()
    except UnicodeEncodeError:
        _LOG.warning("the name of a file is no text, and it is not served: %r", entry.path)
    except PermissionError:
        _LOG.warning("a file may not be looked at, and is not served: %r", entry.path)
    except FileNotFoundError:
        # It was there a moment ago.
        return
    else:
        yield path, (said.st_size, said.st_mtime_ns)


def scanned(folder: Path, paths: list[str], stamps: dict[str, tuple[int, int]]) -> Iterator[Row]:
    """Yield what the index holds of files, by their heads; nothing of those that are no instances."""
    for path in paths:
        try:
            ds = read(folder / path, specific_tags=TAGS)
        except (DicomError, OSError):
            continue
        row = row_of(ds)
        if row is not None:
            row["path"], (row["size"], row["changed"]) = path, stamps[path]
            yield row


def row_of(ds: Dataset) -> Row | None:
    """Give what the index holds of an instance; `None` where it does not say what it is.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.served.rows import row_of
    >>> from pydicom.data import get_testdata_file
    >>> row_of(rg.read(get_testdata_file("CT_small.dcm")))["PatientID"]
    '1CT1'
    """
    row: Row = {name: text_of(ds.get(name)) for name in TAGS}
    row["TransferSyntaxUID"] = text_of(ds.file_meta.get("TransferSyntaxUID"))
    return row if all(row.get(key) for key in UNIQUE.values()) or is_object(row) else None


def is_object(row: Row) -> bool:
    """Whether a row is that of an instance of no study, which a query model of its own finds.

    Examples
    --------
    >>> from radiogram.net.served.rows import is_object
    >>> is_object({"SOPInstanceUID": "1.2", "SOPClassUID": "1.2.840.10008.5.1.4.39.1"})
    True
    """
    return bool(row.get("SOPInstanceUID")) and row.get("SOPClassUID") in _of_no_study()


@cache
def _of_no_study() -> frozenset[str]:
    return frozenset(uid for model in models() for uid in storage_of(model))


def text_of(value: Any) -> str | None:  # noqa: ANN401  # of any element
    r"""Give a value as a column holds it: several are divided by backslashes, none is null.

    Examples
    --------
    >>> from radiogram.net.served.rows import text_of
    >>> text_of(["A", 7]), text_of(""), text_of(None)
    ('A\\7', None, None)
    """
    if value is None or isinstance(value, str):
        return value.strip() or None if value else None
    if isinstance(value, (list, tuple)) or type(value).__name__ == "MultiValue":
        return "\\".join(str(one).strip() for one in value) or None
    return str(value).strip() or None
