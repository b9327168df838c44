"""pynetdicom's name for what its programs import from there: transfer syntaxes, the application context, the roles."""

from __future__ import annotations

from radiogram.net.presentation import ALL_TRANSFER_SYNTAXES as ALL_TRANSFER_SYNTAXES
from radiogram.net.presentation import DEFAULT_TRANSFER_SYNTAXES as DEFAULT_TRANSFER_SYNTAXES

APPLICATION_CONTEXT_NAME = "1.2.840.10008.3.1.1.1"
"""The application context, of which there is but one (PS3.7 A.2.1)."""
DEFAULT_MAX_LENGTH = 0x20000
"""How long a P-DATA-TF is that an `radiogram.net.AE` takes where nothing is said."""
MODE_REQUESTOR, MODE_ACCEPTOR = "requestor", "acceptor"
"""`Association.mode`."""

STATUS_SUCCESS, STATUS_WARNING, STATUS_FAILURE = "Success", "Warning", "Failure"
STATUS_PENDING, STATUS_CANCEL, STATUS_UNKNOWN = "Pending", "Cancel", "Unknown"
"""What `radiogram.net.status.code_to_category` gives."""
