"""``radiogram volume``: a folder of slices as one array, with a verdict on the series and a contact sheet."""

from __future__ import annotations

import argparse
import dataclasses
import json
import shlex
import sys
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radiogram.cli import terminal
from radiogram.cli.terminal import escaped

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from radiogram.volume import Volume

__all__ = ["add", "run", "write_sheet"]

_OUTPUTS = (".npy", ".nii", ".nii.gz")
_DTYPES = (
    *("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"),
    *("float32", "float64"),
)
_WINDOWS = {"CT": (40.0, 400.0)}
"""Centre and width that show a modality's usual volume; where there is none, the values shown decide."""
_EPILOG = """\
The contact sheet goes beside the output: of scan.nii.gz it is scan.sheet.png. CT in Hounsfield units is shown
from -160 to 240, everything else from its 1st to its 99.5th percentile. Exit codes: 0 fine, 1 no volume or no
file was made, 2 wrong usage."""
_SHOWN_PATHS = 3


def add(subparsers: Any) -> None:  # noqa: ANN401  # argparse keeps the class to itself
    """Add the parser of this command."""
    from radiogram.volume.suv import KINDS

    parser = subparsers.add_parser(
        "volume", help="put the slices of a series in their places", description=__doc__, epilog=_EPILOG
    )
    parser.add_argument(
        "paths", nargs="+", metavar="PATH", help="a folder, read with all its sub-folders, or files"
    )
    parser.add_argument(
        "-o",
        "--output",
        type=_output,
        metavar="FILE",
        help="where to: .npy, .nii or .nii.gz; else only the verdict",
    )
    sheet = parser.add_mutually_exclusive_group()
    sheet.add_argument("--sheet", type=_picture, metavar="PNG", help="where the contact sheet goes")
    sheet.add_argument("--no-sheet", action="store_true", help="no contact sheet beside the output")
    parser.add_argument(
        "--sidecar",
        action="store_true",
        help="what the headers say, in the words of BIDS, as .json beside a .nii or .nii.gz",
    )
    parser.add_argument("--series", metavar="UID", help="which Series Instance UID, where there are several")
    parser.add_argument(
        "--units",
        choices=("modality", "stored", "real_world", *(f"suv{kind}" for kind in KINDS)),
        default="modality",
        help="after the rescale, as they are stored, by the real world value mapping, or uptake values of PET",
    )
    parser.add_argument(
        "--missing",
        choices=("error", "warn", "fill"),
        default="error",
        help="what becomes of places without a slice: refused, filled with a warning, filled",
    )
    parser.add_argument(
        "--dtype", choices=_DTYPES, metavar="T", help=f"the type of the array: {', '.join(_DTYPES)}"
    )
    parser.add_argument(
        "--threads", type=_threads, metavar="N", help="how many threads read; one a processor"
    )
    parser.add_argument("--json", action="store_true", help="the verdict as JSON, a refusal too")
    parser.add_argument("--quiet", action="store_true", help="no verdict in words and no progress")
    terminal.add_colour(parser)


def _output(text: str) -> Path:
    if not text.endswith(_OUTPUTS):
        message = f"{text!r} ends in none of {', '.join(_OUTPUTS)}"
        raise argparse.ArgumentTypeError(message)
    return Path(text)


def _picture(text: str) -> Path:
    if not text.endswith(".png"):
        message = f"{text!r} does not end in .png"
        raise argparse.ArgumentTypeError(message)
    return Path(text)


def _threads(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 1024):
        message = f"{text!r} is no number from 1 to 1024"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    """Read, write what was asked for, and say what was found."""
    from radiogram.errors import DicomError

    source = arguments.paths[0] if len(arguments.paths) == 1 else f"{len(arguments.paths)} paths"
    written = {"output": arguments.output, "sheet": _sheet_path(arguments)}
    folderless = next((path for path in written.values() if path and not path.parent.is_dir()), None)
    if folderless is not None:
        return _fail(arguments, str(folderless), FileNotFoundError(f"there is no folder {folderless.parent}"))
    if arguments.sidecar and not (arguments.output and ".nii" in arguments.output.name):
        terminal.complain(source, "--sidecar goes beside an output that ends in .nii or .nii.gz")
        return 2
    begin = time.perf_counter()
    try:
        volume = _read(arguments)
    except (DicomError, OSError, MemoryError) as error:
        return _fail(arguments, source, error)
    seconds = time.perf_counter() - begin
    if volume.report.missing and arguments.missing == "warn":
        count = len(volume.report.missing)
        are = "slice is" if count == 1 else "slices are"
        terminal.complain(source, f"warning: {count} {are} missing, filled with {volume.report.fill:g}")
    for path in filter(None, written.values()):
        try:
            if path.suffix == ".png":
                write_sheet(path, volume, units=arguments.units)
            else:
                _write_array(path, volume, sidecar=arguments.sidecar)
        except (DicomError, OSError, MemoryError) as error:
            return _fail(arguments, str(path), error)
    if arguments.json:
        _say(_as_json(volume, written, seconds))
    elif not arguments.quiet:
        _say("\n".join(_lines(volume, written, seconds, terminal.prepare(color=arguments.color))))
    return 0


def _sheet_path(arguments: argparse.Namespace) -> Path | None:
    if arguments.sheet or arguments.no_sheet or not arguments.output:
        path: Path | None = arguments.sheet
        return path
    output: Path = arguments.output
    stem = output.name.removesuffix(".gz").rpartition(".")[0]
    return output.with_name(f"{stem}.sheet.png")


def _read(arguments: argparse.Namespace) -> Volume:
    from radiogram.volume import MissingSliceWarning, read_volume

    shown = sys.stderr.isatty() and not arguments.quiet
    with warnings.catch_warnings():
        # It is said in the program's own words.
        warnings.simplefilter("ignore", MissingSliceWarning)
        try:
            return read_volume(
                arguments.paths,
                series_uid=arguments.series,
                units=arguments.units,
                dtype=arguments.dtype,
                missing=arguments.missing,
                threads=arguments.threads,
                progress=_progress if shown else None,
            )
        finally:
            if shown:
                sys.stderr.write("\r\x1b[K")


def _progress(done: int, total: int) -> None:
    # Each file counts twice: its header, then its pixels.
    sys.stderr.write(f"\r{100 * done // max(total, 1):3} % of {total // 2} files")
    sys.stderr.flush()


def _write_array(path: Path, volume: Volume, *, sidecar: bool) -> None:
    from numpy.lib import format as npy

    from radiogram.interop.whole_file import replacing

    if path.suffix == ".npy":
        with replacing(path) as file:
            npy.write_array_header_1_0(file, npy.header_data_from_array_1_0(volume.array))
            # `numpy.save` would not say why a write failed.
            file.write(volume.array.data)
    else:
        volume.to_nifti(path, sidecar=sidecar)


def write_sheet(path: Path, volume: Volume, *, units: str = "modality") -> None:
    """Write the contact sheet of a volume as PNG, as a whole or not at all."""
    from radiogram.interop.whole_file import replacing
    from radiogram.pixels.png import encode_png

    picture = encode_png(_sheet(volume, units))
    with replacing(path) as file:
        file.write(picture)


def _sheet(volume: Volume, units: str) -> NDArray[np.uint8]:
    import numpy as np

    from radiogram.volume.sheet import contact_sheet

    array = volume.array
    is_colour = volume.dims[-1] == "sample"
    if "slice" not in volume.dims and array.ndim == 2 + is_colour:
        # A picture without a place.
        array = array[None]
    # The first volume of several.
    while array.ndim > 3 + is_colour:
        array = array[0]
    if is_colour:
        # Colours: from 0 to 255 as they are.
        channels = [
            contact_sheet(array[..., sample], window=(128.0, 256.0)) for sample in range(array.shape[3])
        ]
        return np.stack(channels, axis=-1)
    # A window of a modality is one of its units, not of stored samples.
    return contact_sheet(array, window=_WINDOWS.get(volume.report.modality) if units == "modality" else None)


def _as_json(volume: Volume, written: dict[str, Path | None], seconds: float) -> str:
    made = {
        "shape": volume.array.shape,
        "affine": volume.affine.tolist(),
        **dataclasses.asdict(volume.report),
        "paths": volume.paths,
        **{what: None if path is None else str(path) for what, path in written.items()},
        "seconds": round(seconds, 6),
    }
    return json.dumps(made, indent=2)


def _lines(
    volume: Volume, written: dict[str, Path | None], seconds: float, style: terminal.Style
) -> list[str]:
    lines = [f"{style.head}{volume!r}{style.end}"]
    told = [*str(volume.report).split("\n"), f"{'read in':<10} {seconds:.2f} s"]
    told += [f"{what:<10} {path}" for what, path in written.items() if path is not None]
    for line in told:
        label, value = line[:10], escaped(line[10:])
        lines.append(f"{style.name}{label}{style.end}{value}")
    return lines


def _fail(arguments: argparse.Namespace, source: str, error: Exception) -> int:
    """Say why there is nothing, and what would help."""
    choices: tuple[str, ...] = getattr(error, "choices", ())
    message = _message(error)
    if choices:
        # The choices follow, a line each.
        message = message.partition(f": {choices[0]}")[0]
    terminal.complain(source, message)
    for line in _advice(arguments, error, choices):
        print(escaped(line), file=sys.stderr)
    if arguments.json:
        kind = getattr(error, "kind", "system")
        _say(json.dumps({"error": {"kind": kind, "message": _message(error), "choices": choices}}, indent=2))
    return 1


def _message(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return f"not enough memory: {error}"
    strerror = getattr(error, "strerror", None)
    return strerror or str(error)


def _advice(arguments: argparse.Namespace, error: Exception, choices: tuple[str, ...]) -> list[str]:
    from radiogram.errors import MissingSliceError

    if isinstance(error, MissingSliceError):
        return ["  fill the places without a slice: --missing fill"]
    uids = [choice.partition(":")[0] for choice in choices]
    lines = [f"  {choice}" for choice in choices]
    # A UID that several of them share, or that is none, does not choose between them.
    one = next((uid for uid in uids if uids.count(uid) == 1 and uid[:1].isdigit()), None)
    if one is not None:
        paths = [shlex.quote(path) for path in arguments.paths[:_SHOWN_PATHS]]
        more = " …" if len(arguments.paths) > _SHOWN_PATHS else ""
        output = f" -o {shlex.quote(str(arguments.output))}" if arguments.output else ""
        lines.append(f"  choose one: radiogram volume {' '.join(paths)}{more} --series {one}{output}")
    elif choices:
        lines.append("  they share one series: name the files of one of them instead of the folder")
    return lines


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
