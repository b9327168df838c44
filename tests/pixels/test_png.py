"""PNG: a decoder of thirty lines and SimpleITK's read what we write."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np
import pytest
from radiogram.errors import ArgumentError
from radiogram.pixels.png import encode_png

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

RANDOM = np.random.default_rng(3)
IMAGES = [
    RANDOM.integers(0, np.iinfo(dtype).max, shape, dtype, endpoint=True)
    for dtype in (np.uint8, np.uint16)
    for shape in ((1, 1), (1, 7), (7, 1), (33, 20), (5, 4, 3), (1, 1, 3), (3, 2, 4))
]


def decode(data: bytes) -> NDArray[np.uint8 | np.uint16]:
    """Decode a PNG of 8 or 16 bits, checking every length and checksum."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, at = [], 8
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        assert struct.unpack_from(">I", data, at + 8 + length) == (zlib.crc32(kind + body),)
        chunks.append((kind, body))
        at += 12 + length
    assert [kind for kind, _ in chunks] == [b"IHDR", b"IDAT", b"IEND"]
    columns, rows, depth, colour, compression, filtering, interlace = struct.unpack(">2I5B", chunks[0][1])
    assert (compression, filtering, interlace) == (0, 0, 0)
    samples = {0: 1, 2: 3, 6: 4}[colour]
    size = columns * samples * {8: 1, 16: 2}[depth]
    lines = np.frombuffer(zlib.decompress(chunks[1][1]), np.uint8).reshape(rows, size + 1)
    assert set(lines[:, 0].tolist()) <= {0, 2}
    image = np.zeros((rows, size), np.uint8)
    above = np.zeros(size, np.uint8)
    for number, (kind, *line) in enumerate(lines.tolist()):
        above = image[number] = np.array(line, np.uint8) + (above if kind == 2 else np.uint8(0))
    return image.view(f">u{depth // 8}").reshape(
        (rows, columns) if samples == 1 else (rows, columns, samples)
    )


@pytest.mark.parametrize("image", IMAGES, ids=lambda image: str(image.shape))
def test_what_is_encoded_is_decoded(image: NDArray[np.uint8]) -> None:
    np.testing.assert_array_equal(decode(encode_png(image)), image)


@pytest.mark.parametrize("image", IMAGES, ids=lambda image: str(image.shape))
def test_simpleitk_reads_it(tmp_path: Path, image: NDArray[np.uint8]) -> None:
    sitk = pytest.importorskip("SimpleITK")
    (tmp_path / "a.png").write_bytes(encode_png(image))
    np.testing.assert_array_equal(sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / "a.png"))), image)


def test_views_are_encoded_as_they_look() -> None:
    image = IMAGES[3][::-2, ::3]
    np.testing.assert_array_equal(decode(encode_png(image)), image)


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((2, 2), np.int16),
        np.zeros((0, 2), np.uint8),
        np.zeros((2, 2, 2), np.uint8),
        np.zeros(4, np.uint8),
    ],
)
def test_other_images_are_refused(image: NDArray[np.uint8]) -> None:
    with pytest.raises(ArgumentError):
        encode_png(image)
