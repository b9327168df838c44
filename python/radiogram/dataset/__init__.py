"""Datasets: what a file holds, element by element, read when it is touched.

This room is the thin face over the core's index: names, keys, iteration, comparison, printing. It may import the
dictionary and the values; pixels and exchange with other libraries are rooms of their own.
"""

from radiogram._core import DataElement
from radiogram.dataset.dataset import Dataset
from radiogram.dataset.reader import read
from radiogram.dataset.sequence import Sequence
from radiogram.dataset.tag import Tag
from radiogram.dataset.writer import dcmwrite

__all__ = ["DataElement", "Dataset", "Sequence", "Tag", "dcmwrite", "read"]
