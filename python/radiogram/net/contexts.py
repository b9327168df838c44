"""Presentation contexts to propose or to support, by service class; pynetdicom's lists, made when they are first asked for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from radiogram.net import sop_class
from radiogram.net.presentation import build_context

if TYPE_CHECKING:
    from radiogram.net.presentation import PresentationContext

__all__ = ["LISTS", "presentation_contexts"]

LISTS = {
    "AllStoragePresentationContexts": "Storage",
    "ApplicationEventLoggingPresentationContexts": "Application Event Logging",
    "BasicWorklistManagementPresentationContexts": "Basic Worklist Management",
    "ColorPalettePresentationContexts": "Color Palette Query/Retrieve",
    "DefinedProcedureProtocolPresentationContexts": "Defined Procedure Protocol Query/Retrieve",
    "DisplaySystemPresentationContexts": "Display System Management",
    "HangingProtocolPresentationContexts": "Hanging Protocol Query/Retrieve",
    "ImplantTemplatePresentationContexts": "Implant Template Query/Retrieve",
    "InstanceAvailabilityPresentationContexts": "Instance Availability Notification",
    "InventoryPresentationContexts": "Inventory Query/Retrieve",
    "MediaCreationManagementPresentationContexts": "Media Creation Management",
    "MediaStoragePresentationContexts": "Media Storage",
    "ModalityPerformedPresentationContexts": "Modality Performed Procedure Step",
    "NonPatientObjectPresentationContexts": "Non-Patient Object Storage",
    "PrintManagementPresentationContexts": "Print Management",
    "ProcedureStepPresentationContexts": "Modality Performed Procedure Step",
    "ProtocolApprovalPresentationContexts": "Protocol Approval Query/Retrieve",
    "QueryRetrievePresentationContexts": "Query/Retrieve",
    "RTMachineVerificationPresentationContexts": "RT Machine Verification",
    "RelevantPatientInformationPresentationContexts": "Relevant Patient Information Query",
    "StorageCommitmentPresentationContexts": "Storage Commitment",
    "StorageManagementPresentationContexts": "Storage Management",
    "StoragePresentationContexts": "Storage",
    "SubstanceAdministrationPresentationContexts": "Substance Administration Query",
    "UnifiedProcedurePresentationContexts": "Unified Procedure Step",
    "VerificationPresentationContexts": "Verification",
}
"""pynetdicom's names, and the service classes they stand for."""

_SELDOM = re.compile(
    r"RT(PhysicianIntent|SegmentAnnotation|Radiation\w+|TreatmentPreparation|PatientPosition\w+|BrachyApplicationSetup\w+)Storage"
    r"|(CArm|Tomotherapeutic|Robotic)\w+|Enhanced(Continuous)?RTImageStorage|Encapsulated(OBJ|MTL)Storage"
    r"|\w+VolumetricPresentationStateStorage|(VariableModalityLUTSoftcopy|AdvancedBlending|Waveform(Acquisition)?)PresentationStateStorage"
    r"|BreastProjection\w+|\wAPerformedProcedureProtocolStorage|CTPerformedProcedureProtocolStorage"
    r"|(Photoacoustic|Tractography|HeightMap|WideField|OphthalmicOpticalCoherence|ConfocalMicroscopy|CornealTopography)\w+"
    r"|(Extensible|AcquisitionContext|SimplifiedAdultEcho|WaveformAnnotation|EnhancedXRayRadiationDose|\w+ImagingAgentAdministration)SRStorage"
    r"|(General32bitECG|MultichannelRespiratory|\w+encephalogram|Electromyogram|Electrooculogram|BodyPosition)WaveformStorage"
    r"|ContentAssessmentResultsStorage|MicroscopyBulkSimpleAnnotationsStorage"
)
"""Storage SOP classes that are sent so seldom that they give way where an association has room for 128 contexts (PS3.8 9.3.2.2)."""


_RETIRED = (
    "UltrasoundImageStorageRetired",
    "UltrasoundMultiFrameImageStorageRetired",
    "NuclearMedicineImageStorageRetired",
    "XRayAngiographicBiPlaneImageStorage",
    "HardcopyGrayscaleImageStorage",
    "HardcopyColorImageStorage",
    "StandaloneOverlayStorage",
    "StandaloneCurveStorage",
)
"""Retired SOP classes (PS3.4 B.6) that archives still send, those that are met most first."""

_ROOM = 120
"""Storage SOP classes that are proposed together; other services find room beside them."""


def presentation_contexts(name: str) -> list[PresentationContext]:
    """Give a new list of contexts by its name, each with the default transfer syntaxes.

    Parameters
    ----------
    name : str
        One of `LISTS`. ``"StoragePresentationContexts"`` has no more than 120, so that one association can propose it; retired
        classes that are still met are among them.

    Examples
    --------
    >>> [context.abstract_syntax.name for context in presentation_contexts("VerificationPresentationContexts")]
    ['Verification SOP Class']
    >>> len(presentation_contexts("StoragePresentationContexts")) <= 120
    True
    """
    uids = sop_class.uids_of(LISTS[name])
    if LISTS[name] == "Storage":
        retired = [getattr(sop_class, keyword) for keyword in _RETIRED]
        if name == "StoragePresentationContexts":
            uids = [uid for uid in uids if not _SELDOM.fullmatch(uid.keyword)]
            # What a program has registered comes first.
            retired = retired[: max(0, _ROOM - len(uids))]
        uids = sorted({*uids, *retired})
    return [build_context(uid) for uid in uids]
