"""Training straight from DICOM: slices, volumes and patches of scanned files as batches, in numpy arrays.

`radiogram.torch` has the same with tensors and worker processes. Nothing here needs more than numpy, and pyarrow where an index is made.
"""

from radiogram.loaders.collating import collate
from radiogram.loaders.index import Index
from radiogram.loaders.loader import Loader
from radiogram.loaders.making import TAGS
from radiogram.loaders.order import Order
from radiogram.loaders.patches import PatchDataset
from radiogram.loaders.slices import SliceDataset
from radiogram.loaders.volumes import VolumeDataset

__all__ = [
    "TAGS",
    "Index",
    "Loader",
    "Order",
    "PatchDataset",
    "SliceDataset",
    "VolumeDataset",
    "collate",
]
