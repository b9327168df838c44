"""A slide made of formulas, as the files of a pyramid: tiled in full or sparsely."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from radiogram.volume.multiframe import _item
from radiogram.volume.phantom import _uid

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["slide_pixels", "write_slide"]


def slide_pixels(rows: int, columns: int, *, path: int = 0, plane: int = 0) -> NDArray[np.uint8]:
    """Give the pixels of a level: (row, column, 3).

    Examples
    --------
    >>> from radiogram.volume.tiles import slide_pixels
    >>> slide_pixels(2, 3).shape
    (2, 3, 3)
    """
    import numpy as np

    down, across = np.arange(rows)[:, None], np.arange(columns)[None]
    stripes = [down * 3 + path * 40, across * 5 + plane * 70, (down + across) * 2]
    return np.stack([np.broadcast_to(stripe, (rows, columns)) for stripe in stripes], -1).astype(np.uint8)


def write_slide(
    folder: str | Path,
    *,
    rows: int = 2000,
    columns: int = 3000,
    levels: int = 3,
    tile: int = 128,
    sparse: bool = False,
    left_out: Sequence[int] = (),
    paths: int = 1,
    planes: int = 1,
    transfer_syntax: str = "ExplicitVRLittleEndian",
) -> list[Path]:
    """Write a whole slide image, a file a level, each half as large as the one before.

    Parameters
    ----------
    folder : str or Path
        Where to; it is made if it is not there.
    rows, columns : int
        Size of the largest level.
    levels : int
        How many.
    tile : int
        Rows and columns of a tile.
    sparse : bool
        Every tile says where it is (TILED_SPARSE), and they are not in order; else TILED_FULL.
    left_out : sequence of int
        Tiles of each level that are left out of a sparse one, by their place.
    paths, planes : int
        Optical paths and focal planes.
    transfer_syntax : str
        How pixels are stored.

    Returns
    -------
    list of Path
        The files, the largest level first.

    Examples
    --------
    >>> import tempfile
    >>> from radiogram.volume.tiles import write_slide
    >>> [path.name for path in write_slide(tempfile.mkdtemp(), rows=60, columns=90, levels=2)]
    ['level0.dcm', 'level1.dcm']
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for level in range(levels):
        down, across = max(rows >> level, 1), max(columns >> level, 1)
        path = folder / f"level{level}.dcm"
        ds = _level(
            down, across, tile, level, sparse=sparse, left_out=set(left_out), paths=paths, planes=planes
        )
        if transfer_syntax != "ExplicitVRLittleEndian":
            ds.compress(transfer_syntax)
        ds.save_as(path)
        made.append(path)
    return made


def _level(
    rows: int,
    columns: int,
    tile: int,
    level: int,
    *,
    sparse: bool,
    left_out: set[int],
    paths: int,
    planes: int,
) -> Any:  # noqa: ANN401
    import numpy as np

    down, across = -(-rows // tile), -(-columns // tile)
    places = list(np.ndindex(paths, planes, down, across))
    if sparse:
        places = [place for number, place in enumerate(places) if number not in left_out]
        order = np.random.default_rng(level).permutation(len(places))
        places = [places[number] for number in order]
    pixels, groups = [], []
    whole = {
        (path, plane): np.pad(
            slide_pixels(rows, columns, path=path, plane=plane),
            ((0, down * tile - rows), (0, across * tile - columns), (0, 0)),
        )
        for path in range(paths)
        for plane in range(planes)
    }
    for path, plane, row, column in places:
        top, left = row * tile, column * tile
        pixels.append(whole[path, plane][top : top + tile, left : left + tile].tobytes())
        position = {
            0x0040_072A: ("DS", left * 0.001),
            0x0040_073A: ("DS", top * 0.001),
            0x0040_074A: ("DS", plane * 2.0),
            0x0048_021E: ("SL", left + 1),
            0x0048_021F: ("SL", top + 1),
        }
        groups.append(
            _item(
                {
                    0x0048_021A: ("SQ", [_item(position)]),
                    0x0048_0207: ("SQ", [_item({0x0048_0106: ("SH", str(path))})]),
                }
            )
        )
    measures = {
        0x0018_0050: ("DS", 0.002),
        0x0018_0088: ("DS", 0.002),
        0x0028_0030: ("DS", [0.001 * 2**level] * 2),
    }
    elements: dict[int, tuple[str, Any]] = {
        0x0008_0008: ("CS", ["ORIGINAL" if level == 0 else "DERIVED", "PRIMARY", "VOLUME", "NONE"]),
        0x0008_0016: ("UI", "1.2.840.10008.5.1.4.1.1.77.1.6"),
        0x0008_0018: ("UI", _uid(level, f"slide {rows} {columns}")),
        0x0008_0060: ("CS", "SM"),
        0x0020_000D: ("UI", _uid(0, "slide study")),
        0x0020_000E: ("UI", _uid(0, "slide series")),
        0x0020_9311: ("CS", "TILED_SPARSE" if sparse else "TILED_FULL"),
        0x0028_0002: ("US", 3),
        0x0028_0004: ("CS", "RGB"),
        0x0028_0006: ("US", 0),
        0x0028_0008: ("IS", len(places)),
        0x0028_0010: ("US", tile),
        0x0028_0011: ("US", tile),
        0x0028_0100: ("US", 8),
        0x0028_0101: ("US", 8),
        0x0028_0102: ("US", 7),
        0x0028_0103: ("US", 0),
        0x0048_0006: ("UL", columns),
        0x0048_0007: ("UL", rows),
        0x0048_0008: ("SQ", [_item({0x0040_072A: ("DS", 20.0), 0x0040_073A: ("DS", 40.0)})]),
        0x0048_0102: ("DS", [0, -1, 0, -1, 0, 0]),
        0x0048_0105: ("SQ", [_item({0x0048_0106: ("SH", str(path))}) for path in range(paths)]),
        0x0048_0302: ("UL", paths),
        0x0048_0303: ("UL", planes),
        0x5200_9229: ("SQ", [_item({0x0028_9110: ("SQ", [_item(measures)])})]),
        0x7FE0_0010: ("OB", b"".join(pixels)),
    }
    if sparse:
        elements[0x5200_9230] = ("SQ", groups)
    return _item(elements)
