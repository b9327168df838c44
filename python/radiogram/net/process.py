"""What has connections and threads, and is of the process that has made it."""

from __future__ import annotations

from typing import NoReturn

__all__ = ["OfThisProcess"]


class OfThisProcess:
    """What cannot be handed to another process, nor be there twice.

    Examples
    --------
    >>> import copy
    >>> from radiogram.net import AE
    >>> copy.copy(AE())
    Traceback (most recent call last):
    ...
    TypeError: AE has connections and threads of this process: it cannot be pickled or copied, make a new one there
    """

    def __reduce__(self) -> NoReturn:
        message = (
            f"{type(self).__name__.lstrip('_')} has connections and threads of this process: it cannot be pickled or copied,"
            " make a new one there"
        )
        raise TypeError(message)
