"""Providers asked without a network: events and associations that hold what a handler looks at, and repositories that they ask."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import radiogram as rg
from radiogram.net.services.provider import Provider, Services

if TYPE_CHECKING:
    from collections.abc import Iterator

_SCU = SimpleNamespace(ae_title="ASKER")


class Association:
    """An association that stands, and keeps the reports that it is given."""

    def __init__(self, *contexts: str, title: str = "ASKER") -> None:
        self.accepted_contexts = [SimpleNamespace(abstract_syntax=uid) for uid in contexts]
        self.requestor = SimpleNamespace(ae_title=title)
        self.is_established = True
        self.reports: list[tuple[Any, ...]] = []

    def send_n_event_report(self, ds: Any, event_type: int, *uids: str, meta_uid: str | None = None) -> Any:
        self.reports.append((ds, event_type, *uids, meta_uid))
        return {"Status": 0}, None


class Asked:
    """Asks providers as an application entity does."""

    def __init__(self, *providers: Provider, association: Association | None = None) -> None:
        self.services = Services(*providers)
        self.association = association or Association(*self.services.contexts)

    def event(self, sop_class: str, instance: str | None = None, **more: Any) -> SimpleNamespace:
        request = SimpleNamespace(
            AffectedSOPClassUID=sop_class,
            RequestedSOPClassUID=sop_class,
            AffectedSOPInstanceUID=instance,
            RequestedSOPInstanceUID=instance,
        )
        made = {"context": SimpleNamespace(abstract_syntax=sop_class), "is_cancelled": False, **more}
        return SimpleNamespace(assoc=self.association, request=request, **made)

    def ask(self, method: str, sop_class: str, instance: str | None = None, **more: Any) -> Any:
        """Give what a handler returns; of a generator, the list of what it yields."""
        found = self.services._handler(method)(self.event(sop_class, instance, **more))
        return list(found) if method in ("c_find", "c_get", "c_move") else found

    def status(self, method: str, sop_class: str, instance: str | None = None, **more: Any) -> int:
        """Give the status alone."""
        found = self.ask(method, sop_class, instance, **more)
        status = found[0] if isinstance(found, tuple) else found
        return int(getattr(status, "Status", status))

    def extend(self, **items: bytes) -> dict[str, bytes]:
        named = {uid.replace("_", "."): said for uid, said in items.items()}
        return self.services._extended(SimpleNamespace(assoc=self.association, app_info=named))


def instance(study: int, series: int, number: int) -> rg.Dataset:
    return rg.Dataset(
        {
            "PatientID": f"P{study}",
            "StudyInstanceUID": f"1.{study}",
            "StudyDate": f"2020010{study}",
            "SeriesInstanceUID": f"1.{study}.{series}",
            "Modality": "CT" if series == 1 else "SR",
            "SOPClassUID": "1.2.840.10008.5.1.4.1.1.2",
            "SOPInstanceUID": f"1.{study}.{series}.{number}",
            "InstanceNumber": number,
        }
    )


class Repository:
    """Three studies of two series of two instances."""

    def __init__(self) -> None:
        self.all = [
            instance(study, series, number) for study in (1, 2, 3) for series in (1, 2) for number in (1, 2)
        ]

    def candidates(self, level: str, _query: rg.Dataset, _agreed: Any) -> Iterator[rg.Dataset]:
        key = {"STUDY": "StudyInstanceUID", "SERIES": "SeriesInstanceUID", "IMAGE": "SOPInstanceUID"}[level]
        seen = set()
        for ds in self.all:
            if ds[key].value in seen:
                continue
            seen.add(ds[key].value)
            yield ds

    def instances(self, _level: str, _query: rg.Dataset) -> list[Any]:
        return []


class Halting(Repository):
    """A repository whose series are told a study at a time, when it is let go on."""

    def __init__(self) -> None:
        super().__init__()
        self.going = threading.Semaphore(0)

    def candidates(self, level: str, query: rg.Dataset, agreed: Any) -> Iterator[rg.Dataset]:
        if level == "SERIES":
            assert self.going.acquire(timeout=20)
        yield from super().candidates(level, query, agreed)
