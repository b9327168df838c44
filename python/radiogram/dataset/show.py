"""Datasets for a person to read: as text, and as HTML in a notebook."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from radiogram._core import DataElement
    from radiogram.dataset.dataset import Dataset

__all__ = ["element", "html", "lines"]

_BYTES_SHOWN = 16
"""Longer blocks of bytes are shown by their size."""
_BLOCKS = {"OB", "OD", "OF", "OL", "OV", "OW", "UN", "OB or OW", "US or OW", "US or SS or OW"}
_VALUES_SHOWN = 64
_TEXT_SHOWN = 4096
_SHORT = 80
_NAME_WIDTH = 35
_DEEPEST = 256
"""Sequences in sequences are shown no deeper: a dataset can be within itself."""
_HTML_ROWS = 1000
_VALUE_WIDTH = 120


def element(elem: DataElement) -> str:
    """Make one line: tag, name, VR, value."""
    name = elem.name[:_NAME_WIDTH]
    return f"{tag(elem)} {name:<{_NAME_WIDTH}} {elem.VR}: {value(elem)}"


def tag(elem: DataElement) -> str:
    """Give the tag as pydicom prints it."""
    return str(elem.tag)


def value(elem: DataElement) -> str:
    """Give the value in a few words, a large one by its size."""
    if elem.VR == "SQ":
        count = len(elem.value)
        return f"<Sequence of {count} item{'' if count == 1 else 's'}>"
    if elem.VR in _BLOCKS and (size := _size(elem)) > _BYTES_SHOWN:
        return f"<{size:,} bytes>"
    held: Any = elem.value
    if isinstance(held, list) and len(held) > _VALUES_SHOWN:
        first = ", ".join(map(repr, held[:_VALUES_SHOWN]))
        return f"[{first}, … {len(held):,} values]"
    if isinstance(held, str) and len(held) > _TEXT_SHOWN:
        return f"{held[:_TEXT_SHOWN]!r} … {len(held):,} characters"
    if elem.VR == "UI" and isinstance(held, str) and held and held != (name := getattr(held, "name", held)):
        return str(name)
    return repr(held)


def _size(elem: DataElement) -> int:
    """Give the number of bytes, without reading or encoding the value."""
    if elem.offset is not None:
        return elem.length
    return len(elem.value) if isinstance(elem.value, bytes) else 0


def in_short(elem: DataElement) -> str:
    """Give the value in no more than a line."""
    text = value(elem)
    return text if len(text) <= _SHORT else f"{text[: _SHORT - 2]} …"


def lines(ds: Dataset, indent: str = "    ") -> Iterator[str]:
    """Yield a line an element, those in sequences indented."""
    stack = [(iter(ds), "")]
    while stack:
        elements, margin = stack[-1]
        for elem in elements:
            yield margin + element(elem)
            if elem.VR == "SQ" and len(elem.value):
                if len(stack) > _DEEPEST:
                    yield f"{margin}{indent}…"
                    continue
                inner = margin + indent
                stack.append((_items(elem), inner))
                break
        else:
            stack.pop()


def _items(elem: DataElement) -> Iterator[DataElement]:
    for item in elem.value:
        yield from item


def html(ds: Dataset) -> str:
    """Make a table for notebooks; what is wrong stands above it."""
    rows = []
    for number, elem in enumerate(ds.iterall()):
        if number == _HTML_ROWS:
            rows.append(f"<tr><td colspan=4>… the first {_HTML_ROWS} elements of more</td></tr>")
            break
        text = value(elem)
        shown = text if len(text) <= _VALUE_WIDTH else text[:_VALUE_WIDTH] + " …"
        cells = (tag(elem), elem.VR, elem.keyword or elem.name, shown)
        rows.append("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>")
    problems = "".join(
        f"<li><b>{escape(p.kind)}</b> {escape(p.path)} at byte {p.offset}: assumed {escape(p.assumed)}</li>"
        for p in ds.problems
    )
    above = f"<ul>{problems}</ul>" if problems else ""
    head = "<tr><th>Tag</th><th>VR</th><th>Keyword</th><th>Value</th></tr>"
    return f"{above}<table style='font-family:monospace;text-align:left'>{head}{''.join(rows)}</table>"
