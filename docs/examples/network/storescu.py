"""Sends files: `storescu.py HOST PORT FILE…`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from radiogram import dcmread
from radiogram.net import AE


def main() -> int:
    """Say the status of each file; 0 where all were taken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("files", nargs="+")
    parser.add_argument("-aet", default="STORESCU")
    parser.add_argument("-aec", default="ANY-SCP")
    given = parser.parse_args()
    for name in given.files:
        if not Path(name).is_file():
            parser.error(f"{name} is no file")
    ae = AE(ae_title=given.aet)
    wanted = set()
    for name in given.files:
        meta = dcmread(name, stop_before_pixels=True).file_meta
        wanted.add((str(meta.MediaStorageSOPClassUID), str(meta.TransferSyntaxUID)))
    for sop_class, transfer_syntax in sorted(wanted):
        ae.add_requested_context(sop_class, transfer_syntax)
    assoc = ae.associate(given.host, given.port, ae_title=given.aec)
    if not assoc.is_established:
        print("no association")
        return 1
    failed = 0
    for name in given.files:
        status = assoc.send_c_store(name)
        said = f"0x{status.Status:04X}" if status else "no answer"
        failed += said != "0x0000"
        print(f"{name}: {said}")
    assoc.release()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
