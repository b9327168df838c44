"""The samples of every compressed real picture that is read: the agreed hash, and pydicom's own array."""

from __future__ import annotations

import csv
import hashlib
import logging
import os
import warnings
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pydicom
import pydicom.data
import pydicom.pixels
import pytest
import radiogram as rg

from tests.peers import corpus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

JPEG = "1.2.840.10008.1.2.4."
READ = {
    "1.2.840.10008.1.2.5": 17,
    JPEG + "50": 5,
    JPEG + "51": 0,
    JPEG + "53": 0,
    JPEG + "55": 0,
    JPEG + "57": 3,
    JPEG + "70": 14,
    JPEG + "80": 12,
    JPEG + "81": 10,
    JPEG + "90": 13,
    JPEG + "91": 2,
    JPEG + "92": 0,
    JPEG + "93": 0,
    JPEG + "201": 1,
    JPEG + "202": 6,
    JPEG + "203": 0,
    JPEG + "110": 0,
    JPEG + "111": 0,
    JPEG + "112": 0,
}
"""Syntaxes, and rows of the manifest of each on which two unrelated decoders agree."""
JPEG_2000 = {JPEG + "91", JPEG + "93", JPEG + "203"}
"""Syntaxes that may hold the irreversible wavelet. OpenJPEG and its forks scale its high bands by a constant that is T.800's to four digits: a
thousandth of the samples and more are rounded to a neighbour."""
LOSSY = {JPEG + "50", JPEG + "51", JPEG + "53", JPEG + "55", JPEG + "111", JPEG + "112"}
BETWEEN_DECODERS = 2
"""How far decoders of the DCT differ, where no manifest says it."""


NO_PICTURE = {
    "genFile.dcm",
    "multiframe.dcm",
    "JPEG2000-embedded-sequence-delimiter.dcm",
    "generated_encapsulated_empty_bot_1_to_1.dcm",
    "generated_encapsulated_defined_bot_2_to_1.dcm",
}


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Let pydicom warn and log into nothing."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.disable(logging.CRITICAL)
        yield
        logging.disable(logging.NOTSET)


def _tolerances() -> dict[str, int]:
    """How far decoders differ from each other, by file."""
    root = Path(os.environ["RADIOGRAM_CORPUS"])
    with (root / "manifest.csv").open(newline="", encoding="utf-8") as file:
        return {row["file"]: int(row["max_abs_diff"] or 0) for row in csv.DictReader(file)}


@pytest.mark.corpus
@pytest.mark.usefixtures("corpus_root")
def test_stored_samples_have_the_agreed_hash(note: Callable[[str], None]) -> None:
    """Every compressed row that two unrelated decoders agree on: shape, type and each sample."""
    wrong, right = [], Counter[str]()
    for file in corpus.corpus_files():
        if file.transfer_syntax not in READ or file.agreement != "independent":
            continue
        try:
            array = rg.read(file.path, force=True).pixels.array(units="stored", threads=2)
        except rg.DicomError as error:
            wrong.append(f"{file.name}: {type(error).__name__}: {error}")
            continue
        shape = "x".join(map(str, array.shape))
        if (shape, array.dtype.name) != (file.pixel_shape, file.pixel_dtype):
            wrong.append(f"{file.name}: {shape} {array.dtype}, not {file.pixel_shape} {file.pixel_dtype}")
        elif hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest() != file.pixel_sha256:
            wrong.append(f"{file.name}: other samples")
        else:
            right[file.transfer_syntax] += 1
    counts = ", ".join(
        f"{number} of {uid.removeprefix('1.2.840.10008.1.2')}" for uid, number in sorted(right.items())
    )
    note(
        f"stored samples: {right.total()} compressed files have the agreed hash: {counts}; {len(wrong)} have not"
    )
    assert not wrong, "\n".join(wrong)
    assert all(right[uid] >= number for uid, number in READ.items())


@pytest.mark.corpus
@pytest.mark.parametrize("name", ["RG3", "MR2"])
def test_lossy_samples_stay_within_bits_stored(name: str, corpus_root: Path) -> None:
    """12-bit JPEG of what has 10 and 12: near the original, and nowhere on the other end of the range."""
    (path,) = corpus_root.glob(f"dicom/**/WG04/JPLY/{name}_JPLY")
    original = pydicom.data.get_testdata_file(f"{name}_UNCI.dcm", download=False)
    if original is None:
        pytest.skip("pydicom-data is not installed")
    lossy, plain = (rg.read(str(one)).pixels.array().astype(int) for one in (path, original))
    assert lossy.max() < 1 << rg.read(path).BitsStored
    assert np.abs(lossy - plain).max() < 100
    assert np.abs(lossy - plain).mean() < 10


def test_pixel_array_is_pydicoms(note: Callable[[str], None]) -> None:
    """Wherever pydicom decodes with what is installed: the same shape, type and values."""
    tolerances = _tolerances() if os.environ.get("RADIOGRAM_CORPUS") else {}
    wrong, exact, near, alone = [], 0, 0, 0
    for file in corpus.real_files():
        theirs = _pydicom(file.path)
        if theirs is None:
            continue
        syntax, raw, array = theirs
        try:
            read = rg.read(file.path, force=True)
            ours, stored = read.pixel_array, read.pixels.array(units="stored")
        except rg.DicomError as error:
            wrong.append(f"{file.name}: {type(error).__name__}: {error}")
            continue
        if raw is None or array is None:
            alone += 1
            continue
        # Damaged codestreams are lossy files of the wrong name, and one file holds the DCT in a lossless syntax.
        is_lossy = syntax in LOSSY or any(str(problem.kind) == "codestream" for problem in read.problems)
        most = (tolerances.get(file.name, BETWEEN_DECODERS) or BETWEEN_DECODERS) if is_lossy else 0
        if rg.TransferSyntax(syntax).codec.startswith(("jpeg2000", "htj2k")):
            most = int(syntax in JPEG_2000)
        # A difference in luminance and one in chrominance add up: 1 + 1.772 (PS3.3 C.7.6.3.1.2), and rounding.
        for mine, other, bound in ((stored, raw, most), (ours, array, int(2.78 * most + 1) if most else 0)):
            if (mine.shape, mine.dtype) != (other.shape, other.dtype):
                wrong.append(f"{file.name}: {mine.shape} {mine.dtype}, pydicom {other.shape} {other.dtype}")
            elif np.abs(mine.astype(np.int64) - other.astype(np.int64)).max() > bound:
                wrong.append(f"{file.name}: differs by more than {bound}")
        exact += not is_lossy
        near += is_lossy
    note(
        f"pixel_array: {exact} compressed files equal to pydicom's, {near} lossy ones as near as decoders are "
        f"to each other, {alone} that pydicom has no plugin for or refuses; {len(wrong)} wrong"
    )
    assert not wrong, "\n".join(wrong)
    assert exact >= 10


def _pydicom(
    path: Path,
) -> tuple[str, npt.NDArray[np.generic] | None, npt.NDArray[np.generic] | None] | None:
    """Give syntax, stored samples and array of a compressed file that is read; `None` for any other."""
    try:
        dataset = pydicom.dcmread(path, force=True)
        syntax = str(dataset.file_meta.TransferSyntaxUID)
        if syntax not in READ or "PixelData" not in dataset or not dataset["PixelData"].is_undefined_length:
            return None
    except Exception:
        return None
    try:
        return syntax, pydicom.pixels.pixel_array(dataset, raw=True), dataset.pixel_array
    except Exception:
        return _damaged(path, syntax)


def _damaged(path: Path, syntax: str) -> tuple[str, None, None] | None:
    """What pydicom refuses; some files hold no picture that anything reads."""
    return None if path.name in NO_PICTURE else (syntax, None, None)
