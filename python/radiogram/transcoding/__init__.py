"""Files and folders into another transfer syntax, with a report of what became of each file.

Examples
--------
>>> import pathlib, tempfile
>>> import radiogram as rg
>>> from pydicom.data import get_testdata_file
>>> out = pathlib.Path(tempfile.mkdtemp(), "ct.dcm")
>>> rg.transcode(get_testdata_file("CT_small.dcm"), out, "JPEGLSLossless").written
1
>>> rg.read(out).file_meta.TransferSyntaxUID.keyword
'JPEGLSLossless'
"""

from radiogram.transcoding.files import transcode
from radiogram.transcoding.report import Transcoded, TranscodeReport

__all__ = ["TranscodeReport", "Transcoded", "transcode"]
