"""Overlay planes: graphics and regions of one bit a pixel (PS3.3 C.9.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radiogram import _core

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from radiogram.dataset.dataset import Dataset

__all__ = ["Overlay"]


class Overlay:
    """One overlay plane.

    Attributes
    ----------
    group : int
        0x6000, 0x6002, ….
    shape : tuple of int
        (rows, columns), with the frames in front where there are several.
    origin : tuple of int
        Row and column of the image that the overlay's first pixel lies on, counted from 1.
    first_frame : int
        The image frame that the overlay's first frame belongs to, counted from 1.
    kind : str
        ``"G"`` graphics or ``"R"`` region of interest.

    Examples
    --------
    >>> import radiogram as rg
    >>> from pydicom.data import get_testdata_file
    >>> ds = rg.read(get_testdata_file("examples_overlay.dcm"))
    >>> [overlay.shape for overlay in ds.overlays]
    [(300, 484)]
    """

    def __init__(
        self,
        dataset: Dataset,
        group: int,
        rows: int,
        columns: int,
        frames: int,
        first_frame: int,
        origin: tuple[int, int],
        is_region: bool,  # noqa: FBT001  # the core's row, in its order
    ) -> None:
        self._dataset = dataset
        self.group = group
        self.shape = (rows, columns) if frames == 1 else (frames, rows, columns)
        self.first_frame = first_frame
        self.origin = origin
        self.kind = "R" if is_region else "G"

    @property
    def array(self) -> npt.NDArray[np.uint8]:
        """The plane as 0 and 1, of `shape`.

        Raises
        ------
        PixelError
            Bytes are missing.
        """
        import numpy as np

        _core.check_samples(self.shape)
        plane = np.empty(self.shape, np.uint8)
        _core.overlay_into(self._dataset, self.group, plane)
        return plane

    @property
    def label(self) -> str:
        """Overlay Label (60xx,1500), empty where there is none."""
        held = self._dataset.get(self.group << 16 | 0x1500)
        return "" if held is None else str(held.value)

    def __repr__(self) -> str:
        return f"<Overlay {self.group:04X} {self.kind} {'x'.join(map(str, self.shape))}>"
