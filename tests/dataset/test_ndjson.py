"""Many datasets as lines of JSON: both ways, streamed, in order, with what fails told."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
import radiogram as rg
from pydicom.data import get_testdata_file
from radiogram.errors import ArgumentError, MalformedError, NotDicomError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAMES = ("CT_small.dcm", "MR_small.dcm", "rtplan.dcm", "SC_rgb_rle.dcm", "emri_small.dcm")


def _paths() -> list[str]:
    return [str(get_testdata_file(name)) for name in NAMES]


@pytest.mark.parametrize("threads", [None, 1, 3])
def test_lines_are_those_of_each_and_come_back(tmp_path: Path, threads: int | None) -> None:
    paths = _paths() * 3
    assert rg.to_ndjson(paths, tmp_path / "a.ndjson", threads=threads) == len(paths)
    lines = (tmp_path / "a.ndjson").read_text(encoding="utf-8").splitlines()
    assert lines == [rg.read(path).to_json() for path in paths]
    again = list(rg.from_ndjson(tmp_path / "a.ndjson"))
    assert [ds.to_json() for ds in again] == lines
    assert [path.name for path in tmp_path.iterdir()] == ["a.ndjson"]


@pytest.mark.parametrize("target", [io.StringIO, io.BytesIO])
def test_files_of_either_kind_are_written_to(target: Any) -> None:
    file = target()
    rg.to_ndjson([rg.Dataset({"SpecificCharacterSet": "ISO_IR 192", "PatientName": "Äneas"})], file)
    text = file.getvalue()
    (ds,) = rg.from_ndjson([text])
    assert str(ds.PatientName) == "Äneas"
    file.seek(0)
    (ds,) = rg.from_ndjson(file)
    assert str(ds.PatientName) == "Äneas"


def test_bulk_data_is_elsewhere() -> None:
    held: dict[str, Any] = {}

    def keep(element: Any) -> str:
        uri = f"memory:{len(held)}"
        held[uri] = element.value
        return uri

    lines = io.StringIO()
    rg.to_ndjson(_paths(), lines, bulk_data_element_handler=keep)
    assert held
    assert len(lines.getvalue()) < 200_000
    again = rg.from_ndjson(lines.getvalue().splitlines(), bulk_data_uri_handler=lambda uri: held[uri])
    for path, ds in zip(_paths(), again, strict=True):
        whole = rg.read(path)
        assert ("PixelData" in ds) == ("PixelData" in whole)
        if "PixelData" in whole:
            assert ds.PixelData == whole.PixelData


@pytest.mark.parametrize("threads", [1, 2])
def test_what_cannot_be_read_is_told_or_raised(tmp_path: Path, threads: int) -> None:
    (tmp_path / "text").write_text("nothing of DICOM")
    sources = [_paths()[0], tmp_path / "text", _paths()[1]]
    told: list[tuple[object, Exception]] = []
    count = rg.to_ndjson(
        sources, tmp_path / "a", error_handler=lambda *one: told.append(one), threads=threads
    )
    assert count == 2
    assert [(source, type(error)) for source, error in told] == [(tmp_path / "text", NotDicomError)]
    with pytest.raises(NotDicomError):
        rg.to_ndjson(sources, tmp_path / "b", threads=threads)
    assert not (tmp_path / "b").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "text"]
    with pytest.raises(ArgumentError):
        rg.to_ndjson(sources, tmp_path / "b", threads=0)


def test_a_wrong_line_says_which_it_is(tmp_path: Path) -> None:
    lines = rg.from_ndjson(["{}", "", "{"])
    assert len(next(lines)) == 0
    with pytest.raises(MalformedError, match="line 3"):
        next(lines)
    with pytest.raises(FileNotFoundError):
        next(rg.from_ndjson(tmp_path / "nothing"))


def test_one_dataset_is_in_memory_at_a_time() -> None:
    taken: list[int] = []

    def endless() -> Iterator[rg.Dataset]:
        number = 0
        while True:
            number += 1
            taken.append(number)
            yield rg.Dataset({"InstanceNumber": number})

    class Enough(Exception):  # noqa: N818
        """Ends it."""

    class Few:
        count = 0

        def write(self, _line: bytes) -> None:
            self.count += 1
            if self.count == 10:
                raise Enough

    for threads in (1, 2):
        taken.clear()
        with pytest.raises(Enough):
            rg.to_ndjson(endless(), Few(), threads=threads)  # type: ignore[arg-type]
        assert len(taken) < 30
