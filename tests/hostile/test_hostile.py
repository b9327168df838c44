"""Damaged files: nothing crashes, hangs, swells or panics, and what sound readers agree on we read too."""

from __future__ import annotations

import importlib.util
import random
import re
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.hostile.pool import Outcome, run_all

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FOLDERS = (
    "00_valid",
    "01_trunc",
    "02_length",
    "03_nesting",
    "04_undef",
    "05_vr",
    "06_deflate",
    "07_geometry",
    "11_meta",
    "12_strings",
    "14_random",
)
VALID = 17
HANG = 1.0
SPARE = 64 << 20
PEERS = ("pydicom", "gdcm", "dicomsdl")
PEER_FILES = 800
PEER_SECONDS = 1.0
AGREEMENT = 0.995

pytestmark = [
    pytest.mark.hostile,
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc"),
]


@pytest.fixture(scope="module")
def files(hostile_root: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Generate the files, and add the public ones beside the generator."""
    if not importlib.util.find_spec("imagecodecs"):
        pytest.skip("the generator needs imagecodecs")
    made = tmp_path_factory.mktemp("hostile")
    subprocess.run([sys.executable, hostile_root / "gen.py", made], check=True, capture_output=True)
    found = [file for folder in FOLDERS for file in sorted((made / folder).iterdir())]
    found += [file for folder in sorted(hostile_root.glob("pub_*")) for file in sorted(folder.iterdir())]
    return found


@pytest.fixture(scope="module")
def ours(files: list[Path]) -> tuple[list[Outcome], str]:
    """Send every file through radiogram."""
    return run_all("radiogram", files)


def _name(outcome: Outcome) -> str:
    return f"{outcome.file.parent.name}/{outcome.file.name}"


def test_nothing_crashes_or_hangs(ours: tuple[list[Outcome], str], note: Callable[[str], None]) -> None:
    """No child dies, no step takes longer than a second of the processor's time.

    `to_pydicom` builds pydicom's own objects, and their time is pydicom's: ten seconds bound it.
    """
    outcomes, _ = ours
    kinds = Counter(kind for one in outcomes for kind in one.answer.get("problems", ()))
    refused = sum("read" in one.answer.get("errors", {}) for one in outcomes)
    note(
        f"hostile: {len(outcomes)} files, {refused} refused with a typed error, {kinds.total()} problems told"
    )
    dead = [f"{_name(one)}: {one.death}" for one in outcomes if one.death]
    slow = [
        f"{_name(one)}: {step} {seconds:.2f} s"
        for one in outcomes
        for step, seconds in one.answer.get("seconds", {}).items()
        if seconds > HANG and step != "to_pydicom"
    ]
    assert not dead, "\n".join(dead)
    assert not slow, "\n".join(slow)


def test_every_exception_is_one_of_ours(ours: tuple[list[Outcome], str]) -> None:
    """No panic, MemoryError, RecursionError or anything else outside `DicomError`, behind the scenes too."""
    outcomes, said = ours
    foreign = [
        f"{_name(one)}: {step}: {error}"
        for one in outcomes
        for step, error in one.answer.get("foreign", {}).items()
    ]
    assert not foreign, "\n".join(foreign)
    assert "panicked at" not in said, "\n".join(re.findall("panicked at.*", said)[:20])


def test_memory_is_bounded(ours: tuple[list[Outcome], str]) -> None:
    """The level grows by no more than 64 MB, four times the file and 1.2 times what was returned."""
    outcomes, _ = ours
    swollen = []
    for one in outcomes:
        allowed = SPARE + 4 * one.file.stat().st_size + 1.2 * one.answer.get("array_bytes", 0)
        if one.answer.get("growth", 0) > allowed:
            grown = one.answer["growth"] >> 20
            swollen.append(f"{_name(one)}: {grown} MB, allowed {int(allowed) >> 20} MB")
    assert not swollen, "\n".join(swollen)


def test_sound_files_are_read_without_a_problem(ours: tuple[list[Outcome], str]) -> None:
    """The controls: no error on reading, no problem told."""
    outcomes, _ = ours
    controls = [one for one in outcomes if one.file.parent.name == "00_valid"]
    told = {_name(one): one.answer.get("problems") for one in controls if one.answer.get("problems") != []}
    refused = {_name(one): one.answer["errors"] for one in controls if "read" in one.answer.get("errors", {})}
    assert len(controls) == VALID
    assert not told
    assert not refused


def test_what_the_peers_agree_on_we_read(
    files: list[Path], ours: tuple[list[Outcome], str], note: Callable[[str], None]
) -> None:
    """Where three readers give the same value of a file, we give it too in 99.5 % of the cases."""
    missing = [name for name in PEERS if not importlib.util.find_spec(name)]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    chosen = sorted(random.Random(1895).sample(range(len(files)), min(PEER_FILES, len(files))))
    said = {
        name: run_all(name, [files[number] for number in chosen], seconds=PEER_SECONDS)[0] for name in PEERS
    }
    cases, wrong = 0, []
    for place, number in enumerate(chosen):
        answers = [said[name][place].answer.get("values", {}) for name in PEERS]
        mine = ours[0][number].answer.get("values", {})
        for key in set.intersection(*map(set, answers)):
            value = answers[0][key]
            if value is not None and all(answer[key] == value for answer in answers):
                cases += 1
                if mine.get(key) != value:
                    wrong.append(
                        f"{_name(ours[0][number])}: {key}: {value[:40]!r}, we {str(mine.get(key))[:40]!r}"
                    )
    deaths = {name: sum(bool(one.death) for one in outcomes) for name, outcomes in said.items()}
    note(f"hostile: {cases - len(wrong)} of {cases} values that three readers agree on; they died {deaths}")
    assert cases > 2_000
    assert len(wrong) <= (1 - AGREEMENT) * cases, "\n".join(wrong[:60])
