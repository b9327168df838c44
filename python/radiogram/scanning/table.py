"""`rg.scan` and the table it gives: nothing is read before somebody wants rows."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, Any

from radiogram import _core
from radiogram.errors import ArgumentError
from radiogram.interop.names import path_of
from radiogram.scanning.expressions import Expression
from radiogram.scanning.sources import Sources, folder

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from concurrent.futures import Executor

    from radiogram.scanning.series import SeriesList
    from radiogram.scanning.sources import Spec

__all__ = ["ScanTable", "scan"]

FRONT = ("path", "size", "mtime")
BACK = ("problems", "error")
DEFAULT_TAGS = (
    "PatientID",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "SOPInstanceUID",
    "SOPClassUID",
    "TransferSyntaxUID",
    "Modality",
    "StudyDate",
    "StudyDescription",
    "SeriesDescription",
    "SeriesNumber",
    "InstanceNumber",
    "Rows",
    "Columns",
    "NumberOfFrames",
)
"""What is asked for where nobody says what."""

ROWS = 4096
"""Rows of a batch at most."""

LOOKED_AT = 100
"""Files that are looked at for the VR of an element that no dictionary knows."""


def scan(
    sources: Spec | Iterable[Spec] | None = None,
    tags: Iterable[str | int | tuple[int, int]] = DEFAULT_TAGS,
    *,
    manifest: str | os.PathLike[str] | None = None,
    since: str | os.PathLike[str] | None = None,
    force: bool = False,
    threads: int | None = None,
    progress: bool | Callable[[int, int], object] | None = None,
    executor: Executor | None = None,
    storage_options: Mapping[str, Any] | None = None,
) -> ScanTable:
    """Name files and the elements to read of each; the result is a table that is read when somebody wants its rows.

    A row is a file, and only the bytes in front of the last wanted element are read. A file that cannot be read is a
    row whose ``error`` says why: no file ends a scan. The types of columns come from the dictionary (PS3.6), not from
    the files; a value that does not fit is null and is named in ``problems``. A private element that no dictionary knows has
    the type of the VR that the first files agree on, as a list, and is bytes where they do not; they are looked at when
    somebody wants rows or types.

    Parameters
    ----------
    sources : path, pattern, URL, or iterable of these, optional
        Files; folders with all their sub-folders (links to folders are not followed); patterns such as
        ``"ct/**/*.dcm"``; zip and tar files, whose members are called ``archive.zip::member``, alone too; a ``DICOMDIR``, which
        stands for the files it refers to; URLs that fsspec or obstore opens (``s3://…``), and stores of obstore, alone or as
        (store, prefix). Of a remote object one range is asked for that holds 64 KiB.
    tags : iterable
        Keywords, tags (``"00280010"``, ``0x00280010``), elements of items (``"BeamSequence/0/BeamName"``, or ``*`` for
        the values of all items as a list), private elements (``"(0029,10)[SIEMENS CSA HEADER]"``). ``:text`` behind a name
        gives the text as it is written, whatever the type of the column would be (``"AcquisitionDateTime:text"``); a VR says
        what an element is that no dictionary knows (``"(0029,10)[ACME]:DS"``).
    manifest : path, optional
        A text file that names a source a line, relative to its own folder.
    since : path, optional
        A Parquet file that an earlier scan wrote: files of the same path, size and time of change are not read again.
        Needs pyarrow. Their rows come first. One that is not there yet is an empty one. What `ScanTable.write_parquet` to that
        file had read before its process died is not read again, either.
    force : bool
        Read also what does not look like DICOM, as `read` does.
    threads : int, optional
        How many threads read; one for each processor.
    progress : bool or callable, optional
        Called with (files read, 0) now and then, as nobody knows how many there will be; ``True`` writes to standard error.
    executor : concurrent.futures.Executor, optional
        Reads parts of the files in its workers instead: threads, processes, a Dask cluster's ``client.get_executor()``.
        Needs pyarrow.
    storage_options : mapping, optional
        For URLs: what fsspec (or obstore) takes for their stores, such as credentials or an endpoint.

    Returns
    -------
    ScanTable
        Columns ``path``, ``size``, ``mtime``, the tags, ``problems``, ``error``.

    Raises
    ------
    ArgumentError
        A name is no element, or the element is a sequence.

    Examples
    --------
    >>> import radiogram as rg
    >>> from pydicom.data import get_testdata_file
    >>> table = rg.scan(get_testdata_file("CT_small.dcm"), tags=["Modality", "Rows", "PixelSpacing"])
    >>> [(name, kind) for name, kind, _ in table.fields[3:6]]
    [('Modality', 'code'), ('Rows', 'uint16'), ('PixelSpacing', 'float64')]
    >>> sum(len(batch) for batch in table.filter(rg.col("Modality") == "CT"))
    1
    """
    names = tuple(dict.fromkeys(_name(tag) for tag in ([tags] if isinstance(tags, str) else tags)))
    reserved = [name for name in names if name in (*FRONT, *BACK)]
    if reserved:
        message = f"{reserved[0]} is a column of every scan"
        raise ArgumentError(message)
    if sources is None and manifest is None:
        message = "there is nothing to scan: name sources or a manifest"
        raise ArgumentError(message)
    table = ScanTable(
        sources=Sources.of(sources, manifest, storage_options),
        columns=(*FRONT, *names, *BACK),
        since=since,
        force=force,
        threads=threads,
        progress=progress,
        executor=executor,
    )
    # Wrong names are told at once, before any file is looked at.
    _planned(table.columns)
    return table


def _planned(columns: Iterable[str], steps: list[Any] | None = None, **options: Any) -> _core.ScanPlan:  # noqa: ANN401
    try:
        return _core.ScanPlan(list(columns), steps, **options)
    except UnicodeEncodeError:
        message = "a name of a column has code points that are no characters"
        raise ArgumentError(message) from None


def _one_of(vrs: set[str]) -> str | None:
    """Give the VR that stands for several: the same type of column, or none."""
    if "SQ" in vrs:
        return None
    kinds = {_core.ScanPlan([f"(0009,10)[{__name__}]:{vr}"], None).fields[0][1:] for vr in vrs}
    return min(vrs) if len(kinds) == 1 else None


def _name(tag: str | int | tuple[int, int]) -> str:
    return tag if isinstance(tag, str) else f"{_core.tag(tag):08X}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScanTable:
    """Rows that are read when they are wanted; made by `scan`.

    Whatever takes Arrow's C stream takes a table as it is: ``polars.DataFrame(table)``, ``pyarrow.table(table)``,
    DuckDB's queries. Batches follow each other with a bounded number of them in memory.

    Attributes
    ----------
    sources : Sources
        What is scanned.
    columns : tuple of str
        Names of the columns.
    condition : Expression or None
        Which rows are wanted.
    since, force, threads, progress, executor
        As in `scan`.
    """

    sources: Sources
    columns: tuple[str, ...]
    condition: Expression | None = None
    since: str | os.PathLike[str] | None = None
    force: bool = False
    threads: int | None = None
    progress: bool | Callable[[int, int], object] | None = None
    executor: Executor | None = None
    _vrs: dict[str, str | None] = field(default_factory=dict, repr=False)

    @property
    def fields(self) -> list[tuple[str, str, bool]]:
        """Name, type, and whether a row has a list, of each column."""
        return self._plan().fields

    def filter(self, *conditions: Expression) -> ScanTable:
        """Keep the rows that meet all conditions; see `col`.

        Raises
        ------
        ArgumentError
            A column is compared with something that it does not hold.
        """
        wrong = [one for one in conditions if not isinstance(one, Expression)]
        if wrong:
            message = f"a condition is made of rg.col(…), not {type(wrong[0]).__name__}"
            raise ArgumentError(message)
        known = () if self.condition is None else (self.condition,)
        table = replace(self, condition=reduce(and_, (*known, *conditions))) if conditions else self
        table._plan()
        return table

    def select(self, *columns: str) -> ScanTable:
        """Keep these columns, in this order; of elements that are no column yet, too."""
        table = replace(self, columns=tuple(dict.fromkeys(columns)))
        table._plan()
        return table

    def __iter__(self) -> Iterator[Any]:
        """Give batches one after the other; each has ``num_rows`` and ``__arrow_c_array__``."""
        if self.since is None and self.executor is None:
            return self._watched(self._stream())
        from radiogram.scanning import shards

        return self._watched(shards.batches(self))

    def __arrow_c_schema__(self) -> object:
        """Give the schema (Arrow PyCapsule interface)."""
        return self._plan().__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Give the rows as a stream (Arrow PyCapsule interface)."""
        if self.since is None and self.executor is None:
            return self._stream().__arrow_c_stream__()
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def to_arrow(self) -> Any:  # noqa: ANN401
        """Read all rows to a ``pyarrow.Table``."""
        from radiogram.interop import tables

        return tables.to_arrow(self._plan(), self)

    def to_polars(self) -> Any:  # noqa: ANN401
        """Read all rows to a ``polars.DataFrame``; pyarrow is not needed."""
        from radiogram.interop import tables

        if self.since is not None or self.executor is not None:
            return tables.to_polars(self._plan().made([]), iter(self))
        plan = self._plan(views=True)
        batches = self._watched(self._stream(plan))
        return tables.to_polars(plan.made([]), (plan.made([batch]) for batch in batches))

    def to_pandas(self) -> Any:  # noqa: ANN401
        """Read all rows to a ``pandas.DataFrame``: codes as categories, integers with gaps as pandas' own. Needs pyarrow."""
        from radiogram.interop import tables

        return tables.to_pandas(self.to_arrow())

    def lazy(self) -> Any:  # noqa: ANN401
        """Give a ``polars.LazyFrame``: a source of polars' that reads only the columns and rows a query asks for."""
        from radiogram.interop import tables
        from radiogram.scanning.pushdown import condition

        names = {name: (kind, is_list) for name, kind, is_list in self.fields}

        def streams(columns: list[str] | None, ours: Expression | None) -> Iterator[object]:
            table = self if columns is None else self.select(*columns)
            table = table if ours is None else table.filter(ours)
            plan = table._plan()
            for batch in table:
                yield plan.made([batch]) if isinstance(batch, _core.ScanBatch) else batch

        return tables.lazy_frame(
            self._plan().made([]), streams, lambda predicate: condition(predicate, names)
        )

    def write_parquet(self, path: str | os.PathLike[str]) -> int:
        """Write all rows to a Parquet file, batch by batch; it takes its name when it is complete. Needs pyarrow.

        Should the process die on the way, what was read stays beside it in a hidden file, and a scan with ``since=`` the
        same path goes on from there.

        Returns
        -------
        int
            How many rows.
        """
        from radiogram.interop import parquet

        return parquet.write_parquet(path, self._plan(), self)

    def series(self) -> SeriesList:
        """Sort the files into series, each with a verdict on whether its slices make a volume.

        Headers are read for that, whatever columns the table has; its conditions choose the files. What cannot be read is
        in ``failed``.

        Returns
        -------
        SeriesList

        Examples
        --------
        >>> import radiogram as rg
        >>> from radiogram.volume.phantom import Phantom, write_series
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     _ = write_series(folder, Phantom(slices=4, rows=32, columns=48))
        ...     found = rg.scan(folder).series()
        >>> [(one.modality, one.verdict, one.shape) for one in found]
        [('CT', 'volume', (4, 32, 48))]
        """
        from radiogram.scanning.series import Series, SeriesList

        options = self._open_options()
        told, failed = self._plan().series(
            self.sources.loads(looking=False),
            threads=self.threads,
            progress=options["progress"],
            folder=folder,
        )
        if self.progress is True:
            sys.stderr.write("\n")
        return SeriesList(
            tuple(Series._of(one) for one in told),
            tuple((path_of(path), error) for path, error in failed),
        )

    def _plan(self, *, views: bool = False) -> _core.ScanPlan:
        steps = None if self.condition is None else list(self.condition.steps)
        said = self._said()
        return _planned(self.columns, steps, force=self.force, views=views, said=said)

    def _said(self) -> dict[str, str]:
        """Give the VRs of elements that no dictionary knows, as the first files agree on them: those are read here, once."""
        names = self.columns if self.condition is None else (*self.columns, *self.condition.columns)
        unknown = _planned(dict.fromkeys(names)).unknown
        new = [name for name in unknown if name not in self._vrs]
        if new:
            found = _core.ScanPlan(new, None, force=self.force).said(self.sources.loads(), LOOKED_AT)
            self._vrs.update({name: _one_of(found.get(name, set())) for name in new})
        return {name: vr for name in unknown if (vr := self._vrs[name]) is not None}

    def _stream(self, plan: _core.ScanPlan | None = None) -> _core.ScanStream:
        return (plan or self._plan()).open(
            self.sources.loads(looking=False), **self._open_options(), folder=folder
        )

    def _open_options(self) -> dict[str, Any]:
        told = _print_progress if self.progress is True else self.progress or None
        return {"rows": ROWS, "threads": self.threads, "progress": told}

    def _watched(self, batches: Iterable[Any]) -> Iterator[Any]:
        yield from batches
        if self.progress is True:
            sys.stderr.write("\n")


def _print_progress(done: int, total: int) -> None:
    del total
    sys.stderr.write(f"\rscan: {done} files")
    sys.stderr.flush()
