"""What a request has to hold (PS3.4 5.4, PS3.5 7.4): the attribute rules of services, from the table of the standard.

Types are those of each service's table: ``1`` with a value, ``2`` there, ``M`` mandatory, ``0`` not allowed. A condition of ``1C``, ``2C`` and
``MC`` is looked at where the table states it about other attributes of the same item; where it is a sentence about the world (whether a
character set is used, whether images will be made) what may be left out is not missed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from radiogram._tables.rules import RULES
from radiogram.net.services.answers import MISSING_ATTRIBUTE, MISSING_VALUE, NO_ATTRIBUTE, RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from radiogram.dataset import Dataset

__all__ = ["Rule", "check", "is_empty", "is_there", "missing_at_the_end", "rules"]


class Rule(NamedTuple):
    """What is owed of an element.

    Attributes
    ----------
    path : str
        Keywords, those of sequences in front.
    user, provider : str
        What either side owes.
    condition : str
        Of what the user owes: ``X`` where another element of the item has a value, ``!X`` where it has none, ``*`` wherever the item is.
    """

    path: str
    user: str
    provider: str
    condition: str

    def owed(self, holder: Dataset) -> str:
        """Give what the user owes in an item: the type where its condition is met, else ``3``.

        Examples
        --------
        >>> import radiogram as rg
        >>> from radiogram.net.services.rules import rules
        >>> shape = next(rule for rule in rules("PresentationLUT", "N-CREATE") if rule.path == "PresentationLUTShape")
        >>> shape.owed(rg.Dataset()), shape.owed(rg.Dataset({"PresentationLUTSequence": [rg.Dataset()]}))
        ('M', '3')
        """
        if not self.user.endswith("C"):
            return self.user
        other = self.condition.lstrip("!*")
        is_met = self.condition == "*" or (
            bool(other) and is_empty(holder, other) == self.condition.startswith("!")
        )
        return self.user[:-1] if is_met else "3"


def rules(sop_class: str, service: str) -> Iterator[Rule]:
    """Yield path, what the user owes, what the provider owes, and on which condition.

    Examples
    --------
    >>> from radiogram.net.services.rules import rules
    >>> next(rules("BasicFilmBox", "N-CREATE"))
    Rule(path='ImageDisplayFormat', user='M', provider='M', condition='')
    """
    for line in RULES.get((sop_class, service), ()):
        types, path, condition = f"{line} ".split(" ")[:3]
        user, _, provider = types.partition("/")
        yield Rule(path, user, provider, condition)


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
    for rule in rules(sop_class, service):
        *above, keyword = rule.path.split("/")
        for holder in _holders(ds, above):
            user = rule.owed(holder)
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
    for path, code, kind, _ in rules(sop_class, "FINAL"):
        if code == ("X" if completed else "P"):
            continue
        *above, keyword = path.split("/")
        may_be_empty = "2" in (code, kind)
        for holder in _holders(ds, above):
            if keyword not in holder or (not may_be_empty and is_empty(holder, keyword)):
                missing.append(path)
                break
    return missing


def is_there(ds: Dataset, path: str) -> bool:
    """Whether an element is in each item of the sequences in front of it, with a value or without."""
    *above, keyword = path.split("/")
    return all(keyword in holder for holder in _holders(ds, above))


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
