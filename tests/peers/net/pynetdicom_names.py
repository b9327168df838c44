"""Makes `pynetdicom_names.tsv`: each public name of pynetdicom, and whether `radiogram.net` has it.

`python -m tests.peers.net.pynetdicom_names` writes the table again; a test fails when that changes it. What is absent has a reason.
"""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLE = Path(__file__).with_name("pynetdicom_names.tsv")

MODULES = {
    "": "radiogram.net",
    "presentation": "radiogram.net.presentation",
    "sop_class": "radiogram.net.sop_class",
    "events": "radiogram.net.evt",
    "status": "radiogram.net.status",
    "pdu_primitives": "radiogram.net.pdu_primitives",
    "dimse_primitives": "radiogram.net.dimse_primitives",
}
"""Where the names of a module are looked for."""

CLASSES = {
    "ae.ApplicationEntity": "radiogram.net.ae.AE",
    "association.Association": "radiogram.net.association.Association",
    "association.ServiceUser": "radiogram.net.service_user.ServiceUser",
    "events.Event": "radiogram.net.event.Event",
}
"""Where the members of a class are looked for."""

ABSENT = {
    "UID": "pydicom's: `radiogram.uid.UID`",
    "UID_dictionary": "pydicom's: `radiogram.dictionary`",
    "presentation.negotiate_": "the engine negotiates; `AE.associate` and `AE.start_server` say what",
    "presentation.": "a constant of the negotiation, which the engine does",
    "sop_class.": "SOP classes are UIDs; `radiogram.SOPClass` tells what is known of one",
    "events.TYPE_CHECKING": "an import of that module",
    "events.": "handlers are called by the engine's pool",
    "pdu_primitives.": "primitives of the upper layer are the engine's; `EVT_ACSE_SENT` and its like give what was said",
    "dimse_primitives.": "the base of the classes that are here",
    "ae.ApplicationEntity.": "an attribute of an instance, by another way",
    "association.Association.": "an association is no thread and has no reactor: a task of the engine serves it",
    "association.ServiceUser.": "what was negotiated can be read, and is said when an association is asked for",
}
"""Why names with this beginning are not here; the longest counts."""


def found(place: str) -> object | None:
    """Give what a name stands for."""
    parts = place.split(".")
    for count in range(len(parts), 0, -1):
        try:
            value: Any = importlib.import_module(".".join(parts[:count]))
        except ImportError:
            continue
        for name in parts[count:]:
            if not hasattr(value, name):
                return None
            value = getattr(value, name)
        return value
    return None


def public_names() -> Iterator[tuple[str, str]]:
    """Yield each public name of pynetdicom, and where ours is."""
    for part, place in MODULES.items():
        theirs = importlib.import_module(f"pynetdicom.{part}".rstrip("."))
        for name, value in sorted(vars(theirs).items()):
            if name.startswith("_") or inspect.ismodule(value):
                continue
            # What a module imports belongs to another one.
            if part and getattr(value, "__module__", theirs.__name__) != theirs.__name__:
                continue
            yield f"{part}.{name}".lstrip("."), f"{place}.{name}"
    for part, place in CLASSES.items():
        module, _, name = part.partition(".")
        for member in sorted(dir(getattr(importlib.import_module(f"pynetdicom.{module}"), name))):
            if not member.startswith("_"):
                yield f"{part}.{member}", f"{place}.{member}"


def has(place: str) -> bool:
    """Say whether ours is there: a member of a class, or of what the class makes."""
    if found(place) is not None:
        return True
    owner, _, member = place.rpartition(".")
    cls = found(owner)
    if not inspect.isclass(cls):
        return False
    ours = [one for one in cls.__mro__ if one.__module__.startswith("radiogram.")]
    text = "".join(inspect.getsource(one) for one in ours)
    sets = re.search(
        rf"self\.{member}\b[^=\n(]*(: |=)|^    {member}: |\b{member}\b.* = .*Setting", text, re.MULTILINE
    )
    return sets is not None


def reason(name: str) -> str:
    """Say why a name is not here."""
    rules = [rule for rule in ABSENT if name.startswith(rule)]
    return ABSENT[max(rules, key=len)] if rules else ""


def table() -> str:
    """Make the table."""
    import pynetdicom

    lines = [f"# made by tests/peers/net/pynetdicom_names.py from pynetdicom {pynetdicom.__version__}"]
    lines.append("pynetdicom\tradiogram\tstatus\treason")
    for name, place in public_names():
        lines.append(f"{name}\t{place}\tsame\t" if has(place) else f"{name}\t\tabsent\t{reason(name)}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    TABLE.write_text(table(), encoding="utf-8")
