"""Words of a command line that are not any text: ports, titles, seconds, numbers. What is none of them is wrong usage."""

from __future__ import annotations

import argparse
import math
from pathlib import Path

__all__ = [
    "UsageError",
    "any_port",
    "count",
    "file",
    "folder",
    "integer",
    "pdu_length",
    "port",
    "present_folder",
    "seconds",
    "title",
    "uid",
]


class UsageError(Exception):
    """What was said cannot be so, and that is seen only once the command runs: wrong usage, exit code 2."""


_MOST_SECONDS = 1e9
_PORTS = 1 << 16


def integer(text: str, least: int, most: int | None = None) -> int:
    """Give a whole number within bounds."""
    number = int(text) if text.lstrip("-").isdecimal() and len(text) < 20 else None
    if number is None or number < least or (most is not None and number > most):
        bounds = f"from {least} on" if most is None else f"from {least} to {most}"
        message = f"{text[:64]!r} is no whole number {bounds}"
        raise argparse.ArgumentTypeError(message)
    return number


def port(text: str) -> int:
    """Give the port of a peer."""
    return integer(text, 1, _PORTS - 1)


def any_port(text: str) -> int:
    """Give a port to listen at; 0 is any."""
    return integer(text, 0, _PORTS - 1)


def count(text: str) -> int:
    """Give a number from 1 on."""
    return integer(text, 1)


def pdu_length(text: str) -> int:
    """Give the maximum length of a PDU, 0 for any (PS3.8 D.1)."""
    return integer(text, 0, (1 << 32) - 1)


def operations(text: str) -> int:
    """Give how many operations may be under way at once, 0 for any number (PS3.7 D.3.3.3)."""
    return integer(text, 0, 0xFFFF)


def seconds(text: str) -> float:
    """Give a number of seconds."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    # What is no number is not within bounds either.
    if not 0 <= number <= _MOST_SECONDS:
        message = f"{text[:64]!r} is no number of seconds"
        raise argparse.ArgumentTypeError(message)
    return number


def title(text: str) -> str:
    """Give an AE title (PS3.5 6.2).

    Examples
    --------
    >>> from radiogram.cli.words import title
    >>> title(" ARCHIVE ")
    'ARCHIVE'
    """
    from radiogram.net.checks import checked_title

    try:
        return checked_title(text, "title")
    except ValueError as error:
        message = f"{text[:64]!r}: {error}"
        raise argparse.ArgumentTypeError(message) from None


def uid(text: str) -> str:
    """Give a UID (PS3.5 9.1)."""
    from radiogram.uid import UID

    if not UID(text).is_valid:
        message = f"{text[:64]!r} is no UID: numbers with dots between, 64 characters at most (PS3.5 9.1)"
        raise argparse.ArgumentTypeError(message)
    return text


def file(text: str) -> str:
    """Give a file that can be read."""
    try:
        with Path(text).open("rb"):
            return text
    except OSError as error:
        message = f"{text[:64]!r}: {error.strerror}"
        raise argparse.ArgumentTypeError(message) from None


def present_folder(text: str) -> str:
    """Give a folder that is there."""
    if not Path(text).is_dir():
        message = f"{text[:64]!r} is no folder that is there"
        raise argparse.ArgumentTypeError(message)
    return text


def folder(text: str) -> str:
    """Give a folder, which is there or can be made."""
    if Path(text).exists() and not Path(text).is_dir():
        message = f"{text[:64]!r} is no folder"
        raise argparse.ArgumentTypeError(message)
    return text
