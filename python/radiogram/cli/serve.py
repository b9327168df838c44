"""``radiogram serve``: a folder as an archive: storage, queries, retrievals, commitment; and a worklist, steps, a printer beside it."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from radiogram.cli import terminal, words
from radiogram.cli.ending import until_ended
from radiogram.cli.peer import add_tls, peers_of, tls_of
from radiogram.errors import DicomError

if TYPE_CHECKING:
    import threading

    from radiogram.net.served import ServedFolder
    from radiogram.net.services import Page, Provider

__all__ = ["Pages", "add", "run", "tell_watchers"]

_EPILOG = """\
What an instance was answered 0000 for is in the folder: with --durability fsync also after a power cut, with os after the end of the program; with
none the answer may come first. --peer TITLE=HOST:PORT says where C-MOVE sends to and where commitment is reported. Ctrl-C ends it, and so does
SIGTERM. Exit codes: 0 it was ended, 1 it could not listen, 2 wrong usage."""


def add(subparsers: Any) -> None:  # noqa: ANN401  # argparse keeps the class to itself
    """Add the parser of this command."""
    parser = subparsers.add_parser(
        "serve", help="serve a folder (storage, queries, …)", description=__doc__, epilog=_EPILOG
    )
    parser.add_argument(
        "folder", metavar="FOLDER", help="where the instances are; it is made where it is not there"
    )
    parser.add_argument(
        "--port", metavar="N", type=words.any_port, default=11112, help="where to listen; 11112, 0 is any"
    )
    parser.add_argument(
        "--host", metavar="ADDRESS", default="", help="the address to listen at; all of IPv4, :: is IPv6 too"
    )
    parser.add_argument(
        "--aet", metavar="TITLE", type=words.title, default="RADIOGRAM", help="our title; RADIOGRAM"
    )
    parser.add_argument(
        "--durability",
        choices=["fsync", "os", "none"],
        default="fsync",
        help="what an answer promises; fsync",
    )
    parser.add_argument(
        "--peer", metavar="TITLE=HOST:PORT", action="append", default=[], help="where another entity is"
    )
    parser.add_argument("--relational", action="store_true", help="answer queries without unique keys above")
    parser.add_argument("--require-called", action="store_true", help="accept only who calls us by our title")
    parser.add_argument(
        "--calling",
        metavar="TITLE",
        type=words.title,
        action="append",
        default=[],
        help="whose associations are accepted; all",
    )
    parser.add_argument(
        "--worklist",
        metavar="FOLDER",
        type=words.present_folder,
        help="serve its .wl, .dcm and .json files as a worklist",
    )
    parser.add_argument(
        "--mpps",
        metavar="FOLDER",
        type=words.folder,
        help="take performed procedure steps, and keep them there",
    )
    parser.add_argument(
        "--ups", metavar="FOLDER", type=words.folder, help="take unified procedure steps, and keep them there"
    )
    parser.add_argument(
        "--print",
        dest="printer",
        metavar="FOLDER",
        type=words.folder,
        help="be a printer, whose pages are PNG files there",
    )
    parser.add_argument(
        "--inventories", metavar="N", type=int, help="inventory instances that are kept for peers; 1024"
    )
    parser.add_argument(
        "--inventory-size", metavar="BYTES", type=int, help="how large all of them are at most; 1 GiB"
    )
    parser.add_argument(
        "--drain",
        metavar="SECONDS",
        type=words.seconds,
        default=0.0,
        help="how long associations may come to their end when it is ended, while no new ones are accepted; 0",
    )
    parser.add_argument("--json", action="store_true", help="lines of JSON on stdout")
    add_tls(parser)


def run(arguments: argparse.Namespace) -> int:
    """Serve until it is ended."""
    from radiogram.net.served import serve

    try:
        peers = peers_of(arguments.peer)
    except argparse.ArgumentTypeError as error:
        terminal.complain("serve", error)
        return 2
    bounds = {
        name: value
        for name, value in (
            ("inventories", arguments.inventories),
            ("inventory_size", arguments.inventory_size),
        )
        if value is not None
    }
    try:
        served, server = serve(
            arguments.folder,
            (arguments.host, arguments.port),
            title=arguments.aet,
            durability=arguments.durability,
            peers=peers,
            relational=arguments.relational,
            also=_others(arguments, peers),
            require_called=arguments.require_called,
            calling=arguments.calling,
            tls=tls_of(arguments, serves=True),
            **bounds,
        )
    except (DicomError, OSError, ValueError) as error:
        terminal.complain(arguments.folder, error)
        return 1
    with until_ended() as ended:
        try:
            _say(arguments, server.address, len(served.index))
            tell_watchers(served)
            while not _waited(ended, 0.5):
                pass
        finally:
            server.shutdown(arguments.drain)
            served.close()
    return 0


def tell_watchers(served: ServedFolder) -> None:
    """Report to who watches all steps that they and the subscriptions are those of before (PS3.4 table CC.2.4-1)."""
    from radiogram.net.services import UnifiedSteps

    for provider in served.services.providers:
        if isinstance(provider, UnifiedSteps):
            provider.events.status_changed("RESTARTED")


def _waited(ended: threading.Event, seconds: float) -> bool:
    return ended.wait(seconds)


def _say(arguments: argparse.Namespace, address: tuple[str, int], count: int) -> None:
    host, port = address[0], address[1]
    if arguments.json:
        row = {"host": host, "port": port, "aet": arguments.aet, "instances": count}
        sys.stdout.write(terminal.json_line(row))
    else:
        sys.stdout.write(f"{arguments.aet} serves {arguments.folder} at {host}:{port}, {count} instances\n")
    sys.stdout.flush()


def _others(arguments: argparse.Namespace, peers: dict[str, tuple[str, int]]) -> list[Provider]:
    from radiogram.net import services

    made: list[Provider] = []
    if arguments.worklist:
        made.append(services.Worklist(services.WorklistFolder(arguments.worklist)))
    if arguments.mpps:
        made.append(services.PerformedSteps(services.Shelf(arguments.mpps)))
    if arguments.ups:
        made.append(services.UnifiedSteps(services.Shelf(arguments.ups), title=arguments.aet, peers=peers))
    if arguments.printer:
        made.append(services.Printing(Pages(arguments.printer)))
    return made


class Pages:
    """Pages as PNG files, numbered from what is there."""

    def __init__(self, folder: str) -> None:
        from pathlib import Path

        self._folder = Path(folder)
        self._folder.mkdir(parents=True, exist_ok=True)
        self._number = sum(1 for _ in self._folder.glob("page-*.png"))

    def __call__(self, page: Page) -> None:
        """Write a page."""
        from radiogram.pixels.png import encode_png

        self._number += 1
        path = self._folder / f"page-{self._number:06}.png"
        path.write_bytes(encode_png(page.array))
        texts = {str(position): text for position, text in page.annotations if text}
        if texts:
            # A page has no font: what an annotation box says is beside it.
            path.with_suffix(".json").write_text(
                json.dumps({"annotations": texts}, ensure_ascii=False) + "\n", encoding="utf-8"
            )
