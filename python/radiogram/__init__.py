"""radiogram: a DICOM toolkit for Python with a Rust core."""
from radiogram.dataset import Dataset, read
dcmread = read
