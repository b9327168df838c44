"""Asks whether a peer is there: `echoscu.py HOST PORT`."""

from __future__ import annotations

import argparse
import sys

from radiogram.net import AE
from radiogram.net.sop_class import Verification


def main() -> int:
    """Say how it answered; 0 where it did."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("-aet", default="ECHOSCU")
    parser.add_argument("-aec", default="ANY-SCP")
    given = parser.parse_args()
    ae = AE(ae_title=given.aet)
    ae.add_requested_context(Verification)
    assoc = ae.associate(given.host, given.port, ae_title=given.aec)
    if not assoc.is_established:
        print("rejected" if assoc.is_rejected else "no association")
        return 1
    status = assoc.send_c_echo()
    assoc.release()
    if not status:
        print("no answer")
        return 1
    print(f"0x{status.Status:04X}")
    return 0 if status.Status == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
