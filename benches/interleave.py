"""Measures several ways of doing one thing in turns, so that a noisy machine is unfair to none of them."""

from __future__ import annotations

import gc
import statistics
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True)
class Gate:
    """What is owed: our median at most ``ratio`` of a peer's, or at most ``absolute`` in the row's unit."""

    peer: str | None = None
    ratio: float | None = None
    absolute: float | None = None

    def __str__(self) -> str:
        """Say it in words."""
        return f"≤ {self.ratio:g}x {self.peer}" if self.peer else f"≤ {self.absolute:g}"


@dataclass
class Row:
    """One line of the table: medians in the row's unit, and whether each side gave the right answer."""

    case: str
    unit: str
    gate: Gate
    figures: dict[str, float] = field(default_factory=dict)
    correct: dict[str, bool] = field(default_factory=dict)

    OURS = "radiogram"

    @property
    def ratio(self) -> float | None:
        """Our figure in relation to the gate's peer."""
        if self.gate.peer is None or not {self.OURS, self.gate.peer} <= self.figures.keys():
            return None
        return self.figures[self.OURS] / self.figures[self.gate.peer]

    @property
    def is_reached(self) -> bool:
        """Whether the gate is reached; a wrong answer never reaches it."""
        if not self.correct.get(self.OURS):
            return False
        if self.gate.absolute is not None:
            return self.figures[self.OURS] <= self.gate.absolute
        return self.ratio is not None and self.gate.ratio is not None and self.ratio <= self.gate.ratio

    def markdown(self) -> str:
        """Give the row as a line of a Markdown table."""
        peers = ", ".join(
            f"{name} {_digits(figure)}{'' if self.correct.get(name, True) else ' (wrong)'}"
            for name, figure in self.figures.items()
            if name != self.OURS
        )
        ours = _digits(self.figures[self.OURS]) if self.OURS in self.figures else "-"
        ratio = "-" if self.ratio is None else f"{self.ratio:.3g}"
        right = "yes" if self.correct.get(self.OURS) else "no"
        reached = "reached" if self.is_reached else "missed"
        return (
            f"| {self.case} ({self.unit}) | {ours} | {peers} | {ratio} | {self.gate} | {right} | {reached} |"
        )


HEAD = "| case | radiogram | peers | ratio | gate | correct | |\n|---|---|---|---|---|---|---|"


def _digits(figure: float) -> str:
    return f"{figure:,.0f}" if figure >= 1000 else f"{figure:.3g}"


def interleave(
    competitors: Mapping[str, Callable[[], object]], rounds: int, slow: frozenset[str] = frozenset()
) -> dict[str, float]:
    """Give the median seconds of each competitor, one turn each a round; a slow one has one turn in all.

    The result of a turn is dropped before the next one begins, and garbage is collected outside the time.
    """
    seconds: dict[str, list[float]] = {name: [] for name in competitors}
    for turn in range(rounds):
        for name, run in competitors.items():
            if turn and name in slow:
                continue
            gc.collect()
            begin = time.perf_counter()
            result = run()
            seconds[name].append(time.perf_counter() - begin)
            del result
    return {name: statistics.median(taken) for name, taken in seconds.items()}
