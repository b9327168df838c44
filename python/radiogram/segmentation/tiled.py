"""Segmentations of slides made of arrays, so that every pixel of them is known: for examples, tests and measurements."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from radiogram.dataset import Dataset
from radiogram.segmentation.phantom import _head
from radiogram.volume.tiling import Tiles

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["write_tiled"]


def write_tiled(
    path: str | os.PathLike[str],
    array: NDArray[Any],
    *,
    tile: tuple[int, int] = (16, 16),
    kind: str = "BINARY",
    sparse: bool = True,
    numbers: Sequence[int] | None = None,
    maximum: int = 255,
    spacing: float = 0.001,
    transfer_syntax: str = "ExplicitVRLittleEndian",
) -> Path:
    """Write arrays of segments as a segmentation of a slide.

    Parameters
    ----------
    path : str or Path
        Where to.
    array : numpy.ndarray
        (segment, row, column), or (segment, focal plane, row, column), of bool or of parts of `maximum`; (row, column) of the numbers of
        segments for label maps.
    tile : tuple of int
        Rows and columns of a tile.
    kind : str
        ``"BINARY"``, ``"FRACTIONAL"`` or ``"LABELMAP"``.
    sparse : bool
        Tiles say where they are (TILED_SPARSE), come in no order, and those without a pixel are left out; else all of them, in the order that
        the standard gives them (TILED_FULL), without a group of their own.
    numbers : sequence of int, optional
        Segment numbers; from 1 on.
    maximum : int
        Maximum Fractional Value.
    spacing : float
        Distance of pixels, millimetres.
    transfer_syntax : str
        Of the file, as `Dataset.save_as` takes it.

    Returns
    -------
    Path

    Examples
    --------
    >>> import numpy as np, tempfile, radiogram as rg
    >>> from radiogram.segmentation.tiled import write_tiled
    >>> masks = np.zeros((2, 40, 50), bool)
    >>> masks[0, :9, :9] = masks[1, 30:, 20:] = True
    >>> seg = rg.read_segmentation(write_tiled(tempfile.mkdtemp() + "/seg.dcm", masks))
    >>> seg.labels(region=(28, 18, 4, 4)).array[0].tolist()
    [[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 2, 2], [0, 0, 2, 2]]
    """
    import numpy as np

    is_map = kind == "LABELMAP"
    layers = array[None] if is_map else array
    if layers.ndim == 3:
        layers = layers[:, None]
    count = len(layers)
    numbers = (
        list(range(1, int(array.max(initial=0)) + 1 if is_map else count + 1))
        if numbers is None
        else list(numbers)
    )
    ds = _head(kind, array, numbers, None, maximum, "PROBABILITY")
    tiles = Tiles(layers=layers, tile=tile, spacing=spacing)
    tiles.describe(ds, sparse=sparse)
    filled = tiles.filled()
    places = tiles.places((lambda _, place: place in filled) if sparse else None)
    if sparse:
        groups = [tiles.group(place) for place in places]
        for (segment, *_), group in zip(places, groups, strict=True):
            if not is_map:
                # PS3.3 C.8.20.3.1.
                identification = Dataset({"ReferencedSegmentNumber": numbers[segment]})
                group.SegmentIdentificationSequence = [identification]
        ds.PerFrameFunctionalGroupsSequence = groups
    ds.NumberOfFrames = len(places)
    if kind == "BINARY":
        bits = np.stack([tiles[place] != 0 for place in places])
        data = np.packbits(bits.reshape(-1), bitorder="little").tobytes()
    else:
        stored = "<u2" if ds.BitsAllocated == 16 else "u1"
        data = b"".join(tiles[place].astype(stored).tobytes() for place in places)
    ds.add_new(0x7FE0_0010, "OW" if ds.BitsAllocated == 16 else "OB", data + b"\0" * (len(data) % 2))
    ds.save_as(path, transfer_syntax=transfer_syntax)
    return Path(path)
