"""Batches of a scan as tables of pyarrow, polars and pandas, and as a source of polars' lazy frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radiogram.errors import ArgumentError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = [
    "lazy_frame",
    "pyarrow",
    "pyarrow_batches",
    "queried",
    "rows",
    "to_arrow",
    "to_pandas",
    "to_polars",
    "write_arrow",
]


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
    pa = pyarrow()
    return pa.Table.from_batches([pa.record_batch(batch) for batch in batches], schema=pa.schema(schema))


def pyarrow_batches(batches: Iterable[Any]) -> Iterator[Any]:
    """Give the same batches as ``pyarrow.RecordBatch``."""
    pa = pyarrow()
    for batch in batches:
        yield pa.record_batch(batch)


def pyarrow() -> Any:  # noqa: ANN401
    """Give the package pyarrow, or say that it is not there."""
    try:
        import pyarrow as pa
    except ImportError:
        msg = "pyarrow"
        raise _need(msg) from None
    return pa


def to_polars(schema: Any, streams: Iterable[Any]) -> Any:  # noqa: ANN401
    """Give a ``polars.DataFrame`` of streams of batches: each is taken over, and let go, before the next one is made."""
    try:
        import polars as pl
    except ImportError:
        msg = "polars"
        raise _need(msg) from None
    frame = pl.DataFrame(schema)
    for stream in streams:
        # Not joined to larger pieces: for a while all of it would be there twice.
        frame.vstack(pl.DataFrame(stream), in_place=True)
    return frame


def to_pandas(table: Any) -> Any:  # noqa: ANN401
    """Give a ``pandas.DataFrame`` of a ``pyarrow.Table``: codes are categories, days and times are Python's, integers with gaps are pandas' own."""
    try:
        import pandas as pd
    except ImportError:
        msg = "pandas"
        raise _need(msg) from None
    pa = pyarrow()
    nullable = {
        pa.int16(): pd.Int16Dtype(),
        pa.int32(): pd.Int32Dtype(),
        pa.int64(): pd.Int64Dtype(),
        pa.uint16(): pd.UInt16Dtype(),
        pa.uint32(): pd.UInt32Dtype(),
        pa.uint64(): pd.UInt64Dtype(),
    }
    return table.to_pandas(types_mapper=nullable.get)


def rows(batches: Iterable[Any]) -> Iterator[dict[str, Any]]:
    """Give the rows of batches as Python values by their columns."""
    for batch in pyarrow_batches(batches):
        yield from batch.to_pylist()


def write_arrow(
    path: str,
    schema: Any,  # noqa: ANN401
    batches: Iterable[Any],
    *,
    compression: str | None,
) -> tuple[int, int]:
    """Write batches to an Arrow IPC file (Feather V2), which is there as a whole or not at all; give rows, and those with an ``error``.

    Texts of which each is kept once are written as texts: a file has one list of them for all batches, which nobody knows in front.
    """
    from radiogram.interop.whole_file import replacing

    pa = pyarrow()
    fields = pa.schema([field.with_type(_undivided(field.type)) for field in pa.schema(schema)])
    options = pa.ipc.IpcWriteOptions(compression=compression)
    rows = failed = 0
    with replacing(path) as file, pa.ipc.new_file(file, fields, options=options) as writer:
        for batch in pyarrow_batches(batches):
            writer.write_batch(batch.cast(fields))
            rows += batch.num_rows
            failed += batch.num_rows - batch.column("error").null_count
    return rows, failed


def _undivided(kind: Any) -> Any:  # noqa: ANN401
    import pyarrow as pa

    if pa.types.is_list(kind):
        return pa.list_(_undivided(kind.value_type))
    return kind.value_type if pa.types.is_dictionary(kind) else kind


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
