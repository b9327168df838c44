"""What may be said to an AE and to its associations: titles, places, lengths, seconds and contexts, looked at before anything is done with them."""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING, Any

from radiogram.errors import ArgumentError
from radiogram.net.presentation import PresentationContext
from radiogram.uid import UID

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "checked_contexts",
    "checked_length",
    "checked_offers",
    "checked_place",
    "checked_seconds",
    "checked_title",
    "checked_window",
    "named",
    "wrong_of",
]

_UID = re.compile(r"[0-9.]{1,64}")


def checked_title(title: object, name: str = "ae_title") -> str:
    """Give an AE title as it is used (PS3.5 6.2, VR AE): 1 to 16 characters, spaces around them do not matter."""
    if isinstance(title, bytes):
        warnings.warn(f"'{name}' is a str, not bytes", DeprecationWarning, stacklevel=3)
        title = title.decode("ascii", "replace")
    if not isinstance(title, str):
        message = f"'{name}' must be a str, not {type(title).__name__}"
        raise TypeError(message)
    stripped = title.strip(" ")
    if (
        not 1 <= len(stripped) <= 16
        or "\\" in stripped
        or not (stripped.isascii() and stripped.isprintable())
    ):
        message = f"'{name}' is 1 to 16 printable ASCII characters without a backslash (PS3.5 6.2)"
        raise ArgumentError(message)
    return stripped


def checked_place(place: Any, name: str) -> tuple[str, int]:  # noqa: ANN401
    """Give an address and its port."""
    try:
        # A text has as many parts as letters.
        host, port = (None, 0) if isinstance(place, str) else tuple(place)[:2]
        number = int(port)
    except (TypeError, ValueError):
        message = f"'{name}' is an address and a port"
        raise ArgumentError(message) from None
    if not isinstance(host, str) or not 0 <= number <= 0xFFFF:
        message = f"'{name}' is an address and a port from 0 to 65535"
        raise ArgumentError(message)
    return host, number


def checked_length(value: object, name: str) -> int:
    """Give how long a PDU may be (PS3.8 D.1: 32 bits)."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 0xFFFFFFFF:
        message = f"'{name}' is a number of bytes, 0 for any"
        raise ArgumentError(message)
    return value


def checked_seconds(value: float | None, name: str) -> float | None:
    """Give a number of seconds, or ``None`` for ever."""
    if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0):
        message = f"'{name}' is a number of seconds, or None to wait for ever"
        raise ArgumentError(message)
    return value


def checked_window(value: object) -> tuple[int, int]:
    """Give how many operations may be under way at once (PS3.7 D.3.3.3.1: two numbers of 16 bits)."""
    window = value if isinstance(value, (tuple, list)) and len(value) == 2 else (None, None)
    invoked, performed = (
        number if isinstance(number, int) and not isinstance(number, bool) and 0 <= number <= 0xFFFF else None
        for number in window
    )
    if invoked is None or performed is None:
        message = "'operations_window' is two numbers from 0 to 65535 (PS3.7 D.3.3.3.1): of operations invoked, and performed"
        raise ArgumentError(message)
    return invoked, performed


def checked_contexts(
    contexts: Iterable[PresentationContext], most: int | None, name: str = "contexts"
) -> list[PresentationContext]:
    """Give contexts that can be proposed or supported; the list that they are of has a name.

    They are looked at whenever they are used: whoever holds one may have changed it, or its list, since it was set.
    """
    made = list(contexts)
    for place, context in enumerate(made):
        wrong = wrong_of(context)
        if wrong:
            message = f"{name}[{place}]{named(context)} {wrong}"
            raise ArgumentError(message)
    if most is not None and len(made) > most:
        message = f"an association has room for {most} presentation contexts (PS3.8 9.3.2.2), not for the {len(made)} of {name}"
        raise ArgumentError(message)
    return made


def checked_offers(
    contexts: Iterable[PresentationContext], name: str = "contexts"
) -> list[PresentationContext]:
    """Give contexts that can be supported: of each both roles are said, or neither."""
    made = checked_contexts(contexts, None, name)
    for place, context in enumerate(made):
        if (context.scu_role is None) != (context.scp_role is None):
            message = (
                f"{name}[{place}]{named(context)} has one role: scu_role and scp_role are said both, or neither,"
                " see `AE.add_supported_context`"
            )
            raise ArgumentError(message)
    return made


def named(context: object) -> str:
    """Say which SOP class a context is of, in brackets; nothing where it has none."""
    uid = getattr(context, "abstract_syntax", None)
    return f" ({uid.name!r})" if isinstance(uid, UID) else ""


def wrong_of(context: object) -> str:
    """Say why a context can be neither proposed nor supported; empty where it can."""
    if not isinstance(context, PresentationContext):
        return f"is no presentation context (`build_context`), but of type {type(context).__name__}"
    if context.abstract_syntax is None or not context.transfer_syntax:
        return "is no presentation context: it has an abstract syntax and a transfer syntax at least"
    named: list[tuple[str, object]] = [("abstract syntax", context.abstract_syntax)]
    named += [(f"transfer_syntax[{place}]", uid) for place, uid in enumerate(context.transfer_syntax)]
    for name, uid in named:
        if not isinstance(uid, str):
            return f"has no UID as {name}, but an object of type {type(uid).__name__}"
        # PS3.5 9.1; how its components are made is the peer's to know.
        if not _UID.fullmatch(uid):
            return f"has no UID as {name}, which is 1 to 64 digits and dots (PS3.5 9.1): {str(uid)[:64]!a}"
    return ""
