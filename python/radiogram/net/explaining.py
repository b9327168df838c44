"""An association in words: who proposed what, what was refused and why, and what it was used for.

`Conversation` is given the bytes of both directions, in pieces of any size, and gives lines.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from radiogram import _core
from radiogram.net.status import explain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Line = tuple[str, dict[str, Any]]

__all__ = ["Conversation", "refusal"]

_COMMANDS = {
    0x0001: "C-STORE",
    0x0010: "C-GET",
    0x0020: "C-FIND",
    0x0021: "C-MOVE",
    0x0030: "C-ECHO",
    0x0100: "N-EVENT-REPORT",
    0x0110: "N-GET",
    0x0120: "N-SET",
    0x0130: "N-ACTION",
    0x0140: "N-CREATE",
    0x0150: "N-DELETE",
    0x0FFF: "C-CANCEL",
}
"""PS3.7 E.1: the Command Field of requests; that of a response has its highest bit set."""

_RESULTS = {
    1: "the user refuses it",
    2: "no reason is given",
    3: "the abstract syntax is not supported: the acceptor does not have this SOP class, or not for this caller",
    4: "none of the transfer syntaxes is supported: propose others, implicit VR little endian among them",
}
"""PS3.8 table 9-18."""

_HINTS = {
    (
        1,
        3,
    ): "{called} does not know {calling}: enter that calling AE title in the configuration of the acceptor",
    (1, 7): "the acceptor is not called {called}: call it by its own AE title",
    (1, 2): "the application context name was another one than DICOM's",
    (2, 2): "the acceptor does not speak this version of the protocol",
    (3, 1): "the acceptor is busy: try again later",
    (3, 2): "the acceptor has as many associations as it takes: try again later, or release some",
    (1, 1): "the acceptor gives no reason: its log may",
    (2, 1): "the acceptor gives no reason: its log may",
}
"""What to try, by source and reason of a rejection (PS3.8 table 9-21)."""


def refusal(result: int, source: int, reason: int, calling: str, called: str) -> str:
    """Say why an association was rejected, and what to try.

    Examples
    --------
    >>> from radiogram.net.explaining import refusal
    >>> refusal(1, 1, 7, "ME", "YOU")
    'the acceptor is not called YOU: call it by its own AE title'
    """
    hint = _HINTS.get((source, reason), "the standard does not have this reason")
    again = " (for now)" if result == 2 else ""
    return hint.format(calling=calling or "the caller", called=called or "what it was called") + again


class Conversation:
    """Both directions of one association.

    Examples
    --------
    >>> from radiogram.net.explaining import Conversation
    >>> heard = Conversation()
    >>> heard.answered(bytes.fromhex("03 00 00000004 00 01 01 07".replace(" ", "")))[0][0]
    'rejected by the application (service user): the called AE title is not that of the application'
    """

    def __init__(self) -> None:
        self._requestor = _core.NetTap()
        self._acceptor = _core.NetTap()
        self._proposed: dict[int, tuple[str, list[str]]] = {}
        self._accepted: dict[int, tuple[str, str]] = {}
        self._titles = ("", "")
        self._asked: dict[tuple[bool, int], str] = {}
        self._requests: Counter[str] = Counter()
        self._statuses: Counter[tuple[str, int, str]] = Counter()
        self._bytes: Counter[str] = Counter()
        self._end = ""

    def asked(self, data: bytes) -> list[Line]:
        """Hear bytes of the requestor."""
        return [
            line
            for name, said in self._requestor.feed(data)
            for line in self._told(name, said, by_requestor=True)
        ]

    def answered(self, data: bytes) -> list[Line]:
        """Hear bytes of the acceptor."""
        return [
            line
            for name, said in self._acceptor.feed(data)
            for line in self._told(name, said, by_requestor=False)
        ]

    def _told(self, name: str, said: dict[str, Any], *, by_requestor: bool) -> Iterator[Line]:
        tell: dict[str, Callable[[dict[str, Any], bool], Iterator[Line]]] = {
            "associate-rq": self._request,
            "associate-ac": self._accept,
            "associate-rj": self._reject,
            "command": self._command,
            "data": self._data,
        }
        if name in tell:
            yield from tell[name](said, by_requestor)
            return
        who = "requestor" if by_requestor else "acceptor"
        words = {
            "release-rq": f"the {who} asks for the release",
            "release-rp": f"released, as the {who} confirms",
            "abort": f"the {who} ends it: {said.get('words', '')}",
            "fault": f"the {who} sends what is no DICOM: {said.get('words', '')}",
        }.get(name, name)
        if name in ("abort", "fault", "release-rp"):
            self._end = words
        yield words, {"event": name, **said}

    # -- the beginning -------------------------------------------------------------------------------------------

    def _request(self, said: dict[str, Any], _: bool) -> Iterator[Line]:  # noqa: FBT001
        self._titles = (str(said["calling"]).strip(), str(said["called"]).strip())
        self._proposed = {number: (uid, list(syntaxes)) for number, uid, syntaxes in said["contexts"]}
        calling, called = self._titles
        version = said.get("implementation_version") or said.get("implementation_uid") or "?"
        text = f"{calling} ({version}) asks {called} for an association, with PDUs up to {said.get('max_pdu')} bytes"
        yield (
            text,
            {"event": "associate-rq", "calling": calling, "called": called, "max_pdu": said.get("max_pdu")},
        )
        for number, (uid, syntaxes) in sorted(self._proposed.items()):
            names = ", ".join(map(_name, syntaxes))
            yield (
                f"  proposes {number}: {_name(uid)} in {names}",
                {
                    "event": "proposed",
                    "context": number,
                    "abstract_syntax": uid,
                    "transfer_syntaxes": syntaxes,
                },
            )
        for uid, scu, scp in said.get("roles") or ():
            role = (
                " and ".join(word for word, is_so in (("user", scu), ("provider", scp)) if is_so) or "nothing"
            )
            yield (
                f"  wants to be {role} of {_name(uid)}",
                {"event": "role", "sop_class": uid, "scu": scu, "scp": scp},
            )
        identity = said.get("identity")
        if identity:
            kinds = {
                1: "a user name",
                2: "a user name and a passcode",
                3: "a Kerberos ticket",
                4: "a SAML assertion",
                5: "a JSON web token",
            }
            yield (
                f"  identifies its user by {kinds.get(identity[0], 'something unknown')}",
                {"event": "identity", "kind": identity[0]},
            )

    def _accept(self, said: dict[str, Any], _: bool) -> Iterator[Line]:  # noqa: FBT001
        refused = [(number, result) for number, result, _ in said["contexts"] if result]
        self._accepted = {
            number: (self._proposed.get(number, ("?", []))[0], syntax)
            for number, result, syntax in said["contexts"]
            if not result
        }
        version = said.get("implementation_version") or said.get("implementation_uid") or "?"
        total = len(self._accepted) + len(refused)
        text = f"{self._titles[1]} ({version}) accepts it, and {len(self._accepted)} of {total} contexts"
        yield (
            text,
            {
                "event": "associate-ac",
                "accepted": len(self._accepted),
                "refused": len(refused),
                "max_pdu": said.get("max_pdu"),
            },
        )
        for number, (uid, syntax) in sorted(self._accepted.items()):
            yield (
                f"  accepts {number}: {_name(uid)} in {_name(syntax)}",
                {
                    "event": "accepted",
                    "context": number,
                    "abstract_syntax": uid,
                    "transfer_syntax": syntax,
                },
            )
        for number, result in sorted(refused):
            uid = self._proposed.get(number, ("?", []))[0]
            why = _RESULTS.get(result, "a reason that the standard does not have")
            yield (
                f"  refuses {number}: {_name(uid)}: {why}",
                {
                    "event": "refused",
                    "context": number,
                    "abstract_syntax": uid,
                    "result": result,
                },
            )
        if not self._accepted:
            yield "  nothing can be sent: not one context was accepted", {"event": "useless"}

    def _reject(self, said: dict[str, Any], _: bool) -> Iterator[Line]:  # noqa: FBT001
        self._end = str(said["words"])
        yield (
            str(said["words"]),
            {"event": "associate-rj", **{key: said[key] for key in ("result", "source", "reason")}},
        )
        yield f"  {refusal(said['result'], said['source'], said['reason'], *self._titles)}", {"event": "hint"}

    # -- messages ------------------------------------------------------------------------------------------------

    def _command(self, said: dict[str, Any], by_requestor: bool) -> Iterator[Line]:  # noqa: FBT001
        who = "requestor" if by_requestor else "acceptor"
        command = said.get("command")
        if command is None:
            yield (
                f"the {who} sends a command that cannot be read: {said.get('words', '')}",
                {"event": "unreadable"},
            )
            return
        field = int(command.get("CommandField") or 0)
        service = _COMMANDS.get(field & 0x7FFF if field != 0x0FFF else field, f"{field:04X}")
        uid = str(command.get("AffectedSOPClassUID") or command.get("RequestedSOPClassUID") or "")
        if not field & 0x8000:
            number = int(command.get("MessageID") or command.get("MessageIDBeingRespondedTo") or 0)
            self._asked[by_requestor, number] = uid
            self._requests[service] += 1
            where = f" in context {said['context']}"
            missing = "" if said["context"] in self._accepted else ", which was not accepted"
            target = (
                f" to {str(command.get('MoveDestination')).strip()}" if command.get("MoveDestination") else ""
            )
            yield (
                f"{service} request {number}: {_name(uid) or '?'}{target}{where}{missing}",
                {
                    "event": "request",
                    "service": service,
                    "message": number,
                    "sop_class": uid,
                    "context": said["context"],
                },
            )
            return
        number = int(command.get("MessageIDBeingRespondedTo") or 0)
        uid = uid or self._asked.get((not by_requestor, number), "")
        status = int(command.get("Status") or 0)
        meaning = explain(status, service, uid or None)
        self._statuses[service, status, meaning.description or "?"] += 1
        comment = f" ({command['ErrorComment']})" if command.get("ErrorComment") else ""
        yield (
            f"{service} answer {number}: {status:04X} {meaning.description or '?'}{comment}",
            {
                "event": "response",
                "service": service,
                "message": number,
                "status": status,
                "category": meaning.category,
            },
        )

    def _data(self, said: dict[str, Any], by_requestor: bool) -> Iterator[Line]:  # noqa: FBT001
        who = "requestor" if by_requestor else "acceptor"
        self._bytes[who] += int(said["bytes"])
        yield (
            f"  with a data set of {said['bytes']} bytes in context {said['context']}",
            {"event": "data", **said},
        )

    def summary(self) -> Iterator[str]:
        """Yield what it came to."""
        if self._requests:
            yield "requests: " + ", ".join(f"{count} {name}" for name, count in self._requests.most_common())
        for (service, status, words), count in self._statuses.most_common():
            yield f"answers: {count} {service} {status:04X} {words}"
        if self._bytes:
            yield "data sets: " + ", ".join(
                f"{count} bytes by the {who}" for who, count in self._bytes.most_common()
            )
        yield self._end or "it ended without a release"


def _name(uid: str) -> str:
    row = _core.uid_lookup(uid)
    return uid if row is None else row[1]
