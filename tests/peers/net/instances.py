"""Files that are sent, made by our own code; and what is left of them at the far end, so that both can be compared."""

from __future__ import annotations

import hashlib
import struct
from typing import TYPE_CHECKING

import radiogram as rg
from radiogram.volume.phantom import Phantom, write_series

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["COMPRESSED", "NATIVE", "archive", "data_set", "digests", "uid_of", "written"]

NATIVE = ("ImplicitVRLittleEndian", "ExplicitVRLittleEndian", "DeflatedExplicitVRLittleEndian")
COMPRESSED = (
    "RLELossless",
    "JPEGLosslessSV1",
    "JPEGLSLossless",
    "JPEG2000Lossless",
)
PATIENTS = (("Doe^Jane", "P1"), ("Doe^John", "P2"), ("Müller^Jörg=山田^太郎", "P3"))


def written(folder: Path, count: int = 3, size: int = 32, *, seed: int = 7) -> list[Path]:
    """Write a small CT series in Explicit VR Little Endian."""
    return write_series(folder, Phantom(slices=count, rows=size, columns=size, seed=seed))


def in_syntaxes(folder: Path, syntaxes: Iterable[str], *, size: int = 32) -> list[Path]:
    """Write a file in each transfer syntax, with a sequence of undefined length and text beyond ASCII."""
    paths = []
    for syntax in syntaxes:
        (source,) = written(folder / syntax, 1, size, seed=100 + (*NATIVE, *COMPRESSED).index(syntax))
        ds = rg.read(source)
        ds.SpecificCharacterSet = "ISO_IR 192"
        ds.PatientName = PATIENTS[2][0]
        inner = rg.Dataset()
        inner.ReferencedSOPClassUID, inner.ReferencedSOPInstanceUID = ds.SOPClassUID, ds.SOPInstanceUID
        ds.ReferencedImageSequence = [inner]
        target = folder / f"{syntax}.dcm"
        ds.save_as(target, transfer_syntax=syntax, lengths="undefined")
        source.unlink()
        paths.append(target)
    return paths


def archive(folder: Path, *, per_series: int = 2) -> list[Path]:
    """Write instances of three patients: two studies of the first, one of each other; two series of a study."""
    paths = []
    for study in range(4):
        name, identity = PATIENTS[max(study - 1, 0)]
        for series in range(2):
            seed = 1000 + 10 * study + series
            for path in written(folder / f"{study}-{series}", per_series, 16, seed=seed):
                ds = rg.read(path)
                ds.SpecificCharacterSet = "ISO_IR 192"
                ds.PatientName, ds.PatientID = name, identity
                ds.PatientBirthDate = f"19{60 + study}0102"
                ds.StudyInstanceUID = f"1.2.826.0.1.99.{study}"
                ds.StudyDate, ds.StudyTime = f"202001{10 + study:02}", "101112"
                ds.StudyID, ds.AccessionNumber = f"S{study}", f"A{study}"
                ds.SeriesNumber, ds.Modality = series + 1, "CT"
                ds.StudyDescription = f"Study {study}"
                ds.save_as(path)
                paths.append(path)
    return paths


def data_set(source: Path | bytes) -> bytes:
    """Give what is behind the file meta information (PS3.10 7.1): what travels."""
    content = source if isinstance(source, bytes) else source.read_bytes()
    assert content[128:132] == b"DICM"
    assert content[132:140] == b"\2\0\0\0UL\4\0"
    (length,) = struct.unpack("<I", content[140:144])
    return content[144 + length :]


def uid_of(source: Path | bytes) -> str:
    """Give its SOP Instance UID, from the file meta information."""
    content = source if isinstance(source, bytes) else source.read_bytes()
    at = content.index(b"\2\0\3\0UI")
    (length,) = struct.unpack("<H", content[at + 6 : at + 8])
    return content[at + 8 : at + 8 + length].rstrip(b"\0 ").decode("ascii")


def digests(sources: Iterable[Path | bytes]) -> dict[str, str]:
    """Give the hash of each data set, by the instance's UID."""
    found: dict[str, str] = {}
    for source in sources:
        uid = uid_of(source)
        assert uid not in found, f"{uid} is there twice"
        found[uid] = hashlib.sha256(data_set(source)).hexdigest()
    return found
