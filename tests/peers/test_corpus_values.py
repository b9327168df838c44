"""Every element of every real file: the tag, the VR and the value that pydicom gives."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pydicom
import pytest
import radiogram as rg

from tests.peers import accepted, corpus
from tests.peers.elements import (
    Difference,
    Items,
    Path,
    Refused,
    Seen,
    differences,
    elements,
    pydicom_elements,
    same,
    teach_pydicom,
)

if TYPE_CHECKING:
    from collections.abc import Callable

IN_ALL = 0.005
IN_ANY_GROUP = 0.02
SMALL = 50
FEWEST = 3
"""With fewer elements than this a forced reading of pydicom's is a reading of something that is not DICOM."""


@dataclass
class Comparison:
    """What comparing all files gave."""

    files: int = 0
    both_refuse: int = 0
    no_yardstick: int = 0
    compared: int = 0
    refused: int = 0
    totals: dict[str, Counter[str]] = field(
        default_factory=lambda: {"VR": Counter(), "syntax": Counter(), "class": Counter()}
    )
    found: list[Difference] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def add(self, file: corpus.RealFile) -> None:
        """Compare one file."""
        self.files += 1
        try:
            theirs = pydicom_elements(file.path)
        except Exception:
            theirs = None
        try:
            ours = elements(rg.read(file.path, force=True), (rg.DicomError,))
        except rg.DicomError as error:
            if theirs is None or len(theirs) < FEWEST:
                self.both_refuse += 1
            else:
                self.failures.append(f"{file.name}: {type(error).__name__}: {error}")
            return
        # The file meta information alone is what is left where pydicom comes to the end of a cut file.
        if theirs is None or sum(path[0] != "meta" for path in theirs) < FEWEST:
            self.no_yardstick += 1
            return
        self._count(file, theirs)
        self.found += [
            replace(one, transfer_syntax=file.transfer_syntax, sop_class=file.sop_class)
            for one in differences(theirs, ours, file.name)
        ]

    def _count(self, file: corpus.RealFile, theirs: dict[Path, Seen]) -> None:
        for seen in theirs.values():
            if isinstance(seen.value, Refused):
                self.refused += 1
                continue
            self.compared += 1
            self.totals["VR"][seen.vr] += 1
            self.totals["syntax"][file.transfer_syntax] += 1
            self.totals["class"][file.sop_class] += 1

    def shares(self) -> dict[str, float]:
        """Give the share of differing elements in each VR, transfer syntax and class of file."""
        differing = {
            "VR": Counter(one.vr for one in self.found),
            "syntax": Counter(one.transfer_syntax for one in self.found),
            "class": Counter(one.sop_class for one in self.found),
        }
        return {
            f"{kind} {name or 'none'}": count / max(1, self.totals[kind][name])
            for kind, names in differing.items()
            for name, count in names.items()
            # In a group of fewer than fifty elements one alone is more than two per cent of them.
            if count > 1 or self.totals[kind][name] >= SMALL
        }


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    """Compare all files once; the tests below ask different questions of it."""
    teach_pydicom()
    result = Comparison()
    for file in corpus.real_files():
        result.add(file)
    return result


def _list(found: list[Difference]) -> str:
    return "\n".join(map(str, found[:60])) + (f"\n… {len(found)} in all" if len(found) > 60 else "")


def test_every_file_is_read(comparison: Comparison, note: Callable[[str], None]) -> None:
    """What pydicom reads with `force=True`, we read."""
    kinds = Counter(accepted.class_of(one) or "unaccounted" for one in comparison.found)
    note(
        f"values against pydicom {pydicom.__version__}: {comparison.files} files, "
        f"{comparison.compared:,} elements compared, "
        f"{len(comparison.found)} differ {dict(kinds)}, {comparison.refused} that pydicom refuses, "
        f"{comparison.both_refuse} files that both refuse, "
        f"{comparison.no_yardstick} that pydicom makes nothing of"
    )
    assert not comparison.failures, "\n".join(comparison.failures)
    assert comparison.compared > 10_000


@pytest.mark.corpus
@pytest.mark.usefixtures("corpus_root")
def test_the_corpus_is_whole(comparison: Comparison) -> None:
    """Every file of the corpus was compared."""
    assert comparison.files >= corpus.FILES


def test_each_difference_is_accounted_for(comparison: Comparison) -> None:
    """A difference belongs to a class that has a name and a reason."""
    stray = [one for one in comparison.found if accepted.class_of(one) is None]
    assert not stray, _list(stray)


def test_geometry_pixels_and_identity_are_the_same(comparison: Comparison) -> None:
    """No difference at all where a picture could come out wrong."""
    wrong = [one for one in comparison.found if accepted.is_protected(one)]
    assert not wrong, _list(wrong)


def test_differences_are_few(comparison: Comparison) -> None:
    """Half a per cent of all elements, two of any VR, transfer syntax or class of file."""
    assert len(comparison.found) <= IN_ALL * comparison.compared
    many = {name: round(share, 4) for name, share in comparison.shares().items() if share > IN_ANY_GROUP}
    assert not many


@pytest.mark.corpus
@pytest.mark.usefixtures("corpus_root")
def test_no_class_has_outlived_its_reason(comparison: Comparison) -> None:
    """Each class in the table still recognises something."""
    used = {accepted.class_of(one) for one in comparison.found}
    assert not [entry.name for entry in accepted.ACCEPTED if entry.name not in used]


def test_the_comparison_sees_what_it_should() -> None:
    """A changed value, VR, item count, and an element too many or too few are each one difference."""
    theirs: dict[Path, Seen] = {
        (0x00100010,): Seen("PN", "A^B"),
        (0x00280010,): Seen("US", 512),
        (0x00081140,): Seen("SQ", Items(2)),
        (0x00180050,): Seen("DS", 1.0),
        (0x00090010,): Seen("", Refused("ValueError")),
    }
    changed: dict[Path, Seen] = {
        (0x00100010,): Seen("PN", "A^C"),
        (0x00280010,): Seen("SS", 512),
        (0x00081140,): Seen("SQ", Items(1)),
        (0x00100020,): Seen("LO", "1"),
    }
    kinds = sorted(one.kind for one in differences(theirs, changed))
    assert kinds == ["extra", "missing", "value", "value", "vr"]
    assert list(differences(theirs, theirs)) == []
    assert same(float("nan"), float("nan"))
    assert not same(1, 1.0)
    assert accepted.is_protected(Difference("", (0x00280010,), "vr", Seen("US", 1), Seen("SS", 1)))


def test_the_manifest_is_found_where_it_is_named() -> None:
    """Without the corpus the packaged files stand in, and they are many."""
    files = corpus.real_files()
    assert len(files) >= (corpus.FILES if os.environ.get("RADIOGRAM_CORPUS") else 150)
