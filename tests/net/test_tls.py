"""TLS: how it is said, and that associations are encrypted."""

from __future__ import annotations

import asyncio
import shutil
import ssl
from typing import TYPE_CHECKING

import pytest
from radiogram.errors import ArgumentError, NetworkError
from radiogram.net.tls import TLS, client_options, server_options

from tests.net.pair import entity
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
def test_clients_may_stay_anonymous(papers: dict[str, tuple[bytes, bytes]]) -> None:
    shown, key = papers["server"]
    ae = entity()
    with ae.start_server(("127.0.0.1", 0), block=False, tls=TLS(certificate=shown, key=key)) as server:
        with ae.associate(*server.address, tls=TLS(ca=shown)) as assoc:
            assert assoc.send_c_echo().Status == 0x0000
        stranger = ae.associate(*server.address, tls=TLS(ca=papers["stranger"][0]))
        assert stranger.is_aborted
    assert "PRIVATE" not in repr(TLS(certificate=shown, key=key))
