"""Our parts within other libraries: a user of theirs gains speed with one line.

`radiogram.compat.pydicom` puts the codecs into pydicom.
"""
