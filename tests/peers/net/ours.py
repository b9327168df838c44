"""Our side of an association, set up in a few words."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radiogram import net

from tests.programs import free_port

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["EXAMPLES", "US", "Kept", "associated", "keeping", "serving", "storage"]

US = "RADIOGRAM"
EXAMPLES = Path(__file__).parents[3] / "docs" / "examples" / "network"


def storage(ae: Any, *, scu_role: bool = False) -> None:
    """Support every storage class, in every transfer syntax."""
    for context in net.AllStoragePresentationContexts:
        if scu_role:
            ae.add_supported_context(
                context.abstract_syntax, net.ALL_TRANSFER_SYNTAXES, scu_role=True, scp_role=True
            )
        else:
            ae.add_supported_context(context.abstract_syntax, net.ALL_TRANSFER_SYNTAXES)


@contextmanager
def serving(
    handlers: list[Any],
    classes: Iterable[Any] = (),
    *,
    any_storage: bool = True,
    scu_role: bool = False,
    **options: Any,
) -> Iterator[int]:
    """Serve what handlers answer, and give the port."""
    ae = net.AE(ae_title=US)
    # Bit by bit: what is proposed first is what the files are in.
    ae.transfer_syntax_order = "requestor"
    if any_storage:
        storage(ae, scu_role=scu_role)
    ae.add_supported_context(net.sop_class.Verification)
    for one in classes:
        ae.add_supported_context(one)
    port = free_port()
    server = ae.start_server(("127.0.0.1", port), block=False, evt_handlers=handlers, **options)
    try:
        yield port
    finally:
        server.shutdown()


class Kept:
    """Keeps the files that come, as they came, by UID."""

    def __init__(self, status: int = 0x0000) -> None:
        self.status = status
        self.files: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def __call__(self, event: Any) -> int:
        """Handle EVT_C_STORE."""
        with self._lock:
            self.files[str(event.request.AffectedSOPInstanceUID)] = event.encoded_dataset()
        return self.status

    @property
    def handlers(self) -> list[Any]:
        """Give what an AE takes."""
        return [(net.evt.EVT_C_STORE, self)]


@contextmanager
def keeping(folder: Path, durability: str = "os", **options: Any) -> Iterator[int]:
    """Serve into a folder, by the engine alone: no handler of Python is asked."""
    rules = [{"sink": ("file", str(folder), "{sop_instance}.dcm", durability)}]
    with serving([], rules=rules, **options) as port:
        yield port


@contextmanager
def associated(
    port: int,
    contexts: Iterable[Any],
    *,
    called: str = "PEER",
    calling: str = US,
    host: str = "127.0.0.1",
    **options: Any,
) -> Iterator[Any]:
    """Associate for the length of a `with` block, and release at its end."""
    ae = net.AE(ae_title=calling)
    for context in contexts:
        ae.add_requested_context(*(context if isinstance(context, tuple) else (context,)))
    assoc = ae.associate(host, port, ae_title=called, **options)
    assert assoc.is_established, "no association"
    yield assoc
    assoc.release()
    assert assoc.is_released
