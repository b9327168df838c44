"""The samples of every uncompressed real picture: the agreed hash, and pydicom's own array."""

from __future__ import annotations

import hashlib
import warnings
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pydicom
import pytest
import radiogram as rg

from tests.peers import corpus

if TYPE_CHECKING:
    from collections.abc import Callable

AGREED = 273
"""Uncompressed rows of the manifest on which two unrelated decoders agree."""


def little_endian(array: npt.NDArray[np.generic]) -> bytes:
    """Give the bytes of an array in C order, little endian."""
    return np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")).tobytes()


@pytest.mark.corpus
@pytest.mark.usefixtures("corpus_root")
def test_stored_samples_have_the_agreed_hash(note: Callable[[str], None]) -> None:
    """Every uncompressed row that two unrelated decoders agree on: shape, type and each sample."""
    rows = [file for file in corpus.corpus_files() if file.is_native and file.agreement == "independent"]
    wrong = []
    for file in rows:
        try:
            array = rg.read(file.path, force=True).pixels.array(units="stored")
        except rg.DicomError as error:
            wrong.append(f"{file.name}: {type(error).__name__}: {error}")
            continue
        shape = "x".join(map(str, array.shape))
        if (shape, array.dtype.name) != (file.pixel_shape, file.pixel_dtype):
            wrong.append(f"{file.name}: {shape} {array.dtype}, not {file.pixel_shape} {file.pixel_dtype}")
        elif hashlib.sha256(little_endian(array)).hexdigest() != file.pixel_sha256:
            wrong.append(f"{file.name}: other samples")
    note(f"stored samples: {len(rows) - len(wrong)} of {len(rows)} uncompressed files have the agreed hash")
    assert len(rows) >= AGREED
    assert not wrong, "\n".join(wrong)


def test_pixel_array_is_pydicoms(note: Callable[[str], None]) -> None:
    """Wherever pydicom gives an array for an uncompressed file, ours has its shape, type and values."""
    wrong, compared, undecided = [], 0, 0
    for file in corpus.real_files():
        theirs = _pydicom_array(file)
        if theirs is None:
            undecided += 1
            continue
        compared += 1
        try:
            ours = rg.read(file.path, force=True).pixel_array
        except rg.DicomError as error:
            wrong.append(f"{file.name}: {type(error).__name__}: {error}")
            continue
        # pydicom gives big endian files in their own byte order, we give every array in the machine's.
        if (ours.shape, ours.dtype) != (theirs.shape, theirs.dtype.newbyteorder("=")):
            wrong.append(f"{file.name}: {ours.shape} {ours.dtype}, pydicom {theirs.shape} {theirs.dtype}")
        elif not np.array_equal(ours, theirs, equal_nan=theirs.dtype.kind == "f"):
            wrong.append(f"{file.name}: other samples")
    note(
        f"pixel_array: {compared - len(wrong)} of {compared} files equal to pydicom's, "
        f"{undecided} that are compressed or that it gives no array for"
    )
    assert compared >= 60
    assert not wrong, "\n".join(wrong)


def _pydicom_array(file: corpus.RealFile) -> npt.NDArray[np.generic] | None:
    """Give pydicom's array of an uncompressed file; `None` for any other one, and where it refuses."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            dataset = pydicom.dcmread(file.path, force=True)
            if dataset.file_meta.TransferSyntaxUID.is_encapsulated:
                return None
            return dataset.pixel_array
        except Exception:
            return None
