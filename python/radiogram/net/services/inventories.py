"""Storage Management (PS3.4 KK): an inventory of a repository is asked for, produced while others go on, paused, resumed, cancelled and told of.

`InventoryCreation` is the provider over any store; `radiogram.net.services.inventory_user` is the user's side. What is produced is asked
for and retrieved by Inventory Query/Retrieve (`radiogram.net.services.objects.ObjectQueries`).
"""

from __future__ import annotations

import logging
import time
from copy import deepcopy
from threading import Condition, Thread
from typing import TYPE_CHECKING, Any
from weakref import ref

from radiogram.dataset import Dataset
from radiogram.net.handlers import afterwards
from radiogram.net.matching import Matching
from radiogram.net.services.answers import (
    INVALID_ARGUMENT,
    NO_ACTION,
    NO_RESOURCES,
    NOT_FOUND,
    SUCCESS,
    RefusedError,
    answer,
)
from radiogram.net.services.inventory import LEVELS, Inventory, Scope, record_of
from radiogram.net.services.listeners import Listeners, Route
from radiogram.net.services.provider import Provider, uids
from radiogram.net.services.rules import check
from radiogram.net.services.states import step

if TYPE_CHECKING:
    from collections.abc import Callable

    from radiogram.net.services.listeners import Places
    from radiogram.net.services.provider import Event, Status
    from radiogram.net.services.query import Store

__all__ = ["ACTIONS", "EVENTS", "INSTANCE", "UNSUPPORTED_KEYS", "InventoryCreation"]

_LOG = logging.getLogger("radiogram.net")

INSTANCE = "1.2.840.10008.5.1.4.1.1.201.1.1"
"""The well-known Storage Management instance (PS3.4 KK.1.3.2)."""

ACTIONS = {"initiate": 11, "request status": 12, "cancel": 13, "pause": 14, "resume": 15}
"""Action types (PS3.4 table KK.2-1)."""

EVENTS = {"terminated with instances": 11, "status": 12, "terminated without instances": 13}
"""Event types (PS3.4 table KK.2-2)."""

UNSUPPORTED_KEYS = 0xB010
"""The warning that an inventory is made, and that some keys are not matched (PS3.4 KK.2.2.3)."""

_NAMES = {number: name for name, number in ACTIONS.items()}
_MISTYPED = 0x0212
_FINAL = ("COMPLETE", "FAILURE", "CANCELED")
_LONGEST_PAUSE = 86_400.0
_NOTHING = Scope(Dataset(), Matching())
_REMEMBERED = 256
"""Transactions that have ended and can be asked for."""


class _Production:
    """One inventory that is being produced."""

    def __init__(self, transaction: str, asked: Any, scope: Scope, association: Any, title: str) -> None:  # noqa: ANN401
        self.transaction = transaction
        self.scope = scope
        self.level = str(asked.InventoryLevel)
        self.title = title
        # What is reported goes where was asked last.
        self.association = ref(association)
        self.state, self.comment = "PROCESSING", ""
        self.retained = False
        self.interval = int(asked.get("RequestedStatusInterval") or 0)
        self.told = self.paused = time.monotonic()
        items = [deepcopy(item) for item in asked.get("ScopeOfInventorySequence") or ()]
        self.inventory = Inventory(self.level, items, str(asked.get("InventoryPurpose") or ""), transaction)
        self.root: Dataset | None = None
        self.thread: Thread | None = None


class InventoryCreation(Provider):
    """Provider of inventory creation.

    Each inventory is produced by a thread of its own, study by study, and reported over the association of the request while that stands,
    else over a new one.

    Parameters
    ----------
    store : Store
        What inventories are of.
    keep : callable
        Called with each Inventory instance when it is made; it is to be retrievable when that returns.
    title : str
        The own title, for new associations and as Retrieve AE Title.
    peers : mapping of str to (host, port), or callable
        Where those who ask are reached, by their titles.
    same_association : bool
        Report over the association of the request while it stands.
    most : int
        Inventories that are produced at the same time; one more is refused.
    studies : int
        Studies in an instance; the last one refers to the others.
    records : int
        Records of all levels in an instance, so that none of many series and instances takes too much memory on its way.
    unit : float
        Seconds of a unit of Requested Status Interval.
    timezone : int, optional
        Minutes that instances which do not say so are ahead of UTC.
    drop : callable, optional
        Called with the SOP Instance UID of each instance that was kept, where the inventory fails, or is cancelled and nothing is to be
        retained: it is to be deleted.
    pause : float
        Seconds that an inventory is paused for at most, a day if not given; then it is cancelled, and another one has its place.
    room : callable, optional
        Called before an inventory is accepted: it raises `RefusedError` with status 0213, resource limitation (PS3.4 table KK.2.2.3-1), where
        none more may be kept. `keep` raises the same where there is no room for an instance: the inventory fails, and says why.

    Examples
    --------
    >>> from radiogram.net.services.inventories import InventoryCreation
    >>> InventoryCreation(None, print).contexts
    ('1.2.840.10008.5.1.4.1.1.201.5',)
    """

    contexts = uids("InventoryCreation")

    def __init__(
        self,
        store: Store | None,
        keep: Callable[[Dataset], object],
        *,
        title: str = "RADIOGRAM",
        peers: Places | None = None,
        same_association: bool = True,
        most: int = 4,
        studies: int = 10_000,
        records: int = 100_000,
        unit: float = 60.0,
        timezone: int | None = 0,
        drop: Callable[[str], object] | None = None,
        pause: float = _LONGEST_PAUSE,
        room: Callable[[], object] | None = None,
    ) -> None:
        self._store: Any = store
        self._keep = keep
        self._drop = drop
        self._pause = pause
        self._room = room
        self._title = title
        self._most = most
        self._studies, self._records = studies, records
        # Minutes: from memory, PS3.3 C.38.3 says it.
        self._unit = unit
        self._timezone = timezone
        self._route = Route(self.contexts[0], title, peers, same_association=same_association)
        self._reports = Listeners(self.contexts[0])
        self._held: dict[str, _Production] = {}
        self._changed = Condition()

    # -- requests ------------------------------------------------------------------------------------------------

    def n_action(self, event: Event) -> tuple[Status, Dataset | None]:
        """Initiate an inventory, ask how far it is, cancel, pause or resume it (PS3.4 KK.2.2)."""
        name = _NAMES.get(event.action_type)
        if name is None:
            message = "storage management has no such action"
            raise RefusedError(message, NO_ACTION)
        if str(event.request.RequestedSOPInstanceUID) != INSTANCE:
            message = "storage management has one well-known instance"
            raise RefusedError(message, NOT_FOUND)
        asked = event.action_information if getattr(event.request, "ActionInformation", True) else Dataset()
        try:
            check("InventoryCreation", f"N-ACTION {ACTIONS[name]}", asked)
        except RefusedError as wrong:
            # PS3.7 10.1.4.1.10: what is wrong with an action is wrong with its arguments.
            raise RefusedError(wrong.message, INVALID_ARGUMENT, wrong.keywords) from None
        if name == "initiate":
            return self._initiate(event, asked), None
        self._act(name, asked, event.assoc)
        return SUCCESS, None

    def _initiate(self, event: Event, asked: Any) -> Status:  # noqa: ANN401
        transaction = str(asked.TransactionUID)
        if str(asked.InventoryLevel) not in LEVELS:
            message = "the Inventory Level is none that is supported"
            raise RefusedError(message, _MISTYPED, ["InventoryLevel"])
        scope = Scope.of(asked.get("ScopeOfInventorySequence"), self._timezone)
        title = str(event.assoc.requestor.ae_title).strip()
        with self._changed:
            before = self._held.get(transaction)
            taken = step("Inventory", "initiate", before.state if before is not None else "")
            if taken.status:
                message = "there is such a transaction"
                raise RefusedError(message, taken.status, ["TransactionUID"])
            self._make_room()
            if self._room is not None:
                self._room()
            made = _Production(transaction, asked, scope, event.assoc, title)
            made.inventory.most, made.inventory.records = self._studies, self._records
            made.thread = Thread(target=self._produce, args=(made,), name="radiogram-inventory", daemon=True)
            self._held[transaction] = made
        # What is reported of it comes after the answer.
        afterwards(lambda: self._begin(made))
        if not scope.unsupported:
            return SUCCESS
        # PS3.4 KK.2.2.3: the keys that are not matched are the Attribute Identifier List.
        said = answer(UNSUPPORTED_KEYS, "keys are not supported for matching", scope.unsupported)
        said.AttributeIdentifierList = said.OffendingElement
        return said

    def _begin(self, held: _Production) -> None:
        with self._changed:
            # Closed meanwhile, it has none any more.
            if held.thread is not None:
                held.thread.start()

    def _make_room(self) -> None:
        running = [one for one in self._held.values() if one.state not in _FINAL]
        if len(running) >= self._most:
            message = "too many inventories are being produced"
            raise RefusedError(message, NO_RESOURCES)
        ended = [uid for uid, one in self._held.items() if one.state in _FINAL]
        for uid in ended[: max(0, len(self._held) - _REMEMBERED)]:
            del self._held[uid]

    def _act(self, name: str, asked: Any, association: Any) -> None:  # noqa: ANN401
        with self._changed:
            held = self._held.get(str(asked.TransactionUID))
            taken = step("Inventory", name, held.state if held is not None else "")
            if taken.status or held is None:
                message = (
                    f"the inventory is {held.state}" if held is not None else "there is no such transaction"
                )
                raise RefusedError(message, taken.status, ["TransactionUID"])
            if name == "cancel":
                # PS3.4 table KK.2-1; Y and N as in other attributes of their kind.
                held.retained = str(asked.RetainInstances).strip() in ("Y", "YES")
            if name == "request status" and "RequestedStatusInterval" in asked:
                held.interval = int(asked.RequestedStatusInterval or 0)
            if taken.state != held.state:
                held.paused = time.monotonic()
            held.state, held.association = taken.state, ref(association)
            held.title = str(association.requestor.ae_title).strip()
            if taken.actions == ("report",):
                self._tell_status(held)
            self._changed.notify_all()

    # -- production ----------------------------------------------------------------------------------------------

    def _produce(self, held: _Production) -> None:
        try:
            for study in held.scope.studies(self._store):
                if not self._may_go_on(held):
                    break
                record = record_of(self._store, "STUDY", study, held.level)
                full = held.inventory.add(record)
                if full is not None:
                    self._keep(full)
            with self._changed:
                # A pause that came with the last study is one, too; what comes from here on comes too late.
                held.state = "COMPLETE" if self._may_go_on(held) else held.state
            if held.state == "COMPLETE" or held.retained:
                root = held.inventory.root("COMPLETE" if held.state == "COMPLETE" else "PARTIAL")
                self._keep(root)
                held.root = root
        except Exception as error:  # the store is the caller's: the transaction says that it failed
            _LOG.warning("an inventory could not be produced: %s", type(error).__name__)
            why = error.message if isinstance(error, RefusedError) else "the inventory could not be produced"
            held.state, held.comment = "FAILURE", why
        if held.root is None:
            self._drop_parts(held)
        self._end(held)

    def _drop_parts(self, held: _Production) -> None:
        """Have the instances deleted that no root refers to."""
        for uid in held.inventory.parts:
            try:
                if self._drop is not None:
                    self._drop(uid)
            except Exception as error:  # what keeps instances is the caller's; the others are still to go
                _LOG.warning("a part of an inventory could not be deleted: %s", type(error).__name__)

    def _may_go_on(self, held: _Production) -> bool:
        """Wait while it is paused, tell how far it is where that is due, and say whether it was cancelled meanwhile."""
        with self._changed:
            while True:
                seconds = held.interval * self._unit
                if seconds and time.monotonic() - held.told >= seconds:
                    self._tell_status(held)
                left = held.paused + self._pause - time.monotonic()
                if held.state == "PAUSED" and left <= 0:
                    held.state, held.comment = "CANCELED", "the inventory was paused for too long"
                if held.state != "PAUSED":
                    return held.state == "PROCESSING"
                self._changed.wait(min(seconds or left, left))

    def _end(self, held: _Production) -> None:
        with self._changed:
            self._tell_status(held)
            said = self._said(held)
            event = "terminated without instances"
            if held.root is not None:
                event = "terminated with instances"
                said.ReferencedSOPClassUID = held.root.SOPClassUID
                said.ReferencedSOPInstanceUID = held.root.SOPInstanceUID
                said.RetrieveAETitle = self._title
            else:
                del said.TotalNumberOfStudyRecords
            self._tell(held, said, EVENTS[event])
            # It is remembered how it ended, not what it held.
            held.root, held.inventory = None, Inventory(held.level, total=held.inventory.total)
            held.scope = _NOTHING
            self._changed.notify_all()

    # -- reports -------------------------------------------------------------------------------------------------

    @staticmethod
    def _said(held: _Production) -> Any:  # noqa: ANN401  # a data set
        made: Any = Dataset({"TransactionUID": held.transaction, "TransactionStatus": held.state})
        if held.comment:
            made.TransactionStatusComment = held.comment
        made.TotalNumberOfStudyRecords = held.inventory.total
        return made

    def _tell_status(self, held: _Production) -> None:
        held.told = time.monotonic()
        self._tell(held, self._said(held), EVENTS["status"])

    def _tell(self, held: _Production, said: Dataset, event_type: int) -> None:
        # Of each transaction so many wait, the last of which is its end.
        self._reports.later(
            self._deliver, held.association, held.title, said, event_type, to=held.transaction
        )

    def _deliver(self, association: ref[Any], title: str, said: Dataset, event_type: int) -> None:
        self._route.deliver(association(), title, said, event_type, INSTANCE)

    # -- the rest ------------------------------------------------------------------------------------------------

    def state(self, transaction: str) -> str:
        """Give the state of a transaction; empty where there is none."""
        held = self._held.get(transaction)
        return "" if held is None else held.state

    def close(self) -> None:
        """Cancel what is being produced, and send what waits."""
        with self._changed:
            running = [held for held in self._held.values() if held.state not in _FINAL]
            for held in running:
                held.state, held.comment = "CANCELED", "the provider is going down"
                if held.thread is not None and held.thread.ident is None:
                    held.thread = None
            self._changed.notify_all()
        for held in running:
            if held.thread is not None:
                held.thread.join()
        self._reports.close()
