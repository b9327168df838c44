"""What others make of codestreams, and codestreams that others make: libraries in this process, programs in one of their own."""

from __future__ import annotations

import shutil
import subprocess
import sys
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
import pytest
import radiogram as rg
from pydicom.encaps import generate_frames
from pydicom.pixels import pixel_array

from tests.pixels.datasets import picture, written
from tests.pixels.encapsulated import put

if TYPE_CHECKING:
    from collections.abc import Callable

    Array = np.ndarray[Any, np.dtype[Any]]

__all__ = ["Case", "converted", "frames_in", "library", "native", "program", "read_by"]


def library(name: str) -> Any:
    """Import a library of others, or skip."""
    return pytest.importorskip(name, reason=f"{name} is not installed")


def program(name: str) -> str:
    """Find a program beside the interpreter or on the path, or skip."""
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed (DCMTK, GDCM)")
    return found


@dataclass(frozen=True)
class Case:
    """Frames of one size, their codestreams, and how a dataset describes them."""

    syntax: str
    arrays: Array
    bits: int
    frames: tuple[bytes, ...] = ()
    photometric: str = ""
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Frames, rows, columns, samples."""
        samples = self.arrays.shape[3] if self.arrays.ndim == 4 else 1
        return (*self.arrays.shape[:3], samples)

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.arrays.dtype

    def dataset(self) -> pydicom.Dataset:
        """Describe the frames, native."""
        ds = picture(
            self.arrays,
            shape=self.shape,
            bits=self.dtype.itemsize * 8,
            stored=self.bits,
            signed=self.dtype.kind == "i",
        )
        # GDCM writes several frames only as these: multi-frame grey byte, grey word, true colour secondary captures.
        ds.SOPClassUID = (
            f"1.2.840.10008.5.1.4.1.1.7.{4 if self.shape[3] > 1 else 2 if self.dtype.itemsize == 1 else 3}"
        )
        if self.options.get("interleave") == "none" and self.shape[3] > 1:
            # PS3.5 8.2.3: colour by plane, as its scans are.
            ds.PlanarConfiguration = 1
            ds.PixelData = np.moveaxis(self.arrays, 3, 1).tobytes()
        if self.photometric:
            ds.PhotometricInterpretation = self.photometric
        return ds

    def file(self) -> bytes:
        """Write the codestreams into a file."""
        ds = self.dataset()
        put(
            ds,
            [frame + b"\0" * (len(frame) % 2) for frame in self.frames],
            syntax=rg.TransferSyntax(self.syntax).uid,
        )
        return written(ds)


def native(case: Case, folder: Path) -> Path:
    """Write the samples as they are."""
    path = folder / "native.dcm"
    path.write_bytes(written(case.dataset()))
    return path


def converted(command: list[str], source: Path) -> Path:
    """Run a program from one file to another."""
    made = source.with_name("made.dcm")
    made.unlink(missing_ok=True)
    done = subprocess.run([*command, str(source), str(made)], capture_output=True, check=False, timeout=60)
    if done.returncode or not made.exists() or not made.stat().st_size:
        said = (done.stderr or done.stdout).decode("utf-8", "replace")[-300:]
        message = f"{Path(command[0]).name}: {said}"
        raise ValueError(message)
    return made


def frames_in(path: Path) -> list[bytes]:
    """Give the codestreams of a file."""
    ds = pydicom.dcmread(path)
    return list(generate_frames(ds.PixelData, number_of_frames=int(ds.get("NumberOfFrames", 1))))


def samples_in(path: Path, case: Case) -> Array:
    """Give the samples of a native file, without anything done to them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = pixel_array(pydicom.dcmread(path), raw=True)
    return np.asarray(found).reshape(case.arrays.shape)


# -- libraries -------------------------------------------------------------------------------------


def plain_colours(array: Array) -> dict[str, str]:
    """Tell libjpeg-turbo to leave colours as they are."""
    return {"colorspace": "RGB", "outcolorspace": "RGB"} if array.ndim == 3 else {}


def _planes(samples: Any, like: Array) -> Array:
    """Take planes of the lowest byte first for colour by pixel."""
    count = like.shape[2] if like.ndim == 3 else 1
    planes = np.frombuffer(samples, like.dtype.newbyteorder("<")).reshape(count, *like.shape[:2])
    return planes.transpose(1, 2, 0).reshape(like.shape)


def by_imagecodecs(case: Case, frame: bytes, like: Array) -> Array:
    imagecodecs = library("imagecodecs")
    if case.syntax == "RLELossless":
        return _planes(imagecodecs.dicomrle_decode(frame, like.dtype.newbyteorder("<")), like)
    if case.syntax.startswith("JPEGLS"):
        found = imagecodecs.jpegls_decode(frame)
        # Colour by plane comes as planes.
        return found if found.shape == like.shape else np.moveaxis(found, 0, -1)
    if case.syntax.startswith("JPEG2000"):
        return imagecodecs.jpeg2k_decode(frame)
    if case.syntax.startswith("HTJ2K"):
        found = imagecodecs.htj2k_decode(frame)
        # Components that are not transformed together come as planes.
        return found if found.shape == like.shape else np.moveaxis(found, 0, -1)
    if case.photometric.startswith("YBR"):
        return imagecodecs.jpeg8_decode(frame, colorspace="YCBCR", outcolorspace="YCBCR")
    return imagecodecs.jpeg8_decode(frame, **plain_colours(like))


def by_libjpeg(case: Case, frame: bytes, like: Array) -> Array:
    """Decode with the implementation of the JPEG committee's reference software."""
    del case, like
    return np.asarray(library("libjpeg").decode(frame, colour_transform=0))


def by_pyjpegls(case: Case, frame: bytes, like: Array) -> Array:
    del case
    samples, info = library("jpeg_ls").decode_pixel_data(frame)
    kind = np.dtype(f"u{like.dtype.itemsize}")
    if info["interleave_mode"] == 0 and like.ndim == 3:
        return np.frombuffer(samples, kind).reshape(like.shape[2], *like.shape[:2]).transpose(1, 2, 0)
    return np.frombuffer(samples, kind).reshape(like.shape)


def by_rle(case: Case, frame: bytes, like: Array) -> Array:
    del case
    rows, columns = like.shape[:2]
    bits = like.dtype.itemsize * 8
    found = library("rle").decode_pixel_data(
        frame, version=2, rows=rows, columns=columns, bits_allocated=bits
    )
    return _planes(found, like)


def by_openjpeg(case: Case, frame: bytes, like: Array) -> Array:
    del case, like
    return np.asarray(library("openjpeg").decode(frame))


LIBRARIES: dict[str, Callable[[Case, bytes, Array], Array]] = {
    "imagecodecs": by_imagecodecs,
    "pylibjpeg-libjpeg": by_libjpeg,
    "pyjpegls": by_pyjpegls,
    "pylibjpeg-openjpeg": by_openjpeg,
    "pylibjpeg-rle": by_rle,
}


# -- programs --------------------------------------------------------------------------------------


def by_dcmtk(case: Case, folder: Path) -> Array:
    """Decode with dcmdjpeg, dcmdjpls or dcmdrle."""
    name = "rle" if case.syntax == "RLELossless" else "jpls" if case.syntax.startswith("JPEGLS") else "jpeg"
    options = {"jpeg": ["+cn", "+px"], "jpls": ["+px"], "rle": []}[name]
    command = [program(f"dcmd{name}"), *options]
    packed = folder / "packed.dcm"
    packed.write_bytes(case.file())
    return samples_in(converted(command, packed), case)


def by_gdcm(case: Case, folder: Path) -> Array:
    """Decode with gdcmconv."""
    command = [program("gdcmconv"), "--raw"]
    packed = folder / "packed.dcm"
    packed.write_bytes(case.file())
    return samples_in(converted(command, packed), case)


PROGRAMS: dict[str, Callable[[Case, Path], Array]] = {"DCMTK": by_dcmtk, "GDCM": by_gdcm}


def read_by(peer: str, case: Case, folder: Path) -> Array:
    """Give the frames as a peer reads them: the bits of a sample, in as many bytes as ours have."""
    if peer in PROGRAMS:
        found = PROGRAMS[peer](case, folder)
    else:
        each = [
            LIBRARIES[peer](case, frame, like) for frame, like in zip(case.frames, case.arrays, strict=True)
        ]
        found = np.stack(each)
    assert found.shape == case.arrays.shape, f"{peer}: {found.shape}, not {case.arrays.shape}"
    return found
