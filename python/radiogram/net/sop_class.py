"""SOP classes by keyword: ``from radiogram.net.sop_class import CTImageStorage``.

Every SOP class and every well-known SOP instance of PS3.6 Annex A is a name of this module, made from the register when it is
first asked for; where pynetdicom spells a keyword otherwise, its spelling works too. `uids_of` lists the classes of a service.
"""

from __future__ import annotations

import re
from functools import cache
from keyword import iskeyword

from radiogram import _core
from radiogram.errors import ArgumentError
from radiogram.uid import UID

_OWN = ("register_uid", "service_of", "uid_to_service_class", "uid_to_sop_class", "uids_of")

_SPELLINGS = {
    "ColorPaletteInformationModelFind": "ColorPaletteQueryRetrieveInformationModelFind",
    "ColorPaletteInformationModelGet": "ColorPaletteQueryRetrieveInformationModelGet",
    "ColorPaletteInformationModelMove": "ColorPaletteQueryRetrieveInformationModelMove",
    "ModalityWorklistInformationFind": "ModalityWorklistInformationModelFind",
    "OphthlamicOpticalCoherenceTomographyBscanVolumeAnalysisStorage": (
        "OphthalmicOpticalCoherenceTomographyBscanVolumeAnalysisStorage"
    ),
    "PseudoColorSoftcopyPresentationStageStorage": "PseudoColorSoftcopyPresentationStateStorage",
    "RTBrachyApplicationSetupDeliveryInstructionsStorage": "RTBrachyApplicationSetupDeliveryInstructionStorage",
    "RoboticArmRadiationRecordStorage": "RoboticRadiationRecordStorage",
    "VariableModalityLUTSoftcopyPresentationStageStorage": "VariableModalityLUTSoftcopyPresentationStateStorage",
}
"""pynetdicom's spellings that are not the register's."""

_IMPORTED = frozenset({"ArgumentError", "UID", "annotations", "cache", "iskeyword", "re"})
"""What this module imports, and gives to nobody."""

SOPClass = UID
"""pynetdicom's name of what the names of this module are."""

_KINDS = frozenset({"SOP Class", "Meta SOP Class", "Well-known SOP Instance"})

_SERVICES = {
    "Verification": r"Verification",
    "Application Event Logging": r"ProceduralEventLogging|SubstanceAdministrationLogging",
    "Basic Worklist Management": r"ModalityWorklistInformationModelFind",
    "Color Palette Query/Retrieve": r"ColorPalette\w*InformationModel\w+",
    "Defined Procedure Protocol Query/Retrieve": r"DefinedProcedureProtocolInformationModel\w+",
    "Display System Management": r"DisplaySystem",
    "Hanging Protocol Query/Retrieve": r"HangingProtocolInformationModel\w+",
    "Implant Template Query/Retrieve": r"\w*Implant\w*InformationModel\w+",
    "Instance Availability Notification": r"InstanceAvailabilityNotification",
    "Inventory Query/Retrieve": r"Inventory(Find|Move|Get)",
    "Media Creation Management": r"MediaCreationManagement",
    "Media Storage": r"MediaStorageDirectoryStorage",
    "Modality Performed Procedure Step": r"ModalityPerformedProcedureStep\w*",
    "Non-Patient Object Storage": (
        r"(HangingProtocol|ColorPalette|\w*Implant\w*Template\w*|\w+DefinedProcedureProtocol|ProtocolApproval|Inventory)Storage"
    ),
    "Print Management": (
        r"BasicFilm(Session|Box)|Basic(Grayscale|Color)ImageBox|Print(Job|er|erConfigurationRetrieval)"
        r"|BasicAnnotationBox|PresentationLUT|Basic(Grayscale|Color)PrintManagementMeta"
    ),
    "Protocol Approval Query/Retrieve": r"ProtocolApprovalInformationModel\w+",
    "Query/Retrieve": (
        r"(PatientRoot|StudyRoot|PatientStudyOnly)QueryRetrieveInformationModel\w+|CompositeInstance\w+|RepositoryQuery"
    ),
    "RT Machine Verification": r"RT(Conventional|Ion)MachineVerification",
    "Relevant Patient Information Query": r"\w+RelevantPatientInformationQuery",
    "Storage Commitment": r"StorageCommitmentPushModel",
    "Storage Management": r"InventoryCreation",
    "Substance Administration Query": r"ProductCharacteristicsQuery|SubstanceApprovalQuery",
    "Unified Procedure Step": r"UnifiedProcedureStep(Push|Watch|Pull|Event|Query)",
}
"""Service classes of PS3.4, and the keywords of their SOP classes; what stores an object of a patient is Storage."""

_registered: dict[str, tuple[UID, str]] = {}
"""What the program added: keyword to UID and service class."""


def uids_of(service: str) -> list[UID]:
    """List the SOP classes of a service class, in the order of their UIDs.

    Parameters
    ----------
    service : str
        ``"Storage"``, ``"Query/Retrieve"``, ``"Print Management"`` and so on.

    Raises
    ------
    ArgumentError
        There is no such service class.

    Examples
    --------
    >>> [uid.keyword for uid in uids_of("Storage Commitment")]
    ['StorageCommitmentPushModel']
    """
    if service != "Storage" and service not in _SERVICES:
        message = f"{service!r} is no service class: {', '.join(sorted([*_SERVICES, 'Storage']))}"
        raise ArgumentError(message)
    added = (uid for uid, of in _registered.values() if of == service)
    return sorted({*(uid for uid, of in _standard().items() if of == service), *added})


def service_of(uid: str) -> str:
    """Give the service class of a SOP class, empty where it has none that is known.

    Examples
    --------
    >>> service_of("1.2.840.10008.5.1.4.1.1.2"), service_of("1.2.3")
    ('Storage', '')
    """
    for added, service in _registered.values():
        if added == uid:
            return service
    return _standard().get(UID(uid), "")


@cache
def _standard() -> dict[UID, str]:
    found = {}
    for keyword in _core.uid_keywords():
        row = _core.uid_by_keyword(keyword)
        if row is None or row[3] not in _KINDS:
            continue
        service = _service(row[0], keyword, is_retired=row[5])
        if service:
            found[UID(row[0])] = service
    return found


def _service(uid: str, keyword: str, *, is_retired: bool) -> str:
    for service, keywords in _SERVICES.items():
        if re.fullmatch(keywords, keyword):
            return service
    # An object is defined for it: its instances are what C-STORE sends (PS3.4 B.5).
    stored = _core.sop_class_lookup(uid)
    return "Storage" if stored is not None and stored[0] and not is_retired else ""


def uid_to_sop_class(uid: str) -> UID:
    """Give a SOP class as a UID that knows its name; pynetdicom's name.

    Examples
    --------
    >>> uid_to_sop_class("1.2.840.10008.1.1").keyword
    'Verification'
    """
    return UID(uid)


def uid_to_service_class(uid: str) -> str:
    """Give the service class of a SOP class; pynetdicom's name, which gives a class of Python there and its name here (`service_of`).

    Examples
    --------
    >>> uid_to_service_class("1.2.840.10008.1.1")
    'Verification'
    """
    return service_of(uid)


def register_uid(
    uid: str,
    keyword: str,
    service_class: str = "Storage",
    dimse_msg_type: str | None = None,  # noqa: ARG001  # pynetdicom's
) -> None:
    """Make a private SOP class a name of this module, and one of a service class.

    Parameters
    ----------
    uid : str
        Its UID.
    keyword : str
        The name; no word of Python's own.
    service_class : str
        What `uids_of` takes.
    dimse_msg_type : str, optional
        Accepted for pynetdicom's sake, without effect.

    Raises
    ------
    ArgumentError
        The keyword is no name, or there is no such service class.

    Examples
    --------
    >>> from radiogram.net import sop_class
    >>> sop_class.register_uid("1.2.826.0.1.3680043.8.498.1", "ExampleStorage")
    >>> sop_class.ExampleStorage
    '1.2.826.0.1.3680043.8.498.1'
    """
    if not keyword.isidentifier() or iskeyword(keyword):
        message = f"the keyword {keyword[:64]!r} is not a name that Python takes"
        raise ArgumentError(message)
    uids_of(service_class)
    _registered[keyword] = (UID(uid), service_class)
    globals()[keyword] = UID(uid)


def __getattr__(name: str) -> UID:
    if name == "__all__":
        # ``from radiogram.net.sop_class import *`` gives every class, as pynetdicom's does, and asks for their names here.
        names = [name for name in __dir__() if not name.startswith("_") and name not in _IMPORTED]
        return names  # type: ignore[return-value]
    row = None if name.startswith("_") else _core.uid_by_keyword(_SPELLINGS.get(name, name))
    if row is None or row[3] not in _KINDS:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    globals()[name] = made = UID(row[0])
    return made


def __dir__() -> list[str]:
    known = (
        keyword
        for keyword in _core.uid_keywords()
        if (row := _core.uid_by_keyword(keyword)) and row[3] in _KINDS
    )
    return sorted({*globals(), *_OWN, *_SPELLINGS, *known})
