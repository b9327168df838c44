"""What pynetdicom has as global switches, as far as it means something here; options of `AE.start_server` are to be preferred."""

from __future__ import annotations

UNRESTRICTED_STORAGE_SERVICE = False
"""Whether servers that do not say so by ``any_storage`` take every storage SOP class in every transfer syntax, private ones too."""
