"""A folder that is served: a durable Storage, Query/Retrieve and Storage Commitment provider over files and an index of them.

Examples
--------
>>> import pathlib, tempfile
>>> import radiogram as rg
>>> from radiogram.net.served import Index
>>> from pydicom.data import get_testdata_file
>>> folder = pathlib.Path(tempfile.mkdtemp())
>>> _ = (folder / "ct.dcm").write_bytes(pathlib.Path(get_testdata_file("CT_small.dcm")).read_bytes())
>>> with Index(folder) as index:
...     query = rg.Dataset({"QueryRetrieveLevel": "STUDY", "PatientID": "1CT*", "ModalitiesInStudy": None})
...     [(ds.PatientID, ds.ModalitiesInStudy) for ds in index.candidates("STUDY", query)]
[('1CT1', 'CT')]
"""

from __future__ import annotations

from radiogram.net.served.index import Index
from radiogram.net.served.serving import ServedFolder, serve

__all__ = ["Index", "ServedFolder", "serve"]
