"""Modality Worklist (PS3.4 K): scheduled procedure steps, asked for by those who perform them.

Each answer is one scheduled procedure step: an entry of a worklist with several is as many answers. Start dates and times are one range
(PS3.4 K.6.1.2.2).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from radiogram.dataset import Dataset
from radiogram.dataset.reader import read
from radiogram.errors import DicomError
from radiogram.net.matching import Matching, select
from radiogram.net.services.answers import CANCEL, IDENTIFIER_MISMATCH, PENDING, RefusedError
from radiogram.net.services.asking import find, identifier
from radiogram.net.services.identifiers import returned
from radiogram.net.services.negotiation import FindOptions
from radiogram.net.services.provider import Provider, uids

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from os import PathLike

    from radiogram.net.services.provider import Event

__all__ = ["Worklist", "WorklistFolder", "find_worklist", "steps_of"]

_STEPS = "ScheduledProcedureStepSequence"
_FIND = "ModalityWorklistInformationModelFind"


class Worklist(Provider):
    """Provider of a worklist.

    Parameters
    ----------
    entries : iterable of Dataset, or callable
        The entries; a callable is asked for them with each query.
    timezone : int, optional
        Minutes that entries which do not say so are ahead of UTC.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.services import Worklist
    >>> Worklist([rg.Dataset({"PatientID": "X1"})]).contexts
    ('1.2.840.10008.5.1.4.31',)
    """

    contexts = uids(_FIND)

    def __init__(
        self, entries: Iterable[Dataset] | Callable[[], Iterable[Dataset]], *, timezone: int | None = 0
    ) -> None:
        self._entries = entries
        self._timezone = timezone
        self._agreed: WeakKeyDictionary[Any, FindOptions] = WeakKeyDictionary()

    def extended(self, event: Event, items: dict[str, bytes]) -> dict[str, bytes]:
        """Grant what is asked for."""
        supported = FindOptions(relational=True, date_time=True, fuzzy=True, timezone=True, empty_values=True)
        granted = {uid: FindOptions.from_bytes(said) & supported for uid, said in items.items()}
        self._agreed[event.assoc] = granted[self.contexts[0]]
        return {uid: options.to_bytes(len(items[uid])) for uid, options in granted.items()}

    def c_find(self, event: Event) -> Iterator[tuple[int, Dataset | None]]:
        """Answer a query."""
        query = event.identifier
        if not len(query):
            message = "the identifier has no keys"
            raise RefusedError(message, IDENTIFIER_MISMATCH)
        if len(query.get(_STEPS) or ()) > 1:
            message = "a sequence of keys has one item (PS3.4 C.2.2.2.6)"
            raise RefusedError(message, IDENTIFIER_MISMATCH, [_STEPS])
        options = self._agreed.get(event.assoc, FindOptions())
        agreed = Matching(
            fuzzy=options.fuzzy,
            combined_date_time=True,
            empty_values=options.empty_values,
            timezone=self._timezone if options.timezone else None,
        )
        entries = self._entries() if callable(self._entries) else self._entries
        steps = (step for entry in list(entries) for step in steps_of(entry))
        for found in select(query, steps, agreed):
            if event.is_cancelled:
                yield CANCEL, None
                return
            yield PENDING, returned(query, found, agreed.timezone)


def steps_of(entry: Dataset) -> Iterator[Dataset]:
    """Yield an entry once for each of its scheduled procedure steps.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.services.worklist import steps_of
    >>> items = [rg.Dataset({"Modality": "CT"}), rg.Dataset({"Modality": "MR"})]
    >>> entry = rg.Dataset({"PatientID": "X1", "ScheduledProcedureStepSequence": items})
    >>> [step.ScheduledProcedureStepSequence[0].Modality for step in steps_of(entry)]
    ['CT', 'MR']
    """
    items = entry.get(_STEPS)
    if items is None or len(items) < 2:
        yield entry
        return
    for item in items:
        one = Dataset({element.tag: element for element in entry if element.keyword != _STEPS})
        one.ScheduledProcedureStepSequence = [item]
        yield one


class WorklistFolder:
    """The entries in a folder: files ``.wl``, ``.dcm`` and ``.json``, read again when they change.

    Parameters
    ----------
    folder : path
        The folder with all its sub-folders.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import radiogram as rg
    >>> from radiogram.net.services import WorklistFolder
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "one.json").write_text(rg.Dataset({"PatientID": "X1"}).to_json())
    >>> [entry.PatientID for entry in WorklistFolder(folder)()]
    ['X1']
    """

    def __init__(self, folder: str | PathLike[str]) -> None:
        self._folder = Path(folder)
        self._read: dict[Path, tuple[tuple[int, int], Dataset | None]] = {}

    def __call__(self) -> Iterator[Dataset]:
        """Yield the entries as they are now; a file that is no data set has none."""
        there = {}
        for path in sorted(self._folder.rglob("*")):
            if path.suffix.lower() not in (".wl", ".dcm", ".json") or not path.is_file():
                continue
            said = path.stat()
            stamp = (said.st_mtime_ns, said.st_size)
            known = self._read.get(path)
            there[path] = known if known is not None and known[0] == stamp else (stamp, _entry(path))
        self._read = there
        yield from (entry for _, entry in there.values() if entry is not None)


def _entry(path: Path) -> Dataset | None:
    try:
        if path.suffix.lower() == ".json":
            return Dataset.from_json(path.read_text(encoding="utf-8"))
        made = read(path.read_bytes(), force=True)
        # Any bytes are read by force: those of an entry are elements of the standard.
        return made if any(element.keyword for element in made) else None
    except (DicomError, OSError, ValueError):
        return None


def find_worklist(association: Any, query: Dataset | None = None, **keys: object) -> Iterator[Dataset]:  # noqa: ANN401
    """Ask a worklist (C-FIND, PS3.4 K.4.1).

    Parameters
    ----------
    association : Association
        It has a context for the worklist.
    query : Dataset, optional
        The identifier; by default all required keys, empty.
    **keys
        Keys of a scheduled procedure step that are such (``Modality``, ``ScheduledStationAETitle``, …), and others.

    Yields
    ------
    Dataset
        What matches, a scheduled procedure step each.

    Raises
    ------
    RefusedError
        The answer was a failure, or the association was lost before it came.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.services import Services, Worklist, find_worklist
    >>> steps = [rg.Dataset({"Modality": modality}) for modality in ("CT", "MR")]
    >>> entry = rg.Dataset({"PatientID": "P1", "ScheduledProcedureStepSequence": steps})
    >>> with Services(Worklist([entry])).loopback() as assoc:
    ...     [(found.PatientID, len(found.ScheduledProcedureStepSequence)) for found in find_worklist(assoc, Modality="CT")]
    [('P1', 1)]
    """
    if query is None:
        query = identifier(None, "ModalityWorklist")
        step = query[_STEPS].value[0]
        for keyword, value in keys.items():
            setattr(step if keyword in step else query, keyword, value)
    yield from find(association, query, uids(_FIND)[0])
