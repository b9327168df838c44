"""Statuses that services answer with, and how an answer that is no success says why (PS3.7 Annex C)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radiogram.dataset import Dataset
from radiogram.errors import DicomError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "CANCEL",
    "CLASS_CONFLICT",
    "DUPLICATE_INSTANCE",
    "IDENTIFIER_MISMATCH",
    "INVALID_ARGUMENT",
    "INVALID_VALUE",
    "MISSING_ATTRIBUTE",
    "MISSING_VALUE",
    "NOT_FOUND",
    "NO_ACTION",
    "NO_ATTRIBUTE",
    "NO_CLASS",
    "NO_RESOURCES",
    "PENDING",
    "PENDING_WARNING",
    "PROCESSING_FAILURE",
    "SUCCESS",
    "UNABLE",
    "UNRECOGNIZED",
    "UNSUPPORTED_CLASS",
    "WARNING_ATTRIBUTES",
    "WARNING_OPTIONAL",
    "RefusedError",
    "answer",
]

SUCCESS = 0x0000
PENDING = 0xFF00
PENDING_WARNING = 0xFF01
CANCEL = 0xFE00
WARNING_OPTIONAL = 0x0001
WARNING_ATTRIBUTES = 0x0107
NO_ATTRIBUTE = 0x0105
INVALID_VALUE = 0x0106
PROCESSING_FAILURE = 0x0110
DUPLICATE_INSTANCE = 0x0111
NOT_FOUND = 0x0112
INVALID_ARGUMENT = 0x0115
NO_CLASS = 0x0118
CLASS_CONFLICT = 0x0119
MISSING_ATTRIBUTE = 0x0120
MISSING_VALUE = 0x0121
UNSUPPORTED_CLASS = 0x0122
NO_ACTION = 0x0123
UNRECOGNIZED = 0x0211
"""Unrecognized operation: none of those of the SOP class (PS3.7 C.5)."""
NO_RESOURCES = 0x0213
"""Resource limitation (PS3.7 C.5)."""
IDENTIFIER_MISMATCH = 0xA900
UNABLE = 0xC000
"""Unable to process, of C-FIND, C-MOVE and C-GET."""

_LONGEST = 64
"""Characters of Error Comment, an LO (PS3.7 C.4.2)."""


class RefusedError(DicomError):
    """A service does not do what was asked for; the answer has its status and says why.

    Attributes
    ----------
    status : int
        The status of the answer.
    """

    kind = "refused"

    def __init__(
        self, message: str, status: int = PROCESSING_FAILURE, keywords: Iterable[str] = (), error_id: int = 0
    ) -> None:
        super().__init__(message)
        self.status = status
        self.keywords = tuple(keywords)
        self.error_id = error_id

    def to_answer(self) -> Dataset:
        """Give the status with its comment, and the elements that are at fault."""
        return answer(self.status, self.message, self.keywords, self.error_id)


def answer(status: int, comment: str = "", keywords: Iterable[str] = (), error_id: int = 0) -> Dataset:
    """Make a status that says why.

    Parameters
    ----------
    status : int
        The status.
    comment : str
        Error Comment; it is cut where it is too long, and holds no value of a data set.
    keywords : iterable of str
        Elements that are at fault: Offending Element.
    error_id : int
        Error ID, where a service has one.

    Returns
    -------
    Dataset

    Examples
    --------
    >>> from radiogram.net.services.answers import answer
    >>> answer(0x0120, "PatientID is missing", ["PatientID"]).ErrorComment
    'PatientID is missing'
    """
    made = Dataset()
    made.Status = status
    tags = list(keywords)
    if tags:
        made.OffendingElement = tags if len(tags) > 1 else tags[0]
    if comment:
        made.ErrorComment = comment.encode("ascii", "replace").decode()[:_LONGEST].rstrip()
    if error_id:
        made.ErrorID = error_id
    return made
