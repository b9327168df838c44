"""`rg.read`: from a source to a dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radiogram import _core

if TYPE_CHECKING:
    from collections.abc import Buffer, Iterable
    from os import PathLike
    from typing import BinaryIO

    from radiogram.dataset.dataset import Dataset

__all__ = ["read"]


def read(
    fp,
    defer_size=None,
    stop_before_pixels: bool = False,
    force: bool = False,
    specific_tags=None,
    *,
    strict: bool = False,
    charset=None,
    mmap: bool = False,
    max_depth: int | None = None,
    max_inflated: int | None = None,
) -> Dataset:
    only = None if specific_tags is None else [tag if type(tag) is int else _core.tag(tag) for tag in specific_tags]
    return _core.read(
        fp,
        force=force,
        strict=strict,
        only=only,
        stop_before_pixels=stop_before_pixels,
        charset=[charset] if isinstance(charset, str) else charset,
        mmap=mmap,
        depth=max_depth,
        inflated=max_inflated,
    )
