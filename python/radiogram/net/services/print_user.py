"""Printing from the user's side (PS3.4 H): a film session, film boxes, an image and a text in each box, presentation LUTs, print jobs."""

from __future__ import annotations

import logging
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from radiogram.dataset import Dataset
from radiogram.net.services.answers import RefusedError
from radiogram.net.services.outcome import done
from radiogram.net.services.pages import layout
from radiogram.net.services.printing import PRINTER, Printing
from radiogram.net.status import explain
from radiogram.uid import generate_uid

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import numpy.typing as npt

__all__ = ["JOB_STATES", "FilmSession", "image_item", "job_status", "printer_configuration", "printer_status"]

_LOG = logging.getLogger("radiogram.net")

_SESSION, _FILM, _GREY_BOX, _COLOR_BOX, _ANNOTATION, _JOB, _PRINTER, _LUT, _CONFIGURATION = Printing.classes
_GREY, _COLOR = Printing.contexts[:2]
_CONFIGURATION_INSTANCE = "1.2.840.10008.5.1.1.17.376"

JOB_STATES = {1: "PENDING", 2: "PRINTING", 3: "DONE", 4: "FAILURE"}
"""Event types of print jobs (PS3.4 table H.4-14), which `radiogram.net.services.Reports` hears."""


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
    r"""A film session over an association (PS3.4 H.4.1); it ends with the association, or is deleted by `close`.

    Parameters
    ----------
    association : Association
        It has a context for the grayscale or the colour meta SOP class; and those of Basic Annotation Box and Presentation LUT where these
        are used.
    color : bool
        In colour.
    **attributes
        Of the session: ``NumberOfCopies``, ``PrintPriority``, ``MediumType``, ``FilmDestination``, …

    Raises
    ------
    RefusedError
        The printer refuses it, or the association was lost.

    Examples
    --------
    >>> import numpy as np
    >>> from radiogram.net.services import Printing, Services
    >>> from radiogram.net.services.print_user import FilmSession, image_item
    >>> pages = []
    >>> with Services(Printing(pages.append, dots=10)).loopback() as assoc:
    ...     session = FilmSession(assoc, NumberOfCopies=2)
    ...     jobs = list(session.film([image_item(np.zeros((8, 8), np.uint8))] * 2, "STANDARD\\1,2"))
    ...     session.close()
    >>> len(jobs), [(page.array.shape, page.copies) for page in pages]
    (1, [((170, 140), 2)])
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

    def _set(self, changes: Dataset, sop_class: str, uid: str, meta: str | None) -> None:
        status, _ = self._association.send_n_set(changes, sop_class, uid, meta_uid=meta)
        _noted(status, "N-SET", sop_class)

    def presentation_lut(
        self, shape: str = "IDENTITY", table: npt.NDArray[Any] | None = None, *, bits: int = 16
    ) -> str:
        """Make a presentation LUT, and give the UID that `film` takes.

        Parameters
        ----------
        shape : {"IDENTITY", "LIN OD"}
            Its shape.
        table : ndarray of int, optional
            In place of a shape: what each of as many steps from the darkest to the brightest is shown as.
        bits : int
            Bits of an entry of the table.

        Examples
        --------
        >>> import numpy as np
        >>> from radiogram.net.services import Printing, Services
        >>> from radiogram.net.services.print_user import FilmSession, image_item
        >>> with Services(Printing(dots=10)).loopback() as assoc:
        ...     session = FilmSession(assoc)
        ...     inverse = session.presentation_lut(table=np.arange(255, -1, -1) * 257)
        ...     films = list(session.film([image_item(np.zeros((8, 8), np.uint8))], lut=inverse))
        ...     session.close()
        >>> len(films)
        1
        """
        made: Any = Dataset({} if table is not None else {"PresentationLUTShape": shape})
        if table is not None:
            import numpy as np

            entries = np.ascontiguousarray(table, "<u2")
            item: Any = Dataset()
            item.LUTDescriptor = [len(entries) % 65536, 0, bits]
            item.add_new(0x00283006, "OW", entries.tobytes())
            made.PresentationLUTSequence = [item]
        uid = str(generate_uid())
        done(self._association.send_n_create(made, _LUT, uid)[0], "N-CREATE", _LUT)
        return uid

    def film(
        self,
        items: Iterable[Dataset],
        form: str = "STANDARD\\1,1",
        *,
        lut: str = "",
        annotations: Mapping[int, str] | None = None,
        **attributes: object,
    ) -> Iterator[str]:
        """Print items, a film for as many as the format has boxes; yield the UID of each print job, empty where there is none.

        Parameters
        ----------
        items : iterable of Dataset
            As `image_item` makes them.
        form : str
            The Image Display Format.
        lut : str
            The UID of a presentation LUT.
        annotations : mapping of int to str, optional
            Texts by Annotation Position; ``AnnotationDisplayFormatID`` is to be among the attributes.
        **attributes
            Of the film box: ``FilmSizeID``, ``FilmOrientation``, ``MagnificationType``, …

        Yields
        ------
        str
            The SOP Instance UID of the print job, which `job_status` asks for.

        Raises
        ------
        RefusedError
            The printer refuses the film box (PS3.4 H.4.2), an image (H.4.3), an annotation or to print it, or makes fewer image boxes than
            there are images; or the association was lost. The films before it are printed, and nothing of this one is.
        """
        waiting, count = list(items), len(layout(form))
        if lut:
            reference = Dataset({"ReferencedSOPClassUID": _LUT, "ReferencedSOPInstanceUID": lut})
            attributes["ReferencedPresentationLUTSequence"] = [reference]
        for start in range(0, len(waiting), count):
            yield self._film(waiting[start : start + count], form, attributes, annotations or {})

    def _film(
        self, items: list[Dataset], form: str, attributes: dict[str, object], annotations: Mapping[int, str]
    ) -> str:
        box: Any = _with(Dataset({"ImageDisplayFormat": form}), attributes)
        session = Dataset({"ReferencedSOPClassUID": _SESSION, "ReferencedSOPInstanceUID": self.uid})
        box.ReferencedFilmSessionSequence = [session]
        uid = str(generate_uid())
        status, made = self._create(box, _FILM, uid)
        _noted(status, "N-CREATE", _FILM)
        try:
            reply = self._print(uid, items, made if made is not None else Dataset(), annotations)
        except RefusedError:
            # A film box that is not printed is not to be printed with the session.
            if self._association.is_established:
                self._association.send_n_delete(_FILM, uid, meta_uid=self._meta)
            raise
        self._association.send_n_delete(_FILM, uid, meta_uid=self._meta)
        jobs = reply.get("ReferencedPrintJobSequence") if reply is not None else None
        return str(jobs[0].ReferencedSOPInstanceUID) if jobs else ""

    def _print(
        self, uid: str, items: list[Dataset], made: Dataset, annotations: Mapping[int, str]
    ) -> Dataset | None:
        """Fill the boxes of a film, all of them, and print it."""
        places = list(made.get("ReferencedImageBoxSequence") or ())
        if len(places) < len(items):
            message = f"the printer made {len(places)} image boxes for {len(items)} images"
            raise RefusedError(message)
        self._annotate(made, annotations)
        name = "BasicColorImageSequence" if self._color else "BasicGrayscaleImageSequence"
        for position, (item, place) in enumerate(zip(items, places, strict=False), start=1):
            changes = Dataset({"ImageBoxPosition": position, name: [deepcopy(item)]})
            self._set(changes, self._box_class, str(place.ReferencedSOPInstanceUID), self._meta)
        status, reply = self._association.send_n_action(None, 1, _FILM, uid, meta_uid=self._meta)
        _noted(status, "N-ACTION", _FILM)
        found: Dataset | None = reply
        return found

    def _annotate(self, made: Dataset, annotations: Mapping[int, str]) -> None:
        """Put texts into the boxes that the printer made for them, which are in the order of their positions (PS3.4 H.4.4)."""
        boxes = list(made.get("ReferencedBasicAnnotationBoxSequence") or ())
        for position, text in sorted(annotations.items()):
            if not 1 <= position <= len(boxes):
                message = f"the printer has no annotation box {position}"
                raise RefusedError(message)
            changes = Dataset({"AnnotationPosition": position, "TextString": text})
            uid = str(boxes[position - 1].ReferencedSOPInstanceUID)
            self._set(changes, _ANNOTATION, uid, None)

    def close(self) -> None:
        """Delete the session, and what is left of it (N-DELETE, PS3.4 H.4.1.2.3)."""
        self._association.send_n_delete(_SESSION, self.uid, meta_uid=self._meta)


def _noted(status: Any, service: str, sop_class: str) -> None:  # noqa: ANN401  # of any face
    """Raise where a step was refused, and say what the printer warns of: that it cropped an image, or has other densities."""
    code = done(status, service, sop_class)
    if code:
        _LOG.warning("the printer warns: %s (%04X)", explain(code, service, sop_class).description, code)


def printer_status(association: Any, *, color: bool = False) -> Dataset:  # noqa: ANN401
    """Give what the printer says of itself: Printer Status, Printer Status Info, its name and maker (N-GET, PS3.4 H.4.6).

    Parameters
    ----------
    association : Association
        It has a context for the grayscale, or the colour, meta SOP class.
    color : bool
        That is the one for colour.

    Raises
    ------
    RefusedError
        The printer does not say it, or the association was lost.

    Examples
    --------
    >>> from radiogram.net.services import Printing, Services
    >>> from radiogram.net.services.print_user import printer_status
    >>> with Services(Printing(name="LASER")).loopback() as assoc:
    ...     found = printer_status(assoc)
    ...     found.PrinterName, found.PrinterStatus
    ('LASER', 'NORMAL')
    """
    return _get(association, _PRINTER, PRINTER, _COLOR if color else _GREY)  # type: ignore[no-any-return]  # of any face


def printer_configuration(association: Any) -> Dataset:  # noqa: ANN401
    """Give what the printer can do: the item of its Printer Configuration Sequence (PS3.4 table H.4-26).

    Examples
    --------
    >>> from radiogram.net.services import Printing, Services
    >>> from radiogram.net.services.print_user import printer_configuration
    >>> with Services(Printing(name="LASER")).loopback() as assoc:
    ...     printer_configuration(assoc).PrinterName
    'LASER'
    """
    found: Dataset = _get(association, _CONFIGURATION, _CONFIGURATION_INSTANCE).PrinterConfigurationSequence[
        0
    ]
    return found


def job_status(association: Any, uid: str) -> Dataset:  # noqa: ANN401
    """Give how far a print job is (PS3.4 table H.4-15).

    Examples
    --------
    >>> import numpy as np
    >>> from radiogram.net.services import Printing, Services
    >>> from radiogram.net.services.print_user import FilmSession, image_item, job_status
    >>> services = Services(Printing(dots=10))
    >>> with services.loopback() as assoc:
    ...     session = FilmSession(assoc)
    ...     (job,) = session.film([image_item(np.zeros((8, 8), np.uint8))])
    ...     services.close()  # It waits for what is being printed.
    ...     job_status(assoc, job).ExecutionStatus
    'DONE'
    """
    return _get(association, _JOB, uid)  # type: ignore[no-any-return]  # of any face


def _get(association: Any, sop_class: str, uid: str, meta: str | None = None) -> Any:  # noqa: ANN401
    status, found = association.send_n_get([], sop_class, uid, meta_uid=meta)
    done(status, "N-GET", sop_class)
    return found


def _with(ds: Dataset, attributes: dict[str, object]) -> Dataset:
    for keyword, value in attributes.items():
        setattr(ds, keyword, value)
    return ds
