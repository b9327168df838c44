"""Training with MONAI straight from DICOM: `Reader` for its ``LoadImage``. Importing this imports MONAI and torch."""

from __future__ import annotations

import math
import multiprocessing
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from radiogram.dataset import read
from radiogram.errors import ArgumentError, GeometryError, UnsupportedError
from radiogram.interop import frameworks
from radiogram.volume import read_volume

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from radiogram.dataset import Dataset

    PathLike = str | os.PathLike[str]

    class _ImageReader:
        """What MONAI calls a reader."""

else:
    _ImageReader = frameworks.image_reader()

__all__ = ["Image", "Reader"]

_TAGS = ("PhotometricInterpretation", "BitsStored", "PixelRepresentation")
"""What tells the range of samples, and which end of it is white."""


class Image(NamedTuple):
    """What `Reader.read` gives of a series or a file."""

    array: NDArray[Any]
    """(slice, row, column), and channels last where there are several."""
    affine: NDArray[np.float64]
    """Takes (slice, row, column, 1) to the patient's millimetres, LPS."""
    told: dict[str, Any]
    """Elements that were asked for."""


class Reader(_ImageReader):
    """Reads DICOM for MONAI's ``LoadImage``: ``LoadImage(reader=rg.monai.Reader())``.

    Arrays, affine matrices and metadata are those of MONAI's ``ITKReader``, read by `read_volume` or `ds.pixels`: a folder is a series, a
    file an image, a list of them becomes channels. What ``ITKReader`` would read in a wrong place, as a series with a missing slice, is an
    error of `read_volume` instead, and so is a folder with several series where `series_name` names none.

    Parameters
    ----------
    channel_dim : int or str, optional
        ``original_channel_dim`` of the metadata; by default the last axis where pixels have several samples, else none.
    series_name : str
        Series Instance UID to read where a folder has several.
    reverse_indexing : bool
        Give arrays as (slice, row, column) and not as (column, row, slice). Metadata stay as they are.
    affine_lps_to_ras : bool
        Give affine matrices in RAS, as other readers of MONAI do.
    monochrome1 : str
        What becomes of images whose smallest value is white (PS3.3 C.7.6.3.1.2): ``"invert"``, as ITK does, makes it the largest;
        ``"keep"`` leaves the values as `read_volume` gives them.
    tags : sequence of str
        Keywords of elements of the first file that become metadata.
    **options
        Of `read_volume`: ``units``, ``dtype``, ``missing``, ``threads``. In worker processes one thread reads by default.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.volume.phantom import Phantom, write_series
    >>> from tempfile import TemporaryDirectory
    >>> reader = rg.monai.Reader()
    >>> with TemporaryDirectory() as folder:
    ...     _ = write_series(folder, Phantom(slices=4, rows=32, columns=48))
    ...     array, meta = reader.get_data(reader.read(folder))
    >>> array.shape, meta["space"], meta["affine"].diagonal().tolist()
    ((48, 32, 4), 'RAS', [-0.7, -0.7, 1.0, 1.0])
    """

    def __init__(
        self,
        *,
        channel_dim: int | str | None = None,
        series_name: str = "",
        reverse_indexing: bool = False,
        affine_lps_to_ras: bool = True,
        monochrome1: str = "invert",
        tags: Sequence[str] = (),
        **options: Any,  # noqa: ANN401
    ) -> None:
        super().__init__()
        if monochrome1 not in ("invert", "keep"):
            message = 'monochrome1 is "invert" or "keep"'
            raise ArgumentError(message)
        self.monochrome1 = monochrome1
        self.channel_dim = float("nan") if channel_dim == "no_channel" else channel_dim
        self.series_name = series_name
        self.reverse_indexing = reverse_indexing
        self.affine_lps_to_ras = affine_lps_to_ras
        self.tags = tuple(tags)
        self.options = options

    def verify_suffix(self, filename: Sequence[PathLike] | PathLike) -> bool:
        """Tell whether these are folders, or files that begin as DICOM does (PS3.10 7.1): suffixes say nothing."""
        return all(Path(path).is_dir() or _is_dicom(path) for path in _listed(filename))

    def read(self, data: Sequence[PathLike] | PathLike, **kwargs: Any) -> Image | list[Image]:  # noqa: ANN401
        """Read a folder or a file, or each of a list.

        Returns
        -------
        Image or list of Image

        Raises
        ------
        DicomError
            As `read_volume` and `ds.pixels` say.
        """
        options = {**self.options, **kwargs}
        if options.get("threads") is None and multiprocessing.parent_process() is not None:
            options["threads"] = 1
        images = [self._image(os.fspath(path), options) for path in _listed(data)]
        return images if len(images) > 1 else images[0]

    def _image(self, path: str, options: dict[str, Any]) -> Image:
        try:
            volume = read_volume(path, series_uid=self.series_name or None, **options)
        except (GeometryError, UnsupportedError):
            if Path(path).is_dir():
                raise
            return self._picture(read(path), options)
        first = read(
            next(name for name in volume.paths if name is not None), specific_tags=[*_TAGS, *self.tags]
        )
        rescale = volume.report.rescale if options.get("units", "modality") == "modality" else (1.0, 0.0)
        return Image(self._polar(volume.array, first, rescale), volume.affine, self._told(first))

    def _picture(self, ds: Dataset, options: dict[str, Any]) -> Image:
        """Give the frames of a file that has no place in the patient, as ITK does: from the origin, along the axes."""
        import numpy as np

        pixels = ds.pixels
        units = options.get("units", "modality")
        if (pixels.shape[-1] in (3, 4) and len(pixels.shape) > 2) or ds.get(
            "PhotometricInterpretation"
        ) == "PALETTE COLOR":
            units = "color"
        array = pixels.array(units=units, dtype=options.get("dtype"), threads=options.get("threads"))
        if pixels.n_frames == 1:
            array = array[None]
        spacing = [float(one) for one in ds.get("PixelSpacing") or ds.get("ImagerPixelSpacing") or ()]
        if len(spacing) != 2 or not all(0 < one < math.inf for one in spacing):
            spacing = [1.0, 1.0]
        affine = np.eye(4)[[2, 1, 0, 3]]
        affine[:3] *= [1.0, *spacing, 1.0]
        slope, intercept = ds.get("RescaleSlope"), ds.get("RescaleIntercept")
        rescale = (1.0, 0.0) if units == "stored" or slope is None else (float(slope), float(intercept or 0))
        is_table = units == "modality" and "ModalityLUTSequence" in ds
        array = self._polar(array, ds, "modality LUT" if is_table else rescale)
        return Image(array, affine, self._told(ds))

    def _polar(self, array: NDArray[Any], ds: Dataset, rescale: str | tuple[float, float]) -> NDArray[Any]:
        """Turn the values of an image whose smallest is white over, in the range of what can be stored."""
        import numpy as np

        if self.monochrome1 == "keep" or ds.get("PhotometricInterpretation") != "MONOCHROME1":
            return array
        if isinstance(rescale, str) or not ds.get("BitsStored"):
            message = f'values by {rescale} are not turned over: monochrome1="keep" gives them as they are'
            raise UnsupportedError(message)
        values = 1 << int(ds.BitsStored)
        # What a sample and its opposite add up to, the smallest and the largest of the range.
        ends = -1 if ds.get("PixelRepresentation") == 1 else values - 1
        total = rescale[0] * ends + 2 * rescale[1]
        if array.dtype.kind == "f":
            opposite: NDArray[Any] = np.subtract(total, array, dtype=array.dtype)
            return opposite
        turned: NDArray[Any] = (int(total) - array.astype(np.int64)).astype(array.dtype)
        return turned

    def _told(self, ds: Dataset) -> dict[str, Any]:
        return {tag: ds.get(tag) for tag in self.tags}

    def get_data(self, img: Image | list[Image]) -> tuple[NDArray[Any], dict[str, Any]]:
        """Give the array of an image, or of several as channels, and its metadata.

        Returns
        -------
        ndarray
            (column, row, slice), channels last.
        dict
            ``affine``, ``original_affine``, ``space``, ``spatial_shape``, ``spacing``, ``original_channel_dim``, and `tags`.

        Raises
        ------
        GeometryError
            Several images that are not of one grid.
        """
        import numpy as np

        images = [img] if isinstance(img, Image) else list(img)
        if not images:
            message = "there is no image"
            raise ArgumentError(message)
        arrays = [self._turned(image.array) for image in images]
        meta = self._meta(images[0], arrays[0])
        for image in images[1:]:
            other = self._affine(image)
            if image.array.shape != images[0].array.shape or not np.allclose(other, meta["affine"]):
                message = "images that become channels are of one grid, and these differ in shape or place"
                raise GeometryError(message)
        if len(arrays) == 1:
            return arrays[0], meta
        axis = meta["original_channel_dim"]
        if axis == axis:  # not NaN
            return np.concatenate(arrays, axis=int(axis)), meta
        meta["original_channel_dim"] = 0
        return np.stack(arrays), meta

    def _turned(self, array: NDArray[Any]) -> NDArray[Any]:
        if self.reverse_indexing:
            return array
        return array.transpose(2, 1, 0, *range(3, array.ndim))

    def _meta(self, image: Image, array: NDArray[Any]) -> dict[str, Any]:
        import numpy as np

        affine = self._affine(image)
        shape = list(image.array.shape[2::-1])
        axis: Any = self.channel_dim
        if axis is None:
            axis = -1 if array.ndim > 3 else float("nan")
        elif isinstance(axis, int):
            shape.pop(axis)
        return {
            # MONAI collates metadata, and cannot collate None.
            **{tag: "none" if value is None else value for tag, value in image.told.items()},
            "spacing": np.linalg.norm(image.affine[:3, 2::-1], axis=0),
            "original_affine": affine,
            "space": "RAS" if self.affine_lps_to_ras else "LPS",
            "affine": affine.copy(),
            "spatial_shape": np.asarray(shape),
            "original_channel_dim": axis,
        }

    def _affine(self, image: Image) -> NDArray[np.float64]:
        import numpy as np

        affine = image.affine[:, [2, 1, 0, 3]]
        return np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine if self.affine_lps_to_ras else affine.copy()


def _listed(data: Sequence[PathLike] | PathLike) -> list[PathLike]:
    return [data] if isinstance(data, (str, os.PathLike)) else list(data)


def _is_dicom(path: PathLike) -> bool:
    try:
        with Path(path).open("rb") as file:
            return file.read(132)[128:] == b"DICM"
    except OSError:
        return False
