"""TLS as Python asks for it: who is believed, who is not, and what is told of it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from radiogram import _core, errors

from tests.net import station
from tests.net.station import associate, serving

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to make certificates")


def _papers(folder: Path, name: str) -> tuple[bytes, bytes]:
    """Make a certificate that vouches for itself, and its key."""
    key, certificate = folder / f"{name}.key", folder / f"{name}.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
            *("-keyout", str(key), "-out", str(certificate), "-days", "30", "-subj", f"/CN={name}"),
            *("-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"),
        ],
        check=True,
        capture_output=True,
    )
    return certificate.read_bytes(), key.read_bytes()


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[bytes, bytes]]:
    """Give the certificates and keys of a server, of a client, and of somebody else."""
    folder = tmp_path_factory.mktemp("papers")
    return {name: _papers(folder, name) for name in ("server", "client", "stranger")}


def test_both_sides_show_who_they_are(papers: dict[str, tuple[bytes, bytes]]) -> None:
    (shown, key), (mine, my_key) = papers["server"], papers["client"]
    server_side = _core.NetSecurity(certificate=shown, key=key, trust=mine, clients="required")
    client_side = _core.NetSecurity(certificate=mine, key=my_key, trust=shown)
    assert (server_side.is_server, client_side.is_server, client_side.profile) == (True, False, "BCP195")
    assert "TLS_AES_128_GCM_SHA256" in client_side.suites
    with serving(tls=server_side) as server:
        first = associate(server.address, tls=client_side)
        assert station.answer(first, 1, station.ECHO) == 0
        security = first.security
        assert security is not None
        assert security["version"] == "TLSv1.3"
        assert not security["resumed"]
        assert len(security["certificates"]) == 1
        (served,) = server.associations
        assert served.security is not None
        assert len(served.security["certificates"]) == 1
        first.release()
        again = associate(server.address, tls=client_side, server_name="localhost")
        assert again.security is not None
        assert associate(server.address, tls=client_side).security == {**security, "resumed": True}
        unknown = _core.NetSecurity(trust=shown)
        with pytest.raises(errors.NetworkError):
            associate(server.address, tls=unknown)
        with pytest.raises(errors.NetworkError):
            associate(server.address)


def test_a_stranger_is_not_believed(papers: dict[str, tuple[bytes, bytes]]) -> None:
    shown, key = papers["server"]
    server_side = _core.NetSecurity(certificate=shown, key=key, clients="anonymous")
    with serving(tls=server_side) as server:
        for trust, name in ((papers["stranger"][0], None), (shown, "elsewhere.example")):
            with pytest.raises(errors.InsecureConnectionError):
                associate(server.address, tls=_core.NetSecurity(trust=trust), server_name=name)
        careless = _core.NetSecurity(trust=shown, check_name=False)
        assert associate(server.address, tls=careless, server_name="elsewhere.example").is_established
    with serving() as server, pytest.raises(errors.InsecureConnectionError, match="TLS"):
        associate(server.address, tls=_core.NetSecurity(trust=shown))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_child_is_as_secure(papers: dict[str, tuple[bytes, bytes]]) -> None:
    """What was made before the fork is of use behind it: associations of the child's own are secured by it."""
    shown, key = papers["server"]
    client_side = _core.NetSecurity(trust=shown)
    with serving(tls=_core.NetSecurity(certificate=shown, key=key, clients="anonymous")) as server:
        address = server.address
        associate(address, tls=client_side).release()
        child = os.fork()
        if child == 0:
            signal.alarm(30)
            status = 1
            try:
                status = station.answer(associate(address, tls=client_side), 1, station.ECHO)
            finally:
                os._exit(status)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_what_cannot_be_secured_is_refused(papers: dict[str, tuple[bytes, bytes]]) -> None:
    shown, key = papers["server"]
    wrong: list[dict[str, Any]] = [
        {"profile": "SSLv3"},
        {"certificate": shown},
        {"certificate": shown, "key": b"no key", "trust": shown},
        {"trust": b"nothing"},
        {"trust": 7},
        {"certificate": shown, "key": key, "clients": "required"},
        {"clients": "anonymous"},
        {"certificate": shown, "key": key, "clients": "perhaps", "trust": shown},
    ]
    for options in wrong:
        with pytest.raises(errors.ArgumentError):
            _core.NetSecurity(**options)
    client_side = _core.NetSecurity(trust=shown)
    with pytest.raises(errors.ArgumentError, match="for a client"), serving(tls=client_side):
        pass
