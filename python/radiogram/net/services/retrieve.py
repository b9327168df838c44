"""Composite instance root retrieve (PS3.4 Y) and retrieve without bulk data (PS3.4 Z).

Instances by their UIDs, frames of them, or what is around their pixels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radiogram._tables.queries import MODELS
from radiogram.dataset import Dataset
from radiogram.dataset.reader import read
from radiogram.errors import DicomError
from radiogram.net.services.answers import CANCEL, IDENTIFIER_MISMATCH, PENDING, RefusedError
from radiogram.net.services.frames import extracted
from radiogram.net.services.moving import destination
from radiogram.net.services.provider import Provider, uids
from radiogram.net.services.query import unique_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from radiogram.net.services.provider import Event
    from radiogram.net.services.query import Found, Store

__all__ = ["InstanceRetrieve", "without_bulk_data"]

_BULK = (0x7FE00010, 0x7FE00008, 0x7FE00009, 0x00287FE0, 0x56000020, 0x00420011)
"""Pixel Data, Float Pixel Data, Double Float Pixel Data, Pixel Data Provider URL, Spectroscopy Data, Encapsulated Document (PS3.4 table Z.1-1)."""

_BULK_REPEATED = ((0x6000, 0x3000), (0x5000, 0x3000), (0x5000, 0x200C))
"""Overlay Data, Curve Data, Audio Sample Data, in each of their groups."""


class InstanceRetrieve(Provider):
    """Provider of instances by their UIDs.

    Parameters
    ----------
    store : Store
        Where they are.
    destinations : mapping of str to (host, port), or callable
        Where C-MOVE sends to, by title.

    Examples
    --------
    >>> from radiogram.net.services import InstanceRetrieve
    >>> len(InstanceRetrieve(None).contexts)
    3
    """

    contexts = tuple(
        uid for uid, (_, model, _levels) in MODELS.items() if model.startswith("CompositeInstance")
    )

    def __init__(
        self,
        store: Store | None,
        *,
        destinations: Mapping[str, tuple[str, int]] | Callable[[str], tuple[str, int] | None] | None = None,
    ) -> None:
        self._store = store
        self._destinations = destinations
        self._bare = uids("CompositeInstanceRetrieveWithoutBulkDataGet")

    def c_get(self, event: Event) -> Iterator[Any]:
        """Give the number of instances, then each."""
        yield from self._sent(event, self._wanted(event))

    def c_move(self, event: Event) -> Iterator[Any]:
        """Give the destination, the number of instances, then each."""
        wanted = self._wanted(event)
        title = str(event.move_destination or "").strip()
        place = (
            self._destinations(title)
            if callable(self._destinations)
            else (self._destinations or {}).get(title)
        )
        if place is None:
            yield None, None
            return
        yield destination(event, place, wanted)
        yield from self._sent(event, wanted)

    def _wanted(self, event: Event) -> list[Found]:
        query = event.identifier
        levels = MODELS[str(event.request.AffectedSOPClassUID)][2]
        level = str(query.get("QueryRetrieveLevel") or "").strip()
        if level not in levels:
            message = "the model has no such Query/Retrieve Level"
            raise RefusedError(message, IDENTIFIER_MISMATCH, ["QueryRetrieveLevel"])
        instances = unique_keys(query).get("SOPInstanceUID", [])
        if not instances or (level == "FRAME" and len(instances) > 1):
            message = "SOPInstanceUID has no value" if not instances else "frames are of one instance"
            raise RefusedError(message, IDENTIFIER_MISMATCH, ["SOPInstanceUID"])
        if self._store is None:
            message = "there is nothing to look through"
            raise RefusedError(message, 0xA700)
        asked = Dataset({"SOPInstanceUID": instances})
        return list(self._store.instances("IMAGE", asked))

    def _sent(self, event: Event, wanted: list[Found]) -> Iterator[Any]:
        query = event.identifier
        is_bare = str(event.request.AffectedSOPClassUID) in self._bare
        frames = str(query.QueryRetrieveLevel).strip() == "FRAME"
        # What cannot be made is known before the first instance goes out.
        made: list[Any] = [extracted(_opened(found), query) for found in wanted] if frames else list(wanted)
        yield len(made)
        for one in made:
            if event.is_cancelled:
                yield CANCEL, None
                return
            if frames:
                yield PENDING, one
            elif is_bare:
                yield PENDING, without_bulk_data(_opened(one))
            else:
                yield PENDING, one


def _opened(found: Found) -> Dataset:
    if isinstance(found.source, Dataset):
        return found.source
    message = "the instance cannot be read any more"
    if not found.is_whole():
        raise RefusedError(message, 0xC000)
    try:
        return read(found.source)
    except (DicomError, OSError):
        raise RefusedError(message, 0xC000) from None


def without_bulk_data(ds: Dataset) -> Dataset:
    """Give a data set without its bulk data, at any depth (PS3.4 table Z.1-1).

    Waveform Data is none of them: the table names what is not to be sent.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.services.retrieve import without_bulk_data
    >>> from pydicom.data import get_testdata_file
    >>> ct = rg.read(get_testdata_file("CT_small.dcm"))
    >>> bare = without_bulk_data(ct)
    >>> "PixelData" in bare, bare.Rows, "PixelData" in ct
    (False, 128, True)
    """
    made = Dataset()
    for element in ds:
        if _is_bulk(int(element.tag)):
            continue
        if element.VR == "SQ":
            made.add_new(element.tag, "SQ", [without_bulk_data(item) for item in element.value])
        else:
            made.add(element)
    return made


def _is_bulk(tag: int) -> bool:
    if tag in _BULK:
        return True
    group, number = tag >> 16, tag & 0xFFFF
    return any(group & 0xFF00 == family and number == element for family, element in _BULK_REPEATED)
