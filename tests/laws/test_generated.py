"""Reading what was written gives what was written: every VR, depth, character set, syntax and form; to pydicom too."""

from __future__ import annotations

import io
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import hypothesis.strategies as st
import pytest
import radiogram as rg
from hypothesis import HealthCheck, given, settings
from pydicom import config

from tests.laws import generated
from tests.peers.elements import (
    Items,
    Path,
    Refused,
    Seen,
    elements,
    plain,
    pydicom_elements,
    same,
    teach_pydicom,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SYNTAXES = {
    "ImplicitVRLittleEndian": "1.2.840.10008.1.2",
    "ExplicitVRLittleEndian": "1.2.840.10008.1.2.1",
    "DeflatedExplicitVRLittleEndian": "1.2.840.10008.1.2.1.99",
    "ExplicitVRBigEndian": "1.2.840.10008.1.2.2",
}
LENGTHS: tuple[Any, ...] = ("as read", "defined", "undefined")
UNKNOWN_TO_PYDICOM = {"ISO_IR 203", "ISO 2022 IR 203"}
"""Character sets that it takes for others."""
IR_58 = "\x1b$)A"
SEEN: Counter[str] = Counter()
DEEP = 8
DEEPEST = 256


@pytest.fixture(autouse=True)
def as_it_is() -> Iterator[None]:
    """Pydicom reads whatever the values are; they are compared, not judged."""
    teach_pydicom()
    before = config.settings.reading_validation_mode
    config.settings.reading_validation_mode = config.IGNORE
    yield
    config.settings.reading_validation_mode = before


def told(ds: rg.Dataset) -> dict[Path, Seen]:
    """Flatten a data set, the file meta information left out; what is empty is empty, however it is said."""
    found = elements(ds, (rg.DicomError,))
    return {path: empty(seen) for path, seen in found.items() if path[0] != "meta"}


def empty(seen: Seen) -> Seen:
    return Seen(seen.vr, None if seen.value in (None, "", b"", ()) else seen.value)


def expected(found: dict[Path, Seen], syntax: str) -> dict[Path, Seen]:
    """Say what is read from what was written in a syntax."""
    made = {}
    for path, seen in found.items():
        vr, value = seen.vr, seen.value
        if syntax == "ExplicitVRBigEndian" and vr in generated.UNITS and isinstance(value, bytes):
            # PS3.5 7.3: numbers are in the order of the syntax; a block of bytes is given as it lies in the file.
            value = generated.swapped(vr, value)
        made[path] = Seen(vr, value)
    return made


def check(ds: rg.Dataset, syntax: str, lengths: Any, repair: bool) -> None:
    """Write, read with both, compare."""
    content = ds.to_bytes(transfer_syntax=syntax, lengths=lengths, repair=repair)
    again = rg.read(content)
    assert again.file_meta.TransferSyntaxUID == SYNTAXES[syntax]
    assert not again.problems
    wanted, ours = expected(told(ds), syntax), told(again)
    assert list(wanted) == list(ours) or set(wanted) == set(ours)
    for path, seen in wanted.items():
        found = ours[path]
        if syntax == "ImplicitVRLittleEndian" and int(path[-1]) >> 16 & 1 and found.vr == "UN":
            continue  # nobody can know the VR of a private element (PS3.5 7.1.3)
        assert found.vr == seen.vr, f"{path}: {seen} {found}"
        assert same(found.value, seen.value), f"{path}: {seen} {found}"
        SEEN[seen.vr] += 1
    if not UNKNOWN_TO_PYDICOM.intersection(again._charset()):
        check_with_pydicom(content, ours)
    assert again.to_bytes() == content
    SEEN["data sets"] += 1


def check_with_pydicom(content: bytes, ours: dict[Path, Seen]) -> None:
    """Pydicom reads the same elements with the same values."""
    theirs = pydicom_elements(io.BytesIO(content))
    theirs = {path: empty(without_escapes(seen)) for path, seen in theirs.items() if path[0] != "meta"}
    assert set(theirs) == set(ours)
    for path, seen in theirs.items():
        assert not isinstance(seen.value, Refused), path
        assert seen.vr == ours[path].vr, path
        assert same(seen.value, ours[path].value), f"{path}: {seen} {ours[path]}"


def without_escapes(seen: Seen) -> Seen:
    """Take the escape sequence of ISO 2022 IR 58 out, which pydicom leaves in the text (PS3.5 6.1.2.5.3)."""
    value = seen.value
    if isinstance(value, tuple):
        value = tuple(one.replace(IR_58, "") if isinstance(one, str) else one for one in value)
    return Seen(seen.vr, value.replace(IR_58, "") if isinstance(value, str) else value)


COMMON = settings(
    deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@pytest.mark.parametrize("syntax", SYNTAXES)
@settings(COMMON, max_examples=60)
@given(data=st.data())
def test_any_data_set(syntax: str, data: st.DataObject) -> None:
    """All VRs, nested up to 8 deep, in each character set."""
    charset = data.draw(st.sampled_from(generated.CHARACTER_SETS), "charset")
    letters = "".join(generated.repertoire(term)[:300] for term in charset if term)
    deeper = data.draw(st.one_of(st.integers(0, 2), st.integers(0, DEEP)), "depth")
    made = data.draw(generated.elements(letters, deeper, True), "elements")
    lengths = data.draw(st.sampled_from(LENGTHS), "lengths")
    repair = data.draw(st.booleans(), "repair")
    check(generated.dataset(made, charset), syntax, lengths, repair)


@pytest.mark.parametrize("vr", sorted(set(generated.VRS) - {"SQ"}))
@settings(COMMON, max_examples=10)
@given(data=st.data())
def test_each_vr(vr: str, data: st.DataObject) -> None:
    """By itself, in each syntax: none, one, several values."""
    value = data.draw(generated.values(vr, ""))
    made = [generated.Made(tag, vr, value) for tag in generated.tags_of(vr)[:1]]
    private = [
        generated.Made(0x000B0010, "LO", generated.CREATOR),
        generated.Made(generated.PRIVATE + 1, vr, value),
    ]
    made = sorted([*made, *private], key=lambda one: one.tag)
    for syntax in SYNTAXES:
        check(generated.dataset(made), syntax, "as read", False)


@pytest.mark.parametrize("charset", generated.CHARACTER_SETS, ids="+".join)
def test_each_letter_of_each_character_set(charset: tuple[str, ...]) -> None:
    """Every letter of its repertoire, as text of one value, of several, and as a name; nested too."""
    letters = "".join(generated.repertoire(term) for term in charset if term) or "AZ"
    parts = [letters[at : at + 8] for at in range(0, len(letters), 8)]
    names = [f"{part}^{part[::-1]}={part}=A^{part}" for part in parts[:40]]
    items = [
        [
            generated.Made(0x00081030, "LO", some if len(some) > 1 else some[0]),
            generated.Made(0x00104000, "LT", "\r\n".join(some)),
            generated.Made(0x00321060, "LO", some[-1]),
        ]
        for some in (parts[at : at + 100] for at in range(0, len(parts), 100))
    ]
    made = [
        generated.Made(0x00081048, "PN", names if len(names) > 1 else names[0]),
        generated.Made(0x00081140, "SQ", items),
        *items[0][1:],
    ]
    SEEN["letters"] += len(letters)
    for syntax in ("ImplicitVRLittleEndian", "ExplicitVRBigEndian"):
        check(generated.dataset(made, charset), syntax, "as read", False)


@pytest.mark.parametrize("lengths", LENGTHS)
@pytest.mark.parametrize("syntax", SYNTAXES)
def test_as_deep_as_may_be(syntax: str, lengths: Any) -> None:
    """256 levels."""
    made = [generated.Made(0x00100020, "LO", "deep")]
    for _ in range(DEEPEST):
        made = [generated.Made(0x00081140, "SQ", [made])]
    before = sys.getrecursionlimit()
    # pydicom needs several frames a level; we need none.
    sys.setrecursionlimit(20_000)
    try:
        check(generated.dataset(made), syntax, lengths, False)
    finally:
        sys.setrecursionlimit(before)


def test_it_was_all_there(note: Callable[[str], None]) -> None:
    """Every VR was compared, in numbers that say something."""
    vrs = {vr: count for vr, count in SEEN.items() if vr in generated.VRS}
    note(
        f"written and read again: {SEEN['data sets']:,} generated data sets, {sum(vrs.values()):,} elements of "
        f"{len(vrs)} VRs, {SEEN['letters']:,} letters of {len(generated.CHARACTER_SETS)} character sets; "
        "pydicom reads the same"
    )
    if SEEN["data sets"] < 400:
        pytest.skip("the others of this module did not run")
    assert set(vrs) == set(generated.VRS)
    assert min(vrs.values()) > 50
    assert plain(None) is None
    assert Items(1) != Items(2)
