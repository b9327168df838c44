"""``radiogram edit --table``: each file gets the values of its row of a CSV or JSON table.

A file is written as a whole or not at all; what happened to each is a line of the report, and a run that was interrupted
goes on from there.
"""

from __future__ import annotations

import glob
import hashlib
import json
import os
import sys
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self

from radiogram import _core
from radiogram.cli import terminal
from radiogram.cli.edit_rows import Row, rows_of
from radiogram.errors import ArgumentError, DicomError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from radiogram.dataset import Dataset

__all__ = ["run"]

_AHEAD = 4
"""Files that are begun ahead for each thread."""

_DONE = {"edited"}


@dataclass(frozen=True, slots=True)
class Job:
    """A file and what is to become of it; a row without a file, or a file with an error, has no `output`."""

    path: str
    row: Row | None
    output: str | None = None
    error: str | None = None


@dataclass(slots=True)
class Count:
    """How it went."""

    edited: int = 0
    failed: int = 0
    unmatched: int = 0
    skipped: int = 0
    told: list[str] = field(default_factory=list)


def run(
    arguments: argparse.Namespace,
    change: Callable[[Dataset, Row | None], None],
    check: Callable[[str], object],
) -> int:
    """Edit all files that have a row.

    Parameters
    ----------
    arguments : Namespace
        Those of ``radiogram edit``.
    change : callable
        Does to a dataset what a row says, and what the command line says of all files.
    check : callable
        Raises `ArgumentError` for a column that is no element.
    """
    if arguments.in_place is False and arguments.output in (None, "-"):
        terminal.complain("edit", "with --table, -o names a folder")
        return 2
    try:
        text = Path(arguments.table).read_bytes()
        rows = rows_of(text, arguments.table)
        key = arguments.key or ("path" if rows.columns and rows.columns[0] == "path" else "SOPInstanceUID")
        by_key = rows.by(key)
        for column in rows.columns:
            if column != key:
                check(column)
        if key != "path":
            _core.ScanPlan([f"{key}:text"])
        report = _Report(arguments.report, hashlib.sha256(text).hexdigest(), resume=arguments.resume)
    except (ArgumentError, OSError) as error:
        terminal.complain(arguments.table, error)
        return 2
    count = Count()
    with report as told:
        jobs = _jobs(arguments, key, by_key)
        for job, wrong in _done(
            jobs, lambda job: _edit(job, arguments, change), arguments.threads, told.done
        ):
            _note(job, wrong, count, told, is_dry=arguments.dry_run)
    words = "would be edited" if arguments.dry_run else "edited"
    sys.stdout.write(
        f"{count.edited} files {words}, {count.skipped} done before, {count.failed} failed, "
        f"{count.unmatched} rows without a file\n"
    )
    return 1 if count.failed or count.unmatched else 0


def _note(job: Job, error: str | None, count: Count, report: _Report, *, is_dry: bool) -> None:
    if job.path in report.done:
        count.skipped += 1
        return
    if job.path == "":
        status = "unmatched"
        count.unmatched += 1
    elif error is not None:
        status = "failed"
        count.failed += 1
        terminal.complain(job.path, error)
    else:
        status = "would edit" if is_dry else "edited"
        count.edited += 1
    changed = [] if job.row is None else [name for name, _ in job.row.cells]
    report.tell(
        {
            "path": job.path or None,
            "row": None if job.row is None else job.row.number,
            "output": job.output,
            "status": status,
            "elements": changed,
            "error": error,
        }
    )


def _edit(
    job: Job, arguments: argparse.Namespace, change: Callable[[Dataset, Row | None], None]
) -> str | None:
    """Edit a file; give what went wrong."""
    from radiogram.dataset import read

    if job.output is None:
        return job.error
    try:
        ds = read(job.path, force=arguments.force)
        change(ds, job.row)
        if not arguments.dry_run:
            target = Path(job.output)
            target.parent.mkdir(parents=True, exist_ok=True)
            ds.save_as(target, transfer_syntax=arguments.transfer_syntax, repair=arguments.repair)
    except (DicomError, OSError, ValueError) as error:
        return terminal.advised(error, can_force=True)
    return None


def _done(
    jobs: Iterator[Job], work: Callable[[Job], str | None], threads: int | None, before: set[str]
) -> Iterator[tuple[Job, str | None]]:
    """Do jobs side by side, and give them in their order with what went wrong; no more than a few are waited for."""
    workers = threads or os.cpu_count() or 1
    waiting: deque[tuple[Job, Any]] = deque()
    with ThreadPoolExecutor(workers, thread_name_prefix="radiogram-edit") as pool:
        try:
            for job in jobs:
                waiting.append((job, None if job.path in before else pool.submit(work, job)))
                if len(waiting) >= workers * _AHEAD:
                    yield _result(*waiting.popleft())
            while waiting:
                yield _result(*waiting.popleft())
        finally:
            for _, future in waiting:
                if future is not None:
                    future.cancel()


def _result(job: Job, future: Any) -> tuple[Job, str | None]:  # noqa: ANN401
    return job, None if future is None else future.result()


def _jobs(arguments: argparse.Namespace, key: str, rows: dict[str, Row]) -> Iterator[Job]:
    root = _root(arguments.file)

    def output(path: str) -> str:
        if arguments.in_place:
            return path
        return str(Path(arguments.output) / os.path.relpath(path, root))

    if key == "path":
        for name, row in rows.items():
            path = os.path.abspath(os.path.join(root, name))  # noqa: PTH100, PTH118  # links stay as they are
            if os.path.commonpath((root, path)) != root:
                yield Job(path, row, error="the path leads out of the folder that was named")
            elif not os.path.isfile(path):  # noqa: PTH113
                yield Job("", row)
            else:
                yield Job(path, row, output(path))
        return
    yield from _matched(arguments, key, rows, output)


def _matched(
    arguments: argparse.Namespace, key: str, rows: dict[str, Row], output: Callable[[str], str]
) -> Iterator[Job]:
    """Look for the files whose element is that of a row."""
    from radiogram.scanning import scan

    seen: set[str] = set()
    table = scan(arguments.file, [f"{key}:text"], force=arguments.force, threads=arguments.threads)
    for batch in table.select("path", f"{key}:text", "error"):
        for path, value, error in zip(*batch.columns(), strict=True):
            if error is not None:
                yield Job(path, None, error=error)
            elif value is not None and value in rows:
                seen.add(value)
                if "::" in path and not Path(path).exists():
                    yield Job(path, rows[value], error="a member of an archive is not edited in it")
                else:
                    yield Job(path, rows[value], output(path))
    for value, row in rows.items():
        if value not in seen:
            yield Job("", row)


def _root(source: str) -> str:
    """Give the folder that names of files are counted from."""
    path = os.path.abspath(source)  # noqa: PTH100
    while glob.has_magic(path) and not os.path.exists(path):  # noqa: PTH110
        path = os.path.dirname(path)  # noqa: PTH120
    return path if os.path.isdir(path) else os.path.dirname(path)  # noqa: PTH112, PTH120


class _Report:
    """Lines of JSON, each written when its file is done."""

    def __init__(self, path: str | None, digest: str, *, resume: bool) -> None:
        self._path = path
        self._file: IO[str] | None = None
        self._digest = digest
        self.done: set[str] = set()
        if resume:
            if path is None:
                message = "--resume goes on from a report: name it by --report"
                raise ArgumentError(message)
            self._resume(Path(path))
        self._is_new = not self.done

    def _resume(self, path: Path) -> None:
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return
        told = [line for line in map(_object, lines) if line is not None]
        if not told or told[0].get("table") != self._digest:
            message = f"{path} is the report of another table"
            raise ArgumentError(message)
        for one in told:
            output = one.get("output")
            if one.get("status") in _DONE and isinstance(output, str) and Path(output).exists():
                self.done.add(str(one["path"]))

    def __enter__(self) -> Self:
        if self._path is not None:
            self._file = Path(self._path).open("w" if self._is_new else "a", encoding="utf-8")
            if self._is_new:
                self.tell({"table": self._digest})
            else:
                # The last line may have broken off.
                self._file.write("\n")
        return self

    def __exit__(self, *_: object) -> None:
        with self._file or nullcontext():
            pass

    def tell(self, one: dict[str, Any]) -> None:
        if self._file is not None:
            self._file.write(json.dumps(one, ensure_ascii=False) + "\n")
            self._file.flush()


def _object(line: str) -> dict[str, Any] | None:
    try:
        made = json.loads(line)
    except ValueError:
        return None
    return made if isinstance(made, dict) else None
