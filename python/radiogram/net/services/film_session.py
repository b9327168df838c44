"""What a printer holds while an association lasts: a film session, its film boxes, the boxes on them (PS3.4 H.2.2); and pages."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import RLock
from typing import TYPE_CHECKING, Any, NamedTuple

from radiogram.dataset import Dataset
from radiogram.net.services.answers import NO_RESOURCES, NOT_FOUND, RefusedError
from radiogram.net.services.sizes import OVERHEAD

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["FilmBox", "Ledger", "Page", "Session", "lut_of"]

Key = tuple[str, str]
"""Of what kind an object is, and its UID."""


class Page(NamedTuple):
    """A page that was printed.

    Attributes
    ----------
    array : ndarray of uint16
        What is seen: 0 is black.
    film_box, session : Dataset
        Their attributes.
    annotations : tuple of (int, str)
        Position and text of annotation boxes.
    copies : int
        How often.
    """

    array: npt.NDArray[Any]
    film_box: Dataset
    session: Dataset
    annotations: tuple[tuple[int, str], ...]
    copies: int


@dataclass
class FilmBox:
    """A film box: its attributes, and the boxes on it by their UIDs."""

    attributes: Dataset
    color: bool
    images: dict[str, Dataset] = field(default_factory=dict)
    annotations: dict[str, Dataset] = field(default_factory=dict)
    printed: bool = False


class _Came(NamedTuple):
    """A message that attributes came by."""

    number: int
    size: int


class Ledger:
    """What the objects of a session hold, in bytes.

    Of each message that some attribute of an object came by, all of it counts: one value keeps the bytes of its message.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.services.film_session import OVERHEAD, Ledger
    >>> ledger = Ledger()
    >>> ledger.put(("film", "1.2"), rg.Dataset({"Trim": "YES", "BorderDensity": "BLACK"}), 100)
    >>> ledger.put(("film", "1.2"), rg.Dataset({"Trim": "NO"}), 10)
    >>> ledger.total - OVERHEAD
    110
    >>> ledger.put(("film", "1.2"), rg.Dataset({"BorderDensity": "WHITE"}), 10)
    >>> ledger.total - OVERHEAD, ledger.of(("film", "1.2")) == ledger.total
    (20, True)
    """

    def __init__(self) -> None:
        self.total = 0
        # Requests of one association may be served at the same time (PS3.7 D.3.3.3).
        self._lock = RLock()
        self._number = 0
        self._came: dict[Key, dict[int, _Came]] = {}

    def _with(self, key: Key, attributes: Dataset, size: int) -> dict[int, _Came]:
        self._number += 1
        came = _Came(self._number, size)
        return {**self._came.get(key, {}), **dict.fromkeys((int(one.tag) for one in attributes), came)}

    def check(
        self,
        key: Key,
        attributes: Dataset,
        size: int,
        most: int,
        *,
        status: int = NO_RESOURCES,
        others: int = 0,
    ) -> None:
        """Refuse attributes of an object that came by a message of a size, and so many more objects, where all that is held would be too much.

        Raises
        ------
        RefusedError
            With the status; by default resource limitation (PS3.7 C.5.20).
        """
        with self._lock:
            more = _held(self._with(key, attributes, size)) + others * OVERHEAD
            is_full = self.total - self.of(key) + more > most
        if is_full:
            message = "the film session takes too much memory"
            raise RefusedError(message, status)

    def put(self, key: Key, attributes: Dataset | None = None, size: int = 0) -> None:
        """Count attributes of an object, which came by a message of a size; without any it begins anew."""
        with self._lock:
            before = self.of(key)
            self._came[key] = {} if attributes is None else self._with(key, attributes, size)
            self.total += self.of(key) - before

    def of(self, key: Key) -> int:
        """Give what an object holds; 0 where there is none."""
        came = self._came.get(key)
        return 0 if came is None else _held(came)

    def drop(self, *keys: Key) -> None:
        """Forget objects."""
        with self._lock:
            for key in keys:
                self.total -= self.of(key)
                self._came.pop(key, None)

    def move(self, key: Key, to: Key) -> None:
        """Let an object be of another kind from now on; one that was there is forgotten."""
        with self._lock:
            self.drop(to)
            self._came[to] = self._came.pop(key)

    def keep(self, kind: str) -> None:
        """Forget all that is not of a kind."""
        with self._lock:
            self.drop(*[key for key in self._came if key[0] != kind])


def _held(came: dict[int, _Came]) -> int:
    return OVERHEAD + sum(one.size for one in set(came.values()))


@dataclass
class Session:
    """What one association has: a film session, film boxes and presentation LUTs by their UIDs, and deleted LUTs that boxes refer to.

    `ledger` says what all of it takes.
    """

    uid: str = ""
    attributes: Dataset = field(default_factory=Dataset)
    boxes: dict[str, FilmBox] = field(default_factory=dict)
    luts: dict[str, Dataset] = field(default_factory=dict)
    referenced: dict[str, Dataset] = field(default_factory=dict)
    ledger: Ledger = field(default_factory=Ledger)

    def add_box(self, uid: str, box: FilmBox, size: int) -> None:
        """Take a film box, which came by a message of a size, with the boxes on it."""
        self.boxes[uid] = box
        self.ledger.put(("film", uid), box.attributes, size)
        for one in (*box.images, *box.annotations):
            self.ledger.put(("box", one))

    def delete_box(self, uid: str) -> None:
        """Forget a film box."""
        box = self.boxes.pop(uid)
        self.ledger.drop(("film", uid), *(("box", one) for one in (*box.images, *box.annotations)))

    def delete_lut(self, uid: str) -> None:
        """Delete a presentation LUT: as long as a box refers to it, it is there for the box (PS3.4 H.4.9.2.2)."""
        self.referenced[uid] = self.luts.pop(uid)
        self.ledger.move(("lut", uid), ("deleted", uid))
        self.forget_luts()

    def delete(self) -> Session:
        """Give what is left without the film session: presentation LUTs are the association's."""
        self.ledger.keep("lut")
        return Session(luts=self.luts, ledger=self.ledger)

    def box_of(self, uid: str) -> tuple[FilmBox, dict[str, Dataset]]:
        """Give the film box that an image or annotation box lies on, and the boxes of its kind there."""
        for box in self.boxes.values():
            for kind in (box.images, box.annotations):
                if uid in kind:
                    return box, kind
        message = "there is no such box in this session"
        raise RefusedError(message, NOT_FOUND)

    def forget_luts(self) -> None:
        """Forget deleted presentation LUTs that no film or image box refers to any more."""
        if self.referenced:
            holders = [one for box in self.boxes.values() for one in (box.attributes, *box.images.values())]
            wanted = {lut_of(holder) for holder in holders}
            self.ledger.drop(*(("deleted", uid) for uid in self.referenced if uid not in wanted))
            self.referenced = {uid: lut for uid, lut in self.referenced.items() if uid in wanted}


def lut_of(box: Dataset) -> str:
    """Give the UID of the presentation LUT that a film or image box refers to; empty where it refers to none.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.services.film_session import lut_of
    >>> lut_of(rg.Dataset({"ReferencedPresentationLUTSequence": [rg.Dataset({"ReferencedSOPInstanceUID": "1.2"})]}))
    '1.2'
    """
    said: Any = box.get("ReferencedPresentationLUTSequence")
    return str(said[0].get("ReferencedSOPInstanceUID")) if said else ""
