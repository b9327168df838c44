"""What ``radiogram get`` and ``radiogram move`` say of the answers that come while instances are sent."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from radiogram.cli import terminal
from radiogram.cli.peer import counted, say

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    from radiogram.dataset import Dataset
    from radiogram.net.event import Event

__all__ = ["Came", "followed"]

_COUNTS = ("Completed", "Failed", "Warning", "Remaining")


class Came:
    """What has come over the association that asked for it: the peer's own counts say what it has sent, and are believed in nothing else.

    Attributes
    ----------
    association : Association
        The association, once there is one.
    """

    association: Any = None

    def __init__(self) -> None:
        self._paths: set[str] = set()

    def take(self, event: Event) -> int:
        """Take note of an instance that is where it is kept."""
        self._paths.add(str(event.path))
        return 0x0000

    def counts(self, said: dict[str, int]) -> dict[str, int]:
        """Give what was kept, and what is missing of that which the peer says that it has sent."""
        metrics = self.association.metrics
        lost = said["Completed"] + said["Warning"] - metrics["stored"]
        failed = max(said["Failed"], metrics["not_stored"], lost)
        return {**said, "Completed": len(self._paths), "Failed": failed}


def followed(
    arguments: argparse.Namespace,
    answers: Iterable[tuple[Any, Any]],
    peer: str,
    service: str,
    sop_class: str,
    came: Came | None = None,
) -> int:
    """Follow a retrieval to its end, and give the exit code; where the instances come to us, by what has come."""
    shows = sys.stderr.isatty() and not arguments.json
    code: int | None = None
    words = "the association was lost before the last answer"
    failed: list[str] = []
    said = dict.fromkeys(_COUNTS, 0)
    for status, found in answers:
        if "Status" not in status:
            code = None
            break
        code = int(status.Status)
        said = {name: int(status.get(f"NumberOf{name}Suboperations") or 0) for name in _COUNTS}
        counted(
            sum(said.values()) - said["Remaining"],
            sum(said.values()),
            shows=shows and bool(sum(said.values())),
        )
        words = _words(status, service, sop_class)
        if found is not None and found.get("FailedSOPInstanceUIDList"):
            value = found.FailedSOPInstanceUIDList
            failed = [value] if isinstance(value, str) else list(value)
    if code is None or _is_pending(code):
        code, words = None, "the association was lost before the last answer"
        terminal.complain(peer, words)
    for uid in failed:
        terminal.complain(uid, "was not sent")
    counts = said if came is None else came.counts(said)
    if came is not None and code == 0 and counts["Failed"] > said["Failed"]:
        terminal.complain(
            peer,
            f"says that {said['Completed'] + said['Warning']} were sent and {said['Failed']} failed; {counts['Completed']} came and were kept",
        )
    row = {name.lower(): counts[name] for name in _COUNTS[:3]}
    line = f"{peer}: {'no answer' if code is None else f'{code:04X}'} {words}: "
    line += ", ".join(f"{count} {name}" for name, count in row.items())
    say(arguments, line, status=code, message=words, failed_instances=failed, **row)
    return 0 if code == 0 and not counts["Failed"] else 1


def _words(status: Dataset, service: str, sop_class: str) -> str:
    from radiogram.net.status import explain

    said = (
        str(status.get("ErrorComment") or "") or explain(int(status.Status), service, sop_class).description
    )
    return said or "a status that the standard does not have"


def _is_pending(code: int) -> bool:
    from radiogram.net.status import category_of

    return category_of(code) == "Pending"
