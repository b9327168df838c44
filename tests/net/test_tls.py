"""TLS: how it is said, and that associations are encrypted."""

from __future__ import annotations

import asyncio
import re
import shutil
import socket
import ssl
import threading
from typing import TYPE_CHECKING

import pytest
from radiogram.errors import ArgumentError, NetworkError
from radiogram.net import evt
from radiogram.net.tls import TLS, client_options, server_options

from tests.net.pair import entity, until
from tests.net.test_security import papers as papers  # a fixture

if TYPE_CHECKING:
    from pathlib import Path

needs_openssl = pytest.mark.skipif(
    shutil.which("openssl") is None, reason="needs openssl to make certificates"
)


def test_a_context_of_ssl_is_explained() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for options, given in ((client_options, (context, None)), (server_options, context)):
        with pytest.raises(ArgumentError, match=r"radiogram\.net\.tls\.TLS"):
            options(None, given)  # type: ignore[operator]
    assert client_options(None, None) == {}
    assert server_options(None, None) == {}


def test_what_cannot_be_is_refused() -> None:
    for wrong in ({"verify": "maybe"}, {"certificate": b"c"}, {"key": b"k"}):
        with pytest.raises(ArgumentError):
            TLS(**wrong)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError):
        _ = TLS(profile="SSLv3").of_client
    with pytest.raises(ArgumentError, match="once"):
        server_options(TLS(), TLS())
    with pytest.raises(ArgumentError, match="TLS"):
        client_options("yes", None)  # type: ignore[arg-type]


@needs_openssl
def test_both_sides_show_who_they_are(papers: dict[str, tuple[bytes, bytes]], tmp_path: Path) -> None:
    (shown, key), (mine, my_key) = papers["server"], papers["client"]
    (tmp_path / "key.pem").write_bytes(my_key)
    ours = TLS(certificate=mine, key=tmp_path / "key.pem", ca=shown)
    ae = entity()
    with ae.start_server(
        ("127.0.0.1", 0), block=False, tls=TLS(certificate=shown, key=key, ca=mine, profile="modern")
    ) as server:
        with ae.associate(*server.address, tls=ours) as assoc:
            assert assoc.send_c_echo().Status == 0x0000
            assert assoc.security is not None
            assert assoc.security["version"] == "TLSv1.3"
        with ae.associate(*server.address, tls_args=(ours, "localhost")) as assoc:
            assert assoc.send_c_echo().Status == 0x0000

        async def main() -> int:
            async with ae.associate_async(*server.address, tls=ours) as assoc:
                return int((await assoc.echo()).Status)

        assert asyncio.run(main()) == 0
        # Who shows nothing is not let in, nor who does not encrypt.
        for tls in (TLS(ca=shown), None):
            assoc = ae.associate(*server.address, tls=tls)
            assert not assoc.is_established
            assert isinstance(assoc.error, NetworkError)


@needs_openssl
def test_tls_on_one_side_alone_is_said(
    papers: dict[str, tuple[bytes, bytes]], caplog: pytest.LogCaptureFixture
) -> None:
    shown, key = papers["server"]
    ae = entity()
    handlers = [(evt.EVT_C_ECHO, lambda _: 0)]
    with ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers) as plain:
        assoc = ae.associate(*plain.address, tls=TLS(ca=shown))
        assert "without TLS" in str(assoc.error)
        until(lambda: "TLS handshake" in caplog.text)
        assert caplog.text.count("\n") == 1
    with ae.start_server(
        ("127.0.0.1", 0), block=False, tls=TLS(certificate=shown, key=key), evt_handlers=handlers
    ) as server:
        caplog.clear()
        assoc = ae.associate(*server.address)
        assert "TLS" in str(assoc.error)
        until(lambda: "without TLS" in caplog.text)


@pytest.mark.parametrize(
    ("bytes_of_the_peer", "said"),
    [
        (b"\x15\x03\x03\0\x02\x02\x0a", "TLS alert"),
        (b"HTTP/1.1 400", "a type that the standard does not have"),
    ],
)
def test_what_a_peer_speaks_is_seen_by_its_bytes(bytes_of_the_peer: bytes, said: str) -> None:
    def answer() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(1 << 16)
            connection.sendall(bytes_of_the_peer)
            connection.recv(1 << 16)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=answer)
        thread.start()
        assoc = entity().associate(*listener.getsockname())
        thread.join()
    assert said in str(assoc.error)
    assert ("TLS" in str(assoc.error)) is ("TLS" in said)


@needs_openssl
def test_a_paper_that_is_of_no_use_is_named(papers: dict[str, tuple[bytes, bytes]], tmp_path: Path) -> None:
    (shown, key), (_, other) = papers["server"], papers["client"]
    for name, content in {"cert": shown, "key": key, "other": other, "nonsense": b"nonsense"}.items():
        (tmp_path / name).write_bytes(content)
    at = tmp_path.joinpath
    for given, named in [
        ({"ca": at("nonsense")}, "nonsense"),
        ({"ca": at("cert"), "certificate": at("nonsense"), "key": at("key")}, "nonsense"),
        ({"ca": at("cert"), "certificate": at("cert"), "key": at("other")}, "other"),
        ({"ca": at("cert"), "certificate": shown, "key": at("nonsense")}, "nonsense"),
    ]:
        with pytest.raises(ArgumentError, match=re.escape(str(at(named)))):
            _ = TLS(**given).of_client  # type: ignore[arg-type]


@needs_openssl
def test_clients_may_stay_anonymous(papers: dict[str, tuple[bytes, bytes]]) -> None:
    shown, key = papers["server"]
    ae = entity()
    with ae.start_server(("127.0.0.1", 0), block=False, tls=TLS(certificate=shown, key=key)) as server:
        with ae.associate(*server.address, tls=TLS(ca=shown)) as assoc:
            assert assoc.send_c_echo().Status == 0x0000
        stranger = ae.associate(*server.address, tls=TLS(ca=papers["stranger"][0]))
        assert stranger.is_aborted
    assert "PRIVATE" not in repr(TLS(certificate=shown, key=key))
