"""Queries from the user's side: identifiers with the keys of a model, and what matches (PS3.4 C.4.1)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from radiogram._tables.queries import KEYS
from radiogram.dataset import Dataset
from radiogram.errors import ArgumentError
from radiogram.net.services.answers import CANCEL, PENDING, PENDING_WARNING, RefusedError
from radiogram.net.services.outcome import refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["find", "identifier"]

_MESSAGE = 1
_PATIENCE = 30.0
"""Seconds that a peer has to hear of a C-CANCEL, where the association has no time-out for messages."""
"""The Message ID of a query, by which it is cancelled."""


def identifier(level: str | None = None, model: str = "StudyRoot", **keys: object) -> Dataset:
    """Make the identifier of a query: some keys by keyword, and what the model's required and unique keys of a level are, empty.

    Parameters
    ----------
    level : str, optional
        ``PATIENT``, ``STUDY``, ``SERIES`` or ``IMAGE``; ``None`` for models without levels.
    model : str
        ``PatientRoot``, ``StudyRoot``, ``PatientStudyOnly``, ``ModalityWorklist``, ``UnifiedProcedureStep``, …
    **keys
        Keys with their values; ``None`` asks for a value to be returned.

    Examples
    --------
    >>> from radiogram.net.services.asking import identifier
    >>> query = identifier("SERIES", StudyInstanceUID="1.2.3", SeriesDescription=None)
    >>> [element.keyword for element in query]
    ['QueryRetrieveLevel', 'Modality', 'SeriesDescription', 'StudyInstanceUID', 'SeriesInstanceUID', 'SeriesNumber']
    """
    made = Dataset()
    if level:
        made.QueryRetrieveLevel = level
    for path, (matching, _) in KEYS.get((model, level or ""), {}).items():
        if matching in ("R", "U"):
            _ask(made, path.split("/"))
    for keyword, value in keys.items():
        setattr(made, keyword, value)
    return made


def _ask(made: Dataset, path: list[str]) -> None:
    keyword, *below = path
    if keyword not in made:
        setattr(made, keyword, [Dataset()] if below else None)
    if below:
        if not len(made[keyword].value):
            setattr(made, keyword, [Dataset()])
        _ask(made[keyword].value[0], below)


def find(
    association: Any,  # noqa: ANN401  # of any face
    query: Dataset,
    model: str,
    *,
    limit: int | None = None,
) -> Iterator[Dataset]:
    """Ask, and yield what matches.

    Who does not go on to the end cancels the rest, and does not wait for the peer to hear it; with `limit` the last answer is waited
    for, and what is sent afterwards over the same association meets a peer that has come to its end.

    Parameters
    ----------
    association : Association
        It has a context for the model.
    query : Dataset
        The identifier.
    model : str
        The SOP class.
    limit : int, optional
        Cancel after so many matches (C-CANCEL), and pass over those that are on their way.

    Raises
    ------
    RefusedError
        The answer was a failure, or the association was lost; or it was aborted, because the peer went on with its answers for as long as a
        message may take, though they were cancelled.
    ArgumentError
        A limit below 1.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.services import ObjectQueries, Services, find, uids
    >>> held = [rg.Dataset({"SOPInstanceUID": f"1.2.{number}", "ContentLabel": "LUNG"}) for number in range(3)]
    >>> model = uids("ColorPaletteQueryRetrieveInformationModelFind")[0]
    >>> with Services(ObjectQueries(held, "ColorPalette")).loopback() as assoc:
    ...     query = rg.Dataset({"ContentLabel": "L*", "SOPInstanceUID": None})
    ...     [found.SOPInstanceUID for found in find(assoc, query, model)]
    ['1.2.0', '1.2.1', '1.2.2']
    """
    if limit is not None and limit < 1:
        message = "'limit' is 1 or more"
        raise ArgumentError(message)
    taken, until = 0, 0.0
    for status, found in association.send_c_find(query, model, msg_id=_MESSAGE):
        code = status.get("Status")
        if code in (PENDING, PENDING_WARNING):
            if taken == limit and time.monotonic() > until:
                association.abort()
                message = "the peer goes on with its answers, though they were cancelled"
                raise RefusedError(message)
            if found is None or taken == limit:
                continue
            taken += 1
            if taken == limit:
                association.send_c_cancel(_MESSAGE, query_model=model)
            yield found
            until = time.monotonic() + (getattr(association, "dimse_timeout", None) or _PATIENCE)
        elif code == CANCEL and taken == limit:
            continue
        elif code is None:
            message = "the association was lost before the query was answered"
            raise RefusedError(message)
        elif code != 0:
            raise refusal(status, "C-FIND", model)
