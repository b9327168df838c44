"""C-GET of what an archive keeps compressed: it comes as it is where a context of its transfer syntax was proposed, and else is not lost."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import pytest
import radiogram as rg
from radiogram import net
from radiogram.net import evt, sop_class
from radiogram.net.services import receivable

from tests.peers.net.instances import digests
from tests.peers.net.ours import Kept, associated
from tests.peers.net.servers import orthanc
from tests.peers.net.test_orthanc import send_all
from tests.programs import free_port

if TYPE_CHECKING:
    from pathlib import Path

CT = sop_class.CTImageStorage
GET = sop_class.StudyRootQueryRetrieveInformationModelGet


def fetched(port: int, studies: list[str], classes: list[str]) -> Kept:
    """Fetch studies by all that can be received."""
    kept = Kept()
    contexts = receivable(classes)
    roles = [net.build_role(uid, scp_role=True) for uid in {str(one.abstract_syntax) for one in contexts}]
    proposed = [GET, *((one.abstract_syntax, one.transfer_syntax) for one in contexts)]
    with associated(port, proposed, ext_neg=roles, evt_handlers=[(evt.EVT_C_STORE, kept)]) as assoc:
        for study in studies:
            query = rg.Dataset({"QueryRetrieveLevel": "STUDY", "StudyInstanceUID": study})
            last = list(assoc.send_c_get(query, GET))[-1][0]
            assert (last.Status, last.NumberOfCompletedSuboperations) == (0, 1)
    return kept


def studies_of(paths: list[Path]) -> list[str]:
    return [str(rg.read(path).StudyInstanceUID) for path in paths]


def syntaxes_of(kept: Kept) -> list[str]:
    return sorted(rg.read(one).file_meta.TransferSyntaxUID.keyword for one in kept.files.values())


def test_orthanc(native: list[Path], compressed: list[Path], tmp_path: Path) -> None:
    paths = [native[1], *compressed]
    with orthanc(tmp_path, {}) as server:
        send_all(server.port, paths)
        kept = fetched(server.port, studies_of(paths), ["CTImageStorage"])
        assert syntaxes_of(kept) == sorted(path.stem for path in paths)
        # Where the class is not named the rest is sent native; this one, which Orthanc cannot decompress, would not come at all.
        usual = fetched(server.port, studies_of(paths), [])
        assert syntaxes_of(usual) == [
            *("ExplicitVRLittleEndian",) * 3,
            "JPEG2000Lossless",
            "JPEGLosslessSV1",
        ]
    for path in paths:
        original = rg.read(path)
        for one in (files.files.get(original.SOPInstanceUID) for files in (kept, usual)):
            assert one is None or (rg.read(one).pixel_array == original.pixel_array).all()
    assert len(kept.files) == len(usual.files) == len(paths)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_pynetdicom(native: list[Path], compressed: list[Path]) -> None:
    """It sends nothing in another transfer syntax: what has no context of its own fails."""
    library = pytest.importorskip("pynetdicom")
    reader = importlib.import_module("pydicom")
    paths = [native[1], *compressed]
    held = {str(one.StudyInstanceUID): one for one in map(reader.dcmread, paths)}

    def get(event: Any) -> Any:
        yield 1
        yield 0xFF00, held[str(event.identifier.StudyInstanceUID)]

    ae = library.AE("PEER")
    ae.add_supported_context(GET)
    ae.add_supported_context(CT, library.ALL_TRANSFER_SYNTAXES, scu_role=True, scp_role=True)
    port = free_port()
    server = ae.start_server(("127.0.0.1", port), block=False, evt_handlers=[(library.evt.EVT_C_GET, get)])
    try:
        kept = fetched(port, studies_of(paths), ["CTImageStorage"])
    finally:
        server.shutdown()
    # It takes the first of its own native ones.
    assert syntaxes_of(kept) == sorted(["ImplicitVRLittleEndian", *(path.stem for path in compressed)])
    theirs = digests(kept.files.values())
    assert {uid: theirs[uid] for uid in digests(compressed)} == digests(compressed)
