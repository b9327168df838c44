"""``radiogram tree``: patients, studies and series of many files, with their numbers, sizes and dates.

Identifiers, names and dates are those of patients: they go to the standard output of who asks for them, and ``--numbered`` leaves them out.
Memory grows with the number of series, not of files.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from radiogram.cli import terminal
from radiogram.cli.terminal import escaped
from radiogram.errors import DicomError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator

__all__ = ["add", "run"]

_TAGS = (
    "PatientID",
    "PatientName",
    "StudyInstanceUID",
    "StudyDate:text",
    "StudyDescription",
    "SeriesInstanceUID",
    "SeriesNumber",
    "SeriesDescription",
    "Modality",
    "NumberOfFrames",
)
_SHOWN_ERRORS = 5
_UNITS = ("bytes", "kB", "MB", "GB", "TB")
_STEP = 1000


@dataclass(slots=True)
class Series:
    """What is counted of a series."""

    uid: str
    number: int | None
    description: str
    modality: str
    instances: int = 0
    frames: int = 0
    bytes: int = 0


@dataclass(slots=True)
class Study:
    """A study and its series."""

    uid: str
    description: str
    dates: set[str] = field(default_factory=set)
    series: dict[str, Series] = field(default_factory=dict)


@dataclass(slots=True)
class Patient:
    """A patient and their studies."""

    identifier: str
    name: str
    studies: dict[str, Study] = field(default_factory=dict)


@dataclass(slots=True)
class Tree:
    """Everything that was found."""

    patients: dict[str, Patient] = field(default_factory=dict)
    failed: int = 0
    errors: list[tuple[str, str]] = field(default_factory=list)

    def take(self, row: tuple[Any, ...]) -> None:
        """Count a file."""
        path, size, patient_id, name, study_uid, date, study, uid, number, series, modality, frames, error = (
            row
        )
        if error is not None:
            self.failed += 1
            if len(self.errors) < _SHOWN_ERRORS:
                self.errors.append((path, error))
            return
        patient = self.patients.get(patient_id or "")
        if patient is None:
            patient = self.patients[patient_id or ""] = Patient(patient_id or "", name or "")
        held = patient.studies.get(study_uid or "")
        if held is None:
            held = patient.studies[study_uid or ""] = Study(study_uid or "", study or "")
        if date:
            held.dates.add(date)
        one = held.series.get(uid or "")
        if one is None:
            one = held.series[uid or ""] = Series(uid or "", number, series or "", modality or "")
        one.instances += 1
        one.frames += max(frames or 1, 1)
        one.bytes += size or 0


def add(subparsers: Any) -> None:  # noqa: ANN401  # argparse keeps the class to itself
    """Add the parser of this command."""
    parser = subparsers.add_parser(
        "tree", help="patients, studies and series of many files", description=__doc__
    )
    parser.add_argument(
        "sources", metavar="SOURCE", nargs="+", help="file, folder, pattern, archive, DICOMDIR, URL"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument(
        "--numbered", action="store_true", help="numbers instead of what identifies patients, studies, series"
    )
    parser.add_argument("--force", action="store_true", help="read also what does not look like DICOM")
    parser.add_argument("--threads", type=int, metavar="N", help="how many files at a time")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress")


def run(arguments: argparse.Namespace) -> int:
    """Scan, count, and show."""
    from radiogram.scanning import scan

    shows = sys.stderr.isatty() and not arguments.quiet
    terminal.prepare(color=False)
    tree = Tree()
    try:
        table = scan(
            arguments.sources,
            tags=_TAGS,
            force=arguments.force,
            threads=arguments.threads,
            progress=True if shows else None,
        ).select("path", "size", *_TAGS, "error")
        for batch in table:
            for row in zip(*batch.columns(), strict=True):
                tree.take(row)
    except DicomError as error:
        terminal.complain("tree", error)
        return 1
    if arguments.json:
        sys.stdout.write(terminal.json_line(_told(tree, is_numbered=arguments.numbered)))
    else:
        for line in _lines(tree, is_numbered=arguments.numbered):
            sys.stdout.write(line + "\n")
    for path, message in tree.errors:
        terminal.complain(path, message, can_force=True)
    if tree.failed > len(tree.errors):
        terminal.complain("tree", f"{tree.failed - len(tree.errors)} more could not be read")
    return 1 if tree.failed else 0


def _sorted(tree: Tree) -> Iterator[tuple[Patient, list[tuple[Study, list[Series]]]]]:
    for patient in sorted(tree.patients.values(), key=lambda one: one.identifier):
        studies = sorted(patient.studies.values(), key=lambda one: (sorted(one.dates)[:1], one.uid))
        yield patient, [(study, _in_order(study.series.values())) for study in studies]


def _in_order(series: Iterable[Series]) -> list[Series]:
    return sorted(series, key=lambda one: (one.number is None, one.number or 0, one.uid))


def _told(tree: Tree, *, is_numbered: bool) -> dict[str, Any]:
    patients = []
    for number, (patient, studies) in enumerate(_sorted(tree), 1):
        told_studies = []
        for place, (study, series) in enumerate(studies, 1):
            held = [
                {
                    **({"series": at} if is_numbered else _named(one)),
                    "modality": one.modality,
                    "instances": one.instances,
                    "frames": one.frames,
                    "bytes": one.bytes,
                }
                for at, one in enumerate(series, 1)
            ]
            whose = (
                {"study": place}
                if is_numbered
                else {
                    "study_uid": study.uid,
                    "dates": sorted(study.dates),
                    "description": study.description,
                }
            )
            told_studies.append({**whose, "series": held})
        who = {"patient": number} if is_numbered else {"patient_id": patient.identifier, "name": patient.name}
        patients.append({**who, "studies": told_studies})
    return {"patients": patients, "failed": tree.failed}


def _named(one: Series) -> dict[str, Any]:
    return {"series_uid": one.uid, "number": one.number, "description": one.description}


def _lines(tree: Tree, *, is_numbered: bool) -> Iterator[str]:
    everything: list[Series] = []
    studies_seen = 0
    for number, (patient, studies) in enumerate(_sorted(tree), 1):
        held = [one for _, series in studies for one in series]
        everything += held
        studies_seen += len(studies)
        who = f"{number}" if is_numbered else _words(patient.identifier or "without an ID", patient.name)
        yield f"patient {who}: {_count(len(studies), 'study', 'studies')}, {_sums(held)}"
        for place, (study, series) in enumerate(studies, 1):
            dates = " to ".join(dict.fromkeys((min(study.dates), max(study.dates)))) if study.dates else ""
            what = (
                f"{place}" if is_numbered else _words(study.uid or "without a UID", dates, study.description)
            )
            yield f"  study {what}: {_sums(series)}"
            for at, one in enumerate(series, 1):
                told = str(at) if is_numbered else _words(_number(one), one.description, one.uid)
                frames = f", {one.frames} frames" if one.frames != one.instances else ""
                count = _count(one.instances, "instance", "instances")
                yield f"    {escaped(one.modality) or '??'} {told}: {count}{frames}, {_size(one.bytes)}"
    patients = _count(len(tree.patients), "patient", "patients")
    yield f"{patients}, {_count(studies_seen, 'study', 'studies')}, {_sums(everything)}"


def _number(one: Series) -> str:
    return "" if one.number is None else str(one.number)


def _words(*words: str) -> str:
    return "  ".join(escaped(word) for word in words if word)


def _sums(series: Iterable[Series]) -> str:
    held = list(series)
    instances = _count(sum(one.instances for one in held), "instance", "instances")
    return f"{len(held)} series, {instances}, {_size(sum(one.bytes for one in held))}"


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _size(count: int) -> str:
    amount, unit = float(count), 0
    while amount >= _STEP and unit < len(_UNITS) - 1:
        amount, unit = amount / _STEP, unit + 1
    return f"{count} bytes" if unit == 0 else f"{amount:.1f} {_UNITS[unit]}"
