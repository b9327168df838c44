"""Certificates for tests, made by openssl when they run: an authority, and what it has signed for this machine; another authority that nobody knows."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from radiogram.net.tls import TLS

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Identity", "identity"]

KEY = ("-newkey", "rsa:2048", "-nodes", "-sha256")


@dataclass(frozen=True)
class Identity:
    """Files of PEM: who signs, what is signed, and its key."""

    authority: Path
    certificate: Path
    key: Path

    @property
    def tls(self) -> TLS:
        """Give what an AE takes."""
        return TLS(ca=self.authority, certificate=self.certificate, key=self.key)


def identity(folder: Path, days: int = 30) -> Identity:
    """Make an authority, and a certificate for ``localhost`` and 127.0.0.1; with ``days=-1`` that has expired."""
    folder.mkdir(parents=True)

    def openssl(*arguments: str) -> None:
        done = subprocess.run(
            ["openssl", *arguments], cwd=folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr

    subject = ("-subj", f"/CN=authority of {folder.name}")
    openssl(
        "req", "-x509", *KEY, "-keyout", "authority.key", "-out", "authority.pem", "-days", "30", *subject
    )
    openssl("req", *KEY, "-keyout", "key.pem", "-out", "request.pem", "-subj", "/CN=localhost")
    (folder / "names.cnf").write_text(
        "subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n", encoding="ascii"
    )
    signed = (
        "-CA",
        "authority.pem",
        "-CAkey",
        "authority.key",
        "-CAcreateserial",
        "-days",
        str(days),
        "-sha256",
    )
    openssl("x509", "-req", "-in", "request.pem", "-out", "certificate.pem", *signed, "-extfile", "names.cnf")
    return Identity(folder / "authority.pem", folder / "certificate.pem", folder / "key.pem")
