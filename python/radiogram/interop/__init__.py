"""To and from other libraries and formats. Third-party packages are imported late, and only here."""

from radiogram.interop.pydicom_exchange import from_pydicom, to_pydicom

__all__ = ["from_pydicom", "to_pydicom"]
