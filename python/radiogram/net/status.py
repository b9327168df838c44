"""Statuses of DIMSE responses in words (PS3.7 Annex C, and the tables of the services in PS3.4).

The names are pynetdicom's. The tables that a service class has there, such as ``STORAGE_SERVICE_CLASS_STATUS``, are made from
the table of the standard when they are first asked for.
"""

from __future__ import annotations

from enum import IntEnum
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from radiogram._tables.statuses import STATUSES
from radiogram.errors import ArgumentError

if TYPE_CHECKING:
    from radiogram.dataset import Dataset

__all__ = [
    "STATUS_CANCEL",
    "STATUS_FAILURE",
    "STATUS_PENDING",
    "STATUS_SUCCESS",
    "STATUS_UNKNOWN",
    "STATUS_WARNING",
    "Meaning",
    "Status",
    "category_of",
    "code_to_category",
    "code_to_status",
    "explain",
]

STATUS_FAILURE = "Failure"
STATUS_SUCCESS = "Success"
STATUS_WARNING = "Warning"
STATUS_CANCEL = "Cancel"
STATUS_PENDING = "Pending"
STATUS_UNKNOWN = "Unknown"

StatusDictType = dict[int, tuple[str, str]]

_TABLES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "GENERAL_STATUS": ((), ()),
    "VERIFICATION_SERVICE_CLASS_STATUS": ((), ()),
    "STORAGE_SERVICE_CLASS_STATUS": (("C-STORE",), ()),
    "NON_PATIENT_SERVICE_CLASS_STATUS": (("C-STORE",), ()),
    "QR_FIND_SERVICE_CLASS_STATUS": (("C-FIND",), ("RepositoryQuery",)),
    "MODALITY_WORKLIST_SERVICE_CLASS_STATUS": (("C-FIND",), ()),
    "SUBSTANCE_ADMINISTRATION_SERVICE_CLASS_STATUS": (("C-FIND",), ()),
    "RELEVANT_PATIENT_SERVICE_CLASS_STATUS": ((), ("GeneralRelevantPatientInformationQuery",)),
    "QR_MOVE_SERVICE_CLASS_STATUS": (("C-MOVE",), ("CompositeInstanceRootRetrieveMove",)),
    "QR_GET_SERVICE_CLASS_STATUS": (("C-GET",), ("CompositeInstanceRootRetrieveGet",)),
    "PROCEDURE_STEP_STATUS": ((), ("ModalityPerformedProcedureStep",)),
    "PRINT_JOB_MANAGEMENT_SERVICE_CLASS_STATUS": (
        (),
        (
            "BasicFilmSession",
            "BasicFilmBox",
            "BasicGrayscaleImageBox",
            "BasicColorImageBox",
            "PresentationLUT",
        ),
    ),
    "STORAGE_COMMITMENT_SERVICE_CLASS_STATUS": ((), ()),
    "STORAGE_MANAGEMENT_SERVICE_CLASS_STATUS": ((), ("InventoryCreation",)),
    "APPLICATION_EVENT_LOGGING_SERVICE_CLASS_STATUS": (
        (),
        ("ProceduralEventLogging", "SubstanceAdministrationLogging"),
    ),
    "MEDIA_CREATION_MANAGEMENT_SERVICE_CLASS_STATUS": ((), ("MediaCreationManagement",)),
    "UNIFIED_PROCEDURE_STEP_SERVICE_CLASS_STATUS": (("C-FIND",), ("UnifiedProcedureStepPush",)),
    "RT_MACHINE_VERIFICATION_SERVICE_CLASS_STATUS": ((), ("RTConventionalMachineVerification",)),
}
"""pynetdicom's tables: of which services, and of which SOP classes."""


class Meaning(NamedTuple):
    """What a status says.

    Attributes
    ----------
    category : str
        ``"Success"``, ``"Pending"``, ``"Warning"``, ``"Failure"``, ``"Cancel"``, or ``"Unknown"``.
    description : str
        The words of the standard, empty where it has none.
    section : str
        Where the standard says so.
    """

    category: str
    description: str
    section: str


def explain(code: int, service: str | None = None, sop_class: str | None = None) -> Meaning:
    """Say what a status means.

    Parameters
    ----------
    code : int
        The value of Status (0000,0900).
    service : str, optional
        The service that was answered, such as ``"C-STORE"`` or ``"N-ACTION"``: the same code says different things in different
        services.
    sop_class : str, optional
        The SOP class by UID or keyword, where its service class has codes of its own.

    Returns
    -------
    Meaning
        The category, the words and the section of the standard.

    Examples
    --------
    >>> from radiogram.net import status
    >>> status.explain(0xA801, "C-MOVE").description
    'Refused: Move Destination unknown'
    >>> status.explain(0xB602, "N-ACTION", "BasicFilmSession").category
    'Warning'
    >>> status.explain(0xC123).category
    'Failure'
    """
    return _explained(code, service, None if sop_class is None else _uid(sop_class))


@lru_cache(maxsize=1024)
def _explained(code: int, service: str | None, sop_class: str | None) -> Meaning:
    best: tuple[int, Meaning] | None = None
    for row_service, classes, row_code, mask, category, meaning, section in STATUSES:
        if code & mask != row_code or (row_service and row_service != service):
            continue
        if classes and sop_class not in classes:
            continue
        # The nearer a row is to the case, the better: of the class, of the service, this very code.
        rank = 4 * bool(classes) + 2 * bool(row_service) + (mask == 0xFFFF)
        if best is None or rank > best[0]:
            best = (rank, Meaning(category, meaning, section))
    return best[1] if best is not None else Meaning(category_of(code), "", "PS3.7 C")


def _uid(name: str) -> str:
    from radiogram import _core

    row = None if name[:1].isdigit() else _core.uid_by_keyword(name)
    return name if row is None else row[0]


_GENERAL = {
    code: category for service, classes, code, _, category, _, _ in STATUSES if not service and not classes
}


def category_of(code: int) -> str:
    """Give the category of a status without regard to its service (PS3.7 C.1 to C.5).

    Examples
    --------
    >>> category_of(0xB007), category_of(0xA700), category_of(0xFF00)
    ('Warning', 'Failure', 'Pending')
    """
    known = _GENERAL.get(code)
    if known is not None:
        return known
    return {0xA: STATUS_FAILURE, 0xB: STATUS_WARNING, 0xC: STATUS_FAILURE}.get(code >> 12, STATUS_UNKNOWN)


def code_to_category(code: int) -> str:
    """Give the category of a status; pynetdicom's name for `category_of`.

    Raises
    ------
    ArgumentError
        It is no positive number; it is a `ValueError`.

    Examples
    --------
    >>> code_to_category(0x0122)
    'Failure'
    """
    return category_of(_checked(code))


def code_to_status(code: int) -> Dataset:
    """Give a data set with this Status.

    Raises
    ------
    ArgumentError
        It is no positive number; it is a `ValueError`.

    Examples
    --------
    >>> code_to_status(0xFF00).Status
    65280
    """
    from radiogram.dataset import Dataset

    made = Dataset()
    made.Status = _checked(code)
    return made


def _checked(code: object) -> int:
    if not isinstance(code, int) or code < 0:
        message = "'code' must be a positive integer"
        raise ArgumentError(message)
    return code


class Status(IntEnum):
    """Statuses by name, as in pynetdicom.

    Examples
    --------
    >>> Status.SUCCESS == 0x0000, hex(Status.MOVE_DESTINATION_UNKNOWN)
    (True, '0xa801')
    """

    SUCCESS = 0x0000
    CANCEL = 0xFE00
    PENDING = 0xFF00
    MOVE_DESTINATION_UNKNOWN = 0xA801

    @classmethod
    def add(cls, name: str, code: int) -> None:
        """Add a name.

        Parameters
        ----------
        name : str
            The name.
        code : int
            The status.
        """
        setattr(cls, name, code)


def _table(services: tuple[str, ...], keywords: tuple[str, ...]) -> StatusDictType:
    """Make one of pynetdicom's tables: what is general comes first, and gives way."""
    uids = {_uid(keyword) for keyword in keywords}
    found: StatusDictType = {}
    for service, classes, code, mask, category, meaning, _ in STATUSES:
        if service and not (uids.intersection(classes) if classes else service in services):
            continue
        # A code that is wholly said stays what it is, also where a range has it.
        for value in range(code, code + 0x10000 - mask):
            if mask == 0xFFFF or value not in found:
                found[value] = (category, meaning)
    return found


def __getattr__(name: str) -> StatusDictType:
    if name not in _TABLES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    globals()[name] = made = _table(*_TABLES[name])
    return made


def __dir__() -> list[str]:
    return sorted({*globals(), *_TABLES})
