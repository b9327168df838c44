"""TLS for associations (PS3.15 Annex B): who we are, whom we believe, by which profile."""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radiogram import _core
from radiogram.errors import ArgumentError

if TYPE_CHECKING:
    Pem = str | os.PathLike[str] | bytes

__all__ = ["TLS", "client_options", "server_options"]

_VERIFY = ("required", "optional", "none")


@dataclass(frozen=True)
class TLS:
    """How associations are encrypted.

    Sessions are resumed between associations of the same object.

    Parameters
    ----------
    certificate, key : path or bytes, optional
        Who we are: the chain of certificates and the private key, in PEM. A server has to say so; a client where the server asks.
    ca : path or bytes, optional
        The certificates that are believed, in PEM. A client without them believes those that the system does.
    revoked : path or bytes, optional
        Lists of certificates that are believed no more, in PEM.
    verify : {"required", "optional", "none"}, optional
        Whether clients of a server must show a certificate that leads to one of `ca`: they must, where there is a `ca`. A client
        always looks at the server's.
    server_name : str, optional
        The name that the certificate of the server must have; the address that is called.
    check_name : bool
        Whether it must have it. Without, any server that is believed can be taken for any other.
    profile : {"BCP195", "BCP195-extended", "modern"}
        Versions and cipher suites: those of PS3.15 B.12; with longer keys first; TLS 1.3 alone.

    Examples
    --------
    >>> from radiogram.net.tls import TLS
    >>> TLS(ca=b"-----BEGIN CERTIFICATE-----...").profile
    'BCP195'
    """

    certificate: Pem | None = None
    key: Pem | None = None
    ca: Pem | None = None
    revoked: Pem | None = None
    verify: str | None = None
    server_name: str | None = None
    check_name: bool = True
    profile: str = "BCP195"

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        if self.verify not in {None, *_VERIFY}:
            message = f"verify is one of {', '.join(_VERIFY)}, not {self.verify!r}"
            raise ArgumentError(message)
        if (self.certificate is None) != (self.key is None):
            message = "a certificate has its private key, and a key its certificate"
            raise ArgumentError(message)

    def __repr__(self) -> str:
        """Say nothing of the key."""
        return f"TLS(profile={self.profile!r})"

    @cached_property
    def of_client(self) -> _core.NetSecurity:
        """It as the engine takes it for associations that we ask for."""
        return self._made(None)

    @cached_property
    def of_server(self) -> _core.NetSecurity:
        """It as the engine takes it for associations that we are asked for."""
        verify = self.verify or ("none" if self.ca is None else "required")
        return self._made("anonymous" if verify == "none" else verify)

    def _made(self, clients: str | None) -> _core.NetSecurity:
        papers: dict[str, Any] = {"certificate": _pem(self.certificate), "key": _pem(self.key)}
        belief: dict[str, Any] = {"trust": _pem(self.ca), "revoked": _pem(self.revoked)}
        try:
            return _core.NetSecurity(
                profile=self.profile, **papers, **belief, clients=clients, check_name=self.check_name
            )
        except ArgumentError as error:
            # Which of the files it is, where one alone cannot be used either.
            for given, alone in (((self.ca, self.revoked), belief), ((self.certificate, self.key), papers)):
                names = [os.fspath(one) for one in given if one is not None and not isinstance(one, bytes)]
                if names and not _is_of_use(self.profile, alone):
                    message = f"{', '.join(names)}: {error}"
                    raise ArgumentError(message) from None
            raise


def _pem(given: Pem | None) -> bytes | None:
    if given is None or isinstance(given, bytes):
        return given
    return Path(os.fspath(given)).read_bytes()


def _is_of_use(profile: str, given: dict[str, Any]) -> bool:
    try:
        # Whoever believes nobody else looks at none of them.
        _core.NetSecurity(profile=profile, **given)
    except ArgumentError:
        return False
    return True


def client_options(tls: TLS | None, args: tuple[Any, str | None] | None) -> dict[str, Any]:
    """Give what the engine has to know of TLS to ask for an association; nothing where there is none.

    Parameters
    ----------
    tls : TLS, optional
        As `AE.associate` takes it.
    args : tuple, optional
        pynetdicom's pair of a context and a name.
    """
    context, name = args or (None, None)
    chosen = _chosen(tls, context)
    return {} if chosen is None else {"tls": chosen.of_client, "server_name": name or chosen.server_name}


def server_options(tls: TLS | None, context: object) -> dict[str, Any]:
    """Give what the engine has to know of TLS to listen; nothing where there is none.

    Parameters
    ----------
    tls : TLS, optional
        As `AE.start_server` takes it.
    context : object, optional
        What pynetdicom calls ``ssl_context``.
    """
    chosen = _chosen(tls, context)
    return {} if chosen is None else {"tls": chosen.of_server}


def _chosen(tls: TLS | None, context: Any) -> TLS | None:  # noqa: ANN401
    if isinstance(context, ssl.SSLContext):
        message = (
            "an ssl.SSLContext gives its private key to nobody, and the engine does its TLS without OpenSSL: "
            "give the same files to radiogram.net.tls.TLS(certificate=…, key=…, ca=…)"
        )
        raise ArgumentError(message)
    if tls is not None and context is not None:
        message = "TLS is said once: by tls= alone"
        raise ArgumentError(message)
    chosen = context if tls is None else tls
    if chosen is not None and not isinstance(chosen, TLS):
        message = f"tls is a radiogram.net.tls.TLS, not {type(chosen).__name__}"
        raise ArgumentError(message)
    return chosen
