"""Segmentations, structure sets and waveforms with damaged bytes: a `DicomError`, or an answer; nothing else, and not for long."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import radiogram as rg
from pydicom.data import get_testdata_file
from radiogram.segmentation.phantom import write_segmentation
from radiogram.structures.phantom import circle, write_structures

from tests.segmentation.made import AXIAL, disjoint

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROUNDS = 250
PIECES = [
    b"\xff\xff\xff\xff",
    b"\x00\x00",
    b"\x01\x00",
    b"SQ",
    b"UN\x00\x00",
    b"DS",
    b"OB\x00\x00",
    b"1e300",
    b"-1",
    b"nan",
    b"\\\\",
]


def _segmentation(folder: Path) -> bytes:
    return write_segmentation(folder / "seg.dcm", disjoint(3, (3, 5, 7)), AXIAL).read_bytes()


def _fractions(folder: Path) -> bytes:
    array = disjoint(2, (3, 5, 7)).astype(np.uint8) * 255
    path = write_segmentation(folder / "seg.dcm", array, AXIAL, kind="FRACTIONAL", shared=False)
    return path.read_bytes()


def _structures(folder: Path) -> bytes:
    contours = [circle(AXIAL, place, (5, 5), 3, points=7) for place in range(3)]
    return write_structures(
        folder / "rs.dcm", {"a": contours, "b": [("POINT", contours[0][:1])]}
    ).read_bytes()


def _waveforms(_folder: Path) -> bytes:
    ds = rg.read(get_testdata_file("waveform_ecg.dcm"))
    del ds.WaveformSequence[0]
    group = ds.WaveformSequence[0]
    group.NumberOfWaveformSamples, group.WaveformData = 8, group.WaveformData[: 8 * 24]
    ds.WaveformAnnotationSequence = ds.WaveformAnnotationSequence[:6]
    return ds.to_bytes()


def _use_segmentation(source: bytes) -> None:
    seg = rg.read_segmentation(source)
    repr(seg)
    if np.prod(seg.shape, dtype=float) < 1e7:
        for overlap in ("error", "first", "max", "stack"):
            try:
                seg.labels(overlap=overlap, threads=1)
            except rg.DicomError:
                continue
        seg.fractions(threads=1)


def _use_structures(source: bytes) -> None:
    structures = rg.read_structures(source)
    repr(structures)
    for roi in structures:
        for contour in roi.contours:
            repr(contour)
            _ = contour.geometric_type, contour.referenced_sop_instance_uids
        try:
            structures.mask(((3, 12, 12), AXIAL), roi, off_plane="nearest", open_contours="skip", threads=1)
        except rg.DicomError:
            continue


def _use_waveforms(source: bytes) -> None:
    waveforms = rg.read(source).waveforms
    repr(waveforms)
    for group in waveforms:
        _ = group.units, group.annotations, group.padding, group.array
        _ = group.time


@pytest.mark.parametrize(
    ("make", "use"),
    [
        (_segmentation, _use_segmentation),
        (_fractions, _use_segmentation),
        (_structures, _use_structures),
        (_waveforms, _use_waveforms),
    ],
    ids=["bits", "fractions", "structures", "waveforms"],
)
def test_damage_is_an_error_of_ours(
    tmp_path: Path, make: Callable[[Path], bytes], use: Callable[[bytes], Any]
) -> None:
    """Bytes changed, put in and taken out anywhere behind the preamble."""
    sound = make(tmp_path)
    use(sound)
    chance = random.Random(20261129)
    refused = 0
    for number in range(ROUNDS):
        data = bytearray(sound)
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(132, len(data))
            match chance.randrange(4):
                case 0:
                    data[at] = chance.randrange(256)
                case 1:
                    piece = chance.choice(PIECES)
                    data[at : at + len(piece)] = piece
                case 2:
                    del data[at : at + chance.randint(1, 4)]
                case _:
                    data[at:at] = chance.choice(PIECES)
        begin = time.monotonic()
        try:
            use(bytes(data))
        except rg.DicomError:
            refused += 1
        assert time.monotonic() - begin < 5, number
    assert 0 < refused < ROUNDS
