"""``radiogram demo``: a phantom CT series written, read back, checked against its formulas, and shown."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radiogram.cli import terminal
from radiogram.cli.terminal import escaped

if TYPE_CHECKING:
    from radiogram.volume import Volume
    from radiogram.volume.phantom import Phantom

__all__ = ["add", "run"]

_FEWEST, _MOST = 8, 2000
_SHEET = "radiogram-demo.png"
_SERIES = "radiogram-demo-series"
_ELEMENTS = (
    *("SOPClassUID", "Modality", "PatientName", "SliceThickness", "ImagePositionPatient"),
    *("ImageOrientationPatient", "Rows", "Columns", "PixelSpacing", "RescaleIntercept", "PixelData"),
)
_GIGA, _MEGA = 1e9, 1e6
_TIMES, _PATIENCE = 3, 1.0
"""How often something is timed, and after how many seconds no more."""


def add(subparsers: Any) -> None:  # noqa: ANN401  # argparse keeps the class to itself
    """Add the parser of this command."""
    parser = subparsers.add_parser(
        "demo", help="see it work on a series it makes itself", description=__doc__
    )
    parser.add_argument(
        "--folder", type=Path, default=Path(), metavar="DIR", help=f"where {_SHEET} goes; the current folder"
    )
    parser.add_argument(
        "--slices", type=_slices, default=200, metavar="N", help=f"how many, {_FEWEST} to {_MOST}; 200"
    )
    parser.add_argument("--keep", action="store_true", help=f"leave the files in DIR/{_SERIES}")
    terminal.add_colour(parser)


def _slices(text: str) -> int:
    if not (text.isascii() and text.isdigit() and _FEWEST <= int(text) <= _MOST):
        message = f"{text!r} is no number from {_FEWEST} to {_MOST}"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    """Show the whole way from files to a picture; what fails is a complaint and exit code 1."""
    from radiogram.errors import DicomError

    folder: Path = arguments.folder
    show = _Show(terminal.prepare(color=arguments.color))
    try:
        if not arguments.keep:
            with tempfile.TemporaryDirectory(prefix="radiogram-demo-") as temporary:
                return _tour(show, Path(temporary), arguments)
        series = folder / _SERIES
        if series.exists() and any(series.iterdir()):
            message = "is there already, and not empty"
            raise FileExistsError(0, message, str(series))
        return _tour(show, series, arguments)
    except BrokenPipeError:
        raise
    except (DicomError, OSError, MemoryError) as error:
        where = getattr(error, "filename", None) or folder
        terminal.complain(str(where), getattr(error, "strerror", None) or error)
        return 1


class _Show:
    """Prints the steps as they are done."""

    def __init__(self, style: terminal.Style) -> None:
        self.style = style

    def step(self, title: str) -> None:
        self._print(f"\n{self.style.head}{title}{self.style.end}")

    def line(self, label: str, text: str) -> None:
        self._print(f"  {self.style.name}{label:<10}{self.style.end} {escaped(text)}")

    def bad(self, text: str) -> None:
        self._print(f"  {self.style.bad}{escaped(text)}{self.style.end}")

    def plain(self, text: str) -> None:
        self._print(f"  {escaped(text)}")

    def _print(self, text: str) -> None:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def _tour(show: _Show, series: Path, arguments: argparse.Namespace) -> int:
    from radiogram.cli.volume import write_sheet
    from radiogram.volume.phantom import Phantom

    arguments.folder.mkdir(parents=True, exist_ok=True)
    phantom = Phantom(slices=arguments.slices)
    begin = time.perf_counter()
    paths = _write(show, series, phantom)
    volume = _load(show, paths)
    fine = _check(show, volume, phantom)
    _dump(show, paths[len(paths) // 2])
    fine = _gap(show, paths) and fine
    sheet = arguments.folder / _SHEET
    write_sheet(sheet, volume)
    show.step("The contact sheet")
    show.line("picture", str(sheet.absolute()))
    if arguments.keep:
        show.line("series", str(series.absolute()))
    show.line("in all", f"{time.perf_counter() - begin:.1f} s")
    return 0 if fine else 1


def _write(show: _Show, series: Path, phantom: Phantom) -> list[Path]:
    from radiogram.volume.phantom import write_series

    show.step(f"Writing a CT series of {phantom.slices} slices, {phantom.rows} x {phantom.columns}, 12 bits")
    begin = time.perf_counter()
    # Neither file names nor instance numbers tell the order: only the positions do.
    paths = write_series(series, phantom, order="shuffled")
    seconds = time.perf_counter() - begin
    size = sum(path.stat().st_size for path in paths)
    show.line("written", f"{len(paths)} files, {size / _MEGA:.0f} MB, in {seconds:.2f} s, in shuffled order")
    return paths


def _load(show: _Show, paths: list[Path]) -> Volume:
    from radiogram.volume import read_volume

    show.step(f"volume = radiogram.read_volume({paths[0].parent.name!r})")
    took: list[float] = []
    while len(took) < _TIMES and sum(took) < _PATIENCE:
        begin = time.perf_counter()
        volume = read_volume(paths[0].parent)
        took.append(time.perf_counter() - begin)
    seconds = min(took)
    show.plain(repr(volume))
    for line in str(volume.report).split("\n"):
        show.line(line[:10].strip(), line[11:])
    rate = f"{len(paths) / seconds:,.0f} files/s, {volume.array.nbytes / _GIGA / seconds:.2f} GB/s of array"
    show.line("read in", f"{seconds:.3f} s: {rate} (fastest of {len(took)}, files in the system's cache)")
    return volume


def _check(show: _Show, volume: Volume, phantom: Phantom) -> bool:
    import numpy as np

    same = np.array_equal(volume.array, phantom.array())
    off = float(np.abs(volume.affine - phantom.affine()).max())
    if not same or off > 1e-6:
        show.bad(f"this is not the phantom: voxels {'equal' if same else 'differ'}, affine off by {off:.2g}")
        return False
    show.line(
        "checked", f"all {volume.array.size:,} voxels and the affine matrix equal the phantom's formulas"
    )
    return True


def _dump(show: _Show, path: Path) -> None:
    from radiogram.dataset import read
    from radiogram.dataset.show import element

    show.step(f"ds = radiogram.read({path.name!r})")
    took: list[float] = []
    for _ in range(_TIMES):
        begin = time.perf_counter()
        ds = read(path)
        lines = [element(ds[keyword]) for keyword in _ELEMENTS]
        took.append(time.perf_counter() - begin)
    for line in lines:
        show.plain(line)
    show.line("read in", f"{min(took) * 1000:.2f} ms; pixel data stay in the file until they are touched")


def _gap(show: _Show, paths: list[Path]) -> bool:
    """Take a slice away and put it back: the first must be refused, the second not."""
    from radiogram.errors import MissingSliceError
    from radiogram.volume import read_volume

    folder, lost = paths[0].parent, _inner(paths)
    show.step(f"The same without {lost.name}")
    data = lost.read_bytes()
    lost.unlink()
    try:
        read_volume(folder)
    except MissingSliceError as error:
        show.plain(f"MissingSliceError: {error}")
        refused = True
    else:
        show.bad("the missing slice was not noticed")
        refused = False
    lost.write_bytes(data)
    whole = read_volume(folder).report
    show.line("put back", f"{whole.present} slices, {'some' if whole.missing else 'none'} missing")
    return refused and not whole.missing


def _inner(paths: list[Path]) -> Path:
    """Give a file whose slice has neighbours on both sides: at an end nobody can see a gap."""
    from radiogram.dataset import read

    heights = [read(path, specific_tags=["ImagePositionPatient"]).ImagePositionPatient[2] for path in paths]
    return paths[sorted(range(len(paths)), key=heights.__getitem__)[len(paths) // 2]]
