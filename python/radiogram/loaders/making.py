"""From what a user has of files (a scan, its Parquet file, a folder) to the rows of an index."""

from __future__ import annotations

import contextlib
import datetime as dt
import glob
import os
import tempfile
import weakref
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radiogram.dataset import read
from radiogram.errors import ArgumentError, DicomError
from radiogram.interop import listings
from radiogram.interop.names import checked, path_of
from radiogram.loaders.index import Index
from radiogram.scanning import ScanTable, scan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

__all__ = ["TAGS", "Left", "Source", "index_of", "rows_of", "slices", "stacks"]

TAGS = ("Rows", "Columns", "NumberOfFrames", "SamplesPerPixel", "PhotometricInterpretation")
"""What a loader needs to know of a file. A Parquet file of a scan that has these columns is not completed by a second one."""

Source = ScanTable | str | os.PathLike[str] | Index | list[str | os.PathLike[str]]
"""What a dataset is made of: a scan, its Parquet file, an index file, or files, folders and patterns, which are scanned."""

_FRONT = ("path", "size", "mtime", "error")
_TOLD = 100
"""Files that were left out and are named."""

_MANY = 1000
"""Frames of a file that are believed without a look at its pixel data."""

Row = dict[str, Any]


@dataclass
class Left:
    """Files that are no samples: how many, and some of them with the reason."""

    count: int = 0
    named: list[tuple[str, str]] = field(default_factory=list)

    def out(self, path: str, reason: str) -> None:
        """Note one."""
        self.count += 1
        if len(self.named) < _TOLD:
            self.named.append((path, reason))


def index_of(
    source: Source,
    labels: Sequence[str],
    kind: str,
    path: str | os.PathLike[str] | None,
    make: Callable[[Source, Sequence[str], Left, dict[str, Any]], Iterator[list[Any]]],
) -> Index:
    """Open the index that `source` is, or make one of what it is.

    Without a `path` it is a temporary file, which goes with the last that holds it in this process.
    """
    for name in (source, path):
        if isinstance(name, (str, os.PathLike)):
            checked(os.fspath(name))
    if isinstance(source, Index) or (isinstance(source, (str, os.PathLike)) and Index.is_one(source)):
        index = source if isinstance(source, Index) else Index(source)
        if index.about["kind"] != kind:
            message = f"{index.path}: an index of {index.about['kind']}, and {kind} are asked for"
            raise ArgumentError(message)
        missing = [name for name in labels if name not in index.about["labels"]]
        if missing:
            message = f"{index.path}: made without the label {missing[0]}"
            raise ArgumentError(message)
        return index
    about: dict[str, Any] = {"kind": kind, "labels": list(labels)}
    left = Left()

    def rows() -> Iterator[list[Any]]:
        made = 0
        for row in make(source, labels, left, about):
            made += 1
            yield row
        if not made:
            first = f", as {left.named[0][0]}: {left.named[0][1]}" if left.named else ""
            message = f"there are no {kind}: {left.count} files were left out{first}"
            raise ArgumentError(message)
        about.update(left_out=left.count, left=left.named)

    if path is not None:
        return Index.write(path, rows(), about)
    folder = tempfile.mkdtemp(prefix="radiogram-index-")
    try:
        index = Index.write(Path(folder, f"{kind}.rgindex"), rows(), about)
    except BaseException:
        _remove(folder, os.getpid())
        raise
    weakref.finalize(index, _remove, folder, os.getpid())
    return index


def _remove(folder: str, process: int) -> None:
    """Remove a temporary index; children that were forked leave it to their parent."""
    if process == os.getpid():
        for name in Path(folder).glob("*"):
            name.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            Path(folder).rmdir()


# -- rows of scans ---------------------------------------------------------------------------------


def rows_of(source: Source, wanted: Sequence[str]) -> Iterator[Row]:
    """Give the rows of a scan with these columns; of a Parquet file that lacks some, the files are scanned for them."""
    if isinstance(source, ScanTable):
        names = tuple(dict.fromkeys((*_FRONT, *wanted)))
        yield from _rows(listings.of_batches(source.select(*names), names), names)
        return
    if not isinstance(source, (str, os.PathLike)):
        assert not isinstance(source, Index)
        yield from rows_of(scan(source, ()), wanted)
        return
    path = os.fspath(source)
    if not _is_parquet(path):
        if not glob.has_magic(path) and not os.path.exists(path):  # noqa: PTH110
            message = f"{path}: there is no such file or folder"
            raise ArgumentError(message)
        yield from rows_of(scan(path, ()), wanted)
        return
    there = listings.parquet_columns(path)
    lacking = [name for name in _FRONT if name not in there]
    if lacking:
        message = f"{path}: not the Parquet file of a scan: it has no column {lacking[0]}"
        raise ArgumentError(message)
    absent = [name for name in wanted if name not in there]
    if not absent:
        names = tuple(dict.fromkeys((*_FRONT, *wanted)))
        yield from _rows(listings.of_parquet(path, names), names)
        return
    paths = [name for (column,) in listings.of_parquet(path, ("path",)) for name in column]
    yield from rows_of(scan(paths, ()), wanted)


def _rows(columns: Iterable[tuple[list[Any], ...]], names: Sequence[str]) -> Iterator[Row]:
    for lists in columns:
        for values in zip(*lists, strict=True):
            row = dict(zip(names, values, strict=True))
            # A name that is no text is a URI in a table.
            row["path"] = path_of(row["path"])
            yield row


def _is_parquet(path: str) -> bool:
    try:
        with Path(path).open("rb") as file:
            return file.read(4) == b"PAR1"
    except OSError:
        return False


def _reason(row: Row) -> str | None:
    """Say why a file cannot be read by a loader, if so."""
    if row["error"] is not None:
        return str(row["error"])
    path = row["path"]
    if "://" in path or ("::" in path and not os.path.exists(path)):  # noqa: PTH110
        return "not a file of its own: loaders read no members of archives and no remote objects"
    return None


def _label(name: str, value: object) -> object:
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, bytes):
        message = f"{name}: bytes are no label"
        raise ArgumentError(message)
    return value


# -- slices ----------------------------------------------------------------------------------------


def slices(source: Source, labels: Sequence[str], left: Left, about: dict[str, Any]) -> Iterator[list[Any]]:
    """Give a row for each frame: path, size, time of change, number of the frame, rows, columns, samples, is palette, labels."""
    del about
    for row in rows_of(source, (*TAGS, *labels)):
        path, reason = row["path"], _reason(row)
        if reason is None and not (row["Rows"] and row["Columns"]):
            reason = "no picture: it has no Rows or Columns"
        if reason is not None:
            left.out(path, reason)
            continue
        palette = (row["PhotometricInterpretation"] or "").strip() == "PALETTE COLOR"
        shape = (row["Rows"], row["Columns"], row["SamplesPerPixel"] or 1, int(palette))
        told = [_label(name, row[name]) for name in labels]
        count = max(row["NumberOfFrames"] or 1, 1)
        if count > _MANY and (reason := _lacking(path, count)) is not None:
            left.out(path, reason)
            continue
        for frame in range(count):
            yield [path, row["size"], row["mtime"], frame, *shape, *told]


def _lacking(path: str, count: int) -> str | None:
    """Say what is wrong where a file's pixel data hold no such number of frames: a header may say any, and there is a row for each."""
    try:
        there = read(path).pixels.shape[0]
    except DicomError as error:
        return f"{type(error).__name__}: {error}"
    return None if count <= there else f"{count} frames are said, and {there} are there"


# -- series ----------------------------------------------------------------------------------------


def stacks(source: Source, labels: Sequence[str], left: Left, about: dict[str, Any]) -> Iterator[list[Any]]:
    """Give a row for each volume: what its paths begin with, their ends, sizes, times of change, its shape, samples, labels.

    The shapes of all are in what is said of all of them, and which of them have slices that are no files of their own.
    """
    known: dict[str, Row] = {}
    for row in rows_of(source, ("SamplesPerPixel", "NumberOfFrames", *labels)):
        reason = _reason(row)
        if reason is None:
            known[row["path"]] = row
        else:
            left.out(row["path"], reason)
    if not known:
        return
    found = scan(list(known), ()).series()
    for path, failure in found.failed:
        left.out(path, failure)
    shapes, framed = about.setdefault("shapes", []), about.setdefault("framed", [])
    for one in found:
        if not one.is_volume or one.shape is None:
            for path in one.paths:
                left.out(path, f"no volume: {one.reason or one.verdict}")
            continue
        for path, reason in one.set_aside:
            left.out(path, f"set aside: {reason}")
        rows = [known[path] for path in one.paths]
        base = os.path.commonprefix(one.paths)  # noqa: RUF071  # letters are what is saved
        if len(rows) != one.shape[0] or any((row["NumberOfFrames"] or 1) > 1 for row in rows):
            framed.append(len(shapes))
        shapes.append(list(one.shape))
        yield [
            base,
            [path[len(base) :] for path in one.paths],
            [row["size"] for row in rows],
            [row["mtime"] for row in rows],
            list(one.shape),
            rows[0]["SamplesPerPixel"] or 1,
            *[_label(name, rows[0][name]) for name in labels],
        ]
