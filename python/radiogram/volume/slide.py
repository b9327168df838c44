"""`rg.read_slide`: whole slide images and parametric maps of slides, level by level, of which only the tiles that are asked for are decoded."""

from __future__ import annotations

import operator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from radiogram import _core
from radiogram.errors import ArgumentError
from radiogram.volume.read import found_files

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    from numpy.typing import NDArray

__all__ = ["Slide", "SlideLevel", "read_slide"]


def read_slide(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    series_uid: str | None = None,
    units: str = "color",
    mapping: int = 0,
    threads: int | None = None,
) -> Slide:
    """Open a whole slide image or a parametric map of a slide; its pixels are decoded when a region is read.

    Parameters
    ----------
    paths : path, glob pattern or iterable of paths
        The files of a slide: the levels of its pyramid, parts of concatenations, label, overview and thumbnail;
        or those of a parametric map that is tiled on a slide. Files of other kinds are passed over.
    series_uid : str, optional
        Series Instance UID to read where the files belong to several.
    units : {"color", "stored", "modality", "real_world"}
        RGB, or grey as it is stored; the samples of the codestream; values after rescale; or after the real world
        value mapping (PS3.3 C.7.6.16.2.11), NaN where a stored value has none.
    mapping : int
        Which of several real world value mappings of a stored value.
    threads : int, optional
        How many threads decode; one for each processor.

    Returns
    -------
    Slide

    Raises
    ------
    ArgumentError
        None of the files is a whole slide image or a parametric map of a slide.
    AmbiguousSeriesError
        They are of several series.
    PixelError
        A total pixel matrix that is tiled in full lacks tiles, or tiles have no place in it (PS3.3 C.8.12.4); several
        tiles are at one place, and nothing tells them apart.
    MissingSliceError
        Parts of a concatenation are missing.
    MalformedError
        Parts of a concatenation do not belong together, or a file does not say of which it is a part (PS3.3 C.7.6.16).

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.volume.tiles import write_slide
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = write_slide(folder, rows=300, columns=500, levels=2)
    ...     slide = rg.read_slide(folder)
    ...     region = slide.levels[0][100:200, 50:450:2]
    >>> slide
    Slide: 2 levels, 300 x 500 and smaller
    >>> region.shape
    (100, 200, 3)
    """
    files = found_files(paths)
    if not files:
        message = "there are no files to read"
        raise ArgumentError(message)
    source = _core.open_slide(files, series_uid=series_uid, units=units, mapping=mapping, threads=threads)
    levels, pictures, notes = [], {}, []
    for number, told in enumerate(source.levels()):
        samples = told.pop("channels")
        rows, columns = told.pop("shape")
        spacing = told.pop("spacing")
        is_beside = told.pop("is_beside")
        notes += told.pop("notes")
        level = SlideLevel(
            shape=(rows, columns) if samples == 1 else (rows, columns, samples),
            spacing=None if spacing is None else tuple(spacing),
            paths=tuple(str(files[index]) for index in told.pop("files")),
            channels=tuple(told.pop("channel_names")),
            focal_planes=tuple(told.pop("focal_planes")),
            origin=None if told["origin"] is None else tuple(told["origin"]),
            orientation=None if told["orientation"] is None else tuple(told["orientation"]),
            **{name: told[name] for name in ("flavor", "dtype", "tile", "tiles", "is_sparse", "is_map")},
            _reader=_Reader(source, number, threads),
        )
        if is_beside:
            pictures[level.flavor.lower()] = level
        else:
            levels.append(level)
    return Slide(levels=tuple(levels), pictures=pictures, notes=tuple(dict.fromkeys(notes)))


@dataclass(frozen=True, slots=True)
class _Reader:
    source: _core.SlideSource
    number: int
    threads: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SlideLevel:
    """A total pixel matrix of a slide.

    Indexing reads pixels, as numpy's does: ``level[r0:r1, c0:c1]``, with steps. Only the tiles that the region
    touches are decoded.

    Attributes
    ----------
    flavor : str
        Value 3 of Image Type: ``"VOLUME"``, or ``"LABEL"``, ``"OVERVIEW"``, ``"THUMBNAIL"``.
    shape : tuple of int
        Rows and columns, and samples where a pixel has several.
    dtype : str
        The type of the samples, in numpy's words.
    tile : tuple of int
        Rows and columns of a tile.
    tiles : int
        How many there are, of all optical paths and focal planes.
    is_sparse : bool
        Places without a tile are allowed.
    spacing : tuple of float or None
        Distance of rows and of columns, millimetres.
    channels : tuple of str
        What tells tiles at one place apart: identifiers of optical paths; of a parametric map LUT labels of its real
        world value mappings (PS3.3 C.7.6.16.2.11), and whatever else its frames differ in.
    is_map : bool
        It is of a parametric map.
    focal_planes : tuple of float
        Heights of the focal planes, micrometres.
    origin : tuple of float or None
        Place of the first pixel in the coordinates of the slide, millimetres (PS3.3 C.8.12.2.1).
    orientation : tuple of float or None
        Directions of a row and of a column on the slide.
    paths : tuple of str
        The files.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.volume.tiles import write_slide
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = write_slide(folder, rows=90, columns=70, levels=1)
    ...     level = rg.read_slide(folder).levels[0]
    ...     level.read(row=80, column=0, height=10, width=70).shape
    (10, 70, 3)
    """

    flavor: str
    shape: tuple[int, ...]
    dtype: str
    tile: tuple[int, int]
    tiles: int
    is_sparse: bool
    spacing: tuple[float, float] | None
    is_map: bool
    channels: tuple[str, ...]
    focal_planes: tuple[float, ...]
    origin: tuple[float, float] | None
    orientation: tuple[float, ...] | None
    paths: tuple[str, ...]
    _reader: _Reader = field(repr=False)

    @property
    def optical_paths(self) -> tuple[str, ...]:
        """Identifiers of the optical paths; none of a parametric map, which has `channels`."""
        return () if self.is_map else self.channels

    def read(
        self,
        *,
        row: int = 0,
        column: int = 0,
        height: int | None = None,
        width: int | None = None,
        channel: int | str | None = None,
        optical_path: int | str | None = None,
        focal_plane: int = 0,
        fill: float | None = None,
        missing: str = "fill",
    ) -> NDArray[Any]:
        """Read a region.

        Parameters
        ----------
        row, column : int
            Its first row and column.
        height, width : int, optional
            Its rows and columns; to the end of the level.
        channel : int or str, optional
            Which of `channels`, by its number or its name; the first.
        optical_path : int or str, optional
            The same, as it is called of a whole slide image.
        focal_plane : int
            Which focal plane.
        fill : float, optional
            What pixels have that no tile covers; by default 255 in colour, 0 in grey, NaN where values are floats.
        missing : {"fill", "error"}
            What becomes of such pixels: a sparse level leaves out what is background.

        Returns
        -------
        numpy.ndarray
            (row, column), and samples last.

        Raises
        ------
        ArgumentError
            The region is not within the level.
        PixelError
            Pixels have no tile, and ``missing="error"``.

        Examples
        --------
        See the class.
        """
        from radiogram.errors import PixelError

        if channel is not None and optical_path is not None:
            message = "a channel and an optical path are the same thing: give one of them"
            raise ArgumentError(message)
        chosen = channel if channel is not None else 0 if optical_path is None else optical_path
        if isinstance(chosen, str):
            if chosen not in self.channels:
                message = f"the level has no such {'channel' if self.is_map else 'optical path'}"
                raise ArgumentError(message)
            chosen = self.channels.index(chosen)
        if missing not in {"fill", "error"}:
            message = "missing is fill or error"
            raise ArgumentError(message)
        height = self.shape[0] - row if height is None else height
        width = self.shape[1] - column if width is None else width
        is_within = row + height <= self.shape[0] and column + width <= self.shape[1]
        if (
            min(row, column, height, width, chosen, focal_plane) < 0
            or max(chosen, focal_plane) > 65535
            or not is_within
        ):
            message = "the region is not within the level, or has no pixel"
            raise ArgumentError(message)
        reader = self._reader
        array, bare = reader.source.read(
            (reader.number, chosen, focal_plane),
            (row, column, height, width),
            fill=self._background if fill is None else fill,
            threads=reader.threads,
        )
        if bare and missing == "error":
            message = f"{bare} pixels of the region have no tile"
            raise PixelError(message)
        return array

    @property
    def _background(self) -> float:
        """What a pixel is without a tile: white, black, or no number."""
        if self.dtype.startswith("float"):
            return float("nan")
        return 255 if len(self.shape) > 2 else 0

    @property
    def array(self) -> NDArray[Any]:
        """The whole level, of the first channel and focal plane."""
        return self.read()

    def __getitem__(self, key: Any) -> NDArray[Any]:  # noqa: ANN401  (what numpy takes)
        """Read rows and columns of the first channel and focal plane."""
        given = key if isinstance(key, tuple) else (key,)
        given = tuple(part for part in given if part is not Ellipsis) if given[-1:] == (Ellipsis,) else given
        if len(given) > 2 or any(part is Ellipsis for part in given):
            message = "a level is indexed by rows and columns"
            raise IndexError(message)
        spans = [
            _bounds(part, length)
            for part, length in zip((*given, *[slice(None)] * 2)[:2], self.shape, strict=False)
        ]
        (row, height, rows), (column, width, columns) = spans
        if height == 0 or width == 0:
            import numpy as np

            empty: NDArray[Any] = np.empty((height, width, *self.shape[2:]), self.dtype)
            return empty[rows, columns]
        return self.read(row=row, column=column, height=height, width=width)[rows, columns]


def _bounds(part: Any, length: int) -> tuple[int, int, int | slice]:  # noqa: ANN401
    """Give the first row of what is read, how many, and what is taken of it."""
    if isinstance(part, slice):
        chosen = range(length)[part]
        if not chosen:
            return 0, 0, slice(None)
        low, high = min(chosen[0], chosen[-1]), max(chosen[0], chosen[-1])
        return low, high - low + 1, slice(None, None, part.indices(length)[2])
    number = operator.index(part)
    if not -length <= number < length:
        message = f"index {number} is out of bounds for an axis of {length}"
        raise IndexError(message)
    return number % length, 1, 0


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Slide:
    """A whole slide, as `read_slide` gives it.

    Attributes
    ----------
    levels : tuple of SlideLevel
        The levels of the pyramid, the largest first.
    pictures : dict of str to SlideLevel
        What lies beside them: ``"label"``, ``"overview"``, ``"thumbnail"``.
    notes : tuple of str
        What a careful reader wants to know, a sentence each: of a level whose tiles nothing counts, that its parts do not say how many
        they are, so that some may be missing behind the last one (PS3.3 C.7.6.16.2.2.4).
    """

    levels: tuple[SlideLevel, ...]
    pictures: dict[str, SlideLevel]
    notes: tuple[str, ...] = ()

    @property
    def downsamples(self) -> tuple[float, ...]:
        """How many times smaller each level is than the first."""
        if not self.levels:
            return ()
        return tuple(self.levels[0].shape[1] / level.shape[1] for level in self.levels)

    def read(self, level: int = 0, **region: Any) -> NDArray[Any]:  # noqa: ANN401
        """Read a region of a level: see `SlideLevel.read`."""
        return self.levels[level].read(**region)

    def __repr__(self) -> str:
        """Give one line that a person can read."""
        if not self.levels:
            return f"Slide: no levels, {', '.join(self.pictures) or 'no pictures'}"
        rows, columns = self.levels[0].shape[:2]
        count = len(self.levels)
        more = (
            f"{count} levels, {rows} x {columns} and smaller" if count > 1 else f"1 level, {rows} x {columns}"
        )
        return f"Slide: {more}{''.join(f', {name}' for name in self.pictures)}"
