"""Structure sets of radiotherapy: contours as arrays, and as masks on the grid of a volume.

Points are read and polygons filled by the core; this room says it in the field's words.
"""

from __future__ import annotations

from radiogram.structures.mask import RegionMask
from radiogram.structures.region import ROI, Contour
from radiogram.structures.structure_set import StructureSet, read_structures

__all__ = ["ROI", "Contour", "RegionMask", "StructureSet", "read_structures"]
