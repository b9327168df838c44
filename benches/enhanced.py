"""Enhanced CT objects: a volume of many frames, and a header of very many."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from benches import data
from benches.data import kept

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from benches.data import Size

Volume = npt.NDArray[Any]
SEQUENCE = b"\x00\x52\x30\x92SQ\x00\x00"
PIXELS = b"\xe0\x7f\x10\x00OW\x00\x00"


def enhanced_ct(size: Size) -> Path:
    """Make 400 frames of 512 x 512 in an order of their own, 210 MB."""
    from radiogram.volume.multiframe import write_multiframe
    from radiogram.volume.phantom import Phantom

    def make(part: Path) -> None:
        full = size == data.FULL
        side, frames = (512, 400) if full else (32, 12)
        order = [int(frame) for frame in np.random.default_rng(4).permutation(frames)]
        write_multiframe(part, Phantom(slices=frames, rows=side, columns=side), order=order)

    return kept(data.folder(size) / "enhanced_ct.dcm", make)


def header(size: Size, lengths: str) -> Path:
    """Make an object of 100,000 tiny frames: our writer's first item, again and again, each at a place of its own."""
    from radiogram.volume.multiframe import write_multiframe
    from radiogram.volume.phantom import Phantom

    frames = 100_000 if size == data.FULL else 200

    def make(part: Path) -> None:
        tiny = Phantom(slices=1, rows=2, columns=2, origin=(-100.0, -100.0, 12345.0))
        write_multiframe(part, tiny, slopes=[1.0], lengths=lengths)
        whole = part.read_bytes()
        at, pixels = whole.index(SEQUENCE) + len(SEQUENCE), whole.rindex(PIXELS)
        end = b"\xfe\xff\xdd\xe0\x00\x00\x00\x00" if lengths == "undefined" else b""
        item = whole[at + 4 : pixels - len(end)]
        place = item.index(b"12345")
        items = b"".join(item[:place] + b"%05d" % number + item[place + 5 :] for number in range(frames))
        length = 0xFFFFFFFF if end else len(items)
        count = whole.index(b"(\x00\x08\x00IS")
        start = whole[:count] + b"(\x00\x08\x00IS\x06\x00" + b"%-6d" % frames + whole[count + 10 :]
        start = start[: at + 4]
        part.write_bytes(
            start
            + struct.pack("<I", length)
            + items
            + end
            + PIXELS
            + struct.pack("<I", frames * 8)
            + bytes(frames * 8)
        )

    return kept(data.folder(size) / f"enhanced_header_{lengths}.dcm", make)


def by_radiogram(path: Path, threads: int = 1) -> Volume:
    """One call."""
    import radiogram as rg

    array: Volume = rg.read_volume(path, dtype=np.int16, threads=threads).array
    return array


def by_radiogram_on_two(path: Path) -> Volume:
    """One call on two threads."""
    return by_radiogram(path, threads=2)


def by_pydicom(path: Path) -> Volume:
    """Sort the frames by the positions in their groups, and rescale."""
    import pydicom

    ds = pydicom.dcmread(path)
    groups = ds.PerFrameFunctionalGroupsSequence
    heights = [float(group.PlanePositionSequence[0].ImagePositionPatient[2]) for group in groups]
    rescale = ds.SharedFunctionalGroupsSequence[0].PixelValueTransformationSequence[0]
    volume: Volume = ds.pixel_array[np.argsort(heights)].astype(np.int16)
    volume *= np.int16(rescale.RescaleSlope)
    volume += np.int16(rescale.RescaleIntercept)
    return volume


def by_simpleitk(path: Path) -> Volume:
    """GDCM, which sorts no frames: the order of the file."""
    import SimpleITK

    volume: Volume = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(path)))
    return volume


def _by_highdicom() -> Callable[[Path], Volume] | str:
    try:
        import highdicom
    except ImportError:
        return "not installed"

    def read(path: Path) -> Volume:
        """Its volume, turned so that slices ascend."""
        volume = highdicom.imread(path).get_volume(dtype=np.float32)
        array: Volume = volume.array
        return array if volume.affine[2, 0] > 0 else array[::-1]

    return read


WAYS: dict[str, Callable[[Path], Volume] | str] = {
    "radiogram": by_radiogram,
    "radiogram, 2 threads": by_radiogram_on_two,
    "pydicom": by_pydicom,
    "SimpleITK": by_simpleitk,
    "highdicom": _by_highdicom(),
}
