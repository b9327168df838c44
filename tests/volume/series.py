"""Small series to break: written by our own writer, changed by pydicom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
from pydicom.dataelem import RawDataElement
from pydicom.tag import Tag
from radiogram.volume.phantom import Phantom, Storage, write_series

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    import radiogram as rg

SLICES = 10
STEP = 3.0


def phantom(**options: Any) -> Phantom:
    """Give a small phantom: ten slices every 3 mm."""
    shape = {"slices": SLICES, "rows": 12, "columns": 16, "spacing": (STEP, 0.8, 0.8)}
    return Phantom(**shape | options)


@dataclass(frozen=True)
class Series:
    """The files of a series, in the order of their places."""

    folder: Path
    paths: list[Path]

    @classmethod
    def write(cls, folder: Path, *, storage: Storage | None = None, **options: Any) -> Series:
        """Write a small series into a folder of its own."""
        return cls(folder, write_series(folder, phantom(**options), storage=storage))

    def edit(self, places: Iterable[int], change: Callable[[pydicom.Dataset], object]) -> None:
        """Change the files at some places."""
        for place in places:
            edit(self.paths[place], change)

    def set(self, places: Iterable[int], **values: Any) -> None:
        """Set elements by keyword at some places."""
        self.edit(places, lambda ds: ds.update(_elements(values)))

    def remove(self, *places: int) -> None:
        """Remove the files at some places."""
        for place in places:
            self.paths[place].unlink()

    def copy(self, place: int, name: str, **values: Any) -> Path:
        """Copy a slice under another name, as an instance of its own where `values` are given."""
        path = self.folder / name
        path.write_bytes(self.paths[place].read_bytes())
        if values:
            values.setdefault("SOPInstanceUID", pydicom.uid.generate_uid())
            edit(path, lambda ds: ds.update(_elements(values)))
        return path


def edit(path: Path, change: Callable[[pydicom.Dataset], object]) -> None:
    """Change one file."""
    ds = pydicom.dcmread(path)
    change(ds)
    ds.save_as(path)


def raw(keyword: str, vr: str, value: bytes) -> dict[Tag, RawDataElement]:
    """Give an element whose bytes pydicom would not write."""
    tag = Tag(keyword)
    value += b" " * (len(value) % 2)
    return {
        tag: RawDataElement(
            tag=tag,
            VR=vr,
            length=len(value),
            value=value,
            value_tell=0,
            is_implicit_VR=False,
            is_little_endian=True,
        )
    }


def _elements(values: dict[str, Any]) -> pydicom.Dataset:
    ds = pydicom.Dataset()
    for keyword, value in values.items():
        setattr(ds, keyword, value)
    return ds


def check(volume: rg.Volume, places: list[int] | range = range(SLICES)) -> None:
    """Compare a volume with the phantom's slices at these places."""
    whole = phantom()
    np.testing.assert_array_equal(volume.array, whole.array()[list(places)])
    expected = whole.affine()
    expected[:3, 3] = (expected @ (places[0], 0, 0, 1))[:3]
    step = places[1] - places[0] if len(places) > 1 else 1
    expected[:3, 0] *= step
    np.testing.assert_allclose(volume.affine, expected, atol=1e-6)
