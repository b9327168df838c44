"""What `radiogram.net.debug_logger` makes the log tell: which associations and messages come and go. No values of data sets."""

from __future__ import annotations

import logging

from radiogram.net.answers import clean

__all__ = ["begin", "is_telling", "narrate"]

LOGGER = logging.getLogger("radiogram.net")

_begun: list[bool] = []


def begin() -> None:
    """Tell from now on."""
    _begun[:] = [True]


def is_telling() -> bool:
    """Whether anybody has asked for it."""
    return bool(_begun)


def narrate(words: str, *values: object) -> None:
    """Log a line of the story, where somebody has asked for it: what a peer has sent cannot make it two.

    Examples
    --------
    >>> narrate("a message has come from %s", "ARCHIVE")
    """
    if _begun and LOGGER.isEnabledFor(logging.DEBUG):
        LOGGER.debug("%s", clean(words % values))
