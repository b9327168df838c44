"""Scans of objects of stores: one range a header, names, sizes, conditions, faults."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import radiogram as rg
from pydicom.data import get_testdata_file

from tests.stores import CHANGED, ObjectServer

if TYPE_CHECKING:
    from collections.abc import Iterator

TAGS = ["Modality", "Rows", "PatientWeight"]


def _content(name: str) -> bytes:
    return Path(str(get_testdata_file(name))).read_bytes()


@pytest.fixture
def server() -> Iterator[ObjectServer]:
    """Give a server with two images and a text below ``study/``."""
    with ObjectServer(
        {
            "study/a.dcm": _content("CT_small.dcm"),
            "study/b.dcm": _content("examples_jpeg2k.dcm"),
            "study/c.txt": b"nothing of DICOM " * 9000,
        }
    ) as running:
        yield running


def _rows(table: rg.ScanTable) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = table.to_arrow().to_pylist()
    return rows


def test_a_header_is_one_range(server: ObjectServer) -> None:
    """Of 64 KiB, whoever asks. Smaller answers made this fail, and the same of a bucket."""
    urls = [server.url(name) for name in server.objects]
    rows = _rows(rg.scan([*urls, server.url("study/gone.dcm")], TAGS))
    assert [row["Modality"] for row in rows] == ["CT", "US", None, None]
    assert [row["size"] for row in rows[:2]] == [len(server.objects[f"study/{name}.dcm"]) for name in "ab"]
    assert [row["path"] for row in rows[:3]] == urls
    assert rows[2]["error"].startswith("NotDicomError")
    assert "404" in rows[3]["error"]
    assert str(rows[0]["mtime"].strftime("%a, %d %b %Y %H:%M:%S GMT")) == CHANGED
    assert len(server.asked) == 4
    assert server.ranges == ["bytes=0-65535"] * 4


def test_a_bucket_by_obstore(server: ObjectServer) -> None:
    pytest.importorskip("obstore")
    from obstore.store import S3Store

    table = rg.scan("s3://bucket/study/", TAGS, storage_options=server.s3_options)
    rows = _rows(table)
    assert [row["Modality"] for row in rows] == ["CT", "US", None]
    assert rows[0]["path"] == "s3://bucket/study/a.dcm"
    assert len(server.ranges) == 3
    store = S3Store("bucket", **server.s3_options)
    for source in (store, (store, "study/"), [(store, "study/")]):
        assert [row["Modality"] for row in _rows(rg.scan(source, TAGS))] == ["CT", "US", None]
    assert _rows(rg.scan((store, "study/"), TAGS))[1]["path"] == "study/b.dcm"
    single = rg.scan("s3://bucket/study/b.dcm", TAGS, storage_options=server.s3_options)
    assert [row["Modality"] for row in _rows(single)] == ["US"]
    with ThreadPoolExecutor(2) as executor:
        sharded = rg.scan("s3://bucket/study/", TAGS, storage_options=server.s3_options, executor=executor)
        assert _rows(sharded) == rows


def test_a_bucket_by_fsspec(server: ObjectServer) -> None:
    pytest.importorskip("fsspec")
    pytest.importorskip("aiohttp")
    # Any option hands a URL to fsspec.
    options = {"block_size": 1 << 16}
    rows = _rows(rg.scan(server.url("study/a.dcm"), TAGS, storage_options=options))
    assert [row["Modality"] for row in rows] == ["CT"]
    assert len(server.ranges) == 1


def test_what_a_condition_rules_out_is_not_asked_for(server: ObjectServer) -> None:
    pytest.importorskip("obstore")
    table = rg.scan("s3://bucket/study/", TAGS, storage_options=server.s3_options)
    assert [row["Modality"] for row in _rows(table.filter(rg.col("size") < 100_000))] == ["CT"]
    assert len(server.ranges) == 1


def test_a_store_that_cannot_be_reached_is_a_row() -> None:
    rows = _rows(rg.scan("nosuch://bucket/study", TAGS))
    assert len(rows) == 1
    assert "nosuch" in rows[0]["error"]


@pytest.mark.parametrize("query", ["?token=a*b", "?filter[x]=[1]", "?a=1/", "?name=a b&c=ü", "#part"])
def test_a_query_is_no_pattern(server: ObjectServer, query: str) -> None:
    """A query with a star or a bracket was looked for as a pattern, and nothing was found; one with a space is no URL."""
    (row,) = _rows(rg.scan(server.url("study/a.dcm") + query, TAGS))
    assert (row["Modality"], row["error"]) == ("CT", None)
    assert rg.read(server.url("study/a.dcm") + query).Modality == "CT"


def test_names_are_quoted_where_they_must_be(server: ObjectServer) -> None:
    server.objects["study/ä b.dcm"] = server.objects["study/a.dcm"]
    for name in ("study/ä b.dcm", "study/%C3%A4%20b.dcm"):
        (row,) = _rows(rg.scan(server.url("study/").removesuffix("study/") + name, TAGS))
        assert (row["Modality"], row["error"]) == ("CT", None)


def test_an_error_names_host_and_port_and_how_often_it_was_tried(server: ObjectServer) -> None:
    (row,) = _rows(rg.scan(server.url("study/gone.dcm"), TAGS))
    assert server.url("study/gone.dcm") in row["error"]
    assert "tries" not in row["error"]
