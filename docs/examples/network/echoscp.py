"""Answers C-ECHO: `echoscp.py PORT`."""

from __future__ import annotations

import argparse
from typing import Any

from radiogram.net import AE, evt
from radiogram.net.sop_class import Verification


def handle_echo(event: Any) -> int:  # noqa: ANN401  # the namesake's events have no public class
    """Say who asked."""
    print(f"C-ECHO from {event.assoc.requestor.ae_title}", flush=True)
    return 0x0000


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("-aet", default="ECHOSCP")
    given = parser.parse_args()
    ae = AE(ae_title=given.aet)
    ae.add_supported_context(Verification)
    ae.start_server(("127.0.0.1", given.port), block=True, evt_handlers=[(evt.EVT_C_ECHO, handle_echo)])


if __name__ == "__main__":
    main()
