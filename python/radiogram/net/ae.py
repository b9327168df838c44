"""The application entity: who we are, what we propose and support, associations that we ask for, servers that we run."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from radiogram import _core
from radiogram.net.asking import Asking
from radiogram.net.handlers import waiting_outside
from radiogram.net.rules import sinks_of
from radiogram.net.server import AssociationServer
from radiogram.net.tls import client_options, server_options

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping
    from typing import Self

    from radiogram.net.association import Association
    from radiogram.net.asynchronous import Associating, Serving
    from radiogram.net.events import HandlerTuple
    from radiogram.net.pdu_primitives import Item
    from radiogram.net.presentation import PresentationContext
    from radiogram.net.tls import TLS

__all__ = ["AE", "ApplicationEntity"]


class AE(Asking):
    """An application entity (PS3.7 6, PS3.8 7).

    Parameters
    ----------
    ae_title : str
        Its AE title: 1 to 16 characters.

    Attributes
    ----------
    acse_timeout, dimse_timeout, network_timeout, connection_timeout : float or None
        Seconds to wait for a part of an association, for an answer to a message, for anything at all, for a connection;
        ``None`` waits for ever, and for a connection as long as the system does.
    maximum_pdu_size, maximum_associations : int
        How long a P-DATA-TF we take may be, and how many associations a server has at once.
    operations_window : tuple of int
        How many operations of an association may be under way at once: that we invoke, and that we perform.
    require_called_aet : bool
        Whether servers accept only who calls them by their title.
    require_calling_aet : list of str
        Whose associations servers accept; none is all.
    transfer_syntax_order : {"acceptor", "requestor"}
        Whose order of transfer syntaxes decides where a server has several in common with its peer.
    handler_threads, handler_queue : int
        How many handlers run at once, a server; how much waits for them before nothing more is read from the peers.
    handler_error : callable or None
        Called with (event, exception) where a handler raises: the log says its type and place alone, because its text can hold
        patient data.

    Examples
    --------
    >>> from radiogram.net import AE, sop_class
    >>> ae = AE("MODALITY")
    >>> ae.add_requested_context(sop_class.Verification)
    >>> ae.add_supported_context(sop_class.Verification)
    >>> with ae.start_server(("127.0.0.1", 0), block=False) as server:
    ...     with ae.associate(*server.address) as assoc:
    ...         assoc.is_established, assoc.send_c_echo().Status
    (True, 0)
    """

    def __init__(self, ae_title: str = "RADIOGRAM") -> None:
        super().__init__(ae_title)

    def _begin(self) -> None:
        super()._begin()
        self._servers: list[AssociationServer] = []

    def __repr__(self) -> str:
        return f"<AE {self.ae_title}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_rest: object) -> None:
        self.shutdown()

    # -- associations that we ask for ----------------------------------------------------------------------------

    def associate(
        self,
        addr: str | tuple[Any, ...],
        port: int,
        contexts: list[PresentationContext] | None = None,
        ae_title: str = "ANY-SCP",
        max_pdu: int | None = None,
        ext_neg: Iterable[Item] | None = None,
        bind_address: tuple[Any, ...] | None = None,
        tls_args: tuple[Any, str | None] | None = None,
        evt_handlers: Iterable[HandlerTuple] | None = None,
        *,
        tls: TLS | None = None,
        store: str | os.PathLike[str] | None = None,
        rules: Iterable[Mapping[str, Any]] | None = None,
        durability: str = "fsync",
        template: str | None = None,
    ) -> Association:
        """Ask a peer for an association, and wait for what it says.

        Nothing is raised where there is none: `Association.is_rejected` and `Association.is_aborted` say so, and
        `Association.error` why, in words.

        Parameters
        ----------
        addr, port : str, int
            Where the peer listens; a name, or an address of either kind.
        contexts : list of PresentationContext, optional
            What is proposed; `requested_contexts`.
        ae_title : str
            The title that the peer is called by.
        max_pdu : int, optional
            How long a P-DATA-TF we take may be; `maximum_pdu_size`.
        ext_neg : iterable of items, optional
            What else is said of us: role selections (`build_role`), user identity, extended negotiation, another
            operations window than `operations_window` (`radiogram.net.pdu_primitives`).
        bind_address : tuple, optional
            Which address and port of ours it comes from.
        tls_args : tuple, optional
            pynetdicom's pair of TLS context and name; `tls` is to be preferred.
        evt_handlers : iterable of (event, handler) or (event, handler, args), optional
            Who is bound to events of this association: EVT_C_STORE for a C-GET, EVT_N_EVENT_REPORT and so on.
        tls : TLS, optional
            The association is encrypted (`radiogram.net.tls.TLS`).
        store, rules, durability, template
            Where instances of a C-GET go, as in `start_server`.

        Returns
        -------
        Association

        Raises
        ------
        ArgumentError
            No contexts, or too many; a title, a context or an item that cannot be: of a context its place in the list is said, also where
            it was changed there.
        """
        more = client_options(tls, tls_args)
        more["rules"] = sinks_of(store, rules, durability=durability, template=template)
        face, options = self._prepared(
            addr, port, contexts, ae_title, max_pdu, ext_neg, bind_address, evt_handlers
        )
        options.update(more)
        with self._asked(face), waiting_outside():
            self._found(face, _core.net_associate(**options))
        return face

    def associate_async(self, addr: str, port: int, **options: Any) -> Associating:  # noqa: ANN401  # those of `associate`
        """Ask for an association without blocking: ``async with ae.associate_async(host, port) as assoc``.

        Takes what `associate` takes, and raises where there is no association.
        See `radiogram.net.asynchronous.AsyncAssociation`.
        """
        from radiogram.net.asynchronous import Associating

        return Associating(self, addr, port, options)

    # -- servers -------------------------------------------------------------------------------------------------

    def start_server(
        self,
        address: tuple[Any, ...],
        block: bool = True,  # noqa: FBT001, FBT002  # pynetdicom's
        ssl_context: object = None,
        evt_handlers: Iterable[HandlerTuple] | None = None,
        ae_title: str | None = None,
        contexts: Iterable[PresentationContext] | None = None,
        *,
        tls: TLS | None = None,
        store: str | os.PathLike[str] | None = None,
        rules: Iterable[Mapping[str, Any]] | None = None,
        durability: str = "fsync",
        template: str | None = None,
        any_storage: bool | None = None,
        **options: Any,  # noqa: ANN401  # the engine's quotas
    ) -> AssociationServer:
        """Listen for associations.

        Parameters
        ----------
        address : tuple
            Address and port; port 0 lets the system choose, and `AssociationServer.address` says which.
        block : bool
            Wait here until it is shut down; Ctrl-C shuts it down.
        ssl_context : object, optional
            pynetdicom's; `tls` is to be preferred.
        evt_handlers : iterable of (event, handler) or (event, handler, args), optional
            Who is bound to which events.
        ae_title : str, optional
            The title it answers to; `ae_title`.
        contexts : iterable of PresentationContext, optional
            What it supports; `supported_contexts`.
        tls : TLS, optional
            Associations are encrypted (`radiogram.net.tls.TLS`).
        store : path, optional
            A folder for instances. A handler of EVT_C_STORE is then called when the file is there, and its status is answered.
            Without store and rules an instance is kept in memory for it.
        rules : iterable of mapping, optional
            Rules for instances, the first one that fits: by ``calling``, ``called``, ``sop_class``, ``transfer_syntax``,
            ``sop_instance`` (patterns with ``*``); ``sink``; ``tags`` for `Event.index`.
        durability : {"fsync", "os", "none"}
            What an answer 0000 promises of a file in `store`: it survives a power cut; a crash of the program; nothing.
        template : str, optional
            How the files are named: a path with ``{sop_instance}``, and ``{calling}``, ``{called}``, ``{peer}``, ``{sop_class}``,
            ``{transfer_syntax}`` as wanted.
        any_storage : bool, optional
            Take every storage SOP class in every transfer syntax.
        **options
            What else the engine takes: ``associations_of_a_peer`` and so on.

        Returns
        -------
        AssociationServer

        Raises
        ------
        ArgumentError
            No context and no `any_storage`, or a context that cannot be supported, by its place in the list; a title, an option or a rule that
            cannot be.

        Examples
        --------
        >>> from radiogram.net import AE, evt
        >>> ae = AE()
        >>> server = ae.start_server(("127.0.0.1", 0), block=False, any_storage=True)
        >>> server.shutdown()
        """
        server = AssociationServer(
            self,
            address,
            ae_title=ae_title,
            contexts=contexts,
            **server_options(tls, ssl_context),
            evt_handlers=evt_handlers,
            store=store,
            rules=rules,
            durability=durability,
            template=template,
            any_storage=any_storage,
            **options,
        )
        self._servers.append(server)
        try:
            # What another thread has set since it was looked at holds as well.
            server._renew()
        except BaseException:
            server.shutdown()
            raise
        if block:
            try:
                server.wait()
            except KeyboardInterrupt:
                pass
            finally:
                server.shutdown()
        return server

    def make_server(self, address: tuple[Any, ...], **options: Any) -> AssociationServer:  # noqa: ANN401  # those of `start_server`
        """Listen for associations, without waiting; pynetdicom's name."""
        return self.start_server(address, block=False, **options)

    def serve_async(self, address: tuple[Any, ...], **options: Any) -> Serving:  # noqa: ANN401  # those of `start_server`
        """Listen as long as a block lasts, with asynchronous handlers: ``async with ae.serve_async(address) as server``."""
        from radiogram.net.asynchronous import Serving

        return Serving(self, address, options)

    @property
    def active_associations(self) -> list[Association]:
        """The associations that there are now: those of our servers, and those we asked for that have handlers."""
        with self._state:
            own = list(self._faces.values())
        return [*own, *(assoc for server in tuple(self._servers) for assoc in server.active_associations)]

    def shutdown(self) -> None:
        """Stop all servers, and abort their associations; threads for handlers of associations that we asked for end with the last of these.

        In a child that was forked these are the child's own.
        """
        with ExitStack() as stack:
            for server in tuple(self._servers):
                stack.callback(server.shutdown)
        self._retire()

    @property
    def _is_serving(self) -> bool:
        return bool(self._servers)

    def _changed(self, name: str = "") -> None:
        servers = tuple(self._servers)
        # All of them first: none has what another cannot have.
        for server in servers:
            server._check()
        for server in servers:
            server._renew()
        if name:
            for server in servers:
                # The others wait as the engine was told.
                for assoc in server._known():
                    if assoc._own_times:
                        assoc._wait_anew(name)
            super()._changed(name)

    def _forget(self, server: AssociationServer) -> None:
        if server in self._servers:
            self._servers.remove(server)


ApplicationEntity = AE
"""pynetdicom's other name."""
