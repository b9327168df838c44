"""Many datasets as lines of the DICOM JSON model (PS3.18 Annex F), one object a line, and back: one is in memory at a time."""

from __future__ import annotations

import os
from pathlib import Path

from radiogram.errors import ArgumentError, DicomError, MalformedError, source_error

# `typing` costs more to import than this package.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import IO, Any

    from radiogram import _core
    from radiogram.dataset.dataset import Dataset
    from radiogram.dataset.reader import Source

    Target = str | os.PathLike[str] | IO[str] | IO[bytes]
    Lines = str | os.PathLike[str] | Iterable[str | bytes]

__all__ = ["from_ndjson", "to_ndjson"]

_AHEAD = 4
"""Lines that are made ahead for each thread."""


def to_ndjson(
    datasets: Iterable[Dataset | Source],
    target: Target,
    *,
    bulk_data_threshold: int = 1024,
    bulk_data_element_handler: Callable[[_core.DataElement], str | None] | None = None,
    error_handler: Callable[[object, DicomError], object] | None = None,
    threads: int | None = None,
) -> int:
    """Write datasets as lines of JSON, in their order.

    Parameters
    ----------
    datasets : iterable of Dataset, or of whatever `read` takes
        What is to be written; sources are read when their turn comes.
    target : path or file-like
        A path takes its name when all is written. A file is written to as it goes on, in text or in bytes.
    bulk_data_threshold, bulk_data_element_handler
        As for `Dataset.to_json`: values of more bytes are offered to the handler, which gives the URI that stands for one.
    error_handler : callable, optional
        Called with the source and the error of what cannot be read or written, which is left out then. Without it the error is
        raised.
    threads : int, optional
        How many sources are read and written side by side; 1 by default. Handlers are called on these threads then.

    Returns
    -------
    int
        How many lines.

    Raises
    ------
    DicomError
        A source cannot be read, and there is no `error_handler`.

    See Also
    --------
    from_ndjson : The way back.

    Examples
    --------
    >>> import io
    >>> import radiogram as rg
    >>> lines = io.StringIO()
    >>> rg.to_ndjson([rg.Dataset({"Rows": 2}), rg.Dataset({"Rows": 3})], lines)
    2
    >>> [ds.Rows for ds in rg.from_ndjson(lines.getvalue().splitlines())]
    [2, 3]
    """
    if threads is not None and threads < 1:
        message = "threads is a number from 1 on"
        raise ArgumentError(message)

    def line(one: Any) -> str | tuple[object, DicomError]:  # noqa: ANN401
        try:
            return _text(one, bulk_data_threshold, bulk_data_element_handler) + "\n"
        except DicomError as error:
            if error_handler is None:
                raise
            return one, error

    lines = map(line, datasets) if threads in (None, 1) else _side_by_side(line, datasets, threads or 1)
    if isinstance(target, (str, os.PathLike)):
        return _to_path(Path(target), lines, error_handler)
    return _written(_writer(target), lines, error_handler)


def from_ndjson(
    lines: Lines,
    *,
    bulk_data_uri_handler: Callable[..., object] | None = None,
) -> Iterator[Dataset]:
    """Read datasets from lines of JSON, one after the other.

    Parameters
    ----------
    lines : path, file-like or iterable of lines
        Empty lines say nothing.
    bulk_data_uri_handler : callable, optional
        As for `Dataset.from_json`: gives the values that are elsewhere.

    Yields
    ------
    Dataset

    Raises
    ------
    MalformedError
        A line is no object of the model; the message says which line.
    SourceError
        The file cannot be read.

    See Also
    --------
    to_ndjson : The way there.
    """
    from radiogram.dataset.dataset import Dataset

    if isinstance(lines, (str, os.PathLike)):
        try:
            with Path(lines).open("rb") as file:
                yield from from_ndjson(file, bulk_data_uri_handler=bulk_data_uri_handler)
        except OSError as error:
            if isinstance(error, DicomError):
                raise
            message = f"{os.fspath(lines)}: {error.strerror or error}"
            raise source_error(message, error.errno or 0) from error
        return
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            made = Dataset.from_json(line, bulk_data_uri_handler)
        except MalformedError as error:
            message = f"line {number}: {error.message}"
            raise MalformedError(message, error.offset, error.path) from error
        yield made


def _text(one: Any, threshold: int, handler: Any) -> str:  # noqa: ANN401
    from radiogram.dataset.dataset import Dataset
    from radiogram.dataset.reader import read

    ds = one if isinstance(one, Dataset) else read(one)
    text: str = ds.to_json(threshold, handler)
    return text


def _side_by_side(line: Callable[[Any], Any], datasets: Iterable[Any], threads: int) -> Iterator[Any]:
    from collections import deque
    from concurrent.futures import ThreadPoolExecutor

    waiting: deque[Any] = deque()
    with ThreadPoolExecutor(threads, thread_name_prefix="radiogram-ndjson") as pool:
        try:
            for one in datasets:
                waiting.append(pool.submit(line, one))
                if len(waiting) >= threads * _AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for left in waiting:
                left.cancel()


def _written(
    write: Callable[[str], object], lines: Iterable[Any], tell: Callable[[object, DicomError], object] | None
) -> int:
    count = 0
    for line in lines:
        if isinstance(line, str):
            write(line)
            count += 1
        elif tell is not None:
            tell(*line)
    return count


def _writer(target: Any) -> Callable[[str], object]:  # noqa: ANN401
    import io

    if isinstance(target, io.TextIOBase):
        return target.write

    def write(line: str) -> None:
        try:
            target.write(line.encode())
        except TypeError:
            target.write(line)

    return write


def _to_path(path: Path, lines: Iterable[Any], tell: Callable[[object, DicomError], object] | None) -> int:
    import tempfile

    from radiogram.interop.whole_file import place_of

    path = place_of(path)
    try:
        handle, partial = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    except OSError as error:
        message = f"{path}: {error.strerror}"
        raise source_error(message, error.errno or 0) from error
    try:
        with open(handle, "w", encoding="utf-8", newline="\n") as file:  # noqa: PTH123  # a descriptor
            count = _written(file.write, lines, tell)
            file.flush()
            os.fsync(file.fileno())
        umask = os.umask(0)
        os.umask(umask)
        Path(partial).chmod(0o666 & ~umask)
        Path(partial).replace(path)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise
    return count
