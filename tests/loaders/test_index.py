"""Index files: rows by number, the same one or none."""

from __future__ import annotations

import os
import pickle
import threading
from typing import TYPE_CHECKING

import pytest
from radiogram.errors import ArgumentError, MissingSourceError, SourceChangedError
from radiogram.loaders import Index

if TYPE_CHECKING:
    from pathlib import Path

ROWS = [[f"/a/{number}é\udc80.dcm", number, None, 1.5, ["x"]] for number in range(300)]


def written(path: Path) -> Index:
    return Index.write(path, iter(ROWS), {"kind": "slices", "labels": []})


def test_rows_come_back(tmp_path: Path) -> None:
    index = written(tmp_path / "a.rgindex")
    assert len(index) == 300
    assert [index.row(number) for number in range(300)] == ROWS
    assert index.about["kind"] == "slices"
    again = Index(tmp_path / "a.rgindex")
    assert (again.digest, again.row(7)) == (index.digest, ROWS[7])
    assert Index.is_one(index.path)
    assert [path.name for path in tmp_path.iterdir()] == ["a.rgindex"]
    for number in (-1, 300):
        with pytest.raises(IndexError):
            index.row(number)


def test_a_pickle_is_path_and_hash(tmp_path: Path) -> None:
    index = written(tmp_path / "a.rgindex")
    assert len(pickle.dumps(index)) < 300
    assert pickle.loads(pickle.dumps(index)).row(299) == ROWS[299]


def test_another_file_under_its_name_is_refused(tmp_path: Path) -> None:
    pickled = pickle.dumps(written(tmp_path / "a.rgindex"))
    Index.write(tmp_path / "a.rgindex", iter(ROWS[:-1]), {})
    with pytest.raises(SourceChangedError):
        len(pickle.loads(pickled))
    (tmp_path / "a.rgindex").unlink()
    with pytest.raises(MissingSourceError):
        len(pickle.loads(pickled))


def test_one_that_becomes_shorter_is_an_error(tmp_path: Path) -> None:
    index = written(tmp_path / "a.rgindex")
    assert index.row(0) == ROWS[0]
    os.truncate(index.path, 100)
    with pytest.raises(SourceChangedError):
        index.row(250)


@pytest.mark.parametrize("cut", [0, 7, 8, 20, 500, -1, -33, -40])
def test_what_is_no_index_is_refused(cut: int, tmp_path: Path) -> None:
    path = tmp_path / "a.rgindex"
    written(path)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(ArgumentError, match="not an index file"):
        Index(path)


@pytest.mark.parametrize("place", [-32, -25, -24, -17, -16, -9, -8, -1])
def test_a_damaged_end_is_refused(place: int, tmp_path: Path) -> None:
    path = tmp_path / "a.rgindex"
    written(path)
    data = bytearray(path.read_bytes())
    data[place] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(ArgumentError, match="not an index file"):
        Index(path)


def test_a_write_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def rows() -> object:
        yield ["a"]
        raise KeyError

    with pytest.raises(KeyError):
        Index.write(tmp_path / "a.rgindex", rows(), {})
    assert not list(tmp_path.iterdir())


def test_many_threads_read_one(tmp_path: Path) -> None:
    index = pickle.loads(pickle.dumps(written(tmp_path / "a.rgindex")))
    wrong: list[int] = []

    def work(first: int) -> None:
        wrong.extend(number for number in range(first, 300, 8) if index.row(number) != ROWS[number])

    threads = [threading.Thread(target=work, args=(first,)) for first in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
