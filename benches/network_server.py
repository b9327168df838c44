"""Our server, as a program of Python starts it: `python -m benches.network_server PORT FOLDER KIND`.

``file``: the engine keeps what comes, and no function of Python is asked. ``handler``: one is, for each instance, once it is kept.
``find``: a function of Python yields a thousand answers to each query. ``tls``: as ``file``, by TLS, with a folder of certificates behind.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from radiogram import Dataset, net
from radiogram.net.tls import TLS

TITLE = "PEER"


def answers(event: Any) -> Any:  # noqa: ANN401
    """Yield a thousand answers, as a program would."""
    asked = event.identifier
    for number in range(1000):
        answer = Dataset()
        answer.QueryRetrieveLevel = "IMAGE"
        answer.StudyInstanceUID, answer.SeriesInstanceUID = asked.StudyInstanceUID, asked.SeriesInstanceUID
        answer.SOPClassUID, answer.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", f"1.2.3.{number}"
        answer.InstanceNumber = number
        yield 0xFF00, answer


def handled(event: Any) -> int:  # noqa: ANN401
    """See the instance once it is kept, as a gateway would."""
    return 0x0000 if event.path else 0xA700


def main(port: str, folder: str, kind: str, certificates: str = "") -> None:
    """Serve until standard input is closed."""
    ae = net.AE(ae_title=TITLE)
    ae.maximum_pdu_size = 131072
    ae.maximum_associations = 12_000
    # What comes is kept as it is in the file: the sender encodes nothing anew.
    ae.transfer_syntax_order = "requestor"
    for context in net.AllStoragePresentationContexts:
        ae.add_supported_context(context.abstract_syntax, net.ALL_TRANSFER_SYNTAXES)
    ae.add_supported_context(net.sop_class.Verification)
    ae.add_supported_context(net.sop_class.StudyRootQueryRetrieveInformationModelFind)
    handlers: list[Any] = [(net.evt.EVT_C_FIND, answers)] if kind == "find" else []
    if kind == "handler":
        handlers.append((net.evt.EVT_C_STORE, handled))
    options: dict[str, Any] = {"rules": [{"sink": ("file", folder, "{sop_instance}.dcm", "os")}]}
    if certificates:
        place = Path(certificates)
        options["tls"] = TLS(
            ca=place / "authority.pem", certificate=place / "certificate.pem", key=place / "key.pem"
        )
    server = ae.start_server(("127.0.0.1", int(port)), block=False, evt_handlers=handlers, **options)
    sys.stdin.read()
    server.shutdown()


if __name__ == "__main__":
    main(*sys.argv[1:])
