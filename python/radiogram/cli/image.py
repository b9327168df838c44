"""``radiogram image``: frames of a file as pictures."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radiogram.cli import terminal
from radiogram.errors import ArgumentError, DicomError

if TYPE_CHECKING:
    from typing import BinaryIO

    from numpy.typing import NDArray

    from radiogram.pixels import Pixels

__all__ = ["add", "run"]

_EPILOG = """\
Without other wishes the picture is what a viewer would show: the first window or VOI LUT, MONOCHROME1 and presentation shape, palettes
and luminance as RGB. Exit codes: 0 fine, 1 no picture, 2 wrong usage."""

_UNITS = ("display", "color", "modality", "stored")


def add(subparsers: Any) -> None:  # noqa: ANN401  # argparse keeps the class to itself
    """Add the parser of this command."""
    parser = subparsers.add_parser(
        "image", help="write frames as pictures", description=__doc__, epilog=_EPILOG
    )
    parser.add_argument("source", metavar="FILE", help="a DICOM file")
    parser.add_argument(
        "-o",
        "--output",
        metavar="PICTURE",
        required=True,
        help="where to write: .png, - for PNG on standard output, any other suffix with Pillow",
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--frame", type=_frame, default=1, metavar="N", help="which frame, counted from 1; the first"
    )
    which.add_argument("--all", action="store_true", help="every frame, numbered before the suffix")
    parser.add_argument("--units", choices=_UNITS, default="display", help="what the numbers are; display")
    parser.add_argument(
        "--window", nargs=2, type=float, metavar=("CENTER", "WIDTH"), help="a window instead of the file's"
    )
    parser.add_argument("--16", dest="fine", action="store_true", help="16 bits for the display, not 8")


def _frame(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        message = "frames are counted from 1"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    """Render and write, or say why there is no picture."""
    wrong = _wrong(arguments)
    if wrong is not None:
        print(f"radiogram image: {wrong}", file=sys.stderr)
        return 2
    from radiogram.dataset.reader import read

    try:
        pixels = read(arguments.source).pixels
        count = len(pixels)
        if not arguments.all and arguments.frame > count:
            message = f"there is no frame {arguments.frame} of {count}"
            raise ArgumentError(message)
        chosen = range(count) if arguments.all else [arguments.frame - 1]
        for number in chosen:
            image = _drawable(_rendered(pixels, number, arguments))
            _write(_place(arguments.output, number, count if arguments.all else 1), image)
    except (DicomError, OSError) as error:
        terminal.complain(arguments.source, error)
        return 1
    return 0


def _wrong(arguments: argparse.Namespace) -> str | None:
    """Name options that do not go together."""
    if arguments.units != "display" and (arguments.window or arguments.fine):
        return "--window and --16 are for --units display"
    if arguments.output == "-" and arguments.all:
        return "--all needs files to write to"
    if arguments.output != "-" and not Path(arguments.output).suffix:
        return "the name of the picture has no suffix: .png"
    return None


def _rendered(pixels: Pixels, number: int, arguments: argparse.Namespace) -> NDArray[Any]:
    if arguments.units != "display":
        return pixels.array(units=arguments.units, frames=number)
    window = tuple(arguments.window) if arguments.window else 0
    return pixels.array(
        units="display", frames=number, window=window, dtype="uint16" if arguments.fine else None
    )


def _drawable(image: NDArray[Any]) -> NDArray[Any]:
    """Give numbers as pictures have them: 8 or 16 bits without sign. Nothing is cut off or scaled."""
    import numpy as np

    if image.dtype in (np.uint8, np.uint16):
        return image
    low, high = (image.min(), image.max()) if image.size else (0, 0)
    if image.dtype.kind not in "iu" or low < 0 or high > 65535:
        message = (
            f"the values are {image.dtype} from {low} to {high}, which no picture holds: use --units display"
        )
        raise ArgumentError(message)
    return image.astype(np.uint16)


def _place(output: str, number: int, count: int) -> Path | None:
    """Name the file of a frame, none for standard output."""
    if output == "-":
        return None
    path = Path(output)
    if count == 1:
        return path
    return path.with_name(f"{path.stem}-{number + 1:0{len(str(count))}}{path.suffix}")


def _write(path: Path | None, image: NDArray[Any]) -> None:
    if path is None:
        _put(sys.stdout.buffer, image, ".png")
        sys.stdout.buffer.flush()
        return
    from radiogram.interop.whole_file import replacing

    with replacing(path) as file:
        _put(file, image, path.suffix)


def _put(file: BinaryIO, image: NDArray[Any], suffix: str) -> None:
    if suffix.lower() == ".png":
        from radiogram.pixels.png import encode_png

        file.write(encode_png(image))
        return
    from radiogram.interop.pillow import write_picture

    write_picture(file, image, suffix)
