"""A server: it listens, and hands what the engine cannot answer to handlers."""

from __future__ import annotations

import logging
import os
import threading
import time
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from radiogram import _core
from radiogram.errors import ArgumentError
from radiogram.net import _config
from radiogram.net.answers import clean
from radiogram.net.association import Association
from radiogram.net.checks import checked_offers, checked_place, checked_title, checked_window
from radiogram.net.events import LAST, Handlers
from radiogram.net.handlers import HandlerPool
from radiogram.net.process import OfThisProcess
from radiogram.net.rules import sinks_of
from radiogram.net.serving import serve

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Self

    from radiogram._core import NetServer, NetWork
    from radiogram.net.ae import AE
    from radiogram.net.events import EventType, Handler, HandlerTuple
    from radiogram.net.presentation import PresentationContext

    _Offer = tuple[str, list[str], bool | None, bool | None]

__all__ = ["AssociationServer", "ThreadedAssociationServer"]

LOGGER = logging.getLogger("radiogram.net")

_OWN_TERMS = ("max_associations_of_a_peer", "operations_window")
"""Options that are terms of associations, and hold for this server alone, whatever the AE is set to."""


_NONE = "no-association"
"""The notice of a connection that never became an association, because what came over it was no request for one."""
_BROKEN = frozenset({"failed", _NONE})
"""Notices of ends that the log says why."""

MANY = 1024
"""Associations that are known before it is looked which of them are over."""
LOOK = 0.5
"""Seconds after which a wait without an end begins anew."""
SETTLED = 1.0
"""Seconds that a shutdown waits for handlers: who has shut a server down looks at what they have done."""


class AssociationServer(OfThisProcess):
    """A server that listens; `radiogram.net.AE.start_server` starts one.

    It listens until it is shut down, also where nobody holds it. It is a context manager that shuts down at the end of its block.

    Attributes
    ----------
    ae : AE
        Whose server it is. What is set there holds for associations that begin later.
    """

    def __init__(
        self,
        ae: AE,
        address: tuple[Any, ...],
        *,
        ae_title: str | None = None,
        contexts: Iterable[PresentationContext] | None = None,
        evt_handlers: Iterable[HandlerTuple] | None = None,
        store: str | os.PathLike[str] | None = None,
        rules: Iterable[Mapping[str, Any]] | None = None,
        durability: str = "fsync",
        template: str | None = None,
        any_storage: bool | None = None,
        **options: Any,  # noqa: ANN401  # what else the engine takes
    ) -> None:
        host, port = checked_place(address, "address")
        self.ae = ae
        self._title = ae.ae_title if ae_title is None else checked_title(ae_title)
        self._contexts = checked_offers(contexts or ()) or None
        self._any_storage = any_storage
        if not self.contexts and not self._takes_any_storage:
            message = "a server supports one presentation context at least: `add_supported_context`, or any_storage=True"
            raise ArgumentError(message)
        self._handlers = Handlers(evt_handlers)
        self._faces: dict[int, _Accepted] = {}
        self._seen: WeakValueDictionary[int, _Accepted] = WeakValueDictionary()
        self._most = MANY
        self._lock = threading.Lock()
        self._renewing = threading.Lock()
        self._gone = threading.Event()
        own = {name: options.pop(name) for name in _OWN_TERMS if name in options}
        if "operations_window" in own:
            own["operations_window"] = checked_window(own["operations_window"])
        self._options: dict[str, Any] = own
        self._pool = HandlerPool(
            self._serve,
            threads=ae.handler_threads,
            capacity=ae.handler_queue,
            name=f"radiogram-{self.ae_title}",
        )
        made = sinks_of(store, rules, durability=durability, template=template)
        wants = self._handlers.wants
        self._net: NetServer = _core.NetServer(
            host,
            port,
            rules=made,
            inbox=self._pool.inbox,
            wants=wants,
            **self._terms(),
            **options,
        )
        _RUNNING.add(self)
        if wants:
            self._pool.start()

    # -- on which terms associations begin -----------------------------------------------------------------------

    @property
    def ae_title(self) -> str:
        """The title it answers to."""
        return self._title

    @ae_title.setter
    def ae_title(self, value: str) -> None:
        self._put("_title", checked_title(value))

    @property
    def contexts(self) -> list[PresentationContext]:
        """What it supports: what its AE does, where nothing else was said."""
        return self.ae.supported_contexts if self._contexts is None else list(self._contexts)

    @contexts.setter
    def contexts(self, contexts: Iterable[PresentationContext]) -> None:
        self._put("_contexts", checked_offers(contexts))

    def _put(self, attribute: str, value: object) -> None:
        """Set something; where it cannot be so, all stays as it was."""
        before = self.__dict__[attribute]
        self.__dict__[attribute] = value
        try:
            self._renew()
        except BaseException:
            self.__dict__[attribute] = before
            raise

    @property
    def _takes_any_storage(self) -> bool:
        return _config.UNRESTRICTED_STORAGE_SERVICE if self._any_storage is None else self._any_storage

    def _terms(self) -> dict[str, Any]:
        """Give the terms on which associations begin, as the engine takes them."""
        ae, contexts = self.ae, self.contexts
        offers = _offers(contexts, self._list)
        self._offered = contexts
        return {
            "aet": self._title,
            "contexts": offers,
            "any_storage": self._takes_any_storage,
            "max_pdu": ae.maximum_pdu_size,
            "max_associations": ae.maximum_associations,
            "operations_window": ae.operations_window,
            "implementation_uid": str(ae.implementation_class_uid),
            "implementation_version": ae.implementation_version_name,
            "acse_timeout": ae.acse_timeout,
            "dimse_timeout": ae.dimse_timeout,
            "network_timeout": ae.network_timeout,
            "require_called": ae.require_called_aet,
            "require_calling": ae.require_calling_aet,
            "choose_ours": ae.transfer_syntax_order == "acceptor",
            **self._options,
        }

    def _check(self) -> None:
        """Raise where associations could not begin as things are now."""
        if self._runs:
            _offers(self.contexts, self._list)

    @property
    def _list(self) -> str:
        """What the list of its contexts is called."""
        return "supported_contexts" if self._contexts is None else "contexts"

    @property
    def _runs(self) -> bool:
        # A child that was forked has a copy of the object, and no server.
        return not self._gone.is_set() and self._pool.is_open

    def _renew(self) -> None:
        """Let associations that begin from now on do so as things are now."""
        if not self._runs:
            return
        # One after the other, so that who changed something last is the one that holds.
        with self._renewing:
            self._net.renew(**self._terms())

    def __repr__(self) -> str:
        if self._pool.is_inherited:
            return f"<AssociationServer {self.ae_title} of another process>"
        return f"<AssociationServer {self.ae_title} at {self.address[0]}:{self.address[1]}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_rest: object) -> None:
        self.shutdown()

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens: address and port; the port that the system has chosen where 0 was asked for."""
        return self._net.address

    server_address = address
    socket_address = address

    @property
    def active_associations(self) -> list[Association]:
        """The associations that there are now; where there are handlers, one is among them until they have heard of its end."""
        standing: list[Association] = [self._face(net) for net in self._net.associations if not net.over]
        if not self._runs:
            return standing
        return [*standing, *(face for face in self._known() if face._is_ending and face not in standing)]

    def metrics(self) -> dict[str, Any]:
        """Give what the engine has counted."""
        return self._net.metrics()

    def prometheus(self) -> str:
        """Give the same as Prometheus reads it."""
        return self._net.prometheus()

    # -- its end -------------------------------------------------------------------------------------------------

    def shutdown(self, patience: float = 0.0) -> None:
        """Stop: nothing more is accepted; associations may come to their end for so long, then they are aborted.

        In a child that was forked its parent's goes on.

        Parameters
        ----------
        patience : float
            Seconds.
        """
        if self._gone.is_set() or self._pool.is_inherited:
            return
        self._net.stop(patience)
        self._pool.settle(SETTLED)
        self._pool.close()
        self._gone.set()
        _RUNNING.discard(self)
        self.ae._forget(self)

    server_close = shutdown

    def serve_forever(self) -> None:
        """Wait until it is shut down; pynetdicom's name for `wait` without an end."""
        self.wait()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is shut down; Ctrl-C is heard."""
        end = None if timeout is None else time.monotonic() + timeout
        # A signal that comes when a wait is about to begin does not end that one: the next one hears of it.
        while not self._gone.wait(LOOK if end is None else max(min(LOOK, end - time.monotonic()), 0.0)):
            if end is not None and time.monotonic() >= end:
                return False
        return True

    # -- handlers ------------------------------------------------------------------------------------------------

    def bind(self, event: EventType, handler: Handler, args: Sequence[Any] | None = None) -> None:
        """Bind a handler to an event of all associations, those that there are too."""
        self._handlers.bind(event, handler, args)
        self._each(lambda handlers: handlers.bind(event, handler, args))

    def unbind(self, event: EventType, handler: Handler) -> None:
        """Take a handler away, from the associations that there are too."""
        self._handlers.unbind(event, handler)
        self._each(lambda handlers: handlers.unbind(event, handler))

    def _each(self, change: Any) -> None:  # noqa: ANN401
        with self._lock:
            own = [face._handlers for face in self._faces.values() if face._handlers is not self._handlers]
        for handlers in own:
            change(handlers)
        wants = self._handlers.wants
        self._net.want(wants)
        if wants:
            self._pool.start()

    def get_events(self) -> list[EventType]:
        """List the events that have handlers."""
        return self._handlers.get_events()

    def get_handlers(self, event: EventType) -> Any:  # noqa: ANN401  # see `Handlers.get_handlers`
        """Give what is bound to an event."""
        return self._handlers.get_handlers(event)

    # -- work ----------------------------------------------------------------------------------------------------

    def _serve(self, work: NetWork) -> None:
        """Do a piece of work, on a thread of the pool."""
        net: Any = work.association
        if work.kind == "notice" and work.name in _BROKEN:
            # What the peer has sent is no part of it: the words are ours.
            LOGGER.warning("%s: %s", net.peer[0], clean(str(work.details["outcome"][-1])))
        if work.name == _NONE:
            return
        serve(self._face(net), work)
        if work.kind == "notice" and work.name == LAST:
            with self._lock:
                self._faces.pop(net.id, None)

    def _known(self) -> list[_Accepted]:
        """Give the associations that somebody has seen."""
        with self._lock:
            return list(self._faces.values())

    def _face(self, net: Any) -> _Accepted:  # noqa: ANN401
        known = self._faces.get(net.id)
        if known is not None:
            return known
        with self._lock:
            face = self._faces.get(net.id) or self._seen.get(net.id) or _Accepted(self, net)
            # Without handlers nobody would tell that it is over: it lives as long as somebody holds it.
            (self._faces if self._handlers.get_events() else self._seen)[net.id] = face
            if len(self._faces) > self._most:
                self._sweep()
        return face

    def _sweep(self) -> None:
        """Forget connections that were closed in a crowd, of which nobody was told. Called with the lock held."""
        self._faces = {number: face for number, face in self._faces.items() if face.is_alive()}
        self._most = MANY + 2 * len(self._faces)

    def _keep(self, face: _Accepted, number: int) -> None:
        """Hold an association that has handlers of its own, to find it when there is something for them."""
        with self._lock:
            self._faces[number] = face


class _Accepted(Association):
    """An association of a server: its handlers are the server's until it has some of its own."""

    def __init__(self, server: AssociationServer, net: Any) -> None:  # noqa: ANN401
        super().__init__(
            server.ae, net, server._handlers, mode="acceptor", contexts=server._offered, want=self._want_more
        )
        self.server = server

    @property
    def _is_ending(self) -> bool:
        """Whether it was established and is over."""
        return self._net is not None and self._net.over and self._net.response is not None

    def _want_more(self, wants: set[str]) -> None:
        if self._net is None or self._net.over:
            return
        self.server._keep(self, self._net.id)
        self._net.want(wants)
        self.server._pool.start()

    def bind(self, event: EventType, handler: Handler, args: Sequence[Any] | None = None) -> None:
        self._part()
        super().bind(event, handler, args)

    def unbind(self, event: EventType, handler: Handler) -> None:
        self._part()
        super().unbind(event, handler)

    def _part(self) -> None:
        if self._handlers is self.server._handlers:
            self._handlers = self._handlers.copy()


_RUNNING: set[AssociationServer] = set()
"""Servers of this process that listen: Python would stop one that nobody holds whenever it comes to collect it."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_RUNNING.clear)

ThreadedAssociationServer = AssociationServer
"""pynetdicom's name."""


def _offers(contexts: Iterable[PresentationContext], name: str) -> list[_Offer]:
    """Give the contexts as the engine takes them: whether the peer may be SCU and SCP of each, where anything is said to roles."""
    made: dict[str, _Offer] = {}
    # Whoever holds one may have changed it since it was set.
    for context in checked_offers(contexts, name):
        uid = str(context.abstract_syntax)
        earlier = made[uid][1] if uid in made else []
        more = [str(syntax) for syntax in context.transfer_syntax if syntax not in earlier]
        made[uid] = (uid, [*earlier, *more], context.scu_role, context.scp_role)
    return list(made.values())
