"""TLS with DCMTK and with Python's own: mutual authentication in both roles, and who is turned away."""

from __future__ import annotations

import dataclasses
import socket
import ssl
from typing import TYPE_CHECKING

import pytest
import radiogram as rg
from radiogram import net
from radiogram.net import sop_class

from tests.certificates import Identity, identity
from tests.peers.net.instances import digests
from tests.peers.net.ours import US, associated, keeping
from tests.peers.net.servers import storescp
from tests.peers.net.test_dcmtk_servers import contexts_of
from tests.programs import require, run
from tests.wire import request

if TYPE_CHECKING:
    from pathlib import Path

    from radiogram.net.tls import TLS


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Identity:
    """Give what both sides trust."""
    require("openssl")
    return identity(tmp_path_factory.mktemp("tls") / "ours")


@pytest.fixture(scope="module")
def strange(tmp_path_factory: pytest.TempPathFactory) -> Identity:
    """Give what nobody trusts."""
    require("openssl")
    return identity(tmp_path_factory.mktemp("tls") / "strange")


PROFILES = {"bcp195": "+px", "bcp195-nd": "+py", "bcp195-ex": "+pz"}
"""DCMTK's options for the profiles of PS3.15 B.9, B.10 and B.11."""


@pytest.mark.parametrize("option", PROFILES.values(), ids=PROFILES)
def test_dcmtk_sends(option: str, ours: Identity, archive: list[Path], tmp_path: Path) -> None:
    """storescu with a certificate: all profiles that it has."""
    require("storescu")
    kept = tmp_path / "kept"
    kept.mkdir()
    with keeping(kept, tls=ours.tls) as port:
        run(
            *("storescu", "-aec", US, "+tls", ours.key, ours.certificate, "+cf", ours.authority, option),
            *("localhost", port, *archive[:4]),
        )
    assert digests(kept.iterdir()) == digests(archive[:4])


@pytest.mark.parametrize("option", PROFILES.values(), ids=PROFILES)
def test_dcmtk_receives(option: str, ours: Identity, archive: list[Path], tmp_path: Path) -> None:
    """Storescp that wants a certificate."""
    options = ("+tls", str(ours.key), str(ours.certificate), "+cf", str(ours.authority), option)
    with storescp(tmp_path, *options) as (port, received):
        with associated(port, contexts_of(archive), host="localhost", tls=ours.tls) as assoc:
            assert {assoc.send_c_store(str(path)).Status for path in archive[:4]} == {0}
        assert digests(received.iterdir()) == digests(archive[:4])


def test_strangers_are_turned_away(
    ours: Identity, strange: Identity, archive: list[Path], tmp_path: Path
) -> None:
    """A client without a certificate, one whose certificate nobody knows, one without TLS; a server whose certificate we do not know."""
    require("storescu")
    kept = tmp_path / "kept"
    kept.mkdir()
    with keeping(kept, tls=ours.tls) as port:
        for command in (
            ["storescu", "-aec", US, "+tla", "+cf", ours.authority],
            ["storescu", "-aec", US, "+tls", strange.key, strange.certificate, "+cf", ours.authority],
            ["storescu", "-aec", US, "-ta", "3"],
        ):
            said = run(*map(str, command), "localhost", port, archive[0], code=None)
            assert said.code != 0, said.show()
        ae = net.AE(ae_title=US)
        ae.add_requested_context(sop_class.Verification)
        assert not _established(ae, port, dataclasses.replace(ours.tls, ca=strange.authority))
        assert _established(ae, port, ours.tls)
    assert not list(kept.iterdir())


def _established(ae: net.AE, port: int, tls: TLS) -> bool:
    try:
        assoc = ae.associate("localhost", port, tls=tls)
    except rg.DicomError:
        return False
    is_established = bool(assoc.is_established)
    if is_established:
        assoc.release()
    return is_established


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
def test_versions_and_resumption(version: ssl.TLSVersion, ours: Identity, tmp_path: Path) -> None:
    """Python's client by TLS 1.2 and by TLS 1.3; a session is taken up again."""
    kept = tmp_path / "kept"
    kept.mkdir()
    context = ssl.create_default_context(cafile=str(ours.authority))
    context.load_cert_chain(ours.certificate, ours.key)
    context.minimum_version = context.maximum_version = version
    session, reused = None, []
    with keeping(kept, tls=ours.tls) as port:
        for _ in range(2):
            with (
                socket.create_connection(("127.0.0.1", port), timeout=10) as plain,
                context.wrap_socket(plain, server_hostname="localhost", session=session) as wrapped,
            ):
                wrapped.sendall(request(US))
                assert wrapped.recv(6)[0] == 2
                session = wrapped.session
                reused.append(wrapped.session_reused)
    assert reused == [False, True]


def test_old_versions_are_refused(ours: Identity, tmp_path: Path) -> None:
    """TLS 1.1 is over (BCP 195)."""
    require("openssl")
    kept = tmp_path / "kept"
    kept.mkdir()
    with keeping(kept, tls=ours.tls) as port:
        said = run(
            *("openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-tls1_1", "-cipher", "ALL@SECLEVEL=0"),
            code=None,
        )
    assert "Cipher is (NONE)" in said.text or said.code != 0
