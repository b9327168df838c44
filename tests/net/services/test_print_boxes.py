"""What of a film box and of the boxes on it cannot be changed: where they are, of which class, on which film (PS3.4 H.4)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import radiogram as rg

from .test_printing import ANNOTATION, COLOR_BOX, FILM, SESSION, Printer, image

GREY = np.full((4, 4), 255, np.uint8)


def boxes_of(film: Any) -> list[str]:
    return [str(one.ReferencedSOPInstanceUID) for one in film.ReferencedImageBoxSequence]


def test_an_image_is_where_its_box_is_or_nowhere() -> None:
    printer = Printer()
    first, second = boxes_of(printer.film())
    assert printer.put(first, 2, image(GREY)) == 0x0106, "it would be drawn over the other one"
    assert printer.put(second, 99, image(GREY)) == 0x0106
    assert printer.put(second, 2, image(GREY)) == 0
    assert printer.print() == 0
    printer.provider.close()
    assert (printer.pages[0].array[50, 20], printer.pages[0].array[50, 60]) == (0, 65535)


@pytest.mark.parametrize(
    ("keyword", "value"),
    [("ImageDisplayFormat", "STANDARD\\1,1"), ("FilmSizeID", "14INX17IN"), ("FilmOrientation", "LANDSCAPE")],
)
def test_a_film_is_laid_out_once(keyword: str, value: str) -> None:
    printer = Printer()
    _, second = boxes_of(printer.film())
    assert printer.put(second, 2, image(GREY)) == 0
    for changes, status in ({keyword: value}, 0x0105), ({"FilmSizeID": "8INX10IN", "Trim": "YES"}, 0):
        assert printer.asked.status("n_set", FILM, "1.2", modification_list=rg.Dataset(changes)) == status
    assert printer.print() == 0, "the box is still there"


def test_a_box_is_of_one_class() -> None:
    printer = Printer()
    film = printer.film(AnnotationDisplayFormatID="LABEL")
    box = boxes_of(film)[0]
    note = str(film.ReferencedBasicAnnotationBoxSequence[0].ReferencedSOPInstanceUID)
    text = rg.Dataset({"AnnotationPosition": 1, "TextString": "x"})
    assert printer.asked.status("n_set", ANNOTATION, box, modification_list=text) == 0x0119
    assert printer.put(note, 1, image(GREY)) == 0x0119
    colours = image(np.zeros((4, 4, 3), np.uint8), PlanarConfiguration=0)
    assert printer.put(box, 1, colours, sop_class=COLOR_BOX) == 0x0119, "the film is grey"
    # PS3.4 H.4.4: which text is where is for the user to say.
    text.AnnotationPosition = 2
    assert printer.asked.status("n_set", ANNOTATION, note, modification_list=text) == 0


def test_a_film_box_is_of_the_session_that_it_names() -> None:
    printer = Printer()
    printer.film()
    other = rg.Dataset({"ReferencedSOPClassUID": SESSION, "ReferencedSOPInstanceUID": "9.9"})
    box = rg.Dataset({"ImageDisplayFormat": "STANDARD\\1,1", "ReferencedFilmSessionSequence": [other]})
    assert printer.asked.status("n_create", FILM, "1.3", attribute_list=box) == 0x0106
    assert printer.asked.status("n_delete", FILM, "1.3") == 0x0112


@pytest.mark.parametrize(
    ("keyword", "value"), [("PhotometricInterpretation", "RGB"), ("PixelRepresentation", 1), ("HighBit", 3)]
)
def test_an_image_of_another_kind_is_not_printed_as_what_it_is_not(keyword: str, value: object) -> None:
    printer = Printer()
    box = boxes_of(printer.film())[0]
    assert printer.put(box, 1, image(GREY, **{keyword: value})) == 0x0106


def test_colours_that_are_none_of_red_green_and_blue_are_not_printed_as_such() -> None:
    printer = Printer(meta="1.2.840.10008.5.1.1.18")
    box = boxes_of(printer.film())[0]
    colours = image(np.zeros((4, 4, 3), np.uint8), PlanarConfiguration=0)
    assert printer.put(box, 1, colours, sop_class=COLOR_BOX) == 0
    assert printer.put(box, 1, image(GREY)) == 0x0119
    colours.PhotometricInterpretation = "YBR_FULL"
    assert printer.put(box, 1, colours, sop_class=COLOR_BOX) == 0x0106
