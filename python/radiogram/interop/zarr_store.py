"""A volume in its files as a Zarr store: nothing is copied, a chunk is a frame that is decoded when it is asked for.

The layout is that of Zarr 3 (its core specification of 2023): a group with the array ``voxels``, whose chunks are single
frames, and an array of coordinates for each of its axes. Chunks are handed out decoded, so that readers need no codec.
"""

from __future__ import annotations

import functools
import json
import math
from typing import TYPE_CHECKING, Any, Protocol

from radiogram.errors import UnsupportedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["VOXELS", "Layout", "Readable", "zarr_store"]

VOXELS = "voxels"
"""The name of the array in its group."""

_META = "zarr.json"


class Readable(Protocol):
    """What a store needs of a volume: `radiogram.LazyVolume` has it."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis."""

    @property
    def dims(self) -> tuple[str, ...]:
        """The names of the axes."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the values."""

    @property
    def affine(self) -> NDArray[np.float64]:
        """The matrix to millimetres."""

    @property
    def coords(self) -> dict[str, NDArray[Any]]:
        """Coordinates along the axes in front."""

    @property
    def coord_dims(self) -> dict[str, str]:
        """The axis of each of them."""

    @property
    def units(self) -> dict[str, str]:
        """The unit of each of them."""

    def __getitem__(self, key: Any) -> NDArray[Any]:  # noqa: ANN401  (what numpy takes)
        """Read what numpy's indexing names."""


class Layout:
    """The keys of a volume, and the bytes behind them.

    Parameters
    ----------
    volume : Readable
        The volume, which stays where it is.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.volume.phantom import Phantom, write_series
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = write_series(folder, Phantom(slices=2, rows=4, columns=6))
    ...     layout = Layout(rg.open_volume(folder))
    ...     sizes = {key: len(layout.read(key)) for key in layout.names() if "/c/" in key}
    >>> sizes["voxels/c/1/0/0"], sizes["row/c/0"]
    (48, 32)
    """

    def __init__(self, volume: Readable) -> None:
        import numpy as np

        self.volume = volume
        inner = 3 if volume.dims[-1] == "sample" else 2
        self._lead = volume.shape[:-inner]
        self._inner = inner
        held = _coordinates(volume)
        texts = {
            name: values.tolist() for name, (_, values, _) in held.items() if values.dtype.kind not in "biuf"
        }
        kept = {name: part for name, part in held.items() if name not in texts}
        beside = [name for name in kept if name not in volume.dims]
        attributes = {
            "affine": volume.affine.tolist(),
            "space": "LPS",
            **({"coordinates": " ".join(beside)} if beside else {}),
            # Zarr 3 has no type for texts that all readers share.
            **({"texts": texts} if texts else {}),
        }
        chunk = (*[1] * len(self._lead), *volume.shape[-inner:])
        arrays = {VOXELS: _array(volume.shape, volume.dtype, chunk, volume.dims, attributes)}
        self._small: dict[str, bytes] = {}
        for name, (dims, values, unit) in kept.items():
            numbers = np.ascontiguousarray(values, values.dtype.newbyteorder("<"))
            said = {"units": unit} if unit else {}
            arrays[name] = _array(numbers.shape, numbers.dtype, numbers.shape, dims, said)
            self._small[f"{name}/c/" + "/".join("0" * numbers.ndim)] = numbers.tobytes()
        group: dict[str, Any] = {"zarr_format": 3, "node_type": "group", "attributes": {}}
        whole = {"kind": "inline", "must_understand": False, "metadata": arrays}
        self._small[_META] = _text({**group, "consolidated_metadata": whole})
        self._small |= {f"{name}/{_META}": _text(array) for name, array in arrays.items()}

    def names(self) -> Iterable[str]:
        """Give every key."""
        yield from self._small
        for number in range(math.prod(self._lead)):
            yield self._key(number)

    def has(self, key: str) -> bool:
        """Tell whether there is such a key."""
        return key in self._small or self._place(key) is not None

    def read(self, key: str) -> memoryview | bytes | None:
        """Give the bytes of a key, decoding a frame for it; None where there is no such key."""
        import numpy as np

        small = self._small.get(key)
        if small is not None:
            return small
        place = self._place(key)
        if place is None:
            return None
        frame = self.volume[place]
        frame = np.ascontiguousarray(frame, frame.dtype.newbyteorder("<"))
        return frame.reshape(-1).view(np.uint8).data

    def _key(self, number: int) -> str:
        place = []
        for length in reversed(self._lead):
            number, at = divmod(number, length)
            place.append(at)
        return "/".join([VOXELS, "c", *map(str, reversed(place)), *"0" * self._inner])

    def _place(self, key: str) -> tuple[int, ...] | None:
        """Give the place in front of the frame that a key names."""
        head, *parts = key.split("/")
        if head != VOXELS or len(parts) != 1 + len(self._lead) + self._inner or parts[0] != "c":
            return None
        if not all(part.isascii() and part.isdigit() for part in parts[1:]):
            return None
        place = tuple(int(part) for part in parts[1:])
        lead, rest = place[: len(self._lead)], place[len(self._lead) :]
        is_inside = all(at < length for at, length in zip(lead, self._lead, strict=True))
        # One key a chunk: 01 is no other name of 1.
        is_plain = all(part == str(at) for part, at in zip(parts[1:], place, strict=True))
        return lead if is_inside and is_plain and not any(rest) else None


def _coordinates(volume: Readable) -> dict[str, tuple[tuple[str, ...], NDArray[Any], str]]:
    """Give axes, values and unit of each coordinate; millimetres from the first voxel for those of space."""
    import numpy as np

    lengths = np.linalg.norm(volume.affine[:3, :3], axis=0)
    made: dict[str, tuple[tuple[str, ...], NDArray[Any], str]] = {}
    for name, count in zip(volume.dims, volume.shape, strict=True):
        if name in {"slice", "row", "column"}:
            length = lengths[("slice", "row", "column").index(name)]
            made[name] = ((name,), np.arange(count) * length, "mm")
    for name, values in volume.coords.items():
        further = ("direction",) if values.ndim == 2 else ()
        made[name] = ((volume.coord_dims[name], *further), values, volume.units.get(name, ""))
    return made


def _array(
    shape: tuple[int, ...],
    dtype: np.dtype[Any],
    chunk: tuple[int, ...],
    dims: tuple[str, ...],
    attributes: dict[str, Any],
) -> dict[str, Any]:
    endian = {"configuration": {"endian": "little"}} if dtype.itemsize > 1 else {}
    return {
        "zarr_format": 3,
        "node_type": "array",
        "shape": list(shape),
        "data_type": dtype.name,
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": list(chunk)}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
        "fill_value": 0,
        "codecs": [{"name": "bytes", **endian}],
        "attributes": attributes,
        "dimension_names": list(dims),
        "storage_transformers": [],
    }


def _text(document: dict[str, Any]) -> bytes:
    return json.dumps(document).encode()


def zarr_store(volume: Readable) -> Any:  # noqa: ANN401  (zarr is an optional import)
    """Give a read-only ``zarr.abc.store.Store`` of a volume.

    Parameters
    ----------
    volume : Readable
        Such as `radiogram.open_volume` gives.

    Returns
    -------
    zarr.abc.store.Store
        ``xarray.open_zarr`` and ``zarr.open_group`` take it. Reading a chunk reads and decodes one frame, on a thread of
        its own, with the interpreter released. It pickles where the volume does.
    """
    return _store_class()(Layout(volume))


@functools.cache
def _store_class() -> Any:  # noqa: ANN401
    """Make the class, once zarr is wanted."""
    import asyncio

    from zarr.abc.store import OffsetByteRequest, RangeByteRequest, Store, SuffixByteRequest

    class VolumeStore(Store):  # type: ignore[misc, unused-ignore]
        """A volume in its files, as `zarr_store` gives it."""

        supports_writes = False
        supports_deletes = False
        supports_listing = True

        def __init__(self, layout: Layout) -> None:
            super().__init__(read_only=True)
            self._layout = layout

        def __reduce__(self) -> tuple[Any, tuple[Any]]:
            return zarr_store, (self._layout.volume,)

        def __eq__(self, other: object) -> bool:
            return isinstance(other, VolumeStore) and self._layout.volume is other._layout.volume

        def __hash__(self) -> int:
            return id(self._layout.volume)

        async def get(self, key: str, prototype: Any, byte_range: Any = None) -> Any:  # noqa: ANN401
            data = await asyncio.to_thread(self._layout.read, key)
            if data is None:
                return None
            view = memoryview(data)
            if isinstance(byte_range, RangeByteRequest):
                view = view[byte_range.start : byte_range.end]
            elif isinstance(byte_range, OffsetByteRequest):
                view = view[byte_range.offset :]
            elif isinstance(byte_range, SuffixByteRequest):
                view = view[-byte_range.suffix :] if byte_range.suffix else view[:0]
            return prototype.buffer.from_bytes(view)

        async def get_partial_values(self, prototype: Any, key_ranges: Any) -> Any:  # noqa: ANN401
            return [await self.get(key, prototype, byte_range) for key, byte_range in key_ranges]

        async def exists(self, key: str) -> bool:
            return self._layout.has(key)

        async def set(self, key: str, value: Any) -> None:  # noqa: ANN401, ARG002
            message = "a store of DICOM files is read only"
            raise UnsupportedError(message)

        async def delete(self, key: str) -> None:  # noqa: ARG002
            message = "a store of DICOM files is read only"
            raise UnsupportedError(message)

        async def list(self) -> AsyncIterator[str]:
            for key in self._layout.names():
                yield key

        async def list_prefix(self, prefix: str) -> AsyncIterator[str]:
            for key in self._layout.names():
                if key.startswith(prefix):
                    yield key

        async def list_dir(self, prefix: str) -> AsyncIterator[str]:
            start = f"{prefix.rstrip('/')}/" if prefix else ""
            found = {key[len(start) :].split("/")[0] for key in self._layout.names() if key.startswith(start)}
            for name in sorted(found):
                yield name

    return VolumeStore
