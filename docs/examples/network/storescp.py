"""Keeps what is sent to it: `storescp.py PORT FOLDER`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from radiogram.net import AE, ALL_TRANSFER_SYNTAXES, AllStoragePresentationContexts, evt
from radiogram.net.sop_class import Verification


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


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("folder", type=Path)
    parser.add_argument("-aet", default="STORESCP")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    ae = AE(ae_title=given.aet)
    for context in AllStoragePresentationContexts:
        ae.add_supported_context(context.abstract_syntax, ALL_TRANSFER_SYNTAXES)
    ae.add_supported_context(Verification)
    handlers = [(evt.EVT_C_STORE, handle_store, [given.folder])]
    ae.start_server(("127.0.0.1", given.port), block=True, evt_handlers=handlers)


if __name__ == "__main__":
    main()
