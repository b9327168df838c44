"""Places in a dataset: what a command line may call an element, and where that is."""

from __future__ import annotations

import pytest
import radiogram as rg
from radiogram.cli.places import holder, parsed
from radiogram.errors import ArgumentError, UnknownTagError


@pytest.mark.parametrize(
    ("text", "expected", "rest"),
    [
        ("PatientName=x", [(0x00100010, None, None)], "=x"),
        ("00100010", [(0x00100010, None, None)], ""),
        ("(0010,0010):PN=", [(0x00100010, None, None)], ":PN="),
        ("FFFCFFFC", [(0xFFFCFFFC, None, None)], ""),
        ("BeamSequence[0].BeamName=a.b", [(0x300A00B0, None, 0), (0x300A00C2, None, None)], "=a.b"),
        ("(300a,00b0)[-1].300A00C2", [(0x300A00B0, None, -1), (0x300A00C2, None, None)], ""),
        ("(0029,0A)[A.B=C][2].(0029,01)[D]=", [(0x0029000A, "A.B=C", 2), (0x00290001, "D", None)], "="),
    ],
)
def test_what_names_an_element(
    text: str, expected: list[tuple[int, str | None, int | None]], rest: str
) -> None:
    place, behind = parsed(text)
    assert [(step.tag, step.creator, step.item) for step in place.steps] == expected
    assert behind == rest
    assert str(place) == text[: len(text) - len(rest)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("PatientNam", "did you mean PatientName"),
        ("", "names no element"),
        ("0010", "names no element"),
        ("BeamSequence[0].", "names no element"),
        ("(0010,01)[ACME]", "odd number"),
    ],
)
def test_what_names_none(text: str, words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        parsed(text)


def test_the_way_there_is_made_where_it_is_asked_for() -> None:
    """An item behind the last one, a private block; else a typed error, and nothing is made."""
    ds = rg.Dataset()
    place = parsed("BeamSequence[0].(0029,01)[ACME]")[0]
    with pytest.raises(UnknownTagError):
        holder(ds, place, create=False)
    assert len(ds) == 0
    at, tag = holder(ds, place, create=True)
    assert at is ds.BeamSequence[0]
    assert (tag, at[0x00290010].value) == (0x00291001, "ACME")
    assert holder(ds, parsed("BeamSequence[-1].Rows")[0], create=False) == (at, 0x00280010)
    assert holder(ds, parsed("TransferSyntaxUID")[0], create=True)[0] is ds.file_meta
    ds.Rows = 3
    for text, words in (
        ("BeamSequence[2].Rows", "1 items"),
        ("BeamSequence.Rows", r"BeamSequence\[0\]"),
        ("Rows[0].Rows", "no sequence"),
    ):
        with pytest.raises(ArgumentError, match=words):
            holder(ds, parsed(text)[0], create=True)
