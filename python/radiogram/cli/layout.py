"""Where everything lies in a file, a header a line: for ``radiogram dump --raw``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radiogram import _core
from radiogram.cli.terminal import cut, escaped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from radiogram.cli.terminal import Style
    from radiogram.dataset import Dataset

__all__ = ["lines"]

_UNDEFINED = 0xFFFFFFFF
_MARKS = {0xFFFEE000: "Item", 0xFFFEE00D: "ItemDelimitationItem", 0xFFFEE0DD: "SequenceDelimitationItem"}
_INDENT = "  "


def lines(
    ds: Dataset, style: Style, *, wanted: frozenset[int] | None, levels: float, width: int
) -> Iterator[str]:
    """Yield a line a header: where it begins, where its value begins, length field, tag and VR as they are written.

    Bytes between two headers that belong to neither have a line of their own. Those of a deflated dataset are counted in what
    it inflates to.
    """
    yield f"{style.faint}# {'header':>8} {'value':>10} {'length':>10}{style.end}"
    places = ds._layout()
    reached = 0
    for number, (depth, start, tag, vr, length, offset) in enumerate(places):
        if wanted is None and 0 < reached < start:
            yield f"{style.bad}! bytes {reached} to {start - 1} belong to no element{style.end}"
        following = places[number + 1][0] if number + 1 < len(places) else 0
        holds_more = following > depth or length == _UNDEFINED
        reached = offset if holds_more else offset + length
        if (depth + 1) // 2 > levels or (wanted is not None and tag not in wanted):
            continue
        said = "undefined" if length == _UNDEFINED else str(length)
        where = f"{start:>10} {offset:>10} {said:>10} "
        margin = _INDENT * depth
        written = "--" if vr is None else escaped(vr)
        room = max(8, width - len(where) - len(margin) - len("(0010,0010) PN ")) if width else 0
        yield (
            f"{where}{margin}{style.faint}({tag >> 16:04X},{tag & 0xFFFF:04X}){style.end} "
            f"{style.vr}{written}{style.end} {style.name}{cut(_name(tag), room)}{style.end}"
        ).rstrip()


def _name(tag: int) -> str:
    if tag in _MARKS:
        return _MARKS[tag]
    known = _core.dictionary_by_tag(tag)
    return "" if known is None else known[3] or known[4]
