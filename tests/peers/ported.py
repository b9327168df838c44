r"""Runs tests that were written for pydicom with its names replaced by radiogram's.

This is how to find where a script breaks that is ported by changing its imports. pydicom's own tests
serve well::

    git clone --depth 1 --branch v3.0.2 https://github.com/pydicom/pydicom pydicom-source
    cp -r pydicom-source/tests ported_tests
    sed -i -E 's/\bpydicom\b/ported/g' ported_tests/*.py
    python -m tests.peers.ported ported_tests/test_tag.py ported_tests/test_uid.py

``ported`` is pydicom with the names over it that `pydicom_names.PLACES` and `DIFFERS` know as reading:
``dcmread``, tags, UIDs, values, the dictionary, the exceptions. What builds and writes stays pydicom's,
so that a test can make the file that it then reads. A test that only builds, writes, sets
``pydicom.config`` or looks at pydicom's private state says nothing about radiogram.

A dataset or an element that a test builds is pydicom's and is not equal to one that was read.

What fails on purpose: messages are in our own words (the class of the exception is the same); there are
no warnings (`Dataset.problems` holds what they would say) and no strict mode by configuration
(``strict=True`` of `read`); a dataset without a file header needs no ``force``; a file-like source is
read at once and not held; UN of more than 64 KiB is read by the dictionary; names of Python's codecs are
not kept.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any

import pytest
import radiogram as rg

from tests.peers import pydicom_names

READ: dict[str, tuple[str, ...] | None] = {
    "": ("DataElement", "Dataset", "FileDataset", "Sequence", "dcmread", "dcmwrite"),
    "datadict": None,
    "dataelem": ("DataElement",),
    "dataset": ("Dataset", "FileDataset", "FileMetaDataset", "PrivateBlock"),
    "dicomio": ("dcmread",),
    "errors": ("InvalidDicomError",),
    "filereader": ("dcmread",),
    "filewriter": ("dcmwrite",),
    "multival": ("MultiValue",),
    "sequence": ("Sequence",),
    "tag": ("BaseTag", "Tag"),
    "uid": None,
    "valuerep": ("DS", "DSdecimal", "DSfloat", "IS", "ISfloat", "PersonName"),
}
"""The modules that get names of ours, and which; `None` for all that there are."""
AS_THEY_ARE = (
    "config",
    "data",
    "encaps",
    "filebase",
    "hooks",
    "values",
)


class _Ported(ModuleType):
    """A module of pydicom with names of ours over it."""

    def __init__(self, name: str, theirs: ModuleType) -> None:
        super().__init__(name)
        self._theirs = theirs

    def __getattr__(self, name: str) -> Any:  # what a module holds
        return getattr(self._theirs, name)


class FileMetaDataset(rg.Dataset):
    """Pydicom's class for file meta information."""


class FileDataset(rg.Dataset):
    """Pydicom's class for what was read from a file; here it is made by hand alone."""

    def __init__(
        self,
        filename_or_obj: object,
        dataset: rg.Dataset,
        preamble: bytes | None = None,
        file_meta: rg.Dataset | None = None,
        is_implicit_VR: bool = True,  # noqa: N803  # pydicom's
        is_little_endian: bool = True,
    ) -> None:
        super().__init__(dataset)
        self.file_meta, self.preamble = file_meta or FileMetaDataset(), preamble
        self.__dict__["_name"] = filename_or_obj if isinstance(filename_or_obj, str) else None
        self._chosen_encoding = (is_implicit_VR, is_little_endian)

    def __new__(cls, *_: object, **__: object) -> FileDataset:
        made: FileDataset = super().__new__(cls)
        return made


MADE = {"FileDataset": FileDataset, "FileMetaDataset": FileMetaDataset, "dcmwrite": rg.dcmwrite}


def _ours(name: str) -> object | None:
    last = name.rpartition(".")[2]
    if last in MADE:
        return MADE[last]
    place = pydicom_names.DIFFERS.get(name, (pydicom_names.place(name), ""))[0]
    if name in {"pydicom.dicomio.dcmread", "pydicom.filereader.dcmread"}:
        place = "radiogram.dcmread"
    return pydicom_names.find(place) if place else None


def install() -> None:
    """Make ``ported`` and its modules importable."""
    for part in ("", *AS_THEY_ARE, *filter(None, READ)):
        full = f"pydicom.{part}".rstrip(".")
        theirs = importlib.import_module(full)
        made = _Ported(full.replace("pydicom", "ported", 1), theirs)
        wanted = READ.get(part, ())
        for name in dir(theirs) if wanted is None else wanted:
            found = None if name.startswith("_") else _ours(f"{full}.{name}")
            if found is not None:
                setattr(made, name, found)
        sys.modules[made.__name__] = made
        if part:
            setattr(sys.modules["ported"], part, made)
    sys.modules["ported"].__path__ = importlib.import_module("pydicom").__path__


if __name__ == "__main__":
    install()
    sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", *sys.argv[1:]]))
