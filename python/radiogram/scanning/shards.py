"""Scans in parts: what an earlier one has already, and what the workers of an executor read."""

from __future__ import annotations

import os
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from radiogram import _core
from radiogram.interop.names import shown
from radiogram.scanning.archives import Packed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from concurrent.futures import Executor, Future

    from radiogram.scanning.sources import Load
    from radiogram.scanning.table import ScanTable

__all__ = ["batches"]

_SHARD = 2048
"""Files that a worker reads at a time."""


def batches(table: ScanTable) -> Iterator[Any]:
    """Give the rows of a table as batches of pyarrow: those that an earlier scan has, then those that are read."""
    steps = () if table.condition is None else table.condition.steps
    parts: Iterable[list[Load] | Packed] = table.sources.parts()
    if table.since is not None:
        from radiogram.interop.parquet import Earlier

        needed = () if table.condition is None else table.condition.columns
        earlier = Earlier(table.since, replace(table, condition=None), needed, force=table.force)
        # All names are looked at before the first row is given: a table may be written over the one it continues.
        parts = [new for part in parts if (new := _unkept(earlier, part))]
        yield from earlier.batches(steps or None)
    if table.executor is None:
        from radiogram.interop.tables import pyarrow_batches

        plan = table._plan()
        yield from pyarrow_batches(plan.open(_opened(parts), **table._open_options()))
        return
    yield from _sharded(table, parts, steps)


def _opened(parts: Iterable[list[Load] | Packed]) -> Iterator[list[Load]]:
    for part in parts:
        if isinstance(part, Packed):
            yield from part.loads()
        else:
            yield part


def _unkept(earlier: Any, part: list[Load] | Packed) -> list[Load] | Packed:  # noqa: ANN401
    """Give what of a part an earlier scan has not; members of a compressed archive are named without being held."""
    if isinstance(part, Packed):
        kept = (name for name, size, changed in part.names() if earlier.keeps(shown(name), size, changed))
        return replace(part, without=frozenset(kept))
    return [one for one in part if not _is_kept(earlier, one)]


def _is_kept(earlier: Any, load: Load) -> bool:  # noqa: ANN401
    if isinstance(load, tuple):
        name, size, changed, _ = load
        return bool(earlier.keeps(shown(name), size, changed))
    try:
        stat = os.stat(load)  # noqa: PTH116
    except OSError:
        return False
    return bool(earlier.keeps(shown(load), stat.st_size, stat.st_mtime_ns))


def _sharded(table: ScanTable, parts: Iterable[list[Load] | Packed], steps: tuple[Any, ...]) -> Iterator[Any]:
    executor = table.executor
    assert executor is not None
    workers = _workers(executor)
    waiting: deque[tuple[Future[Any], int | None]] = deque()
    done = 0
    told = table._open_options()["progress"]

    def _finished(future: Future[Any], count: int | None) -> Iterator[Any]:
        nonlocal done
        part = future.result()
        done += part.num_rows if count is None else count
        if told is not None:
            told(done, 0)
        yield from part.to_batches()

    try:
        for shard in _shards(parts):
            future = executor.submit(
                _read, shard, table.columns, steps, table.force, table.threads, table._said()
            )
            waiting.append((future, None if isinstance(shard, Packed) else len(shard)))
            if len(waiting) > 2 * workers:
                yield from _finished(*waiting.popleft())
        while waiting:
            yield from _finished(*waiting.popleft())
    finally:
        for left, _ in waiting:
            left.cancel()


def _workers(executor: Executor) -> int:
    """Tell how many parts an executor reads at a time; a cluster's client knows its processors."""
    known = getattr(executor, "_max_workers", None)
    if known is None:
        cores = getattr(getattr(executor, "_client", None), "ncores", None)
        known = sum(cores().values()) if callable(cores) else None
    return known or os.cpu_count() or 1


def _shards(parts: Iterable[list[Load] | Packed]) -> Iterator[list[Load] | Packed]:
    """Give parts of one size; a compressed archive is one, and is unpacked where it is read."""
    shard: list[Load] = []
    for part in parts:
        if isinstance(part, Packed):
            if shard:
                yield shard
                shard = []
            yield part
            continue
        shard += part
        while len(shard) >= _SHARD:
            yield shard[:_SHARD]
            shard = shard[_SHARD:]
    if shard:
        yield shard


def _read(
    shard: list[Load] | Packed,
    columns: tuple[str, ...],
    steps: tuple[Any, ...],
    force: bool,  # noqa: FBT001  # an executor hands arguments over by place
    threads: int | None,
    said: dict[str, str],
) -> Any:  # noqa: ANN401
    """Read a part in a worker: a ``pyarrow.Table``, which goes from process to process."""
    from radiogram.interop.tables import to_arrow

    plan = _core.ScanPlan(list(columns), list(steps) or None, force=force, said=said)
    return to_arrow(plan, plan.open(_opened([shard]), rows=4096, threads=threads or 1, progress=None))
