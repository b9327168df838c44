r"""Runs tests that were written for pydicom with its names replaced by radiogram's.

This is how to find where a script breaks that is ported by changing its imports. pydicom's own tests
serve well::

    git clone --depth 1 --branch v3.0.2 https://github.com/pydicom/pydicom pydicom-source
    cp -r pydicom-source/tests ported_tests
    sed -i -E 's/\bpydicom\b/ported/g' ported_tests/*.py
    python -m tests.peers.ported ported_tests/test_tag.py ported_tests/test_uid.py

``ported`` is pydicom with our names over it: datasets, elements, sequences, ``dcmread`` and ``dcmwrite``, tags, UIDs,
values, the dictionary, the exceptions. A test that sets ``pydicom.config`` or looks at pydicom's inner parts says
nothing about radiogram: the table at the end counts those by what their failure says (`NOT_OURS`).

What fails on purpose: messages are in our own words (the class of the exception is the same); there are
no warnings (`Dataset.problems` holds what they would say) and no strict mode by configuration
(``strict=True`` of `read`); a dataset without a file header needs no ``force``; a file-like source is
read at once and not held; UN of more than 64 KiB is read by the dictionary; names of Python's codecs are
not kept.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections import Counter, defaultdict
from types import ModuleType
from typing import Any, Self

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

    def __new__(cls, *_: object, **__: object) -> Self:
        return super().__new__(cls)


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


NOT_OURS = {
    "words": r"Regex pattern did not match|Regex: ",
    "warnings and settings": r"DID NOT WARN|validation_mode|config\.|is_strict|use_DS_decimal|pytest\.warns",
    "pydicom's inner parts": r"RawDataElement|no such keyword as _|has no attribute '_|showVR|maxBytesToDisplay|"
    r"is_undefined_length|fileobj_type|correct_ambiguous|write_(?:dataset|OB|OW|OF|UN|PN|text|number|data_element)|"
    r"pydicom/(?:filewriter|dataset|dataelem|fileutil|valuerep)\.py:\d+: |DicomBytesIO|not an acceptable base type",
    "values that are buffers": r"BytesIO|BufferedIOBase|buffered",
    "deprecated names": r"TestFuture|DeprecationWarning|_use_future",
    # As `pydicom_names.tsv` says, and the texts of the errors.
    "differences that have a name": r"DSdecimal is made from|DSfloat' object has no attribute 'auto_format'|"
    r"original_character_set|update_raw_element|element_format|has one value \(PS3\.5|TestPersonName|TestFileMeta\b|"
    r"test_ensure_file_meta|as_assertable|test_write_removes_grouplength|cannot be a value of a VR|a slice of a dataset|"
    r"use bytes or a numpy array|pixel_array|_datetime_conversion",
    "compressed pixels": r"decompress|compress\b|encapsulated",
}
"""What a failure says where the test is about something that radiogram does not have on purpose."""


class Tally:
    """Counts what became of the tests, and why those that fail do."""

    def __init__(self) -> None:
        self.counts: dict[str, Counter[str]] = defaultdict(Counter)
        self.rest: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Put one test into its class."""
        if report.when != "call" and report.passed:
            return
        file = report.nodeid.partition("::")[0].rpartition("/")[2]
        if not report.failed:
            self.counts[file][report.outcome] += 1
            return
        said = f"{report.nodeid}\n{report.longreprtext}"
        name = next((name for name, found in NOT_OURS.items() if re.search(found, said)), "rest")
        self.counts[file][name] += 1
        if name == "rest":
            last = [line for line in report.longreprtext.splitlines() if line.startswith("E  ")]
            self.rest.append(f"{report.nodeid.partition('::')[2]}: {(last or ['?'])[0][1:].strip()[:120]}")

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the table, and what is left."""
        terminalreporter.section("ported")
        total = Counter[str]()
        for file, counts in self.counts.items():
            terminalreporter.write_line(f"{file}: {dict(counts)}")
            total += counts
        share = total["passed"] / max(1, total["passed"] + total["rest"])
        terminalreporter.write_line(f"{share:.1%} of those that apply pass: {dict(total)}")
        for line in self.rest:
            terminalreporter.write_line(f"  {line}")


if __name__ == "__main__":
    install()
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:warnings", "--tb=short", "--show-capture=no"]
    sys.exit(pytest.main([*options, *sys.argv[1:]], plugins=[Tally()]))
