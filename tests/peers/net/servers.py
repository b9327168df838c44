"""Servers of other makes, as their users set them up."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.programs import Program, free_port, require, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Orthanc", "dcmqrscp", "orthanc", "printer", "storescp", "worklist"]

PEER = "PEER"


@contextmanager
def storescp(folder: Path, *options: str) -> Iterator[tuple[int, Path]]:
    """DCMTK's Storage SCP, that writes what comes as it comes."""
    require("storescp")
    received, port = folder / "received", free_port()
    received.mkdir(parents=True)
    command = ["storescp", "+B", "+xa", "-d", "-aet", PEER, "-od", received, *options, port]
    with Program(command, folder, port):
        yield port, received


@contextmanager
def dcmqrscp(folder: Path, movers: dict[str, int]) -> Iterator[int]:
    """DCMTK's archive; `movers` are titles and ports that it may send to."""
    require("dcmqrscp")
    kept, port = folder / "kept", free_port()
    kept.mkdir(parents=True)
    hosts = "\n".join(f"{title.lower()} = ({title}, 127.0.0.1, {where})" for title, where in movers.items())
    (folder / "dcmqrscp.cfg").write_text(
        f"NetworkTCPPort = {port}\nMaxPDUSize = 131072\nMaxAssociations = 32\n"
        f"HostTable BEGIN\n{hosts}\nHostTable END\nVendorTable BEGIN\nVendorTable END\n"
        f"AETable BEGIN\n{PEER} {kept} RW (200, 1024mb) ANY\nAETable END\n",
        encoding="ascii",
    )
    command = ["dcmqrscp", "-v", "-dhl", "+B", "-c", folder / "dcmqrscp.cfg", port]
    with Program(command, folder, port):
        yield port


@contextmanager
def worklist(folder: Path, items: list[bytes]) -> Iterator[int]:
    """DCMTK's Modality Worklist, over files of data sets in Explicit VR Little Endian."""
    require("wlmscpfs")
    place, port = folder / PEER, free_port()
    place.mkdir(parents=True)
    (place / "lockfile").touch()
    for number, item in enumerate(items):
        (place / f"{number}.wl").write_bytes(item)
    with Program(["wlmscpfs", "-v", "-dhl", "-csk", "-dfr", "-dfp", folder, port], folder, port):
        yield port


@contextmanager
def printer(folder: Path) -> Iterator[int]:
    """DCMTK's printer, that writes what it is to print as a stored print and as images."""
    require("dcmprscp")
    port = free_port()
    for name in ("spool", "database", "log"):
        (folder / name).mkdir(parents=True)
    (folder / "print.cfg").write_text(
        f"""[[GENERAL]]
[PRINT]
Directory = spool
[DATABASE]
Directory = database
[[COMMUNICATION]]
[{PEER}]
Hostname = 127.0.0.1
Port = {port}
Type = LOCALPRINTER
Aetitle = {PEER}
DisableNewVRs = false
MaxPDU = 65536
ImplicitOnly = false
SupportsPresentationLUT = true
PresentationLUTMatchRequired = true
PresentationLUTinFilmSession = false
Supports12Bit = true
SupportsImageSize = false
SupportsDecimateCrop = false
SupportsTrim = true
DisplayFormat = 1,1\\2,2
FilmSizeID = 8INX10IN\\14INX17IN
MediumType = PAPER\\BLUE FILM
ReceiveFilm = PROCESSOR
ResolutionID = STANDARD
MagnificationType = REPLICATE\\BILINEAR
""",
        encoding="ascii",
    )
    with Program(["dcmprscp", "-v", "-d", "-c", folder / "print.cfg", "-p", PEER], folder, port):
        yield port


@dataclass(frozen=True)
class Orthanc:
    """One that runs: the port of its DICOM server and that of its REST API."""

    port: int
    http: int

    def ask(self, path: str, content: object = None) -> Any:
        """Ask its REST API; JSON where that is what it answers, else bytes."""
        data = None if content is None else json.dumps(content).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.http}{path}", data)
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
            held = answer.read()
            is_json = answer.headers.get_content_type() == "application/json"
        return json.loads(held) if is_json else held

    def files(self) -> list[bytes]:
        """Give each instance that it holds, as a file."""
        return [self.ask(f"/instances/{one}/file") for one in self.ask("/instances")]

    def is_ready(self) -> bool:
        """Say whether it answers."""
        try:
            return bool(self.ask("/system"))
        except (urllib.error.URLError, ConnectionError):
            return False


@contextmanager
def orthanc(folder: Path, movers: dict[str, int]) -> Iterator[Orthanc]:
    """Orthanc with a folder of its own; `movers` are the peers that it knows."""
    require("Orthanc")
    folder.mkdir(parents=True, exist_ok=True)
    server = Orthanc(free_port(), free_port())
    settings = {
        "Name": "Peer",
        "StorageDirectory": str(folder / "storage"),
        "IndexDirectory": str(folder / "storage"),
        "StorageCompression": False,
        "DicomAet": PEER,
        "DicomPort": server.port,
        "HttpPort": server.http,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "DicomCheckCalledAet": False,
        "DicomAlwaysAllowEcho": True,
        "DicomAlwaysAllowStore": True,
        "DicomAlwaysAllowFind": True,
        "DicomAlwaysAllowGet": True,
        "DicomAlwaysAllowMove": True,
        "DicomModalities": {
            title: {"AET": title, "Host": "127.0.0.1", "Port": port, "AllowStorageCommitment": True}
            for title, port in movers.items()
        },
        "Plugins": [],
    }
    (folder / "orthanc.json").write_text(json.dumps(settings), encoding="utf-8")
    with Program(["Orthanc", "--verbose", folder / "orthanc.json"], folder, server.port):
        until(server.is_ready, "Orthanc answers", 60)
        yield server
