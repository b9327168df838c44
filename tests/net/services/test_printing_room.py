"""What a peer can make a printer hold: all that it says counts, whatever it says it of, and so do pages that wait."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import radiogram as rg

from tests.programs import until

from .test_printing import ANNOTATION, BOX, FILM, LUT, SESSION, Printer, image

if TYPE_CHECKING:
    from radiogram.net.services import Page

ROOM = 100_000
MANY = 60_000


def junk(size: int = 2 * MANY, **more: Any) -> rg.Dataset:
    """Give attributes with bytes that mean nothing to a printer."""
    ds = rg.Dataset(more)
    ds.add_new(0x00090010, "LO", "SOMEBODY")
    ds.add_new(0x00091001, "OB", bytes(size))
    return ds


def held(printer: Printer) -> int:
    return sum(session.ledger.total for session in printer.provider._sessions.values())


def table(size: int) -> rg.Dataset:
    item = rg.Dataset({"LUTDescriptor": [size // 2, 0, 16]})
    item.add_new(0x00283006, "OW", bytes(size))
    return rg.Dataset({"PresentationLUTSequence": [item]})


def test_whatever_is_said_counts() -> None:
    printer = Printer(memory=ROOM)
    asked = printer.asked
    assert asked.status("n_create", SESSION, "1.1", attribute_list=junk()) == 0x0213
    film = printer.film(AnnotationDisplayFormatID="A")
    boxes = [str(one.ReferencedSOPInstanceUID) for one in film.ReferencedImageBoxSequence]
    text = str(film.ReferencedBasicAnnotationBoxSequence[0].ReferencedSOPInstanceUID)
    before = held(printer)
    small = image(np.zeros((4, 4), np.uint8))
    assert printer.put(boxes[0], 1, small, PatientComments="X" * 2 * MANY) == 0xC605
    assert printer.put(boxes[0], 1, image(np.zeros((4, 4), np.uint8), PatientComments="X" * ROOM)) == 0xC605
    for sop_class, uid in ((SESSION, "1.1"), (FILM, "1.2")):
        assert asked.status("n_set", sop_class, uid, modification_list=junk()) == 0x0213
    said = junk(AnnotationPosition=1, TextString="text")
    assert asked.status("n_set", ANNOTATION, text, modification_list=said) == 0x0213
    assert asked.status("n_create", LUT, "1.7", attribute_list=table(2 * MANY)) == 0x0213
    assert held(printer) == before, "what was refused is not held"
    assert asked.status("n_delete", LUT, "1.7") == 0x0112
    assert printer.put(boxes[0], 1, small) == 0
    assert printer.print() == 0
    printer.provider.close()


def test_film_boxes_count_with_all_that_is_on_them() -> None:
    printer = Printer(memory=ROOM)
    printer.film("STANDARD\\1,1")
    session = rg.Dataset({"ReferencedSOPClassUID": SESSION, "ReferencedSOPInstanceUID": "1.1"})
    many = rg.Dataset(
        {
            "ImageDisplayFormat": "STANDARD\\16,16",
            "FilmSizeID": "8INX10IN",
            "ReferencedFilmSessionSequence": [session],
        }
    )
    assert printer.asked.status("n_create", FILM, "1.3", attribute_list=many) == 0x0213
    assert len(printer.box("1.3", "STANDARD\\4,4").ReferencedImageBoxSequence) == 16


def test_what_is_deleted_is_room_for_others() -> None:
    printer = Printer(memory=ROOM)
    printer.film("STANDARD\\1,1")
    before = held(printer)
    for _ in range(3):
        assert printer.asked.status("n_create", LUT, "1.7", attribute_list=table(MANY)) == 0
        assert printer.asked.status("n_create", LUT, "1.8", attribute_list=table(MANY)) == 0x0213
        assert printer.asked.status("n_delete", LUT, "1.7") == 0
        assert held(printer) == before
    for _ in range(3):
        printer.box("1.3", "STANDARD\\2,2", AnnotationDisplayFormatID="A")
        assert printer.asked.status("n_set", FILM, "1.3", modification_list=junk(MANY)) == 0
        assert printer.asked.status("n_set", FILM, "1.2", modification_list=junk(MANY)) == 0x0213
        assert printer.asked.status("n_delete", FILM, "1.3") == 0
        assert held(printer) == before
    assert printer.asked.status("n_delete", SESSION, "1.1") == 0
    assert held(printer) == 0


def test_a_deleted_lut_counts_as_long_as_a_box_refers_to_it() -> None:
    printer = Printer(memory=ROOM)
    (box,) = printer.film("STANDARD\\1,1").ReferencedImageBoxSequence
    asked = printer.asked
    said = [rg.Dataset({"ReferencedSOPClassUID": LUT, "ReferencedSOPInstanceUID": "1.7"})]
    grey = image(np.zeros((4, 4), np.uint8))
    assert asked.status("n_create", LUT, "1.7", attribute_list=table(MANY)) == 0
    uid = str(box.ReferencedSOPInstanceUID)
    assert printer.put(uid, 1, grey, ReferencedPresentationLUTSequence=said) == 0
    assert asked.status("n_delete", LUT, "1.7") == 0
    assert asked.status("n_create", LUT, "1.8", attribute_list=table(MANY)) == 0x0213
    empty = rg.Dataset({"ImageBoxPosition": 1, "BasicGrayscaleImageSequence": None})
    assert asked.status("n_set", BOX, uid, modification_list=empty) == 0
    assert (
        asked.status("n_create", LUT, "1.9", attribute_list=rg.Dataset({"PresentationLUTShape": "LIN OD"}))
        == 0
    )
    assert asked.status("n_create", LUT, "1.8", attribute_list=table(MANY)) == 0


def test_one_value_keeps_its_message() -> None:
    printer = Printer(memory=ROOM)
    printer.film("STANDARD\\1,1")
    asked = printer.asked
    assert asked.status("n_set", FILM, "1.2", modification_list=junk(MANY, Trim="YES")) == 0
    assert asked.status("n_set", FILM, "1.2", modification_list=junk(2)) == 0
    assert asked.status("n_set", SESSION, "1.1", modification_list=junk(MANY)) == 0x0213, "Trim holds it"
    assert asked.status("n_set", FILM, "1.2", modification_list=rg.Dataset({"Trim": "NO"})) == 0
    assert asked.status("n_set", SESSION, "1.1", modification_list=junk(MANY)) == 0


@pytest.mark.parametrize(("uid", "sop_class", "full"), [("1.2", FILM, 0xC602), ("1.1", SESSION, 0xC601)])
def test_pages_that_wait_count(uid: str, sop_class: str, full: int) -> None:
    gate, printed = threading.Event(), []

    def prints(page: Page) -> None:
        assert gate.wait(20)
        printed.append(page)

    # A page of 8 by 10 inches at ten dots an inch is 16,000 bytes.
    printer = Printer(queue=50_000)
    printer.provider.jobs._printed = prints
    printer.film("STANDARD\\1,1")
    assert printer.print(uid, sop_class) in (0xB603, 0xB602)
    assert 16_000 < printer.provider.jobs.held < 25_000
    assert printer.print(uid, sop_class) in (0xB603, 0xB602)
    assert printer.print(uid, sop_class) == full
    gate.set()
    until(lambda: printer.provider.jobs.held == 0, "all is printed")
    assert printer.print(uid, sop_class) in (0xB603, 0xB602)
    printer.provider.close()
    assert (len(printed), printer.provider.jobs.held) == (3, 0)


def test_a_page_that_cannot_be_composed_takes_no_room() -> None:
    printer = Printer(queue=50_000)
    (box,) = printer.film("STANDARD\\1,1").ReferencedImageBoxSequence
    uid = str(box.ReferencedSOPInstanceUID)
    more = {"RequestedImageSize": "100000000", "RequestedDecimateCropBehavior": "FAIL"}
    assert printer.put(uid, 1, image(np.zeros((4, 4), np.uint8)), **more) == 0
    for _ in range(5):
        assert printer.print() == 0xC603
    assert printer.provider.jobs.held == 0
    printer.provider.close()


def test_what_is_remembered_of_a_job_is_short() -> None:
    printer = Printer()
    label = rg.Dataset({"FilmSessionLabel": "L" * 5000, "PrintPriority": "HIGH"})
    assert printer.asked.status("n_create", SESSION, "1.1", attribute_list=label) == 0
    printer.box("1.2", "STANDARD\\1,1")
    _, made = printer.asked.ask("n_action", FILM, "1.2", action_type=1)
    printer.provider.close()
    job: Any = printer.provider.jobs.get(str(made.ReferencedPrintJobSequence[0].ReferencedSOPInstanceUID))
    assert (job.FilmSessionLabel, job.PrintPriority) == ("L" * 64, "HIGH")
