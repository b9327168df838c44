"""Bits of a header, most significant first, with the numbers of ITU-T H.264 9.1 and H.265 9.2."""

from __future__ import annotations

from radiogram.errors import PixelError

__all__ = ["Bits"]

_LONGEST = 32
"""Leading zeros that a number of these codes can have."""


class Bits:
    """Reads the bits of a header from its beginning.

    Examples
    --------
    >>> bits = Bits(bytes([0b1_010_0110, 0xFF]))
    >>> bits.unsigned(), bits.unsigned(), bits.take(3)
    (0, 1, 3)
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int) -> int:
        """Give the next ``count`` bits as a number."""
        end = self._at + count
        if end > 8 * len(self._data):
            message = "the header of the video ends too early"
            raise PixelError(message)
        chunk = int.from_bytes(self._data[self._at // 8 : (end + 7) // 8], "big")
        self._at = end
        return chunk >> (-end % 8) & ((1 << count) - 1)

    def flag(self) -> bool:
        """Give the next bit."""
        return bool(self.take(1))

    def skip(self, count: int) -> None:
        """Pass over bits."""
        self._at += count

    def unsigned(self) -> int:
        """Give a number of 0 or more (``ue(v)``)."""
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros > _LONGEST:
                message = "a number in the header of the video is too large"
                raise PixelError(message)
        return (1 << zeros) - 1 + self.take(zeros)

    def signed(self) -> int:
        """Give a number of either sign (``se(v)``)."""
        number = self.unsigned()
        return (number + 1) // 2 if number % 2 else -(number // 2)
