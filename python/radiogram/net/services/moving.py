"""What is proposed to the destination of a C-MOVE: contexts for what the instances are in, so that they arrive as they are (PS3.4 C.4.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radiogram.dataset import Dataset, read
from radiogram.errors import DicomError
from radiogram.net.found import Found
from radiogram.net.presentation import build_context
from radiogram.net.services.storage import PLAIN, Instance, plan

if TYPE_CHECKING:
    from collections.abc import Iterable
    from os import PathLike

    from radiogram.net.services.provider import Event

    Source = Found | Dataset | str | PathLike[str]

__all__ = ["destination"]

_MOST_CONTEXTS = 128


def destination(event: Event, place: tuple[Any, ...], wanted: Iterable[Source]) -> tuple[Any, ...]:
    """Give where instances go as a C-MOVE handler yields it: with contexts for them, where nobody chose any.

    Each class has a plain context, for what the destination does not take otherwise; then come the transfer syntaxes of the instances, as
    far as there is room.

    Parameters
    ----------
    event : Event
        The request; requested contexts of its application entity stay what is proposed.
    place : (host, port)
        The destination; one that has options already stays as it is.
    wanted : iterable of Found, Dataset or path
        What is to be sent.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from radiogram.net.found import Found
    >>> from radiogram.net.services.moving import destination
    >>> event = SimpleNamespace(assoc=SimpleNamespace())
    >>> found = Found("a.dcm", "1.2.840.10008.5.1.4.1.1.2", "1.2.3", "1.2.840.10008.1.2.4.90")
    >>> host, port, options = destination(event, ("host", 104), [found])
    >>> [[syntax.keyword for syntax in context.transfer_syntax] for context in options["contexts"]]
    [['ExplicitVRLittleEndian', 'ImplicitVRLittleEndian'], ['JPEG2000Lossless']]
    """
    if len(place) != 2 or getattr(getattr(event.assoc, "ae", None), "requested_contexts", None):
        return place
    instances = [made for one in wanted if (made := _instance(one)) is not None]
    every = dict.fromkeys(context for contexts, _ in plan(instances) for context in contexts)
    chosen = sorted(every, key=lambda context: context[1][0] not in PLAIN)[:_MOST_CONTEXTS]
    if not chosen:
        return place
    return (*place, {"contexts": [build_context(uid, list(syntaxes)) for uid, syntaxes in chosen]})


def _instance(source: Source) -> Instance | None:
    """Give what is known of an instance without looking further than its head; `None` where it does not say what it is."""
    if isinstance(source, Found):
        said = (source.sop_class, source.sop_instance, source.transfer_syntax)
    else:
        try:
            ds: Any = source if isinstance(source, Dataset) else read(source)
            syntax = ds.file_meta.get("TransferSyntaxUID") or PLAIN[0]
        except (DicomError, OSError):
            return None
        said = (str(ds.get("SOPClassUID") or ""), str(ds.get("SOPInstanceUID") or ""), str(syntax))
    return Instance("", *said) if all(said) else None
