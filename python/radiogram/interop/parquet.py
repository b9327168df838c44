"""Scans as Parquet files: written so that one that was interrupted can be gone on with, and read to go on.

While a scan runs, its batches go to a file beside the one to be, ``.NAME.N.PID.part``, as a stream of Arrow's: whatever is in
it when the process dies is a row that need not be read again. At the end it becomes the Parquet file.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radiogram.errors import ArgumentError, UnsupportedError, source_error
from radiogram.interop.tables import pyarrow, pyarrow_batches

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Earlier", "count_present", "write_parquet"]

_ACTIVE: set[Path] = set()
"""What this process writes to just now."""

_GROUP = 128 << 10
"""Rows of a row group."""


def write_parquet(path: str | os.PathLike[str], schema: Any, batches: Iterable[Any]) -> int:  # noqa: ANN401
    """Write batches to a Parquet file, which takes its name when it is complete; give how many rows it has.

    What a process that died had left beside it is removed then.
    """
    pa = pyarrow()
    target = Path(path)
    fields = pa.schema(schema)
    left = list(_left(target))
    part = _free(target)
    made = part.with_suffix(".parquet")
    rows = 0
    _ACTIVE.add(part)
    try:
        try:
            sink = pa.OSFile(str(part), "wb")
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
    with pa.OSFile(str(part), "rb") as source, pq.ParquetWriter(made, fields) as writer:
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
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _rows_of(part: Path) -> Iterator[Any]:
    """Give the batches of a stream that may break off anywhere."""
    import pyarrow as pa

    # Where it breaks off is its end.
    with contextlib.suppress(pa.ArrowException, OSError, EOFError), pa.OSFile(str(part), "rb") as source:
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

    values = pq.read_table(os.fspath(path), columns=[column], memory_map=False).column(0)
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
    """

    def __init__(self, path: str | os.PathLike[str], schema: Any, needed: Iterable[str]) -> None:  # noqa: ANN401
        pa = pyarrow()
        self._schema = pa.schema(schema)
        names = [*dict.fromkeys((*self._schema.names, *needed, "path", "size", "mtime"))]
        # One without a column that is wanted, or with another type, has nothing to offer: all files are read again.
        tables = [table.select(names) for table in _tables(Path(path)) if self._offers(table, names)]
        self._table = _joined(tables) if tables else None
        self._rows: dict[str, tuple[int, int, int]] = {}
        if self._table is not None:
            stamps = self._table.column("mtime").cast(pa.int64())
            columns = (self._table.column("path"), self._table.column("size"), stamps)
            rows = zip(*(column.to_pylist() for column in columns), strict=True)
            self._rows = {path: (size, time, row) for row, (path, size, time) in enumerate(rows)}
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
            rows = rows.filter(_expression(steps, rows.schema))
        rows = rows.select(self._schema.names).cast(self._schema)
        yield from rows.combine_chunks().to_batches(max_chunksize=_GROUP)


def _tables(path: Path) -> Iterator[Any]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        yield pq.read_table(path, memory_map=False)
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


def _expression(steps: Iterable[tuple[Any, ...]], schema: Any) -> Any:  # noqa: ANN401
    """Give our steps as an expression of pyarrow's, with the same three truths."""
    import pyarrow as pa
    import pyarrow.compute as pc

    operators = {
        "==": pc.equal,
        "!=": pc.not_equal,
        "<": pc.less,
        "<=": pc.less_equal,
        ">": pc.greater,
        ">=": pc.greater_equal,
    }

    def value(given: Any, kind: Any) -> Any:  # noqa: ANN401
        if isinstance(given, tuple):
            what, number = given
            if what == "date":
                return pa.scalar(number, pa.int32()).cast(pa.date32())
            return pa.scalar(number, pa.int64()).cast(kind)
        return pa.scalar(given)

    def plain(name: str) -> tuple[Any, Any]:
        kind = schema.field(name).type
        if pa.types.is_list(kind):
            message = f"{name}: a condition on a list is not evaluated on earlier rows"
            raise UnsupportedError(message)
        if pa.types.is_dictionary(kind):
            return pc.field(name).cast(kind.value_type), kind.value_type
        return pc.field(name), kind

    stack: list[Any] = []
    for step in steps:
        word = step[0]
        if word == "not":
            stack.append(~stack.pop())
        elif word in ("and", "or"):
            right, left = stack.pop(), stack.pop()
            stack.append(left & right if word == "and" else left | right)
        elif word == "null":
            stack.append(pc.field(step[1]).is_null())
        else:
            field, kind = plain(step[1])
            given = step[2] if word == "in" else (step[2],)
            order = pc.equal if word == "in" else operators[word]
            parts = [order(field, value(one, kind)) for one in given]
            joined = parts[0] if parts else pc.equal(field, field) & ~pc.equal(field, field)
            for part in parts[1:]:
                joined |= part
            stack.append(joined)
    return stack.pop()
