"""Queries from the user's side: identifiers with the keys of a model, and what matches (PS3.4 C.4.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radiogram._tables.queries import KEYS
from radiogram.dataset import Dataset
from radiogram.net.services.answers import PENDING, PENDING_WARNING, RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["find", "identifier"]


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


def find(association: Any, query: Dataset, model: str) -> Iterator[Dataset]:  # noqa: ANN401  # of any face
    """Ask, and yield what matches.

    Parameters
    ----------
    association : Association
        It has a context for the model.
    query : Dataset
        The identifier.
    model : str
        The SOP class.

    Raises
    ------
    RefusedError
        The answer was a failure, or the association was lost.
    """
    for status, found in association.send_c_find(query, model):
        code = status.get("Status")
        if code in (PENDING, PENDING_WARNING):
            if found is not None:
                yield found
        elif code is None:
            message = "the association was lost before the query was answered"
            raise RefusedError(message)
        elif code != 0:
            from radiogram.net.status import explain

            meaning = explain(code, "C-FIND", model)
            message = str(status.get("ErrorComment") or meaning.description)
            raise RefusedError(message, code)
