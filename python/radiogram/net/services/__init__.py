"""The services of PS3.4 over associations: providers that give handlers, and what their users call.

A provider is made of what it works on, and its handlers are given to a server: ``ae.start_server(address, evt_handlers=provider.handlers())``
with ``provider.contexts`` among the supported ones. `Services` joins several.

Examples
--------
>>> import radiogram as rg
>>> from radiogram.net import AE
>>> from radiogram.net.services import Services, Worklist, find_worklist
>>> step = rg.Dataset({"Modality": "CT", "ScheduledStationAETitle": "CT1"})
>>> entry = rg.Dataset({"PatientID": "X1", "ScheduledProcedureStepSequence": [step]})
>>> services, ae = Services(Worklist([entry])), AE("RIS")
>>> for uid in services.contexts:
...     ae.add_supported_context(uid)
...     ae.add_requested_context(uid)
>>> with ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=services.handlers()) as server:
...     with ae.associate(*server.address) as assoc:
...         [found.PatientID for found in find_worklist(assoc, Modality="CT")]
['X1']
"""

from __future__ import annotations

from radiogram.net.services.answers import RefusedError, answer
from radiogram.net.services.asking import find, identifier
from radiogram.net.services.commitment import Commitment, Commitments, Committed, request_commitment
from radiogram.net.services.film_session import Page
from radiogram.net.services.inventories import InventoryCreation
from radiogram.net.services.inventory_user import Inventories, UnmatchedKeysWarning, request_inventory
from radiogram.net.services.machines import DisplaySystem, MachineVerification, Verification, display_system
from radiogram.net.services.media import MediaCreation
from radiogram.net.services.mpps import PerformedSteps
from radiogram.net.services.negotiation import FindOptions, RetrieveOptions
from radiogram.net.services.notices import AvailabilityNotices, EventLog
from radiogram.net.services.objects import ObjectQueries, PatientInformation
from radiogram.net.services.printing import Printing
from radiogram.net.services.provider import Provider, Services, uids
from radiogram.net.services.query import Found, QueryRetrieve, Store
from radiogram.net.services.receiving import receivable
from radiogram.net.services.reports import Report, Reports
from radiogram.net.services.repository import RepositoryQuery, find_all
from radiogram.net.services.retrieve import InstanceRetrieve, without_bulk_data
from radiogram.net.services.shelf import Shelf
from radiogram.net.services.storage import Storage, plan, storage_classes
from radiogram.net.services.ups import UnifiedSteps
from radiogram.net.services.ups_user import Claim, find_steps, push
from radiogram.net.services.worklist import Worklist, WorklistFolder, find_worklist

__all__ = [
    "AvailabilityNotices",
    "Claim",
    "Commitment",
    "Commitments",
    "Committed",
    "DisplaySystem",
    "EventLog",
    "FindOptions",
    "Found",
    "InstanceRetrieve",
    "Inventories",
    "InventoryCreation",
    "MachineVerification",
    "MediaCreation",
    "ObjectQueries",
    "Page",
    "PatientInformation",
    "PerformedSteps",
    "Printing",
    "Provider",
    "QueryRetrieve",
    "RefusedError",
    "Report",
    "Reports",
    "RepositoryQuery",
    "RetrieveOptions",
    "Services",
    "Shelf",
    "Storage",
    "Store",
    "UnifiedSteps",
    "UnmatchedKeysWarning",
    "Verification",
    "Worklist",
    "WorklistFolder",
    "answer",
    "display_system",
    "find",
    "find_all",
    "find_steps",
    "find_worklist",
    "identifier",
    "plan",
    "push",
    "receivable",
    "request_commitment",
    "request_inventory",
    "storage_classes",
    "uids",
    "without_bulk_data",
]
