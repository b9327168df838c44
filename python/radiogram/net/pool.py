"""Some associations with one peer, which are opened when they are wanted, kept, and lent: for who sends all day, from many threads."""

from __future__ import annotations

import os
import threading
import time
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING, Any, Self

from radiogram.errors import (
    ArgumentError,
    AssociationError,
    AssociationOverError,
    NetworkError,
    NetworkTimeoutError,
)
from radiogram.net.exchanges import checked
from radiogram.net.handlers import waiting_outside
from radiogram.net.process import OfThisProcess
from radiogram.net.sending import Paths, answers_to, divided

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from radiogram.errors import DicomError
    from radiogram.net.ae import AE
    from radiogram.net.association import Association
    from radiogram.net.sending import Sent, Source

__all__ = ["AssociationPool"]

_SHARE = 256
"""Files that the engine is given at once for each association there may be."""


class AssociationPool(OfThisProcess):
    """Associations with one peer, up to so many at a time.

    One is opened when it is wanted and none is free; one that has ended, by the peer or by a time-out, is replaced when it is wanted next. Each
    is lent to one thread at a time. A pool can be used by any number of threads, and in a forked child: it begins anew there.

    Parameters
    ----------
    ae : AE
        Who we are, and what is proposed.
    addr, port : str, int
        Where the peer listens.
    size : int
        How many there are at most. A peer may take fewer.
    **options
        What `AE.associate` takes as well: ``ae_title``, ``contexts``, ``tls`` and so on.

    Raises
    ------
    ArgumentError
        A size below 1.

    Examples
    --------
    >>> import tempfile
    >>> from pydicom.data import get_testdata_file
    >>> from radiogram.net import AE, AssociationPool, sop_class
    >>> ae = AE()
    >>> ae.add_supported_context(sop_class.MRImageStorage)
    >>> ae.add_requested_context(sop_class.MRImageStorage)
    >>> paths = [get_testdata_file(name) for name in ("MR_small.dcm", "MR_small_bigendian.dcm")]
    >>> with ae.start_server(("127.0.0.1", 0), block=False, store=tempfile.mkdtemp()) as server:
    ...     with AssociationPool(ae, *server.address, size=2) as pool:
    ...         sorted(sent.status.Status for sent in pool.send_many(paths))
    [0, 0]
    """

    def __init__(self, ae: AE, addr: str, port: int, *, size: int = 4, **options: Any) -> None:  # noqa: ANN401  # those of `associate`
        if isinstance(size, bool) or not isinstance(size, int) or size < 1:
            message = "the 'size' of a pool is 1 or more"
            raise ArgumentError(message)
        self._ae, self._place, self._size, self._options = ae, (addr, port), size, options
        self._begin()

    def _begin(self) -> None:
        self._process = os.getpid()
        self._state = threading.Condition()
        self._free: list[Association] = []
        # Those that are lent or being opened.
        self._lent = 0
        self._closed = False

    def __repr__(self) -> str:
        addr, port = self._place
        return f"<AssociationPool {addr}:{port}, {self._lent} of {self._size} lent>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_rest: object) -> None:
        self.close()

    @contextmanager
    def association(self, timeout: float | None = None) -> Iterator[Association]:
        """Lend an association for the length of a ``with`` block; one over which the block fails is ended and not lent again.

        Parameters
        ----------
        timeout : float, optional
            Seconds to wait for one while all are lent; as long as it takes.

        Yields
        ------
        Association
            Established.

        Raises
        ------
        NetworkError
            None is free, and none could be opened: why, as `Association.error` has it (`AssociationRejectedError` and so on).
        NetworkTimeoutError
            All were lent for so long.
        AssociationOverError
            The pool is closed.

        Examples
        --------
        >>> from radiogram.net import AE, AssociationPool, sop_class
        >>> ae = AE()
        >>> ae.add_supported_context(sop_class.Verification)
        >>> ae.add_requested_context(sop_class.Verification)
        >>> with ae.start_server(("127.0.0.1", 0), block=False) as server, AssociationPool(ae, *server.address) as pool:
        ...     with pool.association() as assoc:
        ...         assoc.send_c_echo().Status
        0
        """
        assoc = self._take(None if timeout is None else time.monotonic() + timeout)
        kept = None
        try:
            yield assoc
            kept = assoc
        finally:
            # In a child that was forked meanwhile nothing was lent.
            if not assoc._is_inherited:
                if kept is None:
                    # Something may be under way on it.
                    assoc.abort(block=False)
                self._give_back([kept])

    def send_many(self, sources: Iterable[Source], *, priority: int = 2) -> Iterator[Sent]:
        """Send many instances over as many associations as there may be, and give what became of each, as soon as it is known.

        They are in no order: `Sent.source` says which one it is. What cannot be sent does not end it: its `Sent.error` says why. Files go over the
        association that has room first. Where one ends, the others go on; what was under way on it has an `AssociationOverError`.

        Parameters
        ----------
        sources, priority
            As in `Association.send_many`.

        Raises
        ------
        ArgumentError
            A priority that is none.
        NetworkError
            There is no association, and none could be opened, as in `association`; what was not sent yet is not sent.
        """
        checked(Priority=priority)
        for part in divided(sources, _SHARE * self._size):
            if isinstance(part, Paths):
                yield from self._send_files(part, priority)
                continue
            with self.association() as assoc:
                yield from assoc.send_many([part], priority=priority)

    def close(self) -> None:
        """Release those that are free; those that are lent are released when they are given back."""
        if self._process != os.getpid():
            self._begin()
        with self._state:
            self._closed = True
            free, self._free = self._free, []
            self._state.notify_all()
        for assoc in free:
            _end(assoc)

    # ------------------------------------------------------------------------------------------------------------

    def _send_files(self, paths: list[str], priority: int) -> Iterator[Sent]:
        over = self._take_some(len(paths))
        try:
            nets = [assoc._net for assoc in over if assoc._net is not None]
            for answer in chain.from_iterable(answers_to(nets, paths, priority)):
                # What goes in another way goes over one that stands.
                is_done = answer.error is None
                assoc = over[0] if is_done else next((one for one in over if one.is_established), over[0])
                yield assoc._settled(paths[answer.place], answer, priority)
        finally:
            # In a child that was forked meanwhile nothing was lent.
            if lent := [assoc for assoc in over if not assoc._is_inherited]:
                self._give_back(lent)

    def _take(self, deadline: float | None) -> Association:
        assoc = self._take_free(deadline)
        if assoc is not None:
            return assoc
        try:
            addr, port = self._place
            assoc = self._ae.associate(addr, port, **self._options)
        except BaseException:
            self._give_back([None])
            raise
        if assoc.is_established:
            return assoc
        self._give_back([None])
        error: DicomError = assoc.error or AssociationError("the association was not established")
        raise error

    def _take_free(self, deadline: float | None) -> Association | None:
        """Take one that is free, or a place for one that is to be opened."""
        if self._process != os.getpid():
            self._begin()
        with waiting_outside(), self._state:
            while True:
                if self._closed:
                    message = "the pool of associations is closed"
                    raise AssociationOverError(message)
                while self._free:
                    # The one that was used last: the others may come to their time-outs.
                    assoc = self._free.pop()
                    if assoc.is_established:
                        self._lent += 1
                        return assoc
                if self._lent < self._size:
                    self._lent += 1
                    return None
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0:
                    message = f"all {self._size} associations of the pool are lent"
                    raise NetworkTimeoutError(message)
                self._state.wait(left)

    def _take_some(self, most: int) -> list[Association]:
        """Take one at least, and as many more as there are or can be opened now."""
        over = [self._take(None)]
        try:
            while len(over) < min(most, self._size) and self._has_room():
                over.append(self._take(time.monotonic()))
        except NetworkError:
            # The peer takes no more of them, or another thread was quicker.
            pass
        except BaseException:
            self._give_back(over)
            raise
        return over

    def _has_room(self) -> bool:
        with self._state:
            return bool(self._free) or self._lent < self._size

    def _give_back(self, some: Iterable[Association | None]) -> None:
        gone: list[Association] = []
        with self._state:
            for assoc in some:
                self._lent -= 1
                if assoc is not None and assoc.is_established:
                    (gone if self._closed else self._free).append(assoc)
            self._state.notify_all()
        for assoc in gone:
            _end(assoc)


def _end(assoc: Association) -> None:
    if assoc.is_established:
        assoc.release()
