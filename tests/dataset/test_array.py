"""`array`: numbers as numpy, views on the bytes wherever the VR is binary."""

from __future__ import annotations

import gc
import struct
from typing import TYPE_CHECKING

import numpy as np
import pytest
import radiogram as rg
from pydicom.data import get_testdata_file
from radiogram.errors import DicomError, InvalidValueError

from tests import build

if TYPE_CHECKING:
    from pathlib import Path

NUMBERS = {
    "US": (0x00280106, "H", [1, 65535]),
    "SS": (0x00280106, "h", [-1, 32767]),
    "UL": (0x00081161, "I", [1, 1 << 31]),
    "SL": (0x00186020, "i", [-1, 1 << 30]),
    "UV": (0x7FE00003, "Q", [1, 1 << 63]),
    "SV": (0x00720082, "q", [-1, 1 << 62]),
    "FL": (0x00186024, "f", [0.5, -2.0]),
    "FD": (0x00189087, "d", [0.5, float("inf")]),
}


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("vr", NUMBERS)
def test_binary_numbers(vr: str, order: str) -> None:
    """The values of the element, with the byte order of the file."""
    tag, form, numbers = NUMBERS[vr]
    value = struct.pack(f"{order}2{form}", *numbers)
    content = build.file(
        build.element(tag, vr, value, order=order), build.EXPLICIT if order == "<" else build.BIG_ENDIAN
    )
    elem = rg.read(content)[tag]
    assert elem.array.tolist() == numbers == elem.value
    assert elem.array.dtype == np.dtype(f"{order}{form}")
    assert elem.is_little_endian == (order == "<")


def test_a_view_on_bytes_copies_nothing() -> None:
    """The pointer is into the `bytes` that were read."""
    content = build.file(build.PLAIN + build.element(0x7FE00010, "OW", bytes(range(256)) * 64))
    elem = rg.read(content)["PixelData"]
    base = np.frombuffer(content, np.uint8).ctypes.data
    assert elem.array.ctypes.data == base + elem.offset
    assert elem.array.nbytes == elem.length


def test_a_view_on_a_file_is_read_once_and_aligned(tmp_path: Path) -> None:
    """Each touch gives the same memory; it lies as vector instructions like it."""
    path = tmp_path / "a.dcm"
    path.write_bytes(build.file(build.PLAIN + build.element(0x7FE00010, "OW", bytes(range(256)) * 8192)))
    ds = rg.read(path)
    first, second = ds["PixelData"].array, ds["PixelData"].array
    assert first.ctypes.data == second.ctypes.data
    assert first.ctypes.data % 64 == 0
    mapped = rg.read(path, mmap=True)["PixelData"].array
    assert np.array_equal(mapped, first)


@pytest.mark.parametrize("from_file", [True, False])
def test_a_view_stays_when_the_dataset_goes(tmp_path: Path, *, from_file: bool) -> None:
    """It keeps its owner; it cannot be written, not even by asking numpy."""
    content = build.file(build.PLAIN + build.element(0x7FE00010, "OW", bytes(range(256)) * 8192))
    path = tmp_path / "a.dcm"
    path.write_bytes(content)
    ds = rg.read(path if from_file else bytes(bytearray(content)))
    array = ds["PixelData"].array
    pointer = array.ctypes.data
    del ds, content
    gc.collect()
    _ = [bytes(1 << 21) for _ in range(20)]
    assert array.ctypes.data == pointer
    assert bytes(array[:256].tobytes()) == bytes(range(256)) * 2
    assert int(array.sum()) == int(np.frombuffer(bytes(range(256)) * 8192, "<u2").sum())
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 1
    with pytest.raises(ValueError, match="WRITEABLE"):
        array.flags.writeable = True


def test_decimals_and_integers_are_parsed() -> None:
    """DS to float64, IS to int64; a decimal that is none is NaN, an integer that is none is an error."""
    ds = rg.read(
        build.file(
            build.element(0x00280030, "DS", "0.5\\ 1e2 \\-3.25")
            + build.element(0x30060046, "IS", "1\\ -22 \\+3")
            + build.element(0x30060050, "DS", "1\\x\\\\2")
            + build.element(0x300A0070, "IS", "1\\x")
        )
    )
    assert ds["PixelSpacing"].array.tolist() == [0.5, 100.0, -3.25]
    assert ds["PixelSpacing"].array.dtype == np.float64
    assert ds["NumberOfContourPoints"].array.tolist() == [1, -22, 3]
    assert ds["NumberOfContourPoints"].array.dtype == np.int64
    assert np.array_equal(ds["ContourData"].array, [1, np.nan, np.nan, 2], equal_nan=True)
    with pytest.raises(InvalidValueError):
        _ = ds[0x300A0070].array


def test_nothing_and_no_numbers() -> None:
    """Empty values are empty arrays of the right type; text has none."""
    ds = rg.read(
        build.file(
            build.element(0x00100020, "LO", "1")
            + build.element(0x00280010, "US")
            + build.element(0x00280030, "DS")
        )
    )
    assert ds["Rows"].array.tolist() == []
    assert ds["Rows"].array.dtype == np.dtype("<u2")
    assert ds["PixelSpacing"].array.tolist() == []
    with pytest.raises(DicomError):
        _ = ds["PatientID"].array


def test_real_files_agree_with_their_values() -> None:
    """Each numeric element of two real files: the array holds the value."""
    for name in ("CT_small.dcm", "MR_small_bigendian.dcm", "rtplan.dcm"):
        for elem in rg.read(get_testdata_file(name)).iterall():
            if elem.VR not in {*NUMBERS, "DS", "IS"} or not elem.length:
                continue
            held = elem.value if isinstance(elem.value, list) else [elem.value]
            assert elem.array.tolist() == [float(one) if elem.VR == "DS" else one for one in held]
