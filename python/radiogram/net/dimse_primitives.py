"""Requests as handlers see them, by pynetdicom's names: the fields of the command by keyword, the data set as a stream."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

from radiogram import _core
from radiogram.dataset import Dataset, Tag
from radiogram.net.encoding import data_of
from radiogram.net.work import command_of, field_of
from radiogram.uid import UID

if TYPE_CHECKING:
    from collections.abc import Mapping

    from radiogram._core import NetWork

__all__ = [
    "C_CANCEL",
    "C_ECHO",
    "C_FIND",
    "C_GET",
    "C_MOVE",
    "C_STORE",
    "N_ACTION",
    "N_CREATE",
    "N_DELETE",
    "N_EVENT_REPORT",
    "N_GET",
    "N_SET",
    "DimsePrimitive",
    "Message",
    "primitive_of",
]


class DimsePrimitive:
    """A request: its fields are attributes, ``None`` where they are not there.

    Attributes
    ----------
    msg_type : str
        ``"C-STORE"`` and so on.
    """

    msg_type = ""
    data_keyword = ""
    __slots__ = ("_command", "_work")

    def __init__(self, work: NetWork) -> None:
        self._work = work
        self._command: dict[str, Any] = command_of(work)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # fields are of any type
        value = self._command.get(name)
        if isinstance(value, list):
            # As pynetdicom's: one tag is that tag.
            tags = [Tag(tag) for tag in value]
            return tags[0] if len(tags) == 1 else tags
        if value is not None:
            return UID(value) if name.endswith("UID") and isinstance(value, str) else value
        if name == self.data_keyword:
            data = data_of(self._work)
            return None if data is None else BytesIO(data)
        if name.startswith("_") or _core.dictionary_tag(name) not in range(1 << 16):
            message = f"a {self.msg_type} request has no {name}"
            raise AttributeError(message)
        return None

    def __dir__(self) -> list[str]:
        return sorted({*object.__dir__(self), *self._command, *filter(None, [self.data_keyword])})

    def __repr__(self) -> str:
        return f"<{self.msg_type} request {self._command.get('MessageID')}>"


class C_CANCEL(DimsePrimitive):  # noqa: N801
    """C-CANCEL (PS3.7 9.3.2.3)."""

    msg_type = "C-CANCEL"
    __slots__ = ()


class C_ECHO(DimsePrimitive):  # noqa: N801
    """C-ECHO (PS3.7 9.1.5)."""

    msg_type = "C-ECHO"
    __slots__ = ()


class C_STORE(DimsePrimitive):  # noqa: N801
    """C-STORE (PS3.7 9.1.1)."""

    msg_type, data_keyword = "C-STORE", "DataSet"
    __slots__ = ()


class C_FIND(DimsePrimitive):  # noqa: N801
    """C-FIND (PS3.7 9.1.2)."""

    msg_type, data_keyword = "C-FIND", "Identifier"
    __slots__ = ()


class C_GET(DimsePrimitive):  # noqa: N801
    """C-GET (PS3.7 9.1.3)."""

    msg_type, data_keyword = "C-GET", "Identifier"
    __slots__ = ()


class C_MOVE(DimsePrimitive):  # noqa: N801
    """C-MOVE (PS3.7 9.1.4)."""

    msg_type, data_keyword = "C-MOVE", "Identifier"
    __slots__ = ()


class N_EVENT_REPORT(DimsePrimitive):  # noqa: N801
    """N-EVENT-REPORT (PS3.7 10.1.1)."""

    msg_type, data_keyword = "N-EVENT-REPORT", "EventInformation"
    __slots__ = ()


class N_GET(DimsePrimitive):  # noqa: N801
    """N-GET (PS3.7 10.1.2)."""

    msg_type = "N-GET"
    __slots__ = ()


class N_SET(DimsePrimitive):  # noqa: N801
    """N-SET (PS3.7 10.1.3)."""

    msg_type, data_keyword = "N-SET", "ModificationList"
    __slots__ = ()


class N_ACTION(DimsePrimitive):  # noqa: N801
    """N-ACTION (PS3.7 10.1.4)."""

    msg_type, data_keyword = "N-ACTION", "ActionInformation"
    __slots__ = ()


class N_CREATE(DimsePrimitive):  # noqa: N801
    """N-CREATE (PS3.7 10.1.5)."""

    msg_type, data_keyword = "N-CREATE", "AttributeList"
    __slots__ = ()


class N_DELETE(DimsePrimitive):  # noqa: N801
    """N-DELETE (PS3.7 10.1.6)."""

    msg_type = "N-DELETE"
    __slots__ = ()


KINDS: dict[int, type[DimsePrimitive]] = {
    0x0001: C_STORE,
    0x0010: C_GET,
    0x0020: C_FIND,
    0x0021: C_MOVE,
    0x0030: C_ECHO,
    0x0100: N_EVENT_REPORT,
    0x0110: N_GET,
    0x0120: N_SET,
    0x0130: N_ACTION,
    0x0140: N_CREATE,
    0x0150: N_DELETE,
    0x0FFF: C_CANCEL,
}
"""By Command Field (PS3.7 E.1)."""


class Message:
    """A DIMSE message as it went over the association, without its data set.

    Attributes
    ----------
    context_id : int
        The presentation context it went in.
    command_set : Dataset
        Its command, with all fields (PS3.7 E.1).
    """

    __slots__ = ("command_set", "context_id")

    def __init__(self, details: Mapping[str, Any]) -> None:
        self.context_id: int | None = details.get("context")
        self.command_set = Dataset()
        for keyword, value in details["command"].items():
            setattr(self.command_set, keyword, value)

    def __repr__(self) -> str:
        return f"<Message {self.command_set.get('CommandField')}>"


def primitive_of(work: NetWork) -> DimsePrimitive:
    """Give the request that has come."""
    return KINDS.get(field_of(work), DimsePrimitive)(work)
