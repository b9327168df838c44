"""Measures several ways of doing one thing in turns, so that a noisy machine is unfair to none of them."""

from __future__ import annotations

import gc
import math
import random
import statistics
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


QUICKEST = "the quickest peer"
"""A gate's peer: whoever of those with the right answer takes least."""


@dataclass(frozen=True)
class Gate:
    """What is owed: our median at most ``ratio`` of a peer's, or at most ``absolute`` in the row's unit; ``None`` of all is no gate."""

    peer: str | None = None
    ratio: float | None = None
    absolute: float | None = None

    def __str__(self) -> str:
        """Say it in words."""
        if self.peer:
            return f"≤ {self.ratio:.3g}x {self.peer}"
        return "-" if self.absolute is None else f"≤ {self.absolute:.3g}"


@dataclass
class Row:
    """One line of the table: medians in the row's unit, and whether each side gave the right answer."""

    case: str
    unit: str
    gate: Gate
    figures: dict[str, float] = field(default_factory=dict)
    correct: dict[str, bool] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)
    """Peers without a figure, and why."""
    group: str = ""
    """Rows of one group share a gate: it is owed on average, and `LEAST` of it in each."""

    OURS = "radiogram"
    LEAST = 0.8

    @property
    def rival(self) -> str | None:
        """Whom the gate compares with, where that one has a figure."""
        if self.gate.peer != QUICKEST:
            return self.gate.peer if self.gate.peer in self.figures else None
        right = {one: self.figures[one] for one in self.figures if one != self.OURS and self.correct.get(one)}
        return min(right, key=lambda one: right[one], default=None)

    @property
    def ratio(self) -> float | None:
        """Our figure in relation to the gate's peer."""
        if self.rival is None or self.OURS not in self.figures:
            return None
        return self.figures[self.OURS] / self.figures[self.rival]

    @property
    def margin(self) -> float | None:
        """How many times the gate is reached: 1 is just enough."""
        if self.gate.absolute is not None and self.OURS in self.figures:
            ours = self.figures[self.OURS]
            return self.gate.absolute / ours if ours > 0 else math.inf
        return None if self.ratio is None or self.gate.ratio is None else self.gate.ratio / self.ratio

    @property
    def is_reached(self) -> bool:
        """Whether the gate is reached; a wrong answer never reaches it."""
        return bool(self.correct.get(self.OURS)) and self.margin is not None and self.margin >= 1

    @property
    def verdict(self) -> str:
        """Say whether the gate is reached, in a word."""
        if self.is_reached:
            return "reached"
        if self.margin is None and self.correct.get(self.OURS):
            return "-" if self.gate == Gate() else "not compared"
        is_near = self.group and self.correct.get(self.OURS) and (self.margin or 0) >= self.LEAST
        return f"within {self.LEAST:g}x" if is_near else "missed"

    def markdown(self) -> str:
        """Give the row as a line of a Markdown table."""
        told = [
            f"{name} {_digits(figure)}{'' if self.correct.get(name, True) else ' (wrong)'}"
            for name, figure in self.figures.items()
            if name != self.OURS
        ]
        peers = ", ".join([*told, *(f"{name} {reason}" for name, reason in self.absent.items())])
        ours = _digits(self.figures[self.OURS]) if self.OURS in self.figures else "-"
        ratio = "-" if self.ratio is None else f"{self.ratio:.3g}"
        right = "yes" if self.correct.get(self.OURS) else "no"
        return f"| {self.case} ({self.unit}) | {ours} | {peers} | {ratio} | {self.gate} | {right} | {self.verdict} |"


HEAD = "| case | radiogram | peers | ratio | gate | correct | |\n|---|---|---|---|---|---|---|"


def _digits(figure: float) -> str:
    return f"{figure:,.0f}" if figure >= 1000 else f"{figure:.3g}"


MEANS_HEAD = "| codec and direction | rows | times as quick, mean | gate | least of the gate | |\n|---|---|---|---|---|---|"


def means(rows: Iterable[Row]) -> list[str]:
    """Give a line of a Markdown table for each group: the geometric mean of its rows and the least of them.

    A row counts as many times its gate is reached, so that one codec may owe more for one kind of picture than for another.
    """
    groups: dict[str, list[Row]] = {}
    for row in rows:
        if row.group:
            groups.setdefault(row.group, []).append(row)
    return [_mean(name, group) for name, group in groups.items()]


def _mean(name: str, group: list[Row]) -> str:
    counted = [row for row in group if row.margin and row.ratio and row.gate.ratio]
    if not counted:
        return f"| {name} | {len(group)} | - | - | - | not compared |"
    quick = statistics.geometric_mean([1 / row.ratio for row in counted if row.ratio])
    owed = statistics.geometric_mean([1 / row.gate.ratio for row in counted if row.gate.ratio])
    least = min(counted, key=lambda row: row.margin or 0)
    is_right = all(row.correct.get(Row.OURS) for row in group)
    is_reached = is_right and quick >= owed and (least.margin or 0) >= Row.LEAST
    kind = least.case.removeprefix(name).strip(" ,")
    return (
        f"| {name} | {len(counted)} | {quick:.3g}x | ≥ {owed:.3g}x {least.gate.peer} | {least.margin:.3g} ({kind}) "
        f"| {'reached' if is_reached else 'missed' if is_right else 'wrong'} |"
    )


def interleave(
    competitors: Mapping[str, Callable[[], object]], rounds: int, slow: frozenset[str] = frozenset()
) -> dict[str, float]:
    """Give the median seconds of each competitor, one turn each a round; a slow one has one turn in all.

    Who comes after whom changes from round to round: memory that one gives back to the system may cost the next one that asks for it. The result of a turn is dropped before the next one begins, and garbage is collected outside the time.
    """
    seconds: dict[str, list[float]] = {name: [] for name in competitors}
    for turn in range(rounds):
        order = list(competitors.items())
        # Not a secret: the same order in every run.
        random.Random(turn).shuffle(order)
        for name, run in order:
            if turn and name in slow:
                continue
            gc.collect()
            begin = time.perf_counter()
            result = run()
            seconds[name].append(time.perf_counter() - begin)
            del result
    return {name: statistics.median(taken) for name, taken in seconds.items()}
