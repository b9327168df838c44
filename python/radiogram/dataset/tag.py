"""Tags as numbers that print as the standard writes them."""

from __future__ import annotations

__all__ = ["Tag"]


class Tag(int):
    """A data element tag: group and element number (PS3.5 7.1).

    Examples
    --------
    >>> from radiogram.dataset import Tag
    >>> Tag(0x00100010)
    (0010,0010)
    >>> Tag(0x00100010).group
    16
    """

    __slots__ = ()

    @property
    def group(self) -> int:
        """The group number."""
        return self >> 16

    @property
    def element(self) -> int:
        """The element number in the group."""
        return self & 0xFFFF

    elem = element

    @property
    def is_private(self) -> bool:
        """True where the group number is odd (PS3.5 7.8)."""
        return bool(self >> 16 & 1)

    @property
    def is_private_creator(self) -> bool:
        """True where the element names the owner of a block of private elements (PS3.5 7.8.1)."""
        return self.is_private and 0x10 <= self.element <= 0xFF

    @property
    def json_key(self) -> str:
        """Eight hexadecimal digits, as the DICOM JSON model writes it (PS3.18 F.2.2)."""
        return f"{int(self):08X}"

    def __str__(self) -> str:
        return f"({self >> 16:04X},{self & 0xFFFF:04X})"

    __repr__ = __str__
