"""From what Python code sets to what an element holds: the one place where values given are converted.

The core calls `given` for every value that is set.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radiogram import _core
from radiogram.values import MultiValue

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import numpy.typing as npt

__all__ = ["given", "numbers", "vr_for"]

_BLOCKS = frozenset(("OB", "OD", "OF", "OL", "OV", "OW", "UN", "OB or OW", "US or OW", "US or SS or OW"))
_DTYPES = {
    "US": "<u2",
    "SS": "<i2",
    "UL": "<u4",
    "SL": "<i4",
    "UV": "<u8",
    "SV": "<i8",
    "FL": "<f4",
    "FD": "<f8",
    "DS": "<f8",
    "IS": "<i8",
    "US or SS": "<i4",
}
_BLOCK_DTYPES = {"OW": "<u2", "OL": "<u4", "OV": "<u8", "OF": "<f4", "OD": "<f8"}


def given(vr: str, value: Any) -> Any:  # noqa: ANN401  # values are of any type
    """Make of a value what an element with this VR holds.

    Examples
    --------
    >>> from radiogram.dataset.given import given
    >>> given("DS", ["1.50", 2]), given("OB", bytearray(b"ab")), given("UI", "1.2")
    ([1.50, 2.0], b'ab', '1.2')
    """
    if vr == "SQ":
        from radiogram.dataset.sequence import Sequence

        return value if isinstance(value, Sequence) else Sequence(() if value is None else value)
    if vr in _BLOCKS and (block := _block(value)) is not None:
        return block
    made = _convert(vr, value)
    if isinstance(made, MultiValue):
        made.owner = _core.count_edit
    return made


def vr_for(tag: int, creator: str | None) -> str:
    """Give the VR that the dictionaries have for a tag, ``UN`` where they have none."""
    if tag >> 16 & 1:
        if 0x10 <= tag & 0xFFFF <= 0xFF:
            return "LO"
        found = None if creator is None else _core.private_by_tag(creator, tag)
        return "UN" if found is None else found[0]
    known = _core.dictionary_by_tag(tag)
    return "UN" if known is None or known[1] in {"", "NONE"} else known[1]


def numbers(vr: str, value: Any) -> npt.NDArray[Any]:  # noqa: ANN401
    """Give the numbers of a value that was set as a read-only array.

    Raises
    ------
    InvalidValueError
        They are no numbers.
    """
    import numpy as np

    from radiogram.errors import InvalidValueError

    if isinstance(value, bytes):
        return np.frombuffer(value, _BLOCK_DTYPES.get(vr, _DTYPES.get(vr, "u1")))
    dtype = _DTYPES.get(vr)
    try:
        if vr == "AT":
            tags = [value] if isinstance(value, int) else list(value or ())
            made = np.array([part for tag in tags for part in (tag >> 16, tag & 0xFFFF)], "<u2")
        elif dtype is None and value:
            message = f"{vr} values are no numbers"
            raise InvalidValueError(message)
        else:
            made = np.atleast_1d(np.array([] if value is None or value == "" else value, dtype or "u1"))
    except (TypeError, ValueError, OverflowError) as error:
        message = f"a {vr} value is no number"
        raise InvalidValueError(message) from error
    made.flags.writeable = False
    return made


def _block(value: object) -> bytes | None:
    """Copy a buffer, which its owner can change, to bytes: numbers with the lowest byte first."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, (bytearray, memoryview)):
        return bytes(value)
    dtype: np.dtype[Any] | None = getattr(value, "dtype", None)
    if dtype is None or not hasattr(value, "tobytes"):
        return None
    array: Any = value
    if dtype.kind not in "biufc":
        return None
    return bytes((array if dtype.byteorder == "|" else array.astype(dtype.newbyteorder("<"))).tobytes())


def _convert(vr: str, value: Any) -> Any:  # noqa: ANN401
    """Convert text, numbers and lists of them. Stands in for `radiogram.values.convert`, which replaces it."""
    from radiogram.uid import UID
    from radiogram.values import DA, DT, IS, TM, DSfloat, PersonName

    if type(value).__module__ == "numpy" and hasattr(value, "tolist"):
        value = value.tolist()
    constructors: dict[str, Callable[[Any], Any]] = {
        "DS": DSfloat,
        "IS": IS,
        "PN": PersonName,
        "UI": UID,
        "DA": DA,
        "TM": TM,
        "DT": DT,
        "AT": _tag,
    }
    constructor = constructors.get(vr, _same)
    if isinstance(value, str) and "\\" in value and vr not in {"LT", "ST", "UR", "UT"}:
        value = value.split("\\")
    if isinstance(value, (list, tuple)) and not (vr == "AT" and isinstance(value, tuple)):
        if len(value) == 1:
            return constructor(value[0])
        return MultiValue(constructor, value)
    return value if value is None else constructor(value)


def _same(value: Any) -> Any:  # noqa: ANN401
    if type(value).__module__ == "numpy" and hasattr(value, "item"):
        return value.item()
    return value


def _tag(value: Any) -> Any:  # noqa: ANN401
    from radiogram.dataset.tag import Tag

    return Tag(value)
