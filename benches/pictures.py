"""Frames of the kinds that scanners make, for the codecs: real ones from pydicom-data, and ones made here with the same statistics.

What decides how a codec does is how noisy a picture is, how much of it is plain background, and how many bits its samples have.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import radiogram as rg
from pydicom.data import get_testdata_file

if TYPE_CHECKING:
    from collections.abc import Callable

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Picture:
    """A frame of unsigned samples, and how many bits of them mean something."""

    array: Array
    bits: int

    def of_bits(self, bits: int) -> Picture:
        """Give the same picture with another depth: low bits are dropped, or empty ones added."""
        shift = bits - self.bits
        kind = np.uint8 if bits <= 8 else np.uint16
        wide = self.array.astype(np.uint32)
        return Picture((wide << shift if shift > 0 else wide >> -shift).astype(kind), bits)

    @property
    def description(self) -> dict[str, int]:
        """Describe the frame as a dataset does."""
        return {
            "Rows": self.array.shape[0],
            "Columns": self.array.shape[1],
            "SamplesPerPixel": self.array.shape[2] if self.array.ndim == 3 else 1,
            "BitsAllocated": self.array.dtype.itemsize * 8,
            "PixelRepresentation": 0,
        }


def _grid(rows: int, columns: int) -> tuple[Array, Array]:
    """Give coordinates from -1 to 1."""
    return np.linspace(-1, 1, rows)[:, None], np.linspace(-1, 1, columns)[None, :]


def _ellipse(rows: int, columns: int, centre: tuple[float, float], radii: tuple[float, float]) -> Array:
    y, x = _grid(rows, columns)
    return ((y - centre[0]) / radii[0]) ** 2 + ((x - centre[1]) / radii[1]) ** 2 < 1


def _grain(random: np.random.Generator, rows: int, columns: int, cells: float) -> Array:
    """Give noise of deviation 1 whose neighbours are alike over about so many pixels, as after a reconstruction."""
    white = random.normal(size=(rows, columns))
    if not cells:
        return white
    y, x = np.fft.fftfreq(rows)[:, None], np.fft.rfftfreq(columns)[None, :]
    soft = np.fft.irfft2(
        np.fft.rfft2(white) * np.exp(-2 * (np.pi * cells) ** 2 * (x**2 + y**2)), (rows, columns)
    )
    return np.asarray(soft / soft.std())


def ct(number: int = 0, side: int = 512) -> Picture:
    """Make a slice of a chest, Hounsfield units from -1024 up as 13 bits, nothing outside the circle of reconstruction."""
    random = np.random.default_rng(1895 + number)
    size = (side, side)
    breadth = 1 + 0.1 * np.sin(number / 40)
    units = np.full(size, -1000.0)
    units[_ellipse(*size, (0.05, 0), (0.55 * breadth, 0.8 * breadth))] = -90
    units[_ellipse(*size, (0.05, 0), (0.5 * breadth, 0.74 * breadth))] = 45
    for side_of in (-1, 1):
        units[_ellipse(*size, (0, 0.36 * side_of), (0.36, 0.26))] = -840
    units[_ellipse(*size, (0.38, 0), (0.1, 0.1))] = 320
    units[_ellipse(*size, (0.05, -0.08), (0.14, 0.17))] = 130
    vessels = _grain(random, *size, 2.5) > 2.2
    units[vessels & (units < -800) & (units > -900)] = 20
    units += 14 * _grain(random, *size, 0.9)
    units[~_ellipse(*size, (0, 0), (1, 1))] = -1024
    return Picture(np.clip(np.rint(units) + 1024, 0, 8191).astype(np.uint16), 13)


def mr(side: int = 512) -> Picture:
    """Make a slice of a head of 12 bits: the noise of a magnitude about it, few bits used."""
    random = np.random.default_rng(1946)
    size = (side, side)
    signal = np.zeros(size)
    signal[_ellipse(*size, (0, 0), (0.85, 0.66))] = 500
    signal[_ellipse(*size, (0, 0), (0.78, 0.6))] = 90
    signal[_ellipse(*size, (0, 0), (0.72, 0.55))] = 330
    signal += (signal == 330) * 60 * np.sign(_grain(random, *size, 5))
    real, imaginary = (7 * _grain(random, *size, 0.6) for _ in range(2))
    return Picture(np.clip(np.hypot(signal + real, imaginary), 0, 4095).astype(np.uint16), 12)


def cr(rows: int = 1955, columns: int = 1841) -> Picture:
    """Make a plate of 15 bits whose noise grows with the light: the low bits are noise alone."""
    random = np.random.default_rng(1901)
    light = 9000 + 5000 * _grain(random, rows, columns, 60) + 500 * _grain(random, rows, columns, 4)
    light = np.clip(light, 900, 26000)
    return Picture((light + np.sqrt(light) * _grain(random, rows, columns, 0.35)).astype(np.uint16), 15)


def dx(side: int = 1760) -> Picture:
    """Make a radiograph of 10 bits: smooth, little noise, black borders of the collimator."""
    random = np.random.default_rng(1913)
    light = 520 + 180 * _grain(random, side, side, 50) + 12 * _grain(random, side, side, 3)
    light += 2.5 * _grain(random, side, side, 0.5)
    edge = side // 12
    light[:edge], light[-edge:], light[:, :edge], light[:, -edge:] = 0, 0, 0, 0
    return Picture(np.clip(light, 0, 1023).astype(np.uint16), 10)


def us(rows: int = 480, columns: int = 640) -> Picture:
    """Make an ultrasound screen of RGB: a grey fan of speckle, a coloured box, much black, sharp marks."""
    random = np.random.default_rng(1958)
    y, x = _grid(rows, columns)
    fan = (np.hypot(y + 1, x) < 1.7) & (np.abs(x) < 0.75 * (y + 1))
    speckle = np.abs(_grain(random, rows, columns, 1.2)) * 45 * np.exp(_grain(random, rows, columns, 20) / 2)
    grey = np.clip(np.where(fan, speckle, 0), 0, 255)
    screen = np.repeat(grey[..., None], 3, 2)
    box = _ellipse(rows, columns, (0.1, 0.1), (0.25, 0.2)) & fan
    flow = 80 * _grain(random, rows, columns, 6)
    screen[box] = np.stack([np.clip(flow, 0, 255), 0 * flow, np.clip(-flow, 0, 255)], -1)[box]
    screen[8:20, 8 : columns // 4 : 3] = 255
    return Picture(np.clip(screen, 0, 255).astype(np.uint8), 8)


def xa(side: int = 512) -> Picture:
    """Make an angiogram of 8 bits: smooth grey, dark vessels, fine noise."""
    random = np.random.default_rng(1927)
    light = 150 + 35 * _grain(random, side, side, 40) + 4 * _grain(random, side, side, 0.5)
    light[np.abs(_grain(random, side, side, 18)) < 0.06] -= 60
    return Picture(np.clip(light, 0, 255).astype(np.uint8), 8)


def _real(name: str, bits: int, offset: int = 0) -> Picture | None:
    """Take a picture out of pydicom-data, if that is here."""
    path = get_testdata_file(name, download=False)
    if path is None:
        return None
    array = np.asarray(rg.read(str(path)).pixels.array(units="stored"))
    array = np.ascontiguousarray(array.astype(np.int32) + offset).astype(np.uint8 if bits <= 8 else np.uint16)
    return Picture(array, bits)


KINDS: dict[str, tuple[Callable[[], Picture | None], Callable[[], Picture]]] = {
    "CT 13 bits": (lambda: _real("693_UNCI.dcm", 13, 3024), lambda: ct(side=64)),
    "CT made here": (ct, lambda: ct(3, side=48)),
    "MR 12 bits": (lambda: _real("MR2_UNCI.dcm", 12), lambda: mr(64)),
    "CR 15 bits": (lambda: _real("RG1_UNCI.dcm", 15), lambda: cr(65, 61)),
    "DX 10 bits": (lambda: _real("RG3_UNCI.dcm", 10), lambda: dx(64)),
    "US RGB": (lambda: _real("US1_UNCI.dcm", 8), lambda: us(48, 64)),
    "grey 8 bits": (xa, lambda: xa(64)),
}
"""How each kind is got for measuring, and how a small one is made to try the rows out."""

_MADE: dict[str, Callable[[], Picture]] = {
    "CT 13 bits": ct,
    "MR 12 bits": mr,
    "CR 15 bits": cr,
    "DX 10 bits": dx,
    "US RGB": us,
}
"""What stands for a real picture where pydicom-data is not installed."""


@cache
def picture(kind: str, *, is_small: bool) -> Picture:
    """Give the picture of a kind."""
    full, small = KINDS[kind]
    return small() if is_small else full() or _MADE[kind]()
