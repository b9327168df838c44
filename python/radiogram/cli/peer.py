"""What the programs of the network share: who is called, as whom, under which conditions; keys of queries; why there is no association."""

from __future__ import annotations

import argparse
import re
import sys
from typing import TYPE_CHECKING, Any

from radiogram.cli import terminal, words
from radiogram.errors import DicomError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from radiogram.dataset import Dataset

__all__ = [
    "NO_ASSOCIATION",
    "KeyValueError",
    "NoAssociationError",
    "add_keys",
    "add_peer",
    "add_tls",
    "associated",
    "keyed",
    "peers_of",
    "released",
    "say",
    "tls_of",
]

NO_ASSOCIATION = 3
"""The exit code where the peer could not be reached, or refused the association."""


class NoAssociationError(DicomError):
    """There is no association; the message says why and what to try."""

    kind = "no_association"


def add_peer(parser: argparse.ArgumentParser) -> None:
    """Add the peer, both titles, time-outs and TLS."""
    parser.add_argument("host", metavar="HOST", help="name or address of the peer")
    parser.add_argument("port", metavar="PORT", type=words.port, help="its port")
    parser.add_argument(
        "--aec",
        metavar="TITLE",
        type=words.title,
        default="ANY-SCP",
        help="the title that the peer is called by; ANY-SCP",
    )
    parser.add_argument(
        "--aet", metavar="TITLE", type=words.title, default="RADIOGRAM", help="our own title; RADIOGRAM"
    )
    parser.add_argument(
        "--timeout",
        metavar="S",
        type=words.seconds,
        default=30.0,
        help="seconds to wait for an answer; 30",
    )
    parser.add_argument(
        "--max-pdu",
        metavar="BYTES",
        type=words.pdu_length,
        default=None,
        help="the longest PDU that we take; 0 is any",
    )
    parser.add_argument(
        "--operations",
        metavar="N",
        type=words.operations,
        default=None,
        help="how many operations are proposed to be under way at once; 16, 0 is any number, and 1 proposes nothing",
    )
    parser.add_argument("--json", action="store_true", help="lines of JSON on stdout")
    add_tls(parser)


def add_tls(parser: argparse.ArgumentParser) -> None:
    """Add the options of TLS."""
    group = parser.add_argument_group("TLS")
    group.add_argument(
        "--tls", action="store_true", help="encrypt, with the certificate authorities of the system"
    )
    group.add_argument(
        "--tls-ca",
        metavar="FILE",
        type=words.file,
        help="certificate authorities that the other side is checked against",
    )
    group.add_argument(
        "--tls-certificate",
        metavar="FILE",
        type=words.file,
        help="our certificate and what it was issued by",
    )
    group.add_argument("--tls-key", metavar="FILE", type=words.file, help="its private key")


def tls_of(arguments: argparse.Namespace, *, serves: bool = False) -> Any:  # noqa: ANN401  # radiogram.net.tls.TLS, or nothing
    """Give the TLS of a command line, ``None`` where it is not asked for.

    Raises
    ------
    UsageError
        A file of it is of no use; it says which.
    """
    given = {"ca": arguments.tls_ca, "certificate": arguments.tls_certificate, "key": arguments.tls_key}
    given = {name: value for name, value in given.items() if value is not None}
    if not given and not arguments.tls:
        return None
    from radiogram.net.tls import TLS

    try:
        tls = TLS(**given)
        # Nobody is called before it is known who we are.
        _ = tls.of_server if serves else tls.of_client
    except (DicomError, OSError) as error:
        raise words.UsageError(error) from None
    return tls


def associated(
    arguments: argparse.Namespace,
    contexts: Iterable[tuple[str, Iterable[str] | None]],
    *,
    roles: Iterable[str] = (),
    handlers: Iterable[Any] = (),
    items: Iterable[Any] = (),
    **options: Any,  # noqa: ANN401  # those of `AE.associate`
) -> Any:  # noqa: ANN401  # an association
    """Open the association of a command line.

    Parameters
    ----------
    arguments : Namespace
        Of a parser with `add_peer`.
    contexts : iterable of (str, transfer syntaxes or None)
        What is proposed.
    roles : iterable of str
        SOP classes that we are the provider of.
    handlers, items, options
        As in `radiogram.net.AE.associate`.

    Raises
    ------
    NoAssociationError
        There is none; it says why.
    """
    from radiogram.net import AE, build_context, build_role

    entity = AE(ae_title=arguments.aet)
    entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = entity.connection_timeout = (
        arguments.timeout
    )
    if arguments.operations is not None:
        entity.operations_window = (arguments.operations, arguments.operations)
    proposed = [
        build_context(uid, list(syntaxes) if syntaxes is not None else None) for uid, syntaxes in contexts
    ]
    association = entity.associate(
        arguments.host,
        arguments.port,
        contexts=proposed,
        ae_title=arguments.aec,
        max_pdu=arguments.max_pdu,
        ext_neg=[*(build_role(uid, scp_role=True) for uid in roles), *items],
        evt_handlers=list(handlers),
        tls=tls_of(arguments),
        **options,
    )
    if not association.is_established:
        raise NoAssociationError(_why(association, arguments))
    if not association.accepted_contexts:
        association.release()
        message = "the association was accepted without any of the contexts that were proposed: the peer does not have this service"
        raise NoAssociationError(message)
    return association


def _why(association: Any, arguments: argparse.Namespace) -> str:  # noqa: ANN401
    error = getattr(association, "error", None)
    has_ended = association.is_released or association.is_aborted
    none = "the peer ended the association as it was accepted" if has_ended else "there is no association"
    # The place stands in front of it already.
    said = str(error).removeprefix(f"{arguments.host}:{arguments.port}: ") if error else none
    if "called" in said.lower() and "title" in said.lower():
        said += f"; it was called {arguments.aec} (--aec)"
    elif "calling" in said.lower():
        said += f"; we called ourselves {arguments.aet} (--aet)"
    return said


def released(association: Any) -> None:  # noqa: ANN401
    """Release an association that still stands."""
    if association.is_established:
        association.release()


def add_keys(parser: argparse.ArgumentParser) -> None:
    """Add ``-k``, the keys of a query."""
    parser.add_argument(
        "-k",
        "--key",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        type=_key,
        help="a key, Sequence/Keyword within an item; without a value it is only returned; \\ divides values",
    )


def _key(text: str) -> tuple[list[str], str | None]:
    from radiogram.dictionary import keyword_for_tag, tag_for_keyword

    name, sign, value = text.partition("=")
    path = []
    for part in name.strip().split("/"):
        word = part if tag_for_keyword(part) is not None else ""
        digits = part.replace(",", "").strip("()")
        if not word and len(digits) == 8:
            try:
                word = keyword_for_tag(int(digits, 16))
            except ValueError:
                word = ""
        if not word:
            message = f"{part[:64]!r} is no element: a keyword, or a tag of eight digits"
            raise argparse.ArgumentTypeError(message)
        path.append(word)
    return path, value if sign else None


_FORMS = {
    "DA": "YYYYMMDD, or a range: YYYYMMDD-YYYYMMDD, YYYYMMDD-, -YYYYMMDD",
    "TM": "HHMM, HHMMSS, or a range: HHMM-HHMM, HHMM-, -HHMM",
    "DT": "YYYYMMDDHHMM, less or more of it, or a range: two with - between, one with - behind or in front of it",
}
"""How a query says dates and times (PS3.4 C.2.2.2.5)."""

_EMPTY_VALUE = '""'
"""What asks for those without a value (PS3.4 C.2.2.2.7)."""

_PARTED_DATE = re.compile(r"(?<!\d)(\d{4})([-.])(\d\d)\2(\d\d)(?!\d)")
"""A date as ISO 8601 has it, or ACR-NEMA 300."""


class KeyValueError(DicomError, ValueError):
    """What was given cannot be the value of that element."""

    kind = "key_value"


def keyed(query: Dataset, keys: Iterable[tuple[list[str], str | None]]) -> Dataset:
    """Put the keys of a command line into an identifier.

    Raises
    ------
    KeyValueError
        A value that its element cannot have; it says which.
    """
    for path, value in keys:
        try:
            _put(query, path, value)
        except (DicomError, ValueError, TypeError, AttributeError, IndexError) as error:
            message = f"-k {'/'.join(path)}: {error}"
            raise KeyValueError(message) from None
    return query


def _put(query: Dataset, path: list[str], value: str | None) -> None:
    from radiogram.dataset import Dataset as Made

    if value is not None:
        try:
            value.encode()
        except UnicodeEncodeError:
            message = "the value is no text"
            raise ValueError(message) from None
    holder: Any = query
    for keyword in path[:-1]:
        if not holder.get(keyword):
            setattr(holder, keyword, [Made()])
        holder = holder[keyword].value[0]
    several = value.split("\\") if value is not None and "\\" in value else value
    setattr(holder, path[-1], several or None)
    vr = holder[path[-1]].VR
    if several and vr in _FORMS:
        parts = [several] if isinstance(several, str) else several
        said = [_moment(vr, part) for part in parts]
        setattr(holder, path[-1], said if len(said) > 1 else said[0])


def _moment(vr: str, text: str) -> str:
    """Give a date or a time, or a range, as a query says it; what is none would match nothing, and nobody would say why."""
    from radiogram.values.date_time import DA, DT, TM

    text = text.strip()
    if text in ("", _EMPTY_VALUE):
        return text
    if vr == "DA":
        text = _PARTED_DATE.sub(r"\1\3\4", text)
    elif vr == "TM":
        text = text.replace(":", "")
    try:
        ends: Any = (
            DA(text).to_date() if vr == "DA" else TM(text).to_time() if vr == "TM" else DT(text).to_datetime()
        )
    except DicomError:
        kind = {"DA": "date", "TM": "time", "DT": "date and time"}[vr]
        message = f"{text[:64]!r} is no {kind}: {_FORMS[vr]}"
        raise ValueError(message) from None
    if vr == "DA" and isinstance(ends, tuple) and None not in ends and ends[1] < ends[0]:
        message = f"{text[:64]!r} ends before it begins"
        raise ValueError(message)
    return text


def peers_of(given: Iterable[str]) -> dict[str, tuple[str, int]]:
    """Read ``TITLE=HOST:PORT``, as many as there are.

    Examples
    --------
    >>> from radiogram.cli.peer import peers_of
    >>> peers_of(["STORE=127.0.0.1:104", "SIX=[::1]:104"])
    {'STORE': ('127.0.0.1', 104), 'SIX': ('::1', 104)}
    """
    found = {}
    for text in given:
        title, sign, place = text.partition("=")
        host, colon, port = place.rpartition(":")
        if not sign or not colon or not port.isdigit() or not title.strip():
            message = f"{text[:64]!r} names no peer: TITLE=HOST:PORT"
            raise argparse.ArgumentTypeError(message)
        found[title.strip()] = (host.strip("[]"), int(port))
    return found


def say(arguments: argparse.Namespace, text: str, **row: object) -> None:
    """Write one line: of JSON where that was asked for."""
    if arguments.json:
        sys.stdout.write(terminal.json_line(row))
    else:
        sys.stdout.write(terminal.escaped(text) + "\n")
    sys.stdout.flush()


def counted(done: int, total: int, *, shows: bool) -> None:
    """Show how far it is, on a terminal."""
    if shows:
        sys.stderr.write(f"\r{done} of {total}" + ("\n" if done == total else ""))
        sys.stderr.flush()


def files_of(sources: Iterable[str]) -> Iterator[str]:
    """Yield files, and those of folders with all their sub-folders; what cannot be looked at is among them, so that it is said and not passed over."""
    import os
    from pathlib import Path

    unread: list[str] = []
    for source in sources:
        if not Path(source).is_dir():
            yield source
            continue
        for folder, below, names in os.walk(source, onerror=lambda error: unread.append(error.filename)):
            # As hidden files, hidden folders: what programs keep for themselves, as the index of a served folder.
            below[:] = sorted(name for name in below if not name.startswith("."))
            places = (Path(folder, name) for name in sorted(names) if not name.startswith("."))
            yield from (str(place) for place in places if _is_meant(place))
        yield from unread
        unread.clear()


def _is_meant(path: Path) -> bool:
    """Whether it is a file, or would be one if it were there and could be looked at."""
    try:
        return path.is_file() or (path.is_symlink() and not path.exists())
    except OSError:
        return True
