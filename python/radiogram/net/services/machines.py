"""Machines that are asked how they are: a display system (PS3.4 EE), and an RT machine that verifies itself before a beam (PS3.4 DD)."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from radiogram.dataset import Dataset
from radiogram.net.services.answers import NO_ACTION, NOT_FOUND, SUCCESS, RefusedError
from radiogram.net.services.listeners import Listeners
from radiogram.net.services.provider import Provider, created, uids
from radiogram.net.services.shelf import Shelf, wanted

if TYPE_CHECKING:
    from collections.abc import Callable

    from radiogram.net.services.provider import Event, Status

__all__ = ["DISPLAY", "DisplaySystem", "MachineVerification"]

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
        parameters.
    admit : callable, optional
        Called with the attributes of a new or changed instance; gives a status that is not 0 to refuse them: C221 to C227.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.services.machines import MachineVerification
    >>> len(MachineVerification(lambda ds: rg.Dataset()).contexts)
    2
    """

    contexts = uids("RTConventionalMachineVerification", "RTIonMachineVerification")

    def __init__(
        self, verify: Callable[[Dataset], Dataset], *, admit: Callable[[Dataset], int] | None = None
    ) -> None:
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
        self._admitted(made)
        uid = self.shelf.add(event.request.AffectedSOPInstanceUID, made)
        return SUCCESS, created(event, uid, made)

    def n_set(self, event: Event) -> tuple[Status, Dataset | None]:
        """Change what the machine is set to for the next beam."""
        changes = event.modification_list
        self._admitted(changes)
        self.shelf.change(event.request.RequestedSOPInstanceUID, changes)
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
        self._reports.later(self._run, event.assoc, before, sop_class, uid)
        return SUCCESS, None

    def _run(self, association: Any, before: Dataset, sop_class: str, uid: str) -> None:  # noqa: ANN401
        self._reports.tell(None, 1, sop_class, uid, to=[association])
        self.shelf.change(uid, self._verify(before))
        said = Dataset(
            {"TreatmentVerificationStatus": self.shelf.get(uid).get("TreatmentVerificationStatus")}
        )
        self._reports.tell(said, 2, sop_class, uid, to=[association])

    def n_delete(self, event: Event) -> Status:
        """End a verification."""
        self.shelf.remove(event.request.RequestedSOPInstanceUID)
        return SUCCESS

    def close(self) -> None:
        """Send what waits."""
        self._reports.close()
