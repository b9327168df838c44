"""What we write others read: pydicom, DCMTK, GDCM; and dciodvfy finds no error in it that was not there before."""

from __future__ import annotations

import os
import random
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache, partial
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pydicom
import pytest
import radiogram as rg

from tests.peers import corpus, foreign
from tests.peers.elements import elements, pydicom_elements, same, teach_pydicom

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SYNTAXES = (
    "ImplicitVRLittleEndian",
    "ExplicitVRLittleEndian",
    "DeflatedExplicitVRLittleEndian",
    "ExplicitVRBigEndian",
)
EDITED = 100
"""How many files are edited and written in each syntax."""
LARGEST = 300_000
NAMES: dict[tuple[str, ...], tuple[str, str]] = {
    ("ISO_IR 100",): ("Äneas^Rüdiger", "Größe"),
    ("ISO_IR 144",): ("Люкceмбypг", "Рост"),  # noqa: RUF001
    ("ISO_IR 192",): ("Wang^XiaoDong=王^小東", "Größe 王 Ω"),
    ("", "ISO 2022 IR 87"): ("Yamada^Tarou=山田^太郎=やまだ^たろう", "山田 A"),
    ("", "ISO 2022 IR 149"): ("Hong^Gildong=洪^吉洞=홍^길동", "길동"),
}
"""For each value of Specific Character Set a name and a text."""


@dataclass
class Written:
    """A file that we wrote, and what it was made of."""

    path: Path
    before: Path
    said: str


@dataclass
class Outcome:
    """What one reader said of all files."""

    files: int = 0
    elements: int = 0
    wrong: list[str] = field(default_factory=list)


@cache
def _candidates() -> list[corpus.RealFile]:
    """List the files whose pixels can be written in any native syntax, and that hold together."""
    found = []
    for file in corpus.packaged_files():
        if file.path.stat().st_size > LARGEST:
            continue
        try:
            ds = rg.read(file.path)
        except rg.DicomError:
            continue
        syntax = ds.file_meta.get("TransferSyntaxUID")
        native = syntax is not None and not rg.TransferSyntax(syntax).is_encapsulated if syntax else False
        sound = native and not ds.check() and "SOPInstanceUID" in ds and "DirectoryRecordSequence" not in ds
        # Without Pixel Representation dciodvfy does not know what a palette's numbers are in implicit VR.
        if sound and ("PixelRepresentation" in ds or "RedPaletteColorLookupTableDescriptor" not in ds):
            found.append(file)
    return found


def _datasets(ds: rg.Dataset) -> list[rg.Dataset]:
    found, waiting = [], [ds]
    while waiting:
        here = waiting.pop()
        found.append(here)
        for elem in here:
            if elem.VR == "SQ":
                waiting += elem.value
    return found


def _edit(ds: rg.Dataset, chance: random.Random) -> str:
    """Change a data set in a few ways that leave it as conformant as it was."""
    charset = chance.choice([None, *NAMES])
    done = ["+".join(charset or ())]
    if charset:
        ds.SpecificCharacterSet = list(charset) if len(charset) > 1 else charset[0]
    name, text = NAMES[charset] if charset else ("Doe^Jane", "plain")
    if "PatientName" in ds:
        ds.PatientName, ds.PatientID = name, f"ID {chance.randrange(10**6)}"
    if chance.random() < 0.7 and "StudyInstanceUID" in ds:
        ds.StudyDescription, ds.PatientComments = text, f"{text}, {text}"
        done.append("text")
    if chance.random() < 0.5:
        block = ds.private_block(0x0013, "RADIOGRAM PROOF", create=True)
        item = rg.Dataset()
        item.add_new(0x00130010, "LO", "RADIOGRAM PROOF")
        item.add_new(0x00131001, "SH", text)
        for offset, (vr, value) in enumerate(
            [("LO", text), ("DS", [0.5, -2]), ("US", [1, 65535]), ("FD", 0.1), ("SL", -5), ("UI", "1.2.3"),
             ("OB", bytes(range(6))), ("OW", bytes(range(8))), ("AT", 0x00181063), ("SQ", [item, rg.Dataset()])]
        ):  # fmt: skip
            block.add_new(0x10 + offset, vr, value)
        done.append("private")
    if chance.random() < 0.5 and "PatientID" in ds:
        items = []
        for number in range(chance.randrange(1, 4)):
            other = rg.Dataset()
            other.PatientID, other.TypeOfPatientID = f"{text} {number}", "TEXT"
            items.append(other)
        ds.OtherPatientIDsSequence = items
        ds.OtherPatientIDsSequence.insert(0, items[-1])
        done.append("items")
    nested = [here for here in _datasets(ds)[1:] if "CodeMeaning" in here or "PatientID" in here]
    if nested and chance.random() < 0.6:
        inner = chance.choice(nested)
        inner["CodeMeaning" if "CodeMeaning" in inner else "PatientID"].value = text
        done.append("nested")
    optional = (
        "InstitutionName",
        "OperatorsName",
        "StationName",
        "ImageComments",
        "PatientAge",
        "PatientWeight",
    )
    for keyword in optional:
        if keyword in ds and chance.random() < 0.4:
            del ds[keyword]
            done.append("delete")
    if chance.random() < 0.2:
        ds.remove_private_tags()
        done.append("no private")
    return " ".join(done)


@pytest.fixture(scope="module", params=SYNTAXES)
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Written]:
    """Edit and write a hundred files in one syntax; each as an edit of the file as it was, in that syntax."""
    teach_pydicom()
    folder, files, made = tmp_path_factory.mktemp("written"), _candidates(), []
    assert len(files) > 40
    for number in range(EDITED):
        file, chance = files[number % len(files)], random.Random(f"{request.param} {number}")
        ds = rg.read(file.path)
        path = folder / f"{number}.dcm"
        said = _edit(ds, chance)
        try:
            ds.save_as(
                path,
                transfer_syntax=request.param,
                lengths=chance.choice(["as read", "defined", "undefined"]),
                repair=chance.random() < 0.3,
            )
        except rg.errors.InvalidValueError as error:
            # A set that lacks characters of the texts that are there: refused, and UTF-8 has them.
            assert "ISO_IR 192" in str(error)  # noqa: PT017
            ds.SpecificCharacterSet = "ISO_IR 192"
            ds.save_as(path, transfer_syntax=request.param)
        made.append(Written(path, file.path, f"{number} {file.name} ({said})"))
    return made


def _report(outcome: Outcome, name: str, syntax: object, note: Callable[[str], None]) -> None:
    note(
        f"read by {name}, {syntax}: {outcome.files} edited files, {outcome.elements:,} elements, "
        f"{len(outcome.wrong)} wrong"
    )
    assert not outcome.wrong, "\n".join(outcome.wrong[:40])
    assert outcome.files >= EDITED


def _syntax(written: list[Written]) -> str:
    return str(rg.TransferSyntax(rg.read(written[0].path).file_meta.TransferSyntaxUID).keyword)


def test_pydicom_reads_it(written: list[Written], note: Callable[[str], None]) -> None:
    """Every element with the same VR and value."""
    outcome = Outcome()
    for one in written:
        outcome.files += 1
        theirs = pydicom_elements(one.path)
        mine = elements(rg.read(one.path), (rg.DicomError,))
        if set(theirs) != set(mine):
            outcome.wrong.append(f"{one.said}: {set(theirs) ^ set(mine)}")
            continue
        outcome.elements += len(mine)
        outcome.wrong += [
            f"{one.said}: {place}: {seen} {mine[place]}"
            for place, seen in theirs.items()
            # The length of a private group is UL to us, whatever the dictionary does not say.
            if int(place[-1]) & 0xFFFF
            and (seen.vr != mine[place].vr or not same(seen.value, mine[place].value))
        ]
    _report(outcome, f"pydicom {pydicom.__version__}", _syntax(written), note)


def test_dcmdump_reads_it(written: list[Written], note: Callable[[str], None]) -> None:
    """Every element with its value; texts in UTF-8."""
    dcmdump = foreign.program("dcmdump")
    if dcmdump is None:
        pytest.skip("dcmdump of DCMTK is not installed")
    outcome = Outcome()
    for one in written:
        outcome.files += 1
        theirs, mine = foreign.read_by_dcmdump(dcmdump, one.path), foreign.ours(rg.read(one.path))
        # With UTF-8 asked for it says so, whether the file does or not.
        theirs.pop((0x00080005,), None)
        mine.pop((0x00080005,), None)
        if set(theirs) != set(mine):
            odd = [" ".join(f"{step:X}" for step in place) for place in set(theirs) ^ set(mine)]
            outcome.wrong.append(f"{one.said}: {sorted(odd)}")
        for place, (vr, text) in theirs.items():
            if place not in mine or text == "(not loaded)":
                continue
            outcome.elements += 1
            wanted = mine[place]
            # Nobody knows the VR of a private element without it; dcmdump has a dictionary of its own.
            unsaid = (
                vr in {"UN", "??"}
                or wanted[0] == "UN"
                or (vr in foreign.BLOCKS and wanted[0] in foreign.BLOCKS)
            )
            # What its library cannot convert is left as it is.
            unsaid |= "\ufffd" in text or "\x1b" in text or "[ESC]" in text
            if not unsaid and (vr != wanted[0] or not foreign.same(vr, foreign.plain(vr, text), wanted[1])):
                outcome.wrong.append(f"{one.said}: {place}: {vr} {text[:60]} {wanted}")
    _report(outcome, "dcmdump", _syntax(written), note)


def test_gdcm_reads_it(written: list[Written], note: Callable[[str], None]) -> None:
    """Every value, byte for byte."""
    if not find_spec("gdcm"):
        pytest.skip("python-gdcm is not installed")
    outcome = Outcome()
    for one in written:
        outcome.files += 1
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            count, wrong = foreign.compare_with_gdcm(one.path, pydicom.dcmread(one.path))
        outcome.elements += count
        outcome.wrong += [f"{one.said}: {each}" for each in wrong]
    _report(outcome, "GDCM", _syntax(written), note)


def test_dciodvfy_finds_nothing_new(written: list[Written], note: Callable[[str], None]) -> None:
    """No error that the file which was edited did not have."""
    dciodvfy = foreign.program("dciodvfy")
    if dciodvfy is None:
        pytest.skip("dciodvfy of dicom3tools is not installed")
    outcome = Outcome()
    copies = {one.before: one.path.with_suffix(".before") for one in written}
    for original, copied in copies.items():
        copied.write_bytes(original.read_bytes())
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        say = partial(foreign.said_by_dciodvfy, dciodvfy)
        before = dict(zip(copies, pool.map(say, copies.values()), strict=True))
        after = list(pool.map(say, [one.path for one in written]))
    for one, said in zip(written, after, strict=True):
        outcome.files += 1
        outcome.elements += len(rg.read(one.path))
        outcome.wrong += [f"{one.said}: {error}" for error in set(said) - set(before[one.before])]
    _report(outcome, "dciodvfy", _syntax(written), note)
