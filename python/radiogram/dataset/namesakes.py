"""What scripts written for pydicom call by pydicom's names, where a dataset here has it under another or has no need of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radiogram import _core

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

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
    def is_original_encoding(self) -> bool:
        """True: the dataset is as it was read."""
        return True

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
