"""Datasets as text: the JSON of a deep structured report, out and in."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pydicom
import radiogram as rg

from benches import nested
from benches.interleave import Gate

if TYPE_CHECKING:
    from collections.abc import Callable

    from benches.conftest import Measure
    from benches.data import Size

DCM2JSON = shutil.which("dcm2json")


def _strict(text: str) -> Any:  # noqa: ANN401
    return json.loads(text, parse_constant=lambda word: word)


def test_json_out(size: Size, measure: Measure) -> None:
    """From the file to the text, beside dcm2json as a process."""
    path = nested.deep_sr(size)
    yardstick = pydicom.dcmread(path).to_json_dict()
    competitors: dict[str, Callable[[], Any]] = {
        "radiogram": lambda: rg.read(path).to_json(),
        "pydicom": lambda: pydicom.dcmread(path).to_json(),
    }
    if DCM2JSON is not None:
        command = [DCM2JSON, "-fc", str(path)]
        competitors["DCMTK"] = lambda: subprocess.run(
            command, capture_output=True, check=True
        ).stdout.decode()

    def right(_: str, text: str) -> bool:
        return len(_strict(text)) == len(yardstick)

    slow = frozenset({"pydicom"})
    gate = Gate("DCMTK", 0.5) if DCM2JSON is not None else Gate("pydicom", 0.1)
    measure("JSON of a deep SR, out", competitors, gate, right=right, slow=slow)


def test_json_in(size: Size, measure: Measure) -> None:
    """From the text to a dataset."""
    text = rg.read(nested.deep_sr(size)).to_json()
    elements = len(_strict(text))
    competitors: dict[str, Callable[[], Any]] = {
        "radiogram": lambda: rg.Dataset.from_json(text),
        "pydicom": lambda: pydicom.Dataset.from_json(text),
    }
    gate = Gate("pydicom", 0.1)
    measure(
        "JSON of a deep SR, in",
        competitors,
        gate,
        right=lambda _, ds: len(ds) == elements,
        slow=frozenset({"pydicom"}),
    )
