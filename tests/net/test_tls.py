"""How TLS is said; that it encrypts is shown with certificates."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest
from radiogram.errors import ArgumentError
from radiogram.net.tls import TLS, engine_options

if TYPE_CHECKING:
    from pathlib import Path


def test_files_are_read_and_bytes_are_taken(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_bytes(b"ca")
    assert engine_options(TLS(ca=tmp_path / "ca.pem", certificate=b"c", key=b"k"), None)["tls"]["ca"] == b"ca"
    assert engine_options(None, None) == {}


def test_a_context_of_ssl_is_explained() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with pytest.raises(ArgumentError, match=r"radiogram\.net\.tls\.TLS"):
        engine_options(None, (context, None))


def test_pynetdicoms_pair_takes_ours() -> None:
    assert engine_options(None, (TLS(), "archive.example"))["tls"]["server_name"] == "archive.example"


@pytest.mark.parametrize(
    "wrong", [{"verify": "maybe"}, {"profile": "SSLv3"}, {"certificate": b"c"}, {"key": b"k"}]
)
def test_what_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ArgumentError):
        TLS(**wrong)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError):
        engine_options(TLS(), (TLS(), None))
