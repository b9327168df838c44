"""A small archive over a folder: `qrscp.py PORT FOLDER --peer TITLE=HOST:PORT`. It takes instances, finds them, and gives and sends them."""

from __future__ import annotations

import argparse
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radiogram import Dataset, dcmread
from radiogram.net import AE, ALL_TRANSFER_SYNTAXES, AllStoragePresentationContexts, build_context, evt
from radiogram.net.sop_class import (
    CTImageStorage,
    PatientRootQueryRetrieveInformationModelFind,
    PatientRootQueryRetrieveInformationModelGet,
    PatientRootQueryRetrieveInformationModelMove,
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelGet,
    StudyRootQueryRetrieveInformationModelMove,
    Verification,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

QUERIES = (
    PatientRootQueryRetrieveInformationModelFind,
    PatientRootQueryRetrieveInformationModelGet,
    PatientRootQueryRetrieveInformationModelMove,
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelGet,
    StudyRootQueryRetrieveInformationModelMove,
)
SYNTAXES = [*ALL_TRANSFER_SYNTAXES[1:], ALL_TRANSFER_SYNTAXES[0]]
"""An acceptor takes the first of its own that is proposed: explicit before implicit VR, which is what most files are in."""
UNIQUE = {
    "PATIENT": "PatientID",
    "STUDY": "StudyInstanceUID",
    "SERIES": "SeriesInstanceUID",
    "IMAGE": "SOPInstanceUID",
}


def is_match(held: Dataset, query: Dataset) -> bool:
    """Compare each key that has a value: one of a list of UIDs, or a text with wildcards."""
    for element in query:
        if element.keyword in ("", "QueryRetrieveLevel", "SpecificCharacterSet") or element.VR == "SQ":
            continue
        value = element.value
        if value is None or not str(value):
            continue
        wanted = [value] if isinstance(value, str) or element.VR == "PN" else list(value)
        text = str(held.get(element.keyword, ""))
        if not any(fnmatchcase(text, str(one)) for one in wanted):
            return False
    return True


def matches(folder: Path, query: Dataset) -> list[tuple[Path, Dataset]]:
    """List what a query asks for."""
    found = []
    for path in sorted(folder.glob("*.dcm")):
        held = dcmread(path)
        if is_match(held, query):
            found.append((path, held))
    return found


def handle_store(event: Any, folder: Path) -> int:  # noqa: ANN401
    """Write an instance as it came; a name is made of digits and dots alone, so that it stays in the folder."""
    uid = str(event.request.AffectedSOPInstanceUID)
    if not uid or set(uid) - set("0123456789."):
        return 0xC000
    path = folder / f"{uid}.dcm"
    part = path.with_suffix(".part")
    part.write_bytes(event.encoded_dataset())
    part.rename(path)
    return 0x0000


def handle_find(event: Any, folder: Path) -> Iterator[tuple[int, Dataset | None]]:  # noqa: ANN401
    """Yield each patient, study, series or instance once."""
    query = event.identifier
    level = query.get("QueryRetrieveLevel", "")
    if level not in UNIQUE:
        yield 0xA900, None
        return
    told = set()
    for _path, held in matches(folder, query):
        if event.is_cancelled:
            yield 0xFE00, None
            return
        unique = str(held.get(UNIQUE[level], ""))
        if unique in told:
            continue
        told.add(unique)
        answer = Dataset()
        answer.SpecificCharacterSet = "ISO_IR 192"
        answer.QueryRetrieveLevel = level
        for element in query:
            if element.keyword not in ("", "QueryRetrieveLevel", "SpecificCharacterSet"):
                setattr(answer, element.keyword, held.get(element.keyword))
        yield 0xFF00, answer


def handle_get(event: Any, folder: Path) -> Iterator[Any]:  # noqa: ANN401
    """Yield how many there are, then each."""
    found = matches(folder, event.identifier)
    yield len(found)
    for _path, held in found:
        if event.is_cancelled:
            yield 0xFE00, None
            return
        yield 0xFF00, held


def handle_move(event: Any, folder: Path, peers: dict[str, tuple[str, int]]) -> Iterator[Any]:  # noqa: ANN401
    """Yield where to, how many there are, then each."""
    if event.move_destination not in peers:
        yield None, None
        return
    found = matches(folder, event.identifier)
    contexts = {
        (str(held.SOPClassUID), str(dcmread(path, stop_before_pixels=True).file_meta.TransferSyntaxUID))
        for path, held in found
    } or {(str(CTImageStorage), ALL_TRANSFER_SYNTAXES[0])}
    yield (*peers[event.move_destination], {"contexts": [build_context(*one) for one in sorted(contexts)]})
    yield len(found)
    for _path, held in found:
        if event.is_cancelled:
            yield 0xFE00, None
            return
        yield 0xFF00, held


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("folder", type=Path)
    parser.add_argument("-aet", default="QRSCP")
    parser.add_argument("--peer", action="append", default=[], metavar="TITLE=HOST:PORT")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    peers = {}
    for one in given.peer:
        title, _, place = one.partition("=")
        host, _, port = place.rpartition(":")
        peers[title] = (host, int(port))
    ae = AE(ae_title=given.aet)
    for context in AllStoragePresentationContexts:
        ae.add_supported_context(context.abstract_syntax, SYNTAXES, scu_role=True, scp_role=True)
    for query in (*QUERIES, Verification):
        ae.add_supported_context(query)
    handlers = [
        (evt.EVT_C_STORE, handle_store, [given.folder]),
        (evt.EVT_C_FIND, handle_find, [given.folder]),
        (evt.EVT_C_GET, handle_get, [given.folder]),
        (evt.EVT_C_MOVE, handle_move, [given.folder, peers]),
    ]
    ae.start_server(("127.0.0.1", given.port), block=True, evt_handlers=handlers)


if __name__ == "__main__":
    main()
