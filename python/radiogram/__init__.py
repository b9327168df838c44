"""radiogram: a DICOM toolkit for Python with a Rust core.

Examples
--------
>>> import radiogram as rg
>>> from pydicom.data import get_testdata_file
>>> ds = rg.read(get_testdata_file("CT_small.dcm"))
>>> ds.Modality, ds.pixel_array.shape
('CT', (128, 128))
"""

from __future__ import annotations

from radiogram import errors
from radiogram._core import VERSION as __version__  # noqa: N811
from radiogram.dataset import DataElement, Dataset, Sequence, Tag, dcmwrite, read
from radiogram.errors import DicomError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from radiogram import codecs as codecs
    from radiogram import dictionary as dictionary
    from radiogram import interop as interop
    from radiogram import loaders as loaders
    from radiogram import net as net
    from radiogram import uid as uid
    from radiogram.dataset.ndjson import from_ndjson as from_ndjson
    from radiogram.dataset.ndjson import to_ndjson as to_ndjson
    from radiogram.problem import Problem as Problem
    from radiogram.registry import SOPClass as SOPClass
    from radiogram.registry import TransferSyntax as TransferSyntax
    from radiogram.scanning import ScanTable as ScanTable
    from radiogram.scanning import col as col
    from radiogram.scanning import scan as scan
    from radiogram.segmentation import Segment as Segment
    from radiogram.segmentation import Segmentation as Segmentation
    from radiogram.segmentation import SegmentVolume as SegmentVolume
    from radiogram.segmentation import read_segmentation as read_segmentation
    from radiogram.structures import ROI as ROI
    from radiogram.structures import Contour as Contour
    from radiogram.structures import RegionMask as RegionMask
    from radiogram.structures import StructureSet as StructureSet
    from radiogram.structures import read_structures as read_structures
    from radiogram.transcoding import Transcoded as Transcoded
    from radiogram.transcoding import TranscodeReport as TranscodeReport
    from radiogram.transcoding import transcode as transcode
    from radiogram.volume import MissingSliceWarning as MissingSliceWarning
    from radiogram.volume import Volume as Volume
    from radiogram.volume import VolumeReport as VolumeReport
    from radiogram.volume import open_volume as open_volume
    from radiogram.volume import read_slide as read_slide
    from radiogram.volume import read_volume as read_volume

dcmread = read

_LATER = {
    "Contour": "radiogram.structures",
    "MissingSliceWarning": "radiogram.volume",
    "Problem": "radiogram.problem",
    "ROI": "radiogram.structures",
    "RegionMask": "radiogram.structures",
    "SOPClass": "radiogram.registry",
    "ScanTable": "radiogram.scanning",
    "Segment": "radiogram.segmentation",
    "SegmentVolume": "radiogram.segmentation",
    "Segmentation": "radiogram.segmentation",
    "StructureSet": "radiogram.structures",
    "TranscodeReport": "radiogram.transcoding",
    "Transcoded": "radiogram.transcoding",
    "TransferSyntax": "radiogram.registry",
    "Volume": "radiogram.volume",
    "VolumeReport": "radiogram.volume",
    "col": "radiogram.scanning",
    "open_volume": "radiogram.volume",
    "read_slide": "radiogram.volume",
    "read_segmentation": "radiogram.segmentation",
    "read_structures": "radiogram.structures",
    "from_ndjson": "radiogram.dataset.ndjson",
    "read_volume": "radiogram.volume",
    "scan": "radiogram.scanning",
    "to_ndjson": "radiogram.dataset.ndjson",
    "transcode": "radiogram.transcoding",
}
"""Names that are imported when they are first asked for, so that importing radiogram stays cheap."""

_ROOMS = (
    "codecs",
    "compat",
    "dictionary",
    "interop",
    "loaders",
    "monai",
    "net",
    "pixels",
    "segmentation",
    "structures",
    "torch",
    "uid",
    "values",
    "volume",
    "waveform",
)

__all__ = [
    "ROI",
    "Contour",
    "DataElement",
    "Dataset",
    "DicomError",
    "MissingSliceWarning",
    "Problem",
    "RegionMask",
    "SOPClass",
    "ScanTable",
    "Segment",
    "SegmentVolume",
    "Segmentation",
    "Sequence",
    "StructureSet",
    "Tag",
    "TranscodeReport",
    "Transcoded",
    "TransferSyntax",
    "Volume",
    "VolumeReport",
    "__version__",
    "codecs",
    "col",
    "dcmread",
    "dcmwrite",
    "dictionary",
    "errors",
    "from_ndjson",
    "interop",
    "net",
    "open_volume",
    "read",
    "read_segmentation",
    "read_slide",
    "read_structures",
    "read_volume",
    "scan",
    "to_ndjson",
    "transcode",
    "uid",
]


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name in _LATER:
        found = getattr(import_module(_LATER[name]), name)
    elif name in _ROOMS:
        found = import_module(f"radiogram.{name}")
    else:
        message = f"module 'radiogram' has no attribute {name!r}"
        raise AttributeError(message)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_ROOMS})
