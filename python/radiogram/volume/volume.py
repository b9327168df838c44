"""A volume: the array of a series, its place in the patient, and the verdict on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import DTypeLike, NDArray

    from radiogram.volume.report import VolumeReport

__all__ = ["Volume"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Volume:
    """Slices in their places, as ``read_volume`` gives them.

    Attributes
    ----------
    array : numpy.ndarray
        Axes as `dims` names them: (slice, row, column) for most; what else varies is in front of them, and
        samples are last where a pixel has several. Slices ascend along the cross product of row and column
        direction, whatever the order of files and frames.
    affine : numpy.ndarray
        4 x 4, float64: takes (slice, row, column, 1) to millimetres in the patient's coordinates, x to the
        left, y to the back, z to the head (PS3.3 C.7.6.2.1.1). True for every slice; a tilted gantry is a
        sheared matrix; of pictures that have no place, such as ultrasound in time, it counts voxels.
    spacing : tuple of float
        Distance of neighbouring voxels along (slice, row, column), millimetres: the lengths of the matrix's
        columns.
    paths : tuple of str or None
        The file of each slice, volume after volume; None where a slice is missing.
    frames : tuple of int or None
        Which frame of that file it is, counted from 0.
    report : VolumeReport
        The verdict as data.
    dims : tuple of str
        The names of the axes: ``("slice", "row", "column")``; in front of them what varies at each
        position, such as ``"time"``, ``"contrast"``, ``"phase"``, ``"b_value"``, ``"echo"``; behind them
        ``"sample"`` where a pixel has several.
    coords : dict of str to numpy.ndarray
        Where each place stands on the axes in front: at least one row of coordinates an axis, named as the
        axis or as what was measured (``"echo_time"``, ``"trigger_delay"``), and those of attributes that
        vary with it (``"gradient"``, three numbers a place, NaN where there is none).
    coord_dims : dict of str to str
        The axis that each of them belongs to.
    units : dict of str to str
        The unit of each of them, empty where there is none: ``"s"``, ``"ms"``, ``"s/mm2"``.

    Examples
    --------
    >>> import numpy as np
    >>> from radiogram.volume import Volume, VolumeReport
    >>> report = VolumeReport(
    ...     series_uid="1.2.3", modality="CT", present=2, missing=(), spacing=(3.0, 0.5, 0.5),
    ...     spacing_source="positions", plane_distance=3.0, tilt_degrees=0.0, tolerance=0.1, deviation=0.0,
    ...     set_aside=(), dtype="int16", dtype_reason="whole numbers from -1024 to 3071",
    ...     rescale=(1.0, -1024.0), padding=None, fill=None, transfer_syntaxes=(), notes=())
    >>> affine = np.array([[0, 0, 0.5, -9], [0, 0.5, 0, -8], [3.0, 0, 0, 40], [0, 0, 0, 1]])
    >>> Volume(array=np.zeros((2, 4, 6), np.int16), affine=affine, paths=("a.dcm", "b.dcm"), report=report)
    Volume: CT, 2 x 4 x 6 int16, 3 x 0.5 x 0.5 mm
    """

    array: NDArray[Any]
    affine: NDArray[np.float64]
    paths: tuple[str | None, ...]
    report: VolumeReport
    frames: tuple[int | None, ...] = ()
    dims: tuple[str, ...] = ("slice", "row", "column")
    coords: dict[str, NDArray[Any]] = field(default_factory=dict)
    coord_dims: dict[str, str] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)

    @property
    def spacing(self) -> tuple[float, float, float]:
        """Distance of neighbouring voxels along (slice, row, column), millimetres."""
        return self.report.spacing

    def __repr__(self) -> str:
        """Give one line that a person can read; ``print(volume.report)`` tells the rest."""
        report = self.report
        shape = " x ".join(str(length) for length in self.array.shape)
        spacing = " x ".join(f"{length:.4g}" for length in report.spacing)
        parts = [report.modality or "images", f"{shape} {self.array.dtype}"]
        if self.dims != ("slice", "row", "column"):
            parts.append(f"({', '.join(self.dims)})")
        parts.append("no place in the patient" if report.space == "none" else f"{spacing} mm")
        if report.tilt_degrees:
            parts.append(f"tilted {report.tilt_degrees:.3g} degrees")
        if report.missing:
            parts.append(f"{_counted(len(report.missing), 'missing slice')} filled")
        if report.set_aside:
            parts.append(f"{_counted(len(report.set_aside), 'file')} set aside")
        return f"Volume: {', '.join(parts)}"

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:  # noqa: FBT001
        """Give the array, as ``numpy.asarray(volume)`` asks for it."""
        import numpy as np

        return np.asarray(self.array, dtype) if copy is None else np.array(self.array, dtype, copy=copy)

    def __dlpack__(self, **options: Any) -> Any:  # noqa: ANN401  (a capsule has no type)
        """Lend the array's memory to a library that knows DLPack: ``torch.from_dlpack(volume)``, ``jax.numpy.from_dlpack(volume)``."""
        return self.array.__dlpack__(**options)

    def __dlpack_device__(self) -> tuple[int, int]:
        """Say where the memory is: with the processor."""
        kind, number = self.array.__dlpack_device__()
        return int(kind), int(number)

    def to_nifti(self, path: str | Path, *, sidecar: bool = False) -> None:
        """Write a NIfTI-1 file, ``.nii`` or ``.nii.gz``.

        Axes in front of the slices become NIfTI's fourth and higher ones. Of a diffusion series they become one, in the
        order of ``array.reshape(-1, …)``; it lies as dcm2niix's files do, and ``.bval`` and ``.bvec`` are written beside it.

        Parameters
        ----------
        path : str or Path
            Where to; the file is replaced as a whole or not at all.
        sidecar : bool
            Write what `sidecar` gives beside it, as ``.json``.

        See Also
        --------
        radiogram.interop.nifti.write_nifti : what is written, and what is refused.
        """
        from radiogram.interop.nifti_volume import write_volume
        from radiogram.volume.sidecar import write_sidecar

        told = self.sidecar() if sidecar else None

        write_volume(
            path,
            self.array,
            self.affine,
            self.dims,
            self.coords,
            units=self.units,
            repetition_time=self._repetition_time(),
        )
        if told is not None:
            write_sidecar(path, told)

    def sidecar(self) -> dict[str, Any]:
        """Give what the header of the first image says, in the words of BIDS: times in seconds, nothing that names the patient.

        Raises
        ------
        SourceError
            The file of the first image cannot be read any more.
        ArgumentError
            The volume has no files: it was resampled.

        Examples
        --------
        >>> import radiogram as rg
        >>> from radiogram.volume.phantom import Phantom, write_series
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     _ = write_series(folder, Phantom(slices=4, rows=32, columns=48))
        ...     told = rg.read_volume(folder).sidecar()
        >>> told["Modality"], told["SliceThickness"], told["ConversionSoftware"]
        ('CT', 1, 'radiogram')
        """
        from radiogram.errors import ArgumentError
        from radiogram.volume.sidecar import sidecar

        first = next((place for place, path in enumerate(self.paths) if path is not None), None)
        if first is None:
            message = "the volume has no files whose headers could tell of it"
            raise ArgumentError(message)
        frame = (self.frames[first] if self.frames else None) or 0
        return sidecar(self.paths[first] or "", frame, self.dims, self.coords, self.units)

    def _repetition_time(self) -> float | None:
        """Give Repetition Time, milliseconds, of a volume in time; None where no file says it."""
        from radiogram.dataset import read
        from radiogram.errors import DicomError
        from radiogram.volume.pet import number

        first = next((path for path in self.paths if path is not None), None)
        if not {"time", "b_value"} & set(self.dims) or first is None:
            return None
        try:
            return number(read(first, specific_tags=["RepetitionTime"]), "RepetitionTime")
        except DicomError:
            # The files may be gone; the times of the coordinates stay.
            return None

    def suv(self, kind: str = "bw", *, given: Mapping[str, Any] | None = None) -> Volume:
        """Give standardized uptake values of a PET volume.

        The rules are QIBA's, with those of vendors; `radiogram.volume.suv.measure` says them. How each value came stands
        in the notes of the report.

        Parameters
        ----------
        kind : str, default "bw"
            ``"bw"`` by body weight, ``"bsa"`` body surface area, ``"lbm"`` or ``"lbmjanma"`` lean body mass, ``"ibw"`` ideal
            body weight.
        given : mapping from str to value, optional
            Attributes by keyword that stand in the place of those in the files: ``{"PatientWeight": 71.5}``.

        Returns
        -------
        Volume
            Of float32, or float64 where this one is that.

        Raises
        ------
        SUVError
            The images are no quantitative PET, or do not say what is needed; the message says what.
        """
        from radiogram.volume.suv import uptake

        return uptake(self, kind, given)

    def resample(
        self,
        spacing: tuple[float, float, float] | None = None,
        *,
        order: int = 1,
        fill: float | None = None,
        threads: int | None = None,
    ) -> Volume:
        """Give the volume on a grid at right angles that holds all of it.

        Without a `spacing` the planes of the slices stay what they are: a tilted gantry's shear is taken out by moving
        voxels within them, as dcm2niix does, and a volume that is at right angles is copied.

        Parameters
        ----------
        spacing : tuple of float, optional
            Millimetres between slices, rows and columns of the result.
        order : int, default 1
            1: linear along each axis. 0: the nearest voxel. Whole numbers are rounded, halves away from zero.
        fill : float, optional
            The value outside of the volume; by default the smallest in it.
        threads : int, optional
            How many threads; one for each processor.

        Returns
        -------
        Volume
            ``paths`` are those of the slices where their planes are, else None.

        Raises
        ------
        ArgumentError
            A spacing is not positive, or there is no such order.
        """
        from radiogram.volume.grid import resampled

        return resampled(self, spacing, order=order, fill=fill, threads=threads)

    def to_xarray(self) -> Any:  # noqa: ANN401  (xarray is an optional import)
        """Give an ``xarray.DataArray`` with the dimensions of `dims`.

        Coordinates are millimetres from the first voxel along slice, row and column, and all of `coords` along the axes in
        front of them; ``attrs`` hold the affine matrix and the modality.

        Returns
        -------
        xarray.DataArray
            It shares the array's memory.
        """
        from radiogram.interop.volumes import to_xarray

        return to_xarray(
            self.array,
            self.affine,
            modality=self.report.modality,
            dims=self.dims,
            coords={name: (self.coord_dims[name], values) for name, values in self.coords.items()},
            units=self.units,
        )

    def to_sitk(self) -> Any:  # noqa: ANN401  (SimpleITK is an optional import)
        """Give a ``SimpleITK.Image`` with origin, spacing and direction.

        Returns
        -------
        SimpleITK.Image
            A copy.

        Raises
        ------
        GeometryError
            The gantry was tilted: ITK's images cannot be sheared. `resample` makes one that is not.
        """
        from radiogram.interop.volumes import to_sitk

        return to_sitk(self.array, self.affine, is_colour=self.dims[-1] == "sample")


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
