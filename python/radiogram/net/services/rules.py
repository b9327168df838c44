"""What a request has to hold (PS3.4 5.4, PS3.5 7.4): the attribute rules of services, from the table of the standard.

Types are those of each service's table: ``1`` with a value, ``2`` there, ``M`` mandatory, ``0`` not allowed. Conditions of ``1C``, ``2C``
and ``MC`` are for the service to know; what it may leave out is not missed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radiogram._tables.rules import RULES
from radiogram.net.services.answers import MISSING_ATTRIBUTE, MISSING_VALUE, NO_ATTRIBUTE, RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from radiogram.dataset import Dataset

__all__ = ["check", "is_empty", "missing_at_the_end", "rules"]


def rules(sop_class: str, service: str) -> Iterator[tuple[str, str, str]]:
    """Yield path, what the user owes, and what the provider owes.

    Examples
    --------
    >>> from radiogram.net.services.rules import rules
    >>> next(rules("BasicFilmBox", "N-CREATE"))
    ('ImageDisplayFormat', 'M', 'M')
    """
    for line in RULES.get((sop_class, service), ()):
        types, _, path = line.partition(" ")
        user, _, provider = types.partition("/")
        yield path, user, provider


def check(sop_class: str, service: str, ds: Dataset) -> None:
    """Refuse a request that lacks what its user owes, or has what is not allowed.

    Parameters
    ----------
    sop_class, service : str
        Which rules: keyword of the SOP class, and ``"N-CREATE"``, ``"N-SET"`` or ``"N-ACTION"``.
    ds : Dataset
        The attributes of the request.

    Raises
    ------
    RefusedError
        Missing Attribute, Missing Attribute Value, or No such Attribute.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.services.rules import check
    >>> check("BasicFilmBox", "N-CREATE", rg.Dataset()) # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    RefusedError: ImageDisplayFormat is missing
    """
    for path, user, _ in rules(sop_class, service):
        *above, keyword = path.split("/")
        for holder in _holders(ds, above):
            if user == "0":
                if keyword in holder:
                    message = f"{keyword} is not allowed in {service}"
                    raise RefusedError(message, NO_ATTRIBUTE, [keyword])
            elif user in ("1", "2", "M"):
                if keyword not in holder:
                    message = f"{keyword} is missing"
                    raise RefusedError(message, MISSING_ATTRIBUTE, [keyword])
                if user != "2" and is_empty(holder, keyword):
                    message = f"{keyword} has no value"
                    raise RefusedError(message, MISSING_VALUE, [keyword])


def missing_at_the_end(sop_class: str, ds: Dataset, *, completed: bool) -> list[str]:
    """Give the elements without which a step cannot end (PS3.4 tables F.7.2-1, CC.2.5-3).

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.services.rules import missing_at_the_end
    >>> missing_at_the_end("ModalityPerformedProcedureStep", rg.Dataset(), completed=True)[:1]
    ['PerformedProcedureStepEndDate']
    """
    missing = []
    for path, code, kind in rules(sop_class, "FINAL"):
        if code == ("X" if completed else "P"):
            continue
        *above, keyword = path.split("/")
        may_be_empty = "2" in (code, kind)
        for holder in _holders(ds, above):
            if keyword not in holder or (not may_be_empty and is_empty(holder, keyword)):
                missing.append(path)
                break
    return missing


def is_empty(ds: Dataset, keyword: str) -> bool:
    """Whether an element is missing, or there without a value."""
    if keyword not in ds:
        return True
    value: Any = ds[keyword].value
    return value is None or (hasattr(value, "__len__") and len(value) == 0)


def _holders(ds: Dataset, above: list[str]) -> Iterator[Dataset]:
    """Yield the items at a path: where a sequence is not there nothing in it is owed."""
    found = [ds]
    for keyword in above:
        found = [item for one in found if not is_empty(one, keyword) for item in one[keyword].value]
    yield from found
