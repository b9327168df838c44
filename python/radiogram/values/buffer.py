"""Arrays, scalars and buffers that other libraries own, as Python's values or as the bytes of an element.

numpy is not imported here: its objects are known by what they have.
"""

from __future__ import annotations

from radiogram._tables.vr import FACTS
from radiogram.errors import InvalidValueError

# Not typing's: the module costs a fifth of the time that `import radiogram` may take.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["array_values", "buffer_bytes", "is_array", "is_buffer", "python_value"]


def is_array(value: object) -> bool:
    """Say whether this is a numpy array with at least one axis.

    Examples
    --------
    >>> import numpy as np
    >>> is_array(np.zeros(2)), is_array(np.float32(1)), is_array([1])
    (True, False, False)
    """
    return bool(getattr(value, "ndim", 0)) and hasattr(value, "dtype") and hasattr(value, "tolist")


def is_buffer(value: object) -> bool:
    r"""Say whether this is a block of bytes or numbers, and not a list of Python's objects.

    Examples
    --------
    >>> is_buffer(b"\0"), is_buffer(bytearray(2)), is_buffer([0])
    (True, True, False)
    """
    if isinstance(value, bytes | bytearray | memoryview) or is_array(value):
        return True
    # array.array, and files: pydicom takes them for the VRs of bytes.
    return (hasattr(value, "typecode") and hasattr(value, "itemsize")) or hasattr(value, "read")


def python_value(value: Any) -> Any:  # noqa: ANN401  # numpy is not imported
    """Give a numpy scalar as Python's own value, anything else as it is.

    Examples
    --------
    >>> import numpy as np
    >>> python_value(np.int16(3)), python_value(np.datetime64("2024-02-29")), python_value("x")
    (3, datetime.date(2024, 2, 29), 'x')
    """
    if not hasattr(value, "dtype") or not hasattr(value, "item") or getattr(value, "ndim", None):
        return value
    if value.dtype.kind == "M" and value.dtype.str[-3:] not in ("[D]", "[M]", "[Y]"):
        # Nanoseconds would come out as a number: Python has microseconds.
        value = value.astype("datetime64[us]")
    return value.item()


def array_values(array: Any) -> list[Any]:  # noqa: ANN401  # numpy is not imported
    """Give an array of one axis as a list of Python's own values.

    Raises
    ------
    InvalidValueError
        The array has several axes.

    Examples
    --------
    >>> import numpy as np
    >>> array_values(np.float64([1, 2]))
    [1.0, 2.0]
    """
    if array.ndim != 1:
        message = "the values of an element have one axis; use .ravel() for an array with several"
        raise InvalidValueError(message)
    if array.dtype.kind == "M":
        return [python_value(one) for one in array]
    return list(array.tolist())


def buffer_bytes(vr: str, value: object) -> object:
    r"""Return the bytes of an element whose value is one block, in the order of little endian.

    Parameters
    ----------
    vr : str
        OB, OD, OF, OL, OV, OW, UN, or an ambiguous one with OW.
    value : bytes-like, numpy.ndarray, array.array or binary file
        Numbers must be as wide as the VR says. Plain bytes are taken as they are. A file is read from where it stands,
        and put back there.

    Returns
    -------
    bytes or None or str
        ``None`` and empty text as they are, as in pydicom.

    Raises
    ------
    InvalidValueError
        The numbers are of another width or kind than the VR's, or the value is none of these.

    Examples
    --------
    >>> import numpy as np
    >>> buffer_bytes("OW", np.array([1, 2], dtype=">u2"))
    b'\x01\x00\x02\x00'
    """
    if value is None or type(value) is bytes or (isinstance(value, str) and not value):
        return value
    if isinstance(value, bytes | bytearray):
        return bytes(value)
    if is_array(value):
        return _array_bytes(vr, value)
    if hasattr(value, "read"):
        return _file_bytes(value)
    if not is_buffer(value):
        message = f"a value of type {type(value).__name__} is no {vr}: use bytes or a numpy array"
        raise InvalidValueError(message)
    view = memoryview(value)  # type: ignore[arg-type]  # is_buffer has seen it
    if view.itemsize == 1 and view.format in ("B", "b", "c"):
        return view.tobytes()
    import numpy as np

    return _array_bytes(vr, np.asarray(view))


def _array_bytes(vr: str, array: Any) -> bytes:  # noqa: ANN401  # numpy is not imported
    kinds = [FACTS[choice][0] for choice in vr.split(" or ")]
    kind, width = array.dtype.kind, array.dtype.itemsize
    if not any(_is_stored(kind, width, storage) for storage in kinds):
        message = (
            f"an array of {array.dtype} is no {vr}, whose numbers are {_spelled(kinds)} (PS3.5 table 6.2-1); "
            "convert the array, or give its bytes"
        )
        raise InvalidValueError(message)
    return bytes(array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes())


def _is_stored(kind: str, width: int, storage: str) -> bool:
    """Compare numpy's kind and width with those of `storage`, such as ``u16``; a sign does not matter to a block."""
    wanted = "f" if storage[0] == "f" else "iu"
    return kind in wanted and width * 8 == int(storage[1:])


def _spelled(kinds: list[str]) -> str:
    return " or ".join(dict.fromkeys(kinds))


def _file_bytes(file: Any) -> bytes:  # noqa: ANN401  # anything with `read`
    """Read what is left of a file, as pydicom does when it writes, and put it back where it was."""
    place = file.tell()
    try:
        data = file.read()
    finally:
        file.seek(place)
    if not isinstance(data, bytes):
        message = "the file is not open for bytes"
        raise InvalidValueError(message)
    return data
