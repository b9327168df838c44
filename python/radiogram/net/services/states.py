"""State machines of procedure steps and requests, from their table (PS3.4 tables F.1-4, CC.1.1-2)."""

from __future__ import annotations

from typing import NamedTuple

from radiogram._tables.steps import STATES
from radiogram.net.services.answers import INVALID_VALUE, RefusedError

__all__ = ["Step", "step"]


class Step(NamedTuple):
    """What an event in a state comes to.

    Attributes
    ----------
    status : int
        The answer.
    state : str
        The state afterwards.
    actions : tuple of str
        What else is to be done.
    """

    status: int
    state: str
    actions: tuple[str, ...]


def step(machine: str, event: str, state: str) -> Step:
    """Look an event up.

    Parameters
    ----------
    machine : {"UPS", "MPPS", "MediaCreation"}
        The machine.
    event : str
        What happens.
    state : str
        The state it happens in; empty where there is no instance.

    Raises
    ------
    RefusedError
        There is no such event: a value that is none of the states.

    Examples
    --------
    >>> from radiogram.net.services.states import step
    >>> step("UPS", "begin", "SCHEDULED")
    Step(status=0, state='IN PROGRESS', actions=('report lock',))
    >>> hex(step("UPS", "begin", "IN PROGRESS").status)
    '0xc302'
    """
    found = STATES.get((machine, event, state))
    if found is None:
        message = "the state is none of those of the standard"
        raise RefusedError(message, INVALID_VALUE)
    status, following, actions = found
    return Step(status, following, (actions,) if actions else ())
