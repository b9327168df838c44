"""What the commands share of a terminal: colours, its width, text that cannot control it, complaints."""

from __future__ import annotations

import base64
import json
import math
import os
import shutil
import sys
import unicodedata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse
    from typing import TextIO

__all__ = [
    "Style",
    "add_colour",
    "advised",
    "complain",
    "cut",
    "escaped",
    "json_line",
    "prepare",
    "silence",
    "width",
]

_PIPE_WIDTH = 160
_ADVICE = "; force=True reads it all the same"


class Style:
    """Escape sequences by what they mark; all empty where there is to be no colour."""

    __slots__ = ("bad", "end", "faint", "head", "name", "vr")

    def __init__(self, *, coloured: bool) -> None:
        codes = (
            ("\x1b[31m", "\x1b[0m", "\x1b[2m", "\x1b[1m", "\x1b[36m", "\x1b[33m") if coloured else ("",) * 6
        )
        self.bad, self.end, self.faint, self.head, self.name, self.vr = codes


def add_colour(parser: argparse.ArgumentParser) -> None:
    """Add ``--color`` and ``--no-color``; without them, `prepare` decides."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "--color", dest="color", action="store_true", default=None, help="colour even into a pipe"
    )
    group.add_argument("--no-color", dest="color", action="store_false", help="no colour")


def prepare(*, color: bool | None, stream: TextIO | None = None) -> Style:
    """Make a stream ready for any text, and choose its colours: on a terminal, unless NO_COLOR is set."""
    out: Any = sys.stdout if stream is None else stream
    if hasattr(out, "reconfigure"):
        # A terminal without the character shows its number; it is no reason to end.
        out.reconfigure(errors="backslashreplace")
    if color is None:
        color = out.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return Style(coloured=color)


def width(asked: int | None) -> int:
    """Give the width of a line: what was asked for, that of the terminal, a fixed one into a pipe; 0 is no limit."""
    if asked is not None:
        return asked
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else _PIPE_WIDTH


def escaped(text: str) -> str:
    """Give the text without anything that a terminal obeys: control and format characters become their numbers."""
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() or unicodedata.category(c) == "Zs" else c.encode("unicode_escape").decode()
        for c in text
    )


def json_line(row: object) -> str:
    """Give a line of JSON that stdout can write: what it has no character for, a name of a file that is no text too, is escaped as JSON does it.

    Bytes are base64, and what is no number as the DICOM JSON model spells it (PS3.18 F.2.3).
    """
    try:
        text = json.dumps(row, ensure_ascii=False, allow_nan=False, default=_spelled)
    except ValueError:
        row = _finite(row)
        text = json.dumps(row, ensure_ascii=False, default=_spelled)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(row, default=_spelled)
    return text + "\n"


def _spelled(value: object) -> str:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)


def _finite(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, list):
        return [_finite(one) for one in value]
    return {name: _finite(one) for name, one in value.items()} if isinstance(value, dict) else value


def cut(text: str, limit: int) -> str:
    """Give at most `limit` characters, the last of them an ellipsis if some are missing; 0 is no limit."""
    return text if not limit or len(text) <= limit else text[: max(1, limit) - 1] + "…"


def complain(source: str, message: object, *, can_force: bool = False) -> None:
    """Write one line on stderr: the program, the file, what is wrong."""
    prepare(color=False, stream=sys.stderr)
    print(f"radiogram: {escaped(source)}: {escaped(advised(message, can_force=can_force))}", file=sys.stderr)


def advised(message: object, *, can_force: bool = False) -> str:
    """Give a message whose advice is for who calls `read` as it is for a command line: ``--force``, where the program has it, or nothing.

    Examples
    --------
    >>> from radiogram.cli.terminal import advised
    >>> advised("no DICM; force=True reads it all the same, byte 0")
    'no DICM, byte 0'
    """
    return str(message).replace(_ADVICE, _ADVICE.replace("force=True", "--force") if can_force else "")


def silence() -> None:
    """Let what is still said go nowhere: what cannot be written would be tried once more at the end, and complained of by Python."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
