"""``radiogram print``: print images on a DICOM printer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radiogram.cli import terminal, words
from radiogram.cli.peer import NO_ASSOCIATION, add_peer, associated, files_of, released, say
from radiogram.errors import DicomError

if TYPE_CHECKING:
    import argparse

    from radiogram.dataset import Dataset

__all__ = ["add", "run"]

_EPILOG = """\
Each frame is rendered as it is displayed, with its window, and sent in 8 bits. A printer that writes PNG files is radiogram serve FOLDER --print
FOLDER. Exit codes: 0 all were printed, 1 some could not be rendered, or the printer refused, 2 wrong usage, 3 no association."""


def add(subparsers: Any) -> None:  # noqa: ANN401  # argparse keeps the class to itself
    """Add the parser of this command."""
    parser = subparsers.add_parser(
        "print", help="print images (print management)", description=__doc__, epilog=_EPILOG
    )
    add_peer(parser)
    parser.add_argument(
        "files", metavar="FILE", nargs="+", help="an image, or a folder with all its sub-folders"
    )
    parser.add_argument(
        "--format", metavar="TEXT", default="STANDARD\\1,1", help="Image Display Format; STANDARD\\1,1"
    )
    parser.add_argument("--film-size", metavar="NAME", default="14INX17IN", help="Film Size ID; 14INX17IN")
    parser.add_argument(
        "--orientation", choices=["PORTRAIT", "LANDSCAPE"], default="PORTRAIT", help="of the film; PORTRAIT"
    )
    parser.add_argument("--magnification", metavar="NAME", help="Magnification Type")
    parser.add_argument("--copies", metavar="N", type=words.count, default=1, help="how many")
    parser.add_argument("--priority", choices=["HIGH", "MED", "LOW"], default="MED", help="of the job; MED")
    parser.add_argument("--medium", metavar="NAME", help="Medium Type")
    parser.add_argument("--destination", metavar="NAME", help="Film Destination")
    parser.add_argument("--label", metavar="TEXT", help="Film Session Label")
    parser.add_argument(
        "--lut", choices=["IDENTITY", "LIN OD"], help="Presentation LUT Shape; the printer's own way"
    )
    parser.add_argument(
        "--annotate",
        metavar="N=TEXT",
        action="append",
        default=[],
        help="a text in the annotation box of a position, on each film",
    )
    parser.add_argument("--annotation-format", metavar="ID", help="Annotation Display Format ID")
    parser.add_argument("--rgb", action="store_true", help="print in colour")


def take(arguments: argparse.Namespace, rest: list[str]) -> None:
    """Take files that stand behind options."""
    arguments.files += rest


def run(arguments: argparse.Namespace) -> int:
    """Render, and print."""
    from radiogram.net.services.print_user import FilmSession
    from radiogram.net.services.printing import Printing

    peer = f"{arguments.host}:{arguments.port}"
    try:
        texts = _texts(arguments.annotate)
    except ValueError:
        terminal.complain("print", "--annotate is N=TEXT, where N is a position from 1")
        return 2
    items, code = _items(arguments)
    if not items:
        if not code:
            terminal.complain("print", "there is no file in what was given")
        return 1
    try:
        association = associated(arguments, [(uid, None) for uid in _contexts(arguments, Printing.contexts)])
    except (DicomError, OSError, ValueError) as error:
        terminal.complain(peer, error)
        return NO_ASSOCIATION
    session = {
        "NumberOfCopies": str(arguments.copies),
        "PrintPriority": arguments.priority,
        "MediumType": arguments.medium,
        "FilmDestination": arguments.destination,
        "FilmSessionLabel": arguments.label,
    }
    film = {
        "FilmSizeID": arguments.film_size,
        "FilmOrientation": arguments.orientation,
        "MagnificationType": arguments.magnification,
        "AnnotationDisplayFormatID": arguments.annotation_format,
    }
    try:
        opened = FilmSession(
            association, color=arguments.rgb, **{name: one for name, one in session.items() if one}
        )
        lut = opened.presentation_lut(arguments.lut) if arguments.lut else ""
        asked = {name: one for name, one in film.items() if one}
        films = opened.film(items, arguments.format, lut=lut, annotations=texts, **asked)
        for number, job in enumerate(films, start=1):
            say(arguments, f"{peer}: film {number} accepted", film=number, job=job)
        opened.close()
    except DicomError as error:
        terminal.complain(peer, error)
        return 1
    finally:
        released(association)
    return code


def _texts(annotations: list[str]) -> dict[int, str]:
    pairs = (text.partition("=") for text in annotations)
    return {int(number): text for number, _, text in pairs}


def _contexts(arguments: argparse.Namespace, known: tuple[str, ...]) -> list[str]:
    """Give what is proposed: the meta SOP class, and presentation LUTs and annotation boxes where they are used."""
    meta, lut, annotation = known[1 if arguments.rgb else 0], known[2], known[3]
    return [meta, *[lut] * bool(arguments.lut), *[annotation] * bool(arguments.annotate)]


def _items(arguments: argparse.Namespace) -> tuple[list[Dataset], int]:
    import numpy as np

    from radiogram.dataset.reader import read
    from radiogram.net.services.print_user import image_item

    items, code = [], 0
    for path in files_of(arguments.files):
        try:
            ds = read(path)
            for frame in range(ds.pixels.n_frames):
                picture = ds.pixels.frame(frame, units="display")
                if arguments.rgb and picture.ndim == 2:
                    picture = np.repeat(picture[..., None], 3, axis=2)
                elif not arguments.rgb and picture.ndim == 3:
                    # Rec. ITU-R BT.601: the luminance of a colour.
                    picture = np.rint(picture.astype(float) @ [0.299, 0.587, 0.114]).astype(np.uint8)
                items.append(image_item(picture.astype(np.uint8), color=arguments.rgb))
        except (DicomError, OSError) as error:
            terminal.complain(path, error)
            code = 1
    return items, code
