"""What a provider of a service is, and how several of them serve one application entity.

A provider has a method for each DIMSE service that it answers, named like it: ``c_find``, ``n_create``. A handler of an event is there
once for an application entity, so `Services` sends each request to the provider of its SOP class.
"""

from __future__ import annotations

from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from radiogram._tables.queries import MODELS
from radiogram.net.services.answers import UNRECOGNIZED, UNSUPPORTED_CLASS, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from radiogram.dataset import Dataset
    from radiogram.net import Association

    Event: TypeAlias = Any
    Status: TypeAlias = int | Dataset
    Handler: TypeAlias = tuple[Any, Callable[[Event], Any]]

__all__ = ["Provider", "Services", "created", "uids"]

_RETURNS = ("c_store", "n_delete")
"""Services whose handlers return a status alone."""

_PAIRS = ("n_create", "n_set", "n_get", "n_action", "n_event_report")
"""Those whose handlers return a status and a data set."""

_YIELDS = ("c_find", "c_get", "c_move")
"""Those whose handlers are generators."""

_UPS_PUSH = "1.2.840.10008.5.1.4.34.6.1"
"""What some say of unified procedure steps over whichever context."""


def uids(*keywords: str) -> tuple[str, ...]:
    """Give the UIDs of SOP classes by their keywords.

    Examples
    --------
    >>> from radiogram.net.services import uids
    >>> uids("Verification")
    ('1.2.840.10008.1.1',)
    """
    from radiogram.registry import SOPClass

    return tuple(str(SOPClass(keyword).uid) for keyword in keywords)


def _has(uid: str, method: str, only: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether a SOP class has a service: one of queries and retrievals has the one that it is of (PS3.4 tables C.6.1.3-1, C.6.2.3-1)."""
    if uid in MODELS and method in _YIELDS:
        return MODELS[uid][0] == method.upper().replace("_", "-")
    return method in only.get(uid, (method,))


def created(event: Event, uid: str, ds: Dataset) -> Dataset:
    """Give what an N-CREATE answers: with the UID of the instance where the request left it to the provider (PS3.7 10.1.5.1.4).

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> import radiogram as rg
    >>> from radiogram.net.services.provider import created
    >>> event = SimpleNamespace(request=SimpleNamespace(AffectedSOPInstanceUID=None))
    >>> created(event, "1.2.3", rg.Dataset()).AffectedSOPInstanceUID
    '1.2.3'
    """
    if event.request.AffectedSOPInstanceUID:
        return ds
    made = type(ds)(ds)
    made.AffectedSOPInstanceUID = uid
    return made


class Provider:
    """One service, from the provider's side.

    Attributes
    ----------
    contexts : tuple of str
        SOP classes that it accepts presentation contexts for.
    classes : tuple of str
        SOP classes of requests that are its own; those of `contexts` are in any case. ``*`` is any.
    only : mapping of str to tuple of str
        Which services a SOP class has, where it has not all that the provider answers.
    """

    contexts: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    only: Mapping[str, tuple[str, ...]] = MappingProxyType({})

    def handlers(self) -> list[Handler]:
        """Give the handlers of this provider alone, as ``AE.start_server`` takes them."""
        return Services(self).handlers()

    def extended(self, event: Event, items: dict[str, bytes]) -> dict[str, bytes]:  # noqa: ARG002
        """Answer extended negotiation of the classes that are this provider's."""
        return {}

    def established(self, association: Any) -> None:  # noqa: ANN401  # an association of any face
        """Hear of an association that stands."""

    def ended(self, association: Any) -> None:  # noqa: ANN401
        """Hear of an association that is over."""

    def close(self) -> None:
        """Let go of threads and files."""


class Services:
    """Several providers as one set of handlers.

    Parameters
    ----------
    *providers : Provider
        Each with SOP classes of its own.

    Examples
    --------
    >>> from radiogram.net.services import Services, Worklist
    >>> services = Services(Worklist([]))
    >>> services.contexts
    ('1.2.840.10008.5.1.4.31',)
    """

    def __init__(self, *providers: Provider) -> None:
        self.providers = providers
        self._by_class: dict[tuple[str, str], Provider] = {}
        for provider in providers:
            for method in (*_RETURNS, *_PAIRS, *_YIELDS):
                if hasattr(provider, method):
                    for uid in (*provider.contexts, *provider.classes):
                        if _has(uid, method, provider.only):
                            self._by_class.setdefault((method, uid), provider)

    @property
    def contexts(self) -> tuple[str, ...]:
        """SOP classes of all providers."""
        return tuple(dict.fromkeys(uid for provider in self.providers for uid in provider.contexts))

    def handlers(self) -> list[Handler]:
        """Give pairs of event and handler, as ``AE.start_server`` and ``AE.associate`` take them."""
        from radiogram.net import events as evt

        served = {method for method, _ in self._by_class}
        made: list[Handler] = [
            (getattr(evt, f"EVT_{method.upper()}"), self._handler(method))
            for method in (*_RETURNS, *_PAIRS, *_YIELDS)
            if method in served
        ]
        overridden = {
            name
            for provider in self.providers
            for name in ("extended", "established", "ended")
            if getattr(type(provider), name) is not getattr(Provider, name)
        }
        if "extended" in overridden:
            made.append((evt.EVT_SOP_EXTENDED, self._extended))
        if "established" in overridden:
            made.append((evt.EVT_ESTABLISHED, self._established))
        if "ended" in overridden:
            made += [
                (event, self._ended) for event in (evt.EVT_RELEASED, evt.EVT_ABORTED, evt.EVT_CONN_CLOSE)
            ]
        return made

    @contextmanager
    def loopback(self, *, evt_handlers: Sequence[Handler] = ()) -> Iterator[Association]:
        """Serve on a free port of this machine, and associate with it: both sides in one process, for tests and examples.

        When the block ends the association is released, the server ends, and the providers are closed.

        Parameters
        ----------
        evt_handlers : sequence of (event, callable)
            What the user's side hears, as ``AE.associate`` takes it.

        Yields
        ------
        Association
            Of the user's side, with a context for each SOP class of the providers.

        Examples
        --------
        >>> import radiogram as rg
        >>> from radiogram.net.services import Services, Worklist, find_worklist
        >>> with Services(Worklist([rg.Dataset({"PatientID": "P1"})])).loopback() as assoc:
        ...     [found.PatientID for found in find_worklist(assoc)]
        ['P1']
        """
        from radiogram.net import AE, build_context

        ae = AE("LOOPBACK")
        ae.supported_contexts = ae.requested_contexts = [build_context(uid) for uid in self.contexts]
        with (
            self,
            ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=self.handlers()) as server,
            ae.associate(*server.address, evt_handlers=evt_handlers) as association,
        ):
            yield association

    def close(self) -> None:
        """Close all providers."""
        for provider in self.providers:
            provider.close()

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close all providers."""
        self.close()

    def _handler(self, method: str) -> Callable[[Event], Any]:
        if method in _YIELDS:
            return lambda event: self._yielded(method, event)
        return lambda event: self._returned(method, event)

    def _provider(self, method: str, event: Event) -> Callable[[Event], Any]:
        request = event.request
        uid = getattr(request, "AffectedSOPClassUID", None) or getattr(request, "RequestedSOPClassUID", None)
        found = self._by_class.get((method, str(uid))) or self._by_class.get((method, "*"))
        # PS3.7 9.1.2.1.3 and its likes; an instance of DIMSE-N goes over other classes of its service, and of meta classes (PS3.4 CC.3.1, H.3.2.2).
        is_astray = method in _YIELDS and str(uid) not in (_UPS_PUSH, str(event.context.abstract_syntax))
        if found is None or is_astray:
            message = "no service here answers this for the SOP class"
            is_known = any(str(uid) in (*one.contexts, *one.classes) for one in self.providers)
            is_other = is_known and method not in (*_YIELDS, "c_store")
            raise RefusedError(message, UNRECOGNIZED if is_other else UNSUPPORTED_CLASS)
        handler: Callable[[Event], Any] = getattr(found, method)
        return handler

    def _returned(self, method: str, event: Event) -> object:
        try:
            return self._provider(method, event)(event)
        except RefusedError as refused:
            status = refused.to_answer()
            return status if method in _RETURNS else (status, None)

    def _yielded(self, method: str, event: Event) -> Iterator[object]:
        try:
            yield from self._provider(method, event)(event)
        except RefusedError as refused:
            # As the first thing that a retrieval yields it is the answer, without any sub-operation.
            yield (refused.to_answer(), None)

    def _extended(self, event: Event) -> dict[str, bytes]:
        said: dict[str, bytes] = {}
        for provider in self.providers:
            own = {str(uid): info for uid, info in event.app_info.items() if str(uid) in provider.contexts}
            if own:
                said |= provider.extended(event, own)
        return said

    def _established(self, event: Event) -> None:
        for provider in self.providers:
            provider.established(event.assoc)

    def _ended(self, event: Event) -> None:
        for provider in self.providers:
            provider.ended(event.assoc)
