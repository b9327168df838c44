"""One child: takes a file a line on its standard input, does what a user could, answers a line of JSON.

`python -m tests.hostile.worker SIDE BYTES`, where BYTES bounds the address space.
"""

from __future__ import annotations

import ctypes
import gc
import hashlib
import json
import math
import os
import resource
import sys
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

COMPARED = {
    0x00020010: "TransferSyntaxUID",
    0x00080005: "SpecificCharacterSet",
    0x00080008: "ImageType",
    0x00080016: "SOPClassUID",
    0x00080018: "SOPInstanceUID",
    0x00080020: "StudyDate",
    0x00080060: "Modality",
    0x00100010: "PatientName",
    0x00100020: "PatientID",
    0x00101030: "PatientWeight",
    0x0020000D: "StudyInstanceUID",
    0x00200013: "InstanceNumber",
    0x00280002: "SamplesPerPixel",
    0x00280004: "PhotometricInterpretation",
    0x00280008: "NumberOfFrames",
    0x00280010: "Rows",
    0x00280011: "Columns",
    0x00280100: "BitsAllocated",
    0x00280101: "BitsStored",
    0x00281050: "WindowCenter",
    0x00281052: "RescaleIntercept",
}
"""What readers are compared by: the values that decide what a picture is and whose it is."""


def _memory(name: str) -> int:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) * 1024


def _settle() -> int:
    """Give back what can be given back, forget the peak, and tell the level."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return _memory("VmRSS")


def text(value: Any) -> str | None:
    """Say a value as text that is the same for all libraries; `None` where there is nothing to say."""
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    if isinstance(value, str) and "\\" in value:
        value = value.split("\\")
    if isinstance(value, str | int | float) or not hasattr(value, "__iter__"):
        values = [value]
    else:
        values = list(value)
    said = "\\".join(_one(one) for one in values)
    return said or None


def _one(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        value = value.strip(" \0")
    try:
        number = float(value)
    except (TypeError, ValueError):
        return str(value).rstrip("=^")
    return repr(number) if math.isfinite(number) else str(value)


def digest(samples: bytes) -> str:
    """Name stored samples by their hash."""
    return hashlib.sha256(samples).hexdigest()


class Steps:
    """Does one thing after another to a file and notes what each came to."""

    def __init__(self) -> None:
        self.errors: dict[str, str] = {}
        self.foreign: dict[str, str] = {}
        self.seconds: dict[str, float] = {}
        self.array_bytes = 0

    def do(self, name: str, step: Callable[[], Any], family: type[Exception]) -> Any:
        """Run one step; any exception outside the family is foreign, panics and interrupts included."""
        begin = time.process_time()
        try:
            return step()
        except family as error:
            self.errors[name] = f"{type(error).__name__}: {error}"
            if isinstance(error, MemoryError | RecursionError):
                self.foreign[name] = type(error).__name__
        except BaseException as error:
            self.foreign[name] = f"{type(error).__name__}: {error}"[:400]
        finally:
            self.seconds[name] = time.process_time() - begin
        return None


def compared(dataset: Any) -> dict[str, str | None]:
    """Give the values that readers are compared by, of a data set of ours or of pydicom's; those it gives."""
    values: dict[str, str | None] = {}
    for tag in COMPARED:
        source = dataset.file_meta if tag >> 16 == 2 else dataset
        try:
            values[f"{tag:08X}"] = text(source[tag].value) if tag in source else None
        except (ArithmeticError, AttributeError, LookupError, NotImplementedError, TypeError, ValueError):
            continue
    return values


def rewrite(dataset: Any, file: Path, steps: Steps) -> None:
    """Write it as it is, edit it, write it in every way, read that again."""
    import radiogram as rg

    whole = steps.do("write", dataset.to_bytes, rg.DicomError)
    if whole is not None and whole != file.read_bytes():
        steps.foreign["write"] = "not what was read"
    steps.do("edit", lambda: edit(dataset), rg.DicomError)
    ways: dict[str, dict[str, Any]] = {
        "edited": {},
        "repaired": {"repair": True},
        "implicit": {"transfer_syntax": "ImplicitVRLittleEndian", "lengths": "undefined"},
        "big": {"transfer_syntax": "ExplicitVRBigEndian", "lengths": "defined"},
    }
    for name, options in ways.items():
        content = steps.do(name, lambda options=options: dataset.to_bytes(**options), rg.DicomError)
        if content is not None:
            # What is returned, and what is read again.
            steps.array_bytes = max(steps.array_bytes, 2 * len(content))
            again = steps.do(f"{name} again", lambda content=content: rg.read(content, force=True), rg.DicomError)
            # Deflated, it can inflate to more than is allowed.
            if again is None and "LimitError" not in steps.errors[f"{name} again"]:
                steps.foreign[f"{name} again"] = f"cannot be read: {steps.errors[f'{name} again']}"
            elif again is not None and again.get("PatientID") != "EDITED":
                steps.foreign[f"{name} again"] = "the edit is not there"
            del content, again


def edit(dataset: Any) -> None:
    """Set, delete, change in sequences, insert, take out."""
    import radiogram as rg

    for element in list(dataset)[:200]:
        if element.VR == "SQ":
            items = element.value
            items.insert(0, rg.Dataset({"PatientComments": "inserted"}))
            if len(items) > 1:
                items[-1].PatientComments = "nested"
                items.reverse()
        elif element.VR in {"LO", "SH"} and element.tag.group > 8:
            element.value = "changed"
    for keyword in ("SOPInstanceUID", "Modality"):
        if keyword in dataset:
            del dataset[keyword]
    dataset.private_block(0x0029, "HOSTILE", create=True).add_new(1, "OB", bytes(70_000))
    dataset.PatientID = "EDITED"


def by_radiogram(file: Path) -> dict[str, Any]:
    """Read, touch every value, repr, to_pydicom, pixel_array, read_volume; values to compare beside it."""
    import radiogram as rg

    steps, before = Steps(), _settle()

    def touch(dataset: Any) -> None:
        for element in dataset.iterall():
            element.value  # noqa: B018 (the touch is the test)

    problems: list[str] = []
    values: dict[str, str | None] = {}
    dataset = steps.do("read", lambda: rg.read(file), rg.DicomError)
    if dataset is not None:
        problems = [str(one.kind) for one in dataset.problems]
        steps.do("touch", lambda: touch(dataset), rg.DicomError)
        steps.do("repr", lambda: repr(dataset), rg.DicomError)
        steps.do("to_pydicom", lambda: dataset.to_pydicom(), rg.DicomError)
        array = steps.do("pixel_array", lambda: dataset.pixel_array, rg.DicomError)
        steps.array_bytes += 0 if array is None else array.nbytes
        del array
        values = steps.do("values", lambda: compared(dataset), rg.DicomError) or {}
        stored = steps.do("stored", lambda: dataset.pixels.array(units="stored").tobytes(), rg.DicomError)
        if stored is not None:
            values["pixels"] = digest(stored)
        steps.array_bytes += 2 * len(stored or b"")
        del stored
        rewrite(dataset, file, steps)
        del dataset
    volume = steps.do("read_volume", lambda: rg.read_volume([file]), rg.DicomError)
    steps.array_bytes += 0 if volume is None else volume.array.nbytes
    del volume
    return {
        "errors": steps.errors,
        "foreign": steps.foreign,
        "seconds": {name: spent for name, spent in steps.seconds.items() if spent > 0.25},
        "problems": problems,
        "values": values,
        "growth": _memory("VmHWM") - before,
        "array_bytes": steps.array_bytes,
    }


def by_pydicom(file: Path) -> dict[str, Any]:
    """Give pydicom's values."""
    import pydicom
    from pydicom.pixels import pixel_array

    dataset = pydicom.dcmread(file)
    values = compared(dataset)
    try:
        if not dataset.file_meta.TransferSyntaxUID.is_compressed:
            values["pixels"] = digest(pixel_array(dataset, raw=True).tobytes())
    except Exception:
        values.pop("pixels", None)
    return {"values": values}


def by_dicomsdl(file: Path) -> dict[str, Any]:
    """Give dicomsdl's values."""
    import dicomsdl
    import numpy as np

    dataset = dicomsdl.open(str(file))
    values: dict[str, str | None] = {}
    for tag in COMPARED:
        try:
            values[f"{tag:08X}"] = text(dataset.getDataElement(tag).value())
        except Exception:
            continue
    try:
        info = dataset.getPixelDataInfo()
        samples = info["SamplesPerPixel"]
        shape = [info["Rows"], info["Cols"]] + ([samples] if samples > 1 else [])
        frames = []
        for number in range(info["NumberOfFrames"]):
            frame = np.empty(shape, info["dtype"])
            dataset.copyFrameData(number, frame)
            frames.append(frame.tobytes())
        values["pixels"] = digest(b"".join(frames))
    except Exception:
        values.pop("pixels", None)
    return {"values": values}


def by_gdcm(file: Path) -> dict[str, Any]:
    """Give GDCM's values."""
    import gdcm

    reader = gdcm.ImageReader()
    reader.SetFileName(str(file))
    has_image = reader.Read()
    if not has_image:
        reader = gdcm.Reader()
        reader.SetFileName(str(file))
        if not reader.Read():
            message = "refused"
            raise ValueError(message)
    strings = gdcm.StringFilter()
    strings.SetFile(reader.GetFile())
    values: dict[str, str | None] = {}
    for tag in COMPARED:
        place = gdcm.Tag(tag >> 16, tag & 0xFFFF)
        found = reader.GetFile().GetHeader() if tag >> 16 == 2 else reader.GetFile().GetDataSet()
        values[f"{tag:08X}"] = text(strings.ToString(place)) if found.FindDataElement(place) else None
    if has_image:
        samples = reader.GetImage().GetBuffer()
        values["pixels"] = digest(samples.encode("utf-8", errors="surrogateescape"))
    return {"values": values}


SIDES = {"radiogram": by_radiogram, "pydicom": by_pydicom, "dicomsdl": by_dicomsdl, "gdcm": by_gdcm}


def main(side: str, address_space: int) -> None:
    """Answer until the input ends. A peer that raises gives an empty answer; ours tells its errors in it."""
    resource.setrlimit(resource.RLIMIT_AS, (address_space, address_space))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("ignore")
    work = SIDES[side]
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    answers.write("ready\n")
    answers.flush()
    for line in sys.stdin.buffer:
        file = Path(os.fsdecode(line.rstrip(b"\n")))
        try:
            answer = work(file)
        except Exception as error:
            answer = {"values": {}, "refused": type(error).__name__}
            if side == "radiogram":
                answer = {"foreign": {"harness": repr(error)[:400]}}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
