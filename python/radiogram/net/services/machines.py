"""Machines that are asked how they are: a display system (PS3.4 EE), and an RT machine that verifies itself before a beam (PS3.4 DD).

`display_system` and `Verification` are the user's side.
"""

from __future__ import annotations

import logging
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from radiogram.dataset import Dataset
from radiogram.net.services.answers import NO_ACTION, NOT_FOUND, SUCCESS, RefusedError
from radiogram.net.services.listeners import Listeners
from radiogram.net.services.outcome import done
from radiogram.net.services.provider import Provider, created, uids
from radiogram.net.services.rules import check
from radiogram.net.services.shelf import Shelf, wanted
from radiogram.uid import generate_uid

if TYPE_CHECKING:
    from collections.abc import Callable

    from radiogram.net.services.provider import Event, Status

__all__ = ["DISPLAY", "DisplaySystem", "MachineVerification", "Verification", "display_system"]

_LOG = logging.getLogger("radiogram.net")
_RESULT = "TreatmentVerificationStatus"

_NAME = "RTConventionalMachineVerification"
"""Whose rules are those of ion machines, too, as far as they are general (PS3.4 tables DD.3.2.1-1, DD.3.2.1-2)."""

DISPLAY = "1.2.840.10008.5.1.1.40.1"
"""The well-known display system (PS3.4 EE.2.4)."""


class DisplaySystem(Provider):
    """Provider of a display system.

    Parameters
    ----------
    describe : callable
        Gives the attributes of the system as it is now.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.services.machines import DisplaySystem
    >>> DisplaySystem(rg.Dataset).contexts
    ('1.2.840.10008.5.1.1.40',)
    """

    contexts = uids("DisplaySystem")

    def __init__(self, describe: Callable[[], Dataset]) -> None:
        self._describe = describe

    def n_get(self, event: Event) -> tuple[Status, Dataset | None]:
        """Give its attributes (PS3.4 EE.2.2)."""
        if str(event.request.RequestedSOPInstanceUID) != DISPLAY:
            message = "there is one well-known display system"
            raise RefusedError(message, NOT_FOUND)
        return wanted(self._describe(), event.attribute_identifiers)


class MachineVerification(Provider):
    """Provider of RT conventional and RT ion machine verification.

    Parameters
    ----------
    verify : callable
        Called with the instance when a beam is to be verified; gives what is set then: Treatment Verification Status, failed and overridden
        attributes. Where it raises the beam is NOT_VERIFIED.
    admit : callable, optional
        Called with the attributes of a new or changed instance; gives a status that is not 0 to refuse them: C221 to C227.
    strict : bool
        Refuse what lacks what it owes, and what is for the machine to say.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.services.machines import MachineVerification
    >>> len(MachineVerification(lambda ds: rg.Dataset()).contexts)
    2
    """

    contexts = uids("RTConventionalMachineVerification", "RTIonMachineVerification")

    def __init__(
        self,
        verify: Callable[[Dataset], Dataset],
        *,
        admit: Callable[[Dataset], int] | None = None,
        strict: bool = True,
    ) -> None:
        self._strict = strict
        self.shelf = Shelf()
        self._verify = verify
        self._admit = admit
        self._reports = Listeners(*self.contexts)

    def _admitted(self, ds: Dataset) -> None:
        status = self._admit(ds) if self._admit is not None else 0
        if status:
            message = "the machine does not take these parameters"
            raise RefusedError(message, status)

    def n_create(self, event: Event) -> tuple[Status, Dataset | None]:
        """Begin the verification of a plan (PS3.4 DD.3.2.1)."""
        made: Any = deepcopy(event.attribute_list)
        plan = made.get("ReferencedRTPlanSequence")
        if not plan or not plan[0].get("ReferencedSOPInstanceUID"):
            message = "the referenced RT plan is missing"
            raise RefusedError(message, 0xC227, ["ReferencedRTPlanSequence"])
        if self._strict:
            check(_NAME, "N-CREATE", made)
        self._admitted(made)
        uid = self.shelf.add(event.request.AffectedSOPInstanceUID, made)
        return SUCCESS, created(event, uid, made)

    def n_set(self, event: Event) -> tuple[Status, Dataset | None]:
        """Change what the machine is set to for the next beam."""
        changes = event.modification_list
        if self._strict:
            check(_NAME, "N-SET", changes)
        self._admitted(changes)
        self.shelf.modify(event.request.RequestedSOPInstanceUID, changes)
        return SUCCESS, changes

    def n_get(self, event: Event) -> tuple[Status, Dataset | None]:
        """Give what was verified (PS3.4 DD.3.2.2)."""
        return wanted(
            self.shelf.get(event.request.RequestedSOPInstanceUID, 0xC112), event.attribute_identifiers
        )

    def n_action(self, event: Event) -> tuple[Status, Dataset | None]:
        """Verify a beam; that it is pending and done is reported (PS3.4 DD.3.2.3, DD.3.2.5)."""
        if event.action_type != 1:
            message = "the one action is to verify a beam"
            raise RefusedError(message, NO_ACTION)
        uid, sop_class = str(event.request.RequestedSOPInstanceUID), str(event.request.RequestedSOPClassUID)
        before = self.shelf.get(uid, 0xC112)
        self._reports.later(self._run, event.assoc, before, sop_class, uid, to=event.assoc)
        return SUCCESS, None

    def _run(self, association: Any, before: Dataset, sop_class: str, uid: str) -> None:  # noqa: ANN401
        self._reports.tell(None, 1, sop_class, uid, to=[association])
        try:
            found = self._verify(before)
        except (
            Exception
        ) as error:  # what verifies is the caller's: who waits for the machine hears that it has not
            _LOG.warning("a beam could not be verified: %s", type(error).__name__)
            found = Dataset({_RESULT: "NOT_VERIFIED"})
        self.shelf.change(uid, found)
        said = Dataset({_RESULT: self.shelf.get(uid).get(_RESULT)})
        self._reports.tell(said, 2, sop_class, uid, to=[association])

    def n_delete(self, event: Event) -> Status:
        """End a verification."""
        self.shelf.remove(event.request.RequestedSOPInstanceUID)
        return SUCCESS

    def close(self) -> None:
        """Send what waits."""
        self._reports.close()


def display_system(association: Any, *keywords: str) -> Dataset:  # noqa: ANN401  # of any face
    """Give attributes of a display system; all of them where none are named (PS3.4 EE.2.2).

    Parameters
    ----------
    association : Association
        It has a context for the SOP class.
    *keywords
        What is wanted: ``DisplaySubsystemSequence``, ``Manufacturer``, …

    Raises
    ------
    RefusedError
        The answer was a failure.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.services import DisplaySystem, Services, display_system
    >>> with Services(DisplaySystem(lambda: rg.Dataset({"Manufacturer": "radiogram"}))).loopback() as assoc:
    ...     display_system(assoc, "Manufacturer").Manufacturer
    'radiogram'
    """
    tags = list(Dataset(dict.fromkeys(keywords)).keys())
    status, found = association.send_n_get(tags, DisplaySystem.contexts[0], DISPLAY)
    done(status, "N-GET", DisplaySystem.contexts[0])
    return found  # type: ignore[no-any-return]  # of any face


class Verification:
    """The verification of a plan, beam by beam, from the treatment delivery system's side.

    That a beam is being verified and was verified is reported over the association: events 1 and 2 of `instance`, which
    `radiogram.net.services.Reports` hears.

    Parameters
    ----------
    association : Association
        It has a context for the SOP class.
    plan : (str, str)
        SOP class and instance of the RT Plan.
    patient : str
        Patient ID.
    ion : bool
        Of an ion plan.
    **attributes
        More of the instance: ``ReferencedFractionGroupNumber``, …

    Attributes
    ----------
    sop_class, instance : str
        What is verified.

    Raises
    ------
    RefusedError
        The machine does not take the plan.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.services import MachineVerification, Reports, Services, Verification
    >>> found = rg.Dataset({"TreatmentVerificationStatus": "VERIFIED"})
    >>> hears = Reports()
    >>> with Services(MachineVerification(lambda beam: found)).loopback(evt_handlers=hears.handlers()) as assoc:
    ...     going = Verification(assoc, ("1.2.840.10008.5.1.4.1.1.481.5", "1.2.3"), "X1")
    ...     beam = rg.Dataset({"BeamName": "A", "ReferencedBeamNumber": 1})
    ...     going.set_beam(rg.Dataset({"GeneralMachineVerificationSequence": [beam]}))
    ...     going.verify()
    ...     said = hears.wait(going.instance, 2, timeout=60)
    ...     going.result("TreatmentVerificationStatus").TreatmentVerificationStatus
    ...     going.close()
    'VERIFIED'
    """

    def __init__(
        self,
        association: Any,  # noqa: ANN401  # of any face
        plan: tuple[str, str],
        patient: str,
        *,
        ion: bool = False,
        **attributes: object,
    ) -> None:
        self._association = association
        self.sop_class = MachineVerification.contexts[1 if ion else 0]
        self.instance = str(generate_uid())
        made: Any = Dataset({"PatientID": patient})
        made.ReferencedRTPlanSequence = [
            Dataset({"ReferencedSOPClassUID": plan[0], "ReferencedSOPInstanceUID": plan[1]})
        ]
        # PS3.4 table DD.3.2.1-1: there, and without items until a beam is set.
        made.GeneralMachineVerificationSequence = []
        for keyword, value in attributes.items():
            setattr(made, keyword, value)
        status, _ = association.send_n_create(made, self.sop_class, self.instance)
        done(status, "N-CREATE", self.sop_class)

    def set_beam(self, ds: Dataset) -> None:
        """Say what the machine is to be set to for the next beam."""
        status, _ = self._association.send_n_set(ds, self.sop_class, self.instance)
        done(status, "N-SET", self.sop_class)

    def verify(self) -> None:
        """Have the beam verified; that it was is reported."""
        status, _ = self._association.send_n_action(None, 1, self.sop_class, self.instance)
        done(status, "N-ACTION", self.sop_class)

    def result(self, *keywords: str) -> Dataset:
        """Give what was verified: status, failed and overridden attributes."""
        tags = list(Dataset(dict.fromkeys(keywords)).keys())
        status, found = self._association.send_n_get(tags, self.sop_class, self.instance)
        done(status, "N-GET", self.sop_class)
        return found  # type: ignore[no-any-return]  # of any face

    def close(self) -> None:
        """End the verification.

        Raises
        ------
        RefusedError
            The machine does not end it, or the association was lost.
        """
        done(self._association.send_n_delete(self.sop_class, self.instance), "N-DELETE", self.sop_class)
