"""Scans as Parquet files: written so that one that was interrupted can be gone on with, and read to go on.

While a scan runs, its batches go to a file beside the one to be, ``.NAME.N.PID.part``, as a stream of Arrow's: whatever is in
it when the process dies is a row that need not be read again. At the end it becomes the Parquet file.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radiogram.errors import ArgumentError, source_error
from radiogram.interop.masks import mask
from radiogram.interop.tables import pyarrow, pyarrow_batches
from radiogram.interop.whole_file import place_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Earlier", "count_present", "write_parquet"]

_QUERY, _STILL_ACTIVE = 0x1000, 259
"""PROCESS_QUERY_LIMITED_INFORMATION, and the exit code of a process that has none yet."""

_ACTIVE: set[Path] = set()
"""What this process writes to just now."""

_REFUSED = "NotDicomError"
"""What the error of a file begins with that would be read by force."""

_GROUP = 128 << 10
"""Rows of a row group."""


def write_parquet(path: str | os.PathLike[str], schema: Any, batches: Iterable[Any]) -> int:  # noqa: ANN401
    """Write batches to a Parquet file, which takes its name when it is complete; give how many rows it has.

    What a process that died had left beside it is removed then.
    """
    pa = pyarrow()
    target = place_of(path)
    fields = pa.schema(schema)
    left = list(_left(target))
    part = _free(target)
    made = part.with_suffix(".parquet")
    rows = 0
    _ACTIVE.add(part)
    try:
        try:
            sink = pa.OSFile(os.fsencode(part), "wb")
        except OSError as error:
            message = f"{target}: {error.strerror or error}"
            raise source_error(message, error.errno or 0) from error
        options = pa.ipc.IpcWriteOptions(compression="lz4")
        with sink, pa.ipc.new_stream(sink, fields, options=options) as writer:
            for batch in pyarrow_batches(batches):
                writer.write_batch(batch)
                # An OSFile has no buffer of its own: the rows are with the system now, whatever becomes of us.
                rows += batch.num_rows
        _pack(part, made, fields)
        umask = os.umask(0)
        os.umask(umask)
        made.chmod(0o666 & ~umask)
        made.replace(target)
    except BaseException as error:
        made.unlink(missing_ok=True)
        # What was read stays for the next scan where somebody ended this one, and goes where it is of no use.
        if rows == 0 or not isinstance(error, KeyboardInterrupt):
            part.unlink(missing_ok=True)
        raise
    finally:
        _ACTIVE.discard(part)
    for file in (part, *left):
        file.unlink(missing_ok=True)
    return rows


def _pack(part: Path, made: Path, fields: Any) -> None:  # noqa: ANN401
    """Make a Parquet file of a stream, a group of rows at a time."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    waiting: list[Any] = []
    with (
        pa.OSFile(os.fsencode(part), "rb") as source,
        pa.OSFile(os.fsencode(made), "wb") as sink,
        pq.ParquetWriter(sink, fields) as writer,
    ):
        for batch in pa.ipc.open_stream(source):
            waiting.append(batch)
            if sum(one.num_rows for one in waiting) >= _GROUP:
                writer.write_table(pa.Table.from_batches(waiting, fields))
                waiting = []
        if waiting:
            writer.write_table(pa.Table.from_batches(waiting, fields))


def _free(target: Path) -> Path:
    """Give a name beside a file that nothing has: ours may have been left by an interrupted scan."""
    number = 0
    while True:
        part = target.with_name(f".{target.name}.{number}.{os.getpid()}.part")
        if part not in _ACTIVE and not part.exists():
            return part
        number += 1


def _left(target: Path) -> Iterator[Path]:
    """Give what scans to the same file have left whose process is no more."""
    for part in sorted(target.parent.glob(f".{_escaped(target.name)}.*.part")):
        number = part.name.removesuffix(".part").rpartition(".")[2]
        if number.isdigit() and part not in _ACTIVE and not _lives(int(number)):
            yield part


def _escaped(name: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)


def _lives(process: int) -> bool:
    if process == os.getpid():
        # A process with the same number was before us, or an earlier scan of ours was interrupted.
        return False
    if sys.platform == "win32":
        return _lives_on_windows(process)
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _lives_on_windows(process: int) -> bool:
    """Ask Windows for it: there, a signal of number 0 is Ctrl-C."""
    import ctypes

    kernel: Any = getattr(ctypes, "windll").kernel32  # noqa: B009  # not there elsewhere
    handle = kernel.OpenProcess(_QUERY, 0, process)
    if not handle:
        return False
    code = ctypes.c_ulong()
    is_known = kernel.GetExitCodeProcess(handle, ctypes.byref(code))
    kernel.CloseHandle(handle)
    return bool(is_known) and code.value == _STILL_ACTIVE


def _rows_of(part: Path) -> Iterator[Any]:
    """Give the batches of a stream that may break off anywhere."""
    import pyarrow as pa

    # Where it breaks off is its end.
    with (
        contextlib.suppress(pa.ArrowException, OSError, EOFError),
        pa.OSFile(os.fsencode(part), "rb") as source,
    ):
        stream = pa.ipc.open_stream(source)
        while True:
            try:
                batch = stream.read_next_batch()
            except StopIteration:
                return
            batch.validate(full=True)
            yield batch


def count_present(path: str | os.PathLike[str], column: str) -> int:
    """Count the rows of a Parquet file that have a value in a column."""
    pyarrow()
    import pyarrow.parquet as pq

    with Path(path).open("rb") as file:
        values = pq.read_table(file, columns=[column]).column(0)
    return len(values) - int(values.null_count)


class Earlier:
    """Rows of an earlier scan that still hold.

    Parameters
    ----------
    path : path
        The Parquet file that the earlier scan wrote; what one that was interrupted left beside it is taken, too.
    schema : object
        Has ``__arrow_c_schema__``: the columns that are wanted.
    needed : iterable of str
        Further columns that a condition looks at.
    force : bool
        Whether what does not look like DICOM is to be read: rows of files that were refused for that do not hold.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        schema: Any,  # noqa: ANN401
        needed: Iterable[str],
        *,
        force: bool = False,
    ) -> None:
        pa = pyarrow()
        self._schema = pa.schema(schema)
        names = [*dict.fromkeys((*self._schema.names, *needed, "path", "size", "mtime", "error"))]
        # One without a column that is wanted, or with another type, has nothing to offer: all files are read again.
        tables = [table.select(names) for table in _tables(place_of(path)) if self._offers(table, names)]
        self._table = _joined(tables) if tables else None
        self._rows: dict[str, tuple[int, int, int]] = {}
        if self._table is not None:
            stamps = self._table.column("mtime").cast(pa.int64())
            errors = self._table.column("error")
            columns = (self._table.column("path"), self._table.column("size"), stamps, errors)
            rows = zip(*(column.to_pylist() for column in columns), strict=True)
            self._rows = {
                path: (size, time, row)
                for row, (path, size, time, error) in enumerate(rows)
                if not (force and (error or "").startswith(_REFUSED))
            }
        self._kept: list[int] = []

    def _offers(self, table: Any, names: Iterable[str]) -> bool:  # noqa: ANN401
        here = set(table.column_names)
        known = [field for field in self._schema if field.name in here]
        return set(names) <= here and all(
            _plain(table.schema.field(field.name).type) == _plain(field.type) for field in known
        )

    def keeps(self, path: str, size: int | None, modified_ns: int | None) -> bool:
        """Keep the row of a file that was not changed since; False where there is none."""
        size_then, time_then, row = self._rows.get(path, (None, None, 0))
        if size is None or modified_ns is None or (size, modified_ns) != (size_then, time_then):
            return False
        self._kept.append(row)
        return True

    def batches(self, steps: Iterable[tuple[Any, ...]] | None) -> Iterator[Any]:
        """Give the kept rows that meet a condition."""
        if self._table is None or not self._kept:
            return
        rows = self._table.take(self._kept)
        if steps is not None:
            rows = rows.filter(mask(steps, rows))
        rows = rows.select(self._schema.names).cast(self._schema)
        yield from rows.combine_chunks().to_batches(max_chunksize=_GROUP)


def _tables(path: Path) -> Iterator[Any]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with path.open("rb") as file:
            table = pq.read_table(file)
        yield table
    except FileNotFoundError:
        pass
    except (pa.ArrowException, OSError) as error:
        message = f"{path}: not the Parquet file of an earlier scan: {error}"
        raise ArgumentError(message) from error
    for part in _left(path):
        batches = list(_rows_of(part))
        if batches:
            yield pa.Table.from_batches(batches)


def _joined(tables: list[Any]) -> Any:  # noqa: ANN401
    import pyarrow as pa

    return pa.concat_tables(tables, promote_options="permissive")


def _plain(kind: Any) -> Any:  # noqa: ANN401
    """Give the type of what a dictionary holds: Parquet keeps texts of either kind."""
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        return kind.value_type
    return pa.list_(kind.value_type) if pa.types.is_list(kind) else kind
