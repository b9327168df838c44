"""Instances that a service manages by N-CREATE, N-SET and N-GET: in memory, and in a folder where they are to outlive the program."""

from __future__ import annotations

from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

from radiogram.dataset import Dataset
from radiogram.dataset.reader import read
from radiogram.errors import DicomError
from radiogram.net.encoding import lettered
from radiogram.net.services.answers import DUPLICATE_INSTANCE, NO_RESOURCES, NOT_FOUND, RefusedError
from radiogram.net.services.sizes import OVERHEAD, encoded_size
from radiogram.uid import UID, generate_uid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

__all__ = ["Shelf", "wanted"]

_SYNTAX = "ExplicitVRLittleEndian"


class Shelf:
    """Data sets by their SOP Instance UID.

    A data set that was handed out is never changed: a change puts a new one in its place. Where there is a folder, each is a file in
    it, on disk before `put` returns, and what was in the folder is there again when a shelf is made of it.

    Parameters
    ----------
    folder : path, optional
        Where the instances are kept.
    size : int
        Bytes that they may have together, as they are written and with what each takes in memory besides, for more of them to be created.
        What peers change may take as much again, so that what was begun can be ended; what a service changes itself is always held.

    Attributes
    ----------
    folder : Path or None
        Where the instances are kept.
    size : int
        Bytes that they may have together.
    lock : threading.RLock
        To be held from looking at an instance to putting the next state of it there.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.services.shelf import Shelf
    >>> shelf = Shelf()
    >>> shelf.put("1.2.3", rg.Dataset({"PatientID": "X1"}))
    >>> shelf.get("1.2.3").PatientID, len(shelf)
    ('X1', 1)
    """

    def __init__(self, folder: str | PathLike[str] | None = None, *, size: int = 1 << 30) -> None:
        self.lock = RLock()
        self.folder = None if folder is None else Path(folder)
        self.size = size
        self._held: dict[str, Dataset] = {}
        self._sizes: dict[str, int] = {}
        self._total = 0
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
            for path in sorted(self.folder.glob("*.dcm")):
                self._hold(path.stem, read(path.read_bytes(), force=True))

    def __len__(self) -> int:
        return len(self._held)

    def __contains__(self, uid: object) -> bool:
        return uid in self._held

    def __iter__(self) -> Iterator[tuple[str, Dataset]]:
        with self.lock:
            return iter(list(self._held.items()))

    def get(self, uid: str, status: int = NOT_FOUND) -> Dataset:
        """Give an instance, or refuse with a status.

        Raises
        ------
        RefusedError
            There is none.
        """
        found = self._held.get(str(uid))
        if found is None:
            message = "there is no such SOP instance here"
            raise RefusedError(message, status)
        return found

    def put(self, uid: str, ds: Dataset) -> None:
        """Put an instance in its place; in UTF-8, where its own character set does not have all of its text."""
        uid, ds = str(uid), lettered(ds)
        with self.lock:
            if self.folder is not None:
                if not UID(uid).is_valid:
                    message = "the SOP Instance UID is no UID"
                    raise RefusedError(message, 0x0117)
                ds.save_as(self.folder / f"{uid}.dcm", transfer_syntax=_SYNTAX, durable=True)
            self._hold(uid, ds)

    def add(self, uid: str | None, ds: Dataset) -> str:
        """Put a new instance there, under a UID of its own where none is given.

        Raises
        ------
        RefusedError
            There is one already: Duplicate SOP Instance; with it there would be too much: Resource limitation.
        """
        with self.lock:
            uid = str(uid or generate_uid())
            if uid in self._held:
                message = "there is such a SOP instance already"
                raise RefusedError(message, DUPLICATE_INSTANCE)
            self._check(ds, self.size)
            self.put(uid, ds)
            return uid

    def modify(self, uid: str, changes: Dataset) -> Dataset:
        """Put changes that a peer has sent over an instance, as `change`.

        Raises
        ------
        RefusedError
            With them there would be too much: Resource limitation.
        """
        with self.lock:
            self._check(changes, 2 * self.size)
            return self.change(uid, changes)

    def change(self, uid: str, changes: Dataset) -> Dataset:
        """Put changes over an instance, and give what it is now."""
        with self.lock:
            made = deepcopy(self.get(uid))
            made.update(changes)
            self.put(uid, made)
            return self.get(uid)

    def remove(self, uid: str) -> Dataset:
        """Take an instance away, and give it."""
        with self.lock:
            found = self.get(uid)
            del self._held[str(uid)]
            self._total -= self._sizes.pop(str(uid))
            if self.folder is not None:
                (self.folder / f"{uid}.dcm").unlink(missing_ok=True)
            return found

    def _check(self, ds: Dataset, most: int) -> None:
        if self._total + encoded_size(lettered(ds), _SYNTAX) + OVERHEAD > most:
            message = "no more is held here"
            raise RefusedError(message, NO_RESOURCES)

    def _hold(self, uid: str, ds: Dataset) -> None:
        before = self._sizes.get(uid, 0)
        # What cannot be written is taken to be as large as it was.
        with suppress(DicomError):
            self._sizes[uid] = encoded_size(ds, _SYNTAX) + OVERHEAD
        self._held[uid] = ds
        self._total += self._sizes.setdefault(uid, OVERHEAD) - before


def wanted(
    ds: Dataset,
    tags: Any,  # noqa: ANN401  # tags of any kind
    *,
    without: tuple[str, ...] = (),
    warning: int = 0x0107,
) -> tuple[int, Dataset]:
    """Give what an N-GET asks for, with its status: attributes that are not there are a warning (PS3.7 10.1.2.1.9).

    Parameters
    ----------
    ds : Dataset
        The instance.
    tags : list of tags
        The Attribute Identifier List; all where it is empty.
    without : tuple of str
        Keywords that are nobody's business.
    warning : int
        The status where attributes are not there, which some services have one of their own for.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.services.shelf import wanted
    >>> status, found = wanted(rg.Dataset({"PatientID": "X1", "PatientSex": "F"}), [0x00100020, 0x00100010])
    >>> hex(status), found.PatientID, len(found)
    ('0x107', 'X1', 1)
    """
    made = Dataset()
    hidden = {Dataset({keyword: None}).keys()[0] for keyword in without}
    asked = [int(tag) for tag in tags or ()]
    for element in ds:
        if element.tag not in hidden and (not asked or element.tag in asked):
            made.add(element)
    missing = [tag for tag in asked if tag not in made and tag not in hidden]
    if "SpecificCharacterSet" in ds and "SpecificCharacterSet" not in made and len(made):
        made.SpecificCharacterSet = ds.SpecificCharacterSet
    return (warning if missing else 0x0000), made
