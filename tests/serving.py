"""Our server as a process of its own, for tests that end it, fill its disk or measure it: `python -m tests.serving OPTIONS`.

It keeps what comes in a folder; it listens when the line `ready` is written, and ends when its standard input is closed.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from typing import Any

from radiogram import DicomError, net


def options() -> argparse.Namespace:
    """Read what the caller wants."""
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("folder")
    parser.add_argument("--aet", default="RADIOGRAM")
    parser.add_argument("--durability", default="os", choices=["fsync", "os", "none"])
    parser.add_argument(
        "--handler", action="store_true", help="a function of Python is asked for each instance"
    )
    parser.add_argument("--find", type=int, default=0, help="answers of each query")
    parser.add_argument("--options", type=json.loads, default={}, help="attributes of the AE, as JSON")
    return parser.parse_args()


def main() -> None:
    """Serve."""
    given = options()
    logging.basicConfig(
        level=logging.DEBUG, format="LOG %(name)s %(levelname)s %(message)s", stream=sys.stderr
    )
    ae = net.AE(ae_title=given.aet)
    for name, value in given.options.items():
        setattr(ae, name, value)
    for context in net.AllStoragePresentationContexts:
        ae.add_supported_context(context.abstract_syntax, net.ALL_TRANSFER_SYNTAXES)
    ae.add_supported_context(net.sop_class.Verification)
    ae.add_supported_context(net.sop_class.StudyRootQueryRetrieveInformationModelFind)

    def find(event: Any) -> Any:
        query = event.identifier
        for number in range(given.find):
            query.StudyInstanceUID = f"1.2.3.{number}"
            yield 0xFF00, query

    def stored(event: Any) -> int:
        # A handler that looks into whatever comes.
        try:
            return 0 if len(event.dataset) else 0xC000
        except DicomError:
            return 0xC000

    handlers: list[Any] = [(net.evt.EVT_C_FIND, find)]
    if given.handler:
        handlers.append((net.evt.EVT_C_STORE, stored))
    rules = [{"sink": ("file", given.folder, "{sop_instance}.dcm", given.durability)}]
    server = ae.start_server(("127.0.0.1", given.port), block=False, evt_handlers=handlers, rules=rules)
    print("ready", flush=True)
    sys.stdin.read()
    server.shutdown()


if __name__ == "__main__":
    main()
