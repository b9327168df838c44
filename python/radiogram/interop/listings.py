"""Columns of scans as lists of Python's values: from batches, and from the Parquet file of an earlier scan."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from radiogram.errors import ArgumentError, UnsupportedError, source_error

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["of_batches", "of_parquet", "parquet_columns"]


def of_batches(batches: Iterable[Any], names: Sequence[str]) -> Iterator[tuple[list[Any], ...]]:
    """Give the columns of each batch, in this order; times of change are nanoseconds since 1970."""
    pa = _pyarrow()
    for batch in batches:
        yield _lists(pa.record_batch(batch), names)


def parquet_columns(path: str | os.PathLike[str]) -> list[str]:
    """Name the columns of a Parquet file.

    Raises
    ------
    SourceError
        It cannot be read.
    ArgumentError
        It is none.
    """
    return [str(name) for name in _opened(path).schema_arrow.names]


def of_parquet(path: str | os.PathLike[str], names: Sequence[str]) -> Iterator[tuple[list[Any], ...]]:
    """Give the columns of a Parquet file, some rows at a time."""
    for batch in _opened(path).iter_batches(columns=list(names)):
        yield _lists(batch, names)


def _lists(batch: Any, names: Sequence[str]) -> tuple[list[Any], ...]:  # noqa: ANN401
    import pyarrow as pa

    columns = [batch.column(batch.schema.get_field_index(name)) for name in names]
    return tuple(
        (column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column).to_pylist()
        for column in columns
    )


def _opened(path: str | os.PathLike[str]) -> Any:  # noqa: ANN401
    pa = _pyarrow()
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(pa.OSFile(os.fsencode(path), "rb"))
    except pa.ArrowException as error:
        message = f"{path}: not a Parquet file: {error}"
        raise ArgumentError(message) from error
    except OSError as error:
        message = f"{path}: {error.strerror or error}"
        raise source_error(message, error.errno or 0) from error


def _pyarrow() -> Any:  # noqa: ANN401
    try:
        import pyarrow as pa
    except ImportError:
        message = "this needs pyarrow, which is not installed"
        raise UnsupportedError(message) from None
    return pa
