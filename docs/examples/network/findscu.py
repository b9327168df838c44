"""Queries an archive or a worklist: `findscu.py HOST PORT -m P|S|W -k PatientName=D* -k QueryRetrieveLevel=STUDY`."""

from __future__ import annotations

import argparse
import sys

from radiogram import Dataset
from radiogram.net import AE
from radiogram.net.sop_class import (
    ModalityWorklistInformationFind,
    PatientRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelFind,
)

MODELS = {
    "P": PatientRootQueryRetrieveInformationModelFind,
    "S": StudyRootQueryRetrieveInformationModelFind,
    "W": ModalityWorklistInformationFind,
}


def main() -> int:
    """Print a line for each match: the values that were asked for; 0 where the query succeeded."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("-aet", default="FINDSCU")
    parser.add_argument("-aec", default="ANY-SCP")
    parser.add_argument("-m", choices=sorted(MODELS), default="S")
    parser.add_argument("-k", action="append", default=[], metavar="KEYWORD=VALUE")
    given = parser.parse_args()
    query = Dataset()
    for key in given.k:
        keyword, _, value = key.partition("=")
        setattr(query, keyword, value)
    ae = AE(ae_title=given.aet)
    ae.add_requested_context(MODELS[given.m])
    assoc = ae.associate(given.host, given.port, ae_title=given.aec)
    if not assoc.is_established:
        print("no association")
        return 1
    last = -1
    for status, identifier in assoc.send_c_find(query, MODELS[given.m]):
        if not status:
            break
        last = status.Status
        if last in (0xFF00, 0xFF01):
            print("\t".join(str(identifier.get(key.partition("=")[0], "")) for key in given.k))
    assoc.release()
    print(f"0x{last:04X}" if last >= 0 else "no answer")
    return 0 if last == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
