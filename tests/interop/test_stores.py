"""Stores of every kind that can be had without a network: of obstore, of fsspec, and buckets of Google's on a server of ours."""

from __future__ import annotations

import pickle
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import radiogram as rg
from pydicom.data import get_testdata_file
from radiogram.errors import SourceChangedError, SourceError, UnsupportedError
from radiogram.interop import remote

from tests.pixels.datasets import picture, written
from tests.stores import ObjectServer

if TYPE_CHECKING:
    from collections.abc import Iterator

MODALITIES = {"study/a.dcm": "CT", "study/b.dcm": "US", "study/deep/er/c.dcm": "MR"}
# More than what a first request is for.
FRAMES = "study/b.dcm"
SAMPLES = np.arange(12 * 160 * 192, dtype=np.uint32).astype(np.uint16).reshape(12, 160, 192)


def _contents() -> dict[str, bytes]:
    small = {"study/a.dcm": "CT_small.dcm", "study/deep/er/c.dcm": "MR_small.dcm"}
    made = {name: Path(str(get_testdata_file(file))).read_bytes() for name, file in small.items()}
    return {**made, FRAMES: written(picture(SAMPLES, shape=(*SAMPLES.shape, 1), Modality="US"))}


@pytest.fixture
def server() -> Iterator[ObjectServer]:
    """Give a server with three images below ``study/``."""
    with ObjectServer(_contents()) as running:
        yield running


def _modalities(source: Any, **options: Any) -> dict[str, str]:
    rows = rg.scan(source, ["Modality"], **options).to_arrow().to_pylist()
    assert all(row["error"] is None for row in rows), rows
    return {str(row["path"]).partition("study/")[2]: row["Modality"] for row in rows}


EXPECTED = {name.partition("study/")[2]: modality for name, modality in MODALITIES.items()}


@pytest.mark.parametrize("kind", ["LocalStore", "MemoryStore", "PrefixStore"])
def test_stores_of_obstore(tmp_path: Path, kind: str) -> None:
    """A folder, memory, and a folder below a prefix: scanned, read by ranges, missing, changed."""
    obstore = pytest.importorskip("obstore")
    store: Any
    if kind == "MemoryStore":
        store = obstore.store.MemoryStore()
    else:
        store = obstore.store.LocalStore(tmp_path / "in" if kind == "PrefixStore" else tmp_path, mkdir=True)
    for name, content in _contents().items():
        store.put(name, content)
    assert _modalities(store) == EXPECTED
    assert _modalities((store, "study/")) == EXPECTED
    for source in ((store, FRAMES), obstore.open_reader(store, FRAMES)):
        np.testing.assert_array_equal(rg.read(source).pixels.frame(4), SAMPLES[4])
    with pytest.raises(FileNotFoundError):
        rg.read((store, "study/none.dcm"))
    ds = rg.read((store, FRAMES))
    store.put(FRAMES, _contents()["study/a.dcm"])
    with pytest.raises(SourceChangedError):
        ds.pixels.frame(7)


def test_memory_and_files_of_fsspec(tmp_path: Path) -> None:
    """``memory://`` and ``file://``, with patterns, and below a folder."""
    fsspec = pytest.importorskip("fsspec")
    system = fsspec.filesystem("memory")
    for name, content in _contents().items():
        system.pipe_file(f"/stores/{name}", content)
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    try:
        for root in ("memory://stores/", f"file://{tmp_path}/"):
            assert _modalities(root) == EXPECTED
            assert _modalities(f"{root}study/*.dcm") == {"a.dcm": "CT", "b.dcm": "US"}
            np.testing.assert_array_equal(rg.read(f"{root}{FRAMES}").pixels.frame(9), SAMPLES[9])
            with pytest.raises(FileNotFoundError):
                rg.read(f"{root}study/none.dcm")
    finally:
        system.rm("/stores", recursive=True)


@pytest.fixture
def without_fsspec(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let obstore read the URLs, whatever fsspec has: gcsfs asks its makers for a token before it asks anybody else."""
    pytest.importorskip("obstore")
    monkeypatch.setattr(remote, "_has_fsspec", lambda _: False)


@pytest.mark.usefixtures("without_fsspec")
def test_a_bucket_of_google_by_obstore(server: ObjectServer) -> None:
    """Listed, and read with the requests that a bucket of Amazon's takes."""
    options = {"storage_options": server.gs_options}
    assert _modalities("gs://bucket/study/", **options) == EXPECTED
    assert server.ranges == ["bytes=0-65535"] * 3
    server.asked.clear()
    ds = rg.read(f"gs://bucket/{FRAMES}", **options)
    np.testing.assert_array_equal(ds.pixels.frame(4), SAMPLES[4])
    assert len(server.asked) <= 2
    with pytest.raises(FileNotFoundError):
        rg.read("gs://bucket/study/none.dcm", **options)
    server.failures = [403]
    with pytest.raises(PermissionError):
        rg.read(f"gs://bucket/{FRAMES}", **options)
    ds = rg.read(f"gs://bucket/{FRAMES}", **options)
    server.objects[FRAMES] = bytes(len(server.objects[FRAMES]))
    with pytest.raises(SourceChangedError):
        ds.pixels.frame(7)


@pytest.mark.usefixtures("without_fsspec")
def test_where_nobody_answers_is_an_error_in_words() -> None:
    """A store behind a closed port, with the patience that the caller asks for: a `SourceError`, and a row of a scan."""
    closed = {
        "endpoint": "http://127.0.0.1:9",
        "region": "us-east-1",
        "skip_signature": True,
        "client_options": {"allow_http": True, "timeout": "2s"},
        "retry_config": {"max_retries": 0},
    }
    begin = time.monotonic()
    with pytest.raises(SourceError, match=r"a\.dcm"):
        rg.read("s3://bucket/a.dcm", storage_options=closed)
    (row,) = rg.scan("s3://bucket/a.dcm", ["Modality"], storage_options=closed).to_arrow().to_pylist()
    assert row["error"]
    assert time.monotonic() - begin < 20


@pytest.mark.usefixtures("without_fsspec")
def test_options_that_are_no_options_are_an_error_in_words() -> None:
    """Words of the library that a store does not know, keys that are none: no traceback of another library alone."""
    for url, options in (
        ("s3://bucket/a.dcm", {"no_such_option": True}),
        ("gs://bucket/a.dcm", {"service_account_key": "no key"}),
        ("az://container/a.dcm", {}),
    ):
        with pytest.raises(SourceError, match=r"://.*options"):
            rg.read(url, storage_options=options)
        (row,) = rg.scan(url, ["Modality"], storage_options=options).to_arrow().to_pylist()
        assert row["error"]
    with pytest.raises(SourceError, match=r"az://container/: .*Account must be specified"):
        rg.read("az://container/a.dcm")
    with pytest.raises(SourceError) as caught:
        rg.read("gs://bucket/a.dcm", storage_options={"service_account_key": "se-cr-et"})
    assert "se-cr-et" not in str(caught.value)


def test_protocols_that_nothing_knows_say_what_would_help(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without fsspec and obstore: which of them to install."""
    monkeypatch.setattr(remote, "_has_fsspec", lambda _: False)
    monkeypatch.setattr(remote, "_has_obstore", lambda _: False)
    with pytest.raises(UnsupportedError, match=r"gs://.*fsspec.*obstore"):
        rg.read("gs://bucket/a.dcm")
    (row,) = rg.scan("gs://bucket/", ["Modality"]).to_arrow().to_pylist()
    assert "fsspec" in row["error"]


def test_objects_of_a_folder_store_go_to_other_processes(tmp_path: Path) -> None:
    obstore = pytest.importorskip("obstore")
    store = obstore.store.LocalStore(tmp_path)
    store.put("a.dcm", _contents()["study/a.dcm"])
    again = pickle.loads(pickle.dumps(rg.read((store, "a.dcm"))))
    assert again.Modality == "CT"
