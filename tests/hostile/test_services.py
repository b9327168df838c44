"""Providers asked for anything: whatever a request holds, it is answered or refused, and never by an exception of our own."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
import radiogram as rg
from radiogram._tables.rules import RULES
from radiogram.net import services
from radiogram.net.services.inventories import INSTANCE
from radiogram.net.services.machines import DISPLAY
from radiogram.net.services.printing import PRINTER, Printing
from radiogram.net.services.subscriptions import FILTERED, GLOBAL
from radiogram.net.status import explain

from tests.hostile.serving import IS_LONG
from tests.net.services.fakes import Asked, Repository
from tests.net.services.test_mpps import fill
from tests.net.services.test_repository import Studies

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 20_000 if IS_LONG else 800
METHODS = ("n_create", "n_set", "n_get", "n_action", "n_delete", "n_event_report", "c_find")
WELL_KNOWN = (
    INSTANCE,
    DISPLAY,
    PRINTER,
    GLOBAL,
    FILTERED,
    "1.2.840.10008.1.20.1.1",
    "1.2.840.10008.1.40.1",
    "1.2.840.10008.1.42.1",
    "1.2.840.10008.5.1.1.17.376",
)
KEYWORDS = {
    "UI": ("TransactionUID", "SOPInstanceUID", "StudyInstanceUID", "ReferencedSOPInstanceUID", "SOPClassUID"),
    "CS": (
        "InventoryLevel",
        "RetainInstances",
        "QueryRetrieveLevel",
        "ProcedureStepState",
        "PerformedProcedureStepStatus",
        "ExtendedMatchingMechanisms",
        "PresentationLUTShape",
        "MagnificationType",
        "Polarity",
        "FilmOrientation",
        "FilmSizeID",
        "InputReadinessState",
        "DeletionLock",
    ),
    "US": (
        "RequestedStatusInterval",
        "ImageBoxPosition",
        "AnnotationPosition",
        "MaxDensity",
        "MinDensity",
        "Rows",
    ),
    "IS": ("NumberOfCopies", "InstanceNumber"),
    "OB": ("PriorRecordKey", "RecordKey"),
    "UV": ("MaximumNumberOfRecords",),
    "DA": ("StudyDate",),
    "TM": ("StudyTime",),
    "ST": ("ImageDisplayFormat",),
    "LO": ("PatientID", "TextString", "MemoryAllocation"),
    "PN": ("PatientName",),
    "AE": ("ReceivingAE",),
    "SQ": (
        "ScopeOfInventorySequence",
        "RangeMatchingSequence",
        "ListOfUIDMatchingSequence",
        "EmptyValueMatchingSequence",
        "GeneralMatchingSequence",
        "ReferencedSOPSequence",
        "ReferencedRTPlanSequence",
        "ReferencedFilmSessionSequence",
        "ReferencedPresentationLUTSequence",
        "PresentationLUTSequence",
        "BasicGrayscaleImageSequence",
        "BasicColorImageSequence",
        "GeneralMachineVerificationSequence",
        "ScheduledProcedureStepSequence",
        "ContentTemplateSequence",
        "ProcedureStepProgressInformationSequence",
        "ReferencedSeriesSequence",
    ),
}
TEXTS = {
    "UI": ("1.2.3", "", "1.2.840.10008.5.1.1.1", "x", "1..2", ["1.2", "1.3"]),
    "CS": (
        "STUDY",
        "",
        "INSTANCE",
        "IN PROGRESS",
        "COMPLETED",
        "RELATIONAL",
        "IDENTITY",
        "Y",
        "NORMAL",
        ["A", "B"],
    ),
    "IS": ("1", "", "-1", "99999999999", "x"),
    "DA": ("2020-2021", "", "-", "x", '""', "20200101-"),
    "TM": ("10-18", "", "-", "x"),
    "ST": ("STANDARD\\1,1", "", "STANDARD\\0,9999999999", "ROW\\-1", "COL\\1,2"),
    "LO": ("X*", "", "?", "*" * 64),
    "PN": ("A^B", "", "=" * 9, "*"),
    "AE": ("SCU", "", "NOBODY"),
}


def anything(dice: random.Random, depth: int = 0) -> rg.Dataset:
    """Make a data set of what services look at, with values that fit and that do not."""
    made = rg.Dataset()
    for vr in dice.sample(sorted(KEYWORDS), dice.randint(0, 6)):
        keyword = dice.choice(KEYWORDS[vr])
        value: Any
        if vr == "SQ":
            value = [anything(dice, depth + 1) for _ in range(dice.randint(0, 2))] if depth < 3 else []
        elif vr in ("US", "UV"):
            value = dice.choice([0, 1, 2, 400, 65535, None])
        elif vr == "OB":
            value = dice.choice([b"", b"1.2.10", b"\xff" * 9, b"\0"])
        else:
            value = dice.choice(TEXTS[vr]) or None
        try:
            # Of another VR than that of the dictionary, too.
            other = vr if dice.random() < 0.95 else dice.choice(["UN", "LO", "OB"])
            made.add_new(rg.Dataset({keyword: None}).keys()[0], other, value)
        except (rg.DicomError, TypeError, ValueError):
            continue
    return made


def asked_with(dice: random.Random, method: str, sop_class: str, action: int) -> rg.Dataset:
    """Make what a request holds: anything, or what it owes with anything put over it."""
    service = method.upper().replace("_", "-")
    name = rg.SOPClass(sop_class).keyword
    name = "UnifiedProcedureStep" if name.startswith("UnifiedProcedureStep") else name
    for kind in (f"{service} {action}", service):
        if (name, kind) in RULES and dice.random() < 0.8:
            made = fill(name, kind)
            made.update(anything(dice))
            return made
    return anything(dice)


def providers() -> dict[str, Callable[[], services.Provider]]:
    peers = {"SCU": ("127.0.0.1", 1)}
    return {
        "inventories": lambda: services.InventoryCreation(Repository(), lambda _ds: None, unit=0.001),
        "repository": lambda: services.RepositoryQuery(Studies()),
        "printing": lambda: Printing(dots=10),
        "lenient printing": lambda: Printing(dots=10, strict=False),
        "steps": lambda: services.UnifiedSteps(peers=peers, strict=False),
        "performed steps": lambda: services.PerformedSteps(strict=False),
        "machines": lambda: services.MachineVerification(lambda _ds: rg.Dataset()),
        "display": lambda: services.DisplaySystem(rg.Dataset),
        "media": lambda: services.MediaCreation(lambda _ds, copies: copies),
        "commitment": lambda: services.Commitment(lambda pairs: [0 for _ in pairs], peers=peers),
        "commitments": services.Commitments,
        "inventory reports": services.Inventories,
        "reports": lambda: services.Reports("UnifiedProcedureStepEvent"),
        "notices": lambda: services.AvailabilityNotices(lambda _uid, _ds: None),
        "log": lambda: services.EventLog(lambda _kind, _entry: None),
        "objects": lambda: services.ObjectQueries([rg.Dataset({"SOPInstanceUID": "1.2.3"})]),
        "patients": lambda: services.PatientInformation(lambda _query, _template: []),
        "worklist": lambda: services.Worklist([rg.Dataset({"PatientID": "X1"})]),
    }


def status_of(answer: Any) -> int:
    """Give the status of what a handler returned: alone, in a data set, or before a data set."""
    status = answer[0] if isinstance(answer, tuple) else answer
    return int(status.Status if isinstance(status, rg.Dataset) else status)


@pytest.mark.parametrize("name", sorted(providers()))
def test_whatever_is_asked_is_answered(name: str) -> None:
    dice = random.Random(f"{name} 7")
    provider = providers()[name]()
    if name == "steps":
        provider.events.send = lambda *_: None  # type: ignore[attr-defined]
    asked = Asked(provider)
    known = [*WELL_KNOWN, "1.2.3", "1.2.4"]
    seen: set[int] = set()
    for _ in range(ROUNDS):
        method = dice.choice([one for one in METHODS if hasattr(provider, one)])
        sop_class = dice.choice([*provider.contexts, *(uid for uid in provider.classes if uid != "*")])
        action = dice.choice([1, 2, 3, 4, 5, 11, 12, 13, 14, 15, 99])
        ds = asked_with(dice, method, sop_class, action)
        found = asked.ask(
            method,
            sop_class,
            dice.choice(known),
            attribute_list=ds,
            modification_list=ds,
            action_information=ds,
            event_information=ds,
            identifier=ds,
            attribute_identifiers=dice.sample([0x00100020, 0x00080018, 0x20100010], dice.randint(0, 2)),
            action_type=action,
            event_type=dice.choice([1, 2, 3, 11, 12, 13, 99]),
        )
        answers = found if method == "c_find" else [found]
        for code in map(status_of, answers):
            # What neither the table of the class or the service nor the general one has is without words.
            assert explain(code, method.upper().replace("_", "-"), sop_class).description, (
                f"{method} {code:04X}"
            )
            seen.add(code)
    provider.close()
    assert seen
