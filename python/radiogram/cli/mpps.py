"""``radiogram mpps``: say that a procedure step is performed, was completed or broken off (N-CREATE, N-SET, N-GET)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from radiogram.cli import terminal, words
from radiogram.cli.find import show
from radiogram.cli.peer import NO_ASSOCIATION, add_keys, add_peer, associated, keyed, released, say
from radiogram.errors import ArgumentError, DicomError, NotDicomError

if TYPE_CHECKING:
    import argparse

    from radiogram.dataset import Dataset

__all__ = ["add", "run"]

_BARE = ("no_preamble", "no_file_meta")
"""What may be said of a data set that stands alone."""

_EPILOG = """\
create prints the UID of the step, which set, complete, discontinue and get need. Attributes are those of --from, a DICOM or DICOM JSON file, and of
-k; get asks for these alone where there are any. Steps are taken by radiogram serve FOLDER --mpps FOLDER. Exit codes: 0 done, 1 the peer refused, 2 wrong usage, 3 no association."""


def add(subparsers: Any) -> None:  # noqa: ANN401  # argparse keeps the class to itself
    """Add the parser of this command."""
    parser = subparsers.add_parser(
        "mpps", help="performed procedure steps (N-CREATE, N-SET)", description=__doc__, epilog=_EPILOG
    )
    add_peer(parser)
    parser.add_argument(
        "action", choices=["create", "set", "complete", "discontinue", "get"], help="what to do"
    )
    parser.add_argument(
        "uid", metavar="UID", nargs="?", type=words.uid, help="the step; of create its new UID"
    )
    add_keys(parser)
    parser.add_argument("--from", dest="source", metavar="FILE", help="a file with the attributes")


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    from radiogram.net.services.mpps import PerformedSteps, complete, create, discontinue, get_step, set_step

    peer = f"{arguments.host}:{arguments.port}"
    if arguments.action != "create" and arguments.uid is None:
        terminal.complain("mpps", f"{arguments.action} needs the UID of the step")
        return 2
    try:
        ds = keyed(_attributes(arguments.source), arguments.key)
    except (DicomError, OSError, ValueError) as error:
        terminal.complain(arguments.source or "mpps", error)
        return 2
    context = PerformedSteps.contexts[1 if arguments.action == "get" else 0]
    try:
        association = associated(arguments, [(context, None)])
    except (DicomError, OSError, ValueError) as error:
        terminal.complain(peer, error)
        return NO_ASSOCIATION
    try:
        if arguments.action == "get":
            keywords = [element.keyword for element in ds if element.keyword]
            show(get_step(association, arguments.uid, *keywords), as_json=arguments.json)
        elif arguments.action == "create":
            uid = create(association, ds, arguments.uid)
            say(arguments, uid, uid=uid, state="IN PROGRESS")
        else:
            {"set": set_step, "complete": complete, "discontinue": discontinue}[arguments.action](
                association, arguments.uid, ds
            )
            say(arguments, f"{arguments.uid}: done", uid=arguments.uid, action=arguments.action)
    except DicomError as error:
        terminal.complain(peer, error)
        return 1
    finally:
        released(association)
    return 0


def _attributes(source: str | None) -> Dataset:
    """Read the attributes of a step.

    Raises
    ------
    ArgumentError
        The file is no data set, or holds nothing.
    """
    from radiogram.dataset import Dataset as Made

    if source is None:
        return Made()
    is_json = source.endswith(".json")
    ds = Made.from_json(Path(source).read_text(encoding="utf-8")) if is_json else _read(source)
    if not len(ds):
        message = "there are no attributes in it"
        raise ArgumentError(message)
    return ds


def _read(source: str) -> Dataset:
    from radiogram.dataset.reader import read
    from radiogram.net.found import whole

    try:
        return whole(source)
    except NotDicomError:
        # A few elements with nothing in front of them are a data set too, and read as nothing else.
        ds = read(source, force=True)
        if any(problem.kind not in _BARE for problem in ds.problems):
            message = "it is no DICOM and no DICOM JSON file"
            raise ArgumentError(message) from None
        return ds
