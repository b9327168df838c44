"""Others read what we encode: for each codec at least two decoders that share no code, of every depth, sign, colour and option."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pytest
from radiogram import codecs

from tests.codecs.foreign import PROGRAMS, Case, read_by
from tests.codecs.images import image

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

KINDS = ("noise", "smooth", "flat", "extremes")
BITS = (2, 5, 8, 9, 12, 15, 16)
SIZE = (37, 41)


def frames(bits: int, samples: int, sign: str, width: int = 0) -> np.ndarray:
    """Give a frame of each kind."""
    kind = np.dtype(f"{sign}{width or (1 if bits <= 8 else 2)}")
    shape = (*SIZE, samples) if samples > 1 else SIZE
    return np.stack([image(shape, kind, bits, how) for how in KINDS])


def encoded(syntax: str, arrays: np.ndarray, bits: int, photometric: str = "", **options: object) -> Case:
    stored = {} if syntax == "RLELossless" else {"bits_stored": bits}
    made = tuple(codecs.encode(syntax, array, **stored, **options) for array in arrays)
    return Case(syntax, arrays, bits, made, photometric, options)


def low_bits(array: np.ndarray, bits: int) -> np.ndarray:
    """Give samples as unsigned ones of so many bits, which is what JPEG knows."""
    return array.astype(np.int64) & ((1 << bits) - 1)


def together(cases: Iterable[Case]) -> list[Case]:
    """Put what one dataset can describe into one: a program is started a file."""
    groups: dict[object, list[Case]] = {}
    for case in cases:
        is_planar = case.options.get("interleave") == "none"
        groups.setdefault((case.syntax, case.bits, case.dtype, case.shape[1:], is_planar), []).append(case)
    return [
        replace(
            group[0],
            arrays=np.concatenate([case.arrays for case in group]),
            frames=tuple(frame for case in group for frame in case.frames),
        )
        for group in groups.values()
    ]


def compare(peer: str, cases: Iterable[Case], folder: Path) -> None:
    """Read each case with a peer: what it holds, each sample by its bits."""
    count = 0
    for case in together(cases) if peer in PROGRAMS else cases:
        found = read_by(peer, case, folder)
        differs = low_bits(found, case.bits) != low_bits(case.arrays, case.bits)
        wrong = sorted({int(frame) for frame in np.argwhere(differs)[:, 0]})
        told = f"{peer}: {case.syntax}, {case.bits} bits, {case.dtype}, {case.shape}, {case.options}: frames {wrong}"
        assert not wrong, told
        count += len(case.frames)
    assert count


# -- RLE -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("peer", ["imagecodecs", "pylibjpeg-rle", "DCMTK", "GDCM"])
@pytest.mark.parametrize("samples", [1, 3])
def test_rle(peer: str, samples: int, tmp_path: Path) -> None:
    # GDCM mixes up the bytes of colours wider than 8 bits, and neither it nor DCMTK takes 32 bits as ours are described.
    widths = (1,) if peer == "GDCM" and samples == 3 else (1, 2) if peer in ("DCMTK", "GDCM") else (1, 2, 4)
    compare(
        peer,
        (
            encoded("RLELossless", frames(8 * width, samples, sign, width), 8 * width)
            for width, sign in product(widths, "ui")
        ),
        tmp_path,
    )


# -- JPEG lossless ---------------------------------------------------------------------------------

LOSSLESS_PEERS = ["imagecodecs", "pylibjpeg-libjpeg", "DCMTK", "GDCM"]


@pytest.mark.parametrize("peer", LOSSLESS_PEERS)
@pytest.mark.parametrize("samples", [1, 3])
@pytest.mark.parametrize("bits", BITS)
def test_jpeg_lossless(peer: str, bits: int, samples: int, tmp_path: Path) -> None:
    """Every predictor, with restarts and without, signed and not."""
    if peer == "GDCM" and bits < 8:
        pytest.skip("GDCM aborts where 8 bits are allocated and fewer are stored")
    cases = [{"predictor": one} for one in range(1, 8)] + [
        {"restart_rows": 3},
        {"predictor": 5, "restart_rows": 1},
    ]
    compare(
        peer,
        (
            encoded("JPEGLossless", frames(bits, samples, sign), bits, **options)
            for options, sign in product(cases, "ui")
        ),
        tmp_path,
    )


@pytest.mark.parametrize("peer", LOSSLESS_PEERS)
def test_jpeg_lossless_by_the_first_predictor(peer: str, tmp_path: Path) -> None:
    compare(
        peer,
        (
            encoded("JPEGLosslessSV1", frames(bits, samples, "u"), bits, restart_rows=rows)
            for bits, samples, rows in product((8, 12, 16), (1, 3), (0, 2))
        ),
        tmp_path,
    )


# -- JPEG-LS ---------------------------------------------------------------------------------------

RESTARTING = ("imagecodecs", "pyjpegls", "pylibjpeg-libjpeg")
"""Those who know restart intervals of JPEG-LS; the CharLS of the programs is too old."""
LS_PEERS = ["imagecodecs", "pyjpegls", "pylibjpeg-libjpeg", "DCMTK", "GDCM"]


@pytest.mark.parametrize("peer", LS_PEERS)
@pytest.mark.parametrize("samples", [1, 3])
@pytest.mark.parametrize("bits", BITS)
def test_jpeg_ls(peer: str, bits: int, samples: int, tmp_path: Path) -> None:
    if peer == "DCMTK" and bits < 6:
        pytest.skip("DCMTK reads JPEG-LS from 6 bits on")
    # GDCM gives colour by plane without saying so.
    by_plane = () if peer == "GDCM" else ("none",)
    interleaves = ("sample", "line", *by_plane) if samples == 3 else ("sample",)
    compare(
        peer,
        (
            encoded(
                "JPEGLSLossless", frames(bits, samples, "u"), bits, interleave=interleave, restart_rows=rows
            )
            for interleave, rows in product(interleaves, (0, 5) if peer in RESTARTING else (0,))
        ),
        tmp_path,
    )


@pytest.mark.parametrize("peer", LS_PEERS)
@pytest.mark.parametrize("near", [1, 3])
def test_jpeg_ls_near(peer: str, near: int, tmp_path: Path) -> None:
    """Near lossless: what others read is exactly what we read, and near the picture."""
    for bits, samples in product((8, 12, 16), (1, 3)):
        case = encoded("JPEGLSNearLossless", frames(bits, samples, "u"), bits, near=near)
        ours = np.stack([codecs.decode(case.syntax, frame) for frame in case.frames])
        assert abs(ours.astype(int) - case.arrays).max() <= near
        np.testing.assert_array_equal(read_by(peer, case, tmp_path), ours)


# -- DCT -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("peer", LOSSLESS_PEERS)
@pytest.mark.parametrize(
    ("syntax", "bits"), [("JPEGBaseline8Bit", 8), ("JPEGExtended12Bit", 8), ("JPEGExtended12Bit", 12)]
)
def test_jpeg_lossy(peer: str, syntax: str, bits: int, tmp_path: Path) -> None:
    """Within what inverse transforms differ by (T.83): grey, and colour as it is coded."""
    arrays = frames(bits, 1, "u")
    for options in ({}, {"quality": 100}, {"restart_interval": 2}, {"optimal": True}, {"quality": 35}):
        case = encoded(syntax, arrays, bits, **options)
        near(peer, case, tmp_path, 2 if bits == 8 else 4)
    if bits == 8:
        for subsampling, restart in product(("444", "422", "420"), (0, 3)):
            photometric = "YBR_FULL" if subsampling == "444" else "YBR_FULL_422"
            case = encoded(
                syntax, frames(8, 3, "u"), 8, photometric, subsampling=subsampling, restart_interval=restart
            )
            if subsampling == "444":
                near(peer, case, tmp_path, 2)
            else:
                # How chrominance is stretched is not said by T.81; luminance is the same.
                near(peer, case, tmp_path, 2, planes=1)


def near(peer: str, case: Case, folder: Path, most: int, planes: int | None = None) -> None:
    found = read_by(peer, case, folder)
    ours = np.stack([codecs.decode(case.syntax, frame) for frame in case.frames])
    if planes:
        found, ours = found[..., :planes], ours[..., :planes]
    differs = abs(found.astype(int) - ours.astype(int)).max()
    assert differs <= most, f"{peer}: {case.syntax}, {case.shape}, {case.options}: {differs}"
