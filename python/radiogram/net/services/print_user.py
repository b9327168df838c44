"""Printing from the user's side (PS3.4 H): a film session, film boxes, an image in each box, and the print job."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from radiogram.dataset import Dataset
from radiogram.net.services.outcome import done
from radiogram.net.services.pages import layout
from radiogram.net.services.printing import PRINTER, Printing
from radiogram.uid import generate_uid

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy.typing as npt

__all__ = ["FilmSession", "image_item", "printer_status"]

_SESSION, _FILM, _GREY_BOX, _COLOR_BOX, _ANNOTATION, _JOB, _PRINTER = Printing.classes[:7]
_GREY, _COLOR = Printing.contexts[:2]


def image_item(pixels: npt.NDArray[Any], *, color: bool = False, bits: int = 8) -> Dataset:
    """Give the item of an image box for a picture: grey values of 8 or 12 bits, or red, green and blue of 8.

    Examples
    --------
    >>> import numpy as np
    >>> from radiogram.net.services.print_user import image_item
    >>> image_item(np.zeros((4, 6), np.uint8)).Columns
    6
    """
    import numpy as np

    made: Any = Dataset()
    made.SamplesPerPixel = 3 if color else 1
    made.PhotometricInterpretation = "RGB" if color else "MONOCHROME2"
    if color:
        # By colour: what print management has (PS3.3 C.13.5).
        made.PlanarConfiguration = 1
        pixels = np.ascontiguousarray(np.moveaxis(pixels, -1, 0))
    made.Rows, made.Columns = (int(one) for one in (pixels.shape[1:] if color else pixels.shape))
    made.BitsAllocated = 16 if bits > 8 else 8
    made.BitsStored, made.HighBit, made.PixelRepresentation = bits, bits - 1, 0
    data = np.ascontiguousarray(pixels, "<u2" if bits > 8 else "u1").tobytes()
    made.add_new(0x7FE00010, "OW", data + b"\0" * (len(data) % 2))
    return made  # type: ignore[no-any-return]  # a data set


class FilmSession:
    """A film session over an association.

    Parameters
    ----------
    association : Association
        It has a context for the grayscale or the colour meta SOP class.
    color : bool
        In colour.
    **attributes
        Of the session: ``NumberOfCopies``, ``PrintPriority``, ``MediumType``, ``FilmDestination``, …

    Raises
    ------
    RefusedError
        The printer refuses it.
    """

    def __init__(self, association: Any, *, color: bool = False, **attributes: object) -> None:  # noqa: ANN401  # of any face
        self._association = association
        self._meta = _COLOR if color else _GREY
        self._box_class = _COLOR_BOX if color else _GREY_BOX
        self._color = color
        self.uid = str(generate_uid())
        made = _with(Dataset(), attributes)
        done(self._create(made, _SESSION, self.uid)[0], "N-CREATE", _SESSION)

    def _create(self, ds: Dataset, sop_class: str, uid: str) -> tuple[Any, Any]:
        found: tuple[Any, Any] = self._association.send_n_create(ds, sop_class, uid, meta_uid=self._meta)
        return found

    def film(
        self, items: Iterable[Dataset], form: str = "STANDARD\\1,1", **attributes: object
    ) -> Iterator[str]:
        """Print items, a film for as many as the format has boxes; yield the UID of each print job, empty where there is none.

        Parameters
        ----------
        items : iterable of Dataset
            As `image_item` makes them.
        form : str
            The Image Display Format.
        **attributes
            Of the film box: ``FilmSizeID``, ``FilmOrientation``, ``MagnificationType``, …
        """
        waiting, count = list(items), len(layout(form))
        for start in range(0, len(waiting), count):
            yield self._film(waiting[start : start + count], form, attributes)

    def _film(self, items: list[Dataset], form: str, attributes: dict[str, object]) -> str:
        box: Any = _with(Dataset({"ImageDisplayFormat": form}), attributes)
        session = Dataset({"ReferencedSOPClassUID": _SESSION, "ReferencedSOPInstanceUID": self.uid})
        box.ReferencedFilmSessionSequence = [session]
        uid = str(generate_uid())
        status, made = self._create(box, _FILM, uid)
        done(status, "N-CREATE", _FILM)
        name = "BasicColorImageSequence" if self._color else "BasicGrayscaleImageSequence"
        for position, (item, place) in enumerate(
            zip(items, made.ReferencedImageBoxSequence, strict=False), start=1
        ):
            changes = Dataset({"ImageBoxPosition": position, name: [deepcopy(item)]})
            status, _ = self._association.send_n_set(
                changes, self._box_class, str(place.ReferencedSOPInstanceUID), meta_uid=self._meta
            )
            done(status, "N-SET", self._box_class)
        status, reply = self._association.send_n_action(None, 1, _FILM, uid, meta_uid=self._meta)
        done(status, "N-ACTION", _FILM)
        self._association.send_n_delete(_FILM, uid, meta_uid=self._meta)
        jobs = reply.get("ReferencedPrintJobSequence") if reply is not None else None
        return str(jobs[0].ReferencedSOPInstanceUID) if jobs else ""

    def close(self) -> None:
        """Delete the session."""
        self._association.send_n_delete(_SESSION, self.uid, meta_uid=self._meta)


def printer_status(association: Any, *, color: bool = False) -> Dataset:  # noqa: ANN401
    """Give what the printer says of itself."""
    status, found = association.send_n_get([], _PRINTER, PRINTER, meta_uid=_COLOR if color else _GREY)
    done(status, "N-GET", _PRINTER)
    return found  # type: ignore[no-any-return]  # of any face


def _with(ds: Dataset, attributes: dict[str, object]) -> Dataset:
    for keyword, value in attributes.items():
        setattr(ds, keyword, value)
    return ds
