"""Runs a row: asks every side for its answer once, compares the answers, then measures them in turns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import pytest

from benches import data
from benches.interleave import HEAD, MEANS_HEAD, Gate, Row, interleave, means

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pytest_benchmark.fixture import BenchmarkFixture

ROWS: list[Row] = []
UNITS = {"s": 1.0, "ms": 1e3, "µs": 1e6}


class Measure(Protocol):
    """What the fixture `measure` gives."""

    def __call__(
        self,
        case: str,
        competitors: Mapping[str, Callable[[], Any] | str],
        gate: Gate,
        *,
        right: Callable[[str, Any], bool],
        per: int = 1,
        unit: str = "ms",
        rounds: int = 7,
        slow: frozenset[str] = frozenset(),
        group: str = "",
    ) -> Row:
        """Measure the competitors, radiogram among them; ``per`` is how many things one turn does.

        A peer that cannot take part is a sentence instead of a function; one that raises is left out, and the row says so.
        """
        ...


@pytest.fixture(scope="session")
def size(request: pytest.FixtureRequest) -> data.Size:
    """Give the full size, or the small one where nothing is measured (``--benchmark-disable``)."""
    return data.SMOKE if request.config.getoption("benchmark_disable") else data.FULL


def keep(row: Row, benchmark: BenchmarkFixture) -> None:
    """Put a row into the table and into what pytest-benchmark writes."""
    ROWS.append(row)
    benchmark.extra_info.update(
        case=row.case,
        unit=row.unit,
        figures=row.figures,
        ratio=row.ratio,
        gate=str(row.gate),
        correct=row.correct.get(Row.OURS, False),
        correct_peers=row.correct,
        absent_peers=row.absent,
        reached=row.is_reached,
    )


@pytest.fixture
def measure(benchmark: BenchmarkFixture) -> Measure:
    """Give the function that measures a row and fails where our answer is wrong."""

    def run(
        case: str,
        competitors: Mapping[str, Callable[[], Any] | str],
        gate: Gate,
        *,
        right: Callable[[str, Any], bool],
        per: int = 1,
        unit: str = "ms",
        rounds: int = 7,
        slow: frozenset[str] = frozenset(),
        group: str = "",
    ) -> Row:
        row = Row(case, unit, gate, group=group)
        able: dict[str, Callable[[], Any]] = {}
        for name, compete in competitors.items():
            if isinstance(compete, str):
                row.absent[name] = compete
                continue
            try:
                answer = compete()
            except Exception as error:
                if name == Row.OURS:
                    raise
                row.absent[name] = f"refuses it ({type(error).__name__})"
                continue
            row.correct[name] = right(name, answer)
            able[name] = compete
        seconds = interleave(able, 1 if benchmark.disabled else rounds, slow)
        row.figures = {name: taken * UNITS[unit] / per for name, taken in seconds.items()}
        benchmark.pedantic(able[Row.OURS], rounds=1)
        keep(row, benchmark)
        assert row.correct[Row.OURS], f"{case}: another answer than expected"
        return row

    return run


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table."""
    if ROWS:
        terminalreporter.section("gates")
        terminalreporter.write_line(HEAD)
        for row in ROWS:
            terminalreporter.write_line(row.markdown())
        if groups := means(ROWS):
            terminalreporter.write_line("\n".join(["", MEANS_HEAD, *groups]))
