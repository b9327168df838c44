"""Series to try a reader of volumes with, each with the truth: which slices there are, and where each one lies.

Every slice of the phantom has a pattern of its own, so that it is found again whatever a reader makes of the files.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import radiogram as rg
from radiogram.volume.divided import write_concatenation
from radiogram.volume.maps import write_map
from radiogram.volume.multiframe import write_multiframe
from radiogram.volume.phantom import Phantom, Storage, write_series

from tests.volume.mosaics import write_mosaics

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Elements = dict[int, tuple[str, Any]]

OBLIQUE = (0.8, 0.6, 0.0, -0.48, 0.64, 0.6)
SAGITTAL = (0.0, 1.0, 0.0, 0.0, 0.0, -1.0)
SMALL: dict[str, Any] = {"slices": 6, "rows": 20, "columns": 24, "spacing": (3.0, 0.8, 0.6)}


@dataclass
class Truth:
    """Slices as (picture, matrix from (row, column, 1) to millimetres): what a reader may give, each at its place."""

    slices: list[tuple[np.ndarray, np.ndarray]] = field(default_factory=list)
    beside: list[np.ndarray] = field(default_factory=list)
    """Pictures that are no slice of it: they may be given, by themselves."""
    is_volume: bool = True
    """False where no regular grid holds the slices: then refusing is right."""

    def add(self, array: np.ndarray, affine: np.ndarray, places: list[int] | None = None) -> None:
        """Add slices of a regular stack."""
        for place in places if places is not None else range(len(array)):
            matrix = affine[:3][:, [1, 2, 3]].copy()
            matrix[:, 2] += affine[:3, 0] * place
            self.slices.append((array[place], matrix))


def _phantom(**options: Any) -> Phantom:
    return Phantom(**{**SMALL, **options})


def _series(
    folder: Path, truth: Truth, *, added: int = 0, elements: Elements | None = None, **options: Any
) -> list[Path]:
    """Write a phantom whose values are larger by `added`."""
    written = {key: options.pop(key) for key in ("order", "missing", "storage") if key in options}
    phantom = _phantom(**options)
    held: Elements = {0x0028_1052: ("DS", -1024.0 + added)} if added else {}
    paths = write_series(folder, phantom, elements={**held, **(elements or {})}, **written)
    places = [place for place in range(phantom.slices) if place not in written.get("missing", ())]
    truth.add(phantom.array().astype(np.int32) + added, phantom.affine(), places)
    return paths


def _change(path: Path, **values: Any) -> None:
    ds = rg.read(path)
    for keyword, value in values.items():
        setattr(ds, keyword, value)
    ds.save_as(path)


def _renewed(paths: list[Path], first: int = 100) -> None:
    """Give files instances and numbers of their own."""
    for number, path in enumerate(paths):
        ds = rg.read(path)
        ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = rg.uid()
        ds.InstanceNumber = first + number
        ds.save_as(path)


def regular(folder: Path, truth: Truth) -> None:
    """A plain axial series."""
    _series(folder, truth)


def shuffled(folder: Path, truth: Truth) -> None:
    """File names and instance numbers in no order."""
    _series(folder, truth, order="shuffled")


def counted_backwards(folder: Path, truth: Truth) -> None:
    """Instance numbers run from the head down."""
    _series(folder, truth, order="descending")


def oblique(folder: Path, truth: Truth) -> None:
    """No axis along the patient's."""
    _series(folder, truth, orientation=OBLIQUE)


def sagittal(folder: Path, truth: Truth) -> None:
    """Slices from one side to the other."""
    _series(folder, truth, orientation=SAGITTAL)


def tilted(folder: Path, truth: Truth) -> None:
    """A gantry tilted by 14 degrees."""
    _series(folder, truth, tilt=14.0)


def one_missing(folder: Path, truth: Truth) -> None:
    """One slice in the middle is not there."""
    truth.is_volume = False
    _series(folder, truth, missing=[3])


def copied(folder: Path, truth: Truth) -> None:
    """One file twice."""
    paths = _series(folder, truth)
    (folder / "copy.dcm").write_bytes(paths[2].read_bytes())


def two_at_one_place(folder: Path, truth: Truth) -> None:
    """A second image at one position, told apart by nothing."""
    truth.is_volume = False
    paths = _series(folder, truth)
    ds = rg.read(paths[2])
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = rg.uid()
    ds.PixelData = bytes(len(ds.PixelData))
    ds.save_as(folder / "second.dcm")


def uneven(folder: Path, truth: Truth) -> None:
    """The upper half moved up by a millimetre and a half."""
    truth.is_volume = False
    paths = _series(folder, truth)
    for place in (3, 4, 5):
        ds = rg.read(paths[place])
        x, y, z = ds.ImagePositionPatient
        _change(paths[place], ImagePositionPatient=[float(x), float(y), float(z) + 1.5])
        truth.slices[place][1][2, 2] += 1.5


def long_numbers(folder: Path, truth: Truth) -> None:
    """Positions of seventeen characters, one more than the standard allows."""
    for path in _series(folder, truth, origin=(-8.123456789, -7.987654321, 12.5)):
        data = path.read_bytes()
        at = data.index(b"\x20\x00\x32\x00DS") + 8
        length = int.from_bytes(data[at - 2 : at], "little")
        texts = [f"{float(text):.17f}"[:17] for text in data[at : at + length].decode().split("\\")]
        value = "\\".join(texts).encode()
        value += b" " * (len(value) % 2)
        path.write_bytes(data[: at - 2] + len(value).to_bytes(2, "little") + value + data[at + length :])


def mixed_rescale(folder: Path, truth: Truth) -> None:
    """Slope and intercept of each slice its own, as PET has it."""
    phantom = _phantom()
    array = phantom.array().astype(np.float64)
    for place in range(phantom.slices):
        storage = Storage(bits_stored=16, slope=0.5 * (place + 1), intercept=-1024.0 - place)
        paths = write_series(folder / str(place), phantom, storage=storage)
        for other, path in enumerate(paths):
            if other != place:
                path.unlink()
        stored = np.round((array[place] - storage.intercept) / storage.slope)
        array[place] = stored * storage.slope + storage.intercept
    truth.add(array, phantom.affine())


def mixed_signs(folder: Path, truth: Truth) -> None:
    """Stored samples with and without a sign in one series."""
    phantom = _phantom()
    for name, storage in (("a", Storage()), ("b", Storage(bits_stored=16, signed=True, intercept=0.0))):
        for place, path in enumerate(write_series(folder / name, phantom, storage=storage)):
            if (place % 2 == 0) == (name == "b"):
                path.unlink()
    truth.add(phantom.array(), phantom.affine())


def localizer(folder: Path, truth: Truth) -> None:
    """A sagittal scout in the series, called one."""
    _series(folder, truth)
    scout = Phantom(slices=1, rows=20, columns=24, spacing=(5.0, 2.0, 2.0), orientation=SAGITTAL)
    (path,) = write_series(folder / "scout", scout)
    truth.beside.append(scout.array()[0])
    _renewed([path])
    _change(path, ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])


def echoes(folder: Path, truth: Truth) -> None:
    """Two echoes, taken in turn at each position."""
    written = [
        _series(folder / str(n), truth, added=3000 * n, elements={0x0018_0081: ("DS", 4.6 * (n + 1)), **MR})
        for n in (0, 1)
    ]
    for place in range(6):
        for n in (0, 1):
            _renewed([written[n][place]], 2 * place + n + 1)


MR: Elements = {0x0008_0016: ("UI", "1.2.840.10008.5.1.4.1.1.4"), 0x0008_0060: ("CS", "MR")}


def times(folder: Path, truth: Truth) -> None:
    """Three time points by Temporal Position Identifier."""
    for n in range(3):
        said: Elements = {**MR, 0x0020_0100: ("IS", n + 1), 0x0020_0105: ("IS", 3)}
        _renewed(_series(folder / str(n), truth, added=3000 * n, elements=said), 6 * n + 1)


def two_orientations(folder: Path, truth: Truth) -> None:
    """An axial and a sagittal stack under one Series Instance UID: two volumes."""
    truth.is_volume = False
    _series(folder / "a", truth)
    _renewed(_series(folder / "b", truth, orientation=SAGITTAL, added=3000))


def two_sizes(folder: Path, truth: Truth) -> None:
    """Half of the slices twice as wide."""
    truth.is_volume = False
    _series(folder / "a", truth, missing=[3, 4, 5])
    _renewed(_series(folder / "b", truth, missing=[0, 1, 2], columns=48, added=3000))


def no_positions(folder: Path, truth: Truth) -> None:
    """No Image Position (Patient): nobody knows the spacing."""
    truth.is_volume = False
    for path in _series(folder, truth, origin=(-80.0, -70.0, 12.5)):
        ds = rg.read(path)
        del ds.ImagePositionPatient
        ds.save_as(path)


def mosaic(folder: Path, truth: Truth) -> None:
    """Two mosaics of six slices."""
    phantom = _phantom(orientation=OBLIQUE)
    write_mosaics(folder, phantom, times=2, elements={0x0018_0080: ("DS", 2000.0)})
    for time in range(2):
        truth.add(phantom.array().astype(np.int32) + 1000 * time, phantom.affine())


def mosaic_counted_backwards(folder: Path, truth: Truth) -> None:
    """A mosaic whose slices are counted against the normal."""
    phantom = _phantom(orientation=OBLIQUE)
    write_mosaics(folder, phantom, is_reversed=True, elements={0x0018_0080: ("DS", 2000.0)})
    truth.add(phantom.array(), phantom.affine())


def multi_frame(folder: Path, truth: Truth) -> None:
    """One enhanced file, its frames from the head down."""
    phantom = _phantom()
    folder.mkdir(parents=True)
    write_multiframe(folder / "enhanced.dcm", phantom, order=list(reversed(range(phantom.slices))))
    truth.add(phantom.array(), phantom.affine())


def in_parts(folder: Path, truth: Truth) -> None:
    """One enhanced object in three parts of a concatenation."""
    phantom = _phantom()
    folder.mkdir(parents=True)
    order = list(reversed(range(phantom.slices)))
    whole = write_multiframe(folder.parent / "whole.dcm", phantom, order=order)
    write_concatenation(whole, folder, [3, 1, 2])
    truth.add(phantom.array(), phantom.affine())


def last_part_missing(folder: Path, truth: Truth) -> None:
    """The last of three parts of a concatenation is not there."""
    truth.is_volume = False
    phantom = _phantom()
    whole = write_multiframe(folder.parent / "whole.dcm", phantom)
    write_concatenation(whole, folder, [3, 1, 2])[-1].unlink()
    truth.add(phantom.array(), phantom.affine())


def overlapping_parts(folder: Path, truth: Truth) -> None:
    """Two parts of a concatenation that both have one of the frames."""
    truth.is_volume = False
    phantom = _phantom()
    whole = write_multiframe(folder.parent / "whole.dcm", phantom)
    first, _ = write_concatenation(whole, folder / "a", [3, 3])
    shorter, second = write_concatenation(whole, folder / "b", [2, 4])
    (folder / "a" / "part2.dcm").unlink()
    shorter.unlink()
    ds = rg.read(second)
    ds.ConcatenationUID = rg.read(first).ConcatenationUID
    ds.save_as(second)
    truth.add(phantom.array(), phantom.affine())


def map_of_a_slide(folder: Path, truth: Truth) -> None:
    """A parametric map whose frames are tiles of a slide."""
    folder.mkdir(parents=True)
    array = _phantom().array()[:4].astype(np.int16)
    plane = np.block([[array[0], array[1]], [array[2], array[3]]])
    write_map(folder / "map.dcm", plane, tile=array.shape[1:], spacing=0.5)
    # PS3.3 C.8.12.2.1: rows run along -y of the slide, columns along -x.
    matrix = np.array([[-0.5, 0.0, 20.0], [0.0, -0.5, 40.0], [0.0, 0.0, 0.0]])
    truth.slices.append((plane.astype(np.int32), matrix))


CASES: tuple[Callable[[Path, Truth], None], ...] = (
    regular, shuffled, counted_backwards, oblique, sagittal, tilted, long_numbers, mixed_rescale, mixed_signs, copied,
    localizer, one_missing, two_at_one_place, uneven, no_positions, two_orientations, two_sizes, echoes, times,
    mosaic, mosaic_counted_backwards, multi_frame, in_parts, last_part_missing, overlapping_parts, map_of_a_slide,
)  # fmt: skip
