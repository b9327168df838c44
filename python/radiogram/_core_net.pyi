# The network's part of `radiogram._core` (rust/py/src/net): a stub alone, which that of the module takes in.

from collections.abc import Sequence
from os import PathLike
from typing import Any, TypeAlias, final

_NetContext: TypeAlias = tuple[int, str, str]
_NetEnding: TypeAlias = tuple[Any, ...]
_NetData: TypeAlias = bytes | tuple[str, str, int]

@final
class NetInbox:
    def __new__(cls, capacity: int = 256) -> NetInbox: ...
    @property
    def taken(self) -> int: ...
    @property
    def closed(self) -> bool: ...
    def take(self, timeout: float | None = None) -> NetWork | None: ...
    def take_many(self, most: int = 64, timeout: float | None = None) -> list[NetWork]: ...
    def close(self) -> None: ...
    def __len__(self) -> int: ...

@final
class NetPending:
    def cancel(self) -> None: ...

@final
class NetSending:
    def __new__(
        cls,
        associations: Sequence[NetAssociation],
        sources: Sequence[str | PathLike[str] | bytes] | None = None,
        *,
        priority: int = 0,
        originator: tuple[str, int] | None = None,
    ) -> NetSending: ...
    @property
    def has_ended(self) -> bool: ...
    def push(self, source: str | PathLike[str] | bytes) -> int: ...
    def take_back(self) -> list[int]: ...
    def close(self) -> None: ...
    def take(
        self, timeout: float | None = None
    ) -> list[tuple[int, int | None, str, str | None, str | None]]: ...
    def take_later(self, to: NetInbox, token: Any) -> NetPending: ...

@final
class NetWork:
    @property
    def kind(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def association(self) -> NetAssociation | None: ...
    @property
    def token(self) -> Any: ...
    @property
    def context(self) -> _NetContext | None: ...
    @property
    def command(self) -> dict[str, Any] | None: ...
    @property
    def data(self) -> bytes | None: ...
    @property
    def path(self) -> str | None: ...
    @property
    def kept(self) -> list[tuple[Any, ...]]: ...
    @property
    def is_lasting(self) -> bool: ...
    @property
    def index(self) -> bytes | None: ...
    @property
    def index_complete(self) -> bool: ...
    @property
    def details(self) -> dict[str, Any]: ...
    @property
    def cancelled(self) -> bool: ...
    @property
    def answered(self) -> bool: ...
    def respond(
        self,
        command: dict[str, Any],
        data: bytes | None = None,
        *,
        to: NetInbox | None = None,
        token: object = None,
    ) -> Any: ...
    def respond_many(self, command: dict[str, Any], data: list[bytes]) -> bool: ...
    def answer(self, said: bool | dict[str, Any]) -> bool: ...

@final
class NetAssociation:
    @property
    def id(self) -> int: ...
    @property
    def is_requestor(self) -> bool: ...
    @property
    def is_established(self) -> bool: ...
    @property
    def local(self) -> tuple[str, int]: ...
    @property
    def peer(self) -> tuple[str, int]: ...
    @property
    def calling(self) -> str: ...
    @property
    def called(self) -> str: ...
    @property
    def contexts(self) -> list[tuple[int, str, str, bool, bool]]: ...
    @property
    def refused(self) -> list[tuple[int, str, int]]: ...
    @property
    def request(self) -> dict[str, Any]: ...
    @property
    def response(self) -> dict[str, Any] | None: ...
    @property
    def state(self) -> str: ...
    @property
    def over(self) -> bool: ...
    @property
    def outcome(self) -> _NetEnding | None: ...
    @property
    def security(self) -> dict[str, Any] | None: ...
    @property
    def window(self) -> tuple[int, int]: ...
    def metrics(self) -> dict[str, int]: ...
    def want(self, names: set[str]) -> None: ...
    def set_times(
        self,
        acse_timeout: float | None,
        dimse_timeout: float | None,
        network_timeout: float | None,
        releases_idle: bool,
    ) -> None: ...
    def send(
        self,
        context: int,
        command: dict[str, Any],
        data: _NetData | None = None,
        *,
        to: NetInbox | None = None,
        token: object = None,
    ) -> Any: ...
    def store(
        self,
        sources: Sequence[str | PathLike[str] | bytes],
        *,
        priority: int = 0,
        originator: tuple[str, int] | None = None,
    ) -> list[tuple[int | None, str, str | None]]: ...
    def release(
        self, *, timeout: float | None = None, to: NetInbox | None = None, token: object = None
    ) -> Any: ...
    def ended(
        self, timeout: float | None = None, *, to: NetInbox | None = None, token: object = None
    ) -> Any: ...
    def abort(self) -> None: ...
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class NetExchange:
    @property
    def message_id(self) -> int: ...
    @property
    def context(self) -> int: ...
    @property
    def complete(self) -> bool: ...
    def next(
        self, timeout: float | None = None, *, to: NetInbox | None = None, token: object = None
    ) -> Any: ...
    def cancel(self) -> None: ...

@final
class NetTap:
    def __new__(cls) -> NetTap: ...
    def feed(self, bytes: bytes) -> list[tuple[str, dict[str, Any]]]: ...

@final
class NetServer:
    def __new__(
        cls,
        host: str,
        port: int,
        *,
        aet: str,
        contexts: Sequence[tuple[str, list[str], bool | None, bool | None]],
        any_storage: bool = False,
        rules: Sequence[dict[str, Any]] = ...,
        inbox: NetInbox | None = None,
        wants: set[str] = ...,
        max_pdu: int | None = None,
        operations_window: tuple[int, int] | None = None,
        choose_ours: bool = False,
        require_called: bool = False,
        require_calling: Sequence[str] = ...,
        implementation_uid: str | None = None,
        implementation_version: str | None = None,
        max_associations: int | None = None,
        max_associations_of_a_peer: int | None = None,
        max_memory: int | None = None,
        max_message: int | None = None,
        acse_timeout: float | None = 30.0,
        dimse_timeout: float | None = 60.0,
        network_timeout: float | None = 600.0,
        tls: NetSecurity | None = None,
    ) -> NetServer: ...
    @property
    def address(self) -> tuple[str, int]: ...
    @property
    def is_open(self) -> bool: ...
    @property
    def associations(self) -> list[NetAssociation]: ...
    def metrics(self) -> dict[str, Any]: ...
    def prometheus(self) -> str: ...
    def want(self, names: set[str]) -> None: ...
    def renew(
        self,
        *,
        aet: str,
        contexts: Sequence[tuple[str, list[str], bool | None, bool | None]],
        any_storage: bool = False,
        max_pdu: int | None = None,
        operations_window: tuple[int, int] | None = None,
        choose_ours: bool = False,
        require_called: bool = False,
        require_calling: Sequence[str] = ...,
        implementation_uid: str | None = None,
        implementation_version: str | None = None,
        max_associations: int | None = None,
        max_associations_of_a_peer: int | None = None,
        acse_timeout: float | None = 30.0,
        dimse_timeout: float | None = 60.0,
        network_timeout: float | None = 600.0,
    ) -> None: ...
    def stop(self, patience: float | None = 5.0) -> None: ...

@final
class NetSecurity:
    def __new__(
        cls,
        *,
        profile: str = "BCP195",
        certificate: bytes | None = None,
        key: bytes | None = None,
        trust: bytes | str | None = None,
        revoked: bytes | None = None,
        clients: str | None = None,
        check_name: bool = True,
    ) -> NetSecurity: ...
    @property
    def profile(self) -> str: ...
    @property
    def suites(self) -> list[str]: ...
    @property
    def is_server(self) -> bool: ...

def net_associate(
    host: str,
    port: int,
    *,
    calling: str,
    called: str,
    contexts: Sequence[tuple[int, str, list[str]]],
    roles: Sequence[tuple[str, bool, bool]] = ...,
    max_pdu: int | None = None,
    operations_window: tuple[int, int] | None = None,
    extended: Sequence[tuple[str, bytes]] = ...,
    common_extended: Sequence[tuple[str, str, list[str]]] = ...,
    identity: tuple[int, bool, bytes, bytes] | None = None,
    implementation_uid: str | None = None,
    implementation_version: str | None = None,
    bind: tuple[str, int] | None = None,
    tls: NetSecurity | None = None,
    server_name: str | None = None,
    inbox: NetInbox | None = None,
    wants: set[str] = ...,
    rules: Sequence[dict[str, Any]] = ...,
    connection_timeout: float | None = 15.0,
    acse_timeout: float | None = 30.0,
    dimse_timeout: float | None = 60.0,
    network_timeout: float | None = 600.0,
    to: NetInbox | None = None,
    token: object = None,
) -> Any: ...
def net_end() -> None: ...
def net_implementation() -> tuple[str, str]: ...
def net_is_ended() -> None: ...
def net_status(code: int) -> Any: ...
