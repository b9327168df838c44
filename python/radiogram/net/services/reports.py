"""What providers report (PS3.7 10.1.1), heard by who asked: of steps, print jobs, printers, machines that verify themselves."""

from __future__ import annotations

from collections import deque
from threading import Condition
from typing import TYPE_CHECKING, Any, NamedTuple

from radiogram.dataset import Dataset
from radiogram.net.services.answers import SUCCESS
from radiogram.net.services.provider import Provider, uids

if TYPE_CHECKING:
    from collections.abc import Callable

    from radiogram.net.services.provider import Event, Status

__all__ = ["Report", "Reports"]


class Report(NamedTuple):
    """An event that was reported.

    Attributes
    ----------
    sop_class, instance : str
        Whose event it is.
    event_type : int
        The Event Type ID.
    information : Dataset
        The Event Information; empty where there was none.
    """

    sop_class: str
    instance: str
    event_type: int
    information: Dataset


class Reports(Provider):
    """The handler of event reports, for the association of a request and for a server.

    Parameters
    ----------
    *keywords : str
        SOP classes that a server accepts contexts for; an association hears of whatever it has contexts for.
    most : int
        How many reports are kept; the oldest go.

    Examples
    --------
    >>> from radiogram.net.services import Reports
    >>> Reports("UnifiedProcedureStepEvent").wait("1.2.3", timeout=0) is None
    True
    """

    classes = ("*",)

    def __init__(self, *keywords: str, most: int = 4096) -> None:
        self.contexts = uids(*keywords)
        self._condition = Condition()
        self._came: deque[Report] = deque(maxlen=most)

    def n_event_report(self, event: Event) -> tuple[Status, Dataset | None]:
        """Take a report."""
        request = event.request
        has_information = getattr(request, "EventInformation", True) is not None
        made = Report(
            str(request.AffectedSOPClassUID),
            str(request.AffectedSOPInstanceUID),
            int(event.event_type),
            (event.event_information if has_information else None) or Dataset(),
        )
        with self._condition:
            self._came.append(made)
            self._condition.notify_all()
        return SUCCESS, None

    def all(self, instance: str | None = None) -> list[Report]:
        """Give what was reported until now, of an instance or of all."""
        with self._condition:
            return [one for one in self._came if instance in (None, one.instance)]

    def wait(
        self,
        instance: str | None = None,
        *event_types: int,
        timeout: float | None = None,
        where: Callable[[Any], bool] | None = None,
    ) -> Report | None:
        """Wait for a report, which may have come already.

        Parameters
        ----------
        instance : str, optional
            The instance that it is of; any.
        *event_types : int
            The events that are waited for; any.
        timeout : float, optional
            Seconds.
        where : callable, optional
            Called with the Event Information; whether it is the one.

        Returns
        -------
        Report or None
            The first that is so; `None` where none came in time.
        """

        def there() -> Report | None:
            for one in self._came:
                if instance not in (None, one.instance) or (
                    event_types and one.event_type not in event_types
                ):
                    continue
                if where is None or where(one.information):
                    return one
            return None

        with self._condition:
            return self._condition.wait_for(there, timeout)
