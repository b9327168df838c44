"""C-STORE as an SCU: files that the engine sends from where they are, data sets, and what is in another transfer syntax than was agreed."""

from __future__ import annotations

import os
import time
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from radiogram import _core
from radiogram.dataset import Dataset
from radiogram.errors import ArgumentError, AssociationOverError, DicomError, MissingElementError
from radiogram.net.encoding import as_dataset, encoded
from radiogram.net.exchanges import checked
from radiogram.net.found import whole
from radiogram.net.handlers import waiting_outside
from radiogram.net.requests import Requests

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from radiogram._core import NetAssociation, NetSending
    from radiogram.net.presentation import PresentationContext

    Path = str | os.PathLike[str]
    Source = Path | Dataset

__all__ = [
    "AT_ONCE",
    "Answer",
    "Order",
    "Paths",
    "Sending",
    "Sent",
    "answers_of",
    "answers_to",
    "divided",
    "settled",
]

AT_ONCE = 256
"""Files that the engine is given at once."""

_SOON = 0.02
"""Seconds in which they come: who makes them one by one does not wait for so many."""

_NATIVE = (
    "1.2.840.10008.1.2.1",
    "1.2.840.10008.1.2",
    "1.2.840.10008.1.2.1.99",
    "1.2.840.10008.1.2.2",
)
"""Transfer syntaxes in which pixel data are not compressed, the best ones to send in first."""


class Sent(NamedTuple):
    """What became of an instance.

    Attributes
    ----------
    source : path or Dataset
        What was to be sent.
    status : Dataset
        What the peer answered; empty where it did not.
    error : DicomError or None
        Why it was not sent, where it was not.
    """

    source: Any
    status: Dataset
    error: DicomError | None


class Sending(Requests):
    """The part of `Association` that sends instances."""

    def send_c_store(
        self,
        dataset: Source,
        msg_id: int = 1,
        priority: int = 2,
        originator_aet: str | None = None,
        originator_id: int | None = None,
    ) -> Dataset:
        """Send an instance (PS3.7 9.1.1) and return its status.

        A file is sent from where it is, without passing through Python, where a context has its transfer syntax. Else, and where
        that loses nothing, it is sent in one that was accepted: with pixel data decompressed, or compressed losslessly.

        Parameters
        ----------
        dataset : path or Dataset
            A file, or a data set of ours or of pydicom.
        msg_id, priority : int
            Message ID and priority (0 medium, 1 high, 2 low).
        originator_aet, originator_id : optional
            Who has asked for it by C-MOVE, and in which message.

        Returns
        -------
        Dataset
            Its `Status` and what else the peer says; empty where no answer came.

        Raises
        ------
        AssociationOverError
            The association is not established; it is a `RuntimeError`.
        ArgumentError
            No context was accepted that can carry it; it is a `ValueError`.
        MissingElementError
            It does not say what it is; it is an `AttributeError`.
        SourceError
            The file cannot be read.
        TruncatedError
            Its end is missing; it is a `ValueError`.

        Examples
        --------
        >>> from pydicom.data import get_testdata_file
        >>> from radiogram.net import AE, evt, sop_class
        >>> def handle(event):
        ...     print(event.dataset.PatientID)
        ...     return 0x0000
        >>> ae = AE()
        >>> ae.add_supported_context(sop_class.CTImageStorage)
        >>> ae.add_requested_context(sop_class.CTImageStorage)
        >>> with ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, handle)]) as server:
        ...     with ae.associate(*server.address) as assoc:
        ...         assoc.send_c_store(get_testdata_file("CT_small.dcm")).Status
        1CT1
        0
        """
        net = self._established("a C-STORE")
        checked(
            MessageID=msg_id,
            Priority=priority,
            MoveOriginatorMessageID=originator_id,
            MoveOriginatorApplicationEntityTitle=originator_aet,
        )
        originator = None if originator_aet is None else (originator_aet, originator_id or 0)
        if isinstance(dataset, (str, os.PathLike)):
            path = os.fspath(dataset)
            try:
                with waiting_outside():
                    found = net.store([path], priority=priority, originator=originator)
            except DicomError as lost:
                self._lost(lost)
                return Dataset()
            code, comment, error = found[0] if found else (None, "", "it was not sent")
            if error is None:
                return _status(code, comment)
            if not self.is_established:
                self._lost(AssociationOverError(error))
                return Dataset()
            dataset = whole(path)
        return self._send_data_set(as_dataset(dataset), msg_id, priority, originator)

    def send_many(self, sources: Iterable[Source], *, priority: int = 2) -> Iterator[Sent]:
        """Send many instances, and give what became of each, in order.

        What cannot be sent does not end it: its `Sent.error` says why. Where the association ends, that is an `AssociationOverError` for what was under
        way and for all that comes behind it. As many are under way at once as the association's window allows (`AE.operations_window`), up to 16, or
        to 4 MB of them.

        Parameters
        ----------
        sources : iterable of path or Dataset
            Files, data sets.
        priority : int
            As in `send_c_store`.

        Examples
        --------
        >>> import tempfile
        >>> from pydicom.data import get_testdata_file
        >>> from radiogram.net import AE, sop_class
        >>> ae = AE()
        >>> ae.add_supported_context(sop_class.MRImageStorage)
        >>> ae.add_requested_context(sop_class.MRImageStorage)
        >>> with ae.start_server(("127.0.0.1", 0), block=False, store=tempfile.mkdtemp()) as server:
        ...     with ae.associate(*server.address) as assoc:
        ...         [sent.status.Status for sent in assoc.send_many([get_testdata_file("MR_small.dcm")])]
        [0]
        """
        for bunch in self._bunches(sources, priority):
            yield from bunch

    store_many = send_many

    def _sent(self, source: Source, priority: int, originator: tuple[str, int] | None = None) -> Sent:
        if not self.is_established:
            message = "the association has ended before this was sent"
            return Sent(source, Dataset(), AssociationOverError(message))
        try:
            ds = whole(source) if isinstance(source, (str, os.PathLike)) else as_dataset(source)
            status = self._send_data_set(ds, 1, priority, originator)
        except DicomError as error:
            return Sent(source, Dataset(), error)
        if len(status):
            return Sent(source, status, None)
        return Sent(source, status, AssociationOverError(str(self.error or "the association has ended")))

    def _bunches(self, sources: Iterable[Source], priority: int) -> Iterator[list[Sent]]:
        """Send instances, and give what became of them, in order, as much at a time as is known."""
        self._established("a C-STORE")
        checked(Priority=priority)
        for part in divided(sources, AT_ONCE):
            if isinstance(part, Paths):
                yield from self._send_files(part, priority)
            else:
                yield [self._sent(part, priority)]

    def _send_files(self, paths: list[str], priority: int) -> Iterator[list[Sent]]:
        try:
            bunches = answers_to([self._established("a C-STORE")], paths, priority)
        except DicomError:
            yield from ([self._sent(path, priority)] for path in paths)
            return
        order = Order(paths)
        for bunch in bunches:
            yield [self._settled(path, answer, priority) for path, answer in order.ready(bunch)]
        yield [self._settled(path, answer, priority) for path, answer in order.rest()]

    def _settled(
        self,
        path: str,
        answer: Answer | None,
        priority: int,
        originator: tuple[str, int] | None = None,
    ) -> Sent:
        """Say what became of a file; what no context can carry as it is, is sent in another way."""
        known = settled(path, answer)
        return self._sent(path, priority, originator) if known is None else known

    def _send_data_set(
        self, ds: Dataset, msg_id: int, priority: int, originator: tuple[str, int] | None
    ) -> Dataset:
        return self._one(*self._instance(ds, msg_id, priority, originator))[0]

    def _instance(
        self, ds: Dataset, msg_id: int, priority: int, originator: tuple[str, int] | None = None
    ) -> tuple[PresentationContext, dict[str, Any], bytes]:
        """Give context, command and data set of a C-STORE."""
        sop_class = ds.get("SOPClassUID") or ds.file_meta.get("MediaStorageSOPClassUID")
        sop_instance = ds.get("SOPInstanceUID") or ds.file_meta.get("MediaStorageSOPInstanceUID")
        if not sop_class or not sop_instance:
            message = "an instance has a SOP Class UID and a SOP Instance UID (PS3.7 9.1.1.1)"
            raise MissingElementError(message)
        own = ds.file_meta.get("TransferSyntaxUID") or ds._syntax()[0] or _NATIVE[0]
        context = self._carrier(str(sop_class), str(own))
        command: dict[str, Any] = {
            "CommandField": 0x0001,
            "MessageID": msg_id,
            "AffectedSOPClassUID": str(sop_class),
            "AffectedSOPInstanceUID": str(sop_instance),
            "Priority": priority,
        }
        if originator is not None:
            command["MoveOriginatorApplicationEntityTitle"], command["MoveOriginatorMessageID"] = originator
        return context, command, encoded(ds, context.transfer_syntax[0])

    def _carrier(self, sop_class: str, syntax: str) -> PresentationContext:
        """Choose the context for an instance: of its transfer syntax, else the best one that loses nothing."""
        fitting = {
            str(context.transfer_syntax[0]): context
            for context in reversed(self.accepted_contexts)
            if context.abstract_syntax == sop_class and context.as_scu
        }
        if syntax in fitting:
            return fitting[syntax]
        for native in _NATIVE:
            if native in fitting:
                return fitting[native]
        if _loss(syntax) in {None, "lossless"}:
            for other in fitting:
                if _loss(other) == "lossless" and other in _core.codec_syntaxes()[1]:
                    return fitting[other]
        from radiogram.uid import UID

        name = UID(sop_class).name
        other_role = (
            any(context.abstract_syntax == sop_class for context in self.accepted_contexts) and not fitting
        )
        message = (
            f"No presentation context for '{name}' has been accepted by the peer with '{UID(syntax).name}' transfer syntax"
            " for the SCU role, and none that it could be changed to without loss"
            f"{', but as its SCP alone: the requestor proposes the other role by `build_role`' if other_role else ''}"
        )
        raise ArgumentError(message)


class Answer(NamedTuple):
    """What the engine says of a file it was given.

    Attributes
    ----------
    place : int
        Which one it is, from 0.
    status : int or None
        What the peer answered.
    comment : str
        The peer's words to it.
    error, why : str or None
        Why it was not sent, as a sentence, and in a word: ``"unreadable"``, ``"unfit"``, ``"cut"``, ``"no_context"``, ``"ended"``.
    """

    place: int
    status: int | None
    comment: str
    error: str | None
    why: str | None


class Paths(list[str]):
    """Files that the engine is given at once."""


class Order:
    """Answers to files in the order of the files: with several operations under way they come in any order.

    Examples
    --------
    >>> from radiogram.net.sending import Answer, Order
    >>> order = Order(["a", "b", "c"])
    >>> later, first = Answer(1, 0, "", None, None), Answer(0, 0, "", None, None)
    >>> list(order.ready([later])), [path for path, _ in order.ready([first])], list(order.rest())
    ([], ['a', 'b'], [('c', None)])
    """

    def __init__(self, paths: list[str]) -> None:
        self._paths, self._place = paths, 0
        self._ahead: dict[int, Answer] = {}

    def ready(self, answers: list[Answer]) -> Iterator[tuple[str, Answer]]:
        """Take answers, and give those that are next, with their files."""
        self._ahead |= {answer.place: answer for answer in answers}
        while self._place in self._ahead:
            place, self._place = self._place, self._place + 1
            yield self._paths[place], self._ahead.pop(place)

    def rest(self) -> Iterator[tuple[str, Answer | None]]:
        """Give what is left when there are no more answers."""
        for place in range(self._place, len(self._paths)):
            yield self._paths[place], self._ahead.get(place)


def settled(path: str, answer: Answer | None) -> Sent | None:
    """Say what became of a file, where that is known: not of one that no context can carry as it is."""
    if answer is None:
        message = "the network was ended before it was sent"
        return Sent(path, Dataset(), AssociationOverError(message))
    if answer.error is None:
        return Sent(path, _status(answer.status, answer.comment), None)
    if answer.why == "ended":
        return Sent(path, Dataset(), AssociationOverError(answer.error))
    return None


def divided(sources: Iterable[Source], most: int) -> Iterator[Paths | Source]:
    """Divide what is to be sent, in its order: paths that follow one another and come soon are together, anything else is by itself."""
    for is_path, group in groupby(sources, lambda source: isinstance(source, (str, os.PathLike))):
        if not is_path:
            yield from group
            continue
        while paths := _soon(group, most):
            yield paths


def _soon(sources: Iterator[Source], most: int) -> Paths:
    """Take the paths that come soon, one at least where there is one."""
    paths = Paths()
    until = time.monotonic() + _SOON
    for source in islice(sources, most):
        paths.append(os.fspath(cast("Path", source)))
        if time.monotonic() > until:
            break
    return paths


def answers_to(over: list[NetAssociation], paths: list[str], priority: int) -> Iterator[list[Answer]]:
    """Have the engine send files over associations, each by the one that has room first; give its answers as they come."""
    sending = _core.NetSending(over, paths, priority=priority)
    while answers := answers_of(sending):
        yield answers


def answers_of(sending: NetSending, timeout: float | None = None) -> list[Answer]:
    """Wait for answers of the engine, so many seconds at most; there are none after all of them (`NetSending.has_ended`)."""
    with waiting_outside():
        taken = sending.take(timeout)
    return list(map(Answer._make, taken))


def _loss(syntax: str) -> str | None:
    row = _core.syntax_lookup(syntax)
    return None if row is None else row[9]


def _status(code: int | None, comment: str) -> Dataset:
    if code is None:
        return Dataset()
    made: Dataset = _core.net_status(code)
    if comment:
        made.ErrorComment = comment
    return made
