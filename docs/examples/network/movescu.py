"""Has an archive send to another application: `movescu.py HOST PORT -aem TITLE -k QueryRetrieveLevel=STUDY -k StudyInstanceUID=…`."""

from __future__ import annotations

import argparse
import sys

from radiogram import Dataset
from radiogram.net import AE
from radiogram.net.sop_class import StudyRootQueryRetrieveInformationModelMove


def main() -> int:
    """Print the counts of the last answer; 0 where all went."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("-aet", default="MOVESCU")
    parser.add_argument("-aec", default="ANY-SCP")
    parser.add_argument("-aem", required=True)
    parser.add_argument("-k", action="append", default=[], metavar="KEYWORD=VALUE")
    given = parser.parse_args()
    query = Dataset()
    for key in given.k:
        keyword, _, value = key.partition("=")
        setattr(query, keyword, value)
    ae = AE(ae_title=given.aet)
    ae.add_requested_context(StudyRootQueryRetrieveInformationModelMove)
    assoc = ae.associate(given.host, given.port, ae_title=given.aec)
    if not assoc.is_established:
        print("no association")
        return 1
    last, completed = -1, 0
    for status, _identifier in assoc.send_c_move(
        query, given.aem, StudyRootQueryRetrieveInformationModelMove
    ):
        if status:
            last = status.Status
            completed = status.get("NumberOfCompletedSuboperations", completed)
    assoc.release()
    print(f"0x{last:04X} {completed}" if last >= 0 else "no answer")
    return 0 if last == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
