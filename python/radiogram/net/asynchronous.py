"""The same associations for `asyncio`: what waits is awaited, what comes one after the other is an ``async for``.

One thread, shared by all that is awaited, takes what the engine has done and tells the loop that waits for it.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from radiogram import _core
from radiogram.dataset import Dataset
from radiogram.errors import AssociationOverError, DicomError, NetworkError
from radiogram.net.encoding import as_dataset, decoded, told
from radiogram.net.ending import begin
from radiogram.net.exchanges import checked
from radiogram.net.found import whole
from radiogram.net.normalized import Normalized
from radiogram.net.rules import sinks_of
from radiogram.net.sending import AT_ONCE, Answer, Order, Paths, Sent, divided, settled
from radiogram.net.status import category_of
from radiogram.net.tls import client_options

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Generator, Iterable

    from radiogram._core import NetInbox, NetPending
    from radiogram.net.ae import AE
    from radiogram.net.association import Association
    from radiogram.net.presentation import PresentationContext
    from radiogram.net.sending import Source
    from radiogram.net.server import AssociationServer

    Response = tuple[Dataset, Dataset | None]

__all__ = ["Associating", "AsyncAssociation", "Serving"]

_CANCELLABLE = frozenset({0x0010, 0x0020, 0x0021})
"""C-GET, C-FIND and C-MOVE: what a C-CANCEL is for (PS3.7 9.3.2.3)."""

_END: Any = object()


class _Courier:
    """Brings what the engine has done to the loops that wait for it."""

    def __init__(self) -> None:
        self.inbox: NetInbox = _core.NetInbox(4096)
        self.process = os.getpid()
        self._waiting: dict[int, tuple[asyncio.AbstractEventLoop, asyncio.Future[Any]]] = {}
        self._numbers = itertools.count(1)
        begin(self._run, "radiogram-asyncio")

    def _run(self) -> None:
        while (work := self.inbox.take()) is not None:
            self._bring(work.token, work.details)
            # What nobody waits for any more, such as an association whose task was cancelled, would live until the next one comes.
            del work

    def _bring(self, token: int, details: dict[str, Any]) -> None:
        loop, future = self._waiting.pop(token, (None, None))
        if loop is not None and future is not None and not loop.is_closed():
            with suppress(RuntimeError):  # closed in this moment
                loop.call_soon_threadsafe(_settle, future, details)

    async def wait(self, begin: Callable[..., NetPending]) -> Any:  # noqa: ANN401  # what was begun gives
        """Begin something, and wait for what it gives; where the waiting is cancelled, it is given up."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        number = next(self._numbers)
        self._waiting[number] = (loop, future)
        try:
            begun = begin(to=self.inbox, token=number)
        except BaseException:
            self._waiting.pop(number, None)
            raise
        try:
            return await future
        except asyncio.CancelledError:
            self._waiting.pop(number, None)
            begun.cancel()
            raise


def _settle(future: asyncio.Future[Any], details: dict[str, Any]) -> None:
    if future.done():
        return
    if "error" in details:
        future.set_exception(details["error"])
    else:
        future.set_result(details.get("value"))


_making = threading.Lock()
_the: _Courier | None = None


def _courier() -> _Courier:
    """Give the one of this process: that of a parent is gone."""
    global _the
    with _making:
        if _the is None or _the.process != os.getpid() or _the.inbox.closed:
            _the = _Courier()
        return _the


class Associating:
    """An association that is asked for: await it, or use it in ``async with``."""

    def __init__(self, ae: AE, addr: str, port: int, options: dict[str, Any]) -> None:
        self._ae, self._addr, self._port, self._options = ae, addr, port, options
        self._made: AsyncAssociation | None = None

    def __await__(self) -> Generator[Any, None, AsyncAssociation]:
        return self._ask().__await__()

    async def __aenter__(self) -> AsyncAssociation:
        self._made = await self._ask()
        return self._made

    async def __aexit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        assert self._made is not None  # for the type checker: it was entered
        if not self._made.is_established:
            return
        if kind is None:
            await self._made.release()
        else:
            self._made.abort()

    async def _ask(self) -> AsyncAssociation:
        face, options = self._readied(**self._options)
        refused: list[DicomError] = []
        with self._ae._asked(face):
            try:
                net = await _courier().wait(lambda **to: _core.net_associate(**options, **to))
            except DicomError as error:
                refused.append(error)
                raise
            self._ae._found(face, net)
        if refused:
            raise refused[0]
        if face.error is not None:
            raise face.error
        return AsyncAssociation(face)

    def _readied(
        self,
        contexts: list[PresentationContext] | None = None,
        ae_title: str = "ANY-SCP",
        max_pdu: int | None = None,
        ext_neg: Iterable[Any] | None = None,
        bind_address: tuple[Any, ...] | None = None,
        tls_args: tuple[Any, str | None] | None = None,
        evt_handlers: Iterable[Any] | None = None,
        **options: Any,  # noqa: ANN401
    ) -> tuple[Association, dict[str, Any]]:
        more = client_options(options.pop("tls", None), tls_args)
        store, rules = options.pop("store", None), options.pop("rules", None)
        more["rules"] = sinks_of(store, rules, **options)
        face, made = self._ae._prepared(
            self._addr, self._port, contexts, ae_title, max_pdu, ext_neg, bind_address, evt_handlers
        )
        made.update(more)
        return face, made


class AsyncAssociation:
    """An association whose operations are awaited; `AE.associate_async` gives one.

    An awaited operation that is cancelled cancels what it has asked the peer for; the association goes on. Where no answer comes it
    raises what the engine says: `NetworkTimeoutError`, `AssociationAbortedError` and so on.

    Attributes
    ----------
    association : Association
        The association itself, with all that does not wait.

    Examples
    --------
    >>> import asyncio
    >>> from radiogram.net import AE, sop_class
    >>> async def main():
    ...     ae = AE()
    ...     ae.add_supported_context(sop_class.Verification)
    ...     ae.add_requested_context(sop_class.Verification)
    ...     async with ae.serve_async(("127.0.0.1", 0)) as server:
    ...         async with ae.associate_async(*server.address) as assoc:
    ...             return (await assoc.echo()).Status
    >>> asyncio.run(main())
    0
    """

    def __init__(self, association: Association) -> None:
        self.association = association

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # what the association has
        if name.startswith(("_", "send_")):
            message = f"an asynchronous association has no {name!r}"
            raise AttributeError(message)
        return getattr(self.association, name)

    @property
    def is_established(self) -> bool:
        """Whether messages can be sent."""
        return self.association.is_established

    async def release(self) -> None:
        """End it in order."""
        net = self.association._net
        if net is not None and not net.over:
            await _courier().wait(lambda **to: net.release(timeout=self.association.acse_timeout, **to))
        self.association._tell_end()

    def abort(self) -> None:
        """End it at once."""
        self.association.abort(block=False)

    async def echo(self) -> Dataset:
        """Send a C-ECHO, and return its status."""
        return (await self._first(self.association._echo(1)))[0]

    async def store(self, source: Source, *, priority: int = 2) -> Dataset:
        """Send an instance, and return its status (see `Association.send_c_store`)."""
        async for sent in self.store_many([source], priority=priority):
            if sent.error is not None:
                raise sent.error
            return sent.status
        return Dataset()

    async def store_many(self, sources: Iterable[Source], *, priority: int = 2) -> AsyncIterator[Sent]:
        """Send many instances, and give what became of each, in order (see `Association.send_many`)."""
        self.association._established("a C-STORE")
        checked(Priority=priority)
        parts = divided(sources, AT_ONCE)
        while (part := await asyncio.to_thread(next, parts, _END)) is not _END:
            if isinstance(part, Paths):
                async for sent in self._files(part, priority):
                    yield sent
            else:
                yield await self._sent(part, priority)

    async def _files(self, paths: Paths, priority: int) -> AsyncIterator[Sent]:
        courier, order = _courier(), Order(paths)
        try:
            sending = _core.NetSending([self.association._established("a C-STORE")], paths, priority=priority)
        except DicomError:
            for path in paths:
                yield await self._sent(path, priority)
            return
        while answers := await courier.wait(sending.take_later):
            for path, answer in order.ready(list(map(Answer._make, answers))):
                yield settled(path, answer) or await self._sent(path, priority)
        for path, left in order.rest():
            yield settled(path, left) or await self._sent(path, priority)

    async def _sent(self, source: Source, priority: int) -> Sent:
        """Send a data set, or a file that has to be brought into another transfer syntax: made by another thread, awaited here."""
        if not self.is_established:
            message = "the association has ended before this was sent"
            return Sent(source, Dataset(), AssociationOverError(message))

        def made() -> tuple[Any, dict[str, Any], bytes]:
            ds = whole(source) if isinstance(source, (str, os.PathLike)) else as_dataset(source)
            return self.association._instance(ds, 1, priority)

        try:
            status, _ = await self._first(await asyncio.to_thread(made))
        except DicomError as error:
            is_over = isinstance(error, NetworkError) and not self.is_established
            return Sent(source, Dataset(), AssociationOverError(str(error)) if is_over else error)
        return Sent(source, status, None)

    def find(self, query: Any, model: str, *, priority: int = 2) -> AsyncIterator[Response]:  # noqa: ANN401
        """Send a C-FIND, and give its responses (see `Association.send_c_find`)."""
        return self._all(self.association._asked_for(0x0020, query, model, 1, priority))

    def get(self, query: Any, model: str, *, priority: int = 2) -> AsyncIterator[Response]:  # noqa: ANN401
        """Send a C-GET, and give its responses (see `Association.send_c_get`)."""
        return self._all(self.association._asked_for(0x0010, query, model, 1, priority))

    def move(self, query: Any, destination: str, model: str, *, priority: int = 2) -> AsyncIterator[Response]:  # noqa: ANN401
        """Send a C-MOVE, and give its responses (see `Association.send_c_move`)."""
        fields = {"MoveDestination": destination}
        return self._all(self.association._asked_for(0x0021, query, model, 1, priority, **fields))

    async def normalized(self, service: str, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401
        """Send a message of DIMSE-N: ``"create"``, ``"set"``, ``"get"``, ``"action"``, ``"delete"``, ``"event_report"``.

        Parameters
        ----------
        service : str
            Which one.
        *arguments, **options
            What `Association.send_n_create` and the others take; they say what is returned, too.
        """
        unsent = _Unsent(self.association)
        getattr(unsent, f"send_n_{service}")(*arguments, **options)
        status, found = await self._first(unsent.asked)
        if service == "delete":
            return status
        is_done = found is None and category_of(status.Status) in {"Success", "Warning"}
        return status, Dataset() if is_done else found

    async def _first(self, asked: tuple[Any, dict[str, Any], bytes | None]) -> Response:
        async for answer in self._all(asked):
            return answer
        return Dataset(), None

    async def _all(self, asked: tuple[Any, dict[str, Any], bytes | None]) -> AsyncIterator[Response]:
        context, command, data = asked
        checked(**command)
        net = self.association._established("a")
        syntax = context.transfer_syntax[0]
        courier = _courier()
        exchange = await courier.wait(lambda **to: net.send(context.context_id, command, data, **to))
        is_over = False
        try:
            while not is_over:
                heard = await courier.wait(exchange.next)
                if heard is None:
                    is_over = True
                    return
                said, found = heard
                is_over = category_of(said.get("Status", 0)) != "Pending"
                yield told(said), decoded(found, syntax) if found else None
        finally:
            if not is_over and command["CommandField"] in _CANCELLABLE and self.is_established:
                exchange.cancel()


class _Unsent(Normalized):
    """What an association would send of DIMSE-N: its methods say so, as `asked`, and send nothing.

    Attributes
    ----------
    asked : (PresentationContext, dict, bytes or None)
        Context, command and data set.
    """

    asked: tuple[PresentationContext, dict[str, Any], bytes | None]

    def __init__(self, association: Association) -> None:
        self._association = association

    def _normalized(self, *asked: Any, **more: Any) -> Response:  # noqa: ANN401
        self.asked = self._association._asked_of(*asked, **more)
        return Dataset(), None


class Serving:
    """A server as long as an ``async with`` block lasts; `AE.serve_async` gives one."""

    def __init__(self, ae: AE, address: tuple[Any, ...], options: dict[str, Any]) -> None:
        self._ae, self._address, self._options = ae, address, options
        self._server: AssociationServer | None = None

    async def __aenter__(self) -> AssociationServer:
        # Here and not elsewhere: asynchronous handlers are bound to the loop that runs.
        self._server = self._ae.start_server(self._address, block=False, **self._options)
        return self._server

    async def __aexit__(self, *_rest: object) -> None:
        if self._server is not None:
            await asyncio.to_thread(self._server.shutdown)
