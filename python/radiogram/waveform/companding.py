"""µ-law and A-law: eight bits that stand for fourteen or thirteen (ITU-T G.711)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["a_law", "mu_law"]


def mu_law() -> NDArray[np.int16]:
    """Give the value of each of the 256 codes of µ-law: -8031 to 8031 (G.711 table 2a, 2b).

    Examples
    --------
    >>> from radiogram.waveform.companding import mu_law
    >>> [int(mu_law()[code]) for code in (0x00, 0x7F, 0xFF, 0x80)]
    [-8031, 0, 0, 8031]
    """
    import numpy as np

    codes = ~np.arange(256, dtype=np.uint8)
    exponent, mantissa = (codes >> 4 & 7).astype(np.int16), (codes & 15).astype(np.int16)
    sizes = ((2 * mantissa + 33) << exponent) - 33
    return np.where(codes & 0x80, -sizes, sizes).astype(np.int16)


def a_law() -> NDArray[np.int16]:
    """Give the value of each of the 256 codes of A-law: -4032 to 4032 (G.711 table 1a, 1b).

    Examples
    --------
    >>> from radiogram.waveform.companding import a_law
    >>> [int(a_law()[code]) for code in (0xD5, 0x55, 0xAA, 0x2A)]
    [1, -1, 4032, -4032]
    """
    import numpy as np

    codes = np.arange(256, dtype=np.uint8) ^ 0x55
    exponent, mantissa = (codes >> 4 & 7).astype(np.int16), (codes & 15).astype(np.int16)
    sizes = np.where(exponent == 0, 2 * mantissa + 1, (2 * mantissa + 33) << np.maximum(exponent - 1, 0))
    return np.where(codes & 0x80, sizes, -sizes).astype(np.int16)
