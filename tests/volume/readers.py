"""Readers of volumes, ours and others, and what each makes of a series: told by where it puts the slices that there are."""

from __future__ import annotations

import contextlib
import importlib.util
import subprocess
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import radiogram as rg

from tests.volume.cases import CASES, Truth

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Placed = tuple[np.ndarray, np.ndarray]
"""(slice, row, column), and the matrix from (slice, row, column, 1) to millimetres, LPS."""

FAR = 0.1
"""Millimetres that a corner of a slice may be off."""


def by_radiogram(folder: Path) -> list[Placed]:
    try:
        volume = rg.read_volume(folder)
    except rg.errors.UnsupportedError as error:
        if "read_slide" not in str(error):
            raise
        return [_plane(rg.read_slide(folder).levels[0])]
    return [(part, volume.affine) for part in volume.array.reshape(-1, *volume.array.shape[-3:])]


def _plane(level: rg.volume.SlideLevel) -> Placed:
    """Give a level of a slide as the one slice of a volume."""
    assert level.origin is not None
    assert level.orientation is not None
    assert level.spacing is not None
    affine = np.eye(4)
    affine[:3, 1] = np.array(level.orientation[3:]) * level.spacing[0]
    affine[:3, 2] = np.array(level.orientation[:3]) * level.spacing[1]
    affine[:2, 3] = level.origin
    return level.array[None], affine


@contextlib.contextmanager
def flattened(folder: Path) -> Iterator[str]:
    """Give a folder with all files of a tree, for readers that look into one."""
    with tempfile.TemporaryDirectory() as flat:
        for number, path in enumerate(sorted(folder.rglob("*.*"))):
            Path(flat, f"{number:04}.dcm").symlink_to(path)
        yield flat


def by_simpleitk(folder: Path) -> list[Placed]:
    import SimpleITK

    SimpleITK.ProcessObject.SetGlobalWarningDisplay(False)
    with flattened(folder) as flat:
        reader = SimpleITK.ImageSeriesReader()
        images = []
        for uid in reader.GetGDCMSeriesIDs(flat):
            reader.SetFileNames(reader.GetGDCMSeriesFileNames(flat, uid))
            images.append(reader.Execute())
    found = []
    for image in images:
        array = SimpleITK.GetArrayFromImage(image)
        axes = (
            np.array(image.GetDirection()).reshape(image.GetDimension(), -1)[:3, :3] * image.GetSpacing()[:3]
        )
        affine = np.eye(4)
        affine[:3, :3], affine[:3, 3] = axes[:, ::-1], image.GetOrigin()[:3]
        found += [(part, affine) for part in array.reshape(-1, *array.shape[-3:])]
    return found


def by_dcm2niix(folder: Path) -> list[Placed]:
    import dcm2niix
    import nibabel

    found = []
    with tempfile.TemporaryDirectory() as out:
        command = [str(dcm2niix.bin_path), "-b", "n", "-z", "n", "-d", "9", "-o", out, str(folder)]
        subprocess.run(command, check=True, capture_output=True)
        for path in sorted(Path(out).glob("*.nii")):
            if "_Tilt" in path.name or "_Eq" in path.name:
                # Resampled beside the file as it is.
                continue
            image: Any = nibabel.load(path)
            array = np.asanyarray(image.dataobj).transpose()
            affine = (np.diag([-1.0, -1.0, 1.0, 1.0]) @ image.affine)[:, [2, 1, 0, 3]]
            found += [(part, affine) for part in array.reshape(-1, *array.shape[-3:])]
    return found


def by_pydicom(folder: Path) -> list[Placed]:
    """The loop that everybody writes: sorted by z, the step from the first and the last."""
    import pydicom

    slices = sorted(
        map(pydicom.dcmread, folder.rglob("*.*")), key=lambda ds: float(ds.ImagePositionPatient[2])
    )
    array = np.stack([ds.pixel_array * float(ds.RescaleSlope) + float(ds.RescaleIntercept) for ds in slices])
    first, last = slices[0], slices[-1]
    position = np.array(first.ImagePositionPatient, float)
    affine = np.eye(4)
    affine[:3, 2] = np.array(first.ImageOrientationPatient[:3], float) * float(first.PixelSpacing[1])
    affine[:3, 1] = np.array(first.ImageOrientationPatient[3:], float) * float(first.PixelSpacing[0])
    affine[:3, 0] = (np.array(last.ImagePositionPatient, float) - position) / max(len(slices) - 1, 1)
    affine[:3, 3] = position
    return [(array, affine)]


def by_highdicom(folder: Path) -> list[Placed]:
    import highdicom
    import pydicom

    series = [pydicom.dcmread(path) for path in folder.rglob("*.*")]
    is_frames = len(series) == 1 and "NumberOfFrames" in series[0]
    volume = (
        highdicom.imread(next(folder.rglob("*.*"))).get_volume()
        if is_frames
        else highdicom.get_volume_from_series(series)
    )
    return [(volume.array, volume.affine)]


def by_monai(folder: Path) -> list[Placed]:
    from monai.data import ITKReader

    reader = ITKReader(affine_lps_to_ras=False)
    with flattened(folder) as flat:
        array, said = reader.get_data(reader.read(flat))
    affine = np.asarray(said["affine"])[:, [2, 1, 0, 3]]
    return [(np.asarray(array).transpose(), affine)]


READERS: dict[str, tuple[str, Callable[[Path], list[Placed]]]] = {
    "radiogram": ("radiogram", by_radiogram),
    "SimpleITK": ("SimpleITK", by_simpleitk),
    "dcm2niix": ("dcm2niix", by_dcm2niix),
    "pydicom loop": ("pydicom", by_pydicom),
    "highdicom": ("highdicom", by_highdicom),
    "MONAI": ("monai", by_monai),
}


def installed() -> dict[str, Callable[[Path], list[Placed]]]:
    """Give the readers that can be run here."""
    return {name: reader for name, (module, reader) in READERS.items() if importlib.util.find_spec(module)}


def verdict(reader: Callable[[Path], list[Placed]], folder: Path, truth: Truth) -> str:
    """Say in a few words what a reader makes of a series."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = reader(folder)
        except Exception as error:  # whatever a peer raises is its answer
            return f"refused ({type(error).__name__})"
    if not found:
        return "nothing"
    seen: set[int] = set()
    off, strange, values = 0.0, 0, 0.0
    for array, affine in found:
        for place, picture in enumerate(array):
            match = _match(picture, truth)
            if match is None:
                is_beside = len(array) == 1 and any(
                    np.array_equal(_upright(picture, other), other) for other in truth.beside
                )
                strange += not is_beside
                continue
            number, apart, turned = match
            seen.add(number)
            values = max(values, apart)
            off = max(off, _off(affine, place, picture.shape, truth.slices[number], turned))
    said = []
    if lost := len(truth.slices) - len(seen):
        said.append(f"{lost} of {len(truth.slices)} slices lost")
    if strange:
        said.append(f"{strange} slices of something else")
    if off > FAR:
        said.append(f"slices up to {off:.1f} mm off")
    if values > 0.01:
        said.append("wrong values")
    if said:
        return "**" + ", ".join(said) + "**"
    return "right" if len(found) == 1 else f"right, {len(found)} volumes"


def _upright(picture: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Turn the rows round where that makes it the picture that is wanted."""
    return picture[::-1] if np.array_equal(picture[::-1], wanted) else picture


def _match(picture: np.ndarray, truth: Truth) -> tuple[int, float, tuple[int, int]] | None:
    """Give the slice that a picture is, how far its values are off, and how it is turned."""
    best = None
    for number, (wanted, _) in enumerate(truth.slices):
        if wanted.shape != picture.shape:
            continue
        for turned in ((1, 1), (-1, 1), (1, -1), (-1, -1)):
            apart = float(np.abs(picture[:: turned[0], :: turned[1]].astype(float) - wanted).mean())
            if best is None or apart < best[1]:
                best = number, apart, turned
    return best if best is not None and best[1] < 5.0 else None


def _off(
    affine: np.ndarray, place: int, shape: tuple[int, ...], true: Placed, turned: tuple[int, int]
) -> float:
    """Give how far the corners of a slice are from where they should be."""
    farthest = 0.0
    for row in (0, shape[0] - 1):
        for column in (0, shape[1] - 1):
            at = (
                row if turned[0] > 0 else shape[0] - 1 - row,
                column if turned[1] > 0 else shape[1] - 1 - column,
            )
            given = (affine @ (place, *at, 1.0))[:3]
            farthest = max(farthest, float(np.linalg.norm(given - true[1] @ (row, column, 1.0))))
    return farthest


def rows(names: list[str]) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Give each case with what it is and the verdict on each reader."""
    for case in CASES:
        with tempfile.TemporaryDirectory() as scratch:
            folder, truth = Path(scratch, "series"), Truth()
            case(folder, truth)
            told = {name: verdict(READERS[name][1], folder, truth) for name in names}
        mark = "" if truth.is_volume else " ✗"
        yield case.__name__, (case.__doc__ or "").rstrip(".") + mark, told
