"""A CT series of a phantom: made of formulas, so that every voxel and every position is known."""

from __future__ import annotations

import math
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radiogram.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Phantom", "Storage", "write_series"]

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)

# Hounsfield units of what the phantom is made of.
_AIR, _FAT, _WATER, _TISSUE, _BONE = -1000, -100, 0, 50, 900
# Centre (x, y, z) and radius as parts of the phantom's half axes, and what it is made of; later ones cover
# earlier ones.
_ELLIPSOIDS: tuple[tuple[tuple[float, float, float], tuple[float, float, float], int], ...] = (
    ((0.0, 0.0, 0.0), (0.88, 0.66, 2.0), _FAT),
    ((0.0, 0.0, 0.0), (0.82, 0.60, 2.0), _TISSUE),
    ((-0.40, -0.08, -0.1), (0.28, 0.38, 0.8), -850),
    ((0.40, -0.08, -0.1), (0.28, 0.38, 0.8), -850),
    ((0.0, 0.42, 0.0), (0.13, 0.13, 2.0), _BONE),
    ((0.0, 0.42, 0.0), (0.06, 0.06, 2.0), _WATER),
    ((-0.40, -0.1, 0.1), (0.08, 0.08, 0.12), 120),
    ((0.40, -0.1, 0.3), (0.05, 0.05, 0.07), 300),
    ((0.05, -0.15, -0.2), (0.12, 0.14, 0.3), 180),
)
_NOISE = 12.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Phantom:
    """The shape and place of a phantom series.

    Attributes
    ----------
    slices, rows, columns : int
        Size of the volume.
    spacing : tuple of float
        Millimetres between slices (along the way of the table), rows and columns.
    origin : tuple of float
        Position of the first voxel, LPS; by default the phantom's middle is the origin of the patient's
        coordinates.
    orientation : tuple of float
        Direction of rows and of columns, two unit vectors at a right angle (PS3.3 C.7.6.2.1.1).
    tilt : float
        Degrees by which the gantry is tilted: the planes turn round their rows, the table does not.
    seed : int
        Of the noise and of the UIDs: the same seed gives the same files.

    Examples
    --------
    >>> from radiogram.volume.phantom import Phantom
    >>> phantom = Phantom(slices=20, rows=64, columns=64, spacing=(2.0, 1.5, 1.5))
    >>> phantom.array().shape, phantom.affine()[2, 0].item()
    ((20, 64, 64), 2.0)
    """

    slices: int = 200
    rows: int = 512
    columns: int = 512
    spacing: tuple[float, float, float] = (1.0, 0.7, 0.7)
    origin: tuple[float, float, float] | None = None
    orientation: tuple[float, ...] = AXIAL
    tilt: float = 0.0
    seed: int = 7

    def __post_init__(self) -> None:
        """Refuse what is no volume."""
        if min(self.slices, self.rows, self.columns) < 1 or min(self.spacing) <= 0:
            message = "a phantom needs at least one voxel, and positive spacings"
            raise ArgumentError(message)
        if len(self.orientation) != 6 or abs(self.tilt) >= 45:
            message = "an orientation has six numbers, and a gantry tilts by less than 45 degrees"
            raise ArgumentError(message)

    def affine(self) -> NDArray[np.float64]:
        """Give the 4 x 4 matrix from (slice, row, column, 1) to the patient's millimetres, LPS."""
        import numpy as np

        row, column = np.asarray(self.orientation[:3]), np.asarray(self.orientation[3:])
        table = np.cross(row, column)
        lean = math.radians(self.tilt)
        column = math.cos(lean) * column - math.sin(lean) * table
        slices, rows, columns = self.spacing
        matrix = np.eye(4)
        matrix[:3, 0], matrix[:3, 1], matrix[:3, 2] = table * slices, column * rows, row * columns
        middle = np.array([self.slices - 1, self.rows - 1, self.columns - 1]) / 2
        matrix[:3, 3] = -matrix[:3, :3] @ middle if self.origin is None else self.origin
        # Decimal strings hold six decimals of what is below a metre and more: nothing is lost on the way to
        # the files.
        rounded: NDArray[np.float64] = matrix.round(9) + 0.0
        return rounded

    def array(self) -> NDArray[np.int16]:
        """Give all slices in Hounsfield units: (slice, row, column)."""
        import numpy as np

        volume = np.empty((self.slices, self.rows, self.columns), np.int16)
        body, noise = self._body(), self._noise()
        for number in range(self.slices):
            self._draw(number, body, noise, volume[number])
        return volume

    def _draw(
        self, number: int, body: NDArray[np.float32], noise: NDArray[np.int16], out: NDArray[np.int16]
    ) -> None:
        """Draw one slice; ``body`` holds the coordinates of its pixels, ``noise`` a tile of noise."""
        import numpy as np

        height = 2.0 * (number + 0.5) / self.slices - 1.0
        out[...] = _AIR
        for (x, y, z), (wide, deep, tall), value in _ELLIPSOIDS:
            left = 1.0 - ((height - z) / tall) ** 2
            if left <= 0:
                continue
            # Only the rows and columns that the ellipse reaches.
            reach = math.sqrt(left)
            top, bottom = _span(y, deep * reach, self.rows)
            start, stop = _span(x, wide * reach, self.columns)
            across = ((body[: self.columns] - x) / wide)[start:stop] ** 2
            down = ((body[self.columns :] - y) / deep)[top:bottom] ** 2
            inside = across + down[:, None] <= np.float32(left)
            out[top:bottom, start:stop][inside] = value
        # One tile of noise, begun elsewhere in each slice.
        begin = (number * 7919) % (noise.size - out.size)
        out += noise[begin : begin + out.size].reshape(out.shape)

    def _body(self) -> NDArray[np.float32]:
        """Give the centres of all columns, then of all rows, from -1 to 1."""
        import numpy as np

        centres = [(2.0 * (np.arange(count) + 0.5) / count - 1.0) for count in (self.columns, self.rows)]
        return np.concatenate(centres).astype(np.float32)

    def _noise(self) -> NDArray[np.int16]:
        import numpy as np

        random = np.random.default_rng(self.seed)
        noise = random.standard_normal(2 * self.rows * self.columns + 1, dtype=np.float32)
        return (noise * np.float32(_NOISE)).round().clip(-24, 24).astype(np.int16)


def _span(centre: float, half: float, count: int) -> tuple[int, int]:
    """Give the range of pixels between ``centre - half`` and ``centre + half`` on an axis from -1 to 1."""
    start = math.floor((centre - half + 1.0) / 2.0 * count)
    stop = math.ceil((centre + half + 1.0) / 2.0 * count)
    return max(start, 0), min(stop, count)


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """How Hounsfield units become stored samples; by default as CT scanners do (PS3.3 A.3).

    Attributes
    ----------
    bits_allocated, bits_stored : int
        Width of a cell, 8, 16 or 32, and of the value in it (PS3.5 8.1.1).
    signed : bool
        Pixel Representation is 1.
    slope, intercept : float
        Of the rescale: stored samples are the nearest whole numbers that it takes to Hounsfield units, cut
        off at the ends of the type.

    Examples
    --------
    >>> from radiogram.volume.phantom import Storage
    >>> Storage(bits_allocated=8, bits_stored=8, slope=16.0).limits
    (0, 255)
    """

    bits_allocated: int = 16
    bits_stored: int = 12
    signed: bool = False
    slope: float = 1.0
    intercept: float = -1024.0

    def __post_init__(self) -> None:
        """Refuse what no sample can be stored in."""
        if self.bits_allocated not in {8, 16, 32} or not 1 <= self.bits_stored <= self.bits_allocated:
            message = "samples are stored in 8, 16 or 32 bits, and need some of them"
            raise ArgumentError(message)
        if self.slope == 0 or not math.isfinite(self.slope) or not math.isfinite(self.intercept):
            message = "a rescale needs two finite numbers, and a slope other than 0"
            raise ArgumentError(message)

    @property
    def limits(self) -> tuple[int, int]:
        """Smallest and largest stored sample."""
        values = 1 << self.bits_stored
        return (-(values // 2), values // 2 - 1) if self.signed else (0, values - 1)

    def encode(self, hounsfield: NDArray[np.int16]) -> bytes:
        """Give the stored samples, little endian."""
        stored = ((hounsfield - self.intercept) / self.slope).round().clip(*self.limits)
        return stored.astype(f"<{'i' if self.signed else 'u'}{self.bits_allocated // 8}").tobytes()


def write_series(
    folder: str | Path,
    phantom: Phantom | None = None,
    *,
    order: str = "ascending",
    missing: Sequence[int] = (),
    storage: Storage | None = None,
    elements: Mapping[int, tuple[str, Any]] | None = None,
) -> list[Path]:
    """Write a phantom as a series of CT images, one file a slice.

    Parameters
    ----------
    folder : str or Path
        Where to; it is made if it is not there.
    phantom : Phantom, optional
        What to write; by default 200 slices of 512 x 512.
    order : str, default "ascending"
        ``"ascending"``: file names and instance numbers run with the slices' places; ``"descending"``:
        against them; ``"shuffled"``: neither.
    missing : sequence of int
        Places whose files are left out.
    storage : Storage, optional
        How samples are stored; by default as uint16 of 12 bits with a Rescale Intercept of -1024.
    elements : mapping from int to (str, value), optional
        VR and value of elements that every file gets beside its own, or in their stead, by tag.

    Returns
    -------
    list of Path
        The files in the order of their names.

    Raises
    ------
    ArgumentError
        ``order`` is another word.

    Examples
    --------
    >>> import tempfile
    >>> from radiogram.volume.phantom import Phantom, write_series
    >>> small = Phantom(slices=3, rows=16, columns=16)
    >>> [path.name for path in write_series(tempfile.mkdtemp(), small, missing=[1])]
    ['CT0001.dcm', 'CT0003.dcm']
    """
    import numpy as np

    from radiogram.dataset import Dataset

    phantom, storage = phantom or Phantom(), storage or Storage()
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    places = _places(phantom, order)
    affine = phantom.affine()
    shared = _shared(phantom, affine, storage)
    body, noise = phantom._body(), phantom._noise()
    left_out = frozenset(missing)
    hounsfield = np.empty((phantom.rows, phantom.columns), np.int16)
    paths = []
    for number, place in enumerate(places, start=1):
        if place in left_out:
            continue
        phantom._draw(place, body, noise, hounsfield)
        position = (affine @ (place, 0.0, 0.0, 1.0))[:3].round(9) + 0.0
        whole = shared | {
            0x0008_0018: ("UI", _uid(phantom.seed, f"instance {place}")),
            0x0020_0013: ("IS", number),
            0x0020_0032: ("DS", position.tolist()),
            0x7FE0_0010: ("OB" if storage.bits_allocated == 8 else "OW", storage.encode(hounsfield)),
            **(elements or {}),
        }
        path = folder / f"CT{number:04}.dcm"
        ds = Dataset()
        for tag in sorted(whole):
            ds.add_new(tag, *whole[tag])
        ds.save_as(path, transfer_syntax="ExplicitVRLittleEndian")
        paths.append(path)
    return paths


def _places(phantom: Phantom, order: str) -> list[int]:
    """Give the place of the first file, of the second, and so on."""
    import numpy as np

    places = list(range(phantom.slices))
    if order == "descending":
        places.reverse()
    elif order == "shuffled":
        places = [int(place) for place in np.random.default_rng(phantom.seed).permutation(phantom.slices)]
    elif order != "ascending":
        message = "order is ascending, descending or shuffled"
        raise ArgumentError(message)
    return places


def _uid(seed: int, what: str) -> str:
    """Give a UID made of a UUID (PS3.5 B.2), always the same for the same words."""
    return f"2.25.{uuid.uuid5(uuid.NAMESPACE_URL, f'radiogram phantom {seed} {what}').int}"


def _shared(phantom: Phantom, affine: NDArray[np.float64], storage: Storage) -> dict[int, tuple[str, Any]]:
    """Give the elements that all slices share: CT Image Storage, types 1 and 2 (PS3.3 A.3.3)."""
    directions = [*(affine[:3, 2] / phantom.spacing[2]), *(affine[:3, 1] / phantom.spacing[1])]
    uid = _uid
    seed = phantom.seed
    return {
        0x0008_0008: ("CS", ["ORIGINAL", "PRIMARY", "AXIAL"]),
        0x0008_0016: ("UI", "1.2.840.10008.5.1.4.1.1.2"),
        0x0008_0020: ("DA", "20200101"),
        0x0008_0030: ("TM", "120000"),
        0x0008_0050: ("SH", None),
        0x0008_0060: ("CS", "CT"),
        0x0008_0070: ("LO", "radiogram"),
        0x0008_0090: ("PN", None),
        0x0008_103E: ("LO", "Phantom"),
        0x0010_0010: ("PN", "Phantom^Radiogram"),
        0x0010_0020: ("LO", "PHANTOM"),
        0x0010_0030: ("DA", None),
        0x0010_0040: ("CS", "O"),
        0x0018_0050: ("DS", phantom.spacing[0]),
        0x0018_0060: ("DS", 120.0),
        0x0018_0088: ("DS", phantom.spacing[0]),
        0x0018_1120: ("DS", phantom.tilt),
        0x0018_5100: ("CS", "HFS"),
        0x0020_000D: ("UI", uid(seed, "study")),
        0x0020_000E: ("UI", uid(seed, "series")),
        0x0020_0010: ("SH", "1"),
        0x0020_0011: ("IS", 1),
        0x0020_0012: ("IS", 1),
        0x0020_0037: ("DS", [float(value) for value in directions]),
        0x0020_0052: ("UI", uid(seed, "frame of reference")),
        0x0020_1040: ("LO", None),
        0x0028_0002: ("US", 1),
        0x0028_0004: ("CS", "MONOCHROME2"),
        0x0028_0010: ("US", phantom.rows),
        0x0028_0011: ("US", phantom.columns),
        0x0028_0030: ("DS", [phantom.spacing[1], phantom.spacing[2]]),
        0x0028_0100: ("US", storage.bits_allocated),
        0x0028_0101: ("US", storage.bits_stored),
        0x0028_0102: ("US", storage.bits_stored - 1),
        0x0028_0103: ("US", int(storage.signed)),
        0x0028_1050: ("DS", 40.0),
        0x0028_1051: ("DS", 400.0),
        0x0028_1052: ("DS", storage.intercept),
        0x0028_1053: ("DS", storage.slope),
        0x0028_1054: ("LO", "HU"),
    }
