"""What a person sees: text, HTML in a notebook."""

from __future__ import annotations

import re

import pydicom
import radiogram as rg
from pydicom.data import get_testdata_file
from radiogram.dataset import show

from tests import build


def test_repr_names_what_is_there() -> None:
    """File meta information first, then a line an element, those of sequences indented."""
    ds = rg.read(
        build.file(build.PLAIN + build.sequence(0x00400260, build.item(build.element(0x00080100, "SH", "X"))))
    )
    lines = repr(ds).splitlines()
    assert lines[0].startswith("Dataset.file_meta ---")
    assert "(0010,0010) Patient's Name                      PN: 'Doe^Jane'" in lines
    assert lines[-2].endswith("SQ: <Sequence of 1 item>")
    assert lines[-1] == "    (0008,0100) Code Value                          SH: 'X'"
    assert str(ds) == repr(ds)
    assert list(ds.formatted_lines("  "))[-1].startswith("  (0008,0100)")
    assert repr(ds["PatientID"]) == "(0010,0020) Patient ID                          LO: '1'"


def test_tags_and_names_are_pydicoms() -> None:
    """The left part of each line is what pydicom prints."""
    path = get_testdata_file("CT_small.dcm")
    ours = [repr(elem)[:50] for elem in rg.read(path)]
    assert ours == [str(elem)[:50] for elem in pydicom.dcmread(path)]


def test_large_bytes_are_counted_not_shown() -> None:
    """And a value never brings a line end of its own."""
    ds = rg.read(
        build.file(build.element(0x00104000, "LT", "a\r\nb") + build.element(0x7FE00010, "OB", bytes(40)))
    )
    assert repr(ds["PixelData"]).endswith("OB: <40 bytes>")
    assert len(repr(ds).splitlines()) == len(ds.file_meta) + 2 + 2


def test_html_escapes_and_folds() -> None:
    """Values, private names and problems come from the file: none of it may be markup."""
    evil = "<script>alert('x')&</script>"
    ds = rg.read(
        build.file(
            build.element(0x00090010, "LO", "<b>")
            + build.element(0x00091001, "LO", evil)
            + build.element(0x00080060, "CS", "<img>")
            + build.element(0x00100010, "PN", evil)
        )
    )
    html = ds._repr_html_()
    assert "<script" not in html
    assert "<img" not in html
    assert "<b>&" not in html
    assert "&lt;script&gt;" in html
    assert "unsorted_tags" in html
    assert set(re.findall(r"<(\w+)", html)) <= {"table", "tr", "td", "th", "ul", "li", "b"}


def test_html_ends_somewhere() -> None:
    """A long dataset is shown in part and says so; a long value is cut."""
    items = [build.item(build.element(0x00081155, "UI", "1.2"))] * 2000
    ds = rg.read(build.file(build.sequence(0x00081140, *items) + build.element(0x00104000, "LT", "x" * 9000)))
    html = ds._repr_html_()
    assert html.count("<tr>") < 1100
    assert "more" in html
    assert "x" * 200 not in html
    assert "…" in rg.read(build.file(build.element(0x00104000, "LT", "x" * 9000)))._repr_html_()


def test_the_deepest_nesting_is_printed() -> None:
    """Without recursion."""
    ds = rg.read(build.file(build.nested(256)))
    assert repr(ds).splitlines()[-1].strip().startswith("(0010,0020)")
    assert "deep" in ds._repr_html_()
    assert sum(1 for _ in show.lines(ds)) == 257
