"""Objects of stores, counted request by request: heads, frames, tables, changes, busy servers, fsspec and obstore."""

from __future__ import annotations

import io
import pickle
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import radiogram as rg
from radiogram.errors import PixelError, SourceChangedError, SourceError, UnsupportedError
from radiogram.interop.remote import web

from tests.pixels.datasets import picture, written
from tests.stores import ObjectServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

FRAMES, ROWS, COLUMNS = 12, 160, 192


def _samples() -> npt.NDArray[Any]:
    rows = np.arange(FRAMES * ROWS * COLUMNS, dtype=np.uint32) * 2654435761 >> 19
    return rows.astype(np.uint16).reshape(FRAMES, ROWS, COLUMNS)


def _native(frames: int = FRAMES) -> bytes:
    # A header of half the bytes that a first request is for.
    long = {"TextValue": "x" * 60_000}
    return written(picture(_samples()[:frames], shape=(frames, ROWS, COLUMNS, 1), **long))


def _compressed(syntax: str = "RLELossless", frames: int = FRAMES, **options: Any) -> bytes:
    ds = rg.read(_native(frames))
    ds.compress(syntax, **options)
    return ds.to_bytes()


def _without_table(content: bytes) -> bytes:
    """Take the offsets out of the basic table."""
    ds = rg.read(content)
    raw = bytes(ds["PixelData"].raw)
    length = int.from_bytes(raw[4:8], "little")
    assert length > 0
    ds.PixelData = raw[:4] + bytes(4) + raw[8 + length :]
    return ds.to_bytes()


@pytest.fixture
def server() -> Iterator[ObjectServer]:
    """Give a server with images of every kind of pixel data."""
    with ObjectServer(
        {
            "native.dcm": _native(),
            "rle.dcm": _compressed(),
            "extended.dcm": _compressed(encapsulate_ext=True),
            "j2k.dcm": _compressed("JPEG2000Lossless"),
            "single.dcm": _compressed("JPEGLSLossless", frames=1),
        }
    ) as running:
        yield running


def _sources(server: ObjectServer, name: str) -> dict[str, Any]:
    """Give everything that an object can be read through."""
    fsspec = pytest.importorskip("fsspec")
    obstore = pytest.importorskip("obstore")
    pytest.importorskip("aiohttp")
    from obstore.fsspec import FsspecStore
    from obstore.store import S3Store

    store = S3Store("bucket", **server.s3_options)
    return {
        "http": server.url(name),
        "fsspec": fsspec.open(server.url(name)),
        "fsspec file": fsspec.open(server.url(name), block_size=1024).open(),
        "s3": f"s3://bucket/{name}",
        "obstore file": obstore.open_reader(store, name, buffer_size=1 << 18),
        "obstore by fsspec": FsspecStore("s3", **server.s3_options).open(f"bucket/{name}", "rb"),
    }


def _read(server: ObjectServer, source: Any) -> rg.Dataset:
    options = server.s3_options if isinstance(source, str) and source.startswith("s3") else None
    return rg.read(source, storage_options=options)


@pytest.mark.parametrize("name", ["native.dcm", "rle.dcm", "extended.dcm", "j2k.dcm"])
@pytest.mark.parametrize("kind", ["http", "fsspec", "fsspec file", "s3", "obstore file", "obstore by fsspec"])
def test_any_frame_takes_two_requests(server: ObjectServer, name: str, kind: str) -> None:
    expected = _samples()
    # Once, so that what a library looks at on its first use is looked at.
    _read(server, _sources(server, name)[kind])
    for frame in (7, FRAMES - 1, 0):
        source = _sources(server, name)[kind]
        server.asked.clear()
        ds = _read(server, source)
        found = ds.pixels.frame(frame)
        assert np.array_equal(found, expected[frame])
        assert len(server.ranges) <= 2, server.asked
        assert ds.problems == ()
        if kind in ("http", "s3"):
            assert len(server.asked) <= 2, server.asked


def test_one_frame_needs_no_table(server: ObjectServer) -> None:
    ds = rg.read(server.url("single.dcm"))
    assert np.array_equal(ds.pixels.frame(0), _samples()[0])
    assert len(server.asked) <= 2


def test_without_a_table_fragments_are_gone_through_once(server: ObjectServer) -> None:
    server.objects["walked.dcm"] = _without_table(server.objects["rle.dcm"])
    ds = rg.read(server.url("walked.dcm"))
    walked = len(server.asked)
    assert walked > 2
    for frame in (3, 11):
        assert np.array_equal(ds.pixels.frame(frame), _samples()[frame])
    assert len(server.asked) <= walked + 2
    before = len(server.asked)
    ds.pixels.frame(3)
    assert len(server.asked) == before


@pytest.mark.parametrize("name", ["native.dcm", "rle.dcm", "extended.dcm", "single.dcm"])
def test_what_is_written_is_what_was_there(server: ObjectServer, name: str) -> None:
    ds = rg.read(server.url(name))
    assert ds.to_bytes() == server.objects[name]
    local = rg.read(server.objects[name])
    again = rg.read(server.url(name))
    assert again.PixelData == local.PixelData
    assert again["PixelData"].length == local["PixelData"].length
    for one in (local, again):
        one.PatientName = "Doe^Jane"
    assert again.to_bytes() == local.to_bytes()
    assert pickle.loads(pickle.dumps(rg.read(server.url(name)))).to_bytes() == server.objects[name]
    assert np.array_equal(rg.read(server.url(name)).pixel_array, local.pixel_array)


def test_what_is_behind_the_pixel_data_stays(server: ObjectServer) -> None:
    from tests.build import element

    content = server.objects["rle.dcm"] + element(0xFFFCFFFC, "OB", bytes(64))
    server.objects["behind.dcm"] = content
    ds = rg.read(server.url("behind.dcm"))
    assert np.array_equal(ds.pixels.frame(FRAMES - 1), _samples()[FRAMES - 1])
    assert len(server.asked) == 2
    assert ds.to_bytes() == content
    ds.PatientName = "Doe^Jane"
    assert ds.to_bytes().endswith(content[-300:])
    assert ds.PixelData == rg.read(content).PixelData
    with pytest.raises(UnsupportedError, match="remote"):
        ds.to_bytes(repair=True)


def test_a_table_that_lies_is_an_error_and_no_picture(server: ObjectServer) -> None:
    content = bytearray(server.objects["rle.dcm"])
    ds = rg.read(bytes(content))
    table = content.index(bytes(ds["PixelData"].raw[:16])) + 8
    wrong = int.from_bytes(content[table + 8 : table + 12], "little") + 2
    content[table + 8 : table + 12] = wrong.to_bytes(4, "little")
    server.objects["lies.dcm"] = bytes(content)
    ds = rg.read(server.url("lies.dcm"))
    assert np.array_equal(ds.pixels.frame(0), _samples()[0])
    for frame in (1, 2):
        with pytest.raises(PixelError, match="no fragment begins"):
            ds.pixels.frame(frame)
    # Here all fragments are at hand, and the table is a problem.
    assert np.array_equal(rg.read(bytes(content)).pixels.frame(2), _samples()[2])


@pytest.mark.parametrize("kind", ["http", "fsspec", "s3", "obstore file", "obstore by fsspec"])
def test_a_changed_object_is_refused(server: ObjectServer, kind: str) -> None:
    ds = _read(server, _sources(server, "native.dcm")[kind])
    content = bytearray(server.objects["native.dcm"])
    content[-1] ^= 1
    # What obstore opened knows its size alone.
    server.objects["native.dcm"] = bytes(content)[: -2 if kind == "obstore file" else None]
    with pytest.raises(SourceChangedError):
        ds.pixels.frame(FRAMES - 1)
    # What was loaded before is independent of it.
    ds = _read(server, _sources(server, "rle.dcm")[kind])
    ds.load()
    server.objects["rle.dcm"] = b"something else"
    assert np.array_equal(ds.pixels.frame(4), _samples()[4])


def test_what_is_not_there_is_a_missing_file(server: ObjectServer) -> None:
    for kind, source in _sources(server, "native.dcm").items():
        if isinstance(source, str):
            with pytest.raises(FileNotFoundError):
                _read(server, source.replace("native", "nothing"))
        del kind
    with pytest.raises(UnsupportedError, match="nosuch://"):
        rg.read("nosuch://bucket/a")


def test_a_busy_server_is_asked_again(server: ObjectServer, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(web.time, "sleep", waits.append)
    server.failures = [503, 429]
    server.cut = 1
    assert rg.read(server.url("native.dcm")).Rows == ROWS
    assert waits == [0.25, 1.0, 4.0]
    server.failures = [500] * 4
    with pytest.raises(SourceError, match="HTTP 500 in 4 tries"):
        rg.read(server.url("native.dcm"))
    server.failures = [403]
    with pytest.raises(PermissionError, match="native"):
        rg.read(server.url("native.dcm") + "?signature=secret")
    waits.clear()


def test_errors_do_not_tell_what_signs_a_url(server: ObjectServer) -> None:
    server.failures = [403]
    with pytest.raises(PermissionError) as caught:
        rg.read(server.url("native.dcm") + "?signature=secret")
    assert "secret" not in str(caught.value)


def test_a_server_without_ranges_is_asked_once(server: ObjectServer) -> None:
    server.knows_ranges = False
    ds = rg.read(server.url("rle.dcm"))
    for frame in (2, 9):
        assert np.array_equal(ds.pixels.frame(frame), _samples()[frame])
    assert len(server.asked) == 1


def test_the_interpreter_is_free_while_a_store_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    class Slow:
        def fetch(self, offset: int, count: int) -> tuple[int, bytes, int, None, None]:
            # It answers when others have had their turns, or never.
            end = time.monotonic() + 60
            while turns[0] <= 50 and time.monotonic() < end:
                time.sleep(0.01)
            return offset, content[offset : offset + count], len(content), None, None

    del monkeypatch
    content = _native()
    turns, stop = [0], threading.Event()

    def turn() -> None:
        while not stop.is_set():
            turns[0] += 1
            time.sleep(0.001)

    thread = threading.Thread(target=turn)
    thread.start()
    try:
        assert rg.read(Slow()).Rows == ROWS  # type: ignore[arg-type]
    finally:
        stop.set()
        thread.join()
    assert turns[0] > 50


def test_what_a_store_raises_comes_out() -> None:
    class Stopped:
        def fetch(self, *_: int) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rg.read(Stopped())  # type: ignore[arg-type]


def test_archives_and_memory_of_fsspec(server: ObjectServer) -> None:
    fsspec = pytest.importorskip("fsspec")
    system = fsspec.filesystem("memory")
    system.pipe_file("/radiogram/a.dcm", server.objects["rle.dcm"])
    try:
        ds = rg.read("memory://radiogram/a.dcm")
        assert np.array_equal(ds.pixels.frame(5), _samples()[5])
        with fsspec.open("memory://radiogram/a.dcm", "rb") as file:
            assert rg.read(file).Rows == ROWS
    finally:
        system.rm("/radiogram", recursive=True)
    assert rg.read(io.BytesIO(server.objects["rle.dcm"])).Rows == ROWS
