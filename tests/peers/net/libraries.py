"""The same program text for our library and for pynetdicom: whichever serves, the other one asks."""

from __future__ import annotations

import importlib
import importlib.util
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import radiogram as rg

from tests.programs import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType


@dataclass(frozen=True)
class Library:
    """One of the two: its network, and its data sets."""

    name: str
    net: ModuleType
    dicom: ModuleType

    def data_set(self, **elements: object) -> Any:
        """Make one."""
        made = self.dicom.Dataset()
        for keyword, value in elements.items():
            setattr(made, keyword, value)
        return made

    def evt(self, name: str) -> Any:
        """Give an event by its name."""
        return getattr(self.net.evt, name)


def both() -> tuple[Library, Library]:
    """Give ours and theirs."""
    if not importlib.util.find_spec("pynetdicom"):
        pytest.skip("not installed: pynetdicom")
    ours = Library("ours", importlib.import_module("radiogram.net"), rg)
    theirs = Library("theirs", importlib.import_module("pynetdicom"), importlib.import_module("pydicom"))
    return ours, theirs


@pytest.fixture(params=["ours serves", "theirs serves"])
def sides(request: pytest.FixtureRequest) -> tuple[Library, Library]:
    """Give the server's and the client's library."""
    ours, theirs = both()
    return (ours, theirs) if request.param == "ours serves" else (theirs, ours)


@contextmanager
def serving(library: Library, handlers: list[Any], *contexts: Any, **options: Any) -> Iterator[int]:
    """Serve, on a port of its own."""
    ae = library.net.AE(ae_title="SERVER")
    for name, value in options.items():
        setattr(ae, name, value)
    for context in contexts:
        ae.add_supported_context(*(context if isinstance(context, tuple) else (context,)))
    port = free_port()
    server = ae.start_server(("127.0.0.1", port), block=False, evt_handlers=handlers)
    try:
        yield port
    finally:
        server.shutdown()


@contextmanager
def client(library: Library, port: int, *contexts: Any, **options: Any) -> Iterator[Any]:
    """Associate, and release in the end."""
    ae = library.net.AE(ae_title="CLIENT")
    for context in contexts:
        ae.add_requested_context(*(context if isinstance(context, tuple) else (context,)))
    assoc = ae.associate("127.0.0.1", port, ae_title="SERVER", **options)
    assert assoc.is_established
    yield assoc
    assoc.release()
