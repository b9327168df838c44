"""Answers a worklist query from a list in a file of JSON: `findscp.py PORT ITEMS.json`."""

from __future__ import annotations

import argparse
import json
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radiogram import Dataset
from radiogram.net import AE, evt
from radiogram.net.sop_class import ModalityWorklistInformationFind

if TYPE_CHECKING:
    from collections.abc import Iterator


def handle_find(event: Any, items: list[dict[str, str]]) -> Iterator[tuple[int, Dataset | None]]:  # noqa: ANN401
    """Yield what matches, until the peer has enough."""
    query = event.identifier
    for item in items:
        asked = {element.keyword: str(element.value or "") for element in query if element.VR != "SQ"}
        if any(value and not fnmatchcase(item.get(key, ""), value) for key, value in asked.items()):
            continue
        if event.is_cancelled:
            yield 0xFE00, None
            return
        answer = Dataset()
        for key in asked:
            setattr(answer, key, item.get(key, ""))
        yield 0xFF00, answer


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("items", type=Path)
    parser.add_argument("-aet", default="FINDSCP")
    given = parser.parse_args()
    items = json.loads(given.items.read_text(encoding="utf-8"))
    ae = AE(ae_title=given.aet)
    ae.add_supported_context(ModalityWorklistInformationFind)
    handlers = [(evt.EVT_C_FIND, handle_find, [items])]
    ae.start_server(("127.0.0.1", given.port), block=True, evt_handlers=handlers)


if __name__ == "__main__":
    main()
