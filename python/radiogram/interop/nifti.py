"""NIfTI-1 files: the array as it is, with its place in the patient.

The format is that of nifti1.h by the NIfTI data format working group.
"""

from __future__ import annotations

import gzip
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from radiogram.errors import ArgumentError
from radiogram.interop.whole_file import replacing

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["write_nifti"]

# numpy's name of a type -> NIfTI's number for it.
_DATATYPES = {
    "uint8": 2,
    "int16": 4,
    "int32": 8,
    "float32": 16,
    "float64": 64,
    "int8": 256,
    "uint16": 512,
    "uint32": 768,
    "int64": 1024,
    "uint64": 1280,
}
_RGB = 128
# What NIfTI has no type for, and the smallest of its types that holds it.
_WIDENED = {"bool": "uint8", "float16": "float32"}

_HEADER_SIZE = 348
_DATA_OFFSET = 352
_LONGEST = 32767
_MILLIMETRES = 2
_SCANNER = 1
_CHUNK = 1 << 24
# A quaternion cannot say a shear; above this the matrix stands alone.
_SHEARED = 1e-4


def write_nifti(
    path: str | Path, array: NDArray[Any], affine: NDArray[np.float64], *, compression: int = 1
) -> None:
    """Write a volume as a NIfTI-1 file.

    The file holds the array's own numbers, in its own type, with slope 1: nothing is rescaled or rounded.
    NIfTI's first axis is the array's last (column, row, slice), and its coordinates are RAS: x and y are
    turned round. The matrix is written as ``sform``; as ``qform`` too unless it is sheared by a tilted
    gantry, which a quaternion cannot say.

    Parameters
    ----------
    path : str or Path
        Ends in ``.nii`` or ``.nii.gz``. The file is written beside its place and renamed, so that it is
        there as a whole or not at all.
    array : numpy.ndarray
        (slice, row, column) of any number type, or (slice, row, column, 3) of uint8 for colour.
        ``bool`` is written as uint8, ``float16`` as float32.
    affine : numpy.ndarray
        4 x 4: (slice, row, column, 1) to the patient's millimetres, LPS.
    compression : int, default 1
        Level of gzip from 0 to 9, for ``.nii.gz``.

    Raises
    ------
    ArgumentError
        The name ends otherwise, the array has another shape or type, an axis is longer than NIfTI can say
        (32,767), or the matrix is no matrix of finite numbers.

    Examples
    --------
    >>> import numpy as np, tempfile, pathlib
    >>> folder = tempfile.mkdtemp()
    >>> path = pathlib.Path(folder, "volume.nii")
    >>> write_nifti(path, np.zeros((2, 4, 6), np.int16), np.eye(4))
    >>> path.stat().st_size
    448
    """
    import numpy as np

    path = Path(path)
    if not path.name.endswith((".nii", ".nii.gz")):
        message = "a NIfTI file's name ends in .nii or .nii.gz"
        raise ArgumentError(message)
    array = np.asarray(array)
    affine = np.asarray(affine, dtype=np.float64)
    if affine.shape != (4, 4) or not np.isfinite(affine).all():
        message = "the affine matrix must be 4 x 4 finite numbers"
        raise ArgumentError(message)
    array = array.astype(_WIDENED.get(array.dtype.name, array.dtype.newbyteorder("<")), copy=False)
    header = _header(array, affine)
    data = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
    with replacing(path) as file:
        if path.suffix == ".gz":
            # No name and no time in the file: the same volume gives the same bytes.
            with gzip.GzipFile("", "wb", compression, file, mtime=0) as packed:
                _write(packed, header, data)
        else:
            _write(file, header, data)


def _write(file: BinaryIO | gzip.GzipFile, header: bytes, data: NDArray[np.uint8]) -> None:
    file.write(header)
    for start in range(0, data.size, _CHUNK):
        file.write(data[start : start + _CHUNK].data)


def _header(array: NDArray[Any], affine: NDArray[np.float64]) -> bytes:
    """Encode the 348 bytes of the header and the 4 that say that no extension follows."""
    import numpy as np

    is_rgb = array.ndim == 4 and array.shape[3] == 3 and array.dtype == np.uint8
    datatype = _RGB if is_rgb else _DATATYPES.get(array.dtype.name)
    if datatype is None or not (array.ndim == 3 or is_rgb):
        message = f"NIfTI cannot hold an array of shape {array.shape} and type {array.dtype}"
        raise ArgumentError(message)
    slices, rows, columns = array.shape[:3]
    if max(slices, rows, columns) > _LONGEST or min(slices, rows, columns) == 0:
        message = f"NIfTI-1 cannot hold an array of shape {array.shape}: an axis has 1 to {_LONGEST} places"
        raise ArgumentError(message)
    # (column, row, slice) to RAS.
    matrix = np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine[:, [2, 1, 0, 3]] + 0.0
    lengths = np.linalg.norm(matrix[:3, :3], axis=0)
    handedness, quaternion = _quaternion(matrix[:3, :3], lengths)
    header = bytearray(_DATA_OFFSET)
    bits = 24 if is_rgb else 8 * array.dtype.itemsize
    struct.pack_into("<i", header, 0, _HEADER_SIZE)
    struct.pack_into("<8h", header, 40, 3, columns, rows, slices, 1, 1, 1, 1)
    struct.pack_into("<2h", header, 70, datatype, bits)
    struct.pack_into("<8f", header, 76, handedness, *lengths, 0, 0, 0, 0)
    # vox_offset, scl_slope, scl_inter: the numbers are the values.
    struct.pack_into("<3f", header, 108, _DATA_OFFSET, 1.0, 0.0)
    header[123] = _MILLIMETRES
    header[148:157] = b"radiogram"
    struct.pack_into("<2h", header, 252, _SCANNER if quaternion else 0, _SCANNER)
    struct.pack_into("<3f", header, 256, *(quaternion or (0.0, 0.0, 0.0)))
    struct.pack_into("<3f", header, 268, *matrix[:3, 3])
    struct.pack_into("<12f", header, 280, *matrix[:3].ravel())
    header[344:348] = b"n+1\0"
    return bytes(header)


def _quaternion(
    axes: NDArray[np.float64], lengths: NDArray[np.float64]
) -> tuple[float, tuple[float, float, float] | None]:
    """Give the handedness of the axes, and b, c, d of their rotation; None where they are sheared."""
    import numpy as np

    if not (lengths > 0).all():
        return 1.0, None
    rotation = axes / lengths
    handedness = -1.0 if np.linalg.det(rotation) < 0 else 1.0
    if np.abs(rotation.T @ rotation - np.eye(3)).max() > _SHEARED:
        return handedness, None
    rotation = rotation * (1.0, 1.0, handedness)
    # The eigenvector of the largest eigenvalue is the quaternion of the nearest rotation (Bar-Itzhack 2000):
    # unlike the formula with the trace it has no special cases.
    (xx, xy, xz), (yx, yy, yz), (zx, zy, zz) = rotation
    form = np.array(
        [
            [xx + yy + zz, zy - yz, xz - zx, yx - xy],
            [zy - yz, xx - yy - zz, xy + yx, xz + zx],
            [xz - zx, xy + yx, yy - xx - zz, yz + zy],
            [yx - xy, xz + zx, yz + zy, zz - xx - yy],
        ]
    )
    a, b, c, d = np.linalg.eigh(form)[1][:, -1]
    sign = -1.0 if a < 0 else 1.0
    return handedness, (float(sign * b), float(sign * c), float(sign * d))
