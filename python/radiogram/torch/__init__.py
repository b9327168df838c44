"""Training with torch straight from DICOM: datasets of slices, volumes and patches, and what reads them in batches.

Importing it imports torch. The datasets are those of `radiogram.loaders` with tensors in the place of arrays.
"""

from radiogram.loaders import TAGS, Index, Order
from radiogram.torch.datasets import PatchDataset, SliceDataset, VolumeDataset, collate
from radiogram.torch.loader import Loader
from radiogram.torch.stream import Stream

__all__ = [
    "TAGS",
    "Index",
    "Loader",
    "Order",
    "PatchDataset",
    "SliceDataset",
    "Stream",
    "VolumeDataset",
    "collate",
]
