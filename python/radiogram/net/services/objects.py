"""Models of one level (PS3.4 U, X, BB, HH, II, V, Q): protocols, palettes, templates, inventories, products, approvals, patients.

Which SOP class asks which model is a table of the standard; each is answered by matching whatever data sets there are.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from radiogram._tables.queries import KEYS, MODELS
from radiogram.dataset import Dataset
from radiogram.dataset.reader import read
from radiogram.errors import DicomError
from radiogram.net.matching import Matching, select
from radiogram.net.services.answers import CANCEL, IDENTIFIER_MISMATCH, PENDING, RefusedError
from radiogram.net.services.asking import find
from radiogram.net.services.identifiers import returned
from radiogram.net.services.moving import destination
from radiogram.net.services.provider import Provider, uids
from radiogram.net.services.query import unique_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from os import PathLike

    from radiogram.net.services.provider import Event

    Source = Dataset | str | PathLike[str]

__all__ = ["ObjectQueries", "PatientInformation", "models", "patient_information", "storage_of"]

_LEVELLED = ("PatientRoot", "StudyRoot", "PatientStudyOnly", "ModalityWorklist", "UnifiedProcedureStep")
_MORE_THAN_ONE = 0xC100


def models() -> tuple[str, ...]:
    """Give the names of the models of one level.

    Examples
    --------
    >>> from radiogram.net.services.objects import models
    >>> "HangingProtocol" in models(), "StudyRoot" in models()
    (True, False)
    """
    names = dict.fromkeys(model for _, model, _levels in MODELS.values())
    return tuple(name for name in names if name not in _LEVELLED and not name.startswith("Composite"))


@cache
def storage_of(model: str) -> frozenset[str]:
    """Give the SOP classes whose instances a model is of; none where it is of what is no instance.

    Examples
    --------
    >>> from radiogram.net.services.objects import storage_of
    >>> sorted(storage_of("ColorPalette")), len(storage_of("ProductCharacteristics"))
    (['1.2.840.10008.5.1.4.39.1'], 0)
    """
    from radiogram._core import uid_by_keyword, uid_keywords

    named = (uid_by_keyword(keyword) for keyword in uid_keywords() if keyword.endswith(f"{model}Storage"))
    return frozenset(row[0] for row in named if row is not None)


def _is_of(model: str, ds: Dataset) -> bool:
    """Whether a data set is one of a model: not where it says that it is an instance of something else."""
    said = str(ds.get("SOPClassUID") or "")
    return not said or said in storage_of(model) or not any(said in storage_of(one) for one in models())


class ObjectQueries(Provider):
    """Provider of queries and retrievals of one model, or of several.

    Parameters
    ----------
    objects : iterable of Dataset or path, or callable
        What there is, of all models; a callable is asked for it with each request.
    *names : str
        The models, as `models` gives them; all but that of patients where none is named.
    destinations : mapping of str to (host, port), or callable
        Where C-MOVE sends to.

    Examples
    --------
    >>> from radiogram.net.services.objects import ObjectQueries
    >>> ObjectQueries([], "ColorPalette").contexts[0]
    '1.2.840.10008.5.1.4.39.2'
    """

    def __init__(
        self,
        objects: Iterable[Source] | Callable[[], Iterable[Source]],
        *names: str,
        destinations: Mapping[str, tuple[str, int]] | Callable[[str], tuple[str, int] | None] | None = None,
    ) -> None:
        wanted = names or tuple(name for name in models() if name != "RelevantPatientInformation")
        self.contexts = tuple(uid for uid, (_, model, _levels) in MODELS.items() if model in wanted)
        self._objects = objects
        self._destinations = destinations

    def c_find(self, event: Event) -> Iterator[tuple[int, Dataset | None]]:
        """Answer a query."""
        query = event.identifier
        if not len(query):
            message = "the identifier has no keys"
            raise RefusedError(message, IDENTIFIER_MISMATCH)
        for found in select(query, (ds for _, ds in self._there(event)), Matching()):
            if event.is_cancelled:
                yield CANCEL, None
                return
            yield PENDING, returned(query, found)

    def c_get(self, event: Event) -> Iterator[Any]:
        """Give the number of objects, then each."""
        yield from self._sent(event, self._wanted(event))

    def c_move(self, event: Event) -> Iterator[Any]:
        """Give the destination, the number of objects, then each."""
        wanted = self._wanted(event)
        title = str(event.move_destination or "").strip()
        known = self._destinations
        place = known(title) if callable(known) else (known or {}).get(title)
        if place is None:
            yield None, None
            return
        yield destination(event, place, wanted)
        yield from self._sent(event, wanted)

    def _wanted(self, event: Event) -> list[Source]:
        keys = unique_keys(event.identifier).get("SOPInstanceUID")
        if not keys:
            message = "the unique key SOPInstanceUID is missing"
            raise RefusedError(message, IDENTIFIER_MISMATCH, ["SOPInstanceUID"])
        return [source for source, ds in self._there(event) if str(ds.get("SOPInstanceUID")) in keys]

    @staticmethod
    def _sent(event: Event, wanted: list[Source]) -> Iterator[Any]:
        yield len(wanted)
        for source in wanted:
            if event.is_cancelled:
                yield CANCEL, None
                return
            yield PENDING, source

    def _there(self, event: Event) -> Iterator[tuple[Source, Dataset]]:
        model = MODELS[str(event.request.AffectedSOPClassUID)][1]
        for source in list(self._objects() if callable(self._objects) else self._objects):
            try:
                ds = source if isinstance(source, Dataset) else read(source)
            except (DicomError, OSError):
                # A file that is gone, or none of ours, is nothing that there is.
                continue
            if _is_of(model, ds):
                yield source, ds


class PatientInformation(Provider):
    """Provider of relevant patient information (PS3.4 Q): one patient is asked for, and one structured document answers.

    Parameters
    ----------
    look : callable
        Called with the identifier and the Template Identifier that is asked for; gives the documents of all patients that match.

    Examples
    --------
    >>> from radiogram.net.services.objects import PatientInformation
    >>> len(PatientInformation(lambda query, template: []).contexts)
    3
    """

    contexts = tuple(
        uid for uid, (_, model, _levels) in MODELS.items() if model == "RelevantPatientInformation"
    )

    def __init__(self, look: Callable[[Dataset, str], Iterable[Dataset]]) -> None:
        self._look = look

    def c_find(self, event: Event) -> Iterator[tuple[int, Dataset | None]]:
        """Answer a query."""
        query = event.identifier
        if not query.get("PatientID"):
            message = "the unique key PatientID is missing"
            raise RefusedError(message, IDENTIFIER_MISMATCH, ["PatientID"])
        templates = query.get("ContentTemplateSequence")
        template = str(templates[0].get("TemplateIdentifier") or "") if templates else ""
        keys = {path.split("/")[0] for path in KEYS["RelevantPatientInformation", ""]}
        matching = Dataset({element.tag: element for element in query if element.keyword in keys})
        found = list(select(matching, self._look(query, template), Matching()))
        if len(found) > 1:
            message = "more than one patient matches"
            raise RefusedError(message, _MORE_THAN_ONE)
        for ds in found:
            # The document is returned as a whole.
            yield PENDING, ds


def patient_information(
    association: Any,  # noqa: ANN401  # of any face
    patient: str,
    template: str = "",
    *,
    model: str = "GeneralRelevantPatientInformationQuery",
    **keys: object,
) -> Dataset | None:
    """Ask for the structured document about a patient; `None` where there is none.

    Parameters
    ----------
    association : Association
        It has a context for the SOP class.
    patient : str
        Patient ID.
    template : str
        Template Identifier of the document, such as ``9007``.
    model : str
        The SOP class by its keyword: general, breast imaging or cardiac.
    **keys
        More that the patient has to match.

    Raises
    ------
    RefusedError
        More than one patient matches, the template is not supported, …

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.services import PatientInformation, Services
    >>> from radiogram.net.services.objects import patient_information
    >>> document = rg.Dataset({"PatientID": "X1", "PatientName": "Doe^Jane", "ValueType": "CONTAINER"})
    >>> with Services(PatientInformation(lambda query, template: [document])).loopback() as assoc:
    ...     str(patient_information(assoc, "X1", "9007").PatientName)
    ...     patient_information(assoc, "X2") is None
    'Doe^Jane'
    True
    """
    query: Any = Dataset({"PatientID": patient})
    if template:
        item = Dataset({"MappingResource": "DCMR", "TemplateIdentifier": template})
        query.ContentTemplateSequence = [item]
    for keyword, value in keys.items():
        setattr(query, keyword, value)
    found = list(find(association, query, uids(model)[0]))
    return found[0] if found else None
