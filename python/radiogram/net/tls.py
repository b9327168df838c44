"""TLS for associations (PS3.15 Annex B): who we are, whom we believe, by which profile."""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radiogram.errors import ArgumentError

if TYPE_CHECKING:
    Pem = str | os.PathLike[str] | bytes

__all__ = ["TLS", "engine_options"]

PROFILES = ("BCP195", "BCP195-extended", "modern")
"""By PS3.15 B.12; with longer keys first; TLS 1.3 alone."""

_VERIFY = ("required", "optional", "none")


@dataclass(frozen=True)
class TLS:
    """How associations are encrypted.

    Parameters
    ----------
    certificate, key : path or bytes, optional
        Who we are: the chain of certificates and the private key, in PEM. A server has to say so; a client where the server asks.
    ca : path or bytes, optional
        The certificates that are believed, in PEM. A client without them believes those that the system does.
    verify : {"required", "optional", "none"}
        Whether the peer must show a certificate that leads to one of `ca`. ``"none"`` is for servers whose clients stay anonymous.
    server_name : str, optional
        The name that the certificate of the server must have; the address that is called.
    check_name : bool
        Whether it must have it. Without, any server that is believed can be taken for any other.
    profile : {"BCP195", "BCP195-extended", "modern"}
        Versions and cipher suites.

    Examples
    --------
    >>> from radiogram.net.tls import TLS
    >>> TLS(ca=b"-----BEGIN CERTIFICATE-----...", verify="required").profile
    'BCP195'
    """

    certificate: Pem | None = None
    key: Pem | None = None
    ca: Pem | None = None
    verify: str = "required"
    server_name: str | None = None
    check_name: bool = True
    profile: str = "BCP195"

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        if self.verify not in _VERIFY:
            message = f"verify is one of {', '.join(_VERIFY)}, not {self.verify!r}"
            raise ArgumentError(message)
        if self.profile.casefold() not in {name.casefold() for name in PROFILES}:
            message = f"a profile is one of {', '.join(PROFILES)}, not {self.profile!r}"
            raise ArgumentError(message)
        if (self.certificate is None) != (self.key is None):
            message = "a certificate has its private key, and a key its certificate"
            raise ArgumentError(message)

    def options(self) -> dict[str, Any]:
        """Give it as the engine takes it."""
        return {
            "certificate": _pem(self.certificate),
            "key": _pem(self.key),
            "ca": _pem(self.ca),
            "verify": self.verify,
            "server_name": self.server_name,
            "check_name": self.check_name,
            "profile": self.profile,
        }


def _pem(given: Pem | None) -> bytes | None:
    if given is None or isinstance(given, bytes):
        return given
    return Path(os.fspath(given)).read_bytes()


def engine_options(tls: TLS | None, args: tuple[Any, str | None] | None) -> dict[str, Any]:
    """Give what the engine has to know of TLS; nothing where there is none.

    Parameters
    ----------
    tls : TLS, optional
        As `AE.associate` and `AE.start_server` take it.
    args : tuple, optional
        pynetdicom's pair of a context and a name.

    Raises
    ------
    ArgumentError
        The context is an `ssl.SSLContext`, whose private key nobody can read back, or both are given.
    """
    name = None
    if args is not None:
        context, name = args
        if isinstance(context, ssl.SSLContext):
            message = (
                "an ssl.SSLContext gives its private key to nobody, and the engine does its TLS without OpenSSL: "
                "give the same files to radiogram.net.tls.TLS(certificate=…, key=…, ca=…)"
            )
            raise ArgumentError(message)
        if tls is not None:
            message = "TLS is said once: by tls= alone"
            raise ArgumentError(message)
        tls = context
    if tls is None:
        return {}
    if not isinstance(tls, TLS):
        message = f"tls is a radiogram.net.tls.TLS, not {type(tls).__name__}"
        raise ArgumentError(message)
    options = tls.options()
    if name is not None:
        options["server_name"] = name
    return {"tls": options}
