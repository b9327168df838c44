"""What a handler of EVT_REQUESTED may do to the request: pynetdicom's ``event.assoc.acse``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radiogram.errors import ArgumentError

if TYPE_CHECKING:
    from radiogram.net.association import Association

__all__ = ["ACSE"]

_RESULTS = (1, 2)
_REASONS = {1: (1, 2, 3, 7), 2: (1, 2), 3: (1, 2)}
"""Reasons by source (PS3.8 9.3.4)."""


class ACSE:
    """The part of an association that begins and ends it (PS3.8 7.1), as a handler of EVT_REQUESTED uses it.

    Examples
    --------
    >>> from radiogram.net import AE, evt, sop_class
    >>> def known(event):
    ...     if event.assoc.requestor.ae_title != "FRIEND":
    ...         event.assoc.acse.send_reject(1, 1, 3)
    >>> ae = AE("STRANGER")
    >>> ae.add_supported_context(sop_class.Verification)
    >>> ae.add_requested_context(sop_class.Verification)
    >>> with ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_REQUESTED, known)]) as server:
    ...     ae.associate(*server.address).is_rejected
    True
    """

    def __init__(self, association: Association) -> None:
        self._association = association

    def send_reject(self, result: int, source: int, diagnostic: int) -> None:
        """Reject the association that is asked for (PS3.8 9.3.4); it is sent once all handlers of EVT_REQUESTED are done.

        Parameters
        ----------
        result : int
            1 for good, 2 for now.
        source : int
            1 the user of the service, 2 its provider (ACSE), 3 its provider (presentation).
        diagnostic : int
            Why: of the user 1 no reason, 2 the application context, 3 the calling, 7 the called AE title.

        Raises
        ------
        ArgumentError
            PS3.8 has no such rejection.
        RuntimeError
            The request has been answered.
        """
        if result not in _RESULTS or diagnostic not in _REASONS.get(source, ()):
            message = f"no rejection has result {result!r}, source {source!r} and diagnostic {diagnostic!r} (PS3.8 9.3.4)"
            raise ArgumentError(message)
        self._association._refuse((result, source, diagnostic))

    def send_abort(self, source: int) -> None:  # noqa: ARG002  # pynetdicom's
        """Abort the association: that of a user, whatever the source (PS3.8 9.3.8)."""
        self._association.abort(block=False)
