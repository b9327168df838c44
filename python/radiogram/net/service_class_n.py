"""Service classes of DIMSE-N by pynetdicom's names (PS3.4).

Each is the name of a service, which is what `radiogram.net.register_uid` takes.

Examples
--------
>>> from radiogram.net import register_uid
>>> from radiogram.net.service_class_n import PrintManagementServiceClass
>>> register_uid("1.2.826.0.1.3680043.8.498.8", "OurPrinter", PrintManagementServiceClass)
"""

from __future__ import annotations

ApplicationEventLoggingServiceClass = "Application Event Logging"
DisplaySystemManagementServiceClass = "Display System Management"
InstanceAvailabilityNotificationServiceClass = "Instance Availability Notification"
MediaCreationManagementServiceClass = "Media Creation Management"
PrintManagementServiceClass = "Print Management"
ProcedureStepServiceClass = "Modality Performed Procedure Step"
RTMachineVerificationServiceClass = "RT Machine Verification"
StorageCommitmentServiceClass = "Storage Commitment"
StorageManagementServiceClass = "Storage Management"
UnifiedProcedureStepServiceClass = "Unified Procedure Step"
