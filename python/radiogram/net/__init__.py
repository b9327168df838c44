"""The network: associations, every DIMSE service as SCU and SCP, servers (PS3.7, PS3.8).

Names and behaviour are pynetdicom's, over an engine that speaks with the peers itself and enters Python once an instance; beside
them are `AE.associate_async` for `asyncio`, `AE.start_server` with ``store=`` for a folder that survives a power cut, and
`Association.send_many` and `AssociationPool` for files.

Examples
--------
>>> from radiogram.net import AE, sop_class
>>> ae = AE()
>>> ae.add_supported_context(sop_class.Verification)
>>> ae.add_requested_context(sop_class.Verification)
>>> with ae.start_server(("127.0.0.1", 0), block=False) as server, ae.associate(*server.address) as assoc:
...     assoc.send_c_echo().Status
0
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from radiogram.net import evt as evt
    from radiogram.net import sop_class as sop_class
    from radiogram.net import status as status
    from radiogram.net import tls as tls
    from radiogram.net.ae import AE as AE
    from radiogram.net.association import Association as Association
    from radiogram.net.event import Event as Event
    from radiogram.net.pool import AssociationPool as AssociationPool
    from radiogram.net.presentation import DEFAULT_TRANSFER_SYNTAXES as DEFAULT_TRANSFER_SYNTAXES
    from radiogram.net.presentation import PresentationContext as PresentationContext
    from radiogram.net.presentation import build_context as build_context
    from radiogram.net.presentation import build_role as build_role
    from radiogram.net.sop_class import register_uid as register_uid
    from radiogram.net.tls import TLS as TLS

    ALL_TRANSFER_SYNTAXES: list[str]

_LATER = {
    "AE": "ae",
    "ALL_TRANSFER_SYNTAXES": "presentation",
    "Association": "association",
    "AssociationPool": "pool",
    "DEFAULT_TRANSFER_SYNTAXES": "presentation",
    "Event": "event",
    "PresentationContext": "presentation",
    "TLS": "tls",
    "build_context": "presentation",
    "build_role": "presentation",
    "register_uid": "sop_class",
}
"""Names that are imported when they are first asked for."""

_MODULES = (
    "_config",
    "_globals",
    "_handlers",
    "ae",
    "association",
    "asynchronous",
    "dimse_primitives",
    "dsutils",
    "events",
    "evt",
    "matching",
    "pdu_primitives",
    "pool",
    "presentation",
    "served",
    "services",
    "service_class",
    "service_class_n",
    "sop_class",
    "status",
    "tls",
    "transport",
    "utils",
)

__all__ = [
    "AE",
    "ALL_TRANSFER_SYNTAXES",
    "DEFAULT_TRANSFER_SYNTAXES",
    "TLS",
    "Association",
    "AssociationPool",
    "Event",
    "PresentationContext",
    "build_context",
    "build_role",
    "debug_logger",
    "evt",
    "register_uid",
    "sop_class",
    "status",
    "tls",
]


def debug_logger() -> None:
    """Show what the network logs, on the standard error, and which associations and messages come and go; pynetdicom's name.

    Examples
    --------
    >>> import radiogram.net
    >>> radiogram.net.debug_logger()
    """
    import logging

    from radiogram.net.narrating import begin

    begin()
    logger = logging.getLogger("radiogram.net")
    if not any(isinstance(handler, logging.StreamHandler) for handler in logger.handlers):
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(levelname).1s: %(message)s"))
        logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)


_OWN = {
    "PYNETDICOM_IMPLEMENTATION_UID": 0,
    "PYNETDICOM_UID_PREFIX": 0,
    "PYNETDICOM_IMPLEMENTATION_VERSION": 1,
}
"""pynetdicom's names of who it is: programs write these into files, and mean whoever makes them."""


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name == "__version__":
        from radiogram import _core

        return _core.VERSION
    if name in _OWN:
        from radiogram import _core
        from radiogram.uid import UID

        said = _core.net_implementation()[_OWN[name]]
        if name == "PYNETDICOM_UID_PREFIX":
            # What `pydicom.uid.generate_uid` makes UIDs under.
            return f"{said}."
        return said if _OWN[name] else UID(said)
    if name in _LATER:
        found: object = getattr(import_module(f"radiogram.net.{_LATER[name]}"), name)
    elif name in _MODULES:
        found = import_module(f"radiogram.net.{name}")
    elif name.endswith("PresentationContexts"):
        # A list of its own for each who asks: lists can be changed.
        return getattr(import_module("radiogram.net.presentation"), name)
    else:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    from radiogram.net.contexts import LISTS

    return sorted({*globals(), *__all__, *_MODULES, *LISTS})
