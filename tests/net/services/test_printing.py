"""Print management: sessions, boxes, pages as arrays, jobs (PS3.4 H)."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
import radiogram as rg
from radiogram.net.handlers import answering
from radiogram.net.services import Page, Printing, RefusedError, uids
from radiogram.net.services.pages import Film, film_size, layout
from radiogram.net.services.print_image import picture
from radiogram.net.services.printing import PRINTER

from .fakes import Asked, Association

META, COLOR = Printing.contexts[:2]
SESSION, FILM, BOX, COLOR_BOX, ANNOTATION, JOB, PRINTER_CLASS, LUT, CONFIGURATION = Printing.classes


def image(pixels: np.ndarray[Any, Any], **elements: Any) -> rg.Dataset:
    photometric = "RGB" if pixels.ndim == 3 else None
    item = rg.Dataset.new("SecondaryCaptureImageStorage", pixels=pixels, photometric=photometric)
    keywords = (
        "SamplesPerPixel",
        "PhotometricInterpretation",
        "Rows",
        "Columns",
        "BitsAllocated",
        "BitsStored",
        "HighBit",
    )
    made = rg.Dataset({keyword: item[keyword].value for keyword in (*keywords, "PixelRepresentation")})
    if "PlanarConfiguration" in item:
        made.PlanarConfiguration = item.PlanarConfiguration
    made.add_new(0x7FE00010, "OW" if pixels.dtype.itemsize > 1 else "OB", item.PixelData)
    for keyword, value in elements.items():
        setattr(made, keyword, value)
    return made


class Printer:
    """A printer that is asked, and the pages that it printed."""

    def __init__(self, *, meta: str = META, **options: Any) -> None:
        self.pages: list[Page] = []
        self.provider = Printing(self.pages.append, dots=10, **options)
        self.association = Association(META, uids("PrintJob")[0])
        self.provider.established(self.association)
        self.asked = Asked(self.provider, association=self.association)
        self.meta = meta

    def film(self, form: str = "STANDARD\\2,1", **elements: Any) -> Any:
        assert (
            self.asked.status("n_create", SESSION, "1.1", attribute_list=rg.Dataset({"NumberOfCopies": "2"}))
            == 0
        )
        return self.box("1.2", form, **elements)

    def box(self, uid: str, form: str, **elements: Any) -> Any:
        session = rg.Dataset({"ReferencedSOPClassUID": SESSION, "ReferencedSOPInstanceUID": "1.1"})
        box = rg.Dataset(
            {
                "ImageDisplayFormat": form,
                "ReferencedFilmSessionSequence": [session],
                "FilmSizeID": "8INX10IN",
                **elements,
            }
        )
        from types import SimpleNamespace

        status, made = self.asked.ask(
            "n_create", FILM, uid, attribute_list=box, context=SimpleNamespace(abstract_syntax=self.meta)
        )
        assert status == 0, status
        return made

    def put(self, uid: str, position: int, item: rg.Dataset, *, sop_class: str = BOX, **elements: Any) -> int:
        name = "BasicGrayscaleImageSequence" if sop_class == BOX else "BasicColorImageSequence"
        changes = rg.Dataset({"ImageBoxPosition": position, name: [item], **elements})
        return self.asked.status("n_set", sop_class, uid, modification_list=changes)

    def print(self, uid: str = "1.2", sop_class: str = FILM) -> int:
        return self.asked.status("n_action", sop_class, uid, action_type=1)


def test_a_film_is_printed() -> None:
    printer = Printer()
    boxes = printer.film().ReferencedImageBoxSequence
    assert [str(one.ReferencedSOPClassUID) for one in boxes] == [BOX, BOX]
    assert printer.put(boxes[0].ReferencedSOPInstanceUID, 1, image(np.full((10, 10), 255, np.uint8))) == 0
    dark = image(np.zeros((10, 10), np.uint16), PhotometricInterpretation="MONOCHROME1")
    assert printer.put(boxes[1].ReferencedSOPInstanceUID, 2, dark) == 0
    assert printer.print() == 0
    printer.provider.close()
    (page,) = printer.pages
    assert (page.array.shape, page.array.dtype, page.copies) == ((100, 80), np.uint16, 2)
    assert page.array[50, 20] == page.array[50, 60] == 65535
    assert page.array[5, 20] == 0, "around them it is black"
    assert [told[1] for told in printer.association.reports] == [2, 3], "printing, done"


def test_what_is_missing_or_not_there() -> None:
    printer = Printer()
    assert printer.asked.status("n_create", FILM, "1.2", attribute_list=rg.Dataset()) == 0x0120
    assert printer.print() == 0x0112
    boxes = printer.film().ReferencedImageBoxSequence
    assert printer.asked.status("n_create", SESSION, "1.3", attribute_list=rg.Dataset()) == 0x0111
    assert printer.print() == 0xB603, "a page without images"
    item = image(np.zeros((4, 4), np.uint8))
    del item.Rows
    assert printer.put(boxes[0].ReferencedSOPInstanceUID, 1, item) == 0x0120
    assert printer.put("1.2.3", 1, image(np.zeros((4, 4), np.uint8))) == 0x0112
    short = image(np.zeros((4, 4), np.uint8), Rows=400)
    assert printer.put(boxes[0].ReferencedSOPInstanceUID, 1, short) == 0xC605
    assert printer.asked.status("n_action", FILM, "1.2", action_type=2) == 0x0123
    assert printer.asked.status("n_delete", FILM, "1.2") == 0
    assert printer.print("1.1", SESSION) == 0xC600
    assert printer.asked.status("n_delete", SESSION, "1.1") == 0
    assert printer.asked.status("n_set", SESSION, "1.1", modification_list=rg.Dataset()) == 0x0112


def test_images_larger_than_their_box() -> None:
    big = image(np.full((400, 400), 255, np.uint8))
    for behaviour, status in (("DECIMATE", 0xB60A), ("CROP", 0xB609), ("FAIL", 0xC603)):
        printer = Printer()
        box = printer.film("STANDARD\\1,1").ReferencedImageBoxSequence[0].ReferencedSOPInstanceUID
        assert (
            printer.put(box, 1, big, MagnificationType="NONE", RequestedDecimateCropBehavior=behaviour) == 0
        )
        assert printer.print() == status


def test_colour() -> None:
    printer = Printer(meta=COLOR)
    box = printer.film("STANDARD\\1,1").ReferencedImageBoxSequence[0]
    assert str(box.ReferencedSOPClassUID) == COLOR_BOX
    red = np.zeros((8, 8, 3), np.uint8)
    red[..., 0] = 255
    item = image(red, PlanarConfiguration=0)
    assert printer.put(box.ReferencedSOPInstanceUID, 1, item, sop_class=COLOR_BOX) == 0
    assert printer.print() == 0
    printer.provider.close()
    assert printer.pages[0].array[50, 40].tolist() == [65535, 0, 0]


def test_annotations_luts_and_the_printer() -> None:
    printer = Printer()
    made = printer.film("STANDARD\\1,1", AnnotationDisplayFormatID="LABEL")
    text = made.ReferencedBasicAnnotationBoxSequence[0].ReferencedSOPInstanceUID
    changes = rg.Dataset({"AnnotationPosition": 1, "TextString": "LEFT"})
    assert printer.asked.status("n_set", ANNOTATION, text, modification_list=changes) == 0
    assert printer.asked.status("n_create", LUT, "1.7", attribute_list=rg.Dataset()) == 0x0120
    assert (
        printer.asked.status(
            "n_create", LUT, "1.7", attribute_list=rg.Dataset({"PresentationLUTShape": "LIN OD"})
        )
        == 0
    )
    said = [rg.Dataset({"ReferencedSOPClassUID": LUT, "ReferencedSOPInstanceUID": "1.7"})]
    box = made.ReferencedImageBoxSequence[0].ReferencedSOPInstanceUID
    grey = image(np.full((8, 8), 128, np.uint8))
    assert printer.put(box, 1, grey, ReferencedPresentationLUTSequence=said) == 0
    status, made = printer.asked.ask("n_action", SESSION, "1.1", action_type=1)
    assert status == 0
    job = made.ReferencedPrintJobSequence[0].ReferencedSOPInstanceUID
    printer.provider.close()
    assert printer.pages[0].annotations[0] == (1, "LEFT")
    assert 1000 < printer.pages[0].array[50, 40] < 3000, "half of three densities"
    assert printer.asked.ask("n_get", JOB, job, attribute_identifiers=[])[1].ExecutionStatus == "DONE"
    status, found = printer.asked.ask("n_get", PRINTER_CLASS, PRINTER, attribute_identifiers=[0x21100010])
    assert (status, found.PrinterStatus, len(found)) == (0, "NORMAL", 1)
    assert (
        printer.asked.status("n_get", CONFIGURATION, "1.2.840.10008.5.1.1.17.376", attribute_identifiers=[])
        == 0
    )


def test_a_job_whose_page_cannot_be_printed_says_so() -> None:
    printer = Printer()
    printer.provider.jobs._printed = lambda _page: 1 / 0
    printer.film("STANDARD\\1,1")
    _, made = printer.asked.ask("n_action", FILM, "1.2", action_type=1)
    printer.provider.close()
    job = made.ReferencedPrintJobSequence[0].ReferencedSOPInstanceUID
    assert printer.provider.jobs.get(job).ExecutionStatus == "FAILURE"


def test_a_session_ends_with_its_association() -> None:
    printer = Printer()
    printer.film()
    printer.provider.ended(printer.association)
    assert printer.print() == 0x0112


def test_layouts() -> None:
    assert [
        len(layout(form)) for form in ("STANDARD\\3,2", "ROW\\1,3", "COL\\2,1,1", "SLIDE", "SUPERSLIDE")
    ] == [6, 4, 4, 6, 4]
    assert layout("COL\\2,1")[2] == layout("STANDARD\\2,1")[1]
    unlikely = ("STANDARD\\0,9999999999", "STANDARD\\1,99999999", "ROW\\9999999999", "STANDARD\\1,x")
    for form in ("", "STANDARD\\0,1", "STANDARD\\1", "CUSTOM\\1", "STANDARD\\100,100", *unlikely):
        with pytest.raises(RefusedError):
            layout(form)
    assert film_size("14INX17IN", "PORTRAIT", 100) == (1700, 1400)
    with pytest.raises(RefusedError):
        film_size("HUGE", "PORTRAIT", 100)


def test_densities_and_aspects() -> None:
    film = Film(
        rg.Dataset(
            {"ImageDisplayFormat": "STANDARD\\1,1", "FilmSizeID": "8INX10IN", "BorderDensity": "WHITE"}
        ),
        dots=10,
    )
    assert (film.page[0, 0], film.page[50, 40]) == (65535, 0)
    assert film.grey(0) == 65535
    assert film.grey(300) == 0
    tall = image(np.array([[0, 255]], np.uint8), PixelAspectRatio=[2, 1])
    assert picture(rg.Dataset({"BasicGrayscaleImageSequence": [tall]})).shape == (2, 2)
    reverse = rg.Dataset(
        {"BasicGrayscaleImageSequence": [image(np.array([[0, 255]], np.uint8))], "Polarity": "REVERSE"}
    )
    assert picture(reverse).tolist() == [[65535, 0]]


def test_what_a_peer_asks_for_is_bounded() -> None:
    with pytest.raises(RefusedError, match="larger than what is composed"):
        film_size("218INX218IN", "PORTRAIT", 150)
    tall = image(np.zeros((4, 4), np.uint8), PixelAspectRatio=[2147483647, 1])
    with pytest.raises(RefusedError, match="far from being square"):
        picture(rg.Dataset({"BasicGrayscaleImageSequence": [tall]}))
    printer = Printer(memory=10_000)
    boxes = [str(one.ReferencedSOPInstanceUID) for one in printer.film().ReferencedImageBoxSequence]
    assert printer.put(boxes[0], 1, image(np.zeros((60, 60), np.uint8))) == 0
    assert printer.put(boxes[0], 1, image(np.zeros((61, 60), np.uint8))) == 0, "in its place"
    assert printer.put(boxes[1], 2, image(np.zeros((60, 60), np.uint8))) == 0xC605
    printer = Printer()
    ds = rg.Dataset({"PresentationLUTShape": "IDENTITY"})
    statuses = [printer.asked.status("n_create", LUT, f"1.7.{n}", attribute_list=ds) for n in range(257)]
    assert (set(statuses[:256]), statuses[256]) == ({0}, 0x0213)


def test_a_lut_that_was_deleted_is_there_for_the_box_that_refers_to_it_and_for_no_other() -> None:
    printer = Printer()
    boxes = [str(one.ReferencedSOPInstanceUID) for one in printer.film().ReferencedImageBoxSequence]
    ds = rg.Dataset({"PresentationLUTShape": "LIN OD"})
    said = [rg.Dataset({"ReferencedSOPClassUID": LUT, "ReferencedSOPInstanceUID": "1.7"})]
    grey = image(np.full((8, 8), 128, np.uint8))
    assert printer.asked.status("n_create", LUT, "1.7", attribute_list=ds) == 0
    assert printer.put(boxes[0], 1, grey, ReferencedPresentationLUTSequence=said) == 0
    assert printer.asked.status("n_delete", LUT, "1.7") == 0
    assert printer.put(boxes[1], 2, grey, ReferencedPresentationLUTSequence=said) == 0x0106
    for n in range(300):
        assert printer.asked.status("n_create", LUT, f"1.8.{n}", attribute_list=ds) == 0, n
        assert printer.asked.status("n_delete", LUT, f"1.8.{n}") == 0
    assert printer.print() == 0
    printer.provider.close()
    assert 1000 < printer.pages[0].array[50, 20] < 3000, "half of three densities"


def test_a_job_goes_on_its_way_after_the_answer_that_names_it() -> None:
    printer = Printer()
    printer.film("STANDARD\\1,1")
    with answering():
        _, made = printer.asked.ask("n_action", FILM, "1.2", action_type=1)
        job = str(made.ReferencedPrintJobSequence[0].ReferencedSOPInstanceUID)
        time.sleep(0.05)
        assert printer.provider.jobs.get(job).ExecutionStatus == "PENDING"
        assert not printer.association.reports
    printer.provider.close()
    assert printer.provider.jobs.get(job).ExecutionStatus == "DONE"


def test_the_middle_of_an_image_is_printed_where_it_is_cropped_however_large_it_was_asked_for() -> None:
    half = np.zeros((40, 40), np.uint8)
    half[:, 20:] = 255
    printer = Printer()
    box = printer.film("STANDARD\\1,1").ReferencedImageBoxSequence[0].ReferencedSOPInstanceUID
    more = {"RequestedImageSize": "100000000", "RequestedDecimateCropBehavior": "CROP"}
    assert printer.put(box, 1, image(half), MagnificationType="REPLICATE", **more) == 0
    assert printer.print() == 0xB609
    printer.provider.close()
    row = printer.pages[0].array[50]
    assert (row[20], row[60], row.max()) == (0, 0, 0), "one pixel of it, left of the middle"
