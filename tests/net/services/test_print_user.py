"""Printing on printers that do not do as they should (PS3.4 H)."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pytest
import radiogram as rg
from radiogram.net.services import RefusedError
from radiogram.net.services.print_user import FilmSession, image_item

from .test_printing import BOX, FILM, SESSION

IMAGES = [image_item(np.zeros((4, 4), np.uint8))] * 2


class Printer:
    """An association with a printer that answers as it is told to, and what it was asked."""

    is_established = True

    def __init__(self, boxes: int | None = 2, **statuses: int) -> None:
        self.asked: list[tuple[str, str]] = []
        self._boxes, self._statuses = boxes, statuses

    def _answer(self, service: str, sop_class: str) -> rg.Dataset:
        self.asked.append((service, sop_class))
        return rg.Dataset({"Status": self._statuses.get(service, 0) if sop_class != SESSION else 0})

    def send_n_create(self, _ds: Any, sop_class: str, _uid: str, **_: Any) -> Any:
        made = None
        if sop_class == FILM and self._boxes is not None:
            box = rg.Dataset({"ReferencedSOPClassUID": BOX, "ReferencedSOPInstanceUID": "1.2"})
            made = rg.Dataset({"ReferencedImageBoxSequence": [box] * self._boxes})
        return self._answer("create", sop_class), made

    def send_n_set(self, _ds: Any, sop_class: str, _uid: str, **_: Any) -> Any:
        return self._answer("set", sop_class), None

    def send_n_action(self, _ds: Any, _action: int, sop_class: str, _uid: str, **_: Any) -> Any:
        return self._answer("action", sop_class), None

    def send_n_delete(self, sop_class: str, _uid: str, **_: Any) -> Any:
        return self._answer("delete", sop_class)


@pytest.mark.parametrize("boxes", [None, 0, 1])
def test_images_for_which_there_is_no_box_are_not_left_out(boxes: int | None) -> None:
    printer = Printer(boxes)
    session = FilmSession(printer)
    with pytest.raises(RefusedError, match=f"the printer made {boxes or 0} image boxes for 2 images"):
        list(session.film(IMAGES, "STANDARD\\2,1"))
    assert [service for service, sop_class in printer.asked if sop_class != SESSION] == ["create", "delete"]


@pytest.mark.parametrize("service", ["set", "action"])
def test_a_film_that_is_refused_is_not_left_behind(service: str) -> None:
    printer = Printer(**{service: 0xC605})
    with pytest.raises(RefusedError, match="C605"):
        list(FilmSession(printer).film(IMAGES, "STANDARD\\2,1"))
    assert printer.asked[-1] == ("delete", FILM)
    assert ("action", FILM) not in printer.asked or service == "action"


def test_what_a_printer_warns_of_is_said(caplog: pytest.LogCaptureFixture) -> None:
    printer = Printer(set=0xB609, action=0xB60A)
    with caplog.at_level(logging.WARNING, "radiogram.net"):
        assert list(FilmSession(printer).film(IMAGES[:1])) == [""]
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 2
    assert "cropped" in said[0]
    assert "(B609)" in said[0]
    assert "(B60A)" in said[1]
