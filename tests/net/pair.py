"""Two ends in one process: an AE that serves and asks itself, with the contexts that a test needs."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import radiogram as rg
from radiogram.net import AE, build_role, sop_class

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from radiogram.net.association import Association
    from radiogram.net.server import AssociationServer

CT, MR = sop_class.CTImageStorage, sop_class.MRImageStorage
FIND = sop_class.StudyRootQueryRetrieveInformationModelFind
GET = sop_class.StudyRootQueryRetrieveInformationModelGet
MOVE = sop_class.StudyRootQueryRetrieveInformationModelMove
MPPS = sop_class.ModalityPerformedProcedureStep
COMMITMENT = sop_class.StorageCommitmentPushModel
CLASSES = (sop_class.Verification, CT, FIND, GET, MOVE, MPPS, COMMITMENT)
EXPLICIT, IMPLICIT = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2"


def entity(title: str = "TEST", *, classes: tuple[str, ...] = CLASSES) -> AE:
    """Give an AE that proposes and supports all classes of the tests, in both roles."""
    ae = AE(title)
    for uid in classes:
        ae.add_requested_context(uid, EXPLICIT)
        ae.add_supported_context(uid, EXPLICIT, scu_role=True, scp_role=True)
    ae.acse_timeout = ae.dimse_timeout = 20
    return ae


@contextlib.contextmanager
def pair(
    handlers: list[Any] | None = None,
    *,
    ae: AE | None = None,
    asking: dict[str, Any] | None = None,
    **options: Any,
) -> Iterator[tuple[AssociationServer, Association]]:
    """Give a server and an association with it, where both roles are agreed on for storage and commitment."""
    ours = ae or entity()
    roles = [build_role(uid, scu_role=True, scp_role=True) for uid in (CT, COMMITMENT, MPPS)]
    with ours.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers or [], **options) as server:
        given = {"ext_neg": roles, **(asking or {})}
        assoc = ours.associate(*server.address, **given)
        assert assoc.is_established, assoc.error
        with assoc:
            yield server, assoc


def image(number: int = 1, *, size: int = 0) -> rg.Dataset:
    """Give a small instance of its own."""
    ds = rg.Dataset()
    ds.SOPClassUID, ds.SOPInstanceUID = CT, f"1.2.826.0.1.3680043.8.498.{number}"
    ds.PatientID, ds.StudyInstanceUID, ds.SeriesInstanceUID = f"P{number}", "1.2.3", "1.2.3.4"
    ds.file_meta.TransferSyntaxUID = EXPLICIT
    if size:
        ds.add_new(0x00420011, "OB", bytes(size))
    return ds


def query(**keys: Any) -> rg.Dataset:
    """Give an identifier."""
    ds = rg.Dataset()
    ds.QueryRetrieveLevel = "STUDY"
    for keyword, value in keys.items():
        setattr(ds, keyword, value)
    return ds


def until(happens: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.005)


def printed(program: str, seconds: float = 20.0, *, logs: bool = False) -> str:
    """Give what a program prints that comes to its end by itself, and in time; it has nothing to complain of, unless it logs."""
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert logs or not ended.stderr
    return ended.stdout


class Log(list[Any]):
    """A list that many threads add to, and that can be waited for."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.Lock()

    def add(self, what: Any) -> None:
        """Add something."""
        with self.lock:
            self.append(what)
