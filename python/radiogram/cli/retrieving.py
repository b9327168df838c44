"""What ``radiogram get`` and ``radiogram move`` say of the answers that come while instances are sent."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from radiogram.cli import terminal
from radiogram.cli.peer import counted, say

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

__all__ = ["followed"]

_COUNTS = ("Completed", "Failed", "Warning", "Remaining")


def followed(
    arguments: argparse.Namespace, answers: Iterable[tuple[Any, Any]], peer: str, service: str, sop_class: str
) -> int:
    """Follow a retrieval to its end, and give the exit code."""
    from radiogram.net.status import explain

    shows = sys.stderr.isatty() and not arguments.json
    last: Any = None
    failed: list[str] = []
    for status, found in answers:
        last = status
        counts = {name: int(status.get(f"NumberOf{name}Suboperations") or 0) for name in _COUNTS}
        counted(
            sum(counts.values()) - counts["Remaining"],
            sum(counts.values()),
            shows=shows and bool(sum(counts.values())),
        )
        if found is not None and found.get("FailedSOPInstanceUIDList"):
            value = found.FailedSOPInstanceUIDList
            failed = [value] if isinstance(value, str) else list(value)
    code = None if last is None else last.get("Status")
    if code is None:
        terminal.complain(peer, "the association was lost before the last answer")
        return 1
    meaning = explain(int(code), service, sop_class)
    words = str(last.get("ErrorComment") or "") or meaning.description
    for uid in failed:
        terminal.complain(uid, "was not sent")
    said = {name.lower(): counts[name] for name in _COUNTS[:3]}
    line = f"{peer}: {int(code):04X} {words}: " + ", ".join(f"{count} {name}" for name, count in said.items())
    say(arguments, line, status=int(code), message=words, failed_instances=failed, **said)
    return 0 if code == 0 else 1
