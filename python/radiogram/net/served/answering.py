"""Answers straight from the index: where its columns are all that a query asks for, a row becomes the bytes of an identifier.

No data set is made of a row that SQL has decided on. What is left to the matching function is asked of the keys alone that SQL cannot
decide, and the bytes are the same that the identifier of `radiogram.net.services.identifiers.returned` would be written as.
"""

from __future__ import annotations

import struct
from itertools import compress
from typing import TYPE_CHECKING, Any

from radiogram.dataset import Dataset
from radiogram.dataset.writer import data_set_alone
from radiogram.dictionary import dictionary_VR, tag_for_keyword
from radiogram.errors import DicomError
from radiogram.net.encoding import IS_IN_UTF8
from radiogram.net.finding import Encoded
from radiogram.net.matching import verdicts
from radiogram.net.served.search import is_plain, put, selection
from radiogram.net.services.identifiers import is_key

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Mapping

    from radiogram.net.matching import Matching

__all__ = ["Answers", "prepared"]

_SYNTAXES = {"1.2.840.10008.1.2": True, "1.2.840.10008.1.2.1": False}
"""Transfer syntaxes that answers are prepared for, and whether their VRs are implicit."""

_FIRST_ROWS, _MOST_ROWS = 16, 500
"""The first answers are not to wait for many others."""
_MOST_KNOWN = 4096


class Answers:
    """How rows become answers: a query's statement, and the encoders of its columns.

    Parameters
    ----------
    level : str
        The level of the query.
    keys : Dataset
        What is matched.
    agreed : Matching
        What was agreed on.
    columns : mapping of str to str
        Where the elements of the answer are, by keyword.
    encoders : list of callable
        One a column: it gives the bytes of the element and of what never changes in front of it.
    end : bytes
        What never changes behind the last one.
    """

    def __init__(
        self,
        level: str,
        keys: Dataset,
        agreed: Matching,
        columns: Mapping[str, str],
        encoders: list[Callable[[Any], bytes]],
        end: bytes,
    ) -> None:
        self._keys, self._agreed = keys, agreed
        self._encoders, self._end = encoders, end
        self._statement, self._values, decided = selection(level, keys, dict(columns), agreed)
        # Of a range a date may need its time.
        self._undecided = [
            (at, key.keyword)
            for key in keys
            if key.keyword in columns and (key.VR in {"DA", "TM"} or _asks(key.value))
            for at in [list(columns).index(key.keyword)]
        ]
        self._is_decided = all(
            not _asks(key.value) or key.keyword in decided for key in keys if key.keyword in columns
        )

    def encoded(self, database: sqlite3.Connection) -> Iterator[Encoded]:
        """Yield answers, some at a time."""
        cursor = database.cursor()
        cursor.row_factory = None
        cursor.execute(self._statement, self._values)
        encoders, end, count = self._encoders, self._end, _FIRST_ROWS
        while rows := cursor.fetchmany(count):
            count = _MOST_ROWS
            kept = rows if self._is_decided else self._matching(rows)
            if kept:
                yield Encoded(
                    b"".join([encode(value) for encode, value in zip(encoders, row, strict=True)]) + end
                    for row in kept
                )

    def _matching(self, rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """Give the rows that match by the keys that SQL has left."""
        asked = []
        for row in rows:
            made = Dataset()
            made.SpecificCharacterSet = IS_IN_UTF8
            for at, name in self._undecided:
                put(made, name, row[at])
            asked.append(made)
        return list(compress(rows, verdicts(self._keys, asked, self._agreed)))


def prepared(
    level: str,
    query: Dataset,
    keys: Dataset,
    agreed: Matching,
    columns: Mapping[str, str] | None,
    more: Mapping[str, str],
    syntax: str,
) -> Answers | None:
    """Prepare the answers to a query; `None` where rows of the index alone do not make them.

    Parameters
    ----------
    level : str
        The level of the query.
    query : Dataset
        What is returned.
    keys : Dataset
        What is matched.
    agreed : Matching
        What was agreed on.
    columns : mapping of str to str, or None
        Where the elements of the keys are, by keyword; `None` where some are elsewhere.
    more : mapping of str to str
        Elements that each answer has, by keyword.
    syntax : str
        The transfer syntax of the answers.
    """
    is_implicit = _SYNTAXES.get(syntax)
    if columns is None or is_implicit is None or agreed.timezone is not None:
        return None
    fixed = Dataset({"SpecificCharacterSet": IS_IN_UTF8})
    if "QueryRetrieveLevel" in query:
        fixed.QueryRetrieveLevel = query.QueryRetrieveLevel
    parts: list[tuple[int, bytes | str]] = []
    for key in query:
        if key.keyword in columns:
            if dictionary_VR(key.tag) != key.VR:
                return None
            parts.append((int(key.tag), key.keyword))
        elif is_key(key) and key.keyword not in more:
            fixed.add_new(key.tag, key.VR, [] if key.VR == "SQ" else None)
    for keyword, value in more.items():
        setattr(fixed, keyword, value)
    try:
        parts += [(int(one.tag), _written(Dataset({one.tag: one}), syntax)) for one in fixed]
    except DicomError:
        return None
    encoders: list[Callable[[Any], bytes]] = []
    names: dict[str, str] = {}
    front = b""
    for _, part in sorted(parts, key=lambda part: part[0]):
        if isinstance(part, bytes):
            front += part
            continue
        names[part] = columns[part]
        encoders.append(_encoder(part, front, syntax, is_implicit=is_implicit))
        front = b""
    return Answers(level, keys, agreed, names, encoders, front) if names else None


def _asks(value: Any) -> bool:  # noqa: ANN401  # of any element
    return value is not None and (not hasattr(value, "__len__") or len(value) > 0)


def _written(ds: Dataset, syntax: str) -> bytes:
    return data_set_alone(ds, syntax)


def _encoder(keyword: str, front: bytes, syntax: str, *, is_implicit: bool) -> Callable[[Any], bytes]:
    """Give what encodes the values of a column, with what stands in front of it."""
    tag = tag_for_keyword(keyword)
    assert tag is not None  # for the type checker: the columns are elements
    vr = dictionary_VR(tag)
    group, number = tag >> 16, tag & 0xFFFF
    head = struct.Struct("<HHI" if is_implicit else "<HH2sH")
    about = (group, number) if is_implicit else (group, number, vr.encode("ascii"))
    padding = b"\0" if vr == "UI" else b" "
    in_front = _written(Dataset({"SpecificCharacterSet": IS_IN_UTF8}), syntax)
    known: dict[Any, bytes] = {}

    def encode(value: Any) -> bytes:  # noqa: ANN401  # a value of SQLite
        found = known.get(value)
        if found is not None:
            return found
        if isinstance(value, str) and is_plain(keyword, value):
            text = value.encode()
            text += padding[: len(text) & 1]
            found = front + head.pack(*about, len(text)) + text
        else:
            made = Dataset({"SpecificCharacterSet": IS_IN_UTF8})
            put(made, keyword, value)
            found = front + _written(made, syntax).removeprefix(in_front)
        if len(known) >= _MOST_KNOWN:
            known.clear()
        known[value] = found
        return found

    return encode
