"""The inventories that a served folder has made: files of their own, so many and of so many bytes that peers cannot fill a disk by asking."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from radiogram.errors import ArgumentError
from radiogram.net.services.answers import NO_RESOURCES, RefusedError
from radiogram.net.services.sizes import encoded_size

if TYPE_CHECKING:
    from pathlib import Path

    from radiogram.dataset import Dataset

__all__ = ["INSTANCES", "SIZE", "KeptInventories"]

INSTANCES, SIZE = 1024, 1 << 30
"""Inventory instances that are kept, and their bytes, where nothing else is said."""

_SYNTAX = "ExplicitVRLittleEndian"


class KeptInventories:
    """Inventory instances as files in a folder, by their SOP Instance UIDs.

    Parameters
    ----------
    folder : Path
        Where they are; those that are there count.
    instances : int
        How many are kept.
    size : int
        Bytes of all of them.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import radiogram as rg
    >>> from radiogram.net.served.kept import KeptInventories
    >>> kept = KeptInventories(pathlib.Path(tempfile.mkdtemp()), instances=1)
    >>> kept.keep(rg.Dataset({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.201.1", "SOPInstanceUID": "1.2.3"}))
    >>> [path.name for path in kept.paths()]
    ['1.2.3.dcm']
    >>> kept.check_room()
    Traceback (most recent call last):
    ...
    radiogram.net.services.answers.RefusedError: there is no room for more inventories
    >>> kept.drop("1.2.3")
    >>> kept.check_room()
    """

    def __init__(self, folder: Path, *, instances: int = INSTANCES, size: int = SIZE) -> None:
        for name, value in (("instances", instances), ("size", size)):
            if isinstance(value, bool) or not isinstance(value, int) or value < 0:
                message = f"'{name}' of inventories is a number, 0 for none"
                raise ArgumentError(message)
        self._folder = folder
        self._most, self._size = instances, size
        self._lock = Lock()
        self._sizes = {path.stem: path.stat().st_size for path in folder.glob("*.dcm")}
        self._coming: set[str] = set()

    def check_room(self) -> None:
        """Refuse an inventory for which there is no room.

        Raises
        ------
        RefusedError
            Resource limitation (PS3.4 table KK.2.2.3-1): as many are kept as may be, or as many bytes.
        """
        with self._lock:
            self._check(1)

    def keep(self, inventory: Dataset) -> None:
        """Put an inventory where it is found and retrieved; its name is a UID of our own.

        Raises
        ------
        RefusedError
            As of `check_room`; nothing is written then.
        """
        uid = str(inventory.SOPInstanceUID)
        size = encoded_size(inventory, _SYNTAX)
        with self._lock:
            self._check(size)
            self._sizes[uid] = size
            self._coming.add(uid)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            inventory.save_as(self._path(uid), transfer_syntax=_SYNTAX, durable=True)
        except BaseException:
            self.drop(uid)
            raise
        finally:
            with self._lock:
                self._coming.discard(uid)

    def drop(self, uid: str) -> None:
        """Delete one, where it is there: its room is free."""
        self._path(uid).unlink(missing_ok=True)
        with self._lock:
            self._sizes.pop(uid, None)

    def paths(self) -> list[Path]:
        """Give the files."""
        return sorted(self._folder.glob("*.dcm"))

    def _path(self, uid: str) -> Path:
        return self._folder / f"{uid}.dcm"

    def _check(self, size: int) -> None:
        if len(self._sizes) >= self._most or sum(self._sizes.values()) + size > self._size:
            # Some may have been deleted by whoever looks after the folder.
            gone = [uid for uid in self._sizes if uid not in self._coming and not self._path(uid).exists()]
            for uid in gone:
                del self._sizes[uid]
        if len(self._sizes) >= self._most or sum(self._sizes.values()) + size > self._size:
            message = "there is no room for more inventories"
            raise RefusedError(message, NO_RESOURCES)
