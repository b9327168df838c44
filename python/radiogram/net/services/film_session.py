"""What a printer holds while an association lasts: a film session, its film boxes, the boxes on them (PS3.4 H.2.2); and pages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from radiogram.dataset import Dataset
from radiogram.net.services.answers import NOT_FOUND, RefusedError
from radiogram.net.services.print_image import SEQUENCES

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["FilmBox", "Page", "Session", "bytes_of", "lut_of"]


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

    @property
    def held(self) -> int:
        """Bytes of the pixels in its image boxes."""
        return sum(bytes_of(image) for image in self.images.values())


@dataclass
class Session:
    """What one association has: a film session, film boxes and presentation LUTs by their UIDs, and deleted LUTs that boxes refer to."""

    uid: str = ""
    attributes: Dataset = field(default_factory=Dataset)
    boxes: dict[str, FilmBox] = field(default_factory=dict)
    luts: dict[str, Dataset] = field(default_factory=dict)
    referenced: dict[str, Dataset] = field(default_factory=dict)

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
            self.referenced = {uid: lut for uid, lut in self.referenced.items() if uid in wanted}

    def check_room(self, place: dict[str, Dataset], uid: str, image: Dataset, most: int) -> None:
        """Refuse an image that is more than a session may hold, with what it holds already (PS3.4 table H.4.3.1.2.1.2-1)."""
        held = sum(box.held for box in self.boxes.values()) - bytes_of(place[uid])
        if held + bytes_of(image) > most:
            message = "the images of the film session take too much memory"
            raise RefusedError(message, 0xC605)


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


def bytes_of(image_box: Dataset) -> int:
    """Give how many bytes of pixels an image box holds.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.services.film_session import bytes_of
    >>> bytes_of(rg.Dataset({"BasicGrayscaleImageSequence": [rg.Dataset({"PixelData": bytes(8)})]}))
    8
    """
    items = [one for name in SEQUENCES for one in image_box.get(name) or ()]
    return sum(len(one.get("PixelData") or b"") for one in items)
