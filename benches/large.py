"""Makes the one file that is nearly all pixels: 2 GB, or next to nothing to try the rows out."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

from benches import data
from benches.series import ct_header

if TYPE_CHECKING:
    from pathlib import Path

    from benches.data import Size

FRAME = 512 * 512 * 2


def large(size: Size) -> Path:
    """Make a multi-frame image of 2 GB, explicit VR little endian."""
    frames = 4000 if size == data.FULL else 4

    def make(part: Path) -> None:
        ds = ct_header()
        ds.NumberOfFrames = frames
        data.save(ds, part)
        block = np.random.default_rng(7).integers(0, 4096, 512 * 512 * 40, dtype=np.uint16).tobytes()
        with part.open("ab") as file:
            file.write(struct.pack("<HH2s2xI", 0x7FE0, 0x0010, b"OW", frames * FRAME))
            left = frames * FRAME
            while left:
                left -= file.write(block[: min(left, len(block))])

    return data.kept(data.folder(size) / "large.dcm", make)
