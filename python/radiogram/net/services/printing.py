"""Print management (PS3.4 H), the provider: film session, film boxes, image boxes, annotations, presentation LUTs, print jobs, the printer.

What a session holds lasts as long as its association. Pages are composed to arrays when they are printed, and handed to a callback. SOP
classes that PS3.4 has no longer (referenced image boxes, VOI LUT and overlay boxes, stored and pull print) are refused: SOP class not
supported.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from radiogram.dataset import Dataset
from radiogram.net.services.answers import (
    CLASS_CONFLICT,
    DUPLICATE_INSTANCE,
    INVALID_VALUE,
    NO_ACTION,
    NO_ATTRIBUTE,
    NO_CLASS,
    NO_RESOURCES,
    NOT_FOUND,
    SUCCESS,
    RefusedError,
)
from radiogram.net.services.film_session import FilmBox, Page, Session, lut_of
from radiogram.net.services.listeners import Listeners
from radiogram.net.services.pages import Film, layout
from radiogram.net.services.print_configuration import MOST_FILMS, Configuration, checked_lut, settled
from radiogram.net.services.print_image import SEQUENCES, picture
from radiogram.net.services.print_jobs import Jobs
from radiogram.net.services.provider import Provider, created, uids
from radiogram.net.services.rules import check
from radiogram.net.services.shelf import wanted
from radiogram.net.services.sizes import encoded_size
from radiogram.uid import generate_uid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from radiogram.net.services.provider import Event, Status

__all__ = ["PRINTER", "Page", "Printing"]

PRINTER = "1.2.840.10008.5.1.1.17"
"""The well-known printer instance (PS3.4 H.4.6.5)."""

_CONFIGURATION = "1.2.840.10008.5.1.1.17.376"
_BOX_CLASSES = ("BasicGrayscaleImageBox", "BasicColorImageBox")
_CLASSES = (
    "BasicFilmSession",
    "BasicFilmBox",
    *_BOX_CLASSES,
    "BasicAnnotationBox",
    "PrintJob",
    "Printer",
    "PresentationLUT",
    "PrinterConfigurationRetrieval",
)
_LAID_OUT = ("ImageDisplayFormat", "AnnotationDisplayFormatID", "FilmOrientation", "FilmSizeID")
"""What is said of a film box when it is made, and never again (PS3.4 table H.4.2.2.2.1-1)."""

_METAS = ("BasicGrayscalePrintManagementMeta", "BasicColorPrintManagementMeta")


class Printing(Provider):
    """Provider of print management.

    Parameters
    ----------
    printed : callable, optional
        Called with each `Page`, in order, by a thread of its own. What it raises makes the print job fail.
    dots : float
        Dots an inch of composed pages.
    name : str
        Printer Name.
    annotations : int
        How many annotation boxes a film box with an Annotation Display Format ID gets.
    strict : bool
        Refuse what lacks what it owes.
    memory : int
        Bytes that a film session may hold: the messages by which all came that it has, of the session, film boxes, image boxes, annotations and
        presentation LUTs, and 1 KiB for each of these. What is more is refused: an image with C605, all else with 0213.
    queue : int
        Bytes of pages that wait for being printed, of all associations together. What is more is refused with C601 or C602: the print queue is
        full (PS3.4 tables H.4-4, H.4-9).

    Examples
    --------
    >>> from radiogram.net.services import Printing
    >>> "1.2.840.10008.5.1.1.9" in Printing().contexts
    True
    """

    contexts = uids(
        *_METAS,
        "PresentationLUT",
        "BasicAnnotationBox",
        "PrintJob",
        "PrinterConfigurationRetrieval",
        "Printer",
    )
    classes = uids(*_CLASSES)

    def __init__(
        self,
        printed: Callable[[Page], object] | None = None,
        *,
        dots: float = 150.0,
        name: str = "RADIOGRAM",
        annotations: int = 6,
        strict: bool = True,
        memory: int = 1 << 30,
        queue: int = 4 << 30,
    ) -> None:
        self._memory = memory
        self._name_of = dict(zip(self.classes, _CLASSES, strict=True))
        self._uid_of = dict(zip(_CLASSES, self.classes, strict=True))
        self._dots = dots
        self._annotations = annotations
        self._strict = strict
        self._sessions: WeakKeyDictionary[Any, Session] = WeakKeyDictionary()
        self._listeners = Listeners(*self.contexts)
        self.jobs = Jobs(printed, self._listeners, self._uid_of["PrintJob"], name, most=queue)
        self.printer: Any = Dataset(
            {
                "PrinterStatus": "NORMAL",
                "PrinterStatusInfo": "NORMAL",
                "PrinterName": name,
                "Manufacturer": "radiogram",
            }
        )

    def _session(self, event: Event) -> Session:
        return self._sessions.setdefault(event.assoc, Session())

    def _class(self, uid: object) -> str:
        found = self._name_of.get(str(uid))
        if found is None:
            message = "print management has no such SOP class"
            raise RefusedError(message, NO_CLASS)
        return found

    # -- services ------------------------------------------------------------------------------------------------

    def n_create(self, event: Event) -> tuple[Status, Dataset | None]:
        """Create a film session, a film box or a presentation LUT."""
        name = self._class(event.request.AffectedSOPClassUID)
        uid = str(event.request.AffectedSOPInstanceUID or generate_uid())
        session, attributes = self._session(event), deepcopy(event.attribute_list)
        status, size = SUCCESS, encoded_size(attributes)
        if self._strict:
            check(name, "N-CREATE", attributes)
        if name == "BasicFilmSession":
            if session.uid:
                message = "the association has a film session"
                raise RefusedError(message, DUPLICATE_INSTANCE)
            session.ledger.check(("session", uid), attributes, size, self._memory)
            session.ledger.put(("session", uid), attributes, size)
            session.uid, session.attributes = uid, attributes
            made = attributes
            # PS3.4 table H.4.1.2.1.2: there is no memory to be allocated.
            status = 0xB600 if attributes.get("MemoryAllocation") else SUCCESS
        elif name == "BasicFilmBox":
            status = settled(attributes, with_defaults=True)
            made = self._new_film_box(event, session, uid, attributes, size)
        elif name == "PresentationLUT":
            if uid in session.luts:
                message = "there is such a presentation LUT"
                raise RefusedError(message, DUPLICATE_INSTANCE)
            session.forget_luts()
            _check_count(session.luts | session.referenced, "presentation LUTs")
            checked_lut(attributes)
            session.ledger.check(("lut", uid), attributes, size, self._memory)
            session.ledger.put(("lut", uid), attributes, size)
            session.luts[uid] = made = attributes
        else:
            message = f"{name} is not created by a user"
            raise RefusedError(message, 0x0211)
        return status, created(event, uid, made)

    def _new_film_box(
        self,
        event: Event,
        session: Session,
        uid: str,
        attributes: Any,  # noqa: ANN401  # a data set
        size: int,
    ) -> Dataset:
        if not session.uid:
            message = "a film box belongs to a film session"
            raise RefusedError(message, 0x0106, ["ReferencedFilmSessionSequence"])
        if uid in session.boxes:
            message = "there is such a film box"
            raise RefusedError(message, DUPLICATE_INSTANCE)
        of = attributes.get("ReferencedFilmSessionSequence")
        if of and str(of[0].get("ReferencedSOPInstanceUID")) != session.uid:
            message = "the film box refers to another film session"
            raise RefusedError(message, INVALID_VALUE, ["ReferencedFilmSessionSequence"])
        _check_count(session.boxes, "film boxes")
        self._lut(session.luts, attributes)
        said: Any = attributes.get("ImageDisplayFormat") or ""
        count = len(layout(said if isinstance(said, str) else "\\".join(map(str, said))))
        texts = self._annotations if attributes.get("AnnotationDisplayFormatID") else 0
        session.ledger.check(("film", uid), attributes, size, self._memory, others=count + texts)
        context = str(getattr(event.context, "abstract_syntax", ""))
        box = FilmBox(attributes, color=context == uids(_METAS[1])[0])
        kind = self._uid_of[_BOX_CLASSES[1 if box.color else 0]]
        for number in range(count):
            box.images[str(generate_uid())] = Dataset({"ImageBoxPosition": number + 1})
        attributes.ReferencedImageBoxSequence = [_reference(kind, one) for one in box.images]
        if texts:
            for number in range(texts):
                box.annotations[str(generate_uid())] = Dataset({"AnnotationPosition": number + 1})
            kind = self._uid_of["BasicAnnotationBox"]
            attributes.ReferencedBasicAnnotationBoxSequence = [
                _reference(kind, one) for one in box.annotations
            ]
        session.add_box(uid, box, size)
        return attributes  # type: ignore[no-any-return]  # a data set

    def n_set(self, event: Event) -> tuple[Status, Dataset | None]:
        """Change a film session or box; put an image or a text into its box."""
        name = self._class(event.request.RequestedSOPClassUID)
        uid, session = str(event.request.RequestedSOPInstanceUID), self._session(event)
        changes: Any = deepcopy(event.modification_list)
        status, size = SUCCESS, encoded_size(changes)
        if name == "BasicFilmSession":
            self._own(session, uid)
            session.ledger.check(("session", uid), changes, size, self._memory)
            session.ledger.put(("session", uid), changes, size)
            session.attributes.update(changes)
        elif name == "BasicFilmBox":
            box = self._film_box(session, uid)
            self._lut(session.luts, changes)
            # PS3.7 10.1.3.1.9: an N-SET has no such attributes.
            _check_same(box.attributes, changes, _LAID_OUT, NO_ATTRIBUTE)
            session.ledger.check(("film", uid), changes, size, self._memory)
            status = settled(changes)
            session.ledger.put(("film", uid), changes, size)
            box.attributes.update(changes)
        elif name in (*_BOX_CLASSES, "BasicAnnotationBox"):
            box, held = session.box_of(uid)
            if name != _class_of(box, held):
                message = "the box is of another SOP class"
                raise RefusedError(message, CLASS_CONFLICT)
            if name in _BOX_CLASSES and self._is_erased(changes):
                # An empty sequence takes the image out (PS3.4 H.4.3.1.2.1).
                held[uid] = Dataset({"ImageBoxPosition": held[uid].ImageBoxPosition})
                session.ledger.put(("box", uid))
                return SUCCESS, None
            if self._strict:
                check(name, "N-SET", changes)
            if name in _BOX_CLASSES:
                _check_same(held[uid], changes, ("ImageBoxPosition",))
                self._lut(session.luts, changes)
            # PS3.4 table H.4.3.1.2.1.2-1 has a status for images.
            full = 0xC605 if name in _BOX_CLASSES else NO_RESOURCES
            session.ledger.check(("box", uid), changes, size, self._memory, status=full)
            if name in _BOX_CLASSES:
                picture(changes)
                status = settled(changes)
            session.ledger.put(("box", uid), changes, size)
            held[uid].update(changes)
        else:
            message = f"{name} is not changed by a user"
            raise RefusedError(message, 0x0211)
        return status, None

    @staticmethod
    def _is_erased(changes: Dataset) -> bool:
        return any(name in changes and not changes.get(name) for name in SEQUENCES)

    def n_delete(self, event: Event) -> Status:
        """Take a film session, a film box or a presentation LUT away."""
        name = self._class(event.request.RequestedSOPClassUID)
        uid, session = str(event.request.RequestedSOPInstanceUID), self._session(event)
        if name == "BasicFilmSession":
            self._own(session, uid)
            self._sessions[event.assoc] = session.delete()
        elif name == "BasicFilmBox":
            self._film_box(session, uid)
            session.delete_box(uid)
        elif name == "PresentationLUT":
            if uid not in session.luts:
                message = "there is no such presentation LUT"
                raise RefusedError(message, NOT_FOUND)
            session.delete_lut(uid)
        else:
            message = f"{name} is not deleted by a user"
            raise RefusedError(message, 0x0211)
        return SUCCESS

    def n_action(self, event: Event) -> tuple[Status, Dataset | None]:
        """Print a film session or a film box."""
        if event.action_type != 1:
            message = "the one action is to print"
            raise RefusedError(message, NO_ACTION)
        name = self._class(event.request.RequestedSOPClassUID)
        uid, session = str(event.request.RequestedSOPInstanceUID), self._session(event)
        if name == "BasicFilmSession":
            self._own(session, uid)
            uids_of, full, empty = list(session.boxes), 0xC601, 0xB602
        elif name == "BasicFilmBox":
            self._film_box(session, uid)
            uids_of, full, empty = [uid], 0xC602, 0xB603
        else:
            message = "film sessions and film boxes are printed"
            raise RefusedError(message, NO_ACTION)
        if not uids_of:
            message = "the film session has no film box"
            raise RefusedError(message, 0xC600)
        # There is room before anything is composed.
        size = sum(self._size_of(session, one) for one in uids_of)
        self.jobs.reserve(size, full)
        try:
            status, pages = SUCCESS, []
            for box in (session.boxes[one] for one in uids_of):
                page, warning = self._composed(session, box)
                status = status or warning
                pages.append(page)
                if not any(image.get(name) for image in box.images.values() for name in SEQUENCES):
                    status = status or empty
                box.printed = True
            title = str(event.assoc.requestor.ae_title).strip()
            job = self.jobs.start(pages, session.attributes, title, event.assoc, size=size, full=full)
        except BaseException:
            self.jobs.release(size)
            raise
        made: Any = Dataset()
        made.ReferencedPrintJobSequence = [_reference(self._uid_of["PrintJob"], job)]
        return status, made

    def n_get(self, event: Event) -> tuple[Status, Dataset | None]:
        """Give what the printer, its configuration or a print job is."""
        name, uid = (
            self._class(event.request.RequestedSOPClassUID),
            str(event.request.RequestedSOPInstanceUID),
        )
        if name == "Printer" and uid == PRINTER:
            return wanted(self.printer, event.attribute_identifiers)
        if name == "PrintJob":
            return wanted(self.jobs.get(uid), event.attribute_identifiers)
        if name == "PrinterConfigurationRetrieval" and uid == _CONFIGURATION:
            return wanted(self.configuration(), event.attribute_identifiers)
        message = "there is no such SOP instance here"
        raise RefusedError(message, NOT_FOUND)

    def configuration(self) -> Dataset:
        """Give what the printer can do (PS3.4 table H.4-26)."""
        name = str(self.printer.PrinterName)
        return Configuration(name, self._dots, self.contexts).to_dataset()

    # -- pages ---------------------------------------------------------------------------------------------------

    def _size_of(self, session: Session, uid: str) -> int:
        """Give the bytes of a page: its samples, and what goes with it of its film box, the annotations and the session."""
        box, ledger = session.boxes[uid], session.ledger
        said = [("film", uid), ("session", session.uid), *(("box", one) for one in box.annotations)]
        return Film.size_of(box.attributes, dots=self._dots, color=box.color) + sum(map(ledger.of, said))

    def _composed(self, session: Session, box: FilmBox) -> tuple[Page, int]:
        luts = session.referenced | session.luts
        film = Film(box.attributes, dots=self._dots, color=box.color)
        for image in box.images.values():
            if any(image.get(name) for name in SEQUENCES):
                lut = self._lut(luts, image) or self._lut(luts, box.attributes)
                film.draw(int(image.ImageBoxPosition), image, picture(image, lut, film.densities(image)))
        texts = tuple(
            (int(one.AnnotationPosition), str(one.get("TextString") or ""))
            for one in box.annotations.values()
        )
        copies = int(session.attributes.get("NumberOfCopies") or 1)
        page = Page(film.page, deepcopy(box.attributes), deepcopy(session.attributes), texts, copies)
        return page, film.warning

    @staticmethod
    def _lut(luts: Mapping[str, Dataset], holder: Dataset) -> Dataset | None:
        """Give the presentation LUT that a box refers to; one that is not there is no reason to print without it."""
        uid = lut_of(holder)
        if not uid:
            return None
        found = luts.get(uid)
        if found is None:
            message = "there is no such presentation LUT on this association"
            raise RefusedError(message, INVALID_VALUE, ["ReferencedPresentationLUTSequence"])
        return found

    @staticmethod
    def _own(session: Session, uid: str) -> None:
        if not session.uid or session.uid != uid:
            message = "there is no such film session on this association"
            raise RefusedError(message, NOT_FOUND)

    @staticmethod
    def _film_box(session: Session, uid: str) -> FilmBox:
        found = session.boxes.get(uid)
        if found is None:
            message = "there is no such film box in this session"
            raise RefusedError(message, NOT_FOUND)
        return found

    # -- associations --------------------------------------------------------------------------------------------

    def established(self, association: Any) -> None:  # noqa: ANN401  # of any face
        """Hear of those that want to know of jobs and the printer."""
        self._listeners.add(association)

    def ended(self, association: Any) -> None:  # noqa: ANN401
        """Forget a session with its association (PS3.4 H.2.2)."""
        self._listeners.remove(association)
        self._sessions.pop(association, None)

    def change_status(self, status: str, info: str) -> None:
        """Say that the printer is ``NORMAL``, ``WARNING`` or ``FAILURE``, and report it (PS3.4 table H.4-16)."""
        self.printer.PrinterStatus, self.printer.PrinterStatusInfo = status, info
        event = {"NORMAL": 1, "WARNING": 2, "FAILURE": 3}[status]
        said = (
            Dataset({"PrinterStatusInfo": info, "PrinterName": self.printer.PrinterName})
            if event > 1
            else None
        )
        self._listeners.tell(said, event, self._uid_of["Printer"], PRINTER, *self.contexts[:2])

    def close(self) -> None:
        """Wait for jobs, and send what waits."""
        self.jobs.close()
        self._listeners.close()

    def sessions(self) -> Iterator[Dataset]:
        """Yield the attributes of film sessions that are open."""
        yield from (session.attributes for session in list(self._sessions.values()) if session.uid)


def _class_of(box: FilmBox, held: dict[str, Dataset]) -> str:
    if held is box.annotations:
        return "BasicAnnotationBox"
    return _BOX_CLASSES[1 if box.color else 0]


def _check_same(
    before: Dataset, changes: Dataset, keywords: tuple[str, ...], status: int = INVALID_VALUE
) -> None:
    """Refuse another value of what lays a film out: a picture is where its box was made, or it is not printed."""
    for keyword in keywords:
        if keyword in changes and changes[keyword].value != before.get(keyword):
            message = f"{keyword} is that of the box"
            raise RefusedError(message, status, [keyword])


def _check_count(held: dict[str, Any], what: str) -> None:
    if len(held) >= MOST_FILMS:
        message = f"an association has too many {what}"
        raise RefusedError(message, NO_RESOURCES)


def _reference(sop_class: str, uid: str) -> Dataset:
    return Dataset({"ReferencedSOPClassUID": sop_class, "ReferencedSOPInstanceUID": uid})
