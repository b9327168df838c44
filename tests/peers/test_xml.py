"""The Native DICOM Model of every real file: well formed, back as it was, and as DCMTK writes it."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any
from xml.etree import ElementTree

import pytest
import radiogram as rg

from tests.peers import corpus

DCM2XML = shutil.which("dcm2xml")


def _plain(made: dict[str, Any]) -> str:
    """Give a data set in JSON without what XML does not keep: trailing empty components of names (PS3.5 6.2.1.1)."""
    text = json.dumps(made, ensure_ascii=False, sort_keys=True)
    while '^"' in text:
        text = text.replace('^"', '"')
    return text.replace('"Value": [{"Alphabetic": ""}], "vr": "PN"', '"vr": "PN"').replace(
        '{"Alphabetic": ""}', "null"
    )


def _texts(value: Any) -> list[str]:
    """Give values as texts without blanks behind them, which DCMTK leaves out of each of several."""
    return [str(one).rstrip() for one in (value if isinstance(value, list) else [value])]


def test_every_file_comes_back() -> None:
    """What is read from our XML is what is read from our JSON, and other parsers of XML read it."""
    wrong = []
    files = corpus.real_files()
    for file in files:
        ds = rg.read(file.path, force=True)
        text = ds.to_xml()
        ElementTree.fromstring(text)  # our own text
        again = rg.Dataset.from_xml(text).to_json_dict()
        if _plain(again) != _plain(rg.Dataset.from_json(ds.to_json()).to_json_dict()):
            wrong.append(file.name)
    assert not wrong
    assert len(files) > 100


@pytest.mark.skipif(DCM2XML is None, reason="DCMTK is not installed")
def test_that_of_dcmtk_is_read() -> None:
    """The elements that dcm2xml writes have the values that we read from the file."""
    read = 0
    different: list[str] = []
    for file in corpus.real_files()[::5]:
        assert DCM2XML is not None
        done = subprocess.run(
            [DCM2XML, "-q", "-nat", "+Eb", str(file.path)], capture_output=True, check=False
        )
        if done.returncode:
            continue
        try:
            theirs = rg.Dataset.from_xml(done.stdout)
        except rg.DicomError:
            # Values that break the rules of their VR are written as they are.
            continue
        ours = rg.read(file.path, force=True)
        read += 1
        for element in theirs:
            mine = ours.get(element.tag)
            if (
                element.tag.is_private
                or mine is None
                or element.VR in {"SQ", "OB", "OW", "OF", "OL", "OD", "UN", "PN", "FL", "FD"}
            ):
                continue
            if _texts(mine.value) != _texts(element.value):
                different.append(f"{file.name} {element.tag}: {element.VR}")
    assert read > 15
    assert different == []
