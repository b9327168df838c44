"""Private blocks: the elements of one creator in one group (PS3.5 7.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radiogram.dataset.tag import Tag
from radiogram.errors import ArgumentError, UnknownTagError

if TYPE_CHECKING:
    from radiogram._core import DataElement
    from radiogram.dataset.dataset import Dataset
    from radiogram.dataset.edits import Mode

__all__ = ["PrivateBlock"]


class PrivateBlock:
    """The elements that one private creator has in one group.

    Attributes
    ----------
    group : int
        The group number, odd.
    private_creator : str
        The creator's text.
    block_start : int
        What an element's offset is added to.

    Examples
    --------
    >>> import radiogram as rg
    >>> from pydicom.data import get_testdata_file
    >>> ds = rg.read(get_testdata_file("CT_small.dcm"))
    >>> block = ds.private_block(0x0009, "GEMS_IDEN_01")
    >>> 0x01 in block, block[0x01].value
    (True, 'GE_GENESIS_FF')
    """

    def __init__(self, dataset: Dataset, creator: str, creator_tag: int) -> None:
        self.dataset = dataset
        self.private_creator = creator
        self.group = creator_tag >> 16
        self.block_start = (creator_tag & 0xFF) << 8

    def get_tag(self, element_offset: int) -> Tag:
        """Give the tag of the element at an offset of 0 to 255 in the block."""
        if not 0 <= element_offset <= 0xFF:
            message = "the offset of a private element is 0 to 255"
            raise ArgumentError(message)
        return Tag(self.group << 16 | self.block_start | element_offset)

    def __contains__(self, element_offset: int) -> bool:
        return self.get_tag(element_offset) in self.dataset

    def __getitem__(self, element_offset: int) -> DataElement:
        found = self.dataset._element(self.get_tag(element_offset))
        if found is None:
            message = f"no element {element_offset:#04x} in this private block"
            raise UnknownTagError(message, None, str(self.get_tag(element_offset)))
        return found

    def add_new(
        self,
        element_offset: int,
        VR: str | None,  # noqa: N803  # pydicom's
        value: object,
        *,
        validate: Mode = "off",
    ) -> None:
        """Set the element at an offset; without a VR it is the private dictionary's. `validate` is as in `Dataset.add_new`.

        Examples
        --------
        >>> import radiogram as rg
        >>> block = rg.Dataset().private_block(0x0099, "MY OWN", create=True)
        >>> block.add_new(0x01, "LO", "a text")
        >>> block[0x01].tag, block[0x01].value, block[0x01].private_creator
        ((0099,1001), 'a text', 'MY OWN')
        """
        self.dataset.add_new(self.get_tag(element_offset), VR, value, validate=validate)

    def __delitem__(self, element_offset: int) -> None:
        del self.dataset[self.get_tag(element_offset)]
