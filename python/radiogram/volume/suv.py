"""Standardized uptake values of PET: activity by the dose that was given and the size of the patient."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from radiogram.errors import ArgumentError, SUVError
from radiogram.values.attribute import items_of, whole_of
from radiogram.volume import pet, pet_frames
from radiogram.volume.uptake import Calculation

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    import numpy as np
    import numpy.typing as npt
    from numpy.typing import NDArray

    from radiogram.volume.volume import Volume

__all__ = ["KINDS", "SUV", "float_name", "measure", "scale", "uptake"]

KINDS = ("bw", "bsa", "lbm", "lbmjanma", "ibw")
"""What an uptake value is normalised by; PS3.3 C.8.9.1 calls them BW, BSA, LBMJAMES128, LBMJANMA and IBW."""

_UNITS = {"bsa": "cm2/ml"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SUV:
    """How the values of PET images become uptake values.

    Attributes
    ----------
    kind : str
        ``"bw"`` body weight, ``"bsa"`` body surface area (Du Bois), ``"lbm"`` lean body mass (James), ``"lbmjanma"``
        lean body mass (Janmahasatian), ``"ibw"`` ideal body weight.
    unit : str
        ``"g/ml"``, or ``"cm2/ml"`` by body surface area.
    factors : numpy.ndarray
        One for each image: what its values after the rescale are multiplied by.
    steps : tuple of str
        How each value came, a sentence each, without a value of the patient.
    values : dict
        The numbers that went in, by name: ``weight_kg``, ``dose_bq``, ``decayed_dose_bq`` …
    """

    kind: str
    unit: str
    factors: NDArray[np.float64]
    steps: tuple[str, ...]
    values: dict[str, float]

    @property
    def notes(self) -> tuple[str, ...]:
        """Kind and unit, then the steps: for the report of a volume."""
        return (f"SUV {self.kind} in {self.unit}", *self.steps)


def float_name(dtype: npt.DTypeLike | None) -> str:
    """Give the name of a floating type, float32 by default: uptake values have fractions."""
    import numpy as np

    name = np.dtype(np.float32 if dtype is None else dtype).name
    if name not in {"float32", "float64"}:
        message = "uptake values are of float32 or float64"
        raise ArgumentError(message)
    return name


def scale(slices: NDArray[Any], is_there: Sequence[bool], found: SUV) -> None:
    """Multiply slices in place, those that are there, each by its factor."""
    present = [place for place, there in enumerate(is_there) if there]
    for place, factor in zip(present, found.factors, strict=True):
        slices[place] *= factor


def uptake(volume: Volume, kind: str, given: Mapping[str, Any] | None) -> Volume:
    """Give a volume of uptake values, as `Volume.suv` does."""
    import numpy as np

    if volume.report.quantity != "modality":
        message = (
            f"the volume holds {volume.report.quantity} values, and uptake values are made of modality's"
        )
        raise SUVError(message)
    there = [place for place, path in enumerate(volume.paths) if path is not None]
    found = measure(
        [volume.paths[place] or "" for place in there],
        kind,
        frames=[volume.frames[place] or 0 for place in there] if volume.frames else None,
        given=given,
    )
    array = volume.array.astype(np.float64 if volume.array.dtype == np.float64 else np.float32)
    slices = array.reshape(len(volume.paths), -1)
    is_there = [path is not None for path in volume.paths]
    scale(slices, is_there, found)
    fill = None
    if not all(is_there):
        fill = float(slices[is_there].min())
        slices[np.logical_not(is_there)] = fill
    report = replace(
        volume.report,
        dtype=array.dtype.name,
        dtype_reason="uptake values have fractions",
        fill=fill,
        notes=(*volume.report.notes, *found.notes),
        quantity=f"suv{kind}",
    )
    return replace(volume, array=array, report=report)


def measure(
    paths: Sequence[str | os.PathLike[str]],
    kind: str = "bw",
    *,
    frames: Sequence[int] | None = None,
    given: Mapping[str, Any] | None = None,
) -> SUV:
    """Find the factors that make uptake values of a PET series.

    Parameters
    ----------
    paths : sequence of path
        The images of one series.
    kind : str, default "bw"
        One of `KINDS`.
    frames : sequence of int, optional
        Which frame of its file each image is, counted from 0; by default files of one frame, and all frames of files of several, in their
        order.
    given : mapping from str to value, optional
        Attributes by keyword, such as ``{"PatientWeight": 71.5}`` in kilograms, in place of those in the files.

    Returns
    -------
    SUV

    Raises
    ------
    SUVError
        The images are no quantitative PET, or do not say what is needed; the message says which.
    ArgumentError
        There is no such kind, or there are no images.

    Notes
    -----
    By QIBA's vendor-neutral algorithm. Images must be corrected for attenuation. With Units BQML the dose is decayed to
    the moment to which Decay Correction says that the images are corrected: the start of the scan (START), the
    administration (ADMIN), or, for images that are not corrected (NONE), to the average count rate of each. CNTS need
    Philips' private SUV or activity scale factor. GML and CM2ML are uptake values already, and are converted where
    another kind is asked for.

    Frames of enhanced PET say in functional groups when they were acquired and which radiopharmaceutical they show, and in a module of
    their own whether and to which moment (Decay Correction DateTime) they are corrected; where they are not, the dose is decayed to
    each frame. What their values are is said by Units, by Rescale Type, or by a real world value map. Converted series
    keep the words of single images.
    """
    import numpy as np

    if kind not in KINDS:
        message = f"an uptake value is one of {', '.join(KINDS)}"
        raise ArgumentError(message)
    if not paths:
        message = "there are no images"
        raise ArgumentError(message)
    images = _images(paths, frames, kind)
    sums = Calculation(pet.Study(list(images.values()), given or {}), kind)
    of_image = dict(zip(images, sums.factors(), strict=True))
    asked = images if frames is None and len(images) > len(set(paths)) else _asked(paths, frames)
    factors = np.array([of_image[image] for image in asked], np.float64)
    return SUV(
        kind=kind, unit=_UNITS.get(kind, "g/ml"), factors=factors, steps=tuple(sums.steps), values=sums.values
    )


_Image = tuple[str, int]


def _asked(paths: Sequence[str | os.PathLike[str]], frames: Sequence[int] | None) -> list[_Image]:
    return list(zip(map(str, paths), [0] * len(paths) if frames is None else frames, strict=True))


def _images(
    paths: Sequence[str | os.PathLike[str]], frames: Sequence[int] | None, kind: str
) -> dict[_Image, pet.Header]:
    """Read the headers of the images, each once."""
    from radiogram.dataset import read

    wanted: dict[str, list[int]] = {}
    for path, frame in _asked(paths, frames):
        wanted.setdefault(path, []).append(frame)
    found: dict[_Image, pet.Header] = {}
    for path, of_file in wanted.items():
        ds = read(path, specific_tags=pet_frames.WANTED)
        if (whole_of(ds, "NumberOfFrames") or 1) <= 1 and not items_of(ds, pet_frames.SHARED):
            found.update({(path, frame): ds for frame in of_file})
            continue
        told = pet_frames.frames_of(ds, None if frames is None else of_file, kind)
        found.update({(path, number): frame for number, frame in told.items()})
    return found
