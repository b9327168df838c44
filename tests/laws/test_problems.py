"""Each kind of problem: a file that raises it, and a near miss that does not."""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
import radiogram as rg
from radiogram import Problem, _core
from radiogram.errors import DicomError

from tests import build
from tests.build import UNDEFINED, element, file, implicit, item, sequence

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]

MODALITY = element(0x00080060, "CS", "CT")
NAME = element(0x00100010, "PN", "Doe^Jane")
ID = element(0x00100020, "LO", "1")
PIXELS = 0x7FE00010
IMAGES = 0x00081140
REFERENCE = element(0x00081155, "UI", "1.2.9")

NOT_RAISED: set[str] = set()
"""Kinds that no code raises yet; one that is raised has to leave this list."""


@dataclass(frozen=True)
class Case:
    """A kind, the bytes that raise it, and bytes that differ little and do not."""

    kind: str
    broken: bytes
    sound: bytes
    path: str | None = None
    read: Callable[..., rg.Dataset] = rg.read


def _with_meta(meta: bytes, dataset: bytes = build.PLAIN) -> bytes:
    return bytes(128) + b"DICM" + meta + dataset


def _deflated(content: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(content) + packer.flush()


def _implicit_meta() -> bytes:
    content = b"".join(
        implicit(tag, value, vr="UI")
        for tag, value in (
            (0x00020002, "1.2.840.10008.5.1.4.1.1.7"),
            (0x00020003, "1.2.3"),
            (0x00020010, build.EXPLICIT),
        )
    )
    return implicit(0x00020000, struct.pack("<I", len(content))) + content


def _fragments(*parts: bytes, end: bytes = build.SEQUENCE_END) -> bytes:
    content = b"".join(item(part) for part in (b"", *parts)) + end
    return element(PIXELS, "OB", content, UNDEFINED)


PLAIN = file(build.PLAIN)
RIGHT_LENGTH = len(build.meta()) - 12


def _image(
    pixels: bytes,
    bits_stored: int = 8,
    syntax: str = build.EXPLICIT,
    more: dict[int, bytes] | None = None,
) -> bytes:
    numbers = {
        0x00280010: 2,
        0x00280011: 4,
        0x00280100: 8,
        0x00280101: bits_stored,
        0x00280102: 7,
        0x00280103: 0,
    }
    words = {tag: element(tag, "US", struct.pack("<H", number)) for tag, number in numbers.items()}
    words[0x00280002] = element(0x00280002, "US", struct.pack("<H", 1))
    words[0x00280004] = element(0x00280004, "CS", "MONOCHROME2")
    words.update(more or {})
    held = element(PIXELS, "OB", pixels) if syntax == build.EXPLICIT else pixels
    return file(build.PLAIN + b"".join(words[tag] for tag in sorted(words)) + held, syntax)


def _packed(table: bytes = b"") -> bytes:
    """Give a picture in RLE, with this basic offset table."""
    frame = struct.pack("<16I", 1, 64, *(0,) * 14) + b"\xf9\x05"
    content = item(table) + item(frame) + build.SEQUENCE_END
    return _image(element(PIXELS, "OB", content, UNDEFINED), syntax=build.RLE)


def _jpeg(process: int) -> bytes:
    """Give a picture in JPEG baseline, whose codestream says that it is of this process; headers are all there is."""
    frame = struct.pack(">BBHBHHBBBB", 0xFF, process, 11, 8, 2, 4, 1, 1, 0x11, 0)
    return _image(_fragments(b"\xff\xd8" + frame + b"\xff\xda\0\x08\1\1\0\0\0\0\0"), syntax=build.JPEG)


def _part(total: dict[int, bytes]) -> bytes:
    """Give a label map of one frame that is the first part of a concatenation."""
    said = {
        0x00209161: element(0x00209161, "UI", "1.2.9"),
        0x00209162: element(0x00209162, "US", struct.pack("<H", 1)),
        0x00209228: element(0x00209228, "UL", bytes(4)),
        0x00620001: element(0x00620001, "CS", "LABELMAP"),
        0x52009230: sequence(0x52009230, item(b"")),
    }
    return _image(bytes(8), more={**said, **total})


def _segmented(content: bytes, *, force: bool) -> rg.Dataset:
    return rg.read_segmentation(rg.read(content, force=force)).dataset


def _of_json(text: bytes, *, force: bool) -> rg.Dataset:  # noqa: ARG001
    return rg.Dataset.from_json(text)


class _Scanned:
    """The problems that a scan for the modality tells of a file."""

    def __init__(self, content: bytes) -> None:
        plan = _core.ScanPlan(["Modality", "problems"], force=True)
        batches = plan.open(iter([[("a", len(content), 0, content)]]), rows=1, threads=1, progress=None)
        self._told = [
            told for batch in batches for told in pa.record_batch(batch).column("problems")[0].as_py() or ()
        ]

    def check(self) -> list[Problem]:
        """Give them; where they are in the file a scan does not say."""
        return [Problem(*told.split(" ", 1), 0, "nothing") for told in self._told]


def _scanned(content: bytes, *, force: bool) -> Any:  # noqa: ARG001
    return _Scanned(content)


def _many(front: bytes) -> bytes:
    """Give a data set with more elements in a sequence than are gone through for one that is missing."""
    items = (item(element(0x00081155, "UI")),) * 70_000
    return file(front + sequence(0x00180026, *items, build.SEQUENCE_END, length=UNDEFINED) + REST)


REST = element(0x00200010, "SH", "1")

CASES = (
    Case("unseen_rest", _many(ID), _many(MODALITY + ID), "", _scanned),
    Case("misplaced_group", file(element(0x00000002, "UI", "1.2") + build.PLAIN), PLAIN),
    Case("pixel_attributes", _image(bytes(8), bits_stored=12), _image(bytes(8)), "(0028,0101)"),
    Case("short_pixel_data", _image(bytes(6)), _image(bytes(8)), "(7FE0,0010)"),
    Case("long_pixel_data", _image(bytes(10)), _image(bytes(8)), "(7FE0,0010)"),
    Case("offset_table", _packed(struct.pack("<I", 2)), _packed(struct.pack("<I", 0)), "(7FE0,0010)"),
    Case("codestream", _jpeg(0xF7), _jpeg(0xC0), "(7FE0,0010)"),
    Case(
        "open_concatenation",
        _part({}),
        _part({0x00209163: element(0x00209163, "US", struct.pack("<H", 1))}),
        "(0020,9163)",
        _segmented,
    ),
    Case("no_preamble", build.meta() + build.PLAIN, PLAIN),
    Case("no_file_meta", bytes(128) + b"DICM" + build.PLAIN, PLAIN),
    Case(
        "meta_length",
        _with_meta(build.meta(group_length=RIGHT_LENGTH + 2)),
        _with_meta(build.meta(group_length=RIGHT_LENGTH)),
        "(0002,0000)",
    ),
    Case("meta_syntax", _with_meta(_implicit_meta()), PLAIN),
    Case("no_transfer_syntax", _with_meta(build.meta("")), PLAIN),
    Case("unknown_transfer_syntax", file(build.PLAIN, "1.2.3.4.5"), file(build.PLAIN, build.EXPLICIT)),
    Case(
        "wrong_transfer_syntax",
        file(build.PLAIN, build.IMPLICIT),
        file(implicit(0x00080060, "CT") + implicit(0x00100020, "1"), build.IMPLICIT),
    ),
    Case(
        "explicit_in_implicit",
        file(implicit(0x00080060, "CT") + implicit(0x00080070, "AB") + NAME + ID, build.IMPLICIT),
        file(
            implicit(0x00080060, "CT") + implicit(0x00080070, "AB") + implicit(0x00100020, "1"),
            build.IMPLICIT,
        ),
        "(0010,0010)",
    ),
    Case("implicit_in_explicit", file(MODALITY + implicit(0x00100010, "A^B") + ID), PLAIN, "(0010,0010)"),
    Case(
        "vr_mismatch",
        file(element(0x00100010, "LO", "Doe")),
        file(NAME + element(0x00280106, "SS", b"\0\0")),  # US or SS
        "(0010,0010)",
    ),
    Case(
        "unknown_vr",
        file(element(0x00100010, "ZZ", "Doe^")),
        file(element(0x00100010, "UN", "Doe^")),
        "(0010,0010)",
    ),
    Case(
        "odd_length",
        file(NAME[:6] + struct.pack("<H", 3) + b"A^B" + ID),
        file(NAME[:6] + struct.pack("<H", 4) + b"A^B " + ID),
        "(0010,0010)",
    ),
    Case(
        "duplicate_tag",
        file(MODALITY + ID + ID),
        file(sequence(IMAGES, item(ID), item(ID)) + ID),
        "(0010,0020)",
    ),
    Case("unsorted_tags", file(ID + MODALITY), file(MODALITY + ID), "(0008,0060)"),
    Case(
        "truncated",
        file(MODALITY + element(0x00104000, "LT", "abcd", 6)),
        file(MODALITY + element(0x00104000, "LT", "abcdef", 6)),
    ),
    Case(
        "missing_delimiter",
        file(sequence(IMAGES, item(REFERENCE), length=UNDEFINED)),
        file(sequence(IMAGES, item(REFERENCE), build.SEQUENCE_END, length=UNDEFINED) + ID),
    ),
    Case("stray_delimiter", file(MODALITY + build.ITEM_END + ID), file(MODALITY + ID)),
    Case(
        "sequence_length",
        file(element(IMAGES, "SQ", item(REFERENCE, len(REFERENCE) - 6)) + ID),
        file(element(IMAGES, "SQ", item(REFERENCE, len(REFERENCE))) + ID),
    ),
    Case("not_an_item", file(element(IMAGES, "SQ", ID) + NAME), file(element(IMAGES, "SQ", item(ID)) + NAME)),
    Case(
        "undefined_length",
        file(element(0x00104000, "UT", b"text" + build.SEQUENCE_END, UNDEFINED) + ID),
        file(_fragments(b"abcd"), build.HEVC),
    ),
    Case("trailing_data", file(MODALITY + b"\1\2\3"), file(MODALITY)),
    Case(
        "bad_deflate",
        file(_deflated(build.PLAIN * 1)[:-5], build.DEFLATED),
        file(_deflated(build.PLAIN), build.DEFLATED),
    ),
    Case(
        "overlong_value",
        file(element(0x00080060, "CS", "A" * 18)),
        file(element(0x00080060, "CS", "A" * 16)),
        "(0008,0060)",
    ),
    Case(
        "partial_value",
        file(element(0x00081161, "UL", b"123456")),
        file(element(0x00081161, "UL", b"1234")),
        "(0008,1161)",
    ),
    Case(
        "bad_decimal",
        file(element(0x00180050, "DS", "1.5mm")),
        file(element(0x00180050, "DS", "1.5")),
        "(0018,0050)",
    ),
    Case(
        "bad_integer",
        file(element(0x00200013, "IS", "2147483648")),
        file(element(0x00200013, "IS", "2147483647")),
    ),
    Case(
        "bad_date_time",
        file(element(0x00080020, "DA", "20240230")),
        file(element(0x00080020, "DA", "20240229")),
    ),
    Case("bad_uid", file(element(0x00080018, "UI", "1.02.3")), file(element(0x00080018, "UI", "1.0.3"))),
    Case("bad_padding", file(element(0x00100020, "LO", b"A\0")), file(element(0x00100020, "LO", b"A "))),
    Case(
        "outside_repertoire",
        file(element(0x00100010, "PN", b"M\xfcller")),
        file(element(0x00080005, "CS", "ISO_IR 100") + element(0x00100010, "PN", b"M\xfcller")),
    ),
    Case(
        "unknown_charset",
        file(element(0x00080005, "CS", "ISO_IR 999") + NAME),
        file(element(0x00080005, "CS", "ISO_IR 192") + NAME),
    ),
    Case(
        "value_elsewhere",
        b'{"00420011":{"vr":"OB","BulkDataURI":"https://example.org/1"}}',
        b'{"00420011":{"vr":"OB"}}',
        "(0042,0011)",
        _of_json,
    ),
)


def _found(content: bytes, read: Callable[..., rg.Dataset] = rg.read) -> dict[str, str]:
    """Give the kinds of all problems, each with its first path."""
    kinds: dict[str, str] = {}
    for problem in read(content, force=True).check():
        kinds.setdefault(problem.kind, problem.path)
        assert 0 <= problem.offset <= max(len(content), 1000)
        assert problem.assumed
    return kinds


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind)
def test_it_is_raised_and_the_near_miss_is_not(case: Case) -> None:
    """The broken file is read with the problem, at the right element; the sound one without it."""
    broken = _found(case.broken, case.read)
    assert case.kind in broken
    if case.path is not None:
        assert broken[case.kind] == case.path
    assert case.kind not in _found(case.sound, case.read)


@pytest.mark.parametrize("case", [case for case in CASES if case.read is rg.read], ids=lambda case: case.kind)
def test_strict_refuses_it(case: Case) -> None:
    """With `strict=True` the broken file raises, at reading or at the touch."""
    with pytest.raises(DicomError):
        case.read(case.broken, force=True, strict=True).check()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind)
def test_the_near_miss_is_sound(case: Case) -> None:
    """It has no problem of any kind, but for files whose very subject is another one."""
    assert set(_found(case.sound, case.read)) <= {"no_preamble", "no_file_meta"}


def test_every_kind_has_a_case() -> None:
    """As the core lists them; none is skipped without a word."""
    source = (ROOT / "rust/core/src/problem.rs").read_text(encoding="utf-8")
    kinds = dict(re.findall(r'^    (\w+) = "(\w+)",$', source, re.MULTILINE))
    assert len(kinds) > 30
    assert {case.kind for case in CASES} == set(kinds.values()) - NOT_RAISED
    code = "".join(
        path.read_text(encoding="utf-8")
        for crate in ("data", "pixel", "py")
        for path in sorted((ROOT / "rust" / crate / "src").rglob("*.rs"))
    )
    raised = {text for name, text in kinds.items() if re.search(rf"ProblemKind::{name}\b", code)}
    assert set(kinds.values()) - raised == NOT_RAISED


def test_problems_say_nothing_of_the_patient() -> None:
    """Whatever is assumed, no value is told."""
    for case in CASES:
        for problem in case.read(case.broken, force=True).check():
            assert "Doe" not in problem.assumed
            assert "Jane" not in problem.assumed
