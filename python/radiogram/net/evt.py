"""``evt``: the events that handlers are bound to; `radiogram.net.events` by pynetdicom's short name.

Examples
--------
>>> from radiogram.net import evt
>>> evt.EVT_C_STORE.description
'C-STORE request received'
"""

from __future__ import annotations

from radiogram.net.event import Event
from radiogram.net.events import *  # noqa: F403
from radiogram.net.events import EVENTS

__all__ = ["EVENTS", "Event", *EVENTS]
