"""Storage (PS3.4 B): instances that come, and which contexts carry those that go.

`Storage` is the provider: what is done with an instance is a function. `plan` chooses presentation contexts by what files hold, in as many
associations as it takes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from radiogram._core import sop_class_lookup, uid_keywords, uid_lookup
from radiogram.dataset.reader import read
from radiogram.errors import DicomError
from radiogram.net.found import CUT, is_cut
from radiogram.net.services.provider import Provider

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from os import PathLike

    from radiogram.net.services.provider import Event, Status

__all__ = ["PLAIN", "Instance", "Storage", "heads", "plan", "storage_classes"]

PLAIN = ("1.2.840.10008.1.2.1", "1.2.840.10008.1.2")
"""Explicit and implicit VR little endian: proposed for every class, in a context of their own (PS3.5 10.1)."""

_ENCODED = {(True, True): PLAIN[1], (False, True): PLAIN[0], (False, False): "1.2.840.10008.1.2.2"}
"""What a file is in that does not say it, by implicit VR and little endian."""
_MOST_CONTEXTS = 128
_HEAD = ("SOPClassUID", "SOPInstanceUID")
_UID = re.compile(r"[0-9.]{1,64}")
"""What can be proposed."""


class Storage(Provider):
    """Provider of storage.

    Parameters
    ----------
    take : callable
        Called with the event of each instance, when it is where the server's rules put it; gives the status of the answer, or `None`
        for success.

    Examples
    --------
    >>> from radiogram.net.services import Storage
    >>> Storage(lambda event: None).classes
    ('*',)
    """

    classes = ("*",)

    def __init__(self, take: Callable[[Event], Status | None]) -> None:
        self._take = take

    def c_store(self, event: Event) -> Status:
        """Take an instance."""
        status = self._take(event)
        return 0x0000 if status is None else status


def storage_classes() -> tuple[str, ...]:
    """Give the UIDs of all storage SOP classes of the standard: those that store an object, retired ones too.

    Examples
    --------
    >>> from radiogram.net.services import storage_classes
    >>> "1.2.840.10008.5.1.4.1.1.2" in storage_classes(), "1.2.840.10008.1.1" in storage_classes()
    (True, False)
    """
    from radiogram._core import uid_by_keyword

    found = []
    for keyword in uid_keywords():
        row = uid_by_keyword(keyword)
        if (
            row is not None
            and "Storage" in keyword
            and sop_class_lookup(row[0])
            and "StorageCommitment" not in keyword
        ):
            found.append(row[0])
    return tuple(sorted(found))


class Instance(NamedTuple):
    """What a file holds.

    Attributes
    ----------
    path : str
        The file.
    sop_class, sop_instance, transfer_syntax : str
        What is in it.
    """

    path: str
    sop_class: str
    sop_instance: str
    transfer_syntax: str


def heads(paths: Iterable[str | PathLike[str]]) -> tuple[list[Instance], list[tuple[str, str]]]:
    """Read what files hold: those that are instances, and those that are none, with the reason.

    Examples
    --------
    >>> from radiogram.net.services.storage import heads
    >>> from pydicom.data import get_testdata_file
    >>> found, wrong = heads([get_testdata_file("CT_small.dcm"), __file__ if "__file__" in globals() else "/dev/null"])
    >>> found[0].transfer_syntax, len(wrong)
    ('1.2.840.10008.1.2.1', 1)
    """
    found, wrong = [], []
    for path in paths:
        try:
            # Its head: whether it goes to its end is seen when it is sent.
            ds: Any = read(path, specific_tags=_HEAD)
            meta = ds.file_meta
            sop_class = meta.get("MediaStorageSOPClassUID") or ds.get("SOPClassUID")
            instance = meta.get("MediaStorageSOPInstanceUID") or ds.get("SOPInstanceUID")
            named, *encoded = ds._syntax()
            syntax = meta.get("TransferSyntaxUID") or named or _ENCODED.get(tuple(encoded))
        except (DicomError, OSError) as error:
            wrong.append((str(path), str(error)))
            continue
        if is_cut(ds):
            wrong.append((str(path), CUT))
        elif not (sop_class and instance and syntax):
            wrong.append((str(path), "it does not say which instance it is"))
        elif not (_UID.fullmatch(str(sop_class)) and _UID.fullmatch(str(syntax))):
            # An association that proposes it is none, and what is sent with it would not be sent either.
            wrong.append((str(path), "its SOP Class or Transfer Syntax UID is none (PS3.5 9.1)"))
        else:
            found.append(Instance(str(path), str(sop_class), str(instance), str(syntax)))
    return found, wrong


def plan(instances: Iterable[Instance]) -> list[tuple[list[tuple[str, tuple[str, ...]]], list[Instance]]]:
    """Give the associations that instances go through: the contexts of each, and which instances are its own.

    A transfer syntax that is not plain has a context of its own for each class, because of several in one the acceptor takes one; and
    each class has a plain one in every association, which what the acceptor does not take is brought into.

    Examples
    --------
    >>> from radiogram.net.services.storage import Instance, plan
    >>> [(contexts, own)] = plan([Instance("a.dcm", "1.2", "1.3", "1.2.840.10008.1.2.4.50")])
    >>> [syntaxes for _, syntaxes in contexts]
    [('1.2.840.10008.1.2.4.50',), ('1.2.840.10008.1.2.1', '1.2.840.10008.1.2')]
    """
    by_class: dict[str, dict[str, list[Instance]]] = {}
    for instance in instances:
        by_class.setdefault(instance.sop_class, {}).setdefault(instance.transfer_syntax, []).append(instance)
    made: list[tuple[list[tuple[str, tuple[str, ...]]], list[Instance]]] = []
    for sop_class, held in sorted(by_class.items()):
        special = sorted(syntax for syntax in held if syntax not in PLAIN)
        # A file in a plain syntax goes as it is: explicit and implicit VR have a context each where there are files in implicit VR.
        plain = [(syntax,) for syntax in PLAIN if syntax in held] if PLAIN[1] in held else [PLAIN]
        room = _MOST_CONTEXTS - len(plain)
        shares = [special[at : at + room] for at in range(0, len(special), room)] or [[]]
        for number, share in enumerate(shares):
            contexts: list[tuple[str, tuple[str, ...]]] = [(sop_class, (syntax,)) for syntax in share]
            contexts += [(sop_class, syntaxes) for syntaxes in plain]
            own = [instance for syntax in share for instance in held[syntax]]
            if number == 0:
                own += [instance for syntax in PLAIN for instance in held.get(syntax, ())]
            place = next((one for one in made if len(one[0]) + len(contexts) <= _MOST_CONTEXTS), None)
            if place is None:
                made.append((contexts, own))
            else:
                place[0].extend(contexts)
                place[1].extend(own)
    return made


def names_of(uid: str) -> str:
    """Give the name of a UID, or the UID.

    Examples
    --------
    >>> from radiogram.net.services.storage import names_of
    >>> names_of("1.2.840.10008.5.1.4.1.1.2")
    'CT Image Storage'
    """
    row = uid_lookup(uid)
    return uid if row is None else row[1]
