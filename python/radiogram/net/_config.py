"""What pynetdicom has as global switches, as far as it means something here; options of `AE.start_server` are to be preferred."""

from __future__ import annotations

UNRESTRICTED_STORAGE_SERVICE = False
"""Whether servers that do not say so by ``any_storage`` take every storage SOP class in every transfer syntax, private ones too."""

STORE_RECV_CHUNKED_DATASET = False
"""Whether instances for handlers of servers that begin then, and of associations, are files and not in memory: `Event.dataset_path`.

A file is there until its handler has returned. Without it `store=` and ``rules=`` say where they go.
"""
