"""pynetdicom's name for what its programs import from there: servers, to say what is returned."""

from __future__ import annotations

from radiogram.net.server import AssociationServer as AssociationServer
from radiogram.net.server import ThreadedAssociationServer as ThreadedAssociationServer
