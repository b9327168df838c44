"""pydicom's registers of decoders and encoders of pixel data, which others may enter."""

from __future__ import annotations

from typing import Any

from radiogram.errors import UnsupportedError

__all__ = ["decoder_of", "encoder_of", "forget_encoder"]


def decoder_of(uid: str) -> Any:  # noqa: ANN401  # pydicom's class
    """Give pydicom's decoder of a transfer syntax, ``None`` where it knows none."""
    _require()
    from pydicom.pixels.decoders.base import get_decoder

    try:
        return get_decoder(uid)
    except NotImplementedError:
        return None


def encoder_of(uid: str) -> Any:  # noqa: ANN401  # pydicom's class
    """Give pydicom's encoder of a transfer syntax; one that it has no place for yet gets one, ``None`` where it does not know the UID."""
    _require()
    from pydicom.pixels.encoders import base
    from pydicom.uid import UID

    known = base._PIXEL_DATA_ENCODERS
    key = UID(uid)
    if not key.is_transfer_syntax:
        return None
    if key not in known:
        known[key] = (base.Encoder(key), "radiogram")
    return known[key][0]


def forget_encoder(uid: str) -> None:
    """Take out the place that `encoder_of` made."""
    from pydicom.pixels.encoders import base
    from pydicom.uid import UID

    entry = base._PIXEL_DATA_ENCODERS.get(UID(uid))
    if entry is not None and entry[1] == "radiogram":
        del base._PIXEL_DATA_ENCODERS[UID(uid)]


def _require() -> None:
    """Say what is needed where it is not there: plugins came with pydicom 3."""
    try:
        import pydicom.pixels.decoders  # noqa: F401
    except ImportError as error:
        message = "pydicom 3 or later is needed: pip install 'radiogram[pydicom]'"
        raise UnsupportedError(message) from error
