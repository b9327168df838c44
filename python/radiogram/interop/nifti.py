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

__all__ = ["gradient_table", "write_nifti"]

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
_MILLIMETRES, _SECONDS = 2, 8
_SCANNER = 1
_CHUNK = 1 << 24
# NIfTI has seven axes, of which the first three are those of space.
_MOST_AXES = 7
# A quaternion cannot say a shear; above this the matrix stands alone.
_SHEARED = 1e-4


def write_nifti(
    path: str | Path,
    array: NDArray[Any],
    affine: NDArray[np.float64],
    *,
    compression: int = 1,
    time_step: float = 0.0,
    colour: bool | None = None,
) -> None:
    """Write a volume, or several along further axes, as a NIfTI-1 file.

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
        (slice, row, column) of any number type, with up to four axes more in front, of which the last becomes NIfTI's
        fourth; or (slice, row, column, 3) of uint8 for colour. ``bool`` is written as uint8, ``float16`` as float32.
    affine : numpy.ndarray
        4 x 4: (slice, row, column, 1) to the patient's millimetres, LPS.
    compression : int, default 1
        Level of gzip from 0 to 9, for ``.nii.gz``.
    time_step : float, default 0
        Seconds between the volumes along NIfTI's fourth axis; 0 where it is none of time.
    colour : bool, optional
        Whether the array's last axis holds samples of colour; by default where it has four axes, three places on the
        last, and uint8.

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
    if colour is None:
        colour = array.ndim == 4 and array.shape[3] == 3 and array.dtype == np.uint8
    header = _header(array, affine, time_step, is_colour=colour)
    with replacing(path) as file:
        if path.suffix == ".gz":
            # No name and no time in the file: the same volume gives the same bytes.
            with gzip.GzipFile("", "wb", compression, file, mtime=0) as packed:
                _write(packed, header, array)
        else:
            _write(file, header, array)


def _write(file: BinaryIO | gzip.GzipFile, header: bytes, array: NDArray[Any]) -> None:
    import numpy as np

    file.write(header)
    parts = [array]
    # What lies otherwise than the file wants it is copied a slice at a time.
    while not parts[0].flags.c_contiguous and parts[0].ndim > 2 and parts[0].nbytes > _CHUNK:
        parts = [part for whole in parts for part in whole]
    for part in parts:
        data = np.ascontiguousarray(part).reshape(-1).view(np.uint8)
        for start in range(0, data.size, _CHUNK):
            file.write(data[start : start + _CHUNK].data)


def _header(array: NDArray[Any], affine: NDArray[np.float64], time_step: float, *, is_colour: bool) -> bytes:
    """Encode the 348 bytes of the header and the 4 that say that no extension follows."""
    import numpy as np

    shape = array.shape[:-1] if is_colour else array.shape
    is_rgb = is_colour and array.shape[-1] == 3 and array.dtype == np.uint8
    datatype = _RGB if is_rgb else None if is_colour else _DATATYPES.get(array.dtype.name)
    if datatype is None or not 3 <= len(shape) <= _MOST_AXES:
        message = f"NIfTI cannot hold an array of shape {array.shape} and type {array.dtype}"
        raise ArgumentError(message)
    if max(shape) > _LONGEST or min(shape) == 0:
        message = f"NIfTI-1 cannot hold an array of shape {array.shape}: an axis has 1 to {_LONGEST} places"
        raise ArgumentError(message)
    # (column, row, slice) to RAS.
    matrix = np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine[:, [2, 1, 0, 3]] + 0.0
    lengths = np.linalg.norm(matrix[:3, :3], axis=0)
    handedness, quaternion = _quaternion(matrix[:3, :3], lengths)
    header = bytearray(_DATA_OFFSET)
    bits = 24 if is_rgb else 8 * array.dtype.itemsize
    struct.pack_into("<i", header, 0, _HEADER_SIZE)
    sides = [*reversed(shape), *[1] * (_MOST_AXES - len(shape))]
    struct.pack_into("<8h", header, 40, len(shape), *sides)
    struct.pack_into("<2h", header, 70, datatype, bits)
    struct.pack_into("<8f", header, 76, handedness, *lengths, time_step, 0, 0, 0)
    # vox_offset, scl_slope, scl_inter: the numbers are the values.
    struct.pack_into("<3f", header, 108, _DATA_OFFSET, 1.0, 0.0)
    header[123] = _MILLIMETRES | (_SECONDS if time_step else 0)
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


def gradient_table(
    affine: NDArray[np.float64], b_values: NDArray[np.float64], gradients: NDArray[np.float64]
) -> tuple[str, str]:
    r"""Give the text of the two files that FSL reads beside a diffusion series: ``.bval`` and ``.bvec``.

    FSL's directions are along the file's axes, with the first one turned round where the axes of the file, in RAS,
    are right-handed.

    Parameters
    ----------
    affine : numpy.ndarray
        4 x 4: (slice, row, column, 1) of the array that is written to the patient's millimetres, LPS.
    b_values : numpy.ndarray
        One for each volume, s/mm².
    gradients : numpy.ndarray
        (volume, 3): unit vectors in the patient's coordinates, LPS; NaN where there is no direction.

    Returns
    -------
    (str, str)
        b-values in one line; x, y and z of the directions in three, zero where there is none.

    Examples
    --------
    >>> import numpy as np
    >>> affine = np.diag([2.0, 2.0, 2.0, 1.0])[:, [2, 1, 0, 3]]
    >>> gradient_table(affine, np.array([0.0, 1000.0]), np.array([[np.nan] * 3, [0.0, 1.0, 0.0]]))
    ('0 1000\n', '0 0\n0 1\n0 0\n')
    """
    import numpy as np

    axes = affine[:3, [2, 1, 0]] / np.linalg.norm(affine[:3, [2, 1, 0]], axis=0)
    column, row = axes[:, 0], axes[:, 1]
    # A tilted gantry's slices do not follow their normal, and a direction is none of the step between them.
    normal = np.cross(column, row)
    normal /= np.linalg.norm(normal)
    normal *= np.sign(normal @ axes[:, 2])
    along = np.stack([column, row, normal])
    vectors = np.nan_to_num(gradients, nan=0.0) @ along.T
    # LPS and RAS are of one handedness.
    if np.linalg.det(along) > 0:
        vectors[:, 0] *= -1
    vectors = vectors.round(9) + 0.0
    lines = [" ".join(f"{value:.7g}" for value in part) for part in (b_values, *vectors.T)]
    return lines[0] + "\n", "\n".join(lines[1:]) + "\n"
