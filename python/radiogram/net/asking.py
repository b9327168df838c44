"""Associations that an AE asks for: what is said of it, how it is found again when something comes, who works for it."""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from copy import copy
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakSet

from radiogram.errors import ArgumentError, AssociationRejectedError, DicomError
from radiogram.net import events as evt
from radiogram.net.association import Association
from radiogram.net.checks import checked_contexts, checked_length, checked_place, checked_title
from radiogram.net.events import Handlers
from radiogram.net.handlers import HandlerPool, waiting_outside
from radiogram.net.narrating import narrate
from radiogram.net.pdu_primitives import keywords_of
from radiogram.net.serving import serve
from radiogram.net.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from radiogram._core import NetAssociation, NetWork
    from radiogram.net.ae import AE
    from radiogram.net.event import Event
    from radiogram.net.events import HandlerTuple
    from radiogram.net.pdu_primitives import Item
    from radiogram.net.presentation import PresentationContext

__all__ = ["Asking"]


class Asking(Settings):
    """The part of `AE` that keeps the associations it has asked for."""

    def __init__(self, ae_title: str) -> None:
        self._begin()
        super().__init__(ae_title)
        self.handler_threads = 16
        self.handler_queue = 256
        self.handler_error: Callable[[Event, BaseException], object] | None = None
        _ALL.add(self)

    def _begin(self) -> None:
        """Begin without associations; also in a child that was forked, where those of its parent are none of ours."""
        self._state = threading.Condition()
        self._standing: WeakSet[Association] = WeakSet()
        self._faces: dict[int, Association] = {}
        # Those that are prepared and do not stand yet; those of them whose answer is waited for.
        self._coming: WeakSet[Association] = WeakSet()
        self._asking: set[Association] = set()
        self._unheard: set[int] = set()
        self._made: HandlerPool | None = None

    def _changed(self, name: str = "") -> None:
        with self._state:
            standing = list(self._standing)
        for assoc in standing:
            assoc._wait_anew(name)

    def _prepared(
        self,
        addr: str | tuple[Any, ...],
        port: int,
        contexts: list[PresentationContext] | None,
        ae_title: str,
        max_pdu: int | None,
        ext_neg: Iterable[Item] | None,
        bind_address: tuple[Any, ...] | None,
        evt_handlers: Iterable[HandlerTuple] | None,
    ) -> tuple[Association, dict[str, Any]]:
        """Give an association that is to be, and what the engine has to know."""
        host = addr[0] if isinstance(addr, tuple) else addr
        if not isinstance(host, str) or isinstance(port, bool) or not isinstance(port, int):
            message = "'addr' must be a str and 'port' an int"
            raise TypeError(message)
        checked_place((host, port), "addr")
        if bind_address is not None:
            bind_address = checked_place(bind_address, "bind_address")
        if max_pdu is not None:
            checked_length(max_pdu, "max_pdu")
        called = checked_title(ae_title)
        given, name = (self._requested, "requested_contexts") if contexts is None else (contexts, "contexts")
        proposed = checked_contexts(given, 128, name)
        if not proposed:
            message = "an association proposes one presentation context at least: `add_requested_context`"
            raise ArgumentError(message)
        proposed = [_numbered(one, 2 * place + 1) for place, one in enumerate(proposed)]
        handlers = Handlers(evt_handlers)
        face = Association(
            cast("AE", self),
            None,
            handlers,
            mode="requestor",
            contexts=proposed,
            titles=(self.ae_title, called),
        )
        face._want = lambda wants: self._want(face, wants)
        face._place = (host, port)
        said = keywords_of(ext_neg or ())
        wants = handlers.wants
        pool = self._pool(face, is_started=bool(wants))
        own = {
            "max_pdu": self.maximum_pdu_size if max_pdu is None else max_pdu,
            "implementation_uid": str(self.implementation_class_uid),
            "implementation_version": self.implementation_version_name,
            # Not to be said where it is what holds without (PS3.7 D.3.3.3).
            "operations_window": None if self.operations_window == (1, 1) else self.operations_window,
        }
        face._said = {**own, **said}
        return face, {
            "host": host,
            "port": port,
            "calling": self.ae_title,
            "called": called,
            "contexts": [
                (one.context_id, str(one.abstract_syntax), [str(uid) for uid in one.transfer_syntax])
                for one in proposed
            ],
            "bind": bind_address,
            "connection_timeout": self.connection_timeout,
            "acse_timeout": self.acse_timeout,
            "dimse_timeout": self.dimse_timeout,
            "network_timeout": self.network_timeout,
            "inbox": pool.inbox,
            "wants": wants,
            **own,
            **said,
        }

    @contextmanager
    def _asked(self, face: Association) -> Iterator[None]:
        """Tell of an association that is asked for, as long as it is; and why there is none, where it comes to that."""
        narrate("requesting an association with %s at %s:%s", face._titles[1], *(face._place or ("", 0)))
        face._tell(evt.EVT_REQUESTED)
        with self._state:
            self._asking.add(face)
        try:
            yield
        except DicomError as error:
            self._missed(face, error)
        finally:
            with self._state:
                self._asking.discard(face)
                self._coming.discard(face)
                self._state.notify_all()
            self._retire()

    def _found(self, face: Association, net: NetAssociation) -> None:
        """Take an association that stands: who is bound hears of it, and its work finds it."""
        face._net = net
        with self._state:
            self._standing.add(face)
            if face.get_events():
                self._faces[net.id] = face
            self._state.notify_all()
        narrate("the association was accepted: %d contexts, %d refused", len(net.contexts), len(net.refused))
        face._tell(evt.EVT_CONN_OPEN, address=net.peer)
        face._tell(evt.EVT_ACCEPTED)
        if not net.contexts:
            # As pynetdicom does: nothing could be sent over it.
            face.error = ArgumentError("the peer has accepted none of the presentation contexts")
            face.abort()
            return
        face._tell(evt.EVT_ESTABLISHED)

    def _missed(self, face: Association, error: DicomError) -> None:
        """There is no association: why is kept, and told."""
        narrate("no association: %s", error)
        face.error = error
        face._failed = "rejected" if isinstance(error, AssociationRejectedError) else "aborted"
        # Who rejects was connected with.
        if face._failed == "rejected":
            face._tell(evt.EVT_CONN_OPEN, address=face._place)
            face._tell(evt.EVT_CONN_CLOSE, address=face._place)
        face._tell_end()

    # -- their work ----------------------------------------------------------------------------------------------

    def _pool(self, face: Association, *, is_started: bool) -> HandlerPool:
        """Give the pool for the work of an association, which is kept for that from now on."""
        with self._state:
            if face._net is None:
                self._coming.add(face)
            if self._made is None or not self._made.is_open:
                self._made = HandlerPool(
                    self._serve,
                    threads=self.handler_threads,
                    capacity=self.handler_queue,
                    name=f"radiogram-{self.ae_title}",
                    idle=self._look,
                )
            pool = self._made
        if is_started:
            pool.start()
        return pool

    def _retire(self) -> None:
        """Let the threads end where no association needs them: none is prepared, none stands, and of each the end was heard.

        They hold the AE, which could never be collected else. An association that is asked for later has a pool of its own.
        """
        with self._state:
            pool = self._made
            if pool is None or self._coming or self._faces:
                return
            if any(face.is_alive() for face in self._standing):
                # What is bound to one later brings work to this pool.
                return
            self._made = None
            # Nothing comes for these.
            self._standing.clear()
        pool.close()

    def _look(self) -> None:
        """Forget associations of whose end nobody will tell, once nothing has come for a while: a handler was bound when they were just over."""
        with self._state:
            over = {number for number, face in self._faces.items() if not face.is_alive()}
            # One that has ended in this moment is told of.
            for number in over & self._unheard:
                del self._faces[number]
            self._unheard = over
        self._retire()

    def _want(self, face: Association, wants: set[str]) -> None:
        """Hear that what is bound to an association of ours has changed."""
        if face._net is None or face._net.over:
            return
        with self._state:
            if wants:
                self._faces[face._net.id] = face
            else:
                self._faces.pop(face._net.id, None)
        face._net.want(wants)
        self._pool(face, is_started=bool(wants))

    def _serve(self, work: NetWork) -> None:
        association: Any = work.association
        face = self._face(association)
        if face is None:
            return
        serve(face, work)
        if work.kind == "notice" and work.name == evt.LAST:
            with self._state:
                self._faces.pop(association.id, None)
            self._retire()

    def _face(self, net: Any) -> Association | None:  # noqa: ANN401
        """Give the association that something has come for."""
        number = net.id
        with self._state:
            # It may be here before the one who asked for it has it: one of those who wait now.
            asking = frozenset(self._asking)
            face = self._known(number)
        if face is not None or not asking:
            return face

        def is_known() -> bool:
            never = net.over and net.response is None
            return never or self._known(number) is not None or asking.isdisjoint(self._asking)

        with waiting_outside(), self._state:
            self._state.wait_for(is_known, timeout=5.0)
            return self._known(number)

    def _known(self, number: int) -> Association | None:
        """Give an association by its number. Called with the state held."""
        # What came before its end may be found behind it.
        return self._faces.get(number) or next((one for one in self._standing if one._is(number)), None)


_ALL: WeakSet[Asking] = WeakSet()


def _begin_anew() -> None:
    for one in list(_ALL):
        one._begin()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)


def _numbered(context: PresentationContext, number: int) -> PresentationContext:
    """Give a context as an association proposes it; that of the AE stays as it is."""
    made = copy(context)
    made.transfer_syntax = context.transfer_syntax
    made.context_id = number
    return made
