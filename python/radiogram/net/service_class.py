"""Service classes of DIMSE-C by pynetdicom's names (PS3.4).

Each is the name of a service, which is what `radiogram.net.register_uid` takes.

Examples
--------
>>> from radiogram.net import register_uid
>>> from radiogram.net.service_class import StorageServiceClass
>>> register_uid("1.2.826.0.1.3680043.8.498.7", "OurStorage", StorageServiceClass)
"""

from __future__ import annotations

BasicWorklistManagementServiceClass = "Basic Worklist Management"
ColorPaletteQueryRetrieveServiceClass = "Color Palette Query/Retrieve"
DefinedProcedureProtocolQueryRetrieveServiceClass = "Defined Procedure Protocol Query/Retrieve"
HangingProtocolQueryRetrieveServiceClass = "Hanging Protocol Query/Retrieve"
ImplantTemplateQueryRetrieveServiceClass = "Implant Template Query/Retrieve"
InventoryQueryRetrieveServiceClass = "Inventory Query/Retrieve"
NonPatientObjectStorageServiceClass = "Non-Patient Object Storage"
ProtocolApprovalQueryRetrieveServiceClass = "Protocol Approval Query/Retrieve"
QueryRetrieveServiceClass = "Query/Retrieve"
RelevantPatientInformationQueryServiceClass = "Relevant Patient Information Query"
StorageServiceClass = "Storage"
SubstanceAdministrationQueryServiceClass = "Substance Administration Query"
VerificationServiceClass = "Verification"
