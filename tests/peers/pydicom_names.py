"""Makes `pydicom_names.tsv`: each public name of pydicom, and whether radiogram has it.

`python -m tests.peers.pydicom_names` writes the table again; a test fails when that changes it. *same*: the
name is there and takes what its namesake takes. *differs*: it is there and the reason says how. *absent*: it
is not there.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import pkgutil
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import pydicom

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

TABLE = Path(__file__).with_name("pydicom_names.tsv")

PLACES = {
    "pydicom": "radiogram",
    "pydicom.datadict": "radiogram.dictionary",
    "pydicom.dataelem.DataElement": "radiogram.DataElement",
    "pydicom.dataset.Dataset": "radiogram.Dataset",
    "pydicom.dataset.PrivateBlock": "radiogram.dataset.private.PrivateBlock",
    "pydicom.errors": "radiogram.errors",
    "pydicom.filereader.dcmread": "radiogram.dcmread",
    "pydicom.filewriter.dcmwrite": "radiogram.dcmwrite",
    "pydicom.multival.MultiValue": "radiogram.values.MultiValue",
    "pydicom.sequence.Sequence": "radiogram.Sequence",
    "pydicom.tag.BaseTag": "radiogram.Tag",
    "pydicom.tag.Tag": "radiogram.Tag",
    "pydicom.uid": "radiogram.uid",
    "pydicom.valuerep.DS": "radiogram.values.DS",
    "pydicom.valuerep.DSdecimal": "radiogram.values.DSdecimal",
    "pydicom.valuerep.DSfloat": "radiogram.values.DSfloat",
    "pydicom.valuerep.IS": "radiogram.values.IS",
    "pydicom.valuerep.ISfloat": "radiogram.values.ISfloat",
    "pydicom.valuerep.PersonName": "radiogram.values.PersonName",
    "pydicom.valuerep.format_number_as_ds": "radiogram.values.number.format_number_as_ds",
    "pydicom.valuerep.is_valid_ds": "radiogram.values.number.is_valid_ds",
}
"""Where a name is looked for; the longest prefix counts, and what is below it is looked for below."""

DIFFERS = {
    "pydicom.dataset.Dataset.compress": (
        "radiogram.Dataset.compress",
        "a new SOP Instance UID only where something is lost; no plugins and no array: `set_pixel_data` takes one",
    ),
    "pydicom.dataset.Dataset.decompress": (
        "radiogram.Dataset.decompress",
        "a new SOP Instance UID on request only; no plugins",
    ),
    "pydicom.dataset.Dataset.pixel_array": (
        "radiogram.Dataset.pixel_array",
        "read-only and cached; `.copy()` gives one to write to",
    ),
    "pydicom.errors.InvalidDicomError": (
        "radiogram.errors.NotDicomError",
        "another name, under `DicomError`",
    ),
    "pydicom.tag.Tag": (
        "radiogram.Tag",
        "the class itself, where pydicom has a function and a class BaseTag",
    ),
    "pydicom.uid.generate_uid": (
        "radiogram.uid.generate_uid",
        "without a prefix the UID is a random UUID under 2.25; pydicom's own root is pydicom's",
    ),
    "pydicom.valuerep.DA": ("radiogram.values.DA", "text; `to_date()` gives the date or the range"),
    "pydicom.valuerep.DSdecimal": (
        "radiogram.values.DSdecimal",
        "never made from a float; `auto_format` is not kept",
    ),
    "pydicom.valuerep.DSfloat": ("radiogram.values.DSfloat", "`auto_format` is not kept"),
    "pydicom.valuerep.DT": ("radiogram.values.DT", "text; `to_datetime()` gives the moment or the range"),
    "pydicom.valuerep.PersonName": (
        "radiogram.values.PersonName",
        "made from bytes it is read by its first encoding; the reader follows escape sequences",
    ),
    "pydicom.valuerep.TM": ("radiogram.values.TM", "text; `to_time()` gives the time or the range"),
}
"""Names that differ in more than their parameters: where ours is, and how it differs."""

COMPRESSED = "only uncompressed pixels so far"
PLUGINS = "decoders are built in; there are no plugins to choose"
INTERNAL = "an inner part of pydicom's reader and writer"
ABSENT = {
    "pydicom.FileDataset": "one class Dataset serves files, items and file meta information",
    "pydicom.FileMetaDataset": "one class Dataset serves files, items and file meta information",
    "pydicom.charset": "character sets are decoded inside; `charset=` of `read` overrides them",
    "pydicom.cli": "programs of its own: `radiogram --help`",
    "pydicom.config": "options belong to the call; there is no global state",
    "pydicom.data": "no example files are carried",
    "pydicom.datadict": INTERNAL,
    "pydicom.dataelem": INTERNAL,
    "pydicom.dataelem.DataElement": "only to do with how pydicom prints, checks or builds an element",
    "pydicom.dataelem.DataElement.from_json": "JSON is neither read nor written so far",
    "pydicom.dataelem.DataElement.to_json": "JSON is neither read nor written so far",
    "pydicom.dataset": "one class Dataset serves files, items and file meta information",
    "pydicom.dataset.Dataset.compress": COMPRESSED,
    "pydicom.dataset.Dataset.decompress": COMPRESSED,
    "pydicom.dataset.Dataset.default_": "only to do with how pydicom prints a dataset",
    "pydicom.dataset.Dataset.from_json": "JSON is neither read nor written so far",
    "pydicom.dataset.Dataset.indent_chars": "only to do with how pydicom prints a dataset",
    "pydicom.dataset.Dataset.original_character_set": "`SpecificCharacterSet` says it, not in codecs' names",
    "pydicom.dataset.Dataset.pixel_array_options": "options belong to the call: `pixels.array(...)`",
    "pydicom.dataset.Dataset.read_": "deprecated in pydicom 3; `original_encoding` says it",
    "pydicom.dataset.Dataset.to_json": "JSON is neither read nor written so far",
    "pydicom.dataset.Dataset.update_raw_element": "an element that was read takes `.VR` and `.value` like any other",
    "pydicom.dataset.Dataset.waveform_array": "waveforms are not decoded so far",
    "pydicom.dataset.FileMetaDataset": "one class Dataset serves files, items and file meta information",
    "pydicom.iter_pixels": "`pixels.frames()` yields them",
    "pydicom.pixel_array": "`read(path).pixels.array()` does it",
    "pydicom.encaps": COMPRESSED,
    "pydicom.env_info": "only to do with pydicom's own reports",
    "pydicom.errors": "one family of exceptions: `radiogram.errors`",
    "pydicom.filebase": INTERNAL,
    "pydicom.filereader": INTERNAL,
    "pydicom.fileset": "file-sets are not read so far",
    "pydicom.fileutil": INTERNAL,
    "pydicom.filewriter": INTERNAL,
    "pydicom.hooks": "what real files do wrong is read and reported; there are no hooks to set",
    "pydicom.jsonrep": "JSON is neither read nor written so far",
    "pydicom.misc": INTERNAL,
    "pydicom.multival": INTERNAL,
    "pydicom.overlays": "`overlays` holds them",
    "pydicom.pixel_data_handlers": PLUGINS,
    "pydicom.pixels": PLUGINS,
    "pydicom.pixels.processing": "`pixels.array(units=...)` does it",
    "pydicom.sequence": INTERNAL,
    "pydicom.sr": "coded terms are not there so far",
    "pydicom.tag": INTERNAL,
    "pydicom.uid": "what a private transfer syntax is, the bytes say; other makers' roots are not carried",
    "pydicom.util": "tools round pydicom, not a library's part",
    "pydicom.valuerep": "values are what their VR says; checks are `check()` and `problems`",
    "pydicom.values": INTERNAL,
    "pydicom.waveforms": "waveforms are not decoded so far",
}
"""Why a name is absent; the longest prefix counts."""

HEADER = ("pydicom", "radiogram", "status", "reason")


def _modules() -> Iterator[ModuleType]:
    yield pydicom
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for found in pkgutil.walk_packages(pydicom.__path__, "pydicom."):
            if not any(part.startswith("_") for part in found.name.split(".")[1:]):
                yield importlib.import_module(found.name)


def public_names() -> Iterator[tuple[str, object]]:
    """Yield each public name that pydicom's modules define, and each public member of its classes."""
    for module in _modules():
        listed = set(module.__all__) if module is pydicom else set()
        for name, value in sorted(vars(module).items()):
            if name.startswith("_") or not (
                name in listed or getattr(value, "__module__", None) == module.__name__
            ):
                continue
            full = f"{module.__name__}.{name}"
            yield full, value
            if inspect.isclass(value) and module is not pydicom:
                for member in sorted(vars(value)):
                    if not member.startswith("_"):
                        yield f"{full}.{member}", inspect.getattr_static(value, member)


def place(name: str) -> str | None:
    """Say where a name of pydicom is looked for."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        prefix = ".".join(parts[:length])
        if prefix in PLACES:
            return ".".join([PLACES[prefix], *parts[length:]])
    return None


def find(where: str) -> object | None:
    """Give what is at a place, `None` where there is nothing."""
    parts = where.split(".")
    found: object = importlib.import_module(parts[0])
    for number, part in enumerate(parts[1:], 2):
        name = ".".join(parts[:number])
        if hasattr(found, "__path__") and importlib.util.find_spec(name) is not None:
            found = importlib.import_module(name)
            continue
        try:
            found = getattr(found, part)
        except AttributeError:
            return None
    return found


def _parameters(value: object) -> set[str] | None:
    """Name what a callable takes; `None` where it takes anything or does not say."""
    if isinstance(value, property) or not (callable(value) or isinstance(value, classmethod | staticmethod)):
        return None
    try:
        signature = inspect.signature(
            value.__func__ if isinstance(value, classmethod | staticmethod) else value
        )
    except (TypeError, ValueError):
        return None
    if any(one.kind in {one.VAR_KEYWORD, one.VAR_POSITIONAL} for one in signature.parameters.values()):
        return None
    return {name for name in signature.parameters if name not in {"self", "cls"}}


def _reason(name: str) -> str:
    prefixes = [prefix for prefix in ABSENT if name.startswith(prefix)]
    return ABSENT[max(prefixes, key=len)] if prefixes else ""


def row(name: str, theirs: object) -> tuple[str, str, str, str]:
    """Give the row of one name."""
    where = place(name)
    if name in DIFFERS and find(DIFFERS[name][0]) is not None:
        return name, DIFFERS[name][0], "differs", DIFFERS[name][1]
    ours = find(where) if where else None
    if where is None or ours is None:
        return name, "", "absent", _reason(name)
    wanted, taken = _parameters(theirs), _parameters(ours)
    lacking = sorted(wanted - taken) if wanted and taken is not None and not inspect.isclass(theirs) else []
    if lacking:
        return name, where, "differs", f"does not take {', '.join(lacking)}"
    return name, where, "same", ""


def table() -> str:
    """Give the whole table as text."""
    rows = [row(name, theirs) for name, theirs in public_names()]
    head = f"# made by tests/peers/pydicom_names.py from pydicom {pydicom.__version__}\n"
    return head + "".join("\t".join(one) + "\n" for one in [HEADER, *rows])


if __name__ == "__main__":
    TABLE.write_text(table(), encoding="utf-8")
