"""What scripts written for pydicom call by pydicom's names, where a dataset here has it under another or has no need of it."""

from __future__ import annotations

from radiogram import _core

# `typing` costs more to import than this package.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, Self

    import numpy.typing as npt

    from radiogram._core import DataElement
    from radiogram.dataset.dataset import Dataset
    from radiogram.dataset.private import PrivateBlock

    Key = int | str | tuple[int, int]

__all__ = ["Namesakes"]


class Namesakes:
    """The part of `Dataset` that is there so that scripts port by changing an import."""

    if TYPE_CHECKING:

        @property
        def pixel_array(self) -> npt.NDArray[Any]: ...  # noqa: D102
        @property
        def _place(self) -> tuple[int, bool]: ...
        def _element(self, key: Key, /) -> DataElement | None: ...
        @property
        def _is_blank(self) -> bool: ...
        def _syntax(self) -> tuple[str | None, bool, bool]: ...
        def _origin(self) -> tuple[Any, tuple[int, int, int, int]] | None: ...
        def private_block(self, group: int, private_creator: str) -> PrivateBlock: ...  # noqa: D102
        def __getitem__(self, key: slice) -> Dataset: ...
        def __iter__(self) -> Iterator[DataElement]: ...

    def __enter__(self) -> Self:
        """Give the dataset itself: there is no open file to close."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Do nothing."""

    def decode(self) -> None:
        """Do nothing: text is decoded when it is touched."""

    def data_element(self, name: str) -> DataElement | None:
        """Give the element with a keyword, or ``None``."""
        return self._element(name) if _core.dictionary_tag(name) is not None else None

    def get_item(
        self,
        key: Key | slice,
        *,
        keep_deferred: bool = False,  # noqa: ARG002  # pydicom's
    ) -> DataElement | Dataset | None:
        """Give the element with a key, or ``None``; for a slice what ``ds[slice]`` gives.

        There are no raw elements here, and every value is deferred until it is touched.
        """
        return self[key] if isinstance(key, slice) else self._element(key)

    def get_private_item(self, group: int, element_offset: int, private_creator: str) -> DataElement:
        """Give the element at an offset of a creator's block (see `private_block`).

        Raises
        ------
        UnknownTagError
            There is no such block or element; it is a `KeyError`.
        """
        return self.private_block(group, private_creator)[element_offset]

    def elements(self) -> list[DataElement]:
        """Elements in ascending order of their tags, as `values` gives them."""
        return list(self)

    def trait_names(self) -> list[str]:
        """Names for completion: attributes and keywords, as `dir` of the object gives them."""
        return dir(self)

    def top(self) -> str:
        """Text of the elements outside sequences, one a line."""
        from radiogram.dataset.show import element

        return "\n".join(map(element, self))

    def convert_pixel_data(self, handler_name: str = "") -> None:  # noqa: ARG002  # pydicom's
        """Decode the pixels now, so that `pixel_array` has them."""
        _ = self.pixel_array

    @property
    def original_encoding(self) -> tuple[bool | None, bool | None]:
        """`is_implicit_VR` and `is_little_endian` of what was read; ``None`` where nothing was."""
        return (None, None) if self._is_blank else self._syntax()[1:]

    @property
    def is_implicit_VR(self) -> bool | None:  # noqa: N802  # pydicom's
        """True where the bytes have no VRs."""
        return self._encoding()[0]

    @is_implicit_VR.setter
    def is_implicit_VR(self, value: bool | None) -> None:  # noqa: N802
        self.set_original_encoding(value, self.is_little_endian)

    @property
    def is_little_endian(self) -> bool | None:
        """True where numbers have the lowest byte first."""
        return self._encoding()[1]

    @is_little_endian.setter
    def is_little_endian(self, value: bool | None) -> None:
        self.set_original_encoding(self.is_implicit_VR, value)

    def _encoding(self) -> tuple[bool | None, bool | None]:
        """Give the encoding that was set, else the one that was read."""
        chosen: tuple[bool | None, bool | None] | None = self.__dict__.get("_chosen_encoding")
        return self.original_encoding if chosen is None else chosen

    def set_original_encoding(
        self,
        is_implicit_vr: bool | None,  # noqa: FBT001  # pydicom's
        is_little_endian: bool | None,  # noqa: FBT001
        character_encoding: object = None,  # noqa: ARG002  # pydicom's
    ) -> None:
        """Say what encoding the dataset is to be written in, where its file meta information names none."""
        self.__dict__["_chosen_encoding"] = is_implicit_vr, is_little_endian
        _core.count_edit(self)

    @property
    def is_original_encoding(self) -> bool:
        """True where the dataset is in the encoding it was read in."""
        return self._encoding() == self.original_encoding

    @property
    def buffer(self) -> None:
        """``None``: a file-like source is read at once and not held."""
        return

    @property
    def timestamp(self) -> float | None:
        """When the file was last changed, in seconds since 1970; ``None`` for memory."""
        origin = self._origin()
        return None if origin is None else origin[1][3] / 1e9

    @property
    def is_undefined_length_sequence_item(self) -> bool:
        """True for an item whose length in the bytes is FFFFFFFF (PS3.5 7.5.1)."""
        return self._place[1]

    @property
    def file_tell(self) -> int:
        """Where an item's tag begins in the source, in bytes."""
        return self._place[0]

    seq_item_tell = file_tell

    def set_pixel_data(
        self,
        arr: npt.NDArray[Any],
        photometric_interpretation: str,
        bits_stored: int,
        *,
        generate_instance_uid: bool = True,
    ) -> None:
        """Set the pixel data from an array, and the elements that describe it (PS3.3 C.7.6.3).

        Parameters
        ----------
        arr : ndarray of int8, uint8, int16 or uint16
            Of shape (rows, columns) or (frames, rows, columns), with three samples at the end for colours.
        photometric_interpretation : str
            MONOCHROME1, MONOCHROME2, PALETTE COLOR, RGB, YBR_FULL or YBR_FULL_422.
        bits_stored : int
            How many bits of a sample are in use.
        generate_instance_uid : bool
            Give the dataset a new SOP Instance UID.

        Raises
        ------
        ArgumentError
            The array is not one of these, or has values outside of its bits. The dataset is as it was.

        Examples
        --------
        >>> import numpy as np, radiogram as rg
        >>> ds = rg.Dataset()
        >>> ds.set_pixel_data(np.zeros((3, 4), "u2"), "MONOCHROME2", 12)
        >>> ds.Rows, ds.Columns, ds.BitsAllocated, len(ds.PixelData)
        (3, 4, 16, 24)
        """
        from radiogram.pixels.put import set_pixel_data

        ds: Any = self
        made = generate_instance_uid
        set_pixel_data(ds, arr, photometric_interpretation, bits_stored, generate_instance_uid=made)
