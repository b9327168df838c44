"""`ds.pixels`: the frames of a dataset as arrays."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

from radiogram import _core
from radiogram.errors import ArgumentError, UnknownTagError
from radiogram.pixels.overlay import Overlay

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import numpy as np
    import numpy.typing as npt

    from radiogram.dataset.dataset import Dataset

    Array = npt.NDArray[Any]

__all__ = ["Pixels"]


class Pixels:
    """The pixel data of a dataset.

    Raises
    ------
    NoPixelDataError
        The dataset has no pixel data; it is an `AttributeError`.
    PixelError
        The header and the pixel data do not agree.
    UnsupportedError
        The pixel data are compressed as something that this version does not read, or are video, which `ds.video` has.

    Examples
    --------
    >>> import radiogram as rg
    >>> from pydicom.data import get_testdata_file
    >>> ds = rg.read(get_testdata_file("CT_small.dcm"))
    >>> ds.pixels.shape, ds.pixels.dtype
    ((128, 128), dtype('int16'))
    >>> ds.pixels.array(units="modality").min()
    np.int32(-896)
    """

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._held: _core.Picture | None = None
        self._pixel_array: Array | None = None
        self._edits = 0

    @property
    def _picture(self) -> _core.Picture:
        held, edits = self._held, _core.edits()
        if held is not None and edits != self._edits and not held.is_of(self._dataset):
            held = self._held = self._pixel_array = None
        if held is None:
            held = self._held = _core.Picture(self._dataset)
        self._edits = edits
        return held

    # -- what there is -----------------------------------------------------------------------------

    @property
    def n_frames(self) -> int:
        """How many frames there are."""
        return self._picture.size[0]

    def __len__(self) -> int:
        return self.n_frames

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the stored samples.

        (frames, rows, columns, samples), without frames or samples that are one.
        """
        return self._shape("stored", None, 0, 0, self.n_frames)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the stored samples."""
        import numpy as np

        return np.dtype(self._picture.describe("stored", None, 0, 0)[1])

    def dtype_reason(self, units: str = "modality") -> str:
        """Say why an array in these units has the type it has."""
        return self._picture.describe(units, None, 0, 0)[2]

    def __repr__(self) -> str:
        return f"<Pixels {'x'.join(map(str, self.shape))} {self.dtype}>"

    # -- arrays ------------------------------------------------------------------------------------

    @property
    def pixel_array(self) -> Array:
        """The values that pydicom 3 gives: stored samples, YBR_FULL and YBR_FULL_422 as RGB.

        The array is read-only and kept. It is a view on the bytes where numpy can express that.
        """
        _ = self._picture  # which forgets the array when the pixels were changed
        made = self._pixel_array
        if made is None:
            made = self.array(units="pixel_array", copy=None)
            made.flags.writeable = False
            self._pixel_array = made
        return made

    def array(
        self,
        *,
        units: str = "stored",
        dtype: npt.DTypeLike | None = None,
        frames: int | slice | Iterable[int] | None = None,
        out: Array | None = None,
        copy: bool | None = None,
        threads: int | None = None,
        window: int | tuple[float, float] = 0,
        mapping: int = 0,
    ) -> Array:
        """Give frames as an array.

        Parameters
        ----------
        units : str
            What the values are: ``"stored"`` samples before palette, colour conversion and rescale;
            ``"color"`` RGB or grey; ``"modality"`` after rescale or Modality LUT (PS3.3 C.11.1), Hounsfield
            units for CT; ``"real_world"`` after the Real World Value Mapping (PS3.3 C.7.6.16.2.11);
            ``"display"`` 8 bits for the screen, after window or VOI LUT (PS3.3 C.11.2), polarity and
            presentation shape; black is 0 and white 255, or 65535 where `dtype` is uint16.
        dtype : dtype, optional
            The type of the result. By default stored samples keep theirs; modality values have the smallest
            of int16, uint16 and int32 that holds every possible value where slope and intercept are whole
            numbers, else float32, float64 above 24 bits.
        frames : int, slice or iterable of int, optional
            Which frames; all. A single number gives an array without the axis of frames.
        out : ndarray, optional
            Where to put the result: C-contiguous, of the right shape and dtype.
        copy : bool, optional
            ``False`` raises where a copy is needed; ``True`` always copies. By default a read-only view is
            given where the stored bytes are the result.
        threads : int, optional
            How many threads render frames; one for each processor. One frame is rendered on the calling
            thread, unless it is large and JPEG 2000, which all of them decode.
        window : int or tuple of float
            Which window or VOI LUT, for ``units="display"``; or a window of one's own, centre and width, in modality values.
        mapping : int
            Which mapping, for ``units="real_world"``.

        Returns
        -------
        ndarray
            (frames, rows, columns, channels), without frames or channels that are one.

        Raises
        ------
        ArgumentError
            `out` does not fit, `dtype` cannot hold the values, there is no such frame or window, or
            ``copy=False`` where a copy is needed.
        PixelError
            The header, its tables and the pixel data do not agree, or a codestream is damaged.
        LimitError
            More samples than one call may return, or than so few compressed bytes can hold.

        Examples
        --------
        >>> import radiogram as rg
        >>> from pydicom.data import get_testdata_file
        >>> ds = rg.read(get_testdata_file("MR_small.dcm"))
        >>> ds.pixels.array(units="display").shape, ds.pixels.array(units="modality", dtype="float32").dtype
        ((64, 64), dtype('float32'))
        """
        import numpy as np

        name = None if dtype is None else np.dtype(dtype).name
        if isinstance(window, tuple):
            center, width = window
            window = float(center), float(width)
        single = isinstance(frames, (int, np.integer)) and not isinstance(frames, bool)
        chosen = self._chosen(frames)
        if out is None and copy is not True and window == 0 and mapping == 0:
            viewed = self._view(units, name, frames, chosen, single=single)
            if viewed is not None:
                return viewed
        if copy is False:
            message = "the stored bytes are not the result: it needs a copy"
            raise ArgumentError(message)
        shape = self._shape(units, name, window, mapping, 1 if single else len(chosen), single=single)
        made = np.dtype(self._picture.describe(units, name, window, mapping)[1])
        if out is None:
            self._picture.admit(shape, list(chosen))
            out = np.empty(shape, made)
        elif not isinstance(out, np.ndarray) or out.shape != shape or out.dtype != made:
            message = f"the array for the result is of shape {shape} and {made}"
            raise ArgumentError(message)
        if not isinstance(chosen, list):
            chosen = list(chosen)
        if out.size:
            self._picture.render(units, name, window, mapping, chosen, out, threads)
        return out

    def frame(
        self,
        index: int,
        *,
        units: str = "stored",
        dtype: npt.DTypeLike | None = None,
        reduce: int = 0,
        region: tuple[int, int, int, int] | None = None,
        layers: int | None = None,
        threads: int | None = None,
    ) -> Array:
        """Give one frame, or a part of it.

        Parameters
        ----------
        index : int
            The number of the frame; negative ones count from the last.
        units, dtype, threads
            As for `array`. What a window of a frame's own values spans is seen of the part alone.
        reduce : int
            How often rows and columns are halved, which JPEG 2000 (HTJ2K too) can: what was coded for the larger sizes is not decoded.
            `radiogram.codecs.describe` says how often there is something to halve.
        region : tuple of int, optional
            (row, column, rows, columns) of the part, in pixels of the full size. JPEG 2000 decodes no more than the region needs; of
            other frames it is cut out, which takes as long as the whole.
        layers : int, optional
            How many quality layers of JPEG 2000 are used; all.

        Returns
        -------
        ndarray
            (rows, columns) or (rows, columns, channels). Reduced ``r`` times, a region has the rows from ``ceil(row / 2**r)`` up to
            ``ceil((row + rows) / 2**r)``, and so its columns (ITU-T T.800 B.5): neighbours share none and leave none out.

        Raises
        ------
        ArgumentError
            The region is not within the frame or has no pixel of this size, there are no such resolutions, or the codec has none.
        PixelError, LimitError
            As `array`.

        Examples
        --------
        >>> import radiogram as rg
        >>> from pydicom.data import get_testdata_file
        >>> ds = rg.read(get_testdata_file("examples_jpeg2k.dcm"))
        >>> ds.pixels.frame(0).shape, ds.pixels.frame(0, reduce=2).shape
        ((480, 640, 3), (120, 160, 3))
        >>> ds.pixels.frame(0, region=(100, 200, 31, 64), reduce=1).shape
        (16, 32, 3)
        """
        import numpy as np

        if not reduce and region is None and layers is None:
            return self.array(frames=index, units=units, dtype=dtype, threads=threads)
        name = None if dtype is None else np.dtype(dtype).name
        (chosen,) = self._chosen(index)
        return self._picture.render_part(units, name, chosen, reduce, region, layers, threads)

    def frames(
        self,
        *,
        units: str = "stored",
        dtype: npt.DTypeLike | None = None,
        threads: int | None = None,
    ) -> Iterator[Array]:
        """Give the frames one after another. The next ones, as many as there are threads, are rendered while the caller works.

        Memory stays flat. Frames are those of the pixel data as they are when the first is asked for.

        Parameters
        ----------
        units, dtype
            As in `array`.
        threads : int, optional
            How many frames are rendered ahead of the caller; one for each processor.

        Examples
        --------
        >>> import radiogram as rg
        >>> from pydicom.data import get_testdata_file
        >>> ds = rg.read(get_testdata_file("CT_small.dcm"))
        >>> [frame.shape for frame in ds.pixels.frames()]
        [(128, 128)]
        """
        import numpy as np

        name = None if dtype is None else np.dtype(dtype).name
        picture = self._picture
        whole = picture.view(units, name)
        if self.n_frames == 1 or whole is not None:
            viewed = self.array(units=units, dtype=dtype) if whole is None else whole
            yield from [viewed] if self.n_frames == 1 else viewed
            return
        shape = self._shape(units, name, 0, 0, 1, single=True)
        _core.check_samples(shape)
        ahead = _core.Ahead(picture, units, name, shape, threads)
        try:
            yield from ahead
        finally:
            ahead.close()

    def padding(self, frames: int | slice | Iterable[int] | None = None) -> npt.NDArray[np.bool_] | None:
        """Mask of the pixels that are padding (PS3.3 C.7.5.1.1.2), ``None`` where the dataset names none.

        Returns
        -------
        ndarray of bool or None
            (frames, rows, columns), without frames that are one.
        """
        import numpy as np

        chosen = list(self._chosen(frames))
        count, rows, columns, _ = self._picture.size
        single = isinstance(frames, (int, np.integer)) or (count == 1 and len(chosen) == 1)
        shape = (rows, columns) if single else (len(chosen), rows, columns)
        _core.check_samples(shape)
        mask = np.zeros(shape, np.uint8)
        return mask.view(np.bool_) if self._picture.padding(chosen, mask) else None

    # -- overlays ----------------------------------------------------------------------------------

    @property
    def overlays(self) -> list[Overlay]:
        """The overlay planes of groups 60xx."""
        return [Overlay(self._dataset, *plane) for plane in _core.overlays(self._dataset)]

    def overlay_array(self, group: int) -> npt.NDArray[np.uint8]:
        """One overlay plane as 0 and 1.

        Raises
        ------
        UnknownTagError
            The dataset has no overlay in this group.
        """
        for overlay in self.overlays:
            if overlay.group == group:
                return overlay.array
        message = "the dataset has no overlay in this group"
        raise UnknownTagError(message, None, f"({group:04X},3000)")

    # -- shapes ------------------------------------------------------------------------------------

    def _chosen(self, frames: int | slice | Iterable[int] | None) -> Sequence[int]:
        import numpy as np

        count = self.n_frames
        if frames is None:
            return range(count)
        if isinstance(frames, slice):
            return range(count)[frames]
        named = [frames] if isinstance(frames, (int, np.integer)) else list(frames)
        numbers = []
        for number in named:
            # True would be frame 1, and a mask of frames the first two of them again and again.
            if isinstance(number, (bool, np.bool_)):
                message = "frames are chosen by number, not by truth"
                raise ArgumentError(message)
            index = operator.index(number)
            if not -count <= index < count:
                message = f"there is no frame {index} of {count}"
                raise ArgumentError(message)
            numbers.append(index % count)
        return numbers

    def _shape(
        self,
        units: str,
        dtype: str | None,
        window: int | tuple[float, float],
        mapping: int,
        count: int,
        *,
        single: bool = False,
    ) -> tuple[int, ...]:
        frames, rows, columns, _ = self._picture.size
        channels = self._picture.describe(units, dtype, window, mapping)[0]
        lead = () if single or (frames == 1 and count == 1) else (count,)
        return (*lead, rows, columns) if channels == 1 else (*lead, rows, columns, channels)

    def _view(
        self,
        units: str,
        dtype: str | None,
        frames: int | slice | Iterable[int] | None,
        chosen: Sequence[int],
        *,
        single: bool,
    ) -> Array | None:
        if frames is not None and not single and not isinstance(frames, slice):
            return None
        whole = self._picture.view(units, dtype)
        if whole is None or frames is None:
            return whole
        if self.n_frames == 1:
            # One frame has no axis of frames; none of it has.
            return whole if len(chosen) else whole[None][:0]
        part: Array = whole[frames] if isinstance(frames, slice) else whole[chosen[0]]
        return part
