"""Fetches what an archive has, on the same association: `getscu.py HOST PORT FOLDER -k QueryRetrieveLevel=STUDY -k StudyInstanceUID=…`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from radiogram import Dataset
from radiogram.net import AE, build_role, evt
from radiogram.net.sop_class import CTImageStorage, MRImageStorage, StudyRootQueryRetrieveInformationModelGet

CLASSES = (CTImageStorage, MRImageStorage)


def handle_store(event: Any, folder: Path) -> int:  # noqa: ANN401
    """Write an instance as it came."""
    (folder / f"{event.request.AffectedSOPInstanceUID}.dcm").write_bytes(event.encoded_dataset())
    return 0x0000


def main() -> int:
    """Print the counts of the last answer; 0 where all came."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("folder", type=Path)
    parser.add_argument("-aet", default="GETSCU")
    parser.add_argument("-aec", default="ANY-SCP")
    parser.add_argument("-k", action="append", default=[], metavar="KEYWORD=VALUE")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    query = Dataset()
    for key in given.k:
        keyword, _, value = key.partition("=")
        setattr(query, keyword, value)
    ae = AE(ae_title=given.aet)
    ae.add_requested_context(StudyRootQueryRetrieveInformationModelGet)
    for sop_class in CLASSES:
        ae.add_requested_context(sop_class)
    assoc = ae.associate(
        given.host,
        given.port,
        ae_title=given.aec,
        ext_neg=[build_role(sop_class, scp_role=True) for sop_class in CLASSES],
        evt_handlers=[(evt.EVT_C_STORE, handle_store, [given.folder])],
    )
    if not assoc.is_established:
        print("no association")
        return 1
    last, completed = -1, 0
    for status, _identifier in assoc.send_c_get(query, StudyRootQueryRetrieveInformationModelGet):
        if status:
            last = status.Status
            completed = status.get("NumberOfCompletedSuboperations", completed)
    assoc.release()
    print(f"0x{last:04X} {completed}" if last >= 0 else "no answer")
    return 0 if last == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
