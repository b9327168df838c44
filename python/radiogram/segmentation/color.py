"""Recommended colours: from CIELab as it is stored to sRGB (PS3.3 C.10.7.1.1)."""

from __future__ import annotations

__all__ = ["rgb_of"]

# The white of the profile connection space, D50 (ICC.1), to which CIELab values are relative.
_WHITE = (0.9642, 1.0, 0.8249)
# From XYZ at D50 to linear sRGB, Bradford adaptation to D65 included (IEC 61966-2-1).
_TO_RGB = (
    (3.1338561, -1.6168667, -0.4906146),
    (-0.9787684, 1.9161415, 0.0334540),
    (0.0719453, -0.2289914, 1.4052427),
)


def rgb_of(stored: tuple[int, ...]) -> tuple[int, int, int]:
    """Give the sRGB colour, 0 to 255, of a CIELab colour in its three words; what sRGB cannot show is cut off.

    Examples
    --------
    >>> from radiogram.segmentation.color import rgb_of
    >>> rgb_of((65535, 32896, 32896)), rgb_of((0, 32896, 32896))
    ((255, 255, 255), (0, 0, 0))
    """
    lightness = stored[0] / 65535 * 100
    a, b = (value / 65535 * 255 - 128 for value in stored[1:3])
    middle = (lightness + 16) / 116
    xyz = [
        white * _cube(part)
        for white, part in zip(_WHITE, (middle + a / 500, middle, middle - b / 200), strict=True)
    ]
    red, green, blue = (
        round(255 * _gamma(sum(factor * part for factor, part in zip(row, xyz, strict=True))))
        for row in _TO_RGB
    )
    return red, green, blue


def _cube(value: float) -> float:
    return value**3 if value > 6 / 29 else 3 * (6 / 29) ** 2 * (value - 4 / 29)


def _gamma(linear: float) -> float:
    shown = 12.92 * linear if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055
    return min(max(shown, 0.0), 1.0)
