"""``radiogram dump --raw``: each header where it is written, as it is written."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
import radiogram as rg
from pydicom.data import get_testdata_file
from radiogram.cli import main

from tests import build
from tests.peers import corpus

if TYPE_CHECKING:
    from pathlib import Path

UNDEFINED = 0xFFFFFFFF


def _lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    said = capsys.readouterr()
    assert said.err == ""
    return said.out.splitlines()


def test_headers_and_delimiters(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Offsets, lengths as written, undefined ones and what ends them."""
    path = tmp_path / "nested.dcm"
    rg.read(
        build.file(build.sequence(0x00081140, build.item(build.element(0x00081155, "UI", "1.2"))))
    ).save_as(path, lengths="undefined")
    assert main(["dump", "--raw", "--no-color", str(path)]) == 0
    lines = [line.split() for line in _lines(capsys)]
    assert lines[1] == ["#", "header", "value", "length"]
    at = path.read_bytes().index(b"\x08\0\x40\x11SQ")
    assert lines[-5:] == [
        [str(at), str(at + 12), "undefined", "(0008,1140)", "SQ", "ReferencedImageSequence"],
        [str(at + 12), str(at + 20), "undefined", "(FFFE,E000)", "--", "Item"],
        [str(at + 20), str(at + 28), "4", "(0008,1155)", "UI", "ReferencedSOPInstanceUID"],
        [str(at + 32), str(at + 40), "0", "(FFFE,E00D)", "--", "ItemDelimitationItem"],
        [str(at + 40), str(at + 48), "0", "(FFFE,E0DD)", "--", "SequenceDelimitationItem"],
    ]
    main(["dump", "--raw", "--tags", "ReferencedSOPInstanceUID", str(path)])
    assert len(_lines(capsys)) == 3
    main(["dump", "--raw", "--depth", "0", str(path)])
    assert not any("Item" in line for line in _lines(capsys)[:-1])


@pytest.mark.parametrize("name", ["CT_small.dcm", "rtplan.dcm", "MR_small_bigendian.dcm", "JPEG2000.dcm"])
def test_the_bytes_say_so(name: str) -> None:
    """Each place read again with `struct`; together they are the whole file."""
    path = get_testdata_file(name)
    with open(path, "rb") as file:  # noqa: PTH123
        content = file.read()
    ds = rg.read(path)
    order = "<" if ds.is_little_endian else ">"
    reached, places = 132, ds._layout()
    for number, (depth, start, tag, vr, length, offset) in enumerate(places):
        assert start == reached
        sign = order if tag >> 16 != 2 else "<"
        group, element = struct.unpack_from(f"{sign}HH", content, start)
        assert group << 16 | element == tag
        if vr is None:
            assert (length,) == struct.unpack_from(f"{sign}I", content, start + 4)
        else:
            assert content[start + 4 : start + 6] == vr.encode()
            form, behind = ("I", 8) if offset - start == 12 else ("H", 6)
            assert (length,) == struct.unpack_from(f"{sign}{form}", content, start + behind)
        inside = number + 1 < len(places) and places[number + 1][0] > depth
        reached = offset if inside or length == UNDEFINED else offset + length
    assert reached == len(content)


def test_every_file_has_a_layout(capsys: pytest.CaptureFixture[str]) -> None:
    """Damaged ones too: what is listed is in the order of the bytes, and the program says no more than that."""
    count = 0
    for file in corpus.packaged_files():
        try:
            ds = rg.read(file.path)
        except rg.DicomError:
            continue
        starts = [start for _, start, tag, *_ in ds._layout() if tag >> 16 != 2]
        assert starts == sorted(set(starts)), file.name
        assert main(["dump", "--raw", str(file.path)]) == 0
        count += 1
    assert count > 100
    assert capsys.readouterr().err == ""


def test_bytes_that_are_no_element_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A delimiter that ends nothing is in no element."""
    path = tmp_path / "stray.dcm"
    stray = b"\xfe\xff\x0d\xe0" + bytes(4)
    path.write_bytes(build.file(build.PLAIN + stray + build.element(0x00100040, "CS", "O")))
    main(["dump", "--raw", str(path)])
    at = path.read_bytes().index(stray)
    assert f"! bytes {at} to {at + 7} belong to no element" in _lines(capsys)


def test_one_view_at_a_time() -> None:
    for other in ("--problems", "--offsets"):
        with pytest.raises(SystemExit) as caught:
            main(["dump", "--raw", other, get_testdata_file("CT_small.dcm")])
        assert caught.value.code == 2
