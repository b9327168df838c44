"""Batches of a scan as tables of pyarrow, polars and pandas, as Parquet, and as a source of polars' lazy frames."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radiogram.errors import ArgumentError, UnsupportedError, source_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = [
    "Earlier",
    "count_present",
    "lazy_frame",
    "pyarrow_batches",
    "queried",
    "rows",
    "to_arrow",
    "to_pandas",
    "to_polars",
    "write_parquet",
]

_GROUP = 128 << 10
"""Rows of a row group."""


def _need(name: str) -> UnsupportedError:
    return UnsupportedError(f"this needs {name}, which is not installed")


def to_arrow(schema: Any, batches: Iterable[Any]) -> Any:  # noqa: ANN401
    """Give a ``pyarrow.Table``.

    Parameters
    ----------
    schema : object
        Has ``__arrow_c_schema__``.
    batches : iterable
        Each has ``__arrow_c_array__``.

    Returns
    -------
    pyarrow.Table
    """
    pa = _pyarrow()
    return pa.Table.from_batches([pa.record_batch(batch) for batch in batches], schema=pa.schema(schema))


def pyarrow_batches(batches: Iterable[Any]) -> Iterator[Any]:
    """Give the same batches as ``pyarrow.RecordBatch``."""
    pa = _pyarrow()
    for batch in batches:
        yield pa.record_batch(batch)


def _pyarrow() -> Any:  # noqa: ANN401
    try:
        import pyarrow as pa
    except ImportError:
        msg = "pyarrow"
        raise _need(msg) from None
    return pa


def to_polars(stream: Any) -> Any:  # noqa: ANN401
    """Give a ``polars.DataFrame`` of what has ``__arrow_c_stream__``."""
    try:
        import polars as pl
    except ImportError:
        msg = "polars"
        raise _need(msg) from None
    return pl.DataFrame(stream)


def to_pandas(table: Any) -> Any:  # noqa: ANN401
    """Give a ``pandas.DataFrame`` of a ``pyarrow.Table``: codes are categories, days and times are Python's, integers with gaps are pandas' own."""
    try:
        import pandas as pd
    except ImportError:
        msg = "pandas"
        raise _need(msg) from None
    pa = _pyarrow()
    nullable = {
        pa.int16(): pd.Int16Dtype(),
        pa.int32(): pd.Int32Dtype(),
        pa.int64(): pd.Int64Dtype(),
        pa.uint16(): pd.UInt16Dtype(),
        pa.uint32(): pd.UInt32Dtype(),
        pa.uint64(): pd.UInt64Dtype(),
    }
    return table.to_pandas(types_mapper=nullable.get)


def write_parquet(path: str | os.PathLike[str], schema: Any, batches: Iterable[Any]) -> int:  # noqa: ANN401
    """Write batches to a Parquet file, which takes its name when it is complete; give how many rows it has."""
    pa = _pyarrow()
    import pyarrow.parquet as pq

    target = Path(path)
    fields = pa.schema(schema)
    rows = 0
    try:
        handle, partial = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
    except OSError as error:
        msg = f"{target}: {error.strerror}"
        raise source_error(msg, error.errno or 0) from error
    os.close(handle)
    try:
        with pq.ParquetWriter(partial, fields) as writer:
            waiting: list[Any] = []
            for batch in pyarrow_batches(batches):
                waiting.append(batch)
                rows += batch.num_rows
                if sum(one.num_rows for one in waiting) >= _GROUP:
                    writer.write_table(pa.Table.from_batches(waiting, fields))
                    waiting = []
            if waiting:
                writer.write_table(pa.Table.from_batches(waiting, fields))
        umask = os.umask(0)
        os.umask(umask)
        Path(partial).chmod(0o666 & ~umask)
        Path(partial).replace(target)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise
    return rows


def rows(batches: Iterable[Any]) -> Iterator[dict[str, Any]]:
    """Give the rows of batches as Python values by their columns."""
    for batch in pyarrow_batches(batches):
        yield from batch.to_pylist()


def count_present(path: str | os.PathLike[str], column: str) -> int:
    """Count the rows of a Parquet file that have a value in a column."""
    _pyarrow()
    import pyarrow.parquet as pq

    values = pq.read_table(os.fspath(path), columns=[column], memory_map=False).column(0)
    return len(values) - int(values.null_count)


def queried(table: Any, query: str) -> str:  # noqa: ANN401
    """Give DuckDB's answer to a query on the table ``scan``, as text.

    Raises
    ------
    UnsupportedError
        DuckDB is not installed.
    ArgumentError
        The query is not one that DuckDB takes.
    """
    try:
        import duckdb
    except ImportError:
        msg = "duckdb"
        raise _need(msg) from None
    connection = duckdb.connect()
    try:
        connection.register("scan", to_arrow(table, table))
        return str(connection.sql(query)).rstrip()
    except duckdb.Error as error:
        raise ArgumentError(str(error)) from error
    finally:
        connection.close()


def lazy_frame(
    schema: Any,  # noqa: ANN401
    batches: Callable[[list[str] | None, Any], Iterator[Any]],
    condition: Callable[[Any], Any],
) -> Any:  # noqa: ANN401
    """Give a ``polars.LazyFrame`` that scans when it is collected.

    Parameters
    ----------
    schema : object
        Has ``__arrow_c_schema__`` of all columns.
    batches : callable
        Takes the names of the wanted columns (None for all) and a condition of ours (None for none), and gives streams.
    condition : callable
        Makes a condition of ours of plain steps, or gives None where one is not ours to evaluate.
    """
    try:
        import polars as pl
        from polars.io.plugins import register_io_source
    except ImportError:
        msg = "polars"
        raise _need(msg) from None
    empty = pl.DataFrame(schema)

    def source(
        with_columns: list[str] | None,
        predicate: Any,  # noqa: ANN401
        n_rows: int | None,
        batch_size: int | None,
    ) -> Iterator[Any]:
        del batch_size
        ours = None if predicate is None else condition(predicate)
        left = n_rows
        # Columns of a condition that stays with polars are read for it.
        more = () if predicate is None or with_columns is None else predicate.meta.root_names()
        names = None if with_columns is None else [*dict.fromkeys([*with_columns, *more])]
        for stream in batches(names, ours):
            frame = pl.DataFrame(stream)
            if predicate is not None:
                frame = frame.filter(predicate)
            if with_columns is not None:
                frame = frame.select(with_columns)
            if left is not None:
                frame = frame.head(left)
                left -= frame.height
            yield frame
            if left == 0:
                return

    return register_io_source(io_source=source, schema=empty.schema, validate_schema=True)


class Earlier:
    """Rows of an earlier scan that still hold.

    Parameters
    ----------
    path : path
        The Parquet file that the earlier scan wrote.
    schema : object
        Has ``__arrow_c_schema__``: the columns that are wanted.
    needed : iterable of str
        Further columns that a condition looks at.
    """

    def __init__(self, path: str | os.PathLike[str], schema: Any, needed: Iterable[str]) -> None:  # noqa: ANN401
        pa = _pyarrow()
        import pyarrow.parquet as pq

        self._schema = pa.schema(schema)
        try:
            table = pq.read_table(os.fspath(path), memory_map=False)
        except FileNotFoundError:
            table = None
        except (pa.ArrowException, OSError) as error:
            message = f"{path}: not the Parquet file of an earlier scan: {error}"
            raise ArgumentError(message) from error
        wanted = {*self._schema.names, *needed, "path", "size", "mtime"}
        # One without a column that is wanted has nothing to offer: all files are read again.
        self._table = table if table is not None and wanted <= set(table.column_names) else None
        self._rows: dict[str, tuple[int, int, int]] = {}
        if self._table is not None:
            stamps = self._table.column("mtime").cast(pa.int64())
            columns = (self._table.column("path"), self._table.column("size"), stamps)
            rows = zip(*(column.to_pylist() for column in columns), strict=True)
            self._rows = {path: (size, time, row) for row, (path, size, time) in enumerate(rows)}
        self._kept: list[int] = []

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
