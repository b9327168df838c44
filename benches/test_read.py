"""Reading: headers, numbers in text, many elements, one element many times, a file's pixels, the import."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import timeit
from functools import partial
from typing import TYPE_CHECKING, Any

import dicomsdl
import numpy as np
import numpy.typing as npt
import pydicom
import pytest
import radiogram as rg
from pydicom.datadict import tag_for_keyword

from benches import data, nested, series
from benches.conftest import Measure, keep
from benches.interleave import Gate, Row, interleave
from benches.peak import peak
from tests.peers.elements import differences, elements, plain, pydicom_elements, same

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytest_benchmark.fixture import BenchmarkFixture

NUMBERS = [int(tag_for_keyword(name) or 0) for name in data.TAGS]
LAST = max(NUMBERS)
CONTOURS = "ROIContourSequence/*/ContourSequence/*/ContourData"


def scan_ours(paths: list[Path]) -> list[list[Any]]:
    """Look 15 values up in each file, as a user would."""
    return [
        [getattr(found, name) for name in data.TAGS]
        for found in (rg.read(p, specific_tags=data.TAGS) for p in paths)
    ]


def scan_dicomsdl(paths: list[Path]) -> list[list[Any]]:
    """Do it the fastest way that dicomsdl has: stop behind the last tag, ask for all values at once."""
    return [dicomsdl.open(str(path), LAST).getValues(NUMBERS) for path in paths]


def scan_pydicom(paths: list[Path]) -> list[list[Any]]:
    """Do it with pydicom's own shortcuts."""
    names = list(data.TAGS)
    reads = (pydicom.dcmread(p, specific_tags=names, stop_before_pixels=True) for p in paths)
    return [[getattr(found, name) for name in data.TAGS] for found in reads]


def scan_floor(paths: list[Path]) -> int:
    """Only open each file, read its first 16 kB and close it."""
    total = 0
    for path in paths:
        handle = os.open(path, os.O_RDONLY)
        total += len(os.pread(handle, 16384, 0))
        os.close(handle)
    return total


def test_scan(size: data.Size, measure: Measure) -> None:
    """15 tags of 1,000 CT files as Python values."""
    paths = series.ct_series(size)
    expected = tuple(tuple(map(plain, row)) for row in scan_pydicom(paths))

    def right(name: str, result: Any) -> bool:  # noqa: ANN401
        return name == "open + read 16 kB" or same(expected, tuple(tuple(map(plain, row)) for row in result))

    measure(
        "scan, 15 tags of a CT header",
        {
            "radiogram": lambda: scan_ours(paths),
            "dicomsdl": lambda: scan_dicomsdl(paths),
            "pydicom": lambda: scan_pydicom(paths),
            "open + read 16 kB": lambda: scan_floor(paths),
        },
        Gate("dicomsdl", 0.5),
        right=right,
        per=len(paths),
        unit="µs",
    )


def columns_ours(paths: list[Path]) -> Any:  # noqa: ANN401
    """Read the 15 tags into Arrow columns, on one thread."""
    return rg.scan(paths, data.TAGS, threads=1).to_arrow()


def _rows(table: Any) -> tuple[tuple[Any, ...], ...]:  # noqa: ANN401
    """Give what a table says as the peers' values: days and times as their text, lists as lists."""
    columns = [table.column(name).to_pylist() for name in data.TAGS]
    return tuple(zip(*columns, strict=True))


def _as_column(name: str, value: Any) -> Any:  # noqa: ANN401
    """Give pydicom's value as the column of a scan has it."""
    vr = pydicom.datadict.dictionary_VR(name)
    if vr == "DA":
        return dt.datetime.strptime(value, "%Y%m%d").date()  # noqa: DTZ007
    if vr == "TM":
        form = "%H%M%S.%f" if "." in value else "%H%M%S"
        return dt.datetime.strptime(value, form).time()  # noqa: DTZ007
    many = isinstance(value, (list, pydicom.multival.MultiValue))
    kind = {"DS": float, "IS": int, "US": int}.get(vr, str)
    return [kind(one) for one in value] if many else kind(value)


def test_scan_to_arrow(size: data.Size, measure: Measure) -> None:
    """15 tags of 1,000 CT files as Arrow columns, a thread each side."""
    paths = series.ct_series(size)
    rows = scan_pydicom(paths)
    named = (zip(data.TAGS, row, strict=True) for row in rows)
    expected = tuple(tuple(_as_column(name, value) for name, value in row) for row in named)
    values = tuple(tuple(map(plain, row)) for row in rows)

    def right(name: str, result: Any) -> bool:  # noqa: ANN401
        if name == "radiogram":
            return _rows(result) == expected and result.column("problems").null_count == len(paths)
        return name == "open + read 16 kB" or same(values, tuple(tuple(map(plain, row)) for row in result))

    measure(
        "scan to Arrow columns, 15 tags of a CT header, one thread",
        {
            "radiogram": lambda: columns_ours(paths),
            "dicomsdl": lambda: scan_dicomsdl(paths),
            "open + read 16 kB": lambda: scan_floor(paths),
        },
        Gate("dicomsdl", 0.4),
        right=right,
        per=len(paths),
        unit="µs",
    )


def contours_ours(path: Path) -> npt.NDArray[np.float64]:
    """Gather all contours in one call."""
    values: npt.NDArray[np.float64] = rg.read(path).gather(CONTOURS)[0]
    return values


def contours_dicomsdl(path: Path) -> npt.NDArray[np.float64]:
    """Walk the items; `toDoubleVector` is faster than any parsing of `toBytes` in numpy."""

    def each() -> Iterator[npt.NDArray[np.float64]]:
        for roi in dicomsdl.open(str(path))["30060039"]:
            for contour in roi.getDataElement(0x30060040).toSequence():
                yield np.array(contour.getDataElement(0x30060050).toDoubleVector())

    return np.concatenate(list(each()))


def contours_pydicom(path: Path) -> npt.NDArray[np.float64]:
    """Walk the items."""
    rois = pydicom.dcmread(path).ROIContourSequence
    return np.concatenate(
        [np.array(c.ContourData, dtype=np.float64) for roi in rois for c in roi.ContourSequence]
    )


def test_rtstruct(size: data.Size, measure: Measure) -> None:
    """All contour points of a structure set as float64."""
    path = nested.rtstruct(size)
    expected = contours_dicomsdl(path)

    def right(name: str, result: npt.NDArray[np.float64]) -> bool:
        del name
        return result.dtype == np.float64 and np.array_equal(result, expected)

    measure(
        "RTSTRUCT, 5.4 M numbers to float64",
        {
            "radiogram": lambda: contours_ours(path),
            "dicomsdl": lambda: contours_dicomsdl(path),
            "pydicom": lambda: contours_pydicom(path),
        },
        Gate("dicomsdl", 0.15),
        right=right,
        rounds=5,
        slow=frozenset({"pydicom"}),
    )


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_memory_of_rtstruct(size: data.Size, benchmark: BenchmarkFixture) -> None:
    """The peak above the level before the call, as a multiple of the file; each side in its own process."""
    path, small = nested.rtstruct(size), nested.rtstruct(data.SMOKE)
    row = Row("RTSTRUCT to float64, peak memory", "x the file", Gate(absolute=2.5))
    for name, call in {
        "radiogram": contours_ours,
        "dicomsdl": contours_dicomsdl,
        "pydicom": contours_pydicom,
    }.items():
        row.figures[name] = peak("benches.test_read", call.__name__, path, small)[0] / path.stat().st_size
        row.correct[name] = True
    benchmark.pedantic(lambda: None, rounds=1)
    keep(row, benchmark)


def touch(path: Path, read: Callable[[Path], Any]) -> int:
    """Touch every value of a data set that has `iterall`."""
    count = 0
    for element in read(path).iterall():
        element.value  # noqa: B018 (the touch is what is measured)
        count += 1
    return count


def touch_dicomsdl(path: Path) -> int:
    """Touch every value; a stack is faster than recursion."""
    count, waiting = 0, [dicomsdl.open(str(path))]
    sequence = dicomsdl.VR.SQ
    while waiting:
        for element in waiting.pop():
            count += 1
            if element.vr() == sequence:
                waiting.extend(element.toSequence())
            else:
                element.value()
    return count


MANY = {
    "enhanced MR, every value": (nested.enhanced_mr, Gate("dicomsdl", 0.5)),
    "deep SR, every value": (nested.deep_sr, Gate("dicomsdl", 0.4)),
}


@pytest.mark.parametrize("case", MANY)
def test_every_value(case: str, size: data.Size, measure: Measure) -> None:
    """Read a file of very many elements and touch them all."""
    make, gate = MANY[case]
    _every_value(case, make(size), gate, measure, rounds=5)


@pytest.mark.parametrize("kind", data.REAL)
def test_every_value_of_a_real_file(kind: str, measure: Measure) -> None:
    """The same for one real file of each kind."""
    _every_value(
        f"real {kind}, every value",
        data.real(kind),
        Gate("dicomsdl", 0.4 if kind == "SR" else 0.5),
        measure,
        rounds=31,
    )


def _every_value(case: str, path: Path, gate: Gate, measure: Measure, rounds: int) -> None:
    theirs = pydicom_elements(path)
    in_meta = sum(1 for one in theirs if one[0] == "meta")

    def right(name: str, count: int) -> bool:
        if name == "dicomsdl":
            return count == len(theirs)
        return count == len(theirs) - in_meta and (
            name != "radiogram" or not list(differences(theirs, elements(rg.read(path), (rg.DicomError,))))
        )

    measure(
        case,
        {
            "radiogram": lambda: touch(path, rg.read),
            "dicomsdl": lambda: touch_dicomsdl(path),
            "pydicom": lambda: touch(path, partial(pydicom.dcmread, force=True)),
        },
        gate,
        right=right,
        rounds=rounds,
    )


def test_cached_value(size: data.Size, benchmark: BenchmarkFixture) -> None:
    """`ds.Rows` once more."""
    path = series.ct_series(size)[0]
    number = 1_000 if benchmark.disabled else 200_000
    sides = {
        "radiogram": rg.read(path),
        "dicomsdl": dicomsdl.open(str(path)),
        "pydicom": pydicom.dcmread(path),
    }
    row = Row(
        "cached ds.Rows",
        "µs",
        Gate(absolute=0.3),
        correct={name: ds.Rows == 512 for name, ds in sides.items()},
    )
    timers = {name: timeit.Timer("ds.Rows", globals={"ds": ds}) for name, ds in sides.items()}
    seconds = interleave({name: lambda t=timer: t.timeit(number) for name, timer in timers.items()}, rounds=7)
    row.figures = {name: taken * 1e6 / number for name, taken in seconds.items()}
    benchmark.pedantic(timers["radiogram"].timeit, args=(number,), rounds=1)
    keep(row, benchmark)
    assert row.correct["radiogram"]


def test_path_to_array(size: data.Size, measure: Measure) -> None:
    """From the path of an uncompressed file to its stored samples."""
    paths = series.ct_series(size)[:200]
    expected = [pydicom.dcmread(path).pixel_array for path in paths]

    def by_dicomsdl(path: Path) -> npt.NDArray[np.uint16]:
        out = np.empty((512, 512), np.uint16)
        dicomsdl.open(str(path)).copyFrameData(0, out)
        return out

    def by_read(path: Path) -> npt.NDArray[np.uint16]:
        return np.frombuffer(path.read_bytes()[-512 * 512 * 2 :], np.uint16).reshape(512, 512)

    def right(name: str, arrays: list[npt.NDArray[np.uint16]]) -> bool:
        del name
        return all(a.dtype == b.dtype and np.array_equal(a, b) for a, b in zip(arrays, expected, strict=True))

    measure(
        "explicit LE path to ndarray",
        {
            "radiogram": lambda: [rg.read(path).pixel_array for path in paths],
            "dicomsdl": lambda: [by_dicomsdl(path) for path in paths],
            "pydicom": lambda: [pydicom.dcmread(path).pixel_array for path in paths],
            "read()": lambda: [by_read(path) for path in paths],
        },
        Gate("dicomsdl", 1 / 1.2),
        right=right,
        per=len(paths),
        unit="µs",
    )


def test_import(benchmark: BenchmarkFixture) -> None:
    """What the import costs in a new process, by its own clock, and that it does not bring numpy."""
    program = (
        "import sys, time; t = time.perf_counter(); import {}; "
        "print(time.perf_counter() - t, 'numpy' in sys.modules)"
    )

    def cost(name: str) -> tuple[float, bool]:
        said = subprocess.run(
            [sys.executable, "-c", program.format(name)], capture_output=True, text=True, check=True
        ).stdout.split()
        return float(said[0]), said[1] == "True"

    names = ("radiogram", "dicomsdl", "pydicom")
    taken: dict[str, list[float]] = {name: [] for name in names}
    with_numpy = False
    for _ in range(1 if benchmark.disabled else 11):
        for name in names:
            seconds, numpy_came = cost(name)
            taken[name].append(seconds * 1e3)
            with_numpy |= name == "radiogram" and numpy_came
    row = Row("import", "ms", Gate(absolute=20), correct={"radiogram": not with_numpy})
    row.figures = {name: sorted(all_of_it)[len(all_of_it) // 2] for name, all_of_it in taken.items()}
    benchmark.pedantic(cost, args=("radiogram",), rounds=1)
    keep(row, benchmark)
    assert not with_numpy
